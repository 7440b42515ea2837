"""Label Studio tasks -> documents."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from ..errors import AlignmentError, FormatError, InputError
from ..types import ARGUMENT_KEYS, DOCUMENT_KEYS, REALIS, Argument, Document, Entity, Event, others
from .files import Options
from .json_values import json_dict, json_int, json_list, json_score
from .offsets import OffsetsDoNotFit, RawSpan, resolve

UNITS = ("codepoint", "utf16", "codepoint-lf", "utf16-lf")
Json = dict[str, Any]
T = TypeVar("T", Entity, Event)


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
    unread = ""
    for control, regions in task.items():
        if isinstance(regions, list):
            for region in regions:
                if isinstance(region, dict) and "start" in region and "labels" in region:
                    items.append(
                        {"id": str(len(items) + 1), "from_name": control, "type": "labels", "value": region}
                    )
                elif _is_span(region):
                    unread = unread or control
    if unread and not items:  # spans of another format, which would all be dropped
        raise FormatError(
            f"{unread!r} holds no regions of Label Studio (start, end, labels);"
            " name the format of the file: jsonl or doccano",
            where,
        )
    return items


def _is_span(item: Any) -> bool:
    """Whether an item looks like a mention of a document or of doccano."""
    if isinstance(item, list):
        return [type(x) for x in item] == [int, int, str]
    return isinstance(item, dict) and not {"start", "start_offset", "trigger"}.isdisjoint(item)


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
    data = json_dict(task.get("data", task), "data", where)
    text = _text(data, where)
    regions = _regions(result, where)
    spans = _spans(text, regions, where, options)
    event_types = set(options.schema.event_types) if options.schema else set()
    entities: dict[str, Entity] = {}
    events: dict[str, Event] = {}
    notes: list[str] = []
    for id, region in regions.items():
        for n, (control, label) in enumerate(region.labels):
            kept = dict(region.kept)
            if control == "trigger" or label in event_types:
                own = str(kept.pop("id", id if id not in events else f"{id}-{n + 1}"))
                form = {**json_dict(kept.pop("trigger", {}), "trigger", where), **_edges(spans[id])}
                form = {**kept, "id": own, "type": label, "trigger": form, "realis": region.realis}
                event = replace(_checked(Event, form, where), score=region.score)
                events[id if id not in events else own] = event
            else:
                if kept.pop("of", None) != text[slice(*spans[id])]:  # a person moved the span
                    kept = {k: v for k, v in kept.items() if k not in ("value", "fragments")}
                own = id if id not in entities else f"{id}-{n + 1}"
                form = {**kept, "id": own, "type": label, **_edges(spans[id])}
                if own in entities:
                    raise FormatError(f"two regions have the id {own!r}", where)
                entities[own] = replace(_checked(Entity, form, where), score=region.score)
        if not region.labels:
            notes.append(f"region {id} has no label and is left out")
    relations = []
    arguments: dict[str, list[Argument]] = {}
    for item in result:
        if item.get("type") == "relation":
            relations += _relation(item, events, entities, arguments, where)
    found = [replace(event, arguments=tuple(arguments.get(id, ()))) for id, event in events.items()]
    doc_id = next((str(x) for x in (data.get("doc_id"), task.get("id")) if x is not None), "")
    extra = others(json_dict(data.get("extra"), "extra", where), DOCUMENT_KEYS)
    if relations:
        extra["relations"] = relations
    warnings = [*map(str, json_list(data.get("warnings"), "warnings", where)), *notes]
    meta = json_dict(data.get("meta"), "meta", where)
    try:
        return Document(text, tuple(entities.values()), tuple(found), doc_id, meta, tuple(warnings), extra)
    except (InputError, AlignmentError) as err:
        raise FormatError(str(err), where) from err


def _edges(span: tuple[int, int]) -> Json:
    return {"start": span[0], "end": span[1]}


def _checked(kind: type[T], form: Json, where: str) -> T:
    """A mention of its form, which a file may have made of anything."""
    try:
        return kind.from_dict(form)  # type: ignore[attr-defined, no-any-return]
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
        if "origin" not in item and item.get("score") is not None:
            region.score = json_score(item["score"], f"the score of {what}", where)
        meta = item.get("meta")
        if isinstance(meta, dict) and meta:
            other = others(meta, ("arabic_ie",))
            region.kept |= json_dict(meta.get("arabic_ie"), f"'arabic_ie' of {what}", where)
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


def _relation(
    item: Json,
    events: Collection[str],
    entities: Collection[str],
    arguments: dict[str, list[Argument]],
    where: str,
) -> list[Json]:
    """Adds to the arguments of each event; a relation of another kind is returned, to be kept."""
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
        extra = others(json_dict(extra, "'arabic_ie' of a relation", where), ARGUMENT_KEYS)
        score = json_score(item.get("score"), "the score of a relation", where)
        arguments.setdefault(source, []).extend(Argument(role, target, score, extra) for role in labels)
        return []
    missing = [e for e in ends if e not in events and e not in entities]
    if missing:
        raise FormatError(f"a relation names the region {missing[0]!r}, which is not there", where)
    return [{"from": source, "to": target, "labels": labels}]
