"""How far scores can be trusted: the share of right marks at each height of the score."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from arabic_ie import Extractor, calibration, read

from .report import gold_result


def run_calibration(gold_path: str | Path, model: str | None = None, bins: int = 10) -> dict[str, Any]:
    """Reliability tables of a model on gold documents, with its own scores and calibrated; print them.

    Args:
        gold_path: gold documents that it was neither trained nor calibrated on.
        model: checkpoint folder; None: the shipped model.
        bins: of equal width.
    """
    extractor = Extractor.from_pretrained(model, resolve=False)
    gold = read(gold_path, schema=extractor.schema)
    curves, extractor.curves = extractor.curves, {}
    found = calibration.marks(gold, extractor([doc.text for doc in gold]))
    layers: dict[str, Any] = {}
    for layer, rows in found.items():
        after = [(calibration.calibrated(score, curves.get(layer)), right) for score, right in rows]
        tables = [calibration.reliability(part, bins) for part in (rows, after)]
        errors = [calibration.expected_error(table) for table in tables]
        layers[layer] = {
            "marks": len(rows),
            "curve": curves.get(layer),
            "expected_calibration_error": {"model": errors[0], "calibrated": errors[1]},
            "bins": [[b.low, b.high, b.count, b.score, b.right] for b in tables[1]],
        }
        print(f"{layer}: {len(rows)} marks, expected calibration error {errors[0]:.3f} -> {errors[1]:.3f}")
        print(_table(tables[1]))
    return gold_result("calibration", gold_path, gold, layers=layers)


def _table(bins: Sequence[calibration.Bin]) -> str:
    lines = ["score       marks  mean score  right"]
    lines += [f"{b.low:.1f}-{b.high:.1f}  {b.count:>8}  {b.score:>10.2f}  {b.right:>5.2f}" for b in bins]
    return "\n".join(lines) + "\n"
