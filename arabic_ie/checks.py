"""What is worth knowing of annotated data before training on it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .errors import SchemaError
from .schema import Schema
from .text import words
from .types import Document

LONG = 200  # words
FATAL = ("unknown", "not whole words", "overlap")  # what training refuses or cannot label


@dataclass(frozen=True)
class Report:
    """Counts of each layer's labels, and issues as (kind, document id, message)."""

    documents: int
    counts: Mapping[str, Counter[str]]
    issues: tuple[tuple[str, str, str], ...]

    @property
    def usable(self) -> bool:
        """Whether training can use every label."""
        return not any(kind in FATAL for kind, _, _ in self.issues)

    def __str__(self) -> str:
        lines = [f"{self.documents} documents"]
        for layer, counter in self.counts.items():
            lines.append(f"{layer}: " + ", ".join(f"{k} {n}" for k, n in counter.most_common()))
        lines += [f"{kind}: {doc}: {message}" for kind, doc, message in self.issues]
        return "\n".join([*lines, f"{len(self.issues)} issues"])


def check_data(docs: Sequence[Document], schema: Schema) -> Report:
    """Count labels and look for what is suspicious: names the schema lacks, spans that are not
    whole words, overlaps, fillers a role does not take, repeated texts, very long texts."""
    counts: dict[str, Counter[str]] = {k: Counter() for k in ("entities", "events", "roles", "realis")}
    issues: list[tuple[str, str, str]] = []
    seen: dict[str, str] = {}
    for doc in docs:
        counts["entities"].update(e.type for e in doc.entities)
        counts["events"].update(e.type for e in doc.events)
        counts["realis"].update(e.realis for e in doc.events)
        counts["roles"].update(a.role for e in doc.events for a in e.arguments)
        try:
            schema.check(doc)
        except SchemaError as err:
            issues.append(("unknown", doc.id, str(err)))
        else:
            try:
                schema.check(doc, strict_fillers=True)
            except SchemaError as err:
                issues.append(("filler", doc.id, str(err)))
        issues.extend((kind, doc.id, message) for kind, message in _spans(doc))
        if doc.text in seen:
            issues.append(("duplicate", doc.id, f"same text as {seen[doc.text]}"))
        seen.setdefault(doc.text, doc.id)
        if len(doc.text.split()) > LONG:
            issues.append(("long", doc.id, f"{len(doc.text.split())} words"))
    return Report(len(docs), counts, tuple(issues))


def _spans(doc: Document) -> list[tuple[str, str]]:
    found = []
    spans = words(doc.text)
    begins, ends = {a for a, _ in spans}, {b for _, b in spans}
    layers = {"entity": [(e.start, e.end, e.id) for e in doc.entities]}
    layers["trigger"] = [(e.trigger.start, e.trigger.end, e.id) for e in doc.events]
    for name, layer in layers.items():
        last = (0, 0, "")
        for start, end, id in sorted(layer):
            if start not in begins or end not in ends:
                found.append(("not whole words", f"{name} {id} [{start}, {end}) {doc.text[start:end]!r}"))
            if start < last[1]:
                found.append(("overlap", f"{name} {id} [{start}, {end}) and {last[2]}"))
            last = max(last, (start, end, id), key=lambda s: s[1])
    return found
