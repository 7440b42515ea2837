"""Scores of predicted documents against gold ones: exact spans, micro-averaged, in percent.

Layers of ``evaluate`` (what must be equal for a prediction to count as correct):

- ``entity``: span and type.
- ``trigger_id``: span of the trigger; ``trigger_class``: span and event type.
- ``argument_id``: event type and span of the filler; ``argument_class``: the role too. As in
  ACE 2005 scoring, the trigger need not be right.
- ``frame``: the whole event: trigger span, type, realis, and every role with its filler's span.
- ``realis``: accuracy over the triggers whose span and type are right.

Everything is a set per document: a thing said twice counts once. Entity ids play no part.
"""

from __future__ import annotations

import warnings
from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from .errors import InputError, MissingExtraError
from .types import Document

LAYERS = ("entity", "trigger_id", "trigger_class", "argument_id", "argument_class", "frame", "realis")
# The layers that get a table per type, and where the type stands in their facts.
_TYPED = {"entity": 2, "trigger_class": 2, "argument_class": 1}
_Facts = set[tuple[Hashable, ...]]


@dataclass(frozen=True, slots=True)
class Score:
    """Precision, recall and F1 in percent, with the counts they come from.

    A ratio over nothing is 0.0, also where neither side has anything. In the ``realis`` layer
    ``gold`` and ``predicted`` are both the number of right triggers, so all three are the accuracy.

    Attributes:
        interval: the 95% bootstrap interval of ``f1``, or None when none was asked for.
    """

    gold: int
    predicted: int
    correct: int
    interval: tuple[float, float] | None = None

    @property
    def precision(self) -> float:
        return 100.0 * self.correct / self.predicted if self.predicted else 0.0

    @property
    def recall(self) -> float:
        return 100.0 * self.correct / self.gold if self.gold else 0.0

    @property
    def f1(self) -> float:
        total = self.gold + self.predicted
        return 200.0 * self.correct / total if total else 0.0

    def to_dict(self) -> dict[str, Any]:
        """The score as plain JSON values."""
        out: dict[str, Any] = {"precision": self.precision, "recall": self.recall, "f1": self.f1}
        out.update(gold=self.gold, predicted=self.predicted, correct=self.correct)
        if self.interval is not None:
            out["f1_interval"] = list(self.interval)
        return out


@dataclass(frozen=True)
class Scores:
    """What ``evaluate`` returns: ``scores["entity"].f1``, ``print(scores)``, ``scores.to_dict()``.

    Attributes:
        layers: layer -> score, in the order of ``LAYERS``.
        types: layer -> type (role, for ``argument_class``) -> score.
        documents: how many documents were compared.
        bootstrap: how many resamples the intervals come from.
    """

    layers: Mapping[str, Score]
    types: Mapping[str, Mapping[str, Score]] = field(default_factory=dict)
    documents: int = 0
    bootstrap: int = 0

    def __getitem__(self, layer: str) -> Score:
        return self.layers[layer]

    def to_dict(self) -> dict[str, Any]:
        """All scores as plain JSON values."""
        return {
            "documents": self.documents,
            "bootstrap": self.bootstrap,
            "layers": {name: score.to_dict() for name, score in self.layers.items()},
            "types": {
                layer: {name: score.to_dict() for name, score in table.items()}
                for layer, table in self.types.items()
            },
        }

    def __str__(self) -> str:
        tables = [_table("layer", self.layers)]
        tables += [
            _table(f"{layer} by {'role' if layer == 'argument_class' else 'type'}", table)
            for layer, table in self.types.items()
            if table
        ]
        width = max(len(rows[0][0]) for rows in (_column(t) for t in tables))
        return "\n\n".join("\n".join(n.ljust(width) + rest for n, rest in _column(t)) for t in tables)


