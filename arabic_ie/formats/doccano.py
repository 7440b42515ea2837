"""doccano JSON Lines: sequence labelling, with relations or without.

doccano counts UTF-16 units, or grapheme clusters where a project is set so, and exports no text of a
span. Written files are in UTF-16 units and say so (``offset_unit``), with the text of each span, which
doccano's import passes over. A file is read in the unit in which most spans begin and end with words;
``offsets=`` names it. A trigger's realis, when not actual, follows its type: ``Life.Die/negated``.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from ..errors import AlignmentError, FormatError, InputError
from ..schema import Schema
from ..types import DOCUMENT_KEYS, REALIS, Argument, Document, Entity, Event, Trigger, others
from .files import Located, Losses, Options, open_bytes, resolved
from .json_values import json_int, json_list, json_str
from .jsonl import iter_objects
from .offsets import OffsetsDoNotFit, RawSpan, resolve, to_unit

UNITS = ("utf16", "codepoint", "grapheme")
_KNOWN = {
    "id",
    "doc_id",
    "text",
    "data",
    "label",
    "labels",
    "entities",
    "relations",
    "meta",
    "warnings",
    "offset_unit",
}
Json = dict[str, Any]


def read(path: Path, options: Options) -> Iterator[Located]:
    """Documents of a doccano file, lazily. Labels that are event types of ``options.schema`` (by
    default the shipped one) are triggers.

    Raises:
        FormatError: a line is not of the format, or its offsets fit no unit.
    """
    name = str(path)
    schema = options.schema or Schema.load()
    with open_bytes(path) as stream:
        for number, value in iter_objects(stream, name):
            where = f"{name}:{number}"
            if not isinstance(value, dict):
                raise FormatError("needs an object", where)
            yield where, _document(value, schema, options.offsets, where)


def dump(docs: Iterable[Document]) -> Iterator[str]:
    """One line a document."""
    losses = Losses("doccano")
    for doc in docs:
        yield json.dumps(_line(doc, losses), ensure_ascii=False, allow_nan=False) + "\n"
    losses.warn()


def _line(doc: Document, losses: Losses) -> Json:
    at = to_unit(doc.text, "utf16")
    extras = [*(e.extra for e in doc.entities), *(v.extra for v in doc.events)]
    given = [_id(extra.get("doccano_id")) for extra in extras]
    taken = {id for id, count in Counter(given).items() if id is not None and count == 1}
    free = (n for n in range(len(doc.entities) + len(doc.events) + len(taken)) if n not in taken)
    entities: list[Json] = []
    relations: list[Json] = []
    numbers: dict[str, int | str] = {}
    layers: list[tuple[str, Entity | Event]] = [("entity", e) for e in doc.entities]
    layers += [("trigger", v) for v in doc.events]
    for layer, item in layers:
        span = item.trigger if isinstance(item, Event) else item
        number = _id(item.extra.get("doccano_id"))
        number = next(free) if number not in taken else number
        label = item.type
        if isinstance(item, Event) and item.realis != "actual":
            label = f"{item.type}/{item.realis}"
        entities.append(
            {
                "id": number,
                "label": label,
                "start_offset": at[span.start],
                "end_offset": at[span.end],
                "text": doc.text[span.start : span.end],
                "layer": layer,
            }
        )
        if isinstance(item, Entity):
            numbers[item.id] = number
        else:
            relations += [
                {"id": 0, "from_id": number, "to_id": numbers[a.entity], "type": a.role}
                for a in item.arguments
            ]
    for what, count in _unheld(doc):
        losses.add(what, doc, count)
    extra = {k: v for k, v in doc.extra.items() if k != "relations"}
    kept = doc.extra.get("relations", ())
    known = {entity["id"] for entity in entities}
    for relation in kept if isinstance(kept, list | tuple) else ():
        whole = isinstance(relation, dict) and isinstance(relation.get("type"), str)
        if whole and known >= {_id(relation.get(k)) for k in ("from_id", "to_id")}:
            relations.append({"id": 0, **relation})
        else:
            losses.add("relations of another kind", doc)
    for n, relation in enumerate(relations):
        relation["id"] = n
    more = {"meta": dict(doc.meta), "warnings": list(doc.warnings)}
    return {
        "text": doc.text,
        "entities": entities,
        "relations": relations,
        "doc_id": doc.id,
        "offset_unit": "utf16",
        **{key: value for key, value in more.items() if value},
        **{key: value for key, value in extra.items() if key not in _KNOWN},
    }


def _unheld(doc: Document) -> Iterator[tuple[str, int]]:
    arguments = [a for v in doc.events for a in v.arguments]
    scores = [e.score for e in doc.entities] + [v.score for v in doc.events] + [a.score for a in arguments]
    yield "scores", sum(score != 1.0 for score in scores)
    yield from resolved(doc)
    yield "entity values", sum(e.value is not None for e in doc.entities)
    yield "parts of discontinuous entities", sum(bool(e.fragments) for e in doc.entities)
    ids = [e.id != f"E{k}" for k, e in enumerate(doc.entities, 1)]
    ids += [v.id != f"T{k}" for k, v in enumerate(doc.events, 1)]
    yield "ids (renumbered E1.., T1..)", sum(ids)
    extras = [*(x.extra for x in doc.entities), *(x.extra for x in doc.events)]
    extras += [*(v.trigger.extra for v in doc.events), *(a.extra for a in arguments)]
    yield "keys of the document that doccano uses itself", len(set(doc.extra) & _KNOWN - {"relations"})
    yield "other keys of mentions", sum(bool(set(extra) - {"doccano_id"}) for extra in extras)


def _document(value: Json, schema: Schema, unit: str, where: str) -> Document:
    text = value.get("text", value.get("data"))
    if not isinstance(text, str):
        raise FormatError("needs a string 'text'", where)
    marks = _marks(value, where)
    surfaces = [json_str(mark.get("text"), "the text of an entity", where) for mark in marks]
    raw = [RawSpan(m["start"], m["end"], surface) for m, surface in zip(marks, surfaces, strict=True)]
    units: tuple[str, ...] = UNITS
    if unit != "auto":
        units = (unit,)
    elif value.get("offset_unit") in UNITS:
        units = (value["offset_unit"], *(u for u in UNITS if u != value["offset_unit"]))
    try:
        spans = resolve(text, raw, units)
    except OffsetsDoNotFit as err:
        label = marks[err.index]["label"]
        raise FormatError(f"label {label!r}: {err}; name the unit with offsets=", where) from err
    entities: list[Entity] = []
    events: list[Event] = []
    ids: dict[Any, str] = {}
    for n, (mark, span) in enumerate(zip(marks, spans, strict=True)):
        label, _, realis = mark["label"].rpartition("/")
        if realis not in REALIS or not label:
            label, realis = mark["label"], "actual"
        # Ids of a file that we wrote follow from the order; doccano's own are kept.
        extra = {} if mark["id"] in (None, n) else {"doccano_id": mark["id"]}
        if mark.get("layer") == "trigger" or (mark.get("layer") is None and label in schema.events):
            events.append(Event(label, Trigger(*span), realis, (), f"T{len(events) + 1}", extra=extra))
            own = events[-1].id
        else:
            entities.append(Entity(*span, mark["label"], f"E{len(entities) + 1}", extra=extra))
            own = entities[-1].id
        if mark["id"] is not None:
            if mark["id"] in ids:
                raise FormatError(f"two labels share the id {mark['id']}", where)
            ids[mark["id"]] = own
    arguments, other = _relations(value, ids, where)
    events = [_filled(event, arguments.get(event.id, [])) for event in events]
    extra = others(value, (*_KNOWN, *DOCUMENT_KEYS))
    if not extra.get("Comments", True):
        del extra["Comments"]
    if other:
        extra["relations"] = other
    ids_told = (value.get("doc_id"), value.get("id"), where.rpartition(":")[2])
    id = next(told for told in ids_told if told is not None)
    meta, warnings = value.get("meta") or {}, json_list(value.get("warnings"), "warnings", where)
    try:
        return Document(
            text,
            tuple(entities),
            tuple(events),
            str(id),
            meta if isinstance(meta, dict) else {"meta": meta},
            tuple(map(str, warnings)),
            extra,
        )
    except (InputError, AlignmentError) as err:
        raise FormatError(str(err), where) from err


def _marks(value: Json, where: str) -> list[Json]:
    """Spans of any of doccano's forms: ``entities`` of objects, ``label`` or ``labels`` of triples."""
    found: list[Json] = []
    for item in json_list(value.get("entities"), "entities", where):
        if not isinstance(item, dict) or not isinstance(item.get("label"), str):
            raise FormatError("an entity needs label, start_offset and end_offset", where)
        start, end = (json_int(item, key, "entity", where) for key in ("start_offset", "end_offset"))
        if item.get("id") is not None and _id(item["id"]) is None:
            raise FormatError(f"the id of an entity must be a number, not {item['id']!r}", where)
        found.append({**item, "start": start, "end": end, "id": item.get("id")})
    for item in json_list(value.get("label", value.get("labels")), "label", where):
        if not (isinstance(item, list) and len(item) == 3 and isinstance(item[2], str)):
            raise FormatError(f"a label must be [start, end, name], got {item!r}", where)
        edges = {"start": item[0], "end": item[1]}
        start, end = (json_int(edges, key, "label", where) for key in ("start", "end"))
        found.append({"start": start, "end": end, "label": item[2], "id": None})
    return found


