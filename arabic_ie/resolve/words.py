"""Arabic words as look-up keys: folded spelling, tokens with offsets, proclitics taken off."""

from __future__ import annotations

from functools import lru_cache

import regex

from ..text import normalise

_TOKEN = regex.compile(
    r"(?<!\p{L})[وفبلك]?(?:ال)?\d+(?:[.,٫٬]\d+)*|\d+(?:[.,٫٬]\d+)*|[\p{L}\p{M}_]+|[%٪$€£/:\-–]"
)
_PLAIN = regex.compile(r"[\u0621-\u063A\u0641-\u064A A-Za-z0-9()\-/]*")
_VARIANTS = str.maketrans("أإآىة", "ااايه")
_SPACES = regex.compile(r"\s+")
# The article, with the proclitics before it: how a definite word begins.
ARTICLES = ("ال", "وال", "بال", "لل", "فال")
# In the order they stack on a word. One is only taken off when at least two letters are left.
_PROCLITICS = (("و", "ف"), ("ب", "ل", "ك"), ("ال",))


@lru_cache(maxsize=65536)
def fold(text: str) -> str:
    """A look-up key: no marks, tatweel or hidden characters; alef, ya and ta marbuta variants as one."""
    if _PLAIN.fullmatch(text):  # most words; normalising letter by letter is slow
        return _SPACES.sub(" ", text.translate(_VARIANTS)).strip().lower()
    text = normalise(text.replace("ـ", ""), unify_letters=True).text
    return _SPACES.sub(" ", text).strip().lower()


def tokens(text: str) -> list[str]:
    """Folded tokens: words, numbers and the signs that join them. Digits glued to letters part."""
    return _TOKEN.findall(fold(text))


@lru_cache(maxsize=65536)
def bare(word: str) -> tuple[str, ...]:
    """The folded word, then what is left of it without each possible run of proclitics."""
    found = [word]
    level = [word]
    for clitics in _PROCLITICS:
        new = []
        for form in level:
            for clitic in clitics:
                if form.startswith(clitic) and (len(form) - len(clitic) >= 2 or form[-1].isdigit()):
                    rest = form[len(clitic) :]
                    # لل hides the alef of the article: للبصرة is ل + البصرة.
                    new += [f"ا{rest}", rest] if clitic == "ل" and rest.startswith("ل") else [rest]
        level += [form for form in new if form not in level]
    return tuple(dict.fromkeys([*found, *level]))


def folded(words: str) -> frozenset[str]:
    """The folded forms of a string of words parted by spaces; ``_`` stands for a space inside one."""
    return frozenset(fold(w.replace("_", " ")) for w in words.split())
