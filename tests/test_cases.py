"""Symptoms that users of comparable tools reported, with texts written for us.

The issue that a case comes from stands at its head. What must hold whatever a model knows is tried with a
random network too. What needs a model is a comparison with a clean twin: whatever the shipped model finds in
the twin it must find in the dirty text, at the mapped span and with the same type. Parts of the cases on
formats stand in ``test_formats_tools.py``.
"""

from __future__ import annotations

import json
import unicodedata
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hostile import Hashes, Keywords
from test_formats_tools import AMMAN, EMOJI, IOB1

from arabic_ie import Document, Entity, Extractor, Schema, read, write
from arabic_ie.data import build_rows
from arabic_ie.formats import dump
from arabic_ie.metrics import tag_scores
from arabic_ie.text import words

Marks = set[tuple[str, int, int]]


@pytest.fixture(scope="module")
def shipped() -> Extractor:
    return Extractor.from_pretrained(device="cpu", resolve=False)


@pytest.fixture(scope="module", params=["shipped", "random", "hashes"])
def extractor(request: pytest.FixtureRequest, wordpiece: Any) -> Extractor:
    if request.param == "hashes":
        return Extractor(Hashes(Schema.load()), wordpiece, resolve=False)
    if request.param == "random":
        model = request.getfixturevalue("random_extractor").model
        return Extractor(model, wordpiece, "cpu", "float32", resolve=False)
    return request.getfixturevalue("shipped")


def marks(doc: Document) -> Marks:
    """Type and span of each entity and trigger."""
    entities = {(e.type, e.start, e.end) for e in doc.entities}
    return entities | {(v.type, v.trigger.start, v.trigger.end) for v in doc.events}


def letters(text: str) -> list[int]:
    """Where what carries meaning stands: no marks, tatweel, spaces or invisible characters."""
    return [
        k for k, c in enumerate(text)
        if unicodedata.category(c) not in ("Mn", "Cf") and c != "\u0640" and not c.isspace()
    ]  # fmt: skip


def mapped(twin: str, dirty: str, found: Marks) -> Marks:
    """Marks of the twin as they should stand in the dirty text, which has the same letters."""
    here, there = letters(twin), letters(dirty)
    assert [twin[k] for k in here] == [dirty[k] for k in there]

    def end(last: int) -> int:
        while last + 1 < len(dirty) and unicodedata.category(dirty[last + 1]) == "Mn":
            last += 1
        return last + 1

    return {(kind, there[here.index(a)], end(there[here.index(b - 1)])) for kind, a, b in found}


# --- CAMeL-Lab/camel_tools#105: a shadda and a tatweel that stand alone ------------------------------

LONE = "أعلن الوزير \u0651 افتتاح \u0640 معرض الكتاب في بغداد"
LONE_TWIN = "أعلن الوزير افتتاح معرض الكتاب في بغداد"


def test_lone_marks_move_no_label(extractor: Extractor) -> None:
    here = mapped(LONE_TWIN, LONE, {("GPE", 34, 39), ("X", 12, 18), ("Contact.Statement", 0, 4)})
    assert here == {("GPE", 38, 43), ("X", 14, 20), ("Contact.Statement", 0, 4)}
    found = marks(extractor(LONE))
    assert found == mapped(LONE_TWIN, LONE, marks(extractor(LONE_TWIN)))
    assert not {12, 13, 21, 22} & {edge for _, *span in found for edge in span}


def test_lone_marks_in_a_list_of_tokens_keep_their_place(extractor: Extractor) -> None:
    pytest.importorskip("spacy")
    from spacy.tokens import Doc
    from spacy.vocab import Vocab

    from arabic_ie.integrations.spacy import ArabicIE

    doc = ArabicIE(extractor)(Doc(Vocab(), words=LONE.split()))
    assert len(doc) == 9
    triggers = {token.i for span in doc.spans["triggers"] for token in span if len(span) == 1}
    assert [doc[i].text for i in (2, 4)] == ["\u0651", "\u0640"]
    assert not doc[2].ent_type_ or (doc[1].ent_type_ and doc[3].ent_type_), "only inside a longer mention"
    assert not triggers & {2, 4}


@pytest.mark.filterwarnings("ignore::arabic_ie.formats.LossyWarning")
def test_lone_marks_in_columns_get_a_row_each(extractor: Extractor, tmp_path: Path) -> None:
    (tmp_path / "a.conll").write_text("".join(f"{token}\tO\n" for token in LONE.split()), encoding="utf-8")
    (doc,) = read(tmp_path / "a.conll")
    assert doc.text == LONE
    rows = [
        line.split("\t")
        for line in "".join(dump([extractor(doc.text)], "conll")).splitlines()
        if "\t" in line
    ]
    assert [row[0] for row in rows] == LONE.split()
    assert not any(rows[i][k].startswith("B-") for i in (2, 4) for k in (1, 2))


