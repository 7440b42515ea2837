"""Documents as right-to-left HTML: marks in the text, a table of the frames under it.

The page holds no script and asks for nothing from outside. Types are drawn by CSS, so the text
content of the marked text is the document's text, and copying it copies no labels.
"""

from __future__ import annotations

import heapq
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any

from .types import Document, Entity, Event, source_entities

# Hues of the shipped types, far apart for types that stand side by side; others take one from their name.
HUES = {
    "PER": 210, "ORG": 275, "GPE": 130, "LOC": 165, "FAC": 95, "WEA": 0, "VEH": 25, "NORP": 315,
    "DATE": 48, "NUM": 60, "MONEY": 75, "MISC": 235, "Conflict": 0, "Life": 340, "Movement": 195,
    "Justice": 265, "Contact": 215, "Government": 150, "Personnel": 295, "Transaction": 90, "Disaster": 25,
}  # fmt: skip
HINT, HINT_LINES = 300, 20  # characters of a line, and lines, of what a mark says when pointed at
LINKED = 100  # events whose words light up together; each costs two style rules
# A parser turns CR into LF and drops NUL; a lone surrogate cannot be written as UTF-8.
_UNPRINTABLE = {0: "\ufffd", 13: "&#13;", **dict.fromkeys(range(0xD800, 0xE000), "\ufffd")}


@dataclass(frozen=True, slots=True, order=True)
class _Mark:
    """A marked span, or a piece of one that another span cuts."""

    start: int
    longest_first: int
    rank: int
    end: int
    begin_tag: str
    end_tag: str = "</mark>"

    @classmethod
    def of(cls, start: int, end: int, rank: int, tag: str) -> _Mark:
        return cls(start, -end, rank, end, tag)


def to_html(docs: Document | Iterable[Document], title: str = "arabic_ie", page: bool = True) -> str:
    """Documents as HTML.

    Args:
        docs: one document or several.
        title: of the page.
        page: a whole page; False for a fragment with its style, as notebooks show it.

    Returns:
        HTML. NUL and lone surrogates, which HTML cannot hold, are shown as U+FFFD.
    """
    return "".join(iter_html([docs] if isinstance(docs, Document) else docs, title, page))


def iter_html(docs: Iterable[Document], title: str = "arabic_ie", page: bool = True) -> Iterator[str]:
    """The pieces of ``to_html``, one document at a time."""
    if page:
        yield (
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            '<meta name="color-scheme" content="light dark">\n'
            f"<title>{_safe(title)}</title>\n<style>\n"
            "body{margin:0 auto;padding:16px;max-width:960px}\n"
            "@media (max-width:600px){body{padding:8px}}\n"
            f"{style()}</style>\n</head>\n<body>\n"
        )
    else:
        yield f"<style>\n{style()}</style>\n"
    for doc in docs:
        yield fragment(doc)
    if page:
        yield "</body>\n</html>\n"


def write_html(docs: Iterable[Document], path: str | Path, title: str = "") -> None:
    """Write a page; an old file stays whole until the new one is complete.

    Raises:
        InputError: the folder cannot be written.
    """
    from .formats.files import write_chunks

    path = Path(path)
    write_chunks(iter_html(docs, title or path.stem), path)


@cache
def style() -> str:
    """The style sheet of ``fragment``."""
    return (files("arabic_ie") / "render.css").read_text(encoding="utf-8")


def fragment(doc: Document) -> str:
    """One document without the style sheet."""
    # A hash, not a counter or a random number: notebooks join fragments made at different times.
    name = f"aie-{zlib.crc32(doc.to_json().encode()):08x}"
    head = [f"<span>{_safe(doc.id)}</span>"] if doc.id else []
    date = doc.meta.get("date")
    head += [f"<span>{_safe(date)}</span>"] if date else []
    head.append(f"<span>{_count(doc.entities, 'entity', 'entities')}</span>")
    head.append(f"<span>{_count(doc.events, 'event', 'events')}</span>")
    notes = "".join(f'<p class="aie-note">{_safe(w)}</p>' for w in doc.warnings)
    return (
        f'<article class="aie {name}">{_linking(name, min(len(doc.events), LINKED))}'
        f'<div class="aie-head">{"".join(head)}</div>'
        f'<div class="aie-text" dir="rtl" lang="ar">{marked_text(doc)}</div>'
        f"{_frames(doc)}{notes}</article>\n"
    )


