"""What comes after training: the threshold of roles, the calibration of scores, the checkpoint folder."""

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

ENOUGH_ARGUMENTS = 300  # in dev, to choose the threshold of roles by them


def publish(model: IEModel, tokenizer: Any, config: dict[str, Any], dev: list[Document], path: Path) -> None:
    """Write a checkpoint folder in fp16, with its configuration and dev figures; print the table.

    Raises:
        CheckpointError: it cannot be written; an old folder stands as it was.
    """
    extractor = Extractor(model, tokenizer, None, resolve=False)
    predicted = tune_threshold(extractor, dev)
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


def tune_threshold(extractor: Extractor, dev: list[Document]) -> list[Document]:
    """Set the least probability of a role to the one that scores best on dev, if dev is large enough.

    Returns:
        What the model finds in dev, with its own scores, at that threshold.
    """
    # The best of a few dozen arguments is chance: 30 sentences chose one that cost 2 F1 elsewhere.
    enough = sum(len(v.arguments) for doc in dev for v in doc.events) >= ENOUGH_ARGUMENTS
    thresholds = (0.5, 0.4, 0.3, 0.25, 0.2) if enough else (extractor.config.role_threshold,)
    extractor.config.role_threshold, extractor.curves = min(thresholds), {}
    found = extractor([d.text for d in dev])
    best: tuple[float, float, list[Document]] = (-1.0, max(thresholds), [])
    for threshold in thresholds:
        predicted = [_at_threshold(doc, threshold) for doc in found]
        scores = evaluate(dev, predicted)
        value = scores["argument_class"].f1 + scores["frame"].f1
        if value > best[0]:
            best = (value, threshold, predicted)
    extractor.config.role_threshold = best[1]
    return best[2]


def _at_threshold(doc: Document, threshold: float) -> Document:
    """The document without the arguments below a score."""
    events = tuple(
        replace(v, arguments=tuple(a for a in v.arguments if a.score >= threshold)) for v in doc.events
    )
    return replace(doc, events=events)


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