def evaluate(
    gold: Sequence[Document], predicted: Sequence[Document], bootstrap: int = 0, seed: int = 0
) -> Scores:
    """Score predicted documents against gold ones, paired in order.

    Args:
        gold: the right answers.
        predicted: what was predicted for the same texts, in the same order.
        bootstrap: how many times to resample the documents for a 95% interval of each layer's F1;
            0 for no intervals.
        seed: seed of the resampling.

    Raises:
        InputError: the numbers of documents differ, or the texts of a pair do.
    """
    _check_pairs(gold, predicted)
    if bootstrap < 0:
        raise InputError(f"'bootstrap' must be 0 or more, got {bootstrap}")
    counts = np.zeros((len(gold), len(LAYERS), 3), dtype=np.int64)  # gold, predicted, correct
    types: dict[str, dict[str, list[Any]]] = {layer: defaultdict(lambda: [0, 0, 0]) for layer in _TYPED}
    for i, (right, guess) in enumerate(zip(gold, predicted, strict=True)):
        ours, theirs = _facts(right), _facts(guess)
        for j, layer in enumerate(LAYERS[:-1]):
            sides = (ours[layer], theirs[layer], ours[layer] & theirs[layer])
            counts[i, j] = [len(side) for side in sides]
            if layer in _TYPED:
                for column, side in enumerate(sides):
                    for fact in side:
                        types[layer][str(fact[_TYPED[layer]])][column] += 1
        counts[i, -1] = _realis(right, guess)
    intervals = _intervals(counts, bootstrap, seed) if bootstrap and len(gold) else [None] * len(LAYERS)
    totals: list[list[Any]] = counts.sum(axis=0).tolist()
    return Scores(
        {
            layer: Score(g, p, c, span)
            for layer, (g, p, c), span in zip(LAYERS, totals, intervals, strict=True)
        },
        {layer: {name: Score(*table[name]) for name in sorted(table)} for layer, table in types.items()},
        documents=len(gold),
        bootstrap=bootstrap,
    )


def tag_scores(
    gold: Sequence[Document], predicted: Sequence[Document], layer: Literal["entity", "trigger"] = "entity"
) -> dict[str, Any]:
    """Score word tags with seqeval (strict IOB2), as published named entity results are.

    A span that is not made of whole words is snapped to the words it touches. Tags cannot overlap:
    of two spans that touch the same word the one that starts first (then the longer) is kept.

    Args:
        gold: the right answers.
        predicted: what was predicted for the same texts, in the same order.
        layer: ``entity``, or ``trigger`` (tagged with the event type).

    Returns:
        ``precision``, ``recall`` and ``f1`` (micro, percent), ``gold`` (number of tagged spans),
        ``types`` with the same keys for each type, and ``mode``, how seqeval counted.

    Raises:
        InputError: there is no such layer, or the documents do not pair up.
        MissingExtraError: seqeval is not installed.
    """
    try:
        from seqeval.metrics import classification_report
        from seqeval.scheme import IOB2
    except ImportError as err:
        raise MissingExtraError("seqeval", "train") from err
    if layer not in ("entity", "trigger"):
        raise InputError(f"no layer {layer!r} to tag: use 'entity' or 'trigger'")
    _check_pairs(gold, predicted)
    right, guess = ([_tags(doc, layer) for doc in docs] for docs in (gold, predicted))
    report: dict[str, Any] = {}
    if any(tag != "O" for side in (right, guess) for tags in side for tag in tags):  # seqeval needs one
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # undefined ratios, which zero_division settles
            report = classification_report(
                right, guess, output_dict=True, mode="strict", scheme=IOB2, zero_division=0
            )
    rows = {name: _seqeval_row(row) for name, row in report.items()}
    micro = rows.pop("micro avg", _seqeval_row({}))
    types = {name: row for name, row in rows.items() if name not in ("macro avg", "weighted avg")}
    return {**micro, "types": types, "mode": "strict IOB2"}


def _seqeval_row(row: Mapping[str, Any]) -> dict[str, Any]:
    names = {"precision": "precision", "recall": "recall", "f1": "f1-score"}
    out: dict[str, Any] = {name: 100.0 * float(row.get(key, 0.0)) for name, key in names.items()}
    return {**out, "gold": int(row.get("support", 0))}


def _check_pairs(gold: Sequence[Document], predicted: Sequence[Document]) -> None:
    if len(gold) != len(predicted):
        raise InputError(
            f"{len(gold)} gold documents but {len(predicted)} predicted ones: give a pair for each"
        )
    for number, (right, guess) in enumerate(zip(gold, predicted, strict=True), 1):
        if right.text != guess.text:
            raise InputError(
                f"document {right.id!r} (number {number}): the predicted document {guess.id!r} has another"
                " text; give the documents in the same order, with the text unchanged"
            )


