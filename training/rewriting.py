"""A document whose text is written otherwise: every mark moves along."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from arabic_ie import Document, Entity, Trigger

_Span = TypeVar("_Span", Entity, Trigger)


def rewritten(doc: Document, text: str, place: Callable[[int, int], tuple[int, int]]) -> Document:
    """The document with another text.

    Args:
        doc: without marks in parts.
        text: the new text.
        place: start and end of a span of the old text -> those in the new one.

    Returns:
        Entities and events at their new places; clusters and incidents, which say what the old text meant,
        are left out.
    """

    def moved(span: _Span) -> _Span:
        start, end = place(span.start, span.end)
        return replace(span, start=start, end=end)

    return replace(
        doc,
        text=text,
        entities=tuple(moved(e) for e in doc.entities),
        events=tuple(replace(v, trigger=moved(v.trigger)) for v in doc.events),
        clusters=(),
        incidents=(),
    )
