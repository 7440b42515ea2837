"""Files in the form that brat, doccano, Label Studio and CoNLL tools write, odd cases included."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import pytest

from arabic_ie import Document, Schema, read, write
from arabic_ie.errors import FormatError, InputError
from arabic_ie.formats import LossyWarning, dump
from arabic_ie.formats.labelstudio import labelling_config
from arabic_ie.formats.offsets import OffsetsDoNotFit, RawSpan, boundaries, resolve, to_unit

EMOJI = "\U0001f534 عاجل \U0001f1ef\U0001f1f4 وصل الوفد إلى عم\u0651ان"  # 29 code points, 32 UTF-16 units
AMMAN = "عم\u0651ان"


def save(path: Path, content: str | bytes | list[Any]) -> Path:
    if isinstance(content, list):
        content = json.dumps(content)  # escapes, as the tools write them
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def spans(doc: Document) -> list[tuple[int, int, str]]:
    return [(e.start, e.end, e.type) for e in doc.entities]


# Label Studio


def task(start: int, end: int, text: str | None = AMMAN, **more: Any) -> dict[str, Any]:
    value = {"start": start, "end": end, "labels": ["LOC"]} | ({"text": text} if text else {})
    region = {"value": value, "id": "r1", "from_name": "label", "to_name": "text", "type": "labels"}
    return {"id": 7, "data": {"text": EMOJI}, "annotations": [{"id": 1, "result": [region], **more}]}


@pytest.mark.parametrize("edges", [(24, 29), (27, 32)])
def test_labelstudio_code_points_and_utf16(tmp_path: Path, edges: tuple[int, int]) -> None:
    (doc,) = read(save(tmp_path / "a.json", [task(*edges)]))
    assert spans(doc) == [(24, 29, "LOC")] and doc.id == "7" and doc.entities[0].id == "r1"


def test_labelstudio_refuses_what_fits_neither(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"task 2: region 'r1'.*20, 25"):
        read(save(tmp_path / "a.json", [task(24, 29), task(20, 25)]))
    with pytest.raises(FormatError, match="not a span"):
        read(save(tmp_path / "a.json", [task(30, 60, None)]))


def test_labelstudio_mixed_units_in_one_task(tmp_path: Path) -> None:
    mixed = task(24, 29)
    older = {"id": "r2", "type": "labels", "from_name": "label", "to_name": "text",
             "value": {"start": 13, "end": 16, "text": "وصل", "labels": ["X"]}}  # fmt: skip
    mixed["annotations"][0]["result"].append(older)
    (doc,) = read(save(tmp_path / "a.json", [mixed]))
    assert [doc.span_text(e) for e in doc.entities] == [AMMAN, "وصل"]


def test_labelstudio_counts_crlf_as_two(tmp_path: Path) -> None:
    text = "سطر\r\nبغداد"
    region = {
        "value": {"start": 5, "end": 10, "text": "بغداد", "labels": ["GPE"]},
        "id": "a",
        "type": "labels",
    }
    (doc,) = read(
        save(tmp_path / "a.json", [{"data": {"text": text}, "annotations": [{"result": [region]}]}])
    )
    assert doc.span_text(doc.entities[0]) == "بغداد" and doc.text == text


def test_labelstudio_events_relations_and_choices(tmp_path: Path) -> None:
    def region(id: str, control: str, start: int, end: int, **value: Any) -> dict[str, Any]:
        kind = "choices" if "choices" in value else "labels"
        return {"id": id, "from_name": control, "to_name": "text", "type": kind,
                "value": {"start": start, "end": end, **value}}  # fmt: skip

    result = [
        region("t", "trigger", 0, 3, labels=["Conflict.Attack"]),
        region("t", "realis", 0, 3, choices=["negated"]),
        region("e", "entity", 4, 9, labels=["GPE"]),
        {"from_id": "t", "to_id": "e", "type": "relation", "direction": "right", "labels": ["Target"]},
        {"from_id": "e", "to_id": "t", "type": "relation", "direction": "right", "labels": ["Place"]},
        {"type": "rating", "value": {"rating": 3}, "from_name": "quality", "to_name": "text", "id": "q"},
    ]
    (doc,) = read(
        save(tmp_path / "a.json", [{"data": {"text": "قصف بغداد"}, "annotations": [{"result": result}]}])
    )
    (event,) = doc.events
    assert (event.type, event.realis) == ("Conflict.Attack", "negated")
    assert [(a.role, a.entity) for a in event.arguments] == [("Target", "e"), ("Place", "e")]


def test_labelstudio_takes_the_annotation_that_counts(tmp_path: Path) -> None:
    both = task(24, 29, updated_at="2024-02-01")
    older = {**task(15, 20, "الوف")["annotations"][0], "updated_at": "2024-01-01"}
    older["result"][0]["value"] |= {"start": 14, "end": 19, "text": "الوفد"}
    both["annotations"].append(older)
    path = save(tmp_path / "a.json", [both])
    assert spans(read(path)[0]) == [(24, 29, "LOC")]
    both["annotations"][1]["ground_truth"] = True
    assert spans(read(save(path, [both]))[0]) == [(14, 19, "LOC")]
    both["annotations"][1]["was_cancelled"] = True
    assert spans(read(save(path, [both]))[0]) == [(24, 29, "LOC")]


def test_labelstudio_leaves_out_what_no_person_has_seen(tmp_path: Path) -> None:
    unseen = {"data": {"text": EMOJI}, "predictions": task(24, 29)["annotations"]}
    path = save(tmp_path / "a.json", [task(24, 29), unseen])
    with pytest.warns(LossyWarning, match="1 tasks without annotations"):
        assert len(read(path)) == 1
    with pytest.warns(LossyWarning, match="without predictions"):
        assert len(read(path, source="predictions")) == 1
    assert len(read(save(path, [unseen]))) == 1  # nothing but predictions


def test_labelstudio_json_min_and_other_tags(tmp_path: Path) -> None:
    small = {
        "id": 3,
        "text": "قصف بغداد",
        "label": [{"start": 4, "end": 9, "text": "بغداد", "labels": ["GPE"]}],
    }
    path = save(tmp_path / "a.json", [small])
    (doc,) = read(path, "labelstudio")
    assert spans(doc) == [(4, 9, "GPE")] and doc.id == "3"
    html = {
        "type": "hypertextlabels",
        "id": "h",
        "value": {"startOffset": 0, "endOffset": 3, "start": "/p[1]"},
    }
    with pytest.raises(FormatError, match="HTML"):
        read(save(path, [{"data": {"text": "قصف"}, "annotations": [{"result": [html]}]}]))
    with pytest.raises(FormatError, match="no 'text'"):
        read(save(path, [{"data": {"image": "http://x/y.png"}, "annotations": [{"result": []}]}]))
    twice = task(24, 29)
    twice["annotations"][0]["result"].append({**task(10, 13, "وصل")["annotations"][0]["result"][0]})
    with pytest.raises(FormatError, match="two spans share the id"):
        read(save(path, [twice]))


def test_labelstudio_json_min_of_other_spans_is_refused(tmp_path: Path) -> None:
    entity = {"id": "E1", "type": "GPE", "start": 4, "end": 9}
    form = {"id": "a", "text": "قصف بغداد", "entities": [entity]}
    for other in (form, {"text": "قصف بغداد", "label": [[4, 9, "GPE"]]}):
        with pytest.raises(
            FormatError, match="task 1: '(entities|label)' holds no regions .* jsonl or doccano"
        ):
            read(save(tmp_path / "a.json", [other]), "labelstudio")
    assert read(save(tmp_path / "a.json", [{"text": "قصف", "tags": ["a"], "rating": [{"rating": 3}]}])) == [
        Document("قصف")
    ]


def test_doccano_array(tmp_path: Path) -> None:
    (doc,) = read(save(tmp_path / "a.json", [{"id": 1, "text": "قصف بغداد", "label": [[4, 9, "GPE"]]}]))
    assert spans(doc) == [(4, 9, "GPE")]


def test_labelstudio_interface_names_every_label() -> None:
    schema = Schema.load()
    config = labelling_config(schema)
    assert all(f'value="{name}"' in config for name in (*schema.entities, *schema.event_types, *schema.roles))
    only_entities = labelling_config(Schema("s", ("A&B",), {}))
    assert 'value="A&amp;B"' in only_entities and "trigger" not in only_entities


# doccano


def test_doccano_utf16_is_found_by_words(tmp_path: Path) -> None:
    line = json.dumps({"id": 5, "text": EMOJI, "label": [[27, 32, "LOC"], [13, 16, "ACT"]], "Comments": []})
    path = save(tmp_path / "a.jsonl", line)
    (doc,) = read(path)
    assert spans(doc) == [(24, 29, "LOC"), (10, 13, "ACT")] and doc.id == "5" and not doc.extra
    assert read(path, offsets="utf16") == [doc]
    with pytest.raises(FormatError, match=r":1: label 'LOC'.*offsets="):
        read(path, offsets="codepoint")


def test_doccano_code_points_and_graphemes(tmp_path: Path) -> None:
    points = json.dumps({"text": EMOJI, "label": [[24, 29, "LOC"], [10, 13, "ACT"]]})
    clusters = json.dumps({"text": EMOJI, "label": [[23, 27, "LOC"], [9, 12, "ACT"]]})
    for line in (points, clusters):
        assert spans(read(save(tmp_path / "a.jsonl", line))[0]) == [(24, 29, "LOC"), (10, 13, "ACT")]


def test_doccano_relations(tmp_path: Path) -> None:
    value = {
        "id": 6400, "text": "قصف الجيش بغداد", "Comments": ["x"], "source": "wire",
        "entities": [{"id": 1662, "label": "Conflict.Attack", "start_offset": 0, "end_offset": 3},
                     {"id": 1663, "label": "ORG", "start_offset": 4, "end_offset": 9},
                     {"id": 1664, "label": "GPE", "start_offset": 10, "end_offset": 15}],
        "relations": [{"id": 273, "from_id": 1662, "to_id": 1663, "type": "Attacker"},
                      {"id": 274, "from_id": 1664, "to_id": 1662, "type": "Target"},
                      {"id": 275, "from_id": 1663, "to_id": 1664, "type": "near"}],
    }  # fmt: skip
    path = save(tmp_path / "a.jsonl", json.dumps(value))
    (doc,) = read(path)
    assert [(a.role, doc.span_text(doc.entity(a.entity))) for a in doc.events[0].arguments] == [
        ("Attacker", "الجيش"),
        ("Target", "بغداد"),
    ]
    assert doc.extra["source"] == "wire" and doc.extra["Comments"] == ["x"]
    write([doc], tmp_path / "b.jsonl", "doccano")
    again = json.loads((tmp_path / "b.jsonl").read_text(encoding="utf-8"))
    assert {e["id"]: e["label"] for e in again["entities"]} == {
        e["id"]: e["label"] for e in value["entities"]
    }
    triples = {(r["from_id"], r["to_id"], r["type"]) for r in again["relations"]}
    assert triples == {(1662, 1663, "Attacker"), (1662, 1664, "Target"), (1663, 1664, "near")}
    assert read(tmp_path / "b.jsonl") == [doc]
    own = Schema("own", ("GPE",), {"ORG": {"near": ("GPE",)}})
    assert [e.type for e in read(path, schema=own)[0].events] == ["ORG"]


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ({"text": "نص", "label": [[0, "2"]]}, "start, end, name"),
        ({"text": "نص", "label": [[0, 9, "X"]]}, "not a span"),
        ({"text": 4, "label": []}, "text"),
        ({"text": "نص", "entities": [{"label": "X", "start_offset": 0}]}, "end_offset"),
        ({"text": "نص", "label": [], "relations": [{"from_id": 1, "to_id": 2, "type": "r"}]}, "no label has"),
        ([1], "object"),
    ],
)
def test_doccano_names_the_line(tmp_path: Path, value: Any, told: str) -> None:
    lines = json.dumps({"text": "نص", "label": []}) + "\n" + json.dumps(value)
    with pytest.raises(FormatError, match=told) as caught:
        read(save(tmp_path / "a.jsonl", lines), "doccano")
    assert "a.jsonl:2:" in str(caught.value)


# CoNLL

IOB1 = "زار O\nوفد O\nالأمم I-ORG\nالمتحدة I-ORG\nصنعاء I-LOC\nعدن B-LOC\nأمس O\n"


def test_conll_iob1(tmp_path: Path) -> None:
    path = save(tmp_path / "a.conll", IOB1)
    (doc,) = read(path)
    assert len(doc.text) == 35 and spans(doc) == [(8, 21, "ORG"), (22, 27, "LOC"), (28, 31, "LOC")]
    assert "IOB1" in doc.warnings[0] and "lines 3, 5" in doc.warnings[0]
    with pytest.raises(FormatError, match="a.conll:3:"):
        read(path, strict=True)
    lines = "".join(dump([doc], "conll")).splitlines()
    assert [line.split("\t")[1] for line in lines if "\t" in line] == [
        "O", "O", "B-ORG", "I-ORG", "B-LOC", "B-LOC", "O",
    ]  # fmt: skip


def test_conll_stray_tags_in_iob2_are_mended_aloud(tmp_path: Path) -> None:
    (doc,) = read(save(tmp_path / "a.conll", "بغداد B-GPE\nأمس I-DATE\nالأول I-DATE\n"))
    assert spans(doc) == [(0, 5, "GPE"), (6, 15, "DATE")]
    assert "continue nothing" in doc.warnings[0] and "lines 2 " in doc.warnings[0]


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1256", "utf-16"])
def test_conll_line_ends_and_encodings(tmp_path: Path, ends: str, encoding: str) -> None:
    rows = ["-DOCSTART- -X- O", "", "قال NN O", "محمد NNP B-PER", "", "بغداد NNP S-GPE", "علي NNP B-PER"]
    path = save(tmp_path / "a.bio", ends.join([*rows, "حسن NNP E-PER", ""]).encode(encoding))
    (doc,) = read(path)
    assert doc.text == "قال محمد\nبغداد علي حسن" and not doc.warnings
    assert spans(doc) == [(4, 8, "PER"), (9, 14, "GPE"), (15, 22, "PER")]


def test_conll_comments_sentences_and_hash_tokens(tmp_path: Path) -> None:
    text = "# sent_id = s1\n# text = بغداد، أمس\nبغداد\tB-GPE\n،\tO\nأمس\tB-DATE\n\n# sent_id = s2\n#\tO\nعدن\tB-GPE\n"
    one, two = read(save(tmp_path / "a.conll", text))
    assert (one.id, one.text, spans(one)) == ("s1", "بغداد، أمس", [(0, 5, "GPE"), (7, 10, "DATE")])
    assert (two.id, two.text, spans(two)) == ("s2", "# عدن", [(2, 5, "GPE")])
    hashes = read(save(tmp_path / "b.conll", "# O\nعدن B-GPE\n"))
    assert hashes[0].text == "# عدن"


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("قال O\nبغداد GPE\n", 2, "unknown tag"),
        ("قال O\nبغداد\n", 2, "columns"),
        ('# newdoc id = a\n# doc_text = "قال"\nقام O\n', 3, "does not follow"),
        ("# newdoc id = a\n# doc_text = قال\nقال O\n", 2, "JSON"),
        ("# global.columns = FORM ENTITY TRIGGER REALIS ARGS\nقال\tO\tB-X\tactual\tPlace:1\n", 2, "argument"),
        ("# global.columns = FORM ENTITY TRIGGER REALIS ARGS\nقال\tO\tB-X\tmaybe\t_\n", 2, "realis"),
    ],
)
def test_conll_names_the_line(tmp_path: Path, text: str, line: int, told: str) -> None:
    with pytest.raises(FormatError, match=told) as caught:
        read(save(tmp_path / "a.conll", text))
    assert caught.value.line == line


def test_broken_bytes_are_no_windows_1256(tmp_path: Path) -> None:
    broken = "قال O\nبغداد B-GPE\n".encode()[:-3] + b"\xd8\n"
    with pytest.raises(FormatError, match="a.conll:2: not UTF-8"):
        read(save(tmp_path / "a.conll", broken))
    with pytest.raises(FormatError, match="no encoding"):
        read(tmp_path / "a.conll", encoding="utf-99")


# brat

BRAT_TEXT = "التقى وزير خارجية مصر وقطر في جنيف"
BRAT_LINES = """T1	OCC 6 21	وزير خارجية مصر
T2	LOC 18 21	مصر
T3	OCC 6 17;23 26	وزير خارجية قطر
T4	LOC 23 26	قطر
T5	Meet 0 5	التقى
T6	LOC 30 34	جنيف
E1	Meet:T5 Participant:T1 Participant2:T3 Place:T6
"""


def brat(folder: Path, lines: str, text: str | bytes = BRAT_TEXT) -> Path:
    folder.mkdir(exist_ok=True)
    save(folder / "a.txt", text)
    save(folder / "a.ann", lines)
    return folder


def test_brat_discontinuous_and_overlapping(tmp_path: Path) -> None:
    (doc,) = read(brat(tmp_path, BRAT_LINES))
    parts = doc.entity("E3")
    assert parts.fragments == ((6, 17), (23, 26)) and doc.span_text(parts) == "وزير خارجية قطر"
    assert len(doc.entities) == 5 and doc.id == "a"
    (event,) = doc.events
    assert [(a.role, a.entity) for a in event.arguments] == [
        ("Participant", "E1"), ("Participant", "E3"), ("Place", "E6"),
    ]  # fmt: skip
    write([doc], tmp_path / "out", "brat")
    lines = (tmp_path / "out" / "a.ann").read_text(encoding="utf-8").replace("T7", "T5").splitlines()
    assert set(lines) == set(BRAT_LINES.splitlines())
    assert read(tmp_path / "out") == [doc]
    assert Document.from_dict(json.loads(doc.to_json())) == doc


def test_brat_to_flat_columns_says_what_is_lost(tmp_path: Path) -> None:
    (doc,) = read(brat(tmp_path, BRAT_LINES))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        write([doc], tmp_path / "a.conll")
    told = " ".join(str(w.message) for w in caught)
    assert (
        "discontinuous entities (1" in told
        and "overlap a longer one (1" in told
        and "roles of entities" in told
    )
    rows = [
        r.split("\t") for r in (tmp_path / "a.conll").read_text(encoding="utf-8").splitlines() if "\t" in r
    ]
    tags = {r[0]: r[1] for r in rows}
    assert tags["قطر"] == "B-LOC" and tags["و"] == "O"  # the written word is parted, not labelled whole
    (flat,) = read(tmp_path / "a.conll")
    assert spans(flat) == [(6, 21, "OCC"), (23, 26, "LOC"), (30, 34, "LOC")]
    assert [a.role for a in flat.events[0].arguments] == ["Participant", "Place"]


def test_brat_keeps_what_documents_have_no_word_for(tmp_path: Path) -> None:
    more = "R1\tNear Arg1:T4 Arg2:T6\n#1\tAnnotatorNotes T5\tيراجع\n*\tEquiv T2 T4\nN1\tReference T6 Wikidata:Q71\tGeneva\n"
    more += "A1\tNegation E1\nT8\tCause 27 29\tفي\nE2\tCause:T8 Effect:E1\n"
    (doc,) = read(brat(tmp_path, BRAT_LINES + more))
    assert doc.events[0].realis == "negated"
    write([doc], tmp_path / "out", "brat")
    lines = set((tmp_path / "out" / "a.ann").read_text(encoding="utf-8").splitlines())
    assert set(more.splitlines()) - {"T8\tCause 27 29\tفي", "E2\tCause:T8 Effect:E1"} <= lines
    assert any(line.endswith("Effect:E1") for line in lines)
    assert "T5\tMeet 0 5\tالتقى" in lines  # the note names T5, so its number stays
    (again,) = read(tmp_path / "out")
    assert again.entities == doc.entities and again.events[0] == doc.events[0]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("T7\tOCC 6 17;12 21\tوزير خارجية ارجية مصر", "overlap"),
        ("T7\tOCC 6 90\tوزير", "stored text"),
        ("T7\tOCC 7 11\tوزير", "stored text"),
        ("T7\tOCC six 17\tوزير", "offsets"),
        ("T6\tLOC 30 34\tجنيف", "twice"),
        ("E2\tMeet:T99 Place:T6", "T99"),
        ("E2\tMeet:T5 Place:T77", "T77"),
        ("E2\tMeet:T3", "discontinuous"),
        ("just words", "not a brat line"),
        ("A1\tRealis E1 maybe", "Realis"),
    ],
)
def test_brat_names_file_and_line(tmp_path: Path, line: str, told: str) -> None:
    with pytest.raises(FormatError, match=told) as caught:
        read(brat(tmp_path, BRAT_LINES + line + "\n"))
    assert caught.value.line == 8 and "a.ann:8:" in str(caught.value)


@pytest.mark.parametrize(
    ("offsets", "encoding"),
    [
        ("codepoint", "utf-8"),
        ("codepoint", "utf-8-sig"),
        ("codepoint-lf", "utf-8"),
        ("utf16", "utf-8-sig"),
        ("codepoint-bom", "utf-8-sig"),  # the mark is counted where there is one, and only there
    ],
)
def test_brat_units(tmp_path: Path, offsets: str, encoding: str) -> None:
    text = "🔴 خبر\r\nقصف الجيش\r\nبغداد"
    at = {i: k for k, i in enumerate(boundaries(text, offsets)) if i >= 0}
    start, end = text.index("الجيش"), len(text)
    line_end = text.index("\r\nبغداد")
    parts = f"{at[start]} {at[line_end]};{at[line_end + 2]} {at[end]}"
    (doc,) = read(brat(tmp_path, f"T1\tORG {parts}\tالجيش بغداد\n", text.encode(encoding)))
    assert doc.text == text and spans(doc) == [(start, end, "ORG")] and not doc.entities[0].fragments


def test_brat_windows_1256_folders_and_lone_texts(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    save(tmp_path / "sub" / "a.txt", "قصف بغداد".encode("cp1256"))
    save(tmp_path / "sub" / "a.ann", "T1\tGPE 4 9\tبغداد\r\n".encode("cp1256"))
    save(tmp_path / "b.txt", "نص")
    (tmp_path / "empty").mkdir()
    docs = read(tmp_path)
    assert [(d.id, len(d.entities)) for d in docs] == [("b", 0), ("sub/a", 1)]
    assert read(tmp_path / "sub" / "a.ann")[0].entities == docs[1].entities
    with pytest.raises(InputError, match=r"no \.ann"):
        read(tmp_path / "empty")


def test_brat_refuses_equal_document_ids_and_says_who_else_is_there(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="two documents"):
        write([Document("a", id="x"), Document("b", id="x")], tmp_path / "out", "brat")
    with pytest.warns(LossyWarning, match="1 other"):
        write([Document("a", id="y")], tmp_path / "out", "brat")


# Offsets


def test_units_are_inverses() -> None:
    text = EMOJI + "\r\n."
    for unit in ("codepoint", "utf16", "grapheme", "utf16-lf"):
        there = to_unit(text, unit)
        back = boundaries(text, unit)
        assert all(back[there[i]] == i for i in back if i >= 0)
    assert to_unit(EMOJI, "utf16")[-1] == len(EMOJI.encode("utf-16-le")) // 2


def test_unknown_unit_never_clips() -> None:
    with pytest.raises(OffsetsDoNotFit):
        resolve(EMOJI, [RawSpan(27, 32)], ["codepoint"])
    with pytest.raises(OffsetsDoNotFit):
        resolve("🔴", [RawSpan(0, 1)], ["utf16"])  # inside a character