def _linking(name: str, events: int) -> str:
    """Rules that light up the words of an event when one of them, or its row, is pointed at."""
    rules = (
        f".{name}:has(.v{k}:is(:hover,:focus)) .v{k}{{box-shadow:0 0 0 2px hsl(var(--h,0) 70% var(--edge))}}"
        for k in range(events)
    )
    return f"<style>{''.join(rules)}</style>" if events else ""


def marked_text(doc: Document) -> str:
    """The text with its marks; without tags and unescaped, it is the text again."""
    fills: dict[str, list[tuple[int, str]]] = {}
    for k, event in enumerate(doc.events):
        for argument in event.arguments:
            role = f"{argument.role} of {event.type} ({doc.span_text(event.trigger)})"
            fills.setdefault(argument.entity, []).append((k, role))
    marks = [mark for e in doc.entities for mark in _entity_marks(e, fills.get(e.id, []))]
    by_id = {e.id: e for e in doc.entities}
    marks += [_event_mark(doc, by_id, v, k) for k, v in enumerate(doc.events)]
    out: list[str] = []
    open_marks: list[_Mark] = []
    at = 0
    heapq.heapify(marks)
    while marks or open_marks:
        if open_marks and (not marks or open_marks[-1].end <= marks[0].start):
            mark = open_marks.pop()
            out += [_safe(doc.text[at : mark.end]), mark.end_tag]
            at = mark.end
            continue
        mark = heapq.heappop(marks)
        if open_marks and mark.end > open_marks[-1].end:  # crosses the open one: goes on after it
            cut = open_marks[-1].end
            heapq.heappush(marks, _Mark.of(cut, mark.end, mark.rank, mark.begin_tag))
            more = mark.begin_tag.replace('class="', 'class="aie-more ', 1)
            mark = _Mark.of(mark.start, cut, mark.rank, more)
        out += [_safe(doc.text[at : mark.start]), mark.begin_tag]
        at = mark.start
        open_marks.append(mark)
    return "".join(out) + _safe(doc.text[at:])


def _entity_marks(entity: Entity, fills: list[tuple[int, str]]) -> list[_Mark]:
    lines = [f"{entity.type} {entity.id}{_percent(entity.score)}"]
    value = value_text(entity.value)
    lines += [f"= {value}"] if value else []
    lines += [role for _, role in fills]
    names = ["aie-entity", *(f"v{k}" for k in dict.fromkeys(k for k, _ in fills) if k < LINKED)]
    tag = _tag(names, entity.type, entity.type, lines)
    parts = entity.fragments or ((entity.start, entity.end),)
    return [_Mark.of(start, end, 0, tag) for start, end in parts]


def _event_mark(doc: Document, by_id: Mapping[str, Entity], event: Event, k: int) -> _Mark:
    lines = [f"{event.type} {event.id}, {event.realis}{_percent(event.score)}"]
    for argument in event.arguments:
        filler = by_id[argument.entity]
        value = value_text(filler.value)
        lines.append(f"{argument.role}: {doc.span_text(filler)}" + (f" = {value}" if value else ""))
    names = ["aie-event", f"aie-{event.realis}", *([f"v{k}"] if k < LINKED else [])]
    label = event.type.rsplit(".", 1)[-1]
    if event.realis != "actual":
        label += f" ({event.realis})"
    return _Mark.of(event.trigger.start, event.trigger.end, 1, _tag(names, label, event.type, lines))


