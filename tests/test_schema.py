"""The shipped schema, checks of documents and every way a schema can be malformed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from arabic_ie.errors import SchemaError
from arabic_ie.schema import Schema
from arabic_ie.types import Argument, Document, Entity, Event, Trigger

SEEDS = Path(__file__).parent.parent / "seeds"
ENTITIES = ["PER", "ORG", "GPE", "LOC", "FAC", "WEA", "VEH", "NORP", "DATE", "NUM", "MONEY", "MISC"]
EVENTS = {
    "Conflict.Attack": "Attacker Target Instrument Place Time",
    "Conflict.Demonstrate": "Agent Place Time",
    "Conflict.Seize": "Agent Target Place Time",
    "Conflict.Threaten": "Agent Target Instrument Time",
    "Life.Die": "Agent Victim Instrument Place Time Count",
    "Life.Injure": "Agent Victim Instrument Place Time Count",
    "Movement.Transport": "Agent Artifact Vehicle Origin Destination Time",
    "Justice.Arrest": "Agent Person Place Time Count",
    "Justice.Release": "Agent Person Place Time",
    "Justice.Trial": "Adjudicator Defendant Place Time",
    "Contact.Meet": "Participant Place Time",
    "Contact.Statement": "Speaker Time Place",
    "Government.Agree": "Participant Place Time",
    "Government.Sanction": "Agent Target Time",
    "Personnel.Elect": "Agent Person Place Time",
    "Personnel.Start": "Agent Person Org Time",
    "Personnel.End": "Agent Person Org Time",
    "Transaction.Transfer": "Giver Recipient Artifact Money Time",
    "Disaster.Incident": "Cause Place Time Target",
}


def test_shipped_schema() -> None:
    schema = Schema.load()
    assert schema.name == "news-events"
    assert list(schema.entities) == ENTITIES
    assert schema.event_types == tuple(EVENTS)
    assert {e: set(r) for e, r in schema.events.items()} == {e: set(r.split()) for e, r in EVENTS.items()}
    assert set(schema.roles) == {role for roles in EVENTS.values() for role in roles.split()}
    assert len(schema.roles) == len(set(schema.roles))
    assert schema.realis == ("actual", "negated", "other")
    for event, roles in schema.events.items():
        assert all(roles.values()), f"every role of {event} takes something"
        assert roles.get("Time", ("DATE",)) == ("DATE",)
        assert roles.get("Count", ("NUM",)) == ("NUM",)


@pytest.mark.parametrize("name", ["seed.jsonl", "original.jsonl"])
def test_corpora_follow_the_schema(name: str) -> None:
    schema = Schema.load()
    lines = (SEEDS / name).read_text(encoding="utf-8").splitlines()
    assert lines
    for line in lines:
        data = json.loads(line)
        doc = Document.from_dict(data)
        schema.check(doc)
        assert doc.to_dict() == data
        assert Document.from_dict(json.loads(doc.to_json())) == doc


def test_round_trip_and_files(tmp_path: Path) -> None:
    schema = Schema.load()
    assert Schema.from_dict(schema.to_dict()) == schema
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(schema.to_dict(), allow_unicode=True), encoding="utf-8")
    assert Schema.load(path) == schema
    for content in (b"name: [", b"\xff\xfe\xfa", b"- a list"):
        path.write_bytes(content)
        with pytest.raises(SchemaError):
            Schema.load(path)
    with pytest.raises(SchemaError, match="no schema file"):
        Schema.load("no-such-schema")


def test_short_forms() -> None:
    data = {"entities": ["A", "B"], "events": {"X": ["r"], "Y": {"r": ["A"], "s": None}, "Z": None}}
    schema = Schema.from_dict(data)
    assert schema.name == "unnamed"
    assert schema.events == {"X": {"r": ("A", "B")}, "Y": {"r": ("A",), "s": ("A", "B")}, "Z": {}}
    assert schema.roles == ("r", "s")
    assert schema.allows("Y", "r", "A")
    assert not any(schema.allows(*c) for c in (("Y", "r", "B"), ("Z", "r", "A"), ("?", "r", "A")))


@pytest.mark.parametrize(
    "data",
    [
        "PER",
        {},
        {"entities": "PER"},
        {"entities": []},
        {"entities": ["A", "A"]},
        {"entities": ["A", 1]},
        {"entities": ["A"], "events": ["X"]},
        {"entities": ["A"], "events": {1: {}}},
        {"entities": ["A"], "events": {"X": "r"}},
        {"entities": ["A"], "events": {"X": {1: ["A"]}}},
        {"entities": ["A"], "events": {"X": {"r": "A"}}},
        {"entities": ["A"], "events": {"X": {"r": ["B"]}}},
        {"entities": ["A"], "relations": {}},
    ],
)
def test_malformed(data: Any) -> None:
    with pytest.raises(SchemaError):
        Schema.from_dict(data)


def test_check() -> None:
    schema = Schema.from_dict({"entities": ["A", "B"], "events": {"X": {"r": ["A"]}}})

    def doc(entity: str = "A", event: str = "X", role: str = "r") -> Document:
        events = (Event(event, Trigger(0, 1), arguments=(Argument(role, "E1"),), id="T1"),)
        return Document("نص", (Entity(0, 1, entity, "E1"),), events, id="d7")

    schema.check(doc(), strict_fillers=True)
    schema.check(doc("B"))
    with pytest.raises(SchemaError, match="filler B"):
        schema.check(doc("B"), strict_fillers=True)
    for wrong in (doc("C"), doc(event="Y"), doc(role="s")):
        with pytest.raises(SchemaError, match="d7"):
            schema.check(wrong)


def test_order_of_the_label_ids_survives_sorted_json():
    """transformers writes config.json with sorted keys; ids must not follow the alphabet."""
    schema = Schema.load()
    again = Schema.from_dict(json.loads(json.dumps(schema.to_dict(), sort_keys=True)))
    assert again.event_types == schema.event_types
    assert again.roles == schema.roles
    assert schema.event_types != tuple(sorted(schema.event_types))
