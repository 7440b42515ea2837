"""What comes from elsewhere is data: no code of it runs, no path of it leads out, no archive of it fills the machine.

``SECURITY.md`` is the list of promises; each is tested here or in the files that it names.
"""

from __future__ import annotations

import ast
import gzip
import json
import os
import pickle
import re
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import yaml
from hostile import tries
from hypothesis import given
from hypothesis import strategies as st
from serving import serving

import arabic_ie
from arabic_ie import Document, Extractor, Schema, read, streams, write
from arabic_ie.errors import ArabicIEError, CheckpointError, ConfigError, FormatError, InputError, SchemaError
from arabic_ie.formats import files
from arabic_ie.render import to_html
from arabic_ie.report import write_report
from arabic_ie.resolve import Gazetteer, gazetteer

PACKAGE = Path(arabic_ie.__file__).parent
SOURCES = sorted(PACKAGE.rglob("*.py"))
try:
    import training

    SOURCES += sorted(Path(training.__file__).parent.rglob("*.py"))
except ImportError:  # the extra is not installed
    pass

# What the source does not do


def name_of(node: ast.AST) -> str:
    """``a.b.c`` of a chain of attributes."""
    if isinstance(node, ast.Attribute):
        return f"{name_of(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def calls(path: Path) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            yield name_of(node.func), node


FORBIDDEN_MODULES = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal", "ctypes", "requests", "httpx",
                     "aiohttp", "telnetlib", "ftplib", "smtplib", "xmlrpc"}  # fmt: skip
