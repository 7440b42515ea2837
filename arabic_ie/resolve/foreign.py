"""Values of a document that was read from a file and that no part of ``resolve`` wrote."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from ..types import Document


def without_foreign(doc: Document) -> Document:
    """The document as the parts can read it: values, counts, sources and certainties of our forms only."""
    ids = {e.id for e in doc.entities}
    entities = (replace(e, value=None) if _is_foreign(e.value) else e for e in doc.entities)
    events = (
        replace(
            v,
            counts=tuple(count for count in v.counts if _is_flat(count)),
            source=v.source if _is_source(v.source, ids) else None,
            certainty=v.certainty if _is_certainty(v.certainty) else None,
        )
        for v in doc.events
    )
    return replace(doc, entities=tuple(entities), events=tuple(events))


def _is_foreign(value: Any) -> bool:
    """Whether a value looks like one of ours, and is not: what is no mapping is passed over by all parts."""
    if not isinstance(value, Mapping):
        return False
    if value.get("kind") == "date":
        whole = all(value.get(key) is None or _is_day(value[key]) for key in ("start", "end"))
    elif value.get("kind") == "place":
        numbers = [value.get("lat"), value.get("lon")]
        whole = {"name", "country", "feature"} <= set(value) and all(type(x) in (int, float) for x in numbers)
    else:
        whole = True
    return not (whole and _is_flat(value))


def iso_day(text: str) -> date:
    """A day as ``2020-01-07`` or ``20200107``, which ``fromisoformat`` of Python 3.10 does not read.

    Raises:
        ValueError: it is none.
    """
    compact = len(text) == 8 and text.isascii() and text.isdigit()
    return date.fromisoformat(f"{text[:4]}-{text[4:6]}-{text[6:]}" if compact else text)


def _is_day(value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(iso_day(value))
    except ValueError:
        return False


def _is_flat(form: Mapping[str, Any]) -> bool:
    return all(value is None or isinstance(value, (str, int, float)) for value in form.values())


def _is_source(form: Mapping[str, Any] | None, ids: Collection[str]) -> bool:
    told = (form or {}).get("entities", ())
    named = isinstance(told, (list, tuple)) and all(isinstance(id, str) and id in ids for id in told)
    return named and isinstance((form or {}).get("statement", ""), str)


def _is_certainty(form: Mapping[str, Any] | None) -> bool:
    return form is None or (isinstance(form.get("level"), str) and isinstance(form.get("cues"), list))