def _tag(names: list[str], label: str, kind: str, lines: list[str]) -> str:
    # A mark that others cut is written once a piece, so what it says when pointed at is kept short.
    told = "\n".join(line if len(line) <= HINT else f"{line[:HINT]}…" for line in lines[:HINT_LINES])
    return (
        f'<mark class="{" ".join(names)}" style="--h:{hue(kind)}" tabindex="0"'
        f' data-type="{_safe(label)}" title="{_safe(told)}">'
    )


def _frames(doc: Document) -> str:
    if not doc.events:
        return ""
    by_id = {e.id: e for e in doc.entities}
    rows = []
    for k, event in enumerate(doc.events):
        chips = "".join(
            f'<span class="aie-chip"><b>{_safe(a.role)}</b>'
            f'<bdi lang="ar">{_safe(doc.span_text(filler))}</bdi>'
            f"<small>{_safe(value_text(filler.value) or filler.type)}</small></span>"
            for a in event.arguments
            for filler in [by_id[a.entity]]
        )
        notes = "".join(f" <small>{_safe(note)}</small>" for note in _notes(doc, by_id, event))
        linked = f' class="v{k}"' if k < LINKED else ""
        rows.append(
            f'<tr{linked} style="--h:{hue(event.type)}"><td><b>{_safe(event.type)}</b>'
            f"{notes}</td>"
            f'<td><bdi lang="ar">{_safe(doc.span_text(event.trigger))}</bdi></td><td>{chips}</td></tr>'
        )
    return (
        "<table><thead><tr><th>Event</th><th>Trigger</th><th>Arguments</th></tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table>"
    )


def _notes(doc: Document, by_id: Mapping[str, Entity], event: Event) -> Iterator[str]:
    """What is known about an event beyond its arguments; names are given as the text has them."""
    if event.realis != "actual":
        yield event.realis
    if event.certainty and event.certainty.get("level"):
        yield str(event.certainty["level"])
    for count in event.counts:
        number = value_text(count)
        if number:
            yield f"{count.get('role', 'Count')}: {number}"
    if event.source:
        named = [doc.span_text(by_id[e]) for e in source_entities(event.source) if e in by_id]
        told = f"reported by {'، '.join(named)}" if named else "reported"
        yield told + (", anonymous" if event.source.get("anonymous") else "")


def hue(kind: str) -> int:
    """Hue, 0 to 359, of an entity type or event type."""
    for name in (kind, kind.split(".")[0], kind.split("|")[0]):
        if name in HUES:
            return HUES[name]
    return zlib.crc32(kind.encode("utf-8", "replace")) % 360


def value_text(value: Any, depth: int = 8) -> str:
    """A resolved value in a few words; empty for none. What is nested deeper is left out."""
    if value is None:
        return ""
    if isinstance(value, (Mapping, list, tuple)) and not depth:
        return "…"
    if isinstance(value, Mapping):
        if "name" in value:  # a place
            parts = [value["name"], value.get("country")]
            return ", ".join(value_text(p, depth - 1) for p in parts if p)
        if "unresolved" in value:
            return ""
        if value.get("min") is not None:
            least, most = (value_text(value.get(k), depth - 1) for k in ("min", "max"))
            return f"{least} to {most}" if most else f"{least} or more"
        shown = value.get("timex", value.get("value"))
        if shown is not None and not isinstance(shown, (Mapping, list, tuple)):
            unit = value.get("currency") or ("%" if value.get("kind") == "percent" else "")
            return " ".join(value_text(p, depth - 1) for p in (shown, unit) if p != "")
        return ", ".join(f"{k} {value_text(v, depth - 1)}" for k, v in value.items() if v is not None)
    if isinstance(value, (list, tuple)):
        return ", ".join(value_text(v, depth - 1) for v in value)
    return str(value)


def _percent(score: float) -> str:
    return "" if score == 1.0 else f", {score:.0%}"


def _count(items: tuple[Any, ...], one: str, many: str) -> str:
    return f"{len(items)} {one if len(items) == 1 else many}"


def _safe(text: Any) -> str:
    return escape(str(text)).translate(_UNPRINTABLE)
