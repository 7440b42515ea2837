"""Text of any length -> windows that fit the encoder, made of whole sentences where they fit.

A ``Segment`` is one sentence. It has one ``Window``, or several overlapping ones when it is longer
than the encoder takes; each word then counts in the window where it stands farthest from an edge,
and every word counts in exactly one window. Nothing is left out. A model may be shown words of the
neighbouring sentences beside a sentence (``context``), which are not tagged there.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import regex

from .text import NormalisedText, normalise, sentences, words

Span = tuple[int, int]
MAX_PIECES = 32  # sub-words of one word that the encoder is shown at most; its span stays whole
# A word that holds such a character stands alone for the model: tokenizers that part words at spaces and
# punctuation only would read a symbol and the words beside it as one unknown word, or delete it and join
# them.
_SYMBOL = regex.compile(r"[^\p{L}\p{N}\p{P}\x00-\x7F]")
_INNER = regex.compile(r"[\p{L}\p{N}\p{M}]")


@dataclass(frozen=True, slots=True)
class Window:
    """What the encoder reads at once.

    Attributes:
        input_ids: token ids with the special tokens.
        first: for each word, the position of its first sub-word.
        last: for each word, the position of its last sub-word.
        offset: index, in the segment, of the window's first word.
        core: half-open word indices of the window whose tags count.
    """

    input_ids: tuple[int, ...]
    first: tuple[int, ...]
    last: tuple[int, ...]
    offset: int
    core: Span


@dataclass(frozen=True, slots=True)
class Segment:
    """One sentence: source spans of its words, and the windows that cover them."""

    words: tuple[Span, ...]
    windows: tuple[Window, ...]


def plan(
    text: str, tokenizer: Any, max_tokens: int, unify_letters: bool = False, context: int = 0
) -> tuple[list[Segment], list[str]]:
    """Cut a text into segments for the encoder.

    Args:
        text: any text.
        tokenizer: a fast ``transformers`` tokenizer.
        max_tokens: the longest input the encoder takes, special tokens included.
        unify_letters: see ``text.normalise``.
        context: how many tokens of what stands before a sentence, and of what stands after it, it is
            shown with, where the window has room (Schweter and Akbik, 2020, "FLERT").

    Returns:
        The segments in text order, and warnings about words shown to the model in part.
    """
    source = normalise(text, unify_letters)
    spans = words(text)
    begins = [start for start, _ in spans]
    segments: list[Segment] = []
    warnings: list[str] = []
    groups = []
    for start, end in sentences(text):
        inside = spans[bisect_left(begins, start) : bisect_left(begins, end)]
        # A word of which nothing is left for the model (only invisible characters) has no tag.
        mapped = [(w, source.from_source(*w)) for w in inside]
        kept = [(w, m) for w, m in mapped if m[0] < m[1]]
        if kept:
            groups.append(kept)
    pieces = _tokenize([_slice(source, g) for g in groups], tokenizer)
    most = min(MAX_PIECES, max_tokens - 2)  # two are the special tokens
    shown: list[list[tuple[int, ...]]] = []
    for group, tokens in zip(groups, pieces, strict=True):
        tokens_left = []
        for (span, _), ids in zip(group, tokens, strict=True):
            if len(ids) > most:
                warnings.append(
                    f"word [{span[0]}, {span[1]}) has {len(ids)} sub-words: the model is shown {most}"
                )
                ids = (*ids[: most - 1], ids[-1])
            tokens_left.append(ids)
        shown.append(tokens_left)
    for i, (group, tokens_left) in enumerate(zip(groups, shown, strict=True)):
        earlier, later = (
            (shown[k] for k in range(i - 1, -1, -1)),
            (shown[k] for k in range(i + 1, len(shown))),
        )
        around = _nearest(earlier, context, True), _nearest(later, context, False)
        spans_left = tuple(span for span, _ in group)
        segments.append(Segment(spans_left, _windows(tokens_left, tokenizer, max_tokens, around)))
    return segments, warnings


def plan_for(config: Any, text: str, tokenizer: Any) -> tuple[list[Segment], list[str]]:
    """``plan`` with the settings of a checkpoint's configuration."""
    return plan(text, tokenizer, config.max_tokens, config.unify_letters, config.context_tokens)


