"""Arabic text: normalisation that remembers where each character came from, words, sentences.

The model reads normalised text (no diacritics, tatweel, presentation forms or bidi marks); users
see spans of the text they passed in. ``normalise`` keeps for every character the source span it
stands for, with the combining marks that belong to it, so that a mapped span never ends inside a
letter.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_left
from dataclasses import dataclass

import regex

# Combining marks that Arabic script stacks on a letter, and the joiner tatweel.
_DROP = regex.compile(r"[\u0610-\u061A\u064B-\u065F\u0670\u06D6-\u06DC\u06DF-\u06E8\u06EA-\u06ED\u0640]")
# Invisible characters: bidi controls, joiners, BOM, soft hyphen.
_INVISIBLE = regex.compile(r"[\u200B-\u200F\u202A-\u202E\u2060-\u2069\u061C\uFEFF\u00AD]")
_PRESENTATION = regex.compile(r"[\uFB50-\uFDFF\uFE70-\uFEFF]")
_LETTER_VARIANTS = {"أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ة": "ه"}

_SENTENCE_END = regex.compile(r"(?:[.!؟?…]+[\"”»’)\]]*(?=\s|$)|[\r\n\u2028\u2029]+)")
_ABBREVIATION = regex.compile(r"(?:^|[\s(])(?:\p{L}|[Dd]r|Mr|St|أ|د|م|ص|هـ|ق|ج)$")
_CLAUSE = regex.compile(r"؛|(?<=\s),(?=\s)|[،,](?=\s*و\p{Arabic}{2})")
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
        code = ord(char)
        if 0x20 < code < 0x7F or 0x0621 <= code <= 0x063A or 0x0641 <= code <= 0x064A:
            form = char  # the common case, nothing to look up
        elif _DROP.match(char) or unicodedata.category(char) == "Mn":
            form = char if not _DROP.match(char) else ""
        elif _INVISIBLE.match(char):
            form = ""
        elif 0xD800 <= code <= 0xDFFF or code == 0:
            form = "\ufffd"
        elif _PRESENTATION.match(char):
            form = _DROP.sub("", unicodedata.normalize("NFKC", char)).strip() or "\ufffd"
        elif "\u0660" <= char <= "\u0669" or "\u06f0" <= char <= "\u06f9":
            form = str(unicodedata.digit(char))
        elif char.isspace():
            form = " "
        else:
            form = char
        if not form:
            # A mark belongs to the letter before it; an invisible character to nothing.
            if ends and ends[-1] == i and not _INVISIBLE.match(char) and out[-1] != " ":
                ends[-1] = i + 1
            continue
        if unify_letters:
            form = "".join(_LETTER_VARIANTS.get(c, c) for c in form)
        out.extend(form)
        starts.extend([i] * len(form))
        ends.extend([i + 1] * len(form))
    # Characters made from one source character share its whole span.
    for k in range(len(out) - 2, -1, -1):
        if starts[k] == starts[k + 1]:
            ends[k] = ends[k + 1]
    return NormalisedText(text, "".join(out), tuple(starts), tuple(ends))


def words(text: str) -> list[tuple[int, int]]:
    """Word spans of a source text: what an entity or trigger may begin and end with.

    A word is a run of letters, digits and their marks; a punctuation mark or symbol is a word of
    its own, whole grapheme clusters each. Marks and tatweel that stand alone, and invisible
    characters at the edge of a word, belong to no word.
    """
    found = []
    for match in regex.finditer(r"[\p{L}\p{N}_][\p{L}\p{N}\p{M}_\u0640\u200B-\u200F\u061C\u2060]*|\X", text):
        start, end = match.span()
        while end > start and (_INVISIBLE.match(text[end - 1]) or text[end - 1].isspace()):
            end -= 1
        body = text[start:end]
        if not body or all(_DROP.match(c) or _INVISIBLE.match(c) or c.isspace() for c in body):
            continue
        if unicodedata.category(body[0]) in ("Mn", "Mc", "Me", "Cf", "Cc") and len(body) == 1:
            continue
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
        if match[0] == "." and _ABBREVIATION.search(text[max(0, match.start() - 4) : match.start()]):
            continue
        spans.append((begin, match.end()))
        begin = match.end()
    spans.append((begin, len(text)))
    parted = [piece for start, end in spans for piece in _part(text, start, end, soft_words)]
    trimmed = (_trim(text, start, end) for start, end in parted)
    return [(start, end) for start, end in trimmed if start < end]


def _part(text: str, start: int, end: int, soft_words: int) -> list[tuple[int, int]]:
    """Part an overlong sentence at clause marks, into pieces of at least five words."""
    if len(text[start:end].split()) <= soft_words:
        return [(start, end)]
    pieces, begin = [], start
    for match in _CLAUSE.finditer(text, start, end):
        if len(text[begin : match.start()].split()) >= 5 and len(text[match.end() : end].split()) >= 5:
            pieces.append((begin, match.end()))
            begin = match.end()
    return [*pieces, (begin, end)]


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
