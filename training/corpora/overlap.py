"""Do two sentences share text? Whatever their spelling marks, spaces and punctuation."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

SHINGLE = 40  # letters in a row that two different sentences do not share by chance
NEAR = 0.8  # share of the common word trigrams from which two sentences are one, edited
_FOLD = str.maketrans("أإآٱىةؤئ", "ااااي" + "هءء")


def letters(text: str) -> str:
    """The letters and digits of a text with spelling variants folded: what a copy cannot change."""
    return re.sub(r"[\W_\u064b-\u0652]+", "", text.translate(_FOLD))


def trigrams(text: str) -> set[tuple[str, ...]]:
    """Word trigrams of a text, spelling folded; of a shorter text, all its words as one."""
    words = [word for word in map(letters, text.split()) if word]
    if len(words) < 3:
        return {tuple(words)} if words else set()
    return {tuple(words[i : i + 3]) for i in range(len(words) - 2)}


class Overlap:
    """Tells whether a sentence shares a stretch of text with held-out sentences, or is nearly one.

    Three tests: the same letters; ``SHINGLE`` letters in a row in common; ``NEAR`` of the word
    trigrams of the shorter of the two in common (short sentences, and edited ones).
    """

    def __init__(self, texts: Iterable[str]) -> None:
        self._whole: set[str] = set()
        self._shingles: set[str] = set()
        self._sizes: list[int] = []
        self._index: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for text in texts:
            key = letters(text)
            if key:
                self._whole.add(key)
            self._shingles.update(key[i : i + SHINGLE] for i in range(len(key) - SHINGLE + 1))
            grams = trigrams(text)
            for gram in grams:
                self._index[gram].append(len(self._sizes))
            self._sizes.append(len(grams))

    def __contains__(self, text: object) -> bool:
        key = letters(str(text))
        return key in self._whole or self.shares_stretch(str(text)) or self.nearest(str(text))[1] >= NEAR

    def shares_stretch(self, text: str) -> bool:
        """Whether ``SHINGLE`` letters in a row are also in a held-out text."""
        key = letters(text)
        return any(key[i : i + SHINGLE] in self._shingles for i in range(len(key) - SHINGLE + 1))

    def nearest(self, text: str) -> tuple[int, float]:
        """Index of the held-out text that shares most, and the shared part of the shorter one.

        Sentences of fewer than five words count as near only to those as short: three words in
        common say little about a long sentence.
        """
        grams = trigrams(text)
        shared = Counter(number for gram in grams for number in self._index.get(gram, ()))
        best, share = -1, 0.0
        for number, count in shared.items():
            small, large = sorted((len(grams), self._sizes[number]))
            part = count / (small if small >= 3 else large)
            if part > share:
                best, share = number, part
        return best, share


def near_duplicates(
    texts: Sequence[str], others: Sequence[str], threshold: float = NEAR
) -> list[tuple[int, int, float]]:
    """Pairs (index in ``texts``, index in ``others``, share) that share at least ``threshold``."""
    known = Overlap(others)
    found = ((i, *known.nearest(text)) for i, text in enumerate(texts))
    return [(i, j, share) for i, j, share in found if share >= threshold]
