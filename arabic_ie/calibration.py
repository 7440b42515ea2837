"""Scores that mean probabilities: log odds stretched and shifted (Platt, 1999), fitted on documents that
no weight was trained on, and the table that shows how far to trust them (DeGroot and Fienberg, 1983).

A mark is right as the strict metrics count it: an entity by type and both edges, a trigger by event type
and both edges, an argument by event type, role and filler. Numpy only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from .errors import CheckpointError
from .types import Document

LAYERS = ("entity", "trigger", "argument")
Curve = tuple[float, float]  # slope (an inverse temperature) and shift of the log odds
Marks = dict[str, list[tuple[float, bool]]]
_EDGE = 1e-4  # scores are rounded to four digits
_RIDGE = 1.0  # pulls the curve to the identity where there is little to fit it to


def calibrated(score: float, curve: Sequence[float] | None) -> float:
    """A score of the model -> the probability that its mark is right."""
    if curve is None:
        return score
    slope, shift = curve
    return float(1.0 / (1.0 + np.exp(-(slope * _log_odds(score) + shift))))


def fit(scores: Sequence[float], right: Sequence[bool]) -> Curve:
    """The curve of greatest likelihood, by Newton's method.

    Args:
        scores: of the model, uncalibrated.
        right: whether the mark of each is.

    Returns:
        Slope and shift; (1, 0), the identity, when there is nothing to fit to.
    """
    x = np.stack([_log_odds(np.asarray(scores, dtype=float)), np.ones(len(scores))], 1)
    y = np.asarray(right, dtype=float)
    start = np.array([1.0, 0.0])

    def loss(w: np.ndarray) -> float:
        odds = x @ w
        distance = w - start
        return float((np.logaddexp(0.0, odds) - y * odds).sum() + 0.5 * _RIDGE * distance @ distance)

    weights, now = start.copy(), loss(start)
    for _ in range(100):
        p = 1.0 / (1.0 + np.exp(-np.clip(x @ weights, -30, 30)))
        gradient = x.T @ (p - y) + _RIDGE * (weights - start)
        curvature = (x * (p * (1 - p))[:, None]).T @ x + _RIDGE * np.eye(2)
        step = np.linalg.solve(curvature, gradient)
        while (then := loss(weights - step)) > now and np.abs(step).max() > 1e-9:
            step /= 2  # Newton's step may be too long where all scores lie on one side
        if now - then < 1e-9:
            break
        weights, now = weights - step, then
    # A higher score must stay the higher one: what was chosen by scores stays chosen.
    return (float(max(weights[0], 0.05)), float(weights[1]))


def marks(gold: Sequence[Document], predicted: Sequence[Document]) -> Marks:
    """Score of each predicted mark, and whether it is right, by layer."""
    found: Marks = {layer: [] for layer in LAYERS}
    for truth, guess in zip(gold, predicted, strict=True):
        known = _keys(truth)
        for layer, rows in _keys(guess).items():
            found[layer] += [(score, key in known[layer]) for key, score in rows.items()]
    return found


def _keys(doc: Document) -> dict[str, dict[tuple[object, ...], float]]:
    """The marks of a document with their scores, by layer."""
    spans = {e.id: (e.start, e.end) for e in doc.entities}
    arguments: dict[tuple[object, ...], float] = {}
    for v in doc.events:
        for a in v.arguments:  # two events of a type may share a filler in one role: one mark
            key = (v.type, a.role, *spans[a.entity])
            arguments[key] = max(a.score, arguments.get(key, 0.0))
    return {
        "entity": {(e.start, e.end, e.type): e.score for e in doc.entities},
        "trigger": {(v.trigger.start, v.trigger.end, v.type): v.score for v in doc.events},
        "argument": arguments,
    }


@dataclass(frozen=True, slots=True)
class Bin:
    """Marks whose scores lie in [low, high).

    Attributes:
        low: least score.
        high: one above the greatest.
        count: how many marks.
        score: their mean score.
        right: the share of them that is right.
    """

    low: float
    high: float
    count: int
    score: float
    right: float


def reliability(rows: Sequence[tuple[float, bool]], bins: int = 10) -> list[Bin]:
    """Marks by their score, in bins of equal width; empty ones are left out."""
    found = []
    for k in range(bins):
        low, high = k / bins, (k + 1) / bins
        inside = [(s, r) for s, r in rows if low <= s < high or (k == bins - 1 and s == 1.0)]
        if inside:
            scores, right = np.array(inside, dtype=float).T
            found.append(Bin(low, high, len(inside), float(scores.mean()), float(right.mean())))
    return found


def expected_error(table: Sequence[Bin]) -> float:
    """Expected calibration error (Naeini et al., 2015): mean distance of score and share, by count."""
    total = sum(b.count for b in table)
    return sum(b.count * abs(b.score - b.right) for b in table) / total if total else 0.0


def checked(curves: Mapping[str, Sequence[float]] | None) -> dict[str, Curve]:
    """The curves of a configuration, by layer.

    Raises:
        CheckpointError: a layer is unknown, or a curve is not two finite numbers.
    """
    found = {}
    try:
        for layer, curve in (curves or {}).items():
            slope, shift = (float(x) for x in curve)
            if layer not in LAYERS or not np.isfinite([slope, shift]).all():
                raise ValueError(layer)
            found[layer] = (slope, shift)
    except (AttributeError, TypeError, ValueError) as err:
        raise CheckpointError(
            f"config.json: calibration must give two numbers for some of {', '.join(LAYERS)}, not {curves!r}"
        ) from err
    return found


def _log_odds(score: float | np.ndarray) -> np.ndarray:
    p = np.clip(score, _EDGE, 1 - _EDGE)
    return np.log(p / (1 - p))