def _slice(source: NormalisedText, group: Sequence[tuple[Span, Span]]) -> tuple[str, list[Span]]:
    """The normalised text of a group of words, and each word's span in it."""
    text: list[str] = []
    spans: list[Span] = []
    end, size, alone = group[0][1][0], 0, False
    for _, (a, b) in group:
        word, before = source.text[a:b], alone
        alone = _SYMBOL.search(word) is not None
        # Words that touch are one to a tokenizer if letters meet: of a sign that is written out (U+FDFC).
        if a > end or (size and (before or alone or (_INNER.match(text[-1][-1]) and _INNER.match(word[0])))):
            text.append(" ")
            size += 1
        text.append(word)
        spans.append((size, size + len(word)))
        size, end = size + len(word), b
    return "".join(text), spans


def _tokenize(parts: list[tuple[str, list[Span]]], tokenizer: Any) -> list[list[tuple[int, ...]]]:
    """Token ids of each word of each part. The text is tokenised whole, as in pretraining."""
    if not parts:
        return []
    encoded = tokenizer(
        [text for text, _ in parts],
        add_special_tokens=False,
        return_offsets_mapping=True,
        return_attention_mask=False,
        verbose=False,  # a long sentence is cut into windows later
    )
    result = []
    unknown = tokenizer.unk_token_id
    for (text, spans), ids, offsets in zip(
        parts, encoded["input_ids"], encoded["offset_mapping"], strict=True
    ):
        ends = [end for _, end in spans]
        found: list[list[int]] = [[] for _ in spans]
        for token, (a, b) in zip(ids, offsets, strict=True):
            while a < b and text[a].isspace():  # some tokenizers count the space before a word
                a += 1
            # A token goes to the word it begins in; a lone space mark goes with the word after it.
            word = bisect_right(ends, a)
            if a < b and word < len(spans):
                found[word].append(token)
        result.append([tuple(word) or (unknown,) for word in found])
    return result


def _nearest(sentences: Iterable[list[tuple[int, ...]]], most: int, before: bool) -> list[int]:
    """Tokens of the whole words nearest to a sentence, ``most`` of them, in text order."""
    found: list[tuple[int, ...]] = []
    for word in (w for s in sentences for w in (reversed(s) if before else s)):
        most -= len(word)
        if most < 0:
            break
        found.append(word)
    return [token for word in (reversed(found) if before else found) for token in word]


def _windows(
    tokens: list[tuple[int, ...]], tokenizer: Any, max_tokens: int, context: tuple[list[int], list[int]]
) -> tuple[Window, ...]:
    """Cover the words of one sentence; neighbours overlap by about a quarter. Words around it fill what is left."""
    room = max_tokens - 2
    sizes = np.cumsum([0] + [len(t) for t in tokens])
    ranges: list[Span] = []
    start = 0
    while True:
        end = int(np.searchsorted(sizes, sizes[start] + room, side="right")) - 1
        end = max(end, start + 1)
        ranges.append((start, end))
        if end >= len(tokens):
            break
        back = int(np.searchsorted(sizes, sizes[end] - room // 4, side="left"))
        start = max(start + 1, min(back, end))
    windows = []
    before, after = context
    spare = room - int(sizes[-1]) if len(ranges) == 1 else 0
    before = before[len(before) - min(len(before), max(spare // 2, spare - len(after)), spare) :]
    after = after[: spare - len(before)]
    for k, (start, end) in enumerate(ranges):
        low = start if k == 0 else (start + ranges[k - 1][1]) // 2
        high = end if k + 1 == len(ranges) else (ranges[k + 1][0] + end) // 2
        ids, first, last = [tokenizer.cls_token_id, *before], [], []
        for word in tokens[start:end]:
            first.append(len(ids))
            ids.extend(word)
            last.append(len(ids) - 1)
        ids += [*after, tokenizer.sep_token_id]
        core = (low - start, high - start)
        windows.append(Window(tuple(ids), tuple(first), tuple(last), start, core))
    return tuple(windows)


def stitch(segment: Segment, scores: Sequence[np.ndarray]) -> np.ndarray:
    """Join the scores (window words, tags) of a segment's windows into (words, tags)."""
    cores = [s[w.core[0] : w.core[1]] for w, s in zip(segment.windows, scores, strict=True)]
    return cores[0] if len(cores) == 1 else np.concatenate(cores)
