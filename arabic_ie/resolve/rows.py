"""Incidents as rows of a table: who, to whom, where, when, by whose account."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from ..types import Document, Incident, source_entities

COLUMNS = [
    "doc_id", "id", "type", "realis", "date", "date_start", "date_end", "actors", "targets", "place",
    "country", "lat", "lon", "geonames", "counts", "source", "source_anonymous", "certainty", "mentions",
]  # fmt: skip
_ACTORS = ("Attacker", "Agent", "Adjudicator", "Giver", "Cause", "Participant")
_TARGETS = ("Target", "Victim", "Person", "Defendant", "Artifact", "Recipient")


def incident_rows(doc: Document) -> list[list[Any]]:
    """One row an incident, under ``COLUMNS``.

    Several actors, targets or sources are parted by ``; ``. ``counts`` and ``mentions`` are JSON:
    ``{"Victim": 3}``, ``[{"event": "T1", "text": ..., "start": ..., "end": ...}]``.
    """
    names = {id: cluster.name for cluster in doc.clusters for id in cluster.mentions}
    words = {e.id: names.get(e.id) or " ".join(doc.span_text(e).split()) for e in doc.entities}
    return [_row(doc, incident, words) for incident in doc.incidents]


def _row(doc: Document, incident: Incident, words: Mapping[str, str]) -> list[Any]:
    by_role: dict[str, list[str]] = {}
    for argument in incident.arguments:
        by_role.setdefault(argument.role, []).append(words[argument.entity])
    date, place, source = incident.date or {}, incident.place or {}, incident.source or {}
    events = {v.id: v for v in doc.events}
    mentions = [
        {"event": v.id, "text": doc.span_text(v.trigger), "start": v.trigger.start, "end": v.trigger.end}
        for v in (events[id] for id in incident.events)
    ]
    certainty = incident.certainty or {}
    return [
        doc.id,
        incident.id,
        incident.type,
        incident.realis,
        date.get("timex"),
        date.get("start"),
        date.get("end"),
        _join(name for role in _ACTORS for name in by_role.get(role, ())),
        _join(name for role in _TARGETS for name in by_role.get(role, ())),
        words.get(str(place.get("entity"))) or place.get("name"),
        place.get("country"),
        place.get("lat"),
        place.get("lon"),
        place.get("geonames"),
        _json({str(c.get("role")): _count(c) for c in incident.counts}) if incident.counts else None,
        _join(words[id] for id in source_entities(source) if id in words),
        source.get("anonymous"),
        certainty.get("level"),
        _json(mentions),
    ]


def _count(count: Mapping[str, Any]) -> Any:
    """A number, or the bounds of a vague one."""
    if "value" in count:
        return count["value"]
    return {key: count[key] for key in ("min", "max") if key in count}


def _join(names: Iterable[str]) -> str | None:
    return "; ".join(dict.fromkeys(names)) or None


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
