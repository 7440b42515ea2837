"""The same text written in other ways, with every span mapped: for measuring and for training.

With ``data.vary_spelling`` a share of the training documents is written in one of ``SPELLINGS``: what writers
leave out or mix up (hamza, the dots of ya and ta marbuta, the spaces at punctuation) is no news to the model then.
"""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

from arabic_ie import Document
from arabic_ie.text import words

from .rewriting import rewritten

Pieces = list[
    tuple[str, str, str]
]  # for each character: what comes before it, what becomes of it, what follows

VOWELS = ("\u064e", "\u064f", "\u0650", "\u0652", "\u0651\u064e", "\u064e\u0651", "\u064b", "\u0670")
# Letters that join to the letter after them, where tatweel may stand.
JOINING = set("بتثجحخسشصضطظعغفقكلمنهيئ")
PUNCTUATION = set("،؛:؟!.")
GLUED = (0.05, 0.5)  # share of the spaces left out of a text with words glued: least and greatest


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
    return _written(text, CHANGES[name](text, random.Random(f"{seed}{name}{text}")))


def _written(text: str, pieces: Pieces) -> Changed:
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


# --- in training -----------------------------------------------------------------------------------


def vary_spelling(docs: Sequence[Document], share: float, seed: int) -> list[Document]:
    """Documents of which a share is written in another way throughout: one of ``SPELLINGS``, or words glued.

    Args:
        docs: gold documents; those with marks in parts stay as they are.
        share: of the documents, 0 to 1.
        seed: of what is drawn; the same for the same document, wherever it stands.
    """

    def varied(doc: Document) -> Document:
        draw = random.Random(f"{seed} spelling {doc.id} {doc.text}")
        if draw.random() >= share or any(e.fragments for e in doc.entities):
            return doc
        name = draw.choice([*SPELLINGS, "glued"])
        if name == "glued":
            return glued(doc, draw.uniform(*GLUED), draw)
        other = change(doc.text, name, seed)
        return rewritten(doc, other.text, other.span)

    return [varied(doc) for doc in docs]


def glued(doc: Document, share: float, rng: random.Random) -> Document:
    """A document with spaces between words left out, as in text taken from typeset pages.

    A mark grows over the whole of a word that it is glued into. Two entities, or two triggers, are not glued
    together, for one word cannot be both.

    Args:
        doc: without marks in parts.
        share: of the spaces, 0 to 1.
        rng: draws the spaces.
    """
    marks = [("entity", e.start, e.end) for e in doc.entities]
    marks += [("trigger", v.trigger.start, v.trigger.end) for v in doc.events]
    gaps: set[int] = set()
    last, held = 0, set[tuple[str, int, int]]()  # end of the word before; marks of the run it is glued into
    for start, end in words(doc.text):
        own = {mark for mark in marks if mark[1] < end and start < mark[2]}
        joint = held | own
        one_of_each = len({layer for layer, _, _ in joint}) == len(joint)
        if doc.text[last:start] == " " and last and one_of_each and rng.random() < share:
            gaps.add(last)
            held = joint
        else:
            held = own
        last = end
    other = _written(doc.text, [("", "" if k in gaps else c, "") for k, c in enumerate(doc.text)])
    found = words(other.text)

    def place(start: int, end: int) -> tuple[int, int]:
        start, end = other.span(start, end)
        touched = [w for w in found if w[0] < end and start < w[1]]
        return min([start, *(a for a, _ in touched)]), max([end, *(b for _, b in touched)])

    return rewritten(doc, other.text, place)
