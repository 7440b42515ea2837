"""Spans of words <-> BIO tags, and decoding that cannot leave the IOB2 scheme.

Tag ids: 0 is ``O``; type ``k`` has ``B`` = 2k + 1 and ``I`` = 2k + 2. Word spans here are
half-open word indices, not characters.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from .errors import AlignmentError

OUTSIDE = 0
IGNORED = -100  # label of a position that the loss skips
DIGITS = 4  # of a score, as documents tell it: what they tell is enough to filter by
WordSpan = tuple[int, int, int]  # first word, past the last word, type id


def tag_count(types: int) -> int:
    """Number of BIO tags for so many types."""
    return 2 * types + 1


def tag_names(types: Sequence[str]) -> list[str]:
    """Names of the tags in the order of their ids: O, B-X, I-X, B-Y, ..."""
    return ["O", *(f"{prefix}-{name}" for name in types for prefix in "BI")]


def tag(kind: int, begin: bool) -> int:
    """Tag id of a type id, at the beginning of a span or inside it."""
    return 2 * kind + (1 if begin else 2)


def align(words: Sequence[tuple[int, int]], start: int, end: int) -> tuple[int, int] | None:
    """Word indices of a character span, or None when it does not begin and end with a word."""
    first = next((i for i, w in enumerate(words) if w[0] == start), None)
    last = next((i for i, w in enumerate(words) if w[1] == end), None)
    return None if first is None or last is None or last < first else (first, last + 1)


def encode(spans: Iterable[WordSpan], length: int) -> list[int]:
    """Tag ids of ``length`` words.

    Raises:
        AlignmentError: two spans overlap, or one is outside the words.
    """
    tags = [OUTSIDE] * length
    for start, end, kind in spans:
        if not 0 <= start < end <= length:
            raise AlignmentError(f"word span [{start}, {end}) is outside {length} words")
        if any(tags[start:end]):
            raise AlignmentError(f"word span [{start}, {end}) overlaps another of its layer")
        tags[start:end] = [tag(kind, True)] + [tag(kind, False)] * (end - start - 1)
    return tags


def decode(tags: Sequence[int]) -> list[WordSpan]:
    """Spans of a valid IOB2 tag sequence; an ``I`` that continues nothing opens no span."""
    spans: list[WordSpan] = []
    for i, tag in enumerate(tags):
        if tag % 2 == 1:
            spans.append((i, i + 1, (tag - 1) // 2))
        elif tag and spans and spans[-1][1] == i and spans[-1][2] == tag // 2 - 1:
            spans[-1] = (spans[-1][0], i + 1, spans[-1][2])
    return spans


def viterbi(scores: Sequence[np.ndarray]) -> list[np.ndarray]:
    """The best valid IOB2 tag sequence of each of several word sequences.

    Args:
        scores: log-probabilities, (words, tags) each.

    Returns:
        Tag ids, (words,) each. ``I`` of a type only ever follows ``B`` or ``I`` of it. Any tag may
        follow any other otherwise, so each step needs only the best score so far and, for an
        ``I``, the better of its own ``B`` and ``I``: linear in the number of tags. The sequences
        advance together, so the steps are those of the longest one.
    """
    lengths = np.array([len(s) for s in scores], dtype=np.int64)
    longest = int(lengths.max(initial=0))
    if longest == 0:
        return [np.zeros(0, dtype=np.int64) for _ in scores]
    tags = scores[0].shape[1]
    padded = np.zeros((longest, len(scores), tags), dtype=scores[0].dtype)
    for k, sequence in enumerate(scores):
        padded[: len(sequence), k] = sequence
    begin, inside = slice(1, tags, 2), slice(2, tags, 2)
    at_begin, at_inside = np.arange(1, tags, 2, dtype=np.int16), np.arange(2, tags, 2, dtype=np.int16)
    rows = np.arange(len(scores))
    best = padded[0].copy()
    best[:, inside] = -np.inf
    back = np.zeros((longest, len(scores), tags), dtype=np.int16)
    for i in range(1, longest):
        top = best.argmax(1)
        step = np.repeat(best[rows, top][:, None], tags, axis=1)
        back[i] = top[:, None]
        from_inside = best[:, inside] > best[:, begin]
        step[:, inside] = np.where(from_inside, best[:, inside], best[:, begin])
        back[i, :, inside] = np.where(from_inside, at_inside, at_begin)
        best = np.where((i < lengths)[:, None], step + padded[i], best)
    paths = np.zeros((longest, len(scores)), dtype=np.int64)
    paths[np.maximum(lengths - 1, 0), rows] = best.argmax(1)
    for i in range(longest - 1, 0, -1):
        going = i < lengths
        paths[i - 1, going] = back[i, rows[going], paths[i, going]]
    return [paths[:length, k] for k, length in enumerate(lengths.tolist())]


def decode_scores(scores: Sequence[np.ndarray], threshold: float = 0.0) -> list[list[tuple[WordSpan, float]]]:
    """Spans of several word sequences, with their scores.

    Args:
        scores: log-probabilities, (words, tags) each.
        threshold: a span with a lower score is left out.

    Returns:
        For each sequence the spans of its best tags. The score of a span is the mean probability of its
        tags, times the probability that the word behind it does not go on with it: where the model
        wavers between a shorter and a longer span, neither is sure.
    """
    found = []
    for sequence, path in zip(scores, viterbi(scores), strict=True):
        chosen = np.exp(sequence[np.arange(len(path)), path])
        spans = []
        for start, end, kind in decode(path.tolist()):
            ends = 1.0 - float(np.exp(sequence[end, tag(kind, False)])) if end < len(path) else 1.0
            score = float(chosen[start:end].mean()) * ends
            if round(score, DIGITS) >= threshold:
                spans.append(((start, end, kind), score))
        found.append(spans)
    return found
