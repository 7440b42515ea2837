"""The verbs extract and convert: streaming, --resume, --least-sure, formats."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from arabic_ie import Document, Entity, Schema, cli, read, streams, write
from arabic_ie.errors import InputError


class Finder:
    """Stands for an extractor: marks the first word, and fails after ``most`` documents."""

    def __init__(self, most: int | None = None) -> None:
        self.most, self.seen = most, 0

    def pipe(self, texts: Any, batch_size: int = 32, date: str | None = None) -> Iterator[Document]:
        for text in texts:
            if self.seen == self.most:
                raise KeyboardInterrupt
            self.seen += 1
            yield Document(text, (Entity(0, len(text.split()[0]), "PER", "E1", 0.5),))

    def sureness(self, texts: list[str], batch_size: int = 32) -> list[float]:
        return [1 / len(text) for text in texts]  # the longest is the least sure


def inputs(count: int) -> Iterator[streams.Input]:
    return iter([streams.Input(f"d{n}", f"نص رقم {n}") for n in range(count)])


def stopped_run(path: Path, after: int) -> Path:
    with pytest.raises(KeyboardInterrupt):
        streams.write_resumable(Finder(after), inputs(20), path, 4, False)  # type: ignore[arg-type]
    assert not path.exists()
    return path.with_name(path.name + ".part")


@pytest.mark.parametrize("cut", [0, 5])
def test_resume_goes_on_where_the_run_stopped(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "out.jsonl"
    part = stopped_run(path, 8)
    data = part.read_bytes()
    part.write_bytes(data[: len(data) - cut])  # the machine may have died inside a line
    finder = Finder()
    done = streams.write_resumable(finder, inputs(20), path, 4, True)  # type: ignore[arg-type]
    assert done == (8 if cut == 0 else 7) and finder.seen == 20 - done and not part.exists()
    assert [d.id for d in read(path)] == [f"d{n}" for n in range(20)]
    before = path.read_bytes()
    assert streams.write_resumable(finder, inputs(20), path, 4, True) == -1  # type: ignore[arg-type]
    assert path.read_bytes() == before


def test_resume_refuses_other_inputs(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    part = stopped_run(path, 8)
    for other in (iter([(f"x{n}", "نص") for n in range(20)]), inputs(3)):
        with pytest.raises(InputError, match="not made of these inputs"):
            streams.write_resumable(Finder(), other, path, 4, True)  # type: ignore[arg-type]
    part.write_bytes(part.read_bytes()[:-20] + b"\n")
    with pytest.raises(InputError, match="line 8 is damaged"):
        streams.write_resumable(Finder(), inputs(20), path, 4, True)  # type: ignore[arg-type]


def test_without_resume_a_run_begins_again(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    stopped_run(path, 8)
    assert streams.write_resumable(Finder(), inputs(20), path, 4, False) == 0  # type: ignore[arg-type]
    assert len(read(path)) == 20


def test_inputs_are_read_lazily() -> None:
    taken = []

    def endless() -> Iterator[streams.Input]:
        n = 0
        while True:
            taken.append(n)
            yield streams.Input(f"d{n}", "نص")
            n += 1

    found = streams.run(Finder(), endless(), 4)  # type: ignore[arg-type]
    assert [next(found).id for _ in range(3)] == ["d0", "d1", "d2"] and len(taken) < 10


def test_least_sure_takes_sentences_in_order_once() -> None:
    texts = [("a", "قال الوزير كلمة طويلة جدا في المؤتمر. نعم."), ("b", "قصف الجيش المدينة"), ("c", "قصف الجيش المدينة"),
             ("d", "وصل الوفد إلى العاصمة أمس"), ("e", "وصل الوفد إلى المطار أمسِ")]  # fmt: skip
    texts = [streams.Input(*pair) for pair in texts]
    chosen = streams.least_sure(Finder(), texts, 3, 4)  # type: ignore[arg-type]
    assert [item.id for _, item in chosen] == ["a#1", "d", "e"]
    assert [score for score, _ in chosen] == sorted(score for score, _ in chosen)
    many = streams.least_sure(Finder(), texts, 10, 4)  # type: ignore[arg-type]
    assert [item.id for _, item in many] == ["a#1", "d", "e", "b"]  # "نعم." is too short, "c" is "b" again


def test_sureness_of_a_model(random_extractor: Any) -> None:
    texts = ["قصف الجيش المدينة أمس", "", "وصل الوفد", "كلمة " * 90]
    together = random_extractor.sureness(texts, 2)
    assert together == pytest.approx([random_extractor.sureness([t])[0] for t in texts], abs=1e-5)
    assert together[1] == 1.0 and all(0 < s < 0.5 for i, s in enumerate(together) if i != 1)  # knows nothing


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run a command in this process, on the stand-in."""
    monkeypatch.setattr(cli, "_load", lambda *_: Finder())

    def command(*args: str, data: bytes = b"") -> tuple[int, bytes, str]:
        out, err = io.BytesIO(), io.StringIO()
        monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(out, encoding="utf-8", write_through=True))
        monkeypatch.setattr(sys, "stderr", err)
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
        monkeypatch.setattr(sys, "argv", ["arabic-ie", *args])
        try:
            cli.main()
            code = 0
        except SystemExit as stop:
            code = int(stop.code or 0)
        return code, out.getvalue(), err.getvalue()

    return command