def _facts(doc: Document) -> dict[str, _Facts]:
    """What a document says, for every layer but realis."""
    spans = {e.id: (e.start, e.end) for e in doc.entities}
    facts: dict[str, _Facts] = {layer: set() for layer in LAYERS[:-1]}
    facts["entity"].update((e.start, e.end, e.type) for e in doc.entities)
    for event in doc.events:
        trigger = (event.trigger.start, event.trigger.end)
        fillers = frozenset((a.role, *spans[a.entity]) for a in event.arguments)
        facts["trigger_id"].add(trigger)
        facts["trigger_class"].add((*trigger, event.type))
        facts["argument_id"].update((event.type, start, end) for _, start, end in fillers)
        facts["argument_class"].update((event.type, *filler) for filler in fillers)
        facts["frame"].add((*trigger, event.type, event.realis, fillers))
    return facts


def _realis(gold: Document, predicted: Document) -> tuple[int, int, int]:
    """Triggers that are right (twice, as gold and as predicted), and those with the right realis."""
    sides: list[dict[tuple[int, int, str], set[str]]] = []
    for doc in (gold, predicted):
        side: dict[tuple[int, int, str], set[str]] = defaultdict(set)
        for event in doc.events:
            side[event.trigger.start, event.trigger.end, event.type].add(event.realis)
        sides.append(side)
    shared = sides[0].keys() & sides[1].keys()
    return len(shared), len(shared), sum(sides[0][key] == sides[1][key] for key in shared)


def _intervals(
    counts: np.ndarray[Any, np.dtype[np.int64]], resamples: int, seed: int
) -> list[tuple[float, float] | None]:
    """95% percentile intervals of each layer's F1 over resampled documents."""
    documents, layers, _ = counts.shape
    rng = np.random.default_rng(seed)
    flat = counts.reshape(documents, -1)
    sums = np.empty((resamples, flat.shape[1]), dtype=np.int64)
    step = max(1, 4_000_000 // documents)  # bounds the memory of the drawn indices
    for begin in range(0, resamples, step):
        rows = min(step, resamples - begin)
        drawn = rng.integers(documents, size=(rows, documents))
        drawn += np.arange(rows)[:, None] * documents
        weights = np.bincount(drawn.ravel(), minlength=rows * documents).reshape(rows, documents)
        sums[begin : begin + rows] = weights @ flat
    gold, guess, correct = np.moveaxis(sums.reshape(resamples, layers, 3), 2, 0)
    f1 = 200.0 * correct / np.maximum(gold + guess, 1)
    low, high = np.percentile(f1, [2.5, 97.5], axis=0)
    return [(float(a), float(b)) for a, b in zip(low, high, strict=True)]


def _tags(doc: Document, layer: str) -> list[str]:
    from .text import words

    spans = [(e.start, e.end, e.type) for e in doc.entities]
    if layer == "trigger":
        spans = [(e.trigger.start, e.trigger.end, e.type) for e in doc.events]
    found = words(doc.text)
    tags = ["O"] * len(found)
    for start, end, name in sorted(set(spans), key=lambda s: (s[0], -s[1], s[2])):
        touched = [k for k, (first, last) in enumerate(found) if first < end and last > start]
        if all(tags[k] == "O" for k in touched):
            for n, k in enumerate(touched):
                tags[k] = f"{'I' if n else 'B'}-{name}"
    return tags


def _table(title: str, scores: Mapping[str, Score]) -> list[tuple[str, ...]]:
    with_interval = any(score.interval for score in scores.values())
    head = (title, "precision", "recall", "f1", *(["95% of f1"] if with_interval else []))
    rows: list[tuple[str, ...]] = [(*head, "gold", "predicted", "correct")]
    for name, score in scores.items():
        row = [name, *(f"{value:.2f}" for value in (score.precision, score.recall, score.f1))]
        if with_interval:
            row.append("{:.2f}-{:.2f}".format(*score.interval) if score.interval else "")
        rows.append((*row, str(score.gold), str(score.predicted), str(score.correct)))
    return rows


def _column(rows: Sequence[tuple[str, ...]]) -> list[tuple[str, str]]:
    """Rows as (padded name, right-aligned rest)."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return [
        (
            row[0].ljust(widths[0]),
            "".join("  " + c.rjust(w) for c, w in zip(row[1:], widths[1:], strict=True)),
        )
        for row in rows
    ]
