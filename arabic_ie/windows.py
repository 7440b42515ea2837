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
from itertools import accumulate
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
    stream = [word for tokens_left in shown for word in tokens_left]
    end = 0
    for group, tokens_left in zip(groups, shown, strict=True):
        start, end = end, end + len(tokens_left)
        # No word has less than one token, so no more words than that can be shown.
        before = _nearest(stream[max(0, start - context) : start][::-1], context)[::-1]
        after = _nearest(stream[end : end + context], context)
        windows = _windows(tokens_left, tokenizer, max_tokens, _flat(before), _flat(after))
        segments.append(Segment(tuple(span for span, _ in group), windows))
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


def _nearest(tokens: Sequence[tuple[int, ...]], most: int) -> list[tuple[int, ...]]:
    """The first of the words that have ``most`` tokens together."""
    sizes = accumulate(map(len, tokens))
    return [word for word, size in zip(tokens, sizes, strict=True) if size <= most]


def _flat(tokens: Iterable[tuple[int, ...]]) -> list[int]:
    return [token for word in tokens for token in word]


def _windows(
    tokens: list[tuple[int, ...]], tokenizer: Any, max_tokens: int, before: list[int], after: list[int]
) -> tuple[Window, ...]:
    """Cover the words of one sentence; neighbours overlap by about a quarter. What stands around it fills what is left."""
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
    spare = room - int(sizes[-1]) if len(ranges) == 1 else 0
    # Each side has half of the room, and what the other leaves.
    before = before[max(0, len(before) - max(spare // 2, spare - len(after))) :]
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
