"""Who reports an event, whether the reporter is named, and whether it is denied or doubted.

Works on clauses, without a parse: a statement covers the events that follow it in its clause and in
clauses that go on with ``، و`` or ``وأن``; the writer's own background (``على خلفية``, ``، وكانت``)
ends it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

import regex

from ..text import sentences
from ..types import Document, Entity, Event
from .words import ARTICLES, bare, fold, folded

STATEMENT = "Contact.Statement"
SPEAKER = "Speaker"
THREAT, THREATENS = "Conflict.Threaten", "Agent"  # a threat reports what it threatens with
_MARK = r"[\u064B-\u0652\u0670\u0640]*"


def _phrase(*alternatives: str) -> regex.Pattern[str]:
    """A pattern on the source text that lets marks, hamza and final letters vary; a proclitic may lead."""
    variants = {"ا": "[اأإآٱ]", "ي": "[يى]", "ه": "[هة]", " ": r"\s+"}
    forms = []
    for text in sorted(map(fold, alternatives), key=len, reverse=True):
        forms.append("".join(variants.get(c, regex.escape(c)) + (_MARK if c != " " else "") for c in text))
    return regex.compile(r"(?<![\p{L}\p{M}])[وف]?" + _MARK + "(?:" + "|".join(forms) + r")(?![\p{L}\p{M}])")


_BACKGROUND = regex.compile(
    _phrase("على خلفية", "في ظل", "يذكر أن", "يشار إلى", "الجدير بالذكر", "جدير بالذكر", "يأتي ذلك").pattern
    + r"|[،,]\s*وكان(?:ت)?\s|^\s*وكان(?:ت)?\s"
)
_GOES_ON = regex.compile(r"\s*و?ب?[أاإ]ن(?:ه|ها|هم|هما)?\s")
_OWN_VOICE = regex.compile(r"\s*و(?:كان|كانت|جاء|جاءت|ي[أا]تي|ت[أا]تي|يذكر|يشار|سبق|يعد|تعد)\s")
_ATTRIBUTION = _phrase(
    "وفقا لـ",
    "وفق",
    "بحسب",
    "حسب",
    "نقلا عن",
    "طبقا لـ",
    "استنادا إلى",
    "على حد قول",
    "وفقا",
    "طبقا",
    "على لسان",
)
_AS_SAID = regex.compile(r"(?:حسبما|(?:ب?حسب|وفق|وفقا[ًً]?|طبقا[ًً]?)\s+ل?ما|مثلما)\s*$")
_RELATIVE = _phrase("الذي", "التي", "الذين", "اللذين", "اللتين")
_COMPLEMENT = regex.compile(r"(?<!\p{L})ب?[أاإ]ن(?:ه|ها|هم|هما|نا)?(?!\p{L})")

# Denial and doubt. ``after``: the cue governs the events that follow; ``whole``: all of its clause;
# ``beside``: the event it stands next to.
_DENIALS_AFTER = _phrase(
    "نفى", "نفت", "نفوا", "ينفي", "تنفي", "نافيا", "نافية", "نفيه", "نفي", "كذب", "كذبت", "أنكر", "أنكرت",
    "فند", "فندت", "لا صحة", "تكذيب",
)  # fmt: skip
_DENIALS_WHOLE = _phrase(
    "عارية عن الصحة", "عار عن الصحة", "عارية من الصحة", "عار من الصحة", "غير صحيح", "غير صحيحة",
    "لا أساس لها", "لا أساس له", "لا أساس لها من الصحة", "لا أساس له من الصحة",
)  # fmt: skip
_DOUBTS_AFTER = _phrase(
    "يعتقد", "تعتقد", "نعتقد", "يرجح", "رجح", "رجحت", "ترجح", "مرجحا", "مرجحة", "ربما", "يحتمل", "من المحتمل",
    "يشتبه", "اشتبه", "يبدو", "زعم", "زعمت", "زاعما", "يزعم", "تزعم", "مزاعم", "ادعى", "ادعت", "شائعات",
    "إشاعات", "أنباء غير مؤكدة", "معلومات غير مؤكدة", "أنباء عن", "لم يتأكد", "لم تتأكد", "يفترض", "قد يكون",
    "قد تكون",
)  # fmt: skip
_DOUBTS_BESIDE = _phrase("على الأرجح", "على ما يبدو", "على ما يعتقد", "بحسب ما يعتقد", "وفق تقديرات")

_UNNAMED = folded(
    "مصدر مصادر المصدر المصادر شاهد شهود الشهود ناشط ناشطون ناشطين الناشطون سكان أهالي مراقبون محللون خبراء"
    " مواطنون جهات تقارير نشطاء النشطاء مطلعون مقربون مصدران مصدرين"
)
# Unnamed only without the article: وسائل إعلام, مسؤول; المسؤول points at someone known.
_UNNAMED_BARE = folded(
    "وسائل مواقع صحف مسؤول مسؤولون مسؤولين مسئول مسئولون دبلوماسي دبلوماسيون ضابط ضباط متحدث شخص أشخاص طبيب"
    " أطباء خبير محلل مراسل مراسلون صحيفة قائد قيادي قياديون مدير عضو نائب شبان شاب جيران مسعف مسعفون"
)


@dataclass(frozen=True, slots=True)
class _Clause:
    start: int
    end: int
    goes_on: bool


def clauses(text: str) -> list[_Clause]:
    """Clauses of the text; ``goes_on`` when what was being reported before may still be."""
    found: list[_Clause] = []
    for start, end in sentences(text, soft_words=1):
        before = text[max(0, start - 3) : start].rstrip()
        soft = before.endswith("،") or (before.endswith(",") and not before[:-1].endswith(" "))
        begins = text[start : start + 12]
        on = bool(_GOES_ON.match(begins)) or (soft and not _OWN_VOICE.match(begins))
        found.append(_Clause(start, end, bool(found) and on))
    return found


def resolve_sources(doc: Document) -> dict[str, dict[str, Any]]:
    """Sources of the events that are no statements, by event id.

    A source names its ``statement`` (an event id) or the ``span`` of an attribution (``بحسب``), the
    ``entities`` who speak, whether they are all ``anonymous``, and ``implicit`` when the speaker is
    the one of an earlier statement.
    """
    parts = clauses(doc.text)
    starts = [c.start for c in parts]
    events = sorted(doc.events, key=lambda v: (v.trigger.start, v.trigger.end))
    statements = [v for v in events if v.type in (STATEMENT, THREAT)]
    entities = sorted(doc.entities, key=lambda e: e.start)
    speakers = _speakers(statements)
    names, by_id = _names(doc), {e.id: e for e in doc.entities}
    found: dict[str, dict[str, Any]] = {}
    for event in events:
        if event.type == STATEMENT:
            continue
        at = event.trigger.start
        clause = bisect_right(starts, at) - 1
        statement = _governing(doc.text, parts, clause, statements, at)
        if statement is None:
            source = _attributed(doc.text, entities, parts[clause], event) or _afterwards(
                doc, parts[clause], events, event
            )
            if isinstance(source, Event):
                statement, source = source, None
            if source:
                found[event.id] = {**source, "anonymous": _anonymous(doc, source["entities"], names, by_id)}
        if statement is not None:
            who, implicit = speakers[statement.id]
            out: dict[str, Any] = {"statement": statement.id, "entities": list(who)}
            out["anonymous"] = bool(who) and _anonymous(doc, who, names, by_id)
            found[event.id] = {**out, "implicit": True} if implicit else out
    return found


def _speakers(statements: list[Event]) -> dict[str, tuple[tuple[str, ...], bool]]:
    """Speakers of each statement; one without takes those of the statement before."""
    found: dict[str, tuple[tuple[str, ...], bool]] = {}
    last: tuple[str, ...] = ()
    for statement in statements:
        role = SPEAKER if statement.type == STATEMENT else THREATENS
        who = tuple(a.entity for a in statement.arguments if a.role == role)
        if statement.type != STATEMENT:
            found[statement.id] = (who, False)
            continue
        found[statement.id] = (who or last, not who and bool(last))
        last = who or last
    return found


def _within(events: list[Event], low: int, high: int) -> list[Event]:
    """Of events in text order, those whose triggers begin in [low, high)."""
    first = bisect_left(events, low, key=lambda v: v.trigger.start)
    return events[first : bisect_left(events, high, lo=first, key=lambda v: v.trigger.start)]


def _governing(
    text: str, parts: list[_Clause], clause: int, statements: list[Event], at: int
) -> Event | None:
    """The statement that reports what stands at an offset."""
    first = clause
    while first > 0 and parts[first].goes_on:
        first -= 1
    start = parts[first].start
    for statement in reversed(_within(statements, start, at)):
        between = text[statement.trigger.end : at]
        if statement.type == THREAT and not _COMPLEMENT.search(between):
            continue
        if _BACKGROUND.search(between) or _AS_SAID.search(text[start : statement.trigger.start]):
            return None
        # "said the commander of the forces that attacked the town that ...": told about the speaker.
        pronoun = _RELATIVE.search(between)
        if pronoun and not _COMPLEMENT.search(between) and _COMPLEMENT.search(text[at : parts[clause].end]):
            continue
        return statement
    return None


def _attributed(text: str, entities: list[Entity], clause: _Clause, event: Event) -> dict[str, Any] | None:
    """``..., بحسب مصادر محلية``: the entity right after the preposition."""
    for found in _ATTRIBUTION.finditer(text, clause.start, clause.end):
        if found.end() <= event.trigger.start and found.start() > clause.start + 2:
            continue
        first = bisect_left(entities, found.end(), key=lambda e: e.start)
        for entity in islice(entities, first, None):
            if entity.start >= clause.end:
                break
            gap = text[found.end() : entity.start]
            if len(gap.split()) <= 2 and "،" not in gap:
                if entity.type in ("PER", "ORG", "GPE"):
                    return {"span": {"start": found.start(), "end": found.end()}, "entities": [entity.id]}
                break
    return None


def _afterwards(doc: Document, clause: _Clause, events: list[Event], event: Event) -> Event | None:
    """A statement at the end of the clause that reports what stands before it."""
    later = _within(events, event.trigger.end, clause.end)
    for statement in later:
        if statement.type != STATEMENT:
            continue
        after = doc.text[statement.trigger.end : clause.end]
        told = any(v.trigger.start > statement.trigger.start and v.type != STATEMENT for v in later)
        if _AS_SAID.search(doc.text[clause.start : statement.trigger.start]):
            return statement
        if not told and not _COMPLEMENT.search(after) and len(after.split()) <= 6 and any(
            a.role == SPEAKER for a in statement.arguments
        ):  # fmt: skip
            return statement
    return None


def _names(doc: Document) -> Mapping[str, tuple[str, ...]]:
    """The mentions of the cluster of each entity."""
    return {id: cluster.mentions for cluster in doc.clusters for id in cluster.mentions}


def _anonymous(
    doc: Document, ids: Any, names: Mapping[str, tuple[str, ...]], by_id: Mapping[str, Entity]
) -> bool:
    """Whether none of the speakers, nor another mention of theirs, has a name."""
    return all(_is_unnamed(doc.span_text(by_id[other])) for id in ids for other in names.get(id, (id,)))


def _is_unnamed(text: str) -> bool:
    words = fold(text).split()
    first = words[0] if words else ""
    if any(f in _UNNAMED for f in bare(first)):
        return True
    article = first.startswith(ARTICLES)
    definite = article or (len(words) > 1 and words[1].startswith("ال"))
    return not definite and any(f in _UNNAMED_BARE for f in bare(first))


def resolve_certainty(doc: Document) -> dict[str, dict[str, Any]]:
    """Events that are denied or doubted, by event id; those told as facts are left out.

    ``level`` is ``denied`` or ``doubted``; ``cues`` are the spans of the words that say so; ``about``
    names the role when only its filler is in doubt (``طيران يعتقد بأنه أمريكي``).
    """
    found: dict[str, dict[str, Any]] = {}
    events = sorted(doc.events, key=lambda v: v.trigger.start)
    for clause in clauses(doc.text):
        inside = [v for v in _within(events, clause.start, clause.end) if v.type != STATEMENT]
        if not inside:
            continue
        for pattern, level, scope in _CUES:
            for cue in pattern.finditer(doc.text, clause.start, clause.end):
                span = {"start": cue.start(), "end": cue.end()}
                for event, about in _governed(doc, inside, cue.start(), cue.end(), scope):
                    _note(found, event.id, level, span, about)
    return found


_CUES = (
    (_DENIALS_AFTER, "denied", "after"),
    (_DENIALS_WHOLE, "denied", "whole"),
    (_DOUBTS_AFTER, "doubted", "after"),
    (_DOUBTS_BESIDE, "doubted", "beside"),
)


def _governed(
    doc: Document, inside: list[Event], start: int, end: int, scope: str
) -> list[tuple[Event, str | None]]:
    """The events a cue speaks of, with the role when it only speaks of a filler."""
    if scope == "whole":
        return [(v, None) for v in inside]
    if scope == "beside":
        before = [v for v in inside if v.trigger.start < start]
        return [((before[-1:] or inside[:1])[0], None)]
    spoken = len(doc.text[:start].rstrip())  # nothing but space from here to the cue
    described = [e for e in doc.entities if spoken <= e.end <= start]
    if described and regex.match(r"\s+ب?[أا]ن(?:ه|ها|هم|هما)(?!\p{L})", doc.text[end : end + 8]):
        id = described[-1].id
        return [(v, a.role) for v in inside for a in v.arguments if a.entity == id]
    return [(v, None) for v in inside if v.trigger.start >= start]


def _note(
    found: dict[str, dict[str, Any]], id: str, level: str, span: dict[str, int], about: str | None
) -> None:
    old = found.get(id)
    if old is None:
        found[id] = {"level": level, "cues": [span], **({"about": about} if about else {})}
    elif old["level"] == level or level == "doubted":
        if old["level"] == level and span not in old["cues"]:
            old["cues"].append(span)
        if old["level"] == level and not about:
            old.pop("about", None)
