"""The data types: frozen, made of tuples, the same for gold and predicted documents.

Offsets are half-open code points of ``Document.text``, the very string the user passed in.
The text of a span is derived, never stored. The dictionary form is that of the annotated
corpora (see ``Document.to_dict``); keys the library does not know are kept in ``extra``.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .errors import AlignmentError, InputError

if TYPE_CHECKING:  # pandas is only needed by to_dataframe
    import pandas as pd

REALIS = ("actual", "negated", "other")
Extra = Mapping[str, Any]
# The keys of the dictionary forms; ``extra`` holds others only.
ENTITY_KEYS = ("id", "type", "start", "end", "score", "value", "fragments")
TRIGGER_KEYS = ("start", "end")
ARGUMENT_KEYS = ("role", "entity", "score")
EVENT_KEYS = ("id", "type", "trigger", "realis", "arguments", "score", "counts", "source", "certainty")
DOCUMENT_KEYS = ("id", "text", "entities", "events", "meta", "warnings", "clusters", "incidents")


def _take(data: Any, what: str, known: tuple[str, ...]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Split a mapping into the keys of ``known`` and the rest."""
    if not isinstance(data, Mapping):
        raise InputError(f"{what} must be a mapping, not {type(data).__name__}")
    return {k: data[k] for k in known if k in data}, others(data, known)


def others(data: Mapping[str, Any], known: tuple[str, ...]) -> dict[str, Any]:
    """The keys of a mapping that are none of the known ones."""
    return {k: v for k, v in data.items() if k not in known}


def _need(data: Mapping[str, Any], key: str, kind: type, what: str) -> Any:
    value = data.get(key)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise InputError(f"{what}: {key!r} must be {kind.__name__}, got {value!r}")
    return value


def _score(data: Mapping[str, Any]) -> float:
    value = data.get("score", 1.0)
    try:
        if isinstance(value, (int, float)) and math.isfinite(value):
            return float(value)
    except OverflowError:  # a whole number of hundreds of digits
        pass
    raise InputError(f"'score' must be a number, got {str(value)[:80]!r}")


def _list(data: Mapping[str, Any], key: str, what: str) -> list[Any]:
    value = data.get(key) or []
    if not isinstance(value, (list, tuple)):
        raise InputError(f"{what}: {key!r} must be a list, got {type(value).__name__}")
    return list(value)


def _fragments(data: Mapping[str, Any]) -> tuple[tuple[int, int], ...]:
    """The parts of a discontinuous mention: in order, apart, ending where the mention ends."""
    parts = [
        tuple(part) if isinstance(part, (list, tuple)) else () for part in _list(data, "fragments", "entity")
    ]
    flat = [edge for part in parts for edge in part]
    whole = all(len(part) == 2 for part in parts) and all(type(edge) is int for edge in flat)
    if parts and not (
        whole
        and all(a < b for a, b in parts)
        and all(left[1] <= right[0] for left, right in zip(parts, parts[1:], strict=False))
        and (flat[0], flat[-1]) == (data["start"], data["end"])
    ):
        raise InputError(f"entity: 'fragments' must be ordered parts of its span, got {data['fragments']!r}")
    return tuple((a, b) for a, b in parts)


def _mapping(data: Mapping[str, Any], key: str, what: str) -> Extra | None:
    value = data.get(key)
    if value is not None and not isinstance(value, Mapping):
        raise InputError(f"{what}: {key!r} must be a mapping, got {type(value).__name__}")
    return value


def _present(**values: Extra | None) -> dict[str, Any]:
    return {key: dict(value) for key, value in values.items() if value is not None}


def source_entities(source: Extra | None) -> list[str]:
    """Ids of the entities that a source names. A document read from a file may have anything there."""
    named = (source or {}).get("entities")
    return [id for id in named if isinstance(id, str)] if isinstance(named, (list, tuple)) else []


