"""Whether two event mentions tell of one happening: what speaks against it, and how much for it."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass
from datetime import date
from typing import Any

import regex

from ..types import Document, Entity, Event
from .actor_words import COMMON
from .foreign import iso_day
from .gazetteer import Place
from .nouns import has_dual
from .numbers import amount
from .words import ARTICLES, bare, fold

NEEDED = 2.0  # evidence for a merge
_TIME = "Time"
_PLACES = ("Place", "Destination", "Origin")
_AGENTS = ("Attacker", "Agent", "Adjudicator", "Giver", "Cause")
_PATIENTS = ("Target", "Victim", "Person", "Artifact", "Defendant", "Recipient", "Participant", "Org")
_NEAR_KM = 30.0
_NEAR_TEXT = 600  # characters that a definite noun points back
_WIDE = {"country", "region", "natural"}
# What happens to a person once: the same victim is the same death.
_ONCE = {"Life.Die": 2.0, "Justice.Arrest": 1.0, "Life.Injure": 1.0, "Justice.Release": 1.0}

_PREFIX = regex.compile(r"^(?:و|ف)?(?:بال|لل|ال|ب|ل)?(?=\p{L}{3})")
_SUFFIX = regex.compile(r"(?<=\p{L}{3})(?:ات|ان|ين|تان|تين|ه|ت)$")
_WEAK = regex.compile(r"[اوي]")


@dataclass(frozen=True, slots=True)
class Profile:
    """What a mention says of its happening."""

    event: Event
    start: date | None
    end: date | None
    lasting: bool
    places: dict[str, tuple[Any, ...]]  # (role, value, words, is a target)
    patients: frozenset[str]
    agents: frozenset[str]
    named: frozenset[str]  # of the patients and agents
    stem: str
    number: str | None
    definite: bool


def named_mentions(doc: Document) -> set[str]:
    """Ids of the entities whose cluster has a name."""
    return {m for c in doc.clusters for m in c.mentions if not _plain(c.name)}


def read_profile(
    doc: Document, event: Event, keys: Mapping[str, str], by_id: Mapping[str, Entity], named: Set[str]
) -> Profile:
    """What an event and the values of its fillers say.

    Args:
        doc: the document.
        event: one of its events.
        keys: by entity id, what tells two fillers apart: one key for all mentions of an actor.
        by_id: the entities by id.
        named: ids of the entities whose actor has a name.
    """
    times = [
        v for a in event.arguments if a.role == _TIME and isinstance(v := by_id[a.entity].value, Mapping)
    ]
    dated = [v for v in times if v.get("start") and v.get("end")]
    word = fold(doc.span_text(event.trigger))
    patients = {keys[a.entity] for a in event.arguments if a.role in _PATIENTS}
    agents = {keys[a.entity] for a in event.arguments if a.role in _AGENTS}
    places = {}
    for a in event.arguments:
        entity = by_id[a.entity]
        if a.role in _PLACES or (a.role == "Target" and entity.type in ("FAC", "GPE", "LOC")):
            role = a.role if a.role in ("Origin", "Destination") else "Place"
            text = " ".join(fold(doc.span_text(entity)).split())
            value = entity.value if is_place(entity.value) else None
            places[a.entity] = (role, value, text, a.role == "Target")
    return Profile(
        event=event,
        start=min((iso_day(v["start"]) for v in dated), default=None),
        end=max((iso_day(v["end"]) for v in dated), default=None),
        lasting=any(v.get("type") == "DURATION" for v in times),
        places=places,
        patients=frozenset(patients),
        agents=frozenset(agents),
        named=frozenset(keys[a.entity] for a in event.arguments if a.entity in named),
        stem=_stem(word),
        number=_number(word),
        definite=word.startswith(ARTICLES),
    )


def _plain(name: str) -> bool:
    """A cluster known only by a counted or common noun is nobody in particular."""
    words = fold(name).split()
    return amount(name) is not None or any(f in COMMON for f in bare(words[0] if words else ""))


def is_place(value: Any) -> bool:
    """Whether a value is that of a place in the gazetteer."""
    return isinstance(value, Mapping) and value.get("kind") == "place"


def _stem(word: str) -> str:
    """The consonants of a noun without article and number: هجومين, الهجمات and هجوم are one."""
    return _WEAK.sub("", _SUFFIX.sub("", _PREFIX.sub("", word)))


def _number(word: str) -> str | None:
    if has_dual(word):
        return "dual"
    return "plural" if word.endswith("ات") else None


def conflict(a: Profile, b: Profile) -> bool:
    """Whether two mentions cannot be of one happening."""
    if (a.event.type, a.event.realis) != (b.event.type, b.event.realis):
        return True
    if a.lasting != b.lasting and a.start and b.start:
        return True
    if a.start and a.end and b.start and b.end and (a.end < b.start or b.end < a.start):
        return True
    if a.number and b.number and a.number != b.number:
        return True
    here, there = _sited(a), _sited(b)
    if here and there and not any(_meet(x, y) for x in here for y in there if x[0] == y[0]):
        return True
    for mine, yours in ((a.patients, b.patients), (a.agents, b.agents)):
        x, y = mine & a.named, yours & b.named
        if x and y and not x & y:
            return True
    return False


def _sited(p: Profile) -> list[tuple[Any, ...]]:
    return [place for place in p.places.values() if place[1]]


def _meet(x: tuple[Any, ...], y: tuple[Any, ...]) -> bool:
    """Whether two places may be one: the same, near each other, or one inside the other."""
    a, b = x[1], y[1]
    wide = {a["feature"], b["feature"]} & _WIDE
    return _km(a, b) <= _NEAR_KM or bool(
        wide and (a["country"] == b["country"] or not a["country"] or not b["country"])
    )


def _km(a: Mapping[str, Any], b: Mapping[str, Any]) -> float:
    x, y = (Place(p["name"], p["country"] or "", p["lat"], p["lon"], p["feature"]) for p in (a, b))
    return x.km(y)


def evidence(a: Profile, b: Profile) -> float:
    """How much speaks for one happening; ``b`` stands earlier in the text."""
    points = 0.0
    shared = {x.entity for x in a.event.arguments} & {x.entity for x in b.event.arguments}
    sentence = 0.0
    if shared:  # two triggers of one sentence with the same arguments: "targeted ... with raids"
        fewer = min(len(a.event.arguments), len(b.event.arguments))
        sentence = NEEDED if len(shared) >= max(1, fewer) else 1.0
    if a.start and b.start and a.end and b.end:
        same_day = a.start == b.start and a.end == b.end and (a.end - a.start).days <= 1
        points += 1.0 if same_day else 0.25
    points += _place_evidence(a, b)
    patients = a.patients & b.patients
    if patients:
        sure = bool(patients & a.named)
        points += max(1.0, _ONCE.get(a.event.type, 1.0)) if sure else 0.5
    if a.agents & b.agents:
        points += 0.5
    if a.definite and a.stem == b.stem and not (a.start and not b.start):
        near = a.event.trigger.start - b.event.trigger.end < _NEAR_TEXT
        points += NEEDED if near else 1.0
    return max(points, sentence)


def _place_evidence(a: Profile, b: Profile) -> float:
    best = 0.0
    for x in a.places.values():
        for y in b.places.values():
            if x[0] != y[0]:
                continue
            if x[1] and y[1]:
                narrow = not {x[1]["feature"], y[1]["feature"]} & _WIDE
                if _km(x[1], y[1]) <= _NEAR_KM:
                    best = max(best, 1.0 if narrow else 0.5)
            elif x[2] == y[2] and not x[3] and not y[3]:
                best = max(best, 1.0)  # "two Iraqi bases", told twice; targets count as targets
    return best
