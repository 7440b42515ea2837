"""Documents as pandas tables, one row a mention."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from .errors import InputError, MissingExtraError
from .resolve.rows import COLUMNS as INCIDENTS
from .resolve.rows import incident_rows
from .types import Document

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = {
    "entities": ["doc_id", "id", "type", "text", "start", "end", "score"],
    "events": ["doc_id", "id", "type", "trigger", "start", "end", "realis", "score", "arguments"],
    "arguments": ["doc_id", "event_id", "event_type", "trigger", "role", "entity_id", "entity_type",
                  "text", "start", "end", "score"],
    "incidents": INCIDENTS,
}  # fmt: skip


def to_dataframe(docs: Iterable[Document], layer: str = "events") -> pd.DataFrame:
    """A table of one layer of several documents.

    Raises:
        InputError: there is no such layer.
        MissingExtraError: pandas is not installed.
    """
    if layer not in COLUMNS:
        raise InputError(f"no layer {layer!r}; layers: {', '.join(COLUMNS)}")
    try:
        import pandas as pd
    except ImportError as err:
        raise MissingExtraError("pandas", "table") from err
    found = [row for doc in docs for row in rows(doc, layer)]
    return pd.DataFrame(found, columns=COLUMNS[layer])


def rows(doc: Document, layer: str) -> list[list[Any]]:
    """One row for each mention of a layer, under ``COLUMNS``."""
    if layer == "incidents":
        return incident_rows(doc)
    text, by_id = doc.span_text, {e.id: e for e in doc.entities}
    if layer == "entities":
        return [[doc.id, e.id, e.type, text(e), e.start, e.end, e.score] for e in doc.entities]
    if layer == "events":
        found: list[list[Any]] = []
        for v in doc.events:
            filled = "; ".join(f"{a.role}={text(by_id[a.entity])}" for a in v.arguments)
            t = v.trigger
            found.append([doc.id, v.id, v.type, text(t), t.start, t.end, v.realis, v.score, filled])
        return found
    return [
        [doc.id, v.id, v.type, text(v.trigger), a.role, e.id, e.type, text(e), e.start, e.end, a.score]
        for v in doc.events
        for a in v.arguments
        for e in [by_id[a.entity]]
    ]
