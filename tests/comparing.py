"""What of two documents must be the same, whatever computed them."""

from __future__ import annotations

from typing import Any

from arabic_ie import Document


def frames(doc: Document) -> tuple[Any, ...]:
    """Text, spans, types, realis and links: all but the scores, which differ in the last digits."""
    entities = [(e.id, e.type, e.start, e.end) for e in doc.entities]
    events = [
        (v.id, v.type, v.trigger.start, v.trigger.end, v.realis, [(a.role, a.entity) for a in v.arguments])
        for v in doc.events
    ]
    return doc.text, entities, events
