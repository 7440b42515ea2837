"""Counts of events, and mentions of one happening merged into one incident.

Two mentions are one happening when nothing speaks against it (another day, place, victim, number,
realis) and enough speaks for it: arguments in common, the same day at the same place, a definite noun
that points back (``هجومين`` ... ``الهجومين``).
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import Any

from ..types import Argument, Document, Entity, Event, Incident
from .event_match import NEEDED, Profile, conflict, evidence, is_place, named_mentions, read_profile
from .sources import STATEMENT
from .words import fold

_TIME, _COUNT = "Time", "Count"
_COUNTED = ("Victim", "Person", "Defendant", "Artifact", "Target", "Participant", _COUNT)
_FINE = (
    "minute",
    "part",
    "day",
    "week",
    "weekend",
    "month",
    "season",
    "quarter",
    "half",
    "year",
    "decade",
    "century",
)
_LOOK_BACK = 100  # happenings of one kind: what a long text told before those is not compared
_FEATURES = ("facility", "district", "town", "city", "natural", "region", "country")


def count_events(doc: Document) -> dict[str, tuple[dict[str, Any], ...]]:
    """How many persons or things each event concerns, by event id: a value for each counted argument."""
    values = {e.id: e.value for e in doc.entities}
    found = {}
    for event in doc.events:
        counts = []
        for argument in event.arguments:
            value = values[argument.entity]
            if argument.role in _COUNTED and isinstance(value, Mapping):
                if value.get("kind") not in ("count", "number"):
                    continue
                if value.get("implied") and argument.role not in ("Victim", "Person"):
                    continue  # "any soldier" is no count
                told = {k: v for k, v in value.items() if k != "kind"}
                counts.append({"role": argument.role, "entity": argument.entity, **told})
        if counts:
            found[event.id] = tuple(counts)
    return found


def resolve_incidents(doc: Document) -> tuple[Incident, ...]:
    """The happenings a document tells of, statements aside, in text order."""
    keys, named = _argument_keys(doc), named_mentions(doc)
    by_id = {e.id: e for e in doc.entities}
    groups: list[list[Profile]] = []
    alike: dict[tuple[str, str], list[list[Profile]]] = {}  # others conflict: no need to look at them
    for event in sorted(doc.events, key=lambda v: (v.trigger.start, v.trigger.end)):
        if event.type == STATEMENT:
            continue
        profile = read_profile(doc, event, keys, by_id, named)
        kind = (event.type, event.realis)
        best, score = None, 0.0
        for group in islice(reversed(alike.get(kind, ())), _LOOK_BACK):
            if any(conflict(profile, other) for other in group):
                continue
            points = max(evidence(profile, other) for other in group)
            if points >= NEEDED and points > score:
                best, score = group, points
        if best is None:
            groups.append([profile])
            alike.setdefault(kind, []).append(groups[-1])
        else:
            best.append(profile)
    return tuple(_incident(f"I{i}", [p.event for p in g], keys, by_id) for i, g in enumerate(groups, 1))


def _argument_keys(doc: Document) -> dict[str, str]:
    """What tells two fillers apart: their cluster, or the words of a mention that has none."""
    keys = {e.id: f"{e.type} {' '.join(fold(doc.span_text(e)).split())}" for e in doc.entities}
    return {**keys, **{id: c.id for c in doc.clusters for id in c.mentions}}


def _incident(id: str, events: list[Event], keys: Mapping[str, str], by_id: Mapping[str, Entity]) -> Incident:
    """One happening out of its mentions: the union of what they say, the most exact date and place."""
    arguments: dict[tuple[str, str], Argument] = {}
    for event in events:
        for argument in event.arguments:
            arguments.setdefault((argument.role, keys[argument.entity]), argument)
    united = tuple(arguments.values())
    counts: dict[tuple[Any, ...], Mapping[str, Any]] = {}
    for event in events:
        for count in event.counts:
            told = tuple((k, v) for k, v in sorted(count.items()) if k not in ("entity", "implied"))
            counts.setdefault(told, count)
    return Incident(
        id=id,
        type=events[0].type,
        events=tuple(v.id for v in events),
        realis=events[0].realis,
        arguments=united,
        date=_date(united, by_id),
        place=_place(united, by_id),
        counts=tuple(counts.values()),
        source=_source(events, keys),
        certainty=_certainty(events),
    )


def _date(arguments: tuple[Argument, ...], by_id: Mapping[str, Any]) -> dict[str, Any] | None:
    values = [
        {"entity": a.entity, **v}
        for a in arguments
        if a.role == _TIME and isinstance(v := by_id[a.entity].value, Mapping) and v.get("kind") == "date"
    ]
    placed = [v for v in values if v.get("start")] or values

    def fineness(value: Mapping[str, Any]) -> int:
        name = value.get("granularity")
        return _FINE.index(name) if name in _FINE else len(_FINE)

    return min(placed, key=fineness, default=None)


def _place(arguments: tuple[Argument, ...], by_id: Mapping[str, Any]) -> dict[str, Any] | None:
    for roles in (("Place",), ("Target", "Destination"), ("Origin",)):
        found = [
            {"entity": a.entity, **v}
            for a in arguments
            if a.role in roles and is_place(v := by_id[a.entity].value) and v.get("feature") in _FEATURES
        ]
        if found:
            return min(found, key=lambda v: _FEATURES.index(v["feature"]))
    return None


def _source(events: list[Event], keys: Mapping[str, str]) -> dict[str, Any] | None:
    """All who report the happening; anonymous when none of them has a name."""
    told = [v.source for v in events if v.source]
    if not told:
        return None
    entities: dict[str, str] = {}  # of one actor the first mention
    for id in (id for s in told for id in s.get("entities", ())):
        entities.setdefault(keys[id], id)
    statements = dict.fromkeys(s["statement"] for s in told if s.get("statement"))
    anonymous = all(s.get("anonymous") for s in told)
    return {"entities": list(entities.values()), "statements": list(statements), "anonymous": anonymous}


def _certainty(events: list[Event]) -> dict[str, Any] | None:
    """Denied or doubted by all mentions; ``disputed`` when some deny what others tell."""
    levels = [v.certainty["level"] if v.certainty else None for v in events]
    cues = [cue for v in events if v.certainty for cue in v.certainty["cues"]]
    unique = [cue for i, cue in enumerate(cues) if cue not in cues[:i]]
    about = next((v.certainty["about"] for v in events if v.certainty and "about" in v.certainty), None)
    if "denied" in levels:
        level = "denied" if set(levels) == {"denied"} else "disputed"
    elif set(levels) == {"doubted"}:
        level = "doubted"
    else:
        return None
    return {"level": level, "cues": unique, **({"about": about} if about else {})}