# --- oudalab/Arabic-NER#15: vowel signs inside a name, ZWNJ, a direction mark ------------------------

VOCALISED = (
    "وصل \u0633\u064e\u0627\u0645\u0650\u0631\u064f \u0627\u0644\u062d\u064e\u062f\u064e\u0651\u0627\u062f\u064f إلى "
    "\u0628\u064e\u064a\u0652\u0631\u064f\u0648\u062a\u200f قادما من بندر\u200cعباس ."
)
PLAIN = "وصل سامر الحداد إلى بيروت قادما من بندر عباس ."
PORT = (46, 55)  # بندر, ZWNJ, عباس


def test_vocalised_names_are_found_like_plain_ones(extractor: Extractor) -> None:
    here = mapped(PLAIN, VOCALISED, {("PER", 4, 15), ("GPE", 20, 25), ("GPE", 35, 44)})
    assert here == {("PER", 4, 22), ("GPE", 27, 35), ("GPE", *PORT)}
    found = marks(extractor(VOCALISED))
    joined = PLAIN.replace("بندر عباس", "بندرعباس")  # what the model is shown of the word with ZWNJ
    assert found == mapped(joined, VOCALISED, marks(extractor(joined)))
    for _, start, end in found:
        assert not {VOCALISED[start], VOCALISED[end - 1]} & {"\u200f", "\u200c"}
        assert not PORT[0] < start < PORT[1] and not PORT[0] < end < PORT[1], "never in pieces"


def test_vocalised_names_against_the_plain_twin(shipped: Extractor) -> None:
    """But for the word with ZWNJ, which is another word to the model than the two of the twin."""
    wanted = {mark for mark in mapped(PLAIN, VOCALISED, marks(shipped(PLAIN))) if mark[2] <= PORT[0]}
    assert wanted <= marks(shipped(VOCALISED))
    assert ("GPE", 27, 35) in wanted


@pytest.mark.parametrize("form", ["NFC", "NFD", "shadda first"])
def test_order_of_marks_changes_nothing(extractor: Extractor, form: str) -> None:
    other = (
        VOCALISED.replace("\u064e\u0651", "\u0651\u064e")
        if form == "shadda first"
        else unicodedata.normalize(form, VOCALISED)
    )
    edges = dict(
        zip((e for w in words(VOCALISED) for e in w), (e for w in words(other) for e in w), strict=True)
    )
    expected = {(kind, edges[a], edges[b]) for kind, a, b in marks(extractor(VOCALISED))}
    assert marks(extractor(other)) == expected


def test_training_sees_the_same_words(random_extractor: Extractor) -> None:
    joined = PLAIN.replace("بندر عباس", "بندرعباس")
    kinds = {("PER", 4, 15), ("GPE", 20, 25)}
    rows = []
    for text, spans in ((joined, kinds), (VOCALISED, mapped(joined, VOCALISED, kinds))):
        entities = tuple(Entity(a, b, kind, f"E{a}") for kind, a, b in sorted(spans))
        found, trouble = build_rows(
            [Document(text, entities)], random_extractor.tokenizer, random_extractor.config
        )
        assert not trouble
        rows.append(found)
    assert rows[0] == rows[1]


# --- urchade/GLiNER#378: a long article without a full stop ------------------------------------------

CITIES = {"بغداد": 28, "الرباط": 8362, "مسقط": 16653}
FILLER = ["تابع", "الحضور", "البرنامج", "حتى", "نهايته", "دون", "أي", "تغيير", "يذكر"]


def opening(city: str) -> list[str]:
    return f"افتتح الوزير معرض الكتاب في {city} صباح اليوم".split()


@pytest.fixture(scope="module")
def article() -> str:
    parts = opening("بغداد") + FILLER * 200
    parts = parts[:1500] + opening("الرباط") + FILLER * 200
    parts = parts[:2992] + opening("مسقط")
    text = " ".join(parts)
    assert len(parts) == 3000 and len(text) == 16668
    return text


def test_a_long_article_is_read_to_its_end(wordpiece: Any, article: str) -> None:
    known = {**dict.fromkeys(CITIES, "GPE"), "افتتح": "Contact.Statement", "صباح اليوم": "DATE"}
    model = Keywords(Schema.load(), wordpiece, known)
    model.config.max_tokens = 128  # so that the opening is shorter than the overlap of two windows
    doc = Extractor(model, wordpiece, resolve=False)(article)
    places = [(e.start, e.end) for e in doc.entities if e.type == "GPE"]
    assert places == [(at, at + len(city)) for city, at in CITIES.items()]
    assert [(v.trigger.start, v.trigger.end) for v in doc.events] == [(0, 5), (8334, 8339), (16625, 16630)]
    assert sum(e.type == "DATE" for e in doc.entities) == 3
    for event, place in zip(doc.events, places, strict=True):  # each with the place of its own sentence
        fillers = [doc.entity(argument.entity) for argument in event.arguments]
        assert [(f.start, f.end) for f in fillers if f.type == "GPE"] == [place]
    assert not doc.warnings


