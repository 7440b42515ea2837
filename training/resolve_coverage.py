"""How many gold mentions of annotated files get a value.

    python -m training.resolve_coverage seeds/original.jsonl ../shared/annotation/corpus/test.jsonl [--missing]

Coverage, not accuracy: no corpus of ours has gold coordinates. ``named`` leaves out the places that
have no name (``المنطقة``, ``ثلاث قرى``), which must stay without a value.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from arabic_ie import Document
from arabic_ie.formats import read
from arabic_ie.resolve import resolve
from arabic_ie.resolve.actor_words import COMMON
from arabic_ie.resolve.places import GENERIC
from arabic_ie.resolve.words import bare, fold

BASE = "2020-01-07"  # any day: coverage does not depend on which


def coverage(docs: Iterable[Document]) -> tuple[dict[str, str], Counter[str]]:
    """Shares of mentions with a value by type, and the named places that have none."""
    counts: Counter[tuple[str, bool]] = Counter()
    missing: Counter[str] = Counter()
    for doc in docs:
        done = resolve(doc, date=BASE, parts=("dates", "numbers", "places"))
        for entity in done.entities:
            value = entity.value if isinstance(entity.value, dict) else {}
            text = " ".join(done.span_text(entity).split())
            if entity.type == "DATE":
                counts["DATE", value.get("timex") is not None] += 1
            elif entity.type in ("NUM", "MONEY"):
                counts[entity.type, bool(value)] += 1
            elif entity.type in ("GPE", "LOC"):
                placed = value.get("kind") == "place"
                counts[entity.type, placed] += 1
                if _is_named(text):
                    counts[f"{entity.type} named", placed] += 1
                    missing[text] += not placed
    names = sorted({name for name, _ in counts})
    shares = {}
    for name in names:
        yes, n = counts[name, True], counts[name, True] + counts[name, False]
        shares[name] = f"{yes}/{n} = {yes / n:.1%}"
    return shares, +missing


def _is_named(text: str) -> bool:
    """Whether a mention names a place: its first word is no common noun of places, or a name follows."""
    words = fold(text).split()
    common = [any(f in GENERIC or f in COMMON for f in bare(word)) for word in words]
    return not all(common) and not (common[0] and len(words) == 1) and not text[0].isdigit()


def main() -> None:
    """Print the shares of each file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--missing", action="store_true", help="list the named places without a value")
    args = parser.parse_args()
    for path in args.files:
        shares, missing = coverage(read(path))
        print(path, json.dumps(shares, ensure_ascii=False, indent=1))
        if args.missing:
            print("; ".join(f"{name} {n}" for name, n in missing.most_common()))


if __name__ == "__main__":
    main()
