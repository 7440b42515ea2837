"""Arabic text: normalisation that remembers where each character came from, words, sentences.

The model reads normalised text (no diacritics, tatweel, presentation forms, bidi marks or letters of
Persian keyboards); users see spans of the text they passed in. ``normalise`` keeps for every character
the source span it stands for, with the combining marks that belong to it, so that a mapped span never
ends inside a letter.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_left
from dataclasses import dataclass
from functools import lru_cache

import regex

# Marks that Arabic script stacks on a letter, also as presentation forms, and the joiner tatweel.
_MARKS = (
    r"\u0610-\u061A\u064B-\u065F\u0670\u06D6-\u06DC\u06DF-\u06E8\u06EA-\u06ED\u0640"
    r"\u0898-\u089F\u08CA-\u08E1\u08E3-\u08FF\uFC5E-\uFC63\uFCF2-\uFCF4\uFE70-\uFE7F"
)
# Invisible characters: bidi controls, joiners, BOM, soft hyphen.
_HIDDEN = r"\u00AD\u061C\u180E\u200B-\u200F\u202A-\u202E\u2060-\u206F\uFEFF\uFFF9-\uFFFB"
_DROP = regex.compile(f"[{_MARKS}]")
_INVISIBLE = regex.compile(f"[{_HIDDEN}]")
_CARRIES_NONE = regex.compile(r"[\s\p{GCB=Control}\p{GCB=CR}\p{GCB=LF}]")
_PRESENTATION = regex.compile(r"[\uFB50-\uFDFF\uFE80-\uFEFE]")
_COMPOSING = "\u0653\u0654\u0655"  # madda and hamza: with its letter they are another letter
# Letters of other keyboards and ornamental ones, in Arabic words for the Arabic letter.
_KEYBOARDS = {"ک": "ك", "ڪ": "ك", "ی": "ي", "ھ": "ه"}
_LETTER_VARIANTS = {"أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ة": "ه"}

# What stays with the character before it: marks, joiners, emoji modifiers, tags (UAX #29, GB9).
_EXTENDS = r"\p{M}\p{GCB=Extend}\u200D"
# Letters and digits with all that stands inside, after a number sign that encloses them; a space,
# which takes no mark; or a grapheme cluster, with what follows if a letter ends it (Thai am). Flags
# are told apart first: \X counts all regional indicators before each one.
_RUN = rf"[\p{{L}}\p{{N}}_{_EXTENDS}{_HIDDEN}]*+"
_WORD = regex.compile(
    rf"[\u0600-\u0605\u06DD\u070F\u0890\u0891\u08E2]?[\p{{L}}\p{{N}}_]{_RUN}"
    rf"|[\U0001F1E6-\U0001F1FF]{{2}}[{_EXTENDS}]*+|\s|\X(?:(?<=[\p{{L}}\p{{N}}_][{_EXTENDS}]*+){_RUN})?"
)
_NO_WORD = regex.compile(r"[\p{M}\p{Cf}\p{Cc}\s" + _MARKS + r"]*+")
_SENTENCE_END = regex.compile(
    r"(?<![.!؟?…])([.!؟?…]++)[\"”»’)\]]*+[" + _HIDDEN + r"]*+(?=\s|$)|[\r\n\u2028\u2029]+"
)
# Abbreviations and clauses are seen in vocalised and stretched words too.
_STACKED = rf"[{_MARKS}{_HIDDEN}]*+"
_ABBREVIATION = regex.compile(rf"(?<![^\s(])[{_HIDDEN}]*+(?:\p{{L}}{_STACKED}|[Dd]r|Mr|St)$")
_AND = rf"[وﻭﻮ](?![{_COMPOSING}])(?:{_STACKED}\p{{Arabic}}){{2}}"
_CLAUSE = regex.compile(rf"؛[{_EXTENDS}]*+|(?<=\s),(?=\s)|[،,](?=[\s{_HIDDEN}]*+{_AND})")
LONGEST_ABBREVIATION = 20  # characters, with all marks
SOFT_WORDS = 60


@dataclass(frozen=True, slots=True)
class NormalisedText:
    """Text as the model reads it, with the map back to its source.

    Attributes:
        source: the text as it was passed in.
        text: the normalised text.
        starts: for each character of ``text``, where it begins in ``source``.
        ends: where it ends in ``source``, marks and joiners that belong to it included.
    """

    source: str
    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def to_source(self, start: int, end: int) -> tuple[int, int]:
        """Map a span of ``text`` to the span of ``source`` it stands for."""
        return self.starts[start], self.ends[end - 1]

    def from_source(self, start: int, end: int) -> tuple[int, int]:
        """The smallest span of ``text`` that covers the source span; empty if nothing is left of it."""
        first = bisect_left(self.ends, start + 1)
        return first, max(first, bisect_left(self.starts, end))


def normalise(text: str, unify_letters: bool = False) -> NormalisedText:
    """Normalise text for the model and keep the map back.

    Args:
        text: any string; lone surrogates and NUL are replaced by U+FFFD, never an error.
        unify_letters: also fold alef variants, alef maksura and ta marbuta. A checkpoint declares
            whether it was trained so.
    """
    out: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for i, char in enumerate(text):
        form = _form(char)
        if form:
            if unify_letters:
                form = "".join(_LETTER_VARIANTS.get(c, c) for c in form)
            out.extend(form)
            starts.extend([i] * len(form))
            ends.extend([i + 1] * len(form))
        elif out and not _INVISIBLE.match(char) and _carries(text[starts[-1]], char, ends[-1] == i):
            ends[-1] = i + 1
            if char in _COMPOSING:
                letter = unicodedata.normalize("NFC", out[-1] + char)
                if len(letter) == 1:
                    out[-1] = _LETTER_VARIANTS.get(letter, letter) if unify_letters else letter
    # Characters made from one source character share its whole span.
    for k in range(len(out) - 2, -1, -1):
        if starts[k] == starts[k + 1]:
            ends[k] = ends[k + 1]
    return NormalisedText(text, "".join(out), tuple(starts), tuple(ends))


@lru_cache(maxsize=4096)
def _form(char: str) -> str:
    """What one source character becomes; empty if nothing is left of it."""
    if _DROP.match(char) or _INVISIBLE.match(char):
        return ""
    if "\ud800" <= char <= "\udfff" or char == "\0":
        return "\ufffd"
    if _PRESENTATION.match(char):
        letters = _DROP.sub("", unicodedata.normalize("NFKC", char)).strip()
        return "".join(_KEYBOARDS.get(letter, letter) for letter in letters)
    if "\u0660" <= char <= "\u0669" or "\u06f0" <= char <= "\u06f9":
        return str(unicodedata.digit(char))
    return " " if char.isspace() else _KEYBOARDS.get(char, char)


def _carries(last: str, mark: str, adjacent: bool) -> bool:
    """Whether a dropped mark belongs to the last source character kept.

    A letter or digit carries it even across invisible characters; a symbol carries only a
    combining mark that follows at once, also one that is read as letters (U+FDFC); a space or a
    control character carries none.
    """
    if last.isalnum() or last == "_":
        return True
    return adjacent and not _CARRIES_NONE.match(last) and unicodedata.category(mark)[0] == "M"


def words(text: str) -> list[tuple[int, int]]:
    """Word spans of a source text: what an entity or trigger may begin and end with.

    A word is a run of letters, digits and their marks; a punctuation mark or symbol is a word of
    its own, whole grapheme clusters each. Marks and tatweel that stand alone, and invisible
    characters at the edge of a word, belong to no word.
    """
    found = []
    for match in _WORD.finditer(text):
        start, end = match.span()
        if _NO_WORD.fullmatch(text, start, end):
            continue
        while _INVISIBLE.match(text[end - 1]):
            end -= 1
        found.append((start, end))
    return found


def sentences(text: str, soft_words: int = SOFT_WORDS) -> list[tuple[int, int]]:
    """Sentence spans: in order, without overlap, together covering every non-space character.

    A sentence ends at ``. ! ? ؟ …`` before a space (not after a single letter or a known
    abbreviation) and at a line break. One of more than ``soft_words`` words is parted further at
    clause marks (``؛``, a comma that stands between spaces, a comma before و): much Arabic news
    uses those as full stops.
    """
    spans = []
    begin = 0
    for match in _SENTENCE_END.finditer(text):
        dot = match.start()
        if match[1] == "." and _ABBREVIATION.search(text, max(0, dot - LONGEST_ABBREVIATION), dot):
            continue
        spans.append((begin, match.end()))
        begin = match.end()
    spans.append((begin, len(text)))
    parted = [piece for start, end in spans for piece in _part(text, start, end, soft_words)]
    trimmed = (_trim(text, start, end) for start, end in parted)
    return [(start, end) for start, end in trimmed if start < end]


def _part(text: str, start: int, end: int, soft_words: int) -> list[tuple[int, int]]:
    """Part an overlong sentence at clause marks, into pieces of at least five words."""
    tokens = [match.start() for match in regex.finditer(r"\S+", text, pos=start, endpos=end)]
    if len(tokens) <= soft_words:
        return [(start, end)]

    def count(a: int, b: int) -> int:
        """Words in text[a:b]; the rest of one that begins before ``a`` counts too."""
        inside = a > start and a < b and not text[a - 1].isspace() and not text[a].isspace()
        return bisect_left(tokens, b) - bisect_left(tokens, a) + inside

    pieces, begin = [], start
    for match in _CLAUSE.finditer(text, start, end):
        if count(begin, match.start()) >= 5 and count(match.end(), end) >= 5:
            pieces.append((begin, match.end()))
            begin = match.end()
    return [*pieces, (begin, end)]


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
