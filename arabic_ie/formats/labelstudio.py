"""Label Studio JSON: tasks with annotations (made by people) or predictions (to be corrected).

Entities are regions of the control ``entity``, triggers of ``trigger``, realis is a choice on the
trigger's region, and an argument is a relation from trigger to entity, labelled with its role.
``labelling_config`` writes the interface that goes with it. Offsets are written in code points, as
Label Studio counts since 1.5; older exports count UTF-16 units: each region's stored text decides.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

from ..errors import FormatError
from ..schema import Schema
from ..types import Document, Entity, Event
from . import labelstudio_read
from .files import Located, Losses, LossyWarning, Options, decode, read_bytes, resolved
from .json_values import loads
from .jsonl import iter_objects


def read(path: Path, options: Options) -> Iterator[Located]:
    """Documents of a Label Studio export (JSON or JSON-MIN).

    Raises:
        FormatError: it is no such export; a region's offsets and stored text do not fit; the task
            and the region are named.
    """
    name = str(path)
    tasks = list(_tasks(path, options.encoding))
    source = options.source
    if source == "auto":
        source = (
            "annotations" if any(labelstudio_read.annotated(task) for _, task in tasks) else "predictions"
        )
    skipped = 0
    for where, task in tasks:
        result = labelstudio_read.results(task, source, where)
        if result is None:
            skipped += 1
            continue
        yield where, labelstudio_read.document(task, result, where, options)
    if skipped:
        warnings.warn(f"{name}: {skipped} tasks without {source} left out", LossyWarning, stacklevel=2)


def dump(docs: Iterable[Document], as_predictions: bool = False) -> Iterator[str]:
    """Documents as an array of tasks.

    Args:
        docs: the documents.
        as_predictions: write pre-annotations, which Label Studio shows for correction.
    """
    losses = Losses("labelstudio")
    lead = "[\n"
    for doc in docs:
        for what, count in resolved(doc):
            losses.add(what, doc, count)
        yield lead + json.dumps(_task(doc, as_predictions), ensure_ascii=False, allow_nan=False)
        lead = ",\n"
    yield "[]\n" if lead == "[\n" else "\n]\n"
    losses.warn()


def labelling_config(schema: Schema) -> str:
    """The labelling interface of a schema, to paste into a project's settings."""

    def labels(name: str, values: Iterable[str]) -> list[str]:
        inner = [f"    <Label value={quoteattr(v)}/>" for v in values]
        return [f'  <Labels name="{name}" toName="text">', *inner, "  </Labels>"]

    lines = ["<View>", '  <Text name="text" value="$text"/>', *labels("entity", schema.entities)]
    if schema.event_types:
        choices = [f"    <Choice value={quoteattr(r)}/>" for r in schema.realis]
        lines += labels("trigger", schema.event_types)
        lines += ['  <Choices name="realis" toName="text" perRegion="true" whenTagName="trigger">']
        lines += [*choices, "  </Choices>"]
    if schema.roles:
        relations = [f"    <Relation value={quoteattr(r)}/>" for r in schema.roles]
        lines += ["  <Relations>", *relations, "  </Relations>"]
    return "\n".join([*lines, "</View>", ""])


def _tasks(path: Path, encoding: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Tasks of an array, or one a line, each with where it stands."""
    name = str(path)
    text = decode(read_bytes(path), name, encoding)
    if text.lstrip().startswith("["):
        try:
            found = [(f"{name}: task {n}", value) for n, value in enumerate(loads(text), 1)]
        except (ValueError, RecursionError) as err:
            raise FormatError(f"not JSON: {err}", name) from err
    else:
        lines = (line.encode("utf-8", "surrogatepass") for line in text.split("\n"))
        found = [(f"{name}:{n}", value) for n, value in iter_objects(lines, name)]  # type: ignore[arg-type]
    for where, value in found:
        if not isinstance(value, dict):
            raise FormatError("a task must be an object", where)
        yield where, value


def _task(doc: Document, as_predictions: bool) -> dict[str, Any]:
    result = [r for e in doc.entities for r in _entity(doc, e)]
    taken = {e.id for e in doc.entities}
    for event in doc.events:
        result += _event(doc, event, taken)
    data: dict[str, Any] = {"text": doc.text, "doc_id": doc.id}
    # Label Studio keeps every key of ``data``.
    kept = {"meta": dict(doc.meta), "warnings": list(doc.warnings), "extra": dict(doc.extra)}
    data |= {key: value for key, value in kept.items() if value}
    if not as_predictions:
        return {"data": data, "annotations": [{"result": result}]}
    scores = [e.score for e in doc.entities] + [v.score for v in doc.events]
    score = min(scores, default=1.0)
    return {"data": data, "predictions": [{"model_version": "arabic_ie", "score": score, "result": result}]}


def _region(doc: Document, id: str, control: str, start: int, end: int) -> dict[str, Any]:
    value = {"start": start, "end": end, "text": doc.text[start:end]}
    return {"id": id, "from_name": control, "to_name": "text", "type": "labels", "value": value}


def _entity(doc: Document, entity: Entity) -> Iterator[dict[str, Any]]:
    region = _region(doc, entity.id, "entity", entity.start, entity.end)
    region["value"]["labels"] = [entity.type]
    form = entity.to_dict()
    kept = {k: v for k, v in form.items() if k not in ("id", "type", "start", "end", "score")}
    if {"value", "fragments"} & set(kept):  # they end with the words they were made from
        kept["of"] = doc.text[entity.start : entity.end]
    yield _with(region, entity.score, kept)


def _with(region: dict[str, Any], score: float, kept: dict[str, Any]) -> dict[str, Any]:
    if score != 1.0:
        region["score"] = score
    if kept:
        region["meta"] = {"arabic_ie": kept}
    return region


def _event(doc: Document, event: Event, taken: set[str]) -> Iterator[dict[str, Any]]:
    id, kept = event.id, dict(event.extra)
    while id in taken:  # one name space in Label Studio, two here
        id, kept["id"] = f"event-{id}", event.id
    taken.add(id)
    trigger = event.trigger
    region = _region(doc, id, "trigger", trigger.start, trigger.end)
    region["value"]["labels"] = [event.type]
    if trigger.extra:
        kept["trigger"] = dict(trigger.extra)
    yield _with(region, event.score, kept)
    choice = _region(doc, id, "realis", trigger.start, trigger.end)
    choice["type"] = "choices"
    choice["value"]["choices"] = [event.realis]
    yield choice
    for a in event.arguments:
        relation = {"from_id": id, "to_id": a.entity, "type": "relation", "direction": "right"}
        yield _with({**relation, "labels": [a.role]}, a.score, dict(a.extra))
