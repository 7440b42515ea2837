"""Names exchanged in training text: other words in the same marks."""

import json

import pytest

from arabic_ie import Document, Entity, Event, Trigger
from arabic_ie.errors import ConfigError
from training.names import load_names, swap_names

NAMES = {"PER": ["سالم حداد", "نادر"], "GPE": ["بغداد", "قرطاج"]}


def _marked(doc):
    return [doc.text[e.start : e.end] for e in doc.entities]


@pytest.fixture
def doc():
    text = "قال سالم نادر في بغداد إن نادر غادر بغداد أمس"
    spans = [
        ("PER", "سالم نادر", 0),
        ("GPE", "بغداد", 0),
        ("PER", "نادر", 20),
        ("GPE", "بغداد", 30),
        ("DATE", "أمس", 0),
    ]
    entities = [
        Entity(text.index(name, at), text.index(name, at) + len(name), kind, f"E{i}")
        for i, (kind, name, at) in enumerate(spans)
    ]
    verb = text.index("غادر")
    event = Event("Movement.Transport", Trigger(verb, verb + 4), "actual", (), "T1")
    return Document(text, tuple(entities), (event,), id="d")


def test_every_mark_moves_with_its_words(doc):
    names = {"PER": [*NAMES["PER"], "وليد"], "GPE": [*NAMES["GPE"], "باريس"]}
    for seed in range(20):
        new = swap_names([doc], names, 1.0, seed)[0]
        person, place, other, again, date = _marked(new)
        assert person in names["PER"] and other in names["PER"]
        assert place == again and place in names["GPE"]  # one name, one new name
        assert date == "أمس"
        trigger = new.events[0].trigger
        assert new.text[trigger.start : trigger.end] == "غادر"
        assert new.text == f"قال {person} في {place} إن {other} غادر {place} أمس"


def test_the_share_says_how_many_and_the_seed_which(doc):
    many = [Document(doc.text, doc.entities, doc.events, id=str(i)) for i in range(400)]
    changed = sum(new.text != doc.text for new in swap_names(many, NAMES, 0.3, 1))
    assert 0 < changed < 400
    assert swap_names([doc], NAMES, 0.0, 1) == [doc]
    assert swap_names(many, NAMES, 0.5, 7) == swap_names(many, NAMES, 0.5, 7)
    assert swap_names(many, NAMES, 0.5, 7) != swap_names(many, NAMES, 0.5, 8)


@pytest.mark.parametrize(
    ("kind", "name"),
    [("PER", "القائد"), ("PER", "قائد"), ("PER", "ثلاثة مدنيين"), ("GPE", "لبغداد"), ("ORG", "نادر")],
)
def test_what_is_not_surely_a_whole_name_stays(kind, name):
    doc = Document(name, (Entity(0, len(name), kind, "E1"),), id="d")
    names = {"PER": ["قائد نادر", "القائد", "سالم"], "GPE": ["بغداد", "قرطاج"]}
    assert swap_names([doc], names, 1.0, 1) == [doc]


def test_a_name_that_another_mark_overlaps_stays(doc):
    crossing = Entity(doc.text.index("نادر"), doc.text.index("في") + 2, "MISC", "E9")
    crossed = Document(doc.text, (*doc.entities, crossing), doc.events, id="d")
    for seed in range(10):
        assert "سالم نادر في" in swap_names([crossed], NAMES, 1.0, seed)[0].text


def test_names_come_from_files_and_the_gazetteer_without_proclitics(tmp_path):
    rows = [("أحمد رزق", "PER"), ("وأحمد رزق", "PER"), ("وليد", "PER"), ("Ahmed", "PER"), ("قصر", "FAC")]
    path = tmp_path / "n.jsonl"
    with path.open("w", encoding="utf-8") as out:
        for i, (text, kind) in enumerate(rows):
            entity = {"id": "E1", "type": kind, "start": 0, "end": len(text)}
            out.write(json.dumps({"id": str(i), "text": text, "entities": [entity], "events": []}) + "\n")
    names = load_names([str(path)])
    assert names["PER"] == ["أحمد رزق", "وليد"]
    assert {"العراق", "بغداد"} <= set(names["GPE"])
    path.write_text(json.dumps({"id": "a", "text": "x", "entities": [], "events": []}) + "\n")
    with pytest.raises(ConfigError, match="marks no PER"):
        load_names([str(path)])
