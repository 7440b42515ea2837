"""Round trips through every format, and what reading and writing have in common."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from arabic_ie import Argument, Document, Entity, Event, Schema, Trigger, read, write
from arabic_ie.errors import ArabicIEError, FormatError, InputError, MissingExtraError
from arabic_ie.formats import FORMATS, LossyWarning, dump, read_located

SUFFIX = {"jsonl": ".jsonl", "conll": ".conll", "brat": "", "doccano": ".jsonl", "labelstudio": ".json",
          "csv": ".csv", "parquet": ".parquet"}  # fmt: skip
WHOLE = ("jsonl", "labelstudio", "csv", "parquet")  # formats that hold all of a document
ROOT = Path(__file__).parents[1]


def travel(docs: list[Document], folder: Path, format: str) -> tuple[list[Document], list[str]]:
    """Write and read; the documents that came back, and what was said to be lost."""
    path = folder / f"x{SUFFIX[format]}"
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        write(docs, path, format)
        back = read(path, format)
    return back, [str(w.message) for w in caught if issubclass(w.category, LossyWarning)]


def in_text_order(doc: Document) -> Document:
    entities = sorted(doc.entities, key=lambda e: e.start)
    return replace(
        doc,
        entities=tuple(entities),
        events=tuple(sorted(doc.events, key=lambda v: v.trigger.start)),
    )


@pytest.mark.parametrize("format", SUFFIX)
@pytest.mark.parametrize("name", ["seed.jsonl", "original.jsonl"])
def test_seeds_travel_through_every_format(format: str, name: str, tmp_path: Path) -> None:
    docs = read(ROOT / "seeds" / name)
    back, told = travel(docs, tmp_path, format)
    back.sort(key=lambda d: d.id)
    docs.sort(key=lambda d: d.id)
    if format in WHOLE:
        assert back == docs and not told
    elif format == "conll":  # whole, but mentions come back in the order of the text
        assert list(map(in_text_order, back)) == list(map(in_text_order, docs)) and not told
    elif format == "brat":
        assert back == [replace(d, extra={}) for d in docs]
        assert len(told) == 1
        assert "other keys of documents" in told[0]
    else:  # doccano numbers mentions itself
        strange = [a.id for a, b in zip(back, docs, strict=True) if a != b]
        assert len(strange) == (1 if name == "original.jsonl" else 0)
        assert bool(told) == bool(strange) and all("ids" in line for line in told)


MARKS = "\u064e\u0651\u0640\u0670"
ALPHABET = st.sampled_from(
    [*"ابتثم وقف،.%#|:_-\"'", *MARKS, "🔴", "\u200c", "\r\n", "\n", "\t", "٣", "x", "é"]
)


@st.composite
def documents(draw: Any, flat: bool = False) -> Document:
    text = "".join(draw(st.lists(ALPHABET, min_size=1, max_size=40)))
    cuts = sorted(draw(st.sets(st.integers(0, len(text)), min_size=2, max_size=10)))
    pairs = list(zip(cuts[::2], cuts[1::2], strict=False)) if flat else [
        tuple(sorted(p)) for p in draw(st.lists(st.tuples(st.sampled_from(cuts), st.sampled_from(cuts)), max_size=6))
    ]  # fmt: skip
    spans = [(a, b) for a, b in pairs if a < b and (not flat or (text[a:b].strip() == text[a:b]))]
    label = st.sampled_from(["PER", "GPE", "أ ب", "A|B:%", "Life.Die"])
    score = st.sampled_from([1.0, 0.25])
    entities, events = [], []
    for a, b in spans:
        if draw(st.booleans()) or flat:
            value = draw(st.sampled_from([None, {"iso": "2024"}, "x"]))
            entities.append(Entity(a, b, draw(label), f"E{len(entities) + 1}", draw(score), value))
        else:
            extra = draw(st.sampled_from([{}, {"note": "س"}]))
            events.append(Event(draw(label), Trigger(a, b), draw(st.sampled_from(["actual", "negated", "other"])),
                                id=f"T{len(events) + 1}", score=draw(score), extra=extra))  # fmt: skip
    if entities:
        roles = st.lists(
            st.tuples(st.sampled_from(["Place", "Time", "Arg2", "دور"]), st.sampled_from(entities)),
            max_size=3,
        )
        events = [
            replace(v, arguments=tuple(Argument(r, e.id, draw(score)) for r, e in draw(roles)))
            for v in events
        ]
    meta = draw(st.sampled_from([{}, {"a": [1]}]))
    return Document(text, tuple(entities), tuple(events), draw(st.sampled_from(["d", "a/b ج", "%2F."])), meta)


def bare(doc: Document) -> Document:
    """A document without what neither columns nor doccano hold."""
    entities = tuple(replace(e, score=1.0, value=None) for e in doc.entities)
    events = tuple(
        replace(v, score=1.0, extra={}, arguments=tuple(replace(a, score=1.0) for a in v.arguments))
        for v in doc.events
    )
    return replace(doc, entities=entities, events=events)


quick = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])


@quick
@given(doc=documents())
@pytest.mark.parametrize("format", WHOLE)
def test_whole_formats_hold_every_document(doc: Document, format: str, tmp_path: Path) -> None:
    back, told = travel([doc, Document("نص")], tmp_path, format)
    assert back[0] == doc and not told


@quick
@given(doc=documents())
def test_brat_holds_all_but_document_keys(doc: Document, tmp_path_factory: Any) -> None:
    def whole(start: int, end: int) -> bool:
        """brat cannot hold a span of nothing but space, nor one that begins or ends with a line break."""
        words = doc.text[start:end]
        return bool(words.strip()) and words.strip("\r\n") == words

    entities = tuple(e for e in doc.entities if whole(e.start, e.end))
    known = {e.id for e in entities}
    events = tuple(
        replace(v, arguments=tuple(a for a in v.arguments if a.entity in known))
        for v in doc.events
        if whole(v.trigger.start, v.trigger.end)
    )
    doc = replace(doc, meta={}, entities=entities, events=events)
    (back,), told = travel([doc], tmp_path_factory.mktemp("b"), "brat")
    assert back == doc and not told


@quick
@given(doc=documents())
def test_doccano_holds_spans_and_roles(doc: Document, tmp_path: Path) -> None:
    schema = Schema("s", ("PER",), {v.type: {} for v in doc.events})
    (back,), _ = travel([doc], tmp_path, "doccano")
    assert back == bare(doc)
    # As doccano gives it back: without the text and the layer of a span.
    path = tmp_path / "x.jsonl"
    value = json.loads(path.read_text(encoding="utf-8"))
    for span in value["entities"]:
        del span["text"], span["layer"]
    path.write_text(json.dumps(value), encoding="utf-8")
    (again,) = read(path, schema=schema, offsets="utf16")
    types = {e.type for e in doc.entities} & set(schema.events)
    assert types or again == bare(doc)


@quick
@given(doc=documents(flat=True))
@example(doc=Document("حزب\r\nالله", (Entity(0, 9, "PER", "E1"),), id="d"))
def test_conll_holds_flat_spans(doc: Document, tmp_path: Path) -> None:
    (back,), _ = travel([doc], tmp_path, "conll")
    assert back == bare(doc)


def test_writing_conll_drops_spans_only_aloud(tmp_path: Path) -> None:
    doc = Document(
        "في بغداد اليوم", (Entity(0, 8, "A", "E1"), Entity(3, 8, "B", "E2", 0.5), Entity(8, 9, "C", "E3"))
    )
    (back,), told = travel([doc], tmp_path, "conll")
    assert [e.type for e in back.entities] == ["A"]
    assert {line.split("held: ")[1].split(" (")[0] for line in told} == {
        "entities that overlap a longer one", "spans of spaces",
    }  # fmt: skip


@pytest.mark.parametrize("format", ["conll", "brat", "doccano", "labelstudio", "csv", "parquet"])
def test_a_lone_surrogate_is_refused_with_the_document(format: str, tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="'odd': a lone surrogate at 3"):
        write([Document("نص \ud800", id="odd")], tmp_path / f"x{SUFFIX[format]}", format)


@pytest.mark.parametrize("format", SUFFIX)
def test_resolved_layers(format: str, tmp_path: Path) -> None:
    """Tables keep them; tools for annotation have no place for them, which is said."""
    form = {
        "id": "d", "text": "قصف بغداد",
        "entities": [{"id": "E1", "type": "GPE", "start": 4, "end": 9, "value": {"name": "بغداد"}}],
        "events": [{"id": "T1", "type": "Conflict.Attack", "trigger": {"start": 0, "end": 3}, "realis": "actual",
                    "arguments": [], "counts": [{"role": "Victim", "min": 3}], "source": {"entity": "E1"}}],
        "clusters": [{"id": "C1", "type": "GPE", "name": "بغداد", "mentions": ["E1"]}],
        "incidents": [{"id": "I1", "type": "Conflict.Attack", "realis": "actual", "events": ["T1"], "arguments": []}],
    }  # fmt: skip
    doc = Document.from_dict(form)
    (back,), told = travel([doc], tmp_path, format)
    if format in ("jsonl", "csv", "parquet"):
        assert back == doc and not told
    else:
        assert any("clusters and incidents (2" in line for line in told)
        assert back.events[0].trigger == doc.events[0].trigger


# JSON Lines and files in general


def test_jsonl_round_trip(tmp_path: Path) -> None:
    docs = [*read("seeds/seed.jsonl"), Document("سطر\u2028واحد \ud800", id="odd")]
    write(docs, tmp_path / "out.jsonl")
    assert read(tmp_path / "out.jsonl") == docs


def test_bom_and_empty_lines(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'\xef\xbb\xbf{"id": "1", "text": "x"}\r\n\n{"id": "2", "text": "y"}')
    assert [(where, d.id) for where, d in read_located(path)] == [(f"{path}:1", "1"), (f"{path}:3", "2")]


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_an_array_of_documents_and_one_over_many_lines(indent: int | None, end: str, tmp_path: Path) -> None:
    docs = read("seeds/seed.jsonl")[:3]
    assert docs[0].entities and docs[0].events
    for number, kept in enumerate((docs, [Document("نص", id="empty"), *docs], docs[:1])):
        path = tmp_path / f"{number}.json"
        text = ", ".join(doc.to_json(indent) for doc in kept)
        text = text if len(kept) == 1 else f"\ufeff[{text}]"
        path.write_bytes(text.replace("\n", end).encode())
        assert read(path) == read(path, "jsonl") == kept
    assert [where for where, _ in read_located(tmp_path / "0.json")] == [
        f"{tmp_path / '0.json'}:{n}" for n in (1, 2, 3)
    ]


def test_an_array_that_is_cut_short_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(
        '[{"id": "a", "text": "نص", "entities": [], "events": []},', encoding="utf-8"
    )
    with pytest.raises(FormatError, match="a.json: not JSON"):
        read(tmp_path / "a.json")


def test_a_key_that_doccano_uses_makes_no_doccano_file(tmp_path: Path) -> None:
    doc = Document("نص", (Entity(0, 2, "PER", "E1"),), extra={"label": ["سياسة"]})
    write([doc], tmp_path / "a.jsonl")
    assert read(tmp_path / "a.jsonl") == [doc]


@pytest.mark.parametrize(
    "line",
    [
        b"{",
        b'{"text": 3}',
        b'{"text": NaN}',
        b"\xff\xfe",
        b'{"text":"a","entities":[{"id":"E","type":"PER","start":0,"end":5}]}',
        b'{"text":"abc","entities":[{"id":"E","type":"P","start":0,"end":3,"fragments":[[0,1],[1,2]]}]}',
    ],
)
def test_bad_line_is_named(tmp_path: Path, line: bytes) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"id": "1", "text": "x"}\n' + line)
    with pytest.raises(FormatError) as caught:
        read(path)
    assert caught.value.line == 2 and f"{path}:2:" in str(caught.value)


def test_missing_file_unknown_suffix_and_option(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        read(tmp_path / "none.jsonl")
    with pytest.raises(FormatError, match="unknown format '.toml'"):
        read("pyproject.toml")
    with pytest.raises(FormatError, match="known: jsonl"):
        read("pyproject.toml", "toml")
    with pytest.raises(InputError, match="option"):
        read("seeds/seed.jsonl", wrong=1)
    for wrong in ({"offsets": "bytes"}, {"source": "both"}):
        with pytest.raises(InputError, match="must be auto"):
            read("seeds/seed.jsonl", **wrong)
    with pytest.raises(FormatError, match="output path"):
        next(dump([], "brat"))


@pytest.mark.parametrize("format", FORMATS)
def test_an_option_that_a_format_is_not_written_with(format: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=f"{format} is written without an option 'wrong'"):
        write([Document("نص")], tmp_path / "x", format, wrong=1)
    assert not os.listdir(tmp_path)


@pytest.mark.parametrize("format", ["jsonl", "doccano", "labelstudio"])
def test_an_id_that_is_null_is_none(format: str, tmp_path: Path) -> None:
    form = {"id": None, "data": {"text": "نص", "doc_id": None}, "predictions": [{"result": []}]}
    form = {"id": None, "doc_id": None, "text": "نص"} if format != "labelstudio" else form
    (tmp_path / "x.json").write_text(json.dumps(form), encoding="utf-8")
    assert read(tmp_path / "x.json", format)[0].id == ("1" if format == "doccano" else "")


def test_plain_text_holds_texts_only_and_says_so(tmp_path: Path) -> None:
    docs = [Document("قصف بغداد", (Entity(4, 9, "GPE", "E1"),)), Document("ثم")]
    with pytest.warns(LossyWarning) as caught:
        write(docs, tmp_path / "x.txt")
    assert {str(w.message).split("held: ")[1].split(" (")[0] for w in caught} == {
        "entities", "edges of documents",
    }  # fmt: skip
    assert read(tmp_path / "x.txt")[0].text == "قصف بغداد\nثم"


def test_keys_that_doccano_uses_itself_are_lost_aloud(tmp_path: Path) -> None:
    doc = Document("نص", id="d", extra={"labels": ["رأي"], "source": "wire"})
    (back,), told = travel([doc], tmp_path, "doccano")
    assert back.extra == {"source": "wire"} and "keys of the document that doccano uses itself (1" in told[0]


@pytest.mark.parametrize("format", [f for f in SUFFIX if f != "brat"])
def test_failed_write_leaves_the_old_file(format: str, tmp_path: Path) -> None:
    path = tmp_path / f"a{SUFFIX[format]}"
    write([Document("قديم")], path, format)
    old = path.read_bytes()

    def broken() -> Iterator[Document]:
        yield Document("جديد")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write(broken(), path, format)
    assert path.read_bytes() == old and os.listdir(tmp_path) == [path.name]


def test_a_device_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = subprocess.Popen(["cat", str(pipe)], stdout=subprocess.PIPE)
    try:
        write([Document("نص")], pipe, "jsonl")
        assert json.loads(reader.communicate(timeout=10)[0])["text"] == "نص" and pipe.is_fifo()
    finally:
        reader.kill()  # it waits for ever where nothing was written to the pipe
        reader.communicate()


# Tables


def test_csv_of_others(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes('text,date\r\n"قال، ""نعم""\nثم مضى",2024\r\nنص,\r\n'.encode("cp1256"))
    docs = read(path)
    assert [d.text for d in docs] == ['قال، "نعم"\nثم مضى', "نص"]
    assert [d.id for d in docs] == ["a-1", "a-2"] and docs[0].extra == {"date": "2024"}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("id,body\n1,x\n", "'text'"),
        ("id,text\n1,x,y\n", "3 cells"),
        ("id,text,entities\n1,x,{\n", "not JSON"),
        ('id,text\n1,"x\n', "not CSV"),
        ('id,text,entities\n1,x,"[{""id"":""E"",""type"":""P"",""start"":0,""end"":9}]"\n', "not a span"),
    ],
)
def test_bad_csv_is_named(content: str, told: str, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(FormatError, match=told) as caught:
        read(path)
    assert "a.csv:" in str(caught.value)


def test_tables_of_mentions(seed_docs: list[Document], tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    for layer in ("entities", "events", "arguments"):
        write(seed_docs, tmp_path / "x.parquet", layer=layer)
        write(seed_docs, tmp_path / "x.csv", layer=layer)
        frames = pandas.read_parquet(tmp_path / "x.parquet"), pandas.read_csv(tmp_path / "x.csv")
        assert list(frames[0].text if layer != "events" else frames[0].trigger) == list(
            frames[1].text if layer != "events" else frames[1].trigger
        )
        assert len(frames[0]) == sum(len(d.to_dataframe(layer)) for d in seed_docs)
    with pytest.raises(InputError, match="layers"):
        write(seed_docs, tmp_path / "x.csv", layer="words")


def test_parquet_of_others_and_not_parquet(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    import datetime

    import pyarrow.parquet

    table = pa.table({"text": ["نص"], "id": [7], "when": [datetime.date(2024, 1, 2)]})
    pyarrow.parquet.write_table(table, tmp_path / "a.parquet")
    (doc,) = read(tmp_path / "a.parquet")
    assert doc.id == "7" and doc.extra == {"when": "2024-01-02"} and json.loads(doc.to_json())
    (tmp_path / "b.parquet").write_bytes(b"no")
    with pytest.raises(FormatError, match="Parquet"):
        read(tmp_path / "b.parquet")


@pytest.mark.parametrize(
    ("package", "code"),
    [
        ("pyarrow", "write([Document('x')], 'x.parquet')"),
        ("pandas", "Document('x').to_dataframe()"),
        ("spacy", "import arabic_ie.integrations.spacy"),
        ("ray", "import arabic_ie.integrations.ray"),
    ],
)
def test_a_missing_extra_says_the_pip_line(package: str, code: str, tmp_path: Path) -> None:
    program = f"import sys; sys.modules[{package!r}] = None\nfrom arabic_ie import *\n{code}"
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=tmp_path, env=env
    )
    assert "MissingExtraError" in done.stderr and "pip install 'arabic-ie[" in done.stderr
    assert issubclass(MissingExtraError, ArabicIEError)


def test_every_format_is_known() -> None:
    assert set(SUFFIX) | {"text"} == set(FORMATS)