def test_nothing_is_doubled_or_cut_where_windows_overlap(extractor: Extractor, article: str) -> None:
    doc = extractor(article)
    starts, ends = zip(*words(article), strict=True)
    for layer in (doc.entities, [v.trigger for v in doc.events]):
        assert all(a.end <= b.start for a, b in pairwise(layer))
        assert all(m.start in starts and m.end in ends for m in layer)


def test_places_at_the_end_of_a_long_article(
    shipped: Extractor, article: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Found wherever it stands; how sure the model may be in a text that means nothing is not asked."""
    monkeypatch.setattr(shipped.config, "entity_threshold", 0.0)
    found = marks(shipped(article))
    for city, at in CITIES.items():
        twin = " ".join(opening(city))
        wanted = {m for m in marks(shipped(twin)) if m[1] in (0, 28)}  # the trigger and the city
        assert {(kind, a + at - 28, b + at - 28) for kind, a, b in wanted} <= found
        assert ("GPE", 28, 28 + len(city)) in wanted


# --- HumanSignal/label-studio#2007: emoji, and what the numbers count --------------------------------


def test_label_studio_is_written_in_code_points(tmp_path: Path) -> None:
    doc = Document(EMOJI, (Entity(24, 29, "LOC", "E1"),), id="7")
    write([doc], tmp_path / "a.json", "labelstudio")
    (task,) = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    values = [r["value"] for a in task["annotations"] for r in a["result"] if r["type"] == "labels"]
    assert [(v["start"], v["end"], v["text"]) for v in values] == [(24, 29, AMMAN)]
    assert read(tmp_path / "a.json") == [doc]


def test_doccano_says_what_its_numbers_count(tmp_path: Path) -> None:
    doc = Document(EMOJI, (Entity(24, 29, "LOC", "E1"),), id="7")
    write([doc], tmp_path / "a.jsonl", "doccano")
    value = json.loads((tmp_path / "a.jsonl").read_text(encoding="utf-8"))
    assert value["offset_unit"] == "utf16"
    assert [(e["start_offset"], e["end_offset"]) for e in value["entities"]] == [(27, 32)]
    assert [(e.start, e.end) for e in read(tmp_path / "a.jsonl")[0].entities] == [(24, 29)]


# --- chakki-works/seqeval#23: I- without B- ----------------------------------------------------------


def test_scores_of_tags_that_open_with_i(tmp_path: Path) -> None:
    """As they stand they score low when counted strictly; read by us they are the spans that are meant."""
    metrics = pytest.importorskip("seqeval.metrics")
    from seqeval.scheme import IOB2

    (tmp_path / "a.conll").write_text(IOB1, encoding="utf-8")
    (doc,) = read(tmp_path / "a.conll")
    raw = [[line.split()[1] for line in IOB1.splitlines()]]
    gold = [[line.split("\t")[1] for line in "".join(dump([doc], "conll")).splitlines() if "\t" in line]]
    assert gold == [["O", "O", "B-ORG", "I-ORG", "B-LOC", "B-LOC", "O"]]
    names = ("precision_score", "recall_score", "f1_score")
    strict = [getattr(metrics, name)(gold, raw, mode="strict", scheme=IOB2) for name in names]
    assert strict == pytest.approx([1.0, 1 / 3, 0.5])
    assert [getattr(metrics, name)(gold, raw) for name in names] == [1.0, 1.0, 1.0]
    ours = tag_scores([doc], [doc])
    assert (ours["f1"], ours["gold"], ours["mode"]) == (100.0, 3, "strict IOB2")


# --- Franck-Dernoncourt/NeuroNER#36: spans in parts and spans that overlap ---------------------------
# test_formats_tools.py: test_brat_discontinuous_and_overlapping, test_brat_to_flat_columns_says_what_is_lost,
# test_brat_names_file_and_line.


def test_spans_in_parts_are_no_training_label(random_extractor: Extractor) -> None:
    """Neither the first part nor the gap is learned as if it were the mention."""
    text = "التقى وزير خارجية مصر وقطر في جنيف"
    parts = Entity(6, 26, "PER", "E1", fragments=((6, 17), (23, 26)))
    doc = Document(text, (parts, Entity(30, 34, "GPE", "E2")))
    (row,), trouble = build_rows([doc], random_extractor.tokenizer, random_extractor.config)
    assert any("E1" in line for line in trouble)
    labels = dict(zip((text[a:b] for a, b in words(text)), row["entity_tags"], strict=True))
    gpe = 2 * Schema.load().entities.index("GPE") + 1
    assert [labels[w] for w in ("التقى", "وزير", "خارجية", "مصر", "في", "جنيف")] == [
        0,
        -100,
        -100,
        -100,
        0,
        gpe,
    ]
