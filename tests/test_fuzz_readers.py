"""Hostile files: every reader gives a typed error or a right result, never another exception, never a hang.

``ARABIC_IE_FUZZ=2000`` tries that many inputs for each property; ``--hypothesis-show-statistics`` says how many
of them were read, and how many refused.
"""

from __future__ import annotations

import json
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from hostile import tries
from hypothesis import event, given
from hypothesis import strategies as st

from arabic_ie import Document, Schema, read, write
from arabic_ie.errors import ArabicIEError, ConfigError, FormatError, SchemaError
from arabic_ie.formats import FORMATS

SECONDS = 20  # of the processor, for files of a megabyte at most; what is slow by design takes hours
fuzz = tries(40)
pytestmark = pytest.mark.filterwarnings("ignore::arabic_ie.formats.LossyWarning")


def right(doc: Document, folder: Path) -> None:
    """What every reader promises of a document, and that whatever follows can work with it."""
    for span in (*doc.entities, *(v.trigger for v in doc.events)):
        assert 0 <= span.start < span.end <= len(doc.text)
    assert Document.from_dict(doc.to_dict()) == doc
    assert Document.from_dict(json.loads(doc.to_json())) == doc
    assert doc.to_html()
    for format in FORMATS:
        path = folder / format
        try:
            write([doc], path, format)
        except FormatError:  # a lone surrogate, an id too long for a file name
            continue
        if format in ("jsonl", "csv", "parquet"):  # they hold all of a document
            assert read(path, format) == [doc], format


@contextmanager
def soon() -> Iterator[None]:
    """Stops what hangs."""

    def stop(*_: Any) -> None:
        pytest.fail(f"still at it after {SECONDS} s")

    before = signal.signal(signal.SIGPROF, stop)  # not SIGALRM: the machine may be busy with others
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def tried(path: Path, format: str | None, folder: Path, **options: Any) -> None:
    """Read a hostile file; check what comes of it."""
    with soon():
        try:
            docs = read(path, format, **options)
        except ArabicIEError as err:
            assert str(err)
            event("refused")
        else:
            event("read")
            for doc in docs[:3]:
                right(doc, folder)


# Valid files, to be damaged