@dataclass(frozen=True, slots=True)
class Entity:
    """An entity mention: ``text[start:end]`` names or describes something of type ``type``.

    ``score`` is the model's confidence in [0, 1]; 1.0 in gold documents. ``value`` is what the
    words stand for (a date, a number, a place), or None. ``fragments`` are the parts of a
    discontinuous mention (from brat); ``start`` and ``end`` are then the outermost edges.
    """

    start: int
    end: int
    type: str
    id: str = ""
    score: float = 1.0
    value: Any = None
    extra: Extra = field(default_factory=dict)
    fragments: tuple[tuple[int, int], ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The dictionary form; ``from_dict`` is its inverse."""
        out: dict[str, Any] = {"id": self.id, "type": self.type, "start": self.start, "end": self.end}
        if self.score != 1.0:
            out["score"] = self.score
        if self.value is not None:
            out["value"] = self.value
        if self.fragments:
            out["fragments"] = [list(part) for part in self.fragments]
        return {**out, **self.extra}

    @classmethod
    def from_dict(cls, data: Any) -> Entity:
        """Read the dictionary form. Raises InputError when a key is missing or of the wrong kind."""
        known, extra = _take(data, "an entity", ENTITY_KEYS)
        return cls(
            start=_need(known, "start", int, "entity"),
            end=_need(known, "end", int, "entity"),
            type=_need(known, "type", str, "entity"),
            id=_need(known, "id", str, "entity"),
            score=_score(known),
            value=known.get("value"),
            extra=extra,
            fragments=_fragments(known),
        )


@dataclass(frozen=True, slots=True)
class Trigger:
    """The word that expresses an event most clearly."""

    start: int
    end: int
    extra: Extra = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The dictionary form; ``from_dict`` is its inverse."""
        return {"start": self.start, "end": self.end, **self.extra}

    @classmethod
    def from_dict(cls, data: Any) -> Trigger:
        """Read the dictionary form. Raises InputError when a key is missing or of the wrong kind."""
        known, extra = _take(data, "a trigger", TRIGGER_KEYS)
        return cls(_need(known, "start", int, "trigger"), _need(known, "end", int, "trigger"), extra)


@dataclass(frozen=True, slots=True)
class Argument:
    """The entity with id ``entity`` fills ``role`` of the event that holds this argument."""

    role: str
    entity: str
    score: float = 1.0
    extra: Extra = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The dictionary form; ``from_dict`` is its inverse."""
        out: dict[str, Any] = {"role": self.role, "entity": self.entity}
        if self.score != 1.0:
            out["score"] = self.score
        return {**out, **self.extra}

    @classmethod
    def from_dict(cls, data: Any) -> Argument:
        """Read the dictionary form. Raises InputError when a key is missing or of the wrong kind."""
        known, extra = _take(data, "an argument", ARGUMENT_KEYS)
        role, entity = _need(known, "role", str, "argument"), _need(known, "entity", str, "argument")
        return cls(role, entity, _score(known), extra)


@dataclass(frozen=True, slots=True)
class Event:
    """An event frame: a trigger, its type, its realis and who fills which role.

    ``realis`` is ``actual``, ``negated`` or ``other`` (future, threatened, hypothetical).
    ``counts``, ``source`` and ``certainty`` are added by ``arabic_ie.resolve``: how many persons
    were hurt or held, who reports the event, and whether it is denied or doubted.
    """

    type: str
    trigger: Trigger
    realis: str = "actual"
    arguments: tuple[Argument, ...] = ()
    id: str = ""
    score: float = 1.0
    extra: Extra = field(default_factory=dict)
    counts: tuple[Extra, ...] = ()
    source: Extra | None = None
    certainty: Extra | None = None

    def to_dict(self) -> dict[str, Any]:
        """The dictionary form; ``from_dict`` is its inverse."""
        out: dict[str, Any] = {"id": self.id, "type": self.type, "trigger": self.trigger.to_dict()}
        out["realis"] = self.realis
        if self.score != 1.0:
            out["score"] = self.score
        out["arguments"] = [a.to_dict() for a in self.arguments]
        if self.counts:
            out["counts"] = [dict(c) for c in self.counts]
        out.update(_present(source=self.source, certainty=self.certainty))
        return {**out, **self.extra}

    @classmethod
    def from_dict(cls, data: Any) -> Event:
        """Read the dictionary form. Raises InputError when a key is missing or of the wrong kind."""
        known, extra = _take(data, "an event", EVENT_KEYS)
        realis = known.get("realis", "actual")
        if realis not in REALIS:
            raise InputError(f"event: 'realis' must be one of {', '.join(REALIS)}, got {realis!r}")
        return cls(
            type=_need(known, "type", str, "event"),
            trigger=Trigger.from_dict(known.get("trigger")),
            realis=realis,
            arguments=tuple(Argument.from_dict(a) for a in _list(known, "arguments", "event")),
            id=_need(known, "id", str, "event"),
            score=_score(known),
            extra=extra,
            counts=tuple(_take(c, "a count", ())[1] for c in _list(known, "counts", "event")),
            source=_mapping(known, "source", "event"),
            certainty=_mapping(known, "certainty", "event"),
        )


@dataclass(frozen=True, slots=True)
class Cluster:
    """The mentions of one actor or place in a document, by entity id, in text order."""

    id: str
    type: str
    name: str
    mentions: tuple[str, ...]
    extra: Extra = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The dictionary form; ``from_dict`` is its inverse."""
        out = {"id": self.id, "type": self.type, "name": self.name, "mentions": list(self.mentions)}
        return {**out, **self.extra}

    @classmethod
    def from_dict(cls, data: Any) -> Cluster:
        """Read the dictionary form. Raises InputError when a key is missing or of the wrong kind."""
        known, extra = _take(data, "a cluster", ("id", "type", "name", "mentions"))
        id, type, name = (_need(known, key, str, "cluster") for key in ("id", "type", "name"))
        return cls(id, type, name, tuple(map(str, _list(known, "mentions", "cluster"))), extra)


@dataclass(frozen=True, slots=True)
class Incident:
    """One happening: all event mentions that tell it, and the union of their arguments.

    ``date`` and ``place`` are the values of the most exact mention; ``place`` names its ``entity``.
    """

    id: str
    type: str
    events: tuple[str, ...]
    realis: str = "actual"
    arguments: tuple[Argument, ...] = ()
    date: Extra | None = None
    place: Extra | None = None
    counts: tuple[Extra, ...] = ()
    source: Extra | None = None
    certainty: Extra | None = None
    extra: Extra = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The dictionary form; ``from_dict`` is its inverse."""
        out: dict[str, Any] = {"id": self.id, "type": self.type, "realis": self.realis}
        out["events"] = list(self.events)
        out["arguments"] = [a.to_dict() for a in self.arguments]
        out.update(_present(date=self.date, place=self.place))
        if self.counts:
            out["counts"] = [dict(c) for c in self.counts]
        out.update(_present(source=self.source, certainty=self.certainty))
        return {**out, **self.extra}

    @classmethod
    def from_dict(cls, data: Any) -> Incident:
        """Read the dictionary form. Raises InputError when a key is missing or of the wrong kind."""
        keys = ("id", "type", "realis", "events", "arguments")
        values = ("date", "place", "counts", "source", "certainty")
        known, extra = _take(data, "an incident", keys + values)
        date, place, source, certainty = (
            _mapping(known, key, "incident") for key in ("date", "place", "source", "certainty")
        )
        return cls(
            id=_need(known, "id", str, "incident"),
            type=_need(known, "type", str, "incident"),
            events=tuple(map(str, _list(known, "events", "incident"))),
            realis=str(known.get("realis", "actual")),
            arguments=tuple(Argument.from_dict(a) for a in _list(known, "arguments", "incident")),
            date=date,
            place=place,
            counts=tuple(_take(c, "a count", ())[1] for c in _list(known, "counts", "incident")),
            source=source,
            certainty=certainty,
            extra=extra,
        )


@dataclass(frozen=True, slots=True)
class Document:
    """A text with its entities and events.

    ``clusters`` and ``incidents`` are added by ``arabic_ie.resolve``.

    Raises:
        InputError: the text is not a string, two entities share an id, or an argument, a cluster or
            an incident names a mention that does not exist.
        AlignmentError: a span is empty or outside the text.
    """

    text: str
    entities: tuple[Entity, ...] = ()
    events: tuple[Event, ...] = ()
    id: str = ""
    meta: Extra = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    extra: Extra = field(default_factory=dict)
    clusters: tuple[Cluster, ...] = ()
    incidents: tuple[Incident, ...] = ()

    def __post_init__(self) -> None:
        if not isinstance(self.text, str):
            raise InputError(f"the text must be str, not {type(self.text).__name__}")
        name = f"document {self.id!r}"
        for kind, spans in (("entity", self.entities), ("event", self.events)):
            ids = [item.id for item in spans]
            if len(set(ids)) != len(ids):
                raise InputError(f"{name}: two {kind} mentions share an id; give each its own")
        for label, span in self._spans():
            if not 0 <= span.start < span.end <= len(self.text):
                raise AlignmentError(
                    f"{name}: {label} [{span.start}, {span.end}) is not a span of its text"
                    f" of {len(self.text)} code points"
                )
        known = {e.id for e in self.entities}
        for event in self.events:
            for argument in event.arguments:
                if argument.entity not in known:
                    raise InputError(
                        f"{name}: event {event.id!r} has an argument {argument.entity!r},"
                        " but no entity has that id"
                    )
        events = {v.id for v in self.events}
        for what, names, there in (
            *((f"cluster {c.id!r}", c.mentions, known) for c in self.clusters),
            *((f"incident {i.id!r}", i.events, events) for i in self.incidents),
            *((f"incident {i.id!r}", [a.entity for a in i.arguments], known) for i in self.incidents),
        ):
            if missing := sorted(set(names) - there):
                raise InputError(f"{name}: {what} names {missing[0]!r}, but no mention has that id")

    def _spans(self) -> list[tuple[str, Entity | Trigger]]:
        found: list[tuple[str, Entity | Trigger]] = [(f"entity {e.id!r}", e) for e in self.entities]
        return found + [(f"trigger of {e.id!r}", e.trigger) for e in self.events]

    def span_text(self, span: Entity | Trigger) -> str:
        """The words of an entity or a trigger; the parts of a discontinuous one joined by a space."""
        parts = span.fragments if isinstance(span, Entity) else ()
        return " ".join(self.text[a:b] for a, b in parts or ((span.start, span.end),))

    def entity(self, id: str) -> Entity:
        """The entity with this id. Raises KeyError when there is none."""
        for entity in self.entities:
            if entity.id == id:
                return entity
        raise KeyError(id)

    def to_dict(self) -> dict[str, Any]:
        """The document in the JSON form of the corpora; ``from_dict`` is its inverse."""
        out: dict[str, Any] = {"id": self.id, "text": self.text}
        out["entities"] = [e.to_dict() for e in self.entities]
        out["events"] = [e.to_dict() for e in self.events]
        if self.clusters:
            out["clusters"] = [c.to_dict() for c in self.clusters]
        if self.incidents:
            out["incidents"] = [i.to_dict() for i in self.incidents]
        if self.meta:
            out["meta"] = dict(self.meta)
        if self.warnings:
            out["warnings"] = list(self.warnings)
        return {**out, **self.extra}

    @classmethod
    def from_dict(cls, data: Any) -> Document:
        """Read a document from its dictionary form; unknown keys are kept.

        Raises:
            InputError: a key is missing or of the wrong kind, or ids do not resolve.
            AlignmentError: a span is outside the text.
        """
        known, extra = _take(data, "a document", DOCUMENT_KEYS)
        return cls(
            text=_need(known, "text", str, "document"),
            entities=tuple(Entity.from_dict(e) for e in _list(known, "entities", "document")),
            events=tuple(Event.from_dict(e) for e in _list(known, "events", "document")),
            id="" if known.get("id") is None else str(known["id"]),
            meta=_take(known.get("meta") or {}, "'meta'", ())[1],
            warnings=tuple(str(w) for w in _list(known, "warnings", "document")),
            extra=extra,
            clusters=tuple(Cluster.from_dict(c) for c in _list(known, "clusters", "document")),
            incidents=tuple(Incident.from_dict(i) for i in _list(known, "incidents", "document")),
        )

    def to_json(self, indent: int | None = None) -> str:
        """The document as one JSON object. A lone surrogate is written as its escape.

        Raises:
            InputError: a value is none of JSON (NaN, an object of yours), or is nested too deeply.
        """
        try:
            text = json.dumps(self.to_dict(), ensure_ascii=False, indent=indent, allow_nan=False)
        except (ValueError, TypeError, RecursionError) as err:
            raise InputError(f"document {self.id!r}: a value that JSON cannot hold: {err}") from err
        try:
            text.encode("utf-8")
        except UnicodeEncodeError:
            return json.dumps(self.to_dict(), ensure_ascii=True, indent=indent)
        return text

    def to_dataframe(self, layer: str = "events") -> pd.DataFrame:
        """A table of one layer: ``entities``, ``events``, ``arguments`` or ``incidents``, one row each.

        Raises:
            InputError: there is no such layer.
            MissingExtraError: pandas is not installed.
        """
        from .tables import to_dataframe

        return to_dataframe([self], layer)

    def to_html(self, page: bool = True) -> str:
        """Right-to-left HTML: marks in the text, the frames under it. See ``render.to_html``.

        Args:
            page: a whole page; False for a fragment with its style.
        """
        from .render import to_html

        return to_html(self, self.id or "arabic_ie", page)

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        return self.to_html(page=False)
