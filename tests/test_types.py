"""Documents: the dictionary form and back, frozen, and every refusal typed."""

from __future__ import annotations

import copy
import dataclasses
import json
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arabic_ie.errors import AlignmentError, InputError
from arabic_ie.types import REALIS, Argument, Document, Entity, Event, Trigger

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)
EXTRA = st.dictionaries(st.text(max_size=3).map(lambda key: "x-" + key), JSON, max_size=2)
SCORE = st.floats(0, 1)


@st.composite
def documents(draw: st.DrawFn) -> Document:
    text = draw(st.text(min_size=1, max_size=20))

    def span() -> tuple[int, int]:
        start = draw(st.integers(0, len(text) - 1))
        return start, draw(st.integers(start + 1, len(text)))

    entities = tuple(
        Entity(*span(), draw(st.text(max_size=3)), f"E{i}", draw(SCORE), draw(JSON), draw(EXTRA))
        for i in range(draw(st.integers(0, 3)))
    )
    arguments = st.builds(
        Argument, st.text(max_size=3), st.sampled_from([e.id for e in entities] or ["-"]), SCORE, EXTRA
    )
    events = tuple(
        Event(
            draw(st.text(max_size=3)),
            Trigger(*span(), draw(EXTRA)),
            draw(st.sampled_from(REALIS)),
            tuple(draw(st.lists(arguments, max_size=3))) if entities else (),
            f"T{i}",
            draw(SCORE),
            draw(EXTRA),
        )
        for i in range(draw(st.integers(0, 2)))
    )
    warnings = tuple(draw(st.lists(st.text(max_size=3), max_size=2)))
    return Document(text, entities, events, draw(st.text(max_size=3)), draw(EXTRA), warnings, draw(EXTRA))


@given(documents())
def test_round_trip(doc: Document) -> None:
    data = doc.to_dict()
    before = copy.deepcopy(data)
    again = Document.from_dict(data)
    assert again == doc
    assert again.to_dict() == data == before
    for indent in (None, 2):
        assert Document.from_dict(json.loads(doc.to_json(indent))) == doc
    assert pickle.loads(pickle.dumps(doc)) == doc


def minimal() -> dict[str, Any]:
    return {
        "id": "d1",
        "text": "قصف بغداد",
        "entities": [{"id": "E1", "type": "GPE", "start": 4, "end": 9}],
        "events": [
            {
                "id": "T1",
                "type": "Conflict.Attack",
                "trigger": {"start": 0, "end": 3},
                "realis": "actual",
                "arguments": [{"role": "Place", "entity": "E1"}],
            }
        ],
    }


def test_minimal_form() -> None:
    doc = Document.from_dict(minimal())
    assert doc.to_dict() == minimal()
    assert doc.span_text(doc.entities[0]) == "بغداد"
    assert doc.span_text(doc.events[0].trigger) == "قصف"
    assert doc.entity("E1") is doc.entities[0]
    with pytest.raises(KeyError):
        doc.entity("E2")
    with pytest.raises(dataclasses.FrozenInstanceError):
        doc.text = ""  # type: ignore[misc]
    assert Document.from_dict({"text": ""}) == Document("")


def test_lone_surrogate_is_escaped() -> None:
    doc = Document("ا\ud800")
    assert doc.to_json().isascii()
    assert Document.from_dict(json.loads(doc.to_json())) == doc
    assert "قصف" in Document.from_dict(minimal()).to_json()


ENTITY, EVENT = ("entities", 0), ("events", 0)


@pytest.mark.parametrize(
    ("path", "value", "error"),
    [
        (("text",), None, InputError),
        (("text",), b"abc", InputError),
        (("entities",), "E1", InputError),
        (("events",), {"T1": 1}, InputError),
        (("meta",), [1], InputError),
        (("warnings",), "w", InputError),
        (ENTITY, "E1", InputError),
        ((*ENTITY, "start"), True, InputError),
        ((*ENTITY, "start"), 4.0, InputError),
        ((*ENTITY, "end"), "9", InputError),
        ((*ENTITY, "type"), None, InputError),
        ((*ENTITY, "id"), 1, InputError),
        ((*ENTITY, "score"), "high", InputError),
        ((*ENTITY, "id"), "E9", InputError),
        ((*ENTITY, "end"), 4, AlignmentError),
        ((*ENTITY, "end"), 10, AlignmentError),
        ((*ENTITY, "start"), -1, AlignmentError),
        (EVENT, None, InputError),
        ((*EVENT, "type"), 3, InputError),
        ((*EVENT, "id"), None, InputError),
        ((*EVENT, "realis"), "maybe", InputError),
        ((*EVENT, "realis"), [], InputError),
        ((*EVENT, "trigger"), None, InputError),
        ((*EVENT, "trigger"), {"start": 0}, InputError),
        ((*EVENT, "trigger"), {"start": 3, "end": 3}, AlignmentError),
        ((*EVENT, "arguments"), "E1", InputError),
        ((*EVENT, "arguments", 0), "E1", InputError),
        ((*EVENT, "arguments", 0, "entity"), "E9", InputError),
        ((*EVENT, "arguments", 0, "role"), None, InputError),
    ],
)
def test_refusals(path: tuple[Any, ...], value: Any, error: type[Exception]) -> None:
    data: Any = minimal()
    place = data
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    with pytest.raises(error):
        Document.from_dict(data)


@pytest.mark.parametrize("data", [None, "text", ["text"], {}])
def test_not_a_document(data: Any) -> None:
    with pytest.raises(InputError):
        Document.from_dict(data)


def test_refusals_of_the_constructor() -> None:
    with pytest.raises(InputError, match="str, not bytes"):
        Document(b"abc")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="share an id"):
        Document("ab", (Entity(0, 1, "PER", "E1"), Entity(1, 2, "PER", "E1")))
    with pytest.raises(InputError, match="share an id"):
        Document("ab", events=(Event("X", Trigger(0, 1), id="T"), Event("X", Trigger(1, 2), id="T")))
    with pytest.raises(AlignmentError, match=r"d3.*E1.*2 code points"):
        Document("ab", (Entity(0, 3, "PER", "E1"),), id="d3")