DOCS = [
    Document.from_dict(form)
    for form in [
        {
            "id": "أ-1", "text": "قصفت 🔴 طائراتٌ مطارَ دمشق\r\nأمس. لم يُقتل أحد",
            "entities": [
                {"id": "E1", "type": "VEH", "start": 7, "end": 15, "score": 0.5},
                {"id": "E2", "type": "FAC", "start": 16, "end": 26, "fragments": [[16, 20], [22, 26]]},
                {"id": "E3", "type": "DATE", "start": 28, "end": 31, "value": {"timex": "2020-01-06"}},
            ],
            "events": [
                {"id": "T1", "type": "Conflict.Attack", "trigger": {"start": 0, "end": 4, "note": "x"},
                 "realis": "actual", "arguments": [{"role": "Attacker", "entity": "E1", "score": 0.25},
                                                   {"role": "Time", "entity": "E3"}],
                 "counts": [{"role": "Victim", "entity": "E1", "value": 3}],
                 "source": {"entities": ["E1"], "anonymous": True}, "certainty": {"level": "doubted"}},
                {"id": "T2", "type": "Life.Die", "trigger": {"start": 36, "end": 41}, "realis": "negated"},
            ],
            "clusters": [{"id": "C1", "type": "FAC", "name": "دمشق", "mentions": ["E2"]}],
            "incidents": [{"id": "I1", "type": "Conflict.Attack", "events": ["T1"], "date": {"timex": "2020"},
                           "place": {"entity": "E2", "lat": 33.5}, "counts": [{"role": "Victim", "min": 3}],
                           "arguments": [{"role": "Attacker", "entity": "E1"}]}],
            "meta": {"date": "2020-01-07", "n": [1, {"a": None}]}, "warnings": ["w"], "other": {"k": 1},
        },
        {"id": "b", "text": "زار وفد بغداد", "entities": [{"id": "E1", "type": "GPE", "start": 8, "end": 13}],
         "events": [{"id": "T1", "type": "Movement.Travel", "trigger": {"start": 0, "end": 3}, "realis": "other",
                     "arguments": [{"role": "Destination", "entity": "E1"}]}]},
        {"id": "", "text": "نص", "entities": [], "events": []},
    ]
]  # fmt: skip
DOCCANO = {
    "id": 7, "text": "زار وفد بغداد", "Comments": ["c"], "meta": {"a": 1}, "label": [[8, 13, "GPE"]],
    "entities": [{"id": 4, "label": "Movement.Travel", "start_offset": 0, "end_offset": 3, "text": "زار"},
                 {"id": 5, "label": "ORG", "start_offset": 4, "end_offset": 7}],
    "relations": [{"id": 1, "from_id": 4, "to_id": 5, "type": "Agent"}],
}  # fmt: skip
TASK = {
    "id": 3, "data": {"text": "زار وفد بغداد", "doc_id": "d", "meta": {"a": 1}, "warnings": ["w"], "extra": {"k": 1}},
    "annotations": [{"id": 1, "was_cancelled": False, "ground_truth": True, "updated_at": "2024", "result": [
        {"id": "r", "type": "labels", "from_name": "trigger", "to_name": "text", "score": 0.5,
         "meta": {"arabic_ie": {"id": "T9", "trigger": {"n": 1}, "counts": []}, "text": ["note"]},
         "value": {"start": 0, "end": 3, "text": "زار", "labels": ["Movement.Travel"]}},
        {"id": "r", "type": "choices", "from_name": "realis", "to_name": "text",
         "value": {"start": 0, "end": 3, "choices": ["negated"]}},
        {"id": "e", "type": "labels", "from_name": "entity", "to_name": "text",
         "meta": {"arabic_ie": {"value": {"v": 1}, "of": "بغداد"}},
         "value": {"start": 8, "end": 13, "text": "بغداد", "labels": ["GPE", "LOC"]}},
        {"type": "relation", "from_id": "r", "to_id": "e", "direction": "right", "labels": ["Place"],
         "score": 0.5, "meta": {"arabic_ie": {"n": 1}}}]}],
}  # fmt: skip
ANN = """T1\tGPE 8 13\tبغداد
T2\tMovement.Travel 0 3\tزار
T3\tORG 4 7;8 13\tوفد بغداد
E1\tMovement.Travel:T2 Destination:T1 Agent:T3 Agent2:T1
E2\tCause:T2 Effect:E1
A1\tRealis E1 negated
A2\tNegation E2
R1\tNear Arg1:T1 Arg2:T3
N1\tReference T1 Wikidata:Q1530\tBaghdad
*\tEquiv T1 T3
#1\tAnnotatorNotes T2\tراجع
#2\tArabicIE E1\t{"score": 0.5, "id": "T7", "trigger": {"n": 1}, "arguments": [{"role": "Destination"}]}
#3\tArabicIE T1\t{"value": {"name": "Baghdad"}, "id": "E9"}
"""


def dumped(format: str, folder: Path) -> bytes:
    path = folder / f"valid.{format}"
    write(DOCS, path, format)
    return path.read_bytes()


