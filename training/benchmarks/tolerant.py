"""Scores where a match need not be exact: hits are counted from both sides.

A row holds the counts of one sentence: (gold, gold hit, predicted, predicted hit). Recall is over
the gold side and precision over the predicted one, so a mention split in two counts once in each.
Rows of recall alone have ``UNCOUNTED`` for the predicted side.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from arabic_ie.text import words

Span = tuple[int, int]
Row = tuple[int, int, int, int]
UNCOUNTED = -1


def overlap(gold: Sequence[Span], predicted: Sequence[Span], accepted: Sequence[Span] | None = None) -> Row:
    """Match spans that share a character.

    Args:
        gold: what must be found.
        predicted: what was found.
        accepted: what may be found without being wrong; by default ``gold``.
    """
    allowed = gold if accepted is None else accepted
    found = sum(any(_meet(g, p) for p in predicted) for g in gold)
    right = sum(any(_meet(p, a) for a in allowed) for p in predicted)
    return len(gold), found, len(predicted), right


def exact(gold: Sequence[Span], predicted: Sequence[Span], accepted: Sequence[Span] | None = None) -> Row:
    """Match equal spans; see ``overlap``."""
    ours, theirs = set(gold), set(predicted)
    allowed = ours if accepted is None else set(accepted)
    return len(ours), len(ours & theirs), len(theirs), len(theirs & allowed)


def whole_words(text: str, spans: Sequence[Span]) -> list[Span]:
    """Spans widened to the words they touch: a clitic at the edge makes no difference then."""
    edges = words(text)
    wide = []
    for span in spans:
        touched = [word for word in edges if _meet(word, span)]
        wide.append((touched[0][0], touched[-1][1]) if touched else span)
    return wide


def _meet(a: Span, b: Span) -> bool:
    return a[0] < b[1] and b[0] < a[1]


def recall_row(gold: int, found: int) -> Row:
    """A row of recall alone."""
    return gold, found, UNCOUNTED, UNCOUNTED


def score(rows: Sequence[Row], bootstrap: int = 0, seed: int = 0) -> dict[str, Any]:
    """Precision, recall and F1 in percent, with the 95 % bootstrap interval of F1 over sentences.

    Of rows of recall alone: recall, with its interval.
    """
    counts = np.array(rows, dtype=np.int64).reshape(-1, 4)
    whole = not (counts == UNCOUNTED).any()
    names = ("precision", "recall", "f1") if whole else ("recall",)
    totals = dict(
        zip(("gold", "gold_hit", "predicted", "predicted_hit"), counts.sum(0).tolist(), strict=True)
    )
    ratios = dict(zip(("precision", "recall", "f1"), _ratios(counts.sum(0, keepdims=True)), strict=True))
    out: dict[str, Any] = {name: float(ratios[name][0]) for name in names}
    out.update((name, totals[name]) for name in (totals if whole else ("gold", "gold_hit")))
    if bootstrap and len(counts):
        rng = np.random.default_rng(seed)
        drawn = np.stack(
            [counts[rng.integers(len(counts), size=len(counts))].sum(0) for _ in range(bootstrap)]
        )
        low, high = np.percentile(_ratios(drawn)[2 if whole else 1], [2.5, 97.5])
        out[f"{names[-1]}_interval"] = [float(low), float(high)]
    return out


def _ratios(counts: np.ndarray[Any, Any]) -> tuple[Any, Any, Any]:
    gold, found, guessed, right = counts.T
    recall = 100.0 * found / np.maximum(gold, 1)
    precision = 100.0 * right / np.maximum(guessed, 1)
    return precision, recall, 2 * precision * recall / np.maximum(precision + recall, 1e-9)


def table(scores: Mapping[str, Mapping[str, Any]]) -> str:
    """Scores as a table, one row each; the interval is that of F1, or else of recall."""
    width = max(len(name) for name in scores)
    head = (*(f"{name:>9}" for name in ("precision", "recall", "f1")), f"{'95%':>13}", "  gold", "predicted")
    lines = ["  ".join((" " * width, *head))]
    for name, row in scores.items():
        numbers = (f"{row[key]:9.2f}" if key in row else " " * 9 for key in ("precision", "recall", "f1"))
        interval = row.get("f1_interval") or row.get("recall_interval")
        shown = "{:.2f}-{:.2f}".format(*interval) if interval else ""
        cells = (*numbers, f"{shown:>13}", f"{row['gold']:6}", f"{row.get('predicted', ''):>9}")
        lines.append("  ".join((f"{name:<{width}}", *cells)).rstrip())
    return "\n".join(lines)