def _relations(value: Json, ids: dict[Any, str], where: str) -> tuple[dict[str, list[Argument]], list[Json]]:
    """Arguments of each event, and relations of another kind, to be kept as they are."""
    arguments: dict[str, list[Argument]] = {}
    other: list[Json] = []
    for item in json_list(value.get("relations"), "relations", where):
        if not isinstance(item, dict) or not isinstance(item.get("type"), str):
            raise FormatError("a relation needs from_id, to_id and type", where)
        ends = [_id(item.get("from_id")), _id(item.get("to_id"))]
        missing = [e for e in ends if e not in ids]
        if missing:
            raise FormatError(f"a relation names the id {missing[0]!r}, which no label has", where)
        source, target = ids[ends[0]], ids[ends[1]]
        if source[0] == "E" and target[0] == "T":  # drawn the other way round
            source, target = target, source
        if source[0] == "T" and target[0] == "E":
            arguments.setdefault(source, []).append(Argument(item["type"], target))
        else:
            other.append({k: item[k] for k in ("from_id", "to_id", "type")})
    return arguments, other


def _id(value: Any) -> int | str | None:
    """An id of doccano's, or None for what cannot be one."""
    return value if isinstance(value, int | str) and not isinstance(value, bool) else None


def _filled(event: Event, arguments: list[Argument]) -> Event:
    return Event(event.type, event.trigger, event.realis, tuple(arguments), event.id, extra=event.extra)
