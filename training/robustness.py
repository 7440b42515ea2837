"""How many marks of a model survive when the same text is written in another way.

    python -m training.robustness seeds/original.jsonl [--limit 100] [--model FOLDER]

The marks are those that the model finds in the text as it is; what is counted is the share found again, with
the same type and at the mapped span, in the text as changed (``training.spellings``). No gold marks are needed:
JSON Lines with a ``text`` will do. The changes above the line leave the model the same text to read (see
``arabic_ie.text``); those below are spellings that a reader takes for the same word.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from arabic_ie import Document, Extractor, read
from arabic_ie.text import words

from .spellings import CHANGES, Changed, change

Mark = tuple[str, str, int, int]  # layer, type, start, end


@dataclass
class Row:
    """Counts of one change: words changed of all, marks found again of all, by layer.

    ``changed`` are the marks whose own characters changed; the others only had other words around them.
    """

    name: str
    words: tuple[int, int]
    marks: dict[str, tuple[int, int]]
    new: int


def measure(extractor: Extractor, texts: Sequence[str], seed: int = 0) -> Iterator[Row]:
    """A row for each of ``CHANGES``, lazily."""
    clean = [marks(doc) for doc in extractor(texts)]
    for name in CHANGES:
        changed = [change(text, name, seed) for text in texts]
        yield _row(name, texts, clean, changed, [marks(doc) for doc in extractor([c.text for c in changed])])


def marks(doc: Document) -> set[Mark]:
    """Entities and triggers of a document."""
    entities = {("entities", e.type, e.start, e.end) for e in doc.entities}
    return entities | {("triggers", v.type, v.trigger.start, v.trigger.end) for v in doc.events}


def _row(
    name: str,
    texts: Sequence[str],
    clean: Sequence[set[Mark]],
    changed: Sequence[Changed],
    found: Sequence[set[Mark]],
) -> Row:
    counts = {layer: [0, 0] for layer in ("marks", "entities", "triggers", "changed")}
    spelt = [0, 0]
    new = 0
    for text, wanted, other, there in zip(texts, clean, changed, found, strict=True):
        hits = [any(other.touched[a:b]) for a, b in words(text)]
        spelt = [spelt[0] + sum(hits), spelt[1] + len(hits)]
        mapped = set()
        for layer, kind, start, end in wanted:
            mark = (layer, kind, *other.span(start, end))
            mapped.add(mark)
            for key in ("marks", layer, *(["changed"] if any(other.touched[start:end]) else [])):
                counts[key] = [counts[key][0] + (mark in there), counts[key][1] + 1]
        new += len(there - mapped)
    return Row(name, (spelt[0], spelt[1]), {key: (a, b) for key, (a, b) in counts.items()}, new)


def table(rows: Sequence[Row]) -> str:
    """The rows as a Markdown table; shares in percent."""

    def share(pair: tuple[int, int]) -> str:
        return f"{100 * pair[0] / pair[1]:.1f}" if pair[1] else "-"

    lines = [
        "| change | words changed | marks | found again | entities | triggers | changed marks | found again | new marks |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for row in rows:
        of = row.marks
        cells = [row.name, share(row.words), of["marks"][1], *(share(of[k]) for k in ("marks", "entities", "triggers")),
                 of["changed"][1], share(of["changed"]), row.new]  # fmt: skip
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join(lines)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--limit", type=int, default=100, help="documents, from the first on")
    parser.add_argument("--model", help="checkpoint folder; the shipped model by default")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    extractor = Extractor.from_pretrained(args.model, resolve=False)
    texts = [doc.text for doc in read(args.file)[: args.limit]]
    rows = list(measure(extractor, texts, args.seed))
    shown: Any = json.dumps([vars(row) for row in rows], ensure_ascii=False) if args.json else table(rows)
    print(shown)


if __name__ == "__main__":
    main()
