"""Token-and-tag files: reading them, nesting, split-off clitics, and the text they stand for."""

from __future__ import annotations

import gzip
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from arabic_ie import Document, Entity

from .overlap import letters

Token = tuple[str, str]
# Left-to-right marks, right-to-left marks and byte order marks lie inside the tokens of some files.
_MARKS = dict.fromkeys(map(ord, "\u200e\u200f\ufeff"))
_PROCLITICS = frozenset("وفبلكس")
_ENCLITICS = frozenset(("ه", "ها", "هم", "هما", "هن", "نا", "ي", "ك", "كم"))
_PRONOUNS = frozenset(("هم", "هما", "هن"))  # also words of their own
_WORD = re.compile(r"[ء-ي]{2,}")


def columns(path: Path, comment: str = "$#$") -> Iterator[list[Token]]:
    """Sentences of ``token TAG`` lines, gzipped or not."""
    opener: Any = gzip.open if path.suffix == ".gz" else open
    sentence: list[Token] = []
    with opener(path, "rt", encoding="utf-8-sig") as lines:
        for line in lines:
            parts = line.translate(_MARKS).split()
            if len(parts) >= 2 and parts[0] != comment:
                sentence.append((parts[0], parts[-1] if len(parts) == 2 else " ".join(parts[1:])))
            elif not parts and sentence:
                yield sentence
                sentence = []
    if sentence:
        yield sentence


def outermost(sentence: Sequence[Token], kept: Iterable[str] | None = None) -> list[Token]:
    """Nested tags -> the longest mention at each word: the flat layer of a nested corpus.

    Args:
        sentence: tokens with one or more tags, a space between.
        kept: the types to look at; all, if not given.
    """
    kinds = {t[2:] for _, tag in sentence for t in tag.split() if t != "O"}
    spans: list[tuple[int, int, str]] = []
    for kind in sorted(kinds if kept is None else kinds & set(kept)):
        start = None
        for i, (_, tag) in enumerate([*sentence, ("", "O")]):
            found = [t for t in tag.split() if t[2:] == kind]
            if start is not None and f"I-{kind}" not in found:
                spans.append((start, i, kind))
                start = None
            if f"B-{kind}" in found:
                start = i
    tags = ["O"] * len(sentence)
    for start, end, kind in sorted(spans, key=lambda s: s[0] - s[1]):
        if all(t == "O" for t in tags[start:end]):
            tags[start:end] = [f"B-{kind}", *[f"I-{kind}"] * (end - start - 1)]
    return [(word, tag) for (word, _), tag in zip(sentence, tags, strict=True)]


def join_clitics(sentence: Sequence[Token]) -> list[Token]:
    """Put split-off proclitics and pronoun suffixes back on their word, whose tag the whole then has.

    The letters at the seam become what they are in writing (``ل`` + ``ال`` is ``لل``, ``ة`` before a
    suffix is ``ت``). What may be a word of its own stays one: a single letter beside another (an
    abbreviation), a pronoun after a definite noun, ``ه`` after a year.
    """
    out: list[Token] = []
    host = False  # whether a suffix may join the last word
    held: list[Token] = []  # proclitics that wait for their word
    for i, (word, tag) in enumerate(sentence):
        following = sentence[i + 1][0] if i + 1 < len(sentence) else ""
        previous = out[-1][0] if out else ""
        if (
            word in _ENCLITICS
            and (host or held)
            and _is_suffix(word, previous, following, held[-1][0] if held else "")
        ):
            if held:  # a preposition with its pronoun
                out.append((_join_all([*(w for w, _ in held), word]), _merge([*held, (word, tag)])))
                held = []
            else:
                out[-1] = (_seam(previous, word), _merge([out[-1], (word, tag)]))
            continue
        # A proclitic is followed by a word, or by another proclitic or a pronoun that ends the chain.
        onward = _WORD.match(following) or (following in _PROCLITICS | _ENCLITICS)
        if word in _PROCLITICS and onward and (held or not _lone(previous)):
            held.append((word, tag))
            continue
        if held and _WORD.match(word):
            out.append((_join_all([*(w for w, _ in held), word]), _merge([*held, (word, tag)])))
        else:
            out.extend([*held, (word, tag)])
        held = []
        host = bool(_WORD.match(word))
    return [*out, *held]


def _lone(word: str) -> bool:
    """A single letter: a part of a spelled-out abbreviation."""
    return len(word) == 1 and word.isalpha()


def _is_suffix(word: str, previous: str, following: str, held: str) -> bool:
    if word == "ك":  # not "as", which joins the next word
        return following != "ما" and held in ("", "ل", "ب")
    if word in _PRONOUNS and not held:
        return not (previous.startswith("ال") and len(previous) > 4)
    return True