def test_the_correction_loop(run: Any, tmp_path: Path) -> None:
    """Raw text -> predictions -> corrected annotations -> training data."""
    raw, tasks = tmp_path / "raw.txt", tmp_path / "tasks.json"
    raw.write_text("قصف الجيش المدينة\nوصل الوفد إلى العاصمة\n\nنعم\n", encoding="utf-8")
    code, _, err = run(
        "extract", str(raw), "--lines", "--format", "labelstudio", "--least-sure", "2", "-o", str(tasks)
    )
    assert code == 0, err
    exported = json.loads(tasks.read_text(encoding="utf-8"))
    assert [t["data"]["doc_id"] for t in exported] == ["raw-2", "raw-1"]
    for task in exported:  # a person opens the first, moves a mark, and submits
        task["predictions"][0]["id"] = 1
    result = json.loads(json.dumps(exported[0]["predictions"][0]["result"]))
    result[0]["value"] |= {"start": 4, "end": 9, "text": "الوفد", "labels": ["ORG"]}
    result[0]["origin"] = "prediction-changed"
    exported[0] |= {"id": 11, "annotations": [{"id": 5, "result": result, "was_cancelled": False}]}
    tasks.write_text(json.dumps(exported), encoding="utf-8")
    code, _, err = run("convert", str(tasks), str(tmp_path / "gold.jsonl"))
    assert code == 0 and "note:" in err and "1 tasks without annotations left out" in err
    (doc,) = read(tmp_path / "gold.jsonl")
    assert doc.id == "raw-2" and [(doc.span_text(e), e.type, e.score) for e in doc.entities] == [
        ("الوفد", "ORG", 1.0)
    ]
    assert doc.meta == {"sureness": pytest.approx(1 / 21, abs=1e-4)}


@pytest.mark.parametrize("format", ["conll", "doccano", "csv", "labelstudio"])
def test_extract_to_stdout_in_any_text_format(run: Any, tmp_path: Path, format: str) -> None:
    code, out, _ = run("extract", "-", "--format", format, data=b'{"id": "a", "text": "\xd9\x86\xd8\xb5"}\n')
    assert code == 0
    (tmp_path / "x").write_bytes(out)
    (doc,) = read(tmp_path / "x", format)
    assert doc.id == "a" and doc.entities[0].type == "PER"


def test_extract_reads_tables_and_writes_folders(run: Any, tmp_path: Path) -> None:
    write([Document("نص آخر", id=f"d{n}") for n in range(3)], tmp_path / "a.csv")
    assert run("extract", str(tmp_path / "a.csv"), "--format", "brat", "-o", str(tmp_path / "out"))[0] == 0
    assert [d.id for d in read(tmp_path / "out")] == ["d0", "d1", "d2"]
    for args in (["--format", "brat"], ["--format", "nonsense"], ["--resume"]):
        code, _, err = run("extract", str(tmp_path / "a.csv"), *args)
        assert code == 2 and err.startswith("error: ")


