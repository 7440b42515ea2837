"""From mentions to knowledge: values, places, actors, sources, one happening told many times.

    from arabic_ie.resolve import resolve
    document = resolve(document, date="2020-01-07")

Every part is a pure function on documents: spans, types, arguments and realis stay as they are; what is
found is stored beside them, in ``Entity.value``, ``Event.counts``, ``Event.source``,
``Event.certainty``, ``Document.clusters`` and ``Document.incidents``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from ..errors import InputError
from ..types import Document, Entity
from .foreign import iso_day, without_foreign

if TYPE_CHECKING:
    from .gazetteer import Gazetteer, Place

__all__ = ["PARTS", "Gazetteer", "Place", "resolve"]
# In the order they run: a later part uses what the earlier ones found.
PARTS = ("dates", "numbers", "places", "actors", "sources", "incidents")
Date = str | dt.date | None
_UNDATED = "relative dates are not resolved: the date of the document is unknown"
_NO_DATE = "meta['date'] is not used"


def __getattr__(name: str) -> Any:
    if name in ("Gazetteer", "Place"):
        from . import gazetteer

        return getattr(gazetteer, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def resolve(
    doc: Document,
    date: Date = None,
    parts: Collection[str] | bool = True,
    gazetteer: Gazetteer | None = None,
) -> Document:
    """Add values, clusters, sources and incidents to a document.

    Args:
        doc: a document with entities and events, gold or predicted.
        date: the day it was published, as ``datetime.date`` or ISO 8601; by default
            ``doc.meta["date"]``. Without one, relative dates stay unresolved, which the document's
            warnings say.
        parts: some of ``PARTS``; True for all, False for none.
        gazetteer: where places are looked up; by default the shipped one.

    Raises:
        InputError: the date is not one, a part is unknown, or ``gazetteer`` is no ``Gazetteer``.

    Examples:
        >>> from arabic_ie import Document, Entity
        >>> doc = Document("قصفوا المطار أمس", (Entity(13, 16, "DATE", "E1"),))
        >>> resolve(doc, date="2020-01-07").entities[0].value["timex"]
        '2020-01-06'
    """
    chosen = check_parts(parts)
    if gazetteer is not None:
        from .gazetteer import check_gazetteer

        check_gazetteer(gazetteer)
    if not chosen:
        return doc
    # The parts write no foreign value themselves: what is none at the start needs no second look.
    foreign = without_foreign(doc) != doc
    base, warnings = _base(doc, date)
    if date is not None and base is not None:
        doc = replace(doc, meta={**doc.meta, "date": base.isoformat()})
    if "dates" in chosen:
        from .dates import parse_date

        dates = {e.id: _value(partial(parse_date, base=base), doc, e, warnings) for e in _of(doc, "DATE")}
        doc = _with_values(doc, dates)
    if "numbers" in chosen:
        doc = _with_values(doc, _numbers(doc, warnings))
    if "places" in chosen:
        from .gazetteer import Gazetteer
        from .places import TYPES, resolve_places

        if _of(doc, *TYPES):  # the gazetteer takes half a second to read, once
            doc = _with_values(doc, resolve_places(doc, Gazetteer.load() if gazetteer is None else gazetteer))
    if "actors" in chosen:
        from .actors import resolve_actors

        doc = replace(doc, clusters=resolve_actors(without_foreign(doc) if foreign else doc))
    if "sources" in chosen:
        from .sources import resolve_certainty, resolve_sources

        sources, certainty = resolve_sources(doc), resolve_certainty(doc)
        events = (replace(v, source=sources.get(v.id), certainty=certainty.get(v.id)) for v in doc.events)
        doc = replace(doc, events=tuple(events))
    if "numbers" in chosen:
        from .events import count_events

        counts = count_events(without_foreign(doc) if foreign else doc)
        doc = replace(doc, events=tuple(replace(v, counts=counts.get(v.id, ())) for v in doc.events))
    if "incidents" in chosen:
        from .events import resolve_incidents

        doc = replace(doc, incidents=resolve_incidents(without_foreign(doc) if foreign else doc))
    if "dates" in chosen and base is None and any(_needs_date(e) for e in doc.entities):
        warnings.append(_UNDATED)
    # What an earlier run without a date said is no longer so.
    dated = "dates" in chosen and base is not None
    kept = tuple(w for w in doc.warnings if not (dated and w.startswith((_UNDATED, _NO_DATE))))
    told = kept + tuple(w for w in warnings if w not in kept)
    return replace(doc, warnings=told) if told != doc.warnings else doc


def check_parts(parts: Collection[str] | bool) -> tuple[str, ...]:
    """The names of the chosen parts, in the order they run.

    Raises:
        InputError: there is no such part.
    """
    if isinstance(parts, bool):
        return PARTS if parts else ()
    names = [parts] if isinstance(parts, str) else list(parts)
    unknown = sorted(set(map(str, names)) - set(PARTS))
    if unknown:
        raise InputError(f"no part {unknown[0]!r} of resolve; parts: {', '.join(PARTS)}")
    return tuple(part for part in PARTS if part in names)


def read_date(value: Any) -> dt.date:
    """A day from a date, a datetime or an ISO 8601 string, of which the time is left out.

    Raises:
        InputError: it is none of these.
    """
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    try:
        return iso_day(str(value).strip()[:10])
    except ValueError as err:
        raise InputError(f"the date of a document must be like 2020-01-07, not {value!r}") from err


def _base(doc: Document, date: Date) -> tuple[dt.date | None, list[str]]:
    """The date of the document; one in its metadata that cannot be read is a warning, not an error."""
    if date is not None:
        return read_date(date), []
    told = doc.meta.get("date")
    if told is None:
        return None, []
    try:
        return read_date(told), []
    except InputError as err:
        return None, [f"{_NO_DATE}: {err}"]


def _of(doc: Document, *types: str) -> list[Entity]:
    return [e for e in doc.entities if e.type in types]


def _value(
    read: Callable[[str], dict[str, Any] | None], doc: Document, entity: Entity, warnings: list[str]
) -> dict[str, Any] | None:
    """The value of a mention; one that cannot be computed is a warning: it must not stop a whole corpus."""
    try:
        return read(doc.span_text(entity))
    except (ArithmeticError, ValueError) as err:
        warnings.append(f"no value for the {entity.type} at {entity.start}: {err}")
        return None


def _numbers(doc: Document, warnings: list[str]) -> dict[str, Any]:
    from .money import count_value, money_value, number_value

    found: dict[str, Any] = {}
    for entity in doc.entities:
        if entity.type == "NUM":
            found[entity.id] = _value(number_value, doc, entity, warnings)
        elif entity.type == "MONEY":
            found[entity.id] = _value(money_value, doc, entity, warnings)
        elif entity.type in ("PER", "ORG", "GPE", "LOC", "FAC", "VEH", "WEA", "NORP", "MISC"):
            counted = partial(count_value, person=entity.type == "PER")
            value = _value(counted, doc, entity, warnings)
            # "a soldier" is one; "any soldier", a name or a thing in the singular is no count.
            anyone = doc.text[: entity.start].rstrip().endswith((" أي", " اي", "أية"))
            if value and (not value.get("implied") or (entity.type == "PER" and not anyone)):
                found[entity.id] = value
    return found


def _with_values(doc: Document, values: Mapping[str, Any]) -> Document:
    """The document with these values; entities without one keep theirs."""
    entities = (e if values.get(e.id) is None else replace(e, value=values[e.id]) for e in doc.entities)
    return replace(doc, entities=tuple(entities))


def _needs_date(entity: Entity) -> bool:
    value = entity.value
    return isinstance(value, Mapping) and "date of the document" in str(value.get("unresolved", ""))
