"""How many marks of a model survive when the same text is written in another way.

    python -m training.robustness seeds/original.jsonl [--limit 100] [--model FOLDER]

The marks are those that the model finds in the text as it is; what is counted is the share found again, with
the same type and at the mapped span, in the text as changed. No gold marks are needed: JSON Lines with a
``text`` will do. The changes above the line leave the model the same text to read (see ``arabic_ie.text``);
those below are spellings that a reader takes for the same word.
"""

from __future__ import annotations

import argparse
import json
import random
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from arabic_ie import Document, Extractor, read
from arabic_ie.text import words

Pieces = list[
    tuple[str, str, str]
]  # for each character: what comes before it, what becomes of it, what follows
Mark = tuple[str, str, int, int]  # layer, type, start, end

VOWELS = ("\u064e", "\u064f", "\u0650", "\u0652", "\u0651\u064e", "\u064e\u0651", "\u064b", "\u0670")
# Letters that join to the letter after them, where tatweel may stand.
JOINING = set("بتثجحخسشصضطظعغفقكلمنهيئ")
PUNCTUATION = set("،؛:؟!.")


@dataclass(frozen=True)
class Changed:
    """A text written in another way.

    Attributes:
        text: the changed text.
        starts: where each character of the source begins in it.
        ends: where it ends.
        touched: source characters that are not what they were.
    """

    text: str
    starts: list[int]
    ends: list[int]
    touched: list[bool]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """What became of a span of the source."""
        return self.starts[start], self.ends[end - 1]


def change(text: str, name: str, seed: int = 0) -> Changed:
    """Write a text in the way of ``CHANGES[name]``; the same seed gives the same text."""
    pieces = CHANGES[name](text, random.Random(f"{seed}{name}{text}"))
    out, starts, ends, at = [], [], [], 0
    for before, core, after in pieces:
        starts.append(at + len(before))
        ends.append(at + len(before) + len(core))
        out.append(before + core + after)
        at += len(out[-1])
    touched = [(b, c, a) != ("", char, "") for (b, c, a), char in zip(pieces, text, strict=True)]
    return Changed("".join(out), starts, ends, touched)


# --- the same text to the model --------------------------------------------------------------------


def diacritics(text: str, rng: random.Random) -> Pieces:
    """A vowel sign after every Arabic letter."""
    return [("", c + rng.choice(VOWELS) if _is_arabic(c) else c, "") for c in text]


def tatweel(text: str, rng: random.Random) -> Pieces:
    """Every word stretched after one of its letters that join, if it has any."""
    chosen: set[int] = set()
    for start, end in words(text):
        places = [k for k in range(start, end - 1) if text[k] in JOINING and _is_arabic(text[k + 1])]
        chosen.update(places and [rng.choice(places)])
    return [("", c + "\u0640" * rng.randint(1, 4) if k in chosen else c, "") for k, c in enumerate(text)]


def bidi_marks(text: str, rng: random.Random) -> Pieces:
    """Every word between invisible direction marks, and one inside it."""
    pieces = [["", c, ""] for c in text]
    for start, end in words(text):
        pieces[start][0] = rng.choice("\u200f\u061c\u202b")
        pieces[end - 1][2] = rng.choice("\u200f\u202c")
        if end - start > 1:
            pieces[rng.randrange(start, end - 1)][1] += rng.choice("\u200f\u200d")
    return [(b, c, a) for b, c, a in pieces]


def presentation_forms(text: str, rng: random.Random) -> Pieces:
    """Every letter as the code point of one of its shapes."""
    return [("", rng.choice(_shapes().get(c, (c,))), "") for c in text]


def decomposed(text: str, rng: random.Random) -> Pieces:
    """Letters with a hamza or madda as two code points (NFD)."""
    return [("", unicodedata.normalize("NFD", c), "") for c in text]


def arabic_digits(text: str, rng: random.Random) -> Pieces:
    """Digits 0-9 as Arabic-Indic ones."""
    return _letters(text, dict(zip("0123456789", "٠١٢٣٤٥٦٧٨٩", strict=True)))


def persian_letters(text: str, rng: random.Random) -> Pieces:
    """Kaf and ya of a Persian keyboard."""
    return _letters(text, {"ك": "ک", "ي": "ی"})


# --- spelling variants -----------------------------------------------------------------------------


def no_hamza(text: str, rng: random.Random) -> Pieces:
    """Alef without its hamza or madda."""
    return _letters(text, {"أ": "ا", "إ": "ا", "آ": "ا"})


def ya_as_maqsura(text: str, rng: random.Random) -> Pieces:
    """Ya at the end of a word without its dots, as written in Egypt."""
    return _at_ends(text, {"ي": "ى"})


def maqsura_as_ya(text: str, rng: random.Random) -> Pieces:
    """Alef maqsura with the dots of ya."""
    return _at_ends(text, {"ى": "ي"})


def ta_marbuta_as_ha(text: str, rng: random.Random) -> Pieces:
    """Ta marbuta without its dots."""
    return _at_ends(text, {"ة": "ه"})


def loose_punctuation(text: str, rng: random.Random) -> Pieces:
    """A space before a mark where there is none, and none where there is one."""
    pieces: Pieces = []
    for k, c in enumerate(text):
        before, after = text[k - 1 : k], text[k + 1 : k + 2]
        if c == " " and after in PUNCTUATION and after:
            pieces.append(("", "", ""))
        elif c in PUNCTUATION and before.isalpha() and not after.isalnum():
            pieces.append((" ", c, ""))
        else:
            pieces.append(("", c, ""))
    return pieces


SAME: dict[str, Callable[[str, random.Random], Pieces]] = {
    "diacritics": diacritics,
    "tatweel": tatweel,
    "bidi marks": bidi_marks,
    "presentation forms": presentation_forms,
    "decomposed (NFD)": decomposed,
    "Arabic-Indic digits": arabic_digits,
    "Persian kaf and yeh": persian_letters,
}
SPELLINGS: dict[str, Callable[[str, random.Random], Pieces]] = {
    "hamza dropped": no_hamza,
    "ya as alef maqsura": ya_as_maqsura,
    "alef maqsura as ya": maqsura_as_ya,
    "ta marbuta as ha": ta_marbuta_as_ha,
    "loose punctuation": loose_punctuation,
}
CHANGES = {**SAME, **SPELLINGS}


def _is_arabic(char: str) -> bool:
    return "\u0620" <= char <= "\u064a" and char != "\u0640"


def _letters(text: str, other: dict[str, str]) -> Pieces:
    return [("", other.get(c, c), "") for c in text]


def _at_ends(text: str, other: dict[str, str]) -> Pieces:
    ends = {end - 1 for _, end in words(text)}
    return [("", other.get(c, c) if k in ends else c, "") for k, c in enumerate(text)]


@cache
def _shapes() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for char in map(chr, range(0xFE80, 0xFEF5)):
        letter = unicodedata.normalize("NFKC", char)
        found[letter] = (*found.get(letter, ()), char)
    return found


# --- measuring -------------------------------------------------------------------------------------


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