def test_a_row_brings_its_own_date(run: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: list[Any] = []

    class Dated(Finder):
        def pipe(self, texts: Any, batch_size: int = 32, date: Any = None) -> Iterator[Document]:
            for doc in super().pipe(texts, batch_size):
                asked.append(next(date))
                yield doc

    monkeypatch.setattr(cli, "_load", lambda *_: Dated())
    rows = [
        {"text": "نص", "date": "2020-01-07T10:00"},
        {"text": "نص", "meta": {"date": "2021-05-01"}},
        {"text": "نص"},
    ]
    file = tmp_path / "rows.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert run("extract", str(file), "--date", "2019-12-31")[0] == 0
    (tmp_path / "rows.csv").write_text("text,date\nنص,2018-02-03\nنص,\n")
    assert run("extract", str(tmp_path / "rows.csv"))[0] == 0
    assert asked == ["2020-01-07", "2021-05-01", "2019-12-31", "2018-02-03", None]
    file.write_text('{"text": "نص"}\n{"text": "نص", "date": "أمس"}\n')
    code, _, err = run("extract", str(file))
    assert code == 2 and "rows.jsonl:2" in err and "2020-01-07" in err


def test_other_columns_and_metadata_are_kept(run: Any, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,text,url\na,قصف الجيش المدينة,http://x/1\n", encoding="utf-8")
    row = {"id": "a", "text": "قصف الجيش المدينة", "url": "http://x/1", "meta": {"source": "صحيفة"}}
    (tmp_path / "a.jsonl").write_text(json.dumps({**row, "entities": [], "clusters": []}) + "\n")
    for name, meta in (("a.csv", {}), ("a.jsonl", {"source": "صحيفة"})):
        for more in ([], ["--least-sure", "1"], ["-o", str(tmp_path / "out.jsonl")]):
            code, out, err = run("extract", str(tmp_path / name), *more)
            assert code == 0, err
            form = json.loads(out or (tmp_path / "out.jsonl").read_bytes())
            found = {k: v for k, v in form.get("meta", {}).items() if k != "sureness"}
            assert (form["id"], form["url"], found, len(form["entities"])) == ("a", "http://x/1", meta, 1)
    (tmp_path / "a.jsonl").write_text(json.dumps({**row, "meta": "صحيفة"}) + "\n")
    code, _, err = run("extract", str(tmp_path / "a.jsonl"))
    assert code == 2 and "a.jsonl:1: 'meta' must be an object" in err


def test_the_date_that_was_counted_from_is_the_one_of_the_document() -> None:
    class Dated(Finder):
        def pipe(self, texts: Any, batch_size: int = 32, date: Any = None) -> Iterator[Document]:
            for doc in super().pipe(texts, batch_size):
                yield replace(doc, meta={"date": next(date)})

    item = streams.Input(
        "a", "نص", "2020-01-07", {"date": "2019", "source": "x"}, {"date": "2020-01-07T10:00"}
    )
    (doc,) = streams.run(Dated(), [item], 4)  # type: ignore[arg-type]
    assert doc.meta == {"date": "2020-01-07", "source": "x"} and doc.extra == {"date": "2020-01-07T10:00"}


def test_the_suffix_tells_the_output_and_a_dash_is_stdout(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.txt").write_text("قصف الجيش المدينة", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    for name in ("out.csv", "out.conll", "out.jsonl", "out.found"):
        assert run("extract", "a.txt", "-o", name)[0] == 0
        (doc,) = read(name, "jsonl" if name == "out.found" else None)
        assert doc.entities[0].type == "PER"
    code, out, _ = run("extract", "a.txt", "-o", "-")
    assert code == 0 and json.loads(out)["id"] == "a" and not Path("-").exists()
    code, _, err = run("extract", "a.txt", "-o", "found.txt")
    assert code == 2 and "plain text holds no entities" in err and not Path("found.txt").exists()
    assert run("extract", "a.txt", "-o", "found.txt", "--format", "jsonl")[0] == 0


ARABIC = "قصف الجيش المدينة\r\n\nplain\nوصل الوفد إلى العاصمة\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1256", "utf-16-le", "iso8859-6"])
def test_plain_text_in_any_encoding(run: Any, tmp_path: Path, encoding: str) -> None:
    data = ARABIC.encode(encoding)
    (tmp_path / "a.txt").write_bytes(data)
    more = ["--encoding", encoding] if encoding in ("utf-16-le", "iso8859-6") else []
    for source in (str(tmp_path / "a.txt"), "-"):
        code, out, err = run("extract", source, *more, data=data)
        assert code == 0 and json.loads(out)["text"] == ARABIC, err
        code, out, err = run("extract", source, "--lines", *more, data=data)
        stem = "a" if source != "-" else "stdin"
        texts = [(d["id"], d["text"]) for d in map(json.loads, out.splitlines())]
        lines = [(1, "قصف الجيش المدينة"), (3, "plain"), (4, "وصل الوفد إلى العاصمة")]
        assert code == 0 and texts == [(f"{stem}-{n}", text) for n, text in lines], err


@pytest.mark.parametrize("last", [b"\xd9", "وصل".encode("cp1256")])
def test_a_line_of_another_encoding_than_the_first_is_named(run: Any, tmp_path: Path, last: bytes) -> None:
    (tmp_path / "a.txt").write_bytes("قصف الجيش\n".encode() + last)
    code, _, err = run("extract", str(tmp_path / "a.txt"), "--lines")
    assert code == 2 and "a.txt:2: not utf-8 at byte" in err
    code, _, err = run("extract", str(tmp_path / "a.txt"), "--encoding", "no-such")
    assert code == 2 and "no encoding 'no-such'" in err


def test_an_id_that_utf8_cannot_hold_is_shown_escaped(run: Any, tmp_path: Path) -> None:
    row = {"id": "a\ud800", "text": "نصوص", "entities": [{"id": "E1", "type": "PER", "start": 1, "end": 3}]}
    (tmp_path / "a.jsonl").write_text(json.dumps(row))
    for more in ([], ["--json"]):
        code, out, err = run("check-data", str(tmp_path / "a.jsonl"), *more)
        assert code == 1 and b"a\\ud800" in out, err


def test_convert_there_and_back_and_the_interface(run: Any, tmp_path: Path) -> None:
    target, interface = tmp_path / "seed.json", tmp_path / "interface.xml"
    code, _, err = run(
        "convert",
        "seeds/seed.jsonl",
        str(target),
        "--to",
        "labelstudio",
        "--predictions",
        "--interface",
        str(interface),
    )
    assert code == 0 and not err and 'value="Conflict.Attack"' in interface.read_text(encoding="utf-8")
    assert all("predictions" in t for t in json.loads(target.read_text(encoding="utf-8")))
    code, out, err = run("convert", str(target), "-", "--to", "jsonl")
    assert code == 0 and out.decode() == "".join(d.to_json() + "\n" for d in read("seeds/seed.jsonl"))
    assert run("convert", str(target), "-")[0] == 2


def test_convert_says_what_is_lost(run: Any, tmp_path: Path) -> None:
    docs = [
        replace(d, entities=tuple(replace(e, score=0.5) for e in d.entities))
        for d in read("seeds/seed.jsonl")
    ]
    write(docs, tmp_path / "a.jsonl")
    code, _, err = run("convert", str(tmp_path / "a.jsonl"), str(tmp_path / "a.conll"))
    assert (
        code == 0
        and err
        == f"note: conll: not held: scores ({sum(len(d.entities) for d in docs)}, first in document 'seed-001')\n"
    )


def test_convert_with_an_own_schema(run: Any, tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text("name: own\nentities: [CITY]\nevents: {Visit: {Where: [CITY]}}\n")
    line = {"text": "زار عدن", "entities": [{"id": 1, "label": "Visit", "start_offset": 0, "end_offset": 3},
                                             {"id": 2, "label": "CITY", "start_offset": 4, "end_offset": 7}],
            "relations": [{"id": 0, "from_id": 1, "to_id": 2, "type": "Where"}]}  # fmt: skip
    (tmp_path / "a.jsonl").write_text(json.dumps(line))
    code, out, _ = run(
        "convert", str(tmp_path / "a.jsonl"), "-", "--to", "jsonl", "--schema", str(tmp_path / "own.yaml")
    )
    (doc,) = map(Document.from_dict, map(json.loads, out.splitlines()))
    assert code == 0 and doc.events[0].arguments[0].role == "Where"
    Schema.load(tmp_path / "own.yaml").check(doc)
