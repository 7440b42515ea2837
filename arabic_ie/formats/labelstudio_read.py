"""Label Studio tasks -> documents."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from ..errors import AlignmentError, FormatError, InputError
from ..types import REALIS, Argument, Document, Entity, Event, Trigger
from .files import Options, json_int, json_list
from .offsets import OffsetsDoNotFit, RawSpan, resolve

UNITS = ("codepoint", "utf16", "codepoint-lf", "utf16-lf")
Json = dict[str, Any]


def annotated(task: Json) -> bool:
    """Whether a person has annotated the task (JSON-MIN exports hold nothing else)."""
    return any(not a.get("was_cancelled") for a in _annotations(task)) or "data" not in task


def results(task: Json, source: str, where: str) -> list[Json] | None:
    """The result items of a task's annotation or prediction; None when it has none.

    Of several annotations the one marked as ground truth is taken, else the one updated last.
    """
    if "data" not in task:  # JSON-MIN: one list of regions a control
        return _from_min(task, where)
    found = _annotations(task) if source == "annotations" else json_list(task.get(source), source, where)
    found = [a for a in found if isinstance(a, dict) and not a.get("was_cancelled")]
    if not found:
        return None
    best = max(
        enumerate(found),
        key=lambda p: (bool(p[1].get("ground_truth")), str(p[1].get("updated_at", "")), p[0]),
    )[1]
    return [r for r in json_list(best.get("result"), "result", where) if isinstance(r, dict)]


def _annotations(task: Json) -> list[Json]:
    """Annotations; called completions before version 1.0."""
    found = task.get("annotations") or task.get("completions") or []
    return [a for a in found if isinstance(a, dict)] if isinstance(found, list) else []


def _from_min(task: Json, where: str) -> list[Json]:
    items: list[Json] = []
    for control, regions in task.items():
        if isinstance(regions, list):
            for region in regions:
                if isinstance(region, dict) and "start" in region and "labels" in region:
                    items.append(
                        {"id": str(len(items) + 1), "from_name": control, "type": "labels", "value": region}
                    )
    return items


@dataclass
class _Region:
    """All result items that share an id."""

    spans: set[tuple[int, int]] = field(default_factory=set)
    surface: str | None = None
    labels: list[tuple[str, str]] = field(default_factory=list)  # control, label
    realis: str = "actual"
    score: float = 1.0
    kept: Json = field(default_factory=dict)


def document(task: Json, result: list[Json], where: str, options: Options) -> Document:
    """The document of one task.

    Raises:
        FormatError: regions of another kind than text, offsets that fit no unit, equal ids.
    """
    data = task.get("data", task)
    text = _text(data, where)
    regions = _regions(result, where)
    spans = _spans(text, regions, where, options)
    event_types = set(options.schema.event_types) if options.schema else set()
    entities: list[Entity] = []
    events: dict[str, Event] = {}
    notes: list[str] = []
    for id, region in regions.items():
        for n, (control, label) in enumerate(region.labels):
            kept = dict(region.kept)
            if control == "trigger" or label in event_types:
                trigger = Trigger(*spans[id], kept.pop("trigger", {}))
                own = str(kept.pop("id", id if id not in events else f"{id}-{n + 1}"))
                event = Event(label, trigger, region.realis, (), own, region.score, kept)
                events[id if id not in events else own] = event
            else:
                if kept.pop("of", None) != text[slice(*spans[id])]:  # a person moved the span
                    kept = {k: v for k, v in kept.items() if k not in ("value", "fragments")}
                own = id if all(e.id != id for e in entities) else f"{id}-{n + 1}"
                form = {**kept, "id": own, "type": label, "start": spans[id][0], "end": spans[id][1]}
                entities.append(replace(_checked(form, where), score=region.score))
        if not region.labels:
            notes.append(f"region {id} has no label and is left out")
    relations = []
    known = {e.id for e in entities}
    for item in result:
        if item.get("type") == "relation":
            relations += _relation(item, events, known, where)
    doc_id = str(data.get("doc_id", task.get("id", "")))
    extra = dict(data.get("extra") or {})
    if relations:
        extra["relations"] = relations
    warnings = [*(str(w) for w in data.get("warnings") or ()), *notes]
    try:
        return Document(
            text,
            tuple(entities),
            tuple(events.values()),
            doc_id,
            data.get("meta") or {},
            tuple(warnings),
            extra,
        )
    except (InputError, AlignmentError) as err:
        raise FormatError(str(err), where) from err


def _checked(form: Json, where: str) -> Entity:
    try:
        return Entity.from_dict(form)
    except InputError as err:
        raise FormatError(str(err), where) from err


def _text(data: Json, where: str) -> str:
    if isinstance(data.get("text"), str):
        return str(data["text"])
    strings = [v for k, v in data.items() if isinstance(v, str) and k not in ("doc_id", "id")]
    if len(strings) != 1 or strings[0].startswith(("http://", "https://", "s3://")):
        raise FormatError("no 'text' in the task's data; rename the field that holds the text", where)
    return strings[0]


def _regions(result: list[Json], where: str) -> dict[str, _Region]:
    regions: dict[str, _Region] = {}
    for item in result:
        kind, value = item.get("type"), item.get("value")
        if kind == "relation":
            continue
        if kind not in ("labels", "choices") or not isinstance(value, dict):
            if isinstance(value, dict) and ("startOffset" in value or "globalOffsets" in value):
                raise FormatError(
                    f"region {item.get('id')!r}: {kind} of an HTML or dialogue tag; use Text", where
                )
            continue  # ratings, text areas and the like say nothing about spans
        if kind == "choices" and "start" not in value:
            continue  # a choice about the whole task
        id = str(item.get("id", ""))
        what = f"region {id!r}"
        region = regions.setdefault(id, _Region())
        region.spans.add((json_int(value, "start", what, where), json_int(value, "end", what, where)))
        if len(region.spans) > 1 or not id:
            raise FormatError(f"{what}: two spans share the id" if id else "a region has no id", where)
        if isinstance(value.get("text"), str):
            region.surface = value["text"]
        if kind == "choices":
            chosen = [c for c in json_list(value.get("choices"), what, where) if c in REALIS]
            region.realis = chosen[0] if chosen else region.realis
            continue
        control = str(item.get("from_name", ""))
        region.labels += [(control, str(x)) for x in json_list(value.get("labels"), what, where)]
        # What a person let stand or made in the tool is certain; the tool marks such regions.
        if isinstance(item.get("score"), (int, float)) and "origin" not in item:
            region.score = float(item["score"])
        meta = item.get("meta")
        if isinstance(meta, dict) and meta:
            other = {k: v for k, v in meta.items() if k != "arabic_ie"}
            region.kept |= meta.get("arabic_ie") or {}
            if other:  # a note an annotator left
                region.kept["meta"] = other
    return regions


def _spans(
    text: str, regions: dict[str, _Region], where: str, options: Options
) -> dict[str, tuple[int, int]]:
    raw = [RawSpan(*next(iter(r.spans)), r.surface) for r in regions.values()]
    try:
        found = resolve(text, raw, UNITS if options.offsets == "auto" else (options.offsets,))
    except OffsetsDoNotFit as err:
        raise FormatError(f"region {list(regions)[err.index]!r}: {err}", where) from err
    return dict(zip(regions, found, strict=True))


def _relation(item: Json, events: dict[str, Event], entities: set[str], where: str) -> list[Json]:
    """Adds an argument to its event; a relation of another kind is returned, to be kept."""
    ends = [str(item.get("from_id")), str(item.get("to_id"))]
    if item.get("direction") == "left":
        ends.reverse()
    labels = [str(x) for x in json_list(item.get("labels"), "labels of a relation", where)]
    source, target = ends
    if source not in events and target in events and source in entities:  # drawn the other way round
        source, target = target, source
    if source in events and target in entities and labels:
        kept = item.get("meta") or {}
        extra = kept.get("arabic_ie", {}) if isinstance(kept, dict) else {}
        score = item.get("score", 1.0)
        added = tuple(Argument(role, target, float(score), extra) for role in labels)
        events[source] = replace(events[source], arguments=events[source].arguments + added)
        return []
    missing = [e for e in ends if e not in events and e not in entities]
    if missing:
        raise FormatError(f"a relation names the region {missing[0]!r}, which is not there", where)
    return [{"from": source, "to": target, "labels": labels}]