FORBIDDEN_CALLS = re.compile(
    r"(eval|exec|compile|__import__|(os\.)?(system|popen|spawn\w*|exec[lv]\w*)|os\.startfile|tempfile\.mktemp"
    r"|yaml\.(load|full_load|unsafe_load|load_all|dump_all)|torch\.(load|save|hub\.\w+|jit\.load)|(pd|pandas)\.read_pickle"
    r"|(urllib\.)?request\.\w+|urlopen|urlretrieve|\w+\.extractall|\w+\.extract_all|shutil\.unpack_archive)\Z"
)
CONSTANT = {"trust_remote_code": False, "shell": False, "allow_pickle": False, "weights_only": True,
            "use_safetensors": True, "safe_serialization": True}  # fmt: skip


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: "/".join(p.parts[-3:]))
def test_nothing_that_runs_or_fetches_what_it_is_given(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        modules = [a.name for a in node.names] if isinstance(node, ast.Import) else []
        modules += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        for module in modules:
            assert module.split(".")[0] not in FORBIDDEN_MODULES, f"{path}:{node.lineno} imports {module}"
            assert not module.startswith("urllib.request"), f"{path}:{node.lineno}"
    for name, call in calls(path):
        assert not FORBIDDEN_CALLS.match(name), f"{path}:{call.lineno} calls {name}"
        for keyword in call.keywords:
            if keyword.arg in CONSTANT:
                value = keyword.value.value if isinstance(keyword.value, ast.Constant) else None
                assert value is CONSTANT[keyword.arg], f"{path}:{call.lineno} {keyword.arg}"


def test_the_search_finds_what_it_looks_for(tmp_path: Path) -> None:
    for n, line in enumerate(["import pickle", "from dill import loads", "eval(x)", "yaml.load(x)", "torch.load(x)", "os.system(x)",
                              "f(trust_remote_code=True)", "f(trust_remote_code=given)", "subprocess.run(x, shell=True)",
                              "np.load(x, allow_pickle=True)", "archive.extractall()", "pd.read_pickle(x)"]):  # fmt: skip
        path = tmp_path / f"{n}.py"
        path.write_text(line)
        with pytest.raises(AssertionError):
            test_nothing_that_runs_or_fetches_what_it_is_given(path)


def test_every_model_of_another_is_loaded_without_its_code() -> None:
    """transformers asks on stdin whether to run it, where it is not told; and takes pickles."""
    found = 0
    for path in SOURCES:
        for name, call in calls(path):
            if re.match(r"Auto\w+\.(from_pretrained|from_config)", name):
                told = {k.arg for k in call.keywords}
                local = (
                    name.endswith("from_config") and "benchmarks" in path.parts
                )  # sizes written in our source
                assert "trust_remote_code" in told or local or "TokenClassification" in name, (
                    f"{path}:{call.lineno}"
                )
                found += 1
            if name in ("AutoModel.from_pretrained", "IEModel.from_pretrained"):
                assert "use_safetensors" in {k.arg for k in call.keywords}, f"{path}:{call.lineno}"
    assert found >= 4


@pytest.mark.parametrize("name", ["page.html", "page.js", "charts.js"])
def test_the_page_makes_html_of_nothing_but_what_was_escaped(name: str) -> None:
    text = (PACKAGE / "integrations" / name).read_text(encoding="utf-8")
    for word in ("eval(", "new Function", "document.write", "insertAdjacentHTML", "outerHTML", "srcdoc", "javascript:",
                 "localStorage", "document.cookie", "postMessage", "setTimeout(\""):  # fmt: skip
        assert word not in text
    made = re.findall(r".*innerHTML.*", text)
    assert all("marks" in line and "escaped by render.py" in line for line in made) and len(made) <= 1
    if name.endswith("html"):
        assert not re.search(r"\son\w+\s*=", text) and not re.search(r"<script(?![^>]*\bsrc=)", text)


# Checkpoints


class Payload:
    """Unpickling it makes a folder."""

    def __init__(self, path: Path) -> None:
        self.path = str(path)

    def __reduce__(self) -> Any:
        return os.mkdir, (self.path,)


@pytest.fixture
def checkpoint(tmp_path: Path, random_extractor: Extractor) -> Path:
    random_extractor.save_pretrained(tmp_path / "model")
    return tmp_path / "model"


def test_a_published_folder_holds_no_pickle(checkpoint: Path) -> None:
    shipped = PACKAGE / "models" / "news-small"
    for folder in (checkpoint, shipped):
        for file in folder.rglob("*"):
            assert file.suffix in (".json", ".safetensors", ".yaml", ".md", ".txt"), file


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.safetensors", "model.pt"])
def test_a_pickle_is_not_opened(name: str, checkpoint: Path, tmp_path: Path, encoder_folder: Path) -> None:
    data = pickle.dumps(Payload(tmp_path / "hurt"))
    (checkpoint / "model.safetensors").unlink()
    (checkpoint / name).write_bytes(data)
    with pytest.raises(CheckpointError):
        Extractor.from_pretrained(checkpoint, device="cpu")
    build = pytest.importorskip(
        "training.build", reason="training needs the extra 'train'", exc_type=ImportError
    )
    encoder = tmp_path / "encoder"
    shutil.copytree(encoder_folder, encoder)
    (encoder / "model.safetensors").unlink()
    (encoder / name).write_bytes(data)
    with pytest.raises(CheckpointError):
        build.load_encoder(str(encoder))
    assert not (tmp_path / "hurt").exists()


def test_the_code_of_a_checkpoint_is_not_run(
    checkpoint: Path, tmp_path: Path, encoder_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asked(*_: Any) -> str:
        pytest.fail("a question on stdin")

    monkeypatch.setattr("builtins.input", asked)
    code = f"import os\nos.mkdir({str(tmp_path / 'hurt')!r})\n"
    build = pytest.importorskip(
        "training.build", reason="training needs the extra 'train'", exc_type=ImportError
    )
    encoder = tmp_path / "encoder"
    shutil.copytree(encoder_folder, encoder)
    for folder, kind in ((checkpoint, "arabic-ie"), (encoder, "strange")):
        (folder / "theirs.py").write_text(code)
        for name in ("config.json", "tokenizer_config.json"):
            values = json.loads((folder / name).read_text(encoding="utf-8"))
            classes = dict.fromkeys(("AutoConfig", "AutoModel"), "theirs.Model") | {
                "AutoTokenizer": ["theirs.T", "theirs.T"]
            }
            values |= {"auto_map": classes}
            values |= {"model_type": kind} if name == "config.json" else {"tokenizer_class": "Theirs"}
            (folder / name).write_text(json.dumps(values), encoding="utf-8")
    with pytest.raises(ArabicIEError):
        build.load_encoder(str(encoder))
    with suppress(CheckpointError):
        Extractor.from_pretrained(checkpoint, device="cpu")
    assert not (tmp_path / "hurt").exists()


@pytest.mark.parametrize("where", ["outer", "encoder"])
@pytest.mark.parametrize("value", ["evil/kernel", "kernels-community/flash-attn:f", {"": "evil/kernel"}, 3])
def test_a_checkpoint_names_no_code_to_be_fetched(checkpoint: Path, where: str, value: Any) -> None:
    """transformers loads attention kernels from the hub by the name in a configuration."""
    original = (checkpoint / "config.json").read_text(encoding="utf-8")
    for key in ("attn_implementation", "_attn_implementation"):
        values = json.loads(original)  # each key is tried alone
        (values if where == "outer" else values["encoder"])[key] = value
        (checkpoint / "config.json").write_text(json.dumps(values), encoding="utf-8")
        with pytest.raises(CheckpointError, match="attn_implementation"):
            Extractor.from_pretrained(checkpoint, device="cpu")


TAGS = [
    "!!python/object/apply:os.mkdir [{path}]", "!!python/object/new:os.mkdir [{path}]", "!!python/name:os.mkdir",
    "!!python/module:os", "!!python/object/apply:subprocess.call [[mkdir, {path}]]", "!!python/tuple [a]", "!!python/str x",
]  # fmt: skip


@pytest.mark.parametrize("tag", TAGS)
def test_yaml_makes_no_objects(tag: str, tmp_path: Path) -> None:
    value = tag.format(path=tmp_path / "hurt")
    (tmp_path / "x.yaml").write_text(f"name: x\nentities: [A]\nevents: {value}\n", encoding="utf-8")
    with pytest.raises(SchemaError):
        Schema.load(tmp_path / "x.yaml")
    with pytest.raises(yaml.YAMLError):
        yaml.safe_load(value)
    settings = pytest.importorskip(
        "training.settings", reason="training needs the extra 'train'", exc_type=ImportError
    )
    (tmp_path / "c.yaml").write_text(f"data: {{train: [a]}}\nmodel: {value}\n", encoding="utf-8")
    (tmp_path / "d.yaml").write_text("data: {train: [a]}\n")
    for name, overrides in (("c.yaml", []), ("d.yaml", [f"model={value}"])):
        with pytest.raises(ConfigError):
            settings.load_config(tmp_path / name, overrides)
    assert not (tmp_path / "hurt").exists()


@pytest.mark.parametrize("name", ["../schema", "/etc/passwd", "..", ".", "", "a/../../b", "\0", "x" * 5000])
def test_a_schema_name_is_no_path(name: str) -> None:
    with pytest.raises(SchemaError):
        Schema.load(name)


# Sizes


@pytest.mark.parametrize(
    "format", ["jsonl", "text", "conll", "brat", "doccano", "labelstudio", "csv", "parquet"]
)
def test_files_above_the_limit_are_refused(
    format: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write([Document("نص " * 400, id="d")], tmp_path / "x", format)
    assert len(read(tmp_path / "x", format)) == 1
    monkeypatch.setattr(files, "MOST_BYTES", 1000)
    with pytest.raises(FormatError, match="more than 1,000 bytes"):
        read(tmp_path / "x", format)


@pytest.mark.parametrize("format", ["jsonl", "text", "conll", "doccano", "labelstudio", "csv"])
def test_a_device_without_end_is_given_up(format: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MOST_BYTES", 1_000_000)
    with pytest.raises(FormatError, match="more than"):
        read("/dev/zero", format)
    for lines in (False, True):
        with pytest.raises(FormatError, match="more than"):
            list(streams._read_inputs("/dev/zero", lines))


@pytest.mark.parametrize("suffix", [".zip", ".gz", ".jsonl.gz", ".bz2", ".xz", ".tar", ".pkl", ".npz"])
def test_archives_are_no_documents(suffix: str, tmp_path: Path) -> None:
    (tmp_path / f"x{suffix}").write_bytes(gzip.compress(b'{"text": "a"}'))
    with pytest.raises(FormatError, match="unknown format"):
        read(tmp_path / f"x{suffix}")


def test_a_gazetteer_that_unpacks_to_gigabytes_is_not_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gazetteer, "MOST_BYTES", 1_000_000)
    bomb = tmp_path / "places.csv.gz"
    bomb.write_bytes(gzip.compress(b"name,lat,lon\n" + b"a,1,1\n" * 300_000))
    assert bomb.stat().st_size < 10_000
    with pytest.raises(FormatError, match="more than"):
        Gazetteer.load(bomb)
    good = gzip.compress(b"name,lat,lon\na,1,1\n")
    for damaged in (good[:-12], b"\x1f\x8b" + good[5:], good[:12] + b"\xff\xff" + good[14:], b"no gzip"):
        bomb.write_bytes(damaged)
        with pytest.raises(FormatError):
            Gazetteer.load(bomb)


def test_raw_texts_in_zip_that_unpack_to_gigabytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pretrain = pytest.importorskip(
        "training.pretrain", reason="training needs the extra 'train'", exc_type=ImportError
    )
    monkeypatch.setattr(pretrain, "MOST_BYTES", 1_000_000)
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../../out.json", json.dumps([{"title": "أ", "content": "ب"}]))
        archive.writestr("bomb.json", " " * 2_000_000)
    found = pretrain.read_texts([path])
    assert next(found) == "أ\nب"  # read where it stands: nothing is unpacked to a path
    with pytest.raises(ConfigError, match="unpacks to 2,000,000 bytes"):
        next(found)
    data = path.read_bytes()
    # An archive that lies about the size of a part: no more than declared is unpacked.
    path.write_bytes(data.replace((2_000_000).to_bytes(4, "little"), (900).to_bytes(4, "little")))
    with pytest.raises(ConfigError, match="damaged"):
        list(pretrain.read_texts([path]))
    assert os.listdir(tmp_path) == ["x.zip"]
    for content in (b"", b"PK\x03\x04", data[:-30], b"[1]", b"\xff"):
        for suffix in (".zip", ".jsonl", ".txt"):
            (tmp_path / f"y{suffix}").write_bytes(content)
            try:
                list(pretrain.read_texts([tmp_path / f"y{suffix}"]))
            except ConfigError as err:
                assert str(err)


def test_a_dictionary_of_parquet_is_not_written_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One long text, named by a million rows, is a file of kilobytes: rows are read a few at once."""
    pa = pytest.importorskip("pyarrow")
    import pyarrow.parquet

    monkeypatch.setattr(files, "MOST_BYTES", 3_000_000)
    text = pa.DictionaryArray.from_arrays(pa.array([0] * 5000, pa.int32()), pa.array(["ن" * 500_000]))
    pyarrow.parquet.write_table(pa.table({"text": text}), tmp_path / "x.parquet")
    assert (tmp_path / "x.parquet").stat().st_size < 100_000
    found = arabic_ie.formats.read_located(tmp_path / "x.parquet")
    before = pa.total_allocated_bytes()
    for _ in range(10):
        assert len(next(found)[1].text) == 500_000
        assert pa.total_allocated_bytes() - before < 20_000_000  # 5 gigabytes when written out


# Folders of brat


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    (tmp_path / "secret.txt").write_text("TOP SECRET")
    (tmp_path / "folder").mkdir()
    return tmp_path / "secret.txt"


@pytest.mark.parametrize("suffix", [".txt", ".ann"])
@pytest.mark.parametrize(
    "target", ["../secret.txt", "absolute", "../folder2/x.txt", "inner/../../secret.txt"]
)
def test_a_link_out_of_a_folder_is_not_followed(suffix: str, target: str, secret: Path) -> None:
    folder = secret.parent / "folder"
    (folder / "inner").mkdir()
    (secret.parent / "folder2").mkdir()
    (secret.parent / "folder2" / "x.txt").write_text("TOP SECRET")
    write([Document("نص", id="a")], folder)
    (folder / f"a{suffix}").unlink()
    (folder / f"a{suffix}").symlink_to(secret if target == "absolute" else target)
    with pytest.raises(InputError, match="leads out of the folder") as caught:
        read(folder)
    assert "SECRET" not in str(caught.value)
    with pytest.raises(InputError, match="leads out of the folder"):
        write([Document("نص", id="a")], folder)
    assert secret.read_text() == "TOP SECRET"


def test_no_file_of_a_folder_is_written_through_a_link_that_leads_out(secret: Path) -> None:
    (secret.parent / "folder" / "annotation.conf").symlink_to(secret)
    with pytest.raises(InputError, match="leads out of the folder"):
        write([Document("نص", id="a")], secret.parent / "folder", "brat")
    assert secret.read_text() == "TOP SECRET"


def test_links_inside_and_linked_folders(tmp_path: Path) -> None:
    write([Document("نص", id="a")], tmp_path / "real", "brat")
    (tmp_path / "real" / "b.txt").symlink_to("a.txt")
    (tmp_path / "real" / "loop").symlink_to(".", target_is_directory=True)
    (tmp_path / "real" / "out").symlink_to("/", target_is_directory=True)
    (tmp_path / "link").symlink_to("real", target_is_directory=True)
    assert [d.id for d in read(tmp_path / "link")] == ["a", "b"]  # its own folders only, and no loop


@pytest.mark.parametrize("suffix", [".txt", ".ann"])
def test_a_pipe_in_a_folder_does_not_hang(suffix: str, tmp_path: Path) -> None:
    write([Document("نص", id="a")], tmp_path)
    os.mkfifo(tmp_path / f"b{suffix}")
    (tmp_path / ("b.ann" if suffix == ".txt" else "b.txt")).write_text("")
    with pytest.raises(InputError, match="not a plain file"):
        read(tmp_path)


HOSTILE_IDS = st.lists(st.sampled_from(["..", "/", "\\", "\0", "\n", "~", "%2F", "%", ".", " ", "a", "CON", "\u202e", "|", "أ",
                                        "\ud800", ":", "*", "$(x)", "-rf"]), max_size=8).map("".join)  # fmt: skip


@tries(60)
@given(ids=st.lists(HOSTILE_IDS, min_size=1, max_size=3, unique=True))
def test_an_id_is_no_path(ids: list[str], tmp_path_factory: pytest.TempPathFactory) -> None:
    base = tmp_path_factory.mktemp("ids")
    folder = base / "in" / "folder"
    write([Document("نص", id=id) for id in ids], folder, "brat")
    assert os.listdir(base) == ["in"] and os.listdir(base / "in") == ["folder"]
    assert all(p.is_file() for p in folder.iterdir()) and len(os.listdir(folder)) == 2 * len(ids) + 1
    assert sorted(d.id for d in read(folder)) == sorted(id or f"doc-{n:05d}" for n, id in enumerate(ids, 1))


# HTML

PAYLOADS = [
    "<script>hurt()</script>", '"><img src=x onerror=hurt()>', "' onmouseover='hurt()", "</style><script>hurt()</script>",
    "</title><svg onload=hurt()>", "javascript:hurt()", "<!--", "-->", "]]>", "&lt;script&gt;", "\u2028<script>", "{{7*7}}",
    "</textarea><iframe srcdoc='<script>hurt()</script>'>", "<a href='javascript:hurt()'>", ";}*{background:url(//evil)}",
    "</article></body><body onload=hurt()>", "<math><mtext></p><style><img src onerror=hurt()>", "\x00<script>", "<base href=//evil>",
]  # fmt: skip
ALLOWED = {"html", "head", "meta", "title", "style", "body", "article", "div", "span", "mark", "table", "thead", "tbody", "tr",
           "th", "td", "b", "bdi", "small", "p", "h1", "h2", "h3", "section", "i"}  # fmt: skip
ATTRIBUTES = {"lang", "charset", "name", "content", "class", "style", "dir", "tabindex", "title", "data-type"}


def hostile_document(payload: str) -> Document:
    """The payload wherever a document holds a string."""
    text = f"قصف {payload} بغداد"
    inner = dict.fromkeys(
        ("name", "country", "timex", "value", "level", "role", "currency", "start"), payload
    )
    return Document.from_dict({
        "id": payload, "text": text, "warnings": [payload], "meta": {"date": payload},
        "entities": [{"id": payload, "type": payload, "start": 4, "end": 4 + len(payload), "value": inner},
                     {"id": "E2", "type": payload, "start": 0, "end": len(text), "value": payload}],
        "events": [{"id": payload, "type": payload, "trigger": {"start": 0, "end": 3}, "realis": "negated",
                    "arguments": [{"role": payload, "entity": payload}], "counts": [inner | {"min": payload}],
                    "source": {"entities": [payload]}, "certainty": {"level": payload}}],
        "clusters": [{"id": "C", "type": payload, "name": payload, "mentions": [payload]}],
        "incidents": [{"id": payload, "type": payload, "events": [payload], "date": inner | {"end": payload}, "place": inner,
                       "arguments": [{"role": "Attacker", "entity": payload}], "source": {"entities": [payload]}}],
    })  # fmt: skip


class Tags(HTMLParser):
    """Fails on a tag or an attribute that we do not write."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in ALLOWED, tag
        for name, value in attrs:
            assert name in ATTRIBUTES, (tag, name)
            assert name != "style" or re.fullmatch(
                r"(--[\w-]+|[\w-]+):[\w.%(), #-]*(;[\w-]+:[\w.%(), #-]*)*;?", value or ""
            ), value


@tries(60)
@given(payload=st.lists(st.sampled_from(PAYLOADS), min_size=1, max_size=3).map("".join))
def test_nothing_of_a_document_becomes_html(payload: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    doc = hostile_document(payload)
    path = tmp_path_factory.mktemp("x") / "report.html"
    write_report([doc], [Document(doc.text, id=payload)], path)
    for page in (to_html([doc], title=payload), doc.to_html(page=False), path.read_text(encoding="utf-8")):
        Tags().feed(page)
        assert "hurt()</script>" not in page and "<!--" not in page


class Given:
    """In place of the model: what was prepared for the page."""

    path = "given"

    def pipe(self, texts: list[str], **_: Any) -> Iterator[Document]:
        for text in texts:
            yield hostile_document(next(p for p in PAYLOADS if f"قصف {p} بغداد" == text))


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    pytest.importorskip("uvicorn", reason="needs the extra 'server'")
    from arabic_ie.integrations.server import create_app

    with serving(create_app(Given())) as port:  # type: ignore[arg-type]
        yield f"http://127.0.0.1:{port}/"


@pytest.fixture
def page(chromium: Any) -> Iterator[Any]:
    """A page on which ``hurt()`` is seen, and with it any request to another host."""
    page = chromium.new_page()
    page.set_default_timeout(20_000)
    page.seen = []
    page.expose_function("hurt", lambda: page.seen.append("hurt() was run"))
    page.on("dialog", lambda d: (page.seen.append(d.message), d.dismiss()))
    page.on("request", lambda r: page.seen.append(r.url) if "evil" in r.url else None)
    yield page
    page.close()


def test_nothing_of_a_document_runs_in_a_browser(page: Any, tmp_path: Path) -> None:
    docs = [hostile_document(payload) for payload in PAYLOADS]
    (tmp_path / "docs.html").write_text(to_html(docs, title=PAYLOADS[4]), encoding="utf-8")
    write_report(docs, [Document(doc.text, id=doc.id) for doc in docs], tmp_path / "report.html")
    for name in ("docs", "report"):
        page.goto((tmp_path / f"{name}.html").as_uri())
        for mark in page.locator("mark").all()[:5]:
            mark.hover(force=True)
        page.wait_for_timeout(300)
        assert (
            page.evaluate("document.querySelectorAll('script, img, svg, iframe, a, base, math').length") == 0
        )
        assert page.evaluate("document.querySelectorAll('.aie-text').length") >= len(PAYLOADS)
        assert page.seen == []


def test_nothing_of_an_answer_runs_on_the_page(page: Any, address: str) -> None:
    """Marks, table, timeline and map: types, names, dates and places are all of the attacker's choice."""
    page.goto(address)
    for payload in PAYLOADS:
        if "\x00" in payload or "\u2028" in payload:  # a form field does not hold them
            continue
        text = f"قصف {payload} بغداد"
        page.fill("#text", text)
        with page.expect_response(lambda r: "/convert" in r.url):
            page.click("#extract")
        # The answer before this one stands there until then.
        page.wait_for_function("text => document.querySelector('.aie-text')?.textContent === text", arg=text)
        page.wait_for_timeout(100)
        assert (
            page.evaluate(
                "document.querySelectorAll('#result :is(script, img, iframe, a, base, math)').length"
            )
            == 0
        )
        assert page.seen == [], payload
    assert page.title() == "arabic_ie"


def test_the_policy_of_the_page_stops_what_slips_through(page: Any, address: str) -> None:
    """If a mark were not escaped after all: no inline script, no handler, no other host."""
    page.goto(address)
    page.evaluate("hurt()")
    assert page.seen == ["hurt() was run"]  # it would be seen
    page.seen.clear()
    page.evaluate("""() => {
      window.stopped = [];
      document.addEventListener('securitypolicyviolation', e => stopped.push(e.effectiveDirective));
      const script = document.createElement('script');
      script.textContent = 'hurt()';
      document.body.append(script);
      document.body.insertAdjacentHTML('beforeend', '<img src="//evil.example/x" onerror="hurt()"><iframe src="//evil.example"></iframe>');
    }""")
    page.wait_for_timeout(500)
    assert [s for s in page.seen if "hurt" in s] == []
    assert page.evaluate("fetch('http://evil.example/').then(() => 'sent', () => 'refused')") == "refused"
    # No such host is ever found, so that nothing was loaded proves little: the policy itself says what it stopped.
    page.wait_for_timeout(100)
    stopped = set(page.evaluate("stopped"))
    assert stopped >= {"script-src-elem", "img-src", "frame-src", "connect-src"}
