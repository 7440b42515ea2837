"""What each part of the training adds: ``python -m training.ablation configs/ablation.yaml``.

A run of ``training.train`` for each row of the table, with the overrides of the row and the same dev part.
Rows that are done are not trained again, and ``--resume`` goes on within the row that was broken off.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from arabic_ie.errors import ConfigError
from arabic_ie.schema import read_yaml

from .settings import config_command, load_config, load_yaml
from .train import train

DEFAULTS: dict[str, Any] = {"config": "", "output_dir": "runs/ablation", "set": [], "rows": {}}
SCORES = ("entity", "trigger_class", "argument_class", "frame", "realis")


def ablation(path: str | Path, resume: bool = False, overrides: Sequence[str] = ()) -> dict[str, list[float]]:
    """Train and score the rows of a table, and print it.

    Args:
        path: a YAML file with ``config`` (of the runs), ``output_dir``, ``set`` (overrides of all rows) and
            ``rows`` (name: overrides of that row).
        resume: go on from the last checkpoint of a row.
        overrides: of the YAML file itself, ``KEY=VALUE``.

    Returns:
        F1 on dev of each row, by name: entity, trigger class, argument class, frame, and accuracy of realis.

    Raises:
        ConfigError, CheckpointError, FormatError, SchemaError: see ``training.train``.
    """
    table = load_yaml(path, overrides, DEFAULTS)
    for name, own in table["rows"].items():
        if not isinstance(own, list) or not all(isinstance(one, str) for one in own):
            raise ConfigError(f"{path}: row {name!r} must be a list of KEY=VALUE")
    if not table["rows"]:
        raise ConfigError(f"{path}: no rows")
    runs = {}
    for number, (name, own) in enumerate(table["rows"].items()):
        folder = Path(table["output_dir"]) / f"{number:02d}-{re.sub(r'[^0-9A-Za-z]+', '-', str(name))}"
        settings = [*table["set"], *own, f"training.output_dir={folder}"]
        # All of them before the first is trained: a slip in the last row is told now, not in an hour.
        runs[str(name)] = (folder / "best", settings, load_config(table["config"], settings))
    figures: dict[str, list[float]] = {}
    for name, (best, settings, config) in runs.items():
        if not _done(best, config):
            # What a finished run of other settings left is nothing to go on from.
            train(table["config"], resume and not best.exists(), settings)
        dev = _dev(best)
        figures[name] = [dev[layer]["f1"] for layer in SCORES]
    print(markdown(figures))
    return figures


def _done(best: Path, config: Mapping[str, Any]) -> bool:
    """Whether a whole checkpoint, trained with this configuration, lies in a folder."""
    try:
        trained = read_yaml((best / "training.yaml").read_text(encoding="utf-8"))
        _dev(best)
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return {key: value for key, value in trained.items() if key != "versions"} == config


def _dev(best: Path) -> Any:
    """The dev figures of a checkpoint, by layer."""
    return json.loads((best / "metrics.json").read_text(encoding="utf-8"))["dev"]["layers"]


def markdown(figures: Mapping[str, Sequence[float]]) -> str:
    """The table; differences to the first row stand beside the figures."""
    lines = ["| | " + " | ".join(layer.replace("_", " ") for layer in SCORES) + " |"]
    lines.append("|---|" + "--:|" * len(SCORES))
    first = next(iter(figures.values()))
    for number, (name, scores) in enumerate(figures.items()):
        cells = [
            f"{score:.1f}" + (f" ({score - base:+.1f})" if number else "")
            for score, base in zip(scores, first, strict=True)
        ]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main(argv: Sequence[str] | None = None) -> int:
    """Command line; see ``config_command``."""
    return config_command(__doc__, ablation, argv)


if __name__ == "__main__":
    sys.exit(main())
