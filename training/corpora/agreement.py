"""How the mapped labels of a corpus agree with our own annotation of the same sentences."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from arabic_ie import Document

from .mapping import CERTAIN, TABLES, translate
from .overlap import letters


@dataclass
class Row:
    """One foreign type: what our annotation says where the corpus marks it."""

    target: str
    exact: Counter[str] = field(default_factory=Counter)  # our type of the very same words
    touching: Counter[str] = field(default_factory=Counter)  # our type of other words that touch it
    nothing: int = 0

    @property
    def total(self) -> int:
        return sum(self.exact.values()) + sum(self.touching.values()) + self.nothing

    def share(self, edges: bool = True) -> float:
        """Percent of the mentions whose type, and edges if asked, agree with ours."""
        right = sum(n for kind, n in self.exact.items() if kind in self.target.split("|"))
        if not edges:
            right += sum(n for kind, n in self.touching.items() if kind in self.target.split("|"))
        return 100.0 * right / self.total if self.total else 0.0

    def to_dict(self) -> dict[str, Any]:
        return {
            "target": self.target, "mentions": self.total, "type_and_edges": self.share(),
            "type": self.share(False), "exact": dict(self.exact.most_common()),
            "touching": dict(self.touching.most_common()), "nothing": self.nothing,
        }  # fmt: skip


def compare(
    corpus: str, docs: Sequence[Document], gold: Sequence[Document]
) -> tuple[int, dict[str, Row], dict[str, tuple[int, int]]]:
    """Compare a corpus (its own labels) with gold documents of the same text.

    Returns:
        Sentences compared; foreign type -> row; our type -> (mentions, those the corpus marks at
        least in part). A sentence whose unmarked words may be of a type by ``annotates``, where
        another type is certain in it, does not count for that type.
    """
    ours = {letters(doc.text): doc for doc in gold}
    rows: dict[str, Row] = {}
    covered: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    sentences = 0
    for doc in docs:
        right = ours.get(letters(doc.text))
        if right is None or right.text != doc.text:
            continue
        sentences += 1
        mapped = translate(doc, corpus)
        for entity in doc.entities:
            source, _, kind = entity.type.partition(":")
            row = rows.setdefault(kind, Row(TABLES[source].get(kind, "")))
            moved = next((m for m in mapped.entities if m.start < entity.end and m.end > entity.start), None)
            if row.target and moved is None:
                continue  # dropped for its edges
            span = moved or entity
            touching = [g for g in right.entities if g.start < span.end and g.end > span.start]
            same = [g for g in touching if (g.start, g.end) == (span.start, span.end)]
            if same:
                row.exact[same[0].type] += 1
            elif touching:
                row.touching[touching[0].type] += 1
            else:
                row.nothing += 1
        certain = set(mapped.meta["annotates"]["entities"])
        for mention in right.entities:
            if mention.type in CERTAIN[corpus] and mention.type not in certain:
                continue
            count = covered[mention.type]
            count[0] += 1
            count[1] += any(m.start < mention.end and m.end > mention.start for m in mapped.entities)
    return sentences, rows, {kind: (a, b) for kind, (a, b) in sorted(covered.items())}


def table(rows: Mapping[str, Row]) -> str:
    """The rows as a Markdown table, most frequent first."""
    lines = [
        "| foreign type | ours | mentions | type and edges % | type % | exact | other edges | unmarked |"
    ]
    lines.append("|---|---|--:|--:|--:|---|---|--:|")
    for kind, row in sorted(rows.items(), key=lambda item: -item[1].total):
        exact, touching = (
            ", ".join(f"{k} {n}" for k, n in c.most_common()) for c in (row.exact, row.touching)
        )
        shares = f"{row.share():.0f} | {row.share(False):.0f}" if row.target else "- | -"
        target = row.target.replace("|", " or ") or "(dropped)"
        lines.append(f"| {kind} | {target} | {row.total} | {shares} | {exact} | {touching} | {row.nothing} |")
    return "\n".join(lines)
