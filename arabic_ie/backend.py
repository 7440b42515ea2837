"""What runs the joint model: the same two calls for PyTorch and for ONNX Runtime.

Shapes: B windows, T tokens, W words, Nt triggers, Ne entities, R roles. Arrays in and out are numpy's,
so that nothing above this line needs to know what computes.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .windows import Window

Batch = dict[str, np.ndarray]
# Libraries keep compiled code and memory for every shape that they meet: with few shapes the memory of
# a long run stays flat.
STEP = 16


@dataclass(frozen=True, slots=True)
class Encoded:
    """What one pass over a batch of windows gives.

    Attributes:
        entity: log-probabilities of entity tags, (B, W, 2E + 1).
        trigger: of trigger tags, (B, W, 2G + 1).
        realis: scores, (B, W, 3).
        first: states of first sub-words, as the backend keeps them, for ``link``.
        last: of last ones.
    """

    entity: np.ndarray
    trigger: np.ndarray
    realis: np.ndarray
    first: Any
    last: Any


class Backend(ABC):
    """Runs the joint model."""

    config: Any  # of the checkpoint: max_tokens, context_tokens, unify_letters, the thresholds, load_schema()

    @abstractmethod
    def encode(self, batch: Batch) -> Encoded:
        """Tag scores and word states of a padded batch."""

    @abstractmethod
    def link(
        self, encoded: Encoded, rows: Sequence[int], triggers: np.ndarray, entities: np.ndarray
    ) -> np.ndarray:
        """Role probabilities (len(rows), Nt, Ne, R + 1) of the pairs of some windows.

        Args:
            encoded: of the batch.
            rows: which windows of the batch.
            triggers: (len(rows), Nt, 3) first word, last word, type id; padded with zeros.
            entities: (len(rows), Ne, 3).
        """


def pad(windows: Sequence[Window], pad_id: int, max_tokens: int) -> Batch:
    """The inputs of the encoder; rows are filled up to the longest, and that to a multiple of ``STEP``.

    Args:
        windows: of one batch.
        pad_id: of the tokenizer.
        max_tokens: the longest input the encoder takes.
    """
    lengths = [len(w.input_ids) for w in windows]
    words = [len(w.first) for w in windows]
    longest = max(lengths)
    tokens = len(windows), max(longest, min(_up(longest), max_tokens))
    places = len(windows), _up(max(words))
    batch = {
        "input_ids": np.full(tokens, pad_id, dtype=np.int64),
        "attention_mask": np.zeros(tokens, dtype=np.int64),
        "first": np.zeros(places, dtype=np.int64),
        "last": np.zeros(places, dtype=np.int64),
    }
    for i, (window, length, count) in enumerate(zip(windows, lengths, words, strict=True)):
        batch["input_ids"][i, :length] = window.input_ids
        batch["attention_mask"][i, :length] = 1
        batch["first"][i, :count] = window.first
        batch["last"][i, :count] = window.last
    return batch


def _up(length: int) -> int:
    return -(-length // STEP) * STEP
