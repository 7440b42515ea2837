"""What comes after training: the thresholds, the calibration of scores, the checkpoint folder."""

from __future__ import annotations

import json
import platform
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
import transformers
import yaml

from arabic_ie import Document, Extractor, IEConfig, IEModel, calibration, evaluate
from arabic_ie.folders import new_folder
from arabic_ie.frames import kept_score
from arabic_ie.tags import DIGITS

ENOUGH_ARGUMENTS = 300  # in dev, to choose thresholds by them
GRID = (0.0, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8)  # of entities and triggers
ROLE_GRID = (0.7, 0.6, 0.5, 0.4, 0.3, 0.25, 0.2)
CLAIM_GRID = (1.0, 0.95, 0.9, 0.8, 0.7, 0.6)
# Settings in the order of their choice, with the layers that choose them. Entities that triggers may claim can
# be left out more strictly, so theirs is chosen again.
STEPS = (
    ("role_threshold", ROLE_GRID, ("argument_class", "frame")),
    ("claim_threshold", CLAIM_GRID, ("entity", "argument_class", "frame")),
    ("entity_threshold", GRID, ("entity", "argument_class", "frame")),
)


def publish(model: IEModel, tokenizer: Any, config: dict[str, Any], dev: list[Document], path: Path) -> None:
    """Write a checkpoint folder in fp16, with its configuration and dev figures; print the table.

    Raises:
        CheckpointError: it cannot be written; an old folder stands as it was.
    """
    extractor = Extractor(model, tokenizer, None, resolve=False)
    predicted = tune_thresholds(extractor, dev)
    scores, facts = evaluate(dev, predicted), calibrate(extractor.config, dev, predicted)
    about = {
        "torch": str(torch.__version__),
        "transformers": transformers.__version__,
        "machine": platform.machine(),
    }
    files = {
        "training.yaml": yaml.safe_dump({**config, "versions": about}, allow_unicode=True),
        "metrics.json": json.dumps({"dev": scores.to_dict(), "calibration": facts}, indent=1),
    }
    with new_folder(path) as aside:
        model.half().save_pretrained(aside)
        tokenizer.save_pretrained(aside)
        for name, content in files.items():
            (aside / name).write_text(content, encoding="utf-8")
    print(f"\ndev, {len(dev)} documents\n{scores}\n{path}")


def tune_thresholds(extractor: Extractor, dev: list[Document]) -> list[Document]:
    """Set the thresholds to those that score best on dev, if dev is large enough.

    Marks of which the model is too unsure cost more precision than they gain recall: F1 is best without
    those that are right less often than half of it says (Lipton et al., 2014). Those of entities, of claims
    and of roles are chosen one after the other: each by all figures that it moves.

    Returns:
        What the model finds in dev, with its own scores, at these thresholds.
    """
    config = extractor.config
    extractor.curves = {}
    # The best of a few dozen arguments is chance: 30 sentences chose one that cost 2 F1 elsewhere.
    if sum(len(v.arguments) for doc in dev for v in doc.events) < ENOUGH_ARGUMENTS:
        return extractor([d.text for d in dev])
    config.entity_threshold = config.trigger_threshold = 0.0
    config.claim_threshold, config.role_threshold = 1.0, min(ROLE_GRID)
    found = extractor([d.text for d in dev])
    marks = calibration.marks(dev, found)
    config.trigger_threshold = best_threshold(marks["trigger"], sum(len(d.events) for d in dev))
    config.entity_threshold = best_threshold(marks["entity"], sum(len(d.entities) for d in dev))
    for setting, grid, layers in STEPS:
        figures = {}
        for value in grid:
            setattr(config, setting, value)
            scores = evaluate(dev, [_at_thresholds(doc, config) for doc in found])
            figures[value] = sum(scores[layer].f1 for layer in layers)
        setattr(config, setting, max(figures, key=lambda value: figures[value]))  # the first of the best
    return [_at_thresholds(doc, config) for doc in found]


def best_threshold(rows: list[tuple[float, bool]], gold: int) -> float:
    """The threshold of one layer that gives the best F1; the lowest of the best."""
    kept = {least: [right for score, right in rows if score >= least] for least in GRID}
    return max(GRID, key=lambda least: sum(kept[least]) / max(len(kept[least]) + gold, 1))


def _at_thresholds(doc: Document, config: IEConfig) -> Document:
    """The document without the marks below the thresholds, numbered anew, as the extractor would give it."""
    events = [v for v in doc.events if v.score >= config.trigger_threshold]
    claims: dict[str, float] = {}
    for argument in (a for v in events for a in v.arguments):
        claims[argument.entity] = max(claims.get(argument.entity, 0.0), argument.score)
    entities = []
    for entity in doc.entities:
        claim = claims.get(entity.id, 0.0)
        score = kept_score(entity.score, claim, config.entity_threshold, config.claim_threshold)
        if score is not None:
            entities.append(replace(entity, score=round(score, DIGITS)))
    ids = {e.id: f"E{i + 1}" for i, e in enumerate(entities)}
    return replace(
        doc,
        entities=tuple(replace(e, id=ids[e.id]) for e in entities),
        events=tuple(
            replace(
                v,
                id=f"T{i + 1}",
                arguments=tuple(
                    replace(a, entity=ids[a.entity])
                    for a in v.arguments
                    if a.score >= config.role_threshold and a.entity in ids
                ),
            )
            for i, v in enumerate(events)
        ),
    )


def calibrate(config: IEConfig, dev: list[Document], predicted: list[Document]) -> dict[str, Any]:
    """Fit the curves that turn scores into probabilities, into the configuration.

    Returns:
        For each layer the curve, and the expected calibration error on dev before and after.
    """
    config.calibration, facts = {}, {}
    for layer, rows in calibration.marks(dev, predicted).items():
        curve = calibration.fit([score for score, _ in rows], [right for _, right in rows])
        after = [(calibration.calibrated(score, curve), right) for score, right in rows]
        errors = [calibration.expected_error(calibration.reliability(part)) for part in (rows, after)]
        config.calibration[layer] = list(curve)
        facts[layer] = {"curve": list(curve), "marks": len(rows), "before": errors[0], "after": errors[1]}
    return facts