@pytest.fixture(scope="module")
def valid(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("valid")
    found = {format: dumped(format, folder) for format in FORMATS if format != "brat"}
    found["doccano"] += json.dumps(DOCCANO).encode() + b"\n"
    found["labelstudio"] = json.dumps([*json.loads(found["labelstudio"]), TASK]).encode()
    found["conll"] += "\n# newdoc\n# text = قال\n-DOCSTART- O\n\nقال O\nمحمد I-PER\nعلي E-PER\n".encode()
    found["brat"] = ANN.encode()
    return found


def put(format: str, data: bytes, folder: Path) -> Path:
    """The file to read; for brat an ``.ann`` file with its text, or with its annotations a text."""
    if format != "brat":
        path = folder / f"x.{format}"
        path.write_bytes(data)
        return path
    (folder / "x.txt").write_bytes("زار وفد بغداد".encode())
    (folder / "x.ann").write_bytes(data)
    return folder / "x.ann"


# Byte by byte

LONG = "9" * 5000
TOKENS = [
    *(b"\x00", b"\xff", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\r", b"\n", b"\t", b"\\", b'"', b"{", b"[", b"]", b"#"),
    *(b"-1", b"NaN", b"1e999", b"null", b"{}", b"[]", b'"\\ud800"', LONG.encode(), b"[" * 3000, b'{"a":' * 3000),
    *("\u0663\u0660", "\u2028", "\U0001f534", "\u064e", "\u00b2", "B-", "I-X", "O", "|:1", ";0 1", "T1", "E1", "*"),
    *("# newdoc id = \\ud800", "# doc_text = ", "# entity_ids = [[]]", '# doc_keys = {"warnings": 3}', "T1\tX 0 1\t"),
]  # fmt: skip
tokens = st.sampled_from([t if isinstance(t, bytes) else t.encode() for t in TOKENS])
edits = st.lists(
    st.tuples(st.sampled_from(["cut", "twice", "put", "swap", "flip"]), st.integers(0, 2**16),
              st.integers(0, 2**16), tokens), min_size=1, max_size=5,
)  # fmt: skip


def edited(data: bytes, changes: list[tuple[str, int, int, bytes]]) -> bytes:
    for kind, a, b, token in changes:
        low = a % (len(data) + 1)
        high = min(len(data), low + b % 60)
        if kind == "cut":
            data = data[:low] + data[high:]
        elif kind == "twice":
            data = data[:high] + data[low:high] + data[high:]
        elif kind == "put":
            data = data[:low] + token + data[low:]
        elif kind == "swap":
            data = data[:low] + token + data[high:]
        else:
            data = data[:low] + bytes(x ^ (1 << b % 8) for x in data[low : low + 1]) + data[low + 1 :]
    return data


@fuzz
@given(data=st.binary(max_size=300) | st.lists(tokens, max_size=12).map(b" ".join))
@pytest.mark.parametrize("format", FORMATS)
def test_random_bytes(format: str, data: bytes, tmp_path: Path) -> None:
    tried(put(format, data, tmp_path), format, tmp_path)


@fuzz
@given(data=st.binary(max_size=300) | st.lists(tokens, max_size=12).map(b" ".join))
@pytest.mark.parametrize("suffix", [".jsonl", ".json", ".conll", ".csv", ".txt", ".ann", ".parquet"])
def test_random_bytes_whose_format_is_guessed(suffix: str, data: bytes, tmp_path: Path) -> None:
    put("brat", b"", tmp_path)
    (tmp_path / f"x{suffix}").write_bytes(data)
    tried(tmp_path / f"x{suffix}", None, tmp_path)


@fuzz
@given(changes=edits, twice=st.booleans())
@pytest.mark.parametrize("format", FORMATS)
def test_damaged_files(format: str, changes: Any, twice: bool, valid: Any, tmp_path: Path) -> None:
    data = edited(valid[format], changes)
    tried(put(format, data, tmp_path), format, tmp_path)


@fuzz
@given(changes=edits)
def test_damaged_texts_of_brat(changes: Any, tmp_path: Path) -> None:
    put("brat", ANN.encode(), tmp_path)
    (tmp_path / "x.txt").write_bytes(edited("زار وفد بغداد".encode(), changes))
    tried(tmp_path / "x.ann", "brat", tmp_path)


# Well-formed JSON with a value that should not be there

VALUES: list[Any] = [
    None, True, False, 0, -1, 3, 10**30, 0.5, "", "x", "E1", "T1", "actual", "12", "\u0663", "\ud800", "9" * 5000,
    [], [1], ["x"], [[0, 1]], [[]], [None], {}, {"a": 1}, {"text": "x"}, {"id": []}, {"entities": 5}, {"min": 1},
    {"name": {}}, {"start": 0, "end": 1, "type": "X", "id": "q"}, {"role": 1}, {"counts": 1, "value": 2},
]  # fmt: skip
KEYS = ["id", "text", "entities", "events", "extra", "meta", "value", "label", "type", "score", "start", "arabic_ie",
        "brat", "brat_id", "brat_events", "doccano_id", "relations", "date", "source", "place"]  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inner:
        yield from places(item, (*path, key))


def changed(value: Any, path: tuple[Any, ...], how: Callable[[Any], Any]) -> Any:
    if not path:
        return how(value)
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = changed(value[path[0]], path[1:], how)
    return copy


def spoiled(data: Any, value: Any) -> Any:
    """A JSON value with up to three odd values in it, or odd keys, or keys taken away."""
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(list(places(value))))
        kind = data.draw(st.sampled_from(["value", "value", "value", "key", "drop"]))
        odd, key = data.draw(st.sampled_from(VALUES)), data.draw(st.sampled_from(KEYS))

        def how(old: Any, kind: str = kind, odd: Any = odd, key: str = key) -> Any:
            if kind == "key" and isinstance(old, dict):
                return {**old, key: odd}
            if kind == "drop" and isinstance(old, (dict, list)) and old:
                return old[1:] if isinstance(old, list) else dict(list(old.items())[1:])
            return odd

        value = changed(value, path, how)
    return value


@fuzz
@given(data=st.data())
@pytest.mark.parametrize("format", ["jsonl", "doccano", "labelstudio"])
def test_odd_values_in_json(format: str, data: Any, valid: Any, tmp_path: Path) -> None:
    text = valid[format].decode()
    good = json.loads(text) if format == "labelstudio" else [json.loads(x) for x in text.split("\n") if x]
    made = json.dumps(spoiled(data, data.draw(st.sampled_from(good))))
    made = made.replace("0.5", data.draw(st.sampled_from(["0.5", "0.5", "0.5", "NaN", "1e999", "1" * 400])))
    content = f"[{made}]" if format == "labelstudio" else made
    options = {"schema": Schema.load()} if data.draw(st.booleans()) else {}
    tried(put(format, content.encode(), tmp_path), format, tmp_path, **options)


@fuzz
@given(data=st.data())
def test_odd_values_in_cells(data: Any, tmp_path: Path) -> None:
    """CSV, whose cells are JSON."""
    doc = DOCS[0].to_dict()
    doc["extra"] = {"other": doc.pop("other")}
    header = [*doc, *data.draw(st.sampled_from([[], ["when"], ["id "], ["extra "]]))]
    column = data.draw(st.sampled_from(sorted(doc)))
    doc[column] = spoiled(data, doc[column])
    cells = [v if isinstance(v, str) else json.dumps(v) for v in doc.values()]
    cells += ["7"] * (len(header) - len(cells))
    rows = [",".join('"' + c.replace('"', '""') + '"' for c in row) for row in (header, cells)]
    tried(put("csv", "\n".join(rows).encode("utf-8", "replace"), tmp_path), "csv", tmp_path)


@fuzz
@given(data=st.data())
def test_odd_columns_of_parquet(data: Any, tmp_path: Path) -> None:
    """Whole Parquet files whose columns have other types than ours."""
    pa = pytest.importorskip("pyarrow")
    import pyarrow.parquet

    columns = {}
    names = st.sampled_from(["id", "entities", "events", "meta", "extra", "when", "warnings", "clusters"])
    more = sorted(data.draw(st.sets(names, max_size=3)))  # a set of strings has another order in every run
    for name in ("text", *more):
        kept = [v for v in VALUES if v != 10**30 and v != "\ud800"]
        value = data.draw(
            st.sampled_from([*kept, b"\xd9\x86\xd8\xb5", b"\xff", "نص", "نص", 2.5, float("inf")])
        )
        if name in ("entities", "events", "meta", "extra") and data.draw(st.booleans()):
            value = spoiled(data, DOCS[0].to_dict().get(name, {"k": 1}))
            value = json.dumps(value, allow_nan=False) if data.draw(st.booleans()) else value
        columns[name] = [value]
    try:
        table = pa.table(columns)
        pyarrow.parquet.write_table(table, tmp_path / "x.parquet")
    except (pa.ArrowException, OverflowError, UnicodeEncodeError):  # Arrow has no type for it
        return
    tried(tmp_path / "x.parquet", "parquet", tmp_path)


@fuzz
@given(data=st.data())
def test_odd_words_in_lines(data: Any, valid: Any, tmp_path: Path) -> None:
    """CoNLL and brat: whole fields exchanged for others."""
    format = data.draw(st.sampled_from(["conll", "brat"]))
    text = valid[format].decode()
    fields = sorted(
        {f for line in text.split("\n") for part in line.split("\t") for f in (part, *part.split(" "))}
    )
    odd = st.sampled_from(fields) | st.sampled_from(
        [t.decode() for t in TOKENS if isinstance(t, bytes) and t.isascii()]
    )
    for _ in range(data.draw(st.integers(1, 4))):
        lines = text.split("\n")
        n = data.draw(st.integers(0, len(lines) - 1))
        sign = data.draw(st.sampled_from(["\t", " ", ":"]))
        parts = lines[n].split(sign)
        parts[data.draw(st.integers(0, len(parts) - 1))] = data.draw(odd)
        lines[n] = sign.join(parts)
        text = "\n".join(lines)
    tried(put(format, text.encode("utf-8", "surrogatepass"), tmp_path), format, tmp_path)


@fuzz
@given(
    encoding=st.sampled_from(["utf-16", "utf-7", "idna", "punycode", "undefined", "hex", "a\0b", "cp1256", "mbcs", ""]),
    data=st.binary(max_size=40),
)  # fmt: skip
def test_odd_encodings(encoding: str, data: bytes, tmp_path: Path) -> None:
    tried(put("text", data, tmp_path), "text", tmp_path, encoding=encoding)


# What follows from the size of a file, not from its values


def test_time_grows_with_the_file_not_with_its_square(tmp_path: Path) -> None:
    """Files of a megabyte made to be slow: long spans with short words, one id named by many lines."""
    many, text = 10_000, "ن" * 200_000
    spans = "".join(f"T{n}\tX 0 {len(text)}\tن\n" for n in range(1, many))
    events = "".join(
        f"T{n}\tX {n} {n + 1}\tن\nE{n}\tX:T{n}\n#{n}\tAnnotatorNotes E{n}\tx\n" for n in range(1, many)
    )
    parts = f"T1\tX {';'.join(f'{2 * n} {2 * n + 1}' for n in range(many))}\t{'ن' * 100_000}\n"
    for ann in (spans, events, parts):
        (tmp_path / "a.txt").write_text(text, encoding="utf-8")
        (tmp_path / "a.ann").write_text(ann, encoding="utf-8")
        tried_in(tmp_path / "a.ann", "brat")
    region = [{"id": f"r{n}", "type": "labels", "from_name": "entity",
               "value": {"start": n, "end": n + 1, "labels": ["X"]}} for n in range(many)]  # fmt: skip
    trigger = {
        "id": "t",
        "type": "labels",
        "from_name": "trigger",
        "value": {"start": 0, "end": 1, "labels": ["Y"]},
    }
    relations = [{"type": "relation", "from_id": "t", "to_id": f"r{n}", "labels": ["R"]} for n in range(many)]
    task = {"data": {"text": text}, "annotations": [{"result": [trigger, *region, *relations]}]}
    (tmp_path / "a.json").write_text(json.dumps([task]), encoding="utf-8")
    tried_in(tmp_path / "a.json", "labelstudio")
    marks = [
        {"id": n, "label": "X", "start_offset": 0, "end_offset": len(text), "text": "ن"} for n in range(many)
    ]
    (tmp_path / "a.jsonl").write_text(json.dumps({"text": text, "entities": marks}), encoding="utf-8")
    tried_in(tmp_path / "a.jsonl", "doccano")


def tried_in(path: Path, format: str) -> None:
    with soon(), suppress(FormatError):
        read(path, format)


# Schema and configuration

YAML = ["[" * 2000, "{a: " * 2000, "&a [*a]", "!!python/object/apply:os.system [x]", "!!timestamp x", "!!int x",
        "!!float x", "2020-13-45", "? [a]\n: b", "- *x", "\t", "!!binary x", "a: &a [x]\nb: *a", "0o9", "%", "\x00",
        "--- a\n--- b", "1e999", "!!set {a}", "!!omap [a]", "!!pairs [a]", "@", "`", "<<: 3", "<<: [3]", "9" * 5000,
        "1:" + "9" * 400, "!!bool x", "=", "~", "''", "[]", "{}", "3", "x"]  # fmt: skip
SCHEMA = "name: s\nentities: [PER, GPE]\nevents:\n  Attack:\n    Place: [GPE]\n    Agent:\n  Die: [Victim]\n"
CONFIG = "schema: news-events\nencoder: x\nseed: 1\ndata: {train: [a], dev: [], extra: []}\nmodel: {max_tokens: 64}\ntraining: {output_dir: x}\n"


@fuzz
@given(data=st.data())
@pytest.mark.parametrize("kind", ["schema", "config"])
def test_schemas_and_configurations(kind: str, data: Any, tmp_path: Path) -> None:
    content = (SCHEMA if kind == "schema" else CONFIG).encode()
    for _ in range(data.draw(st.integers(1, 3))):
        if data.draw(st.booleans()):
            content = edited(content, data.draw(edits))
        else:
            parts = content.split(b":")
            parts[data.draw(st.integers(0, len(parts) - 1))] = (
                b" " + data.draw(st.sampled_from(YAML)).encode() + b" "
            )
            content = b":".join(parts)
    path = tmp_path / "x.yaml"
    path.write_bytes(content)
    try:
        if kind == "schema":
            schema = Schema.load(path)
            assert Schema.from_dict(schema.to_dict()) == schema
        else:
            train = pytest.importorskip("training.train", exc_type=ImportError)
            overrides = [
                f"{data.draw(st.sampled_from(['data', 'seed', 'data.train', 'a.b', '']))}={data.draw(st.sampled_from(YAML))}"
            ]
            train.load_config(path, overrides if data.draw(st.booleans()) else [])
    except (SchemaError, ConfigError) as err:
        assert str(err)
        event("refused")
    else:
        event("read")


def test_a_yaml_bomb_is_not_blown_up(tmp_path: Path) -> None:
    """Each level names the one before nine times: 10^9 words when written out."""
    levels = ["a0: &a0 [x]", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 10))]
    bomb = "\n".join(levels)
    for content in (
        f"{bomb}\n",
        "name: *a9\nentities: [A]\nevents: {X: {r: *a9}}\n",
        f"entities:\n  - {{{', '.join(levels)}}}\n",
        f"entities: [A]\nevents: {{X: {{r: [[{', '.join(levels)}]]}}}}\n",
        "x: {" + ", ".join(levels) + "}\nentities: [A]\n",
        "entities: [A]\nname: {" + ", ".join(levels) + "}\n",
        "entities: [A]\nevents:\n  X:\n    r: [{" + ", ".join(levels) + "}]\n",
    ):
        (tmp_path / "x.yaml").write_text(content, encoding="utf-8")
        with soon(), pytest.raises(SchemaError):
            Schema.load(tmp_path / "x.yaml")