def _join_all(parts: Sequence[str]) -> str:
    word = parts[-1]
    for part in reversed(parts[:-1]):
        word = "لل" + word[2:].removeprefix("ل") if part == "ل" and word.startswith("ال") else part + word
    return word


def _seam(word: str, suffix: str) -> str:
    return (word[:-1] + "ت" if word.endswith("ة") else word) + suffix


def _merge(parts: Sequence[Token]) -> str:
    """The tag of joined tokens: the first entity tag, as a beginning where one of them begins."""
    tags = [tag for _, tag in parts if tag != "O"]
    if not tags:
        return "O"
    begins = [tag for tag in tags if tag.startswith("B-")]
    return begins[0] if begins else tags[0]


def spans_of(sentence: Sequence[Token], kept: Iterable[str] | None = None) -> list[tuple[int, int, str]]:
    """Entities as (first token, past last, type); an ``I`` that continues nothing begins one."""
    wanted = None if kept is None else set(kept)
    spans: list[tuple[int, int, str]] = []
    for i, (_, tag) in enumerate(sentence):
        kind = tag[2:]
        if tag == "O" or (wanted is not None and kind not in wanted):
            continue
        if tag[0] == "I" and spans and spans[-1][1] == i and spans[-1][2] == kind:
            spans[-1] = (spans[-1][0], i + 1, kind)
        else:
            spans.append((i, i + 1, kind))
    return spans


def build(words: Sequence[str], spans: Iterable[tuple[int, int, str]], name: str) -> Document:
    """A document of words joined by single spaces, as the tokenised news corpora are printed.

    Marks at the edge of a mention (a bracket that the source glues to a name) are left out of it.
    """
    starts, position = [], 0
    for word in words:
        starts.append(position)
        position += len(word) + 1
    text = " ".join(words)
    entities: list[Entity] = []
    for first, end, kind in spans:
        a, b = starts[first], starts[end - 1] + len(words[end - 1])
        while a < b and not text[a].isalnum():
            a += 1
        while b > a and not (text[b - 1].isalnum() or "\u064b" <= text[b - 1] <= "\u0652"):
            b -= 1
        if a < b:
            entities.append(Entity(a, b, kind, f"E{len(entities) + 1}"))
    return Document(text, tuple(entities), id=name)


class Originals:
    """Finds the untouched print of sentences that another corpus holds in a normalised form.

    NewsFANE annotates the text of ANERcorp again, without hamzas and with clitics cut off; where
    its letters are found in ANERcorp, its labels are put on the words of ANERcorp.
    """

    def __init__(self, sentences: Iterable[Sequence[str]]) -> None:
        self._words: list[str] = []
        self._at: dict[int, list[int]] = defaultdict(list)  # letters before it -> words that begin there
        self._first: set[int] = set()  # words that begin a sentence
        parts, position = [], 0
        for sentence in sentences:
            self._first.add(len(self._words))
            for word in sentence:
                self._at[position].append(len(self._words))
                self._words.append(word)
                parts.append(_key(word))
                position += len(parts[-1])
        self._text = "".join(parts)
        self._at[position].append(len(self._words))
        self._first.add(len(self._words))

    def find(self, tokens: Sequence[str]) -> tuple[list[str], list[tuple[int, int]]] | None:
        """The original words of a sentence, and for each token the range of words it touches.

        None if its letters are not found there, or are too few to be sure.
        """
        keys = [_key(token) for token in tokens]
        wanted = "".join(keys)
        if len(wanted) < 12:
            return None
        begin = self._text.find(wanted)
        while begin >= 0 and not {begin, begin + len(wanted)} <= self._at.keys():
            begin = self._text.find(wanted, begin + 1)
        if begin < 0:
            return None
        # Marks have no letters: those before and after are taken if the sentence has as many there.
        before = next(i for i, key in enumerate(keys) if key)
        after = next(i for i, key in enumerate(reversed(keys)) if key)
        heads, tails = self._at[begin], self._at[begin + len(wanted)]
        first = next((i for i in heads if i in self._first), max(heads[0], heads[-1] - before))
        end = next((i for i in tails if i in self._first), min(tails[-1], tails[0] + after))
        owner: list[int] = []  # which original word each letter belongs to
        for i, word in enumerate(self._words[first:end]):
            owner.extend([i] * len(_key(word)))
        touched, position = [], 0
        for key in keys:
            inside = owner[position : position + len(key)]
            mark = owner[position - 1] if position else 0  # a token without letters
            touched.append((inside[0], inside[-1] + 1) if inside else (mark, mark))
            position += len(key)
        return self._words[first:end], touched


def _key(word: str) -> str:
    return letters(word).replace("ت", "ه")  # a ta marbuta that was cut off from its suffix