@pytest.mark.parametrize("odd", [None, 5, "x", [], [[]], [None], {}, {"a": []}, [{"a": 1}], True, 0.5, json.loads("[" * 400 + "]" * 400)])  # fmt: skip
def test_resolved_layers_of_any_shape_can_be_shown_and_written(odd: Any, tmp_path: Path) -> None:
    """Only their outermost form is checked when a document is read: what lies in it may be anything."""
    form = DOCS[0].to_dict()
    keys = (
        "entities",
        "anonymous",
        "level",
        "role",
        "value",
        "min",
        "max",
        "timex",
        "start",
        "entity",
        "name",
        "lat",
    )
    inner = dict.fromkeys(keys, odd)
    form["events"][0] |= {"counts": [inner, {}], "source": inner, "certainty": inner}
    form["incidents"][0] |= {
        "date": inner,
        "place": inner,
        "counts": [inner, {}],
        "source": inner,
        "certainty": inner,
    }
    form["entities"][2]["value"] = inner
    form["meta"] |= {"date": odd, "brat": odd}
    for item in (form, form["entities"][0], form["events"][0], form["events"][0]["trigger"]):
        item.update(brat_id=odd, brat_events=odd, doccano_id=odd, relations=odd)
    doc = Document.from_dict(form)
    right(doc, tmp_path)
    for layer in ("entities", "events", "arguments", "incidents"):
        write([doc], tmp_path / "layer.csv", layer=layer)
        with suppress(FormatError):  # a column of numbers holds no words
            write([doc], tmp_path / "layer.parquet", layer=layer)
