"""Mean of the weights of several checkpoints: ``python -m training.average configs/news-small.yaml OUT FOLDER...``.

Runs that start from the same checkpoint and differ in their seed end close to one another; the mean
of their weights is often better than each of them, at the cost of one (Wortsman et al. 2022, "Model
soups: averaging weights of multiple fine-tuned models improves accuracy without increasing inference
time"). The thresholds and the calibration are fitted again, on the dev part of the configuration. A folder
named twice counts twice.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from arabic_ie import Extractor
from arabic_ie.errors import CheckpointError, ConfigError

from .parts import parts
from .publish import publish
from .settings import exit_code, load_config


def average(folders: Sequence[str | Path]) -> Extractor:
    """An extractor with the mean of the weights of checkpoints, in fp32.

    Raises:
        ConfigError: no checkpoint is named.
        CheckpointError: one cannot be loaded, or is not of the shape and schema of the first.
    """
    if not folders:
        raise ConfigError("name at least one checkpoint")
    first = Extractor.from_pretrained(folders[0], device="cpu", dtype="float32")
    mean = {name: tensor.double() for name, tensor in first.model.state_dict().items()}
    for folder in folders[1:]:
        other = Extractor.from_pretrained(folder, device="cpu", dtype="float32")
        weights = other.model.state_dict()
        same = {n: t.shape for n, t in weights.items()} == {n: t.shape for n, t in mean.items()}
        if not same or other.schema.to_dict() != first.schema.to_dict():
            raise CheckpointError(
                f"{folder}: not of the shape and schema of {folders[0]}: no mean of the two"
            )
        for name, tensor in weights.items():
            mean[name] += tensor.double()
    first.model.load_state_dict({name: tensor / len(folders) for name, tensor in mean.items()})
    return first


def main(argv: Sequence[str] | None = None) -> int:
    """Command line; errors in one line, exit code 2."""
    parser = argparse.ArgumentParser(
        prog="python -m training.average",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("config", help="the configuration whose dev part fits the thresholds and the curves")
    parser.add_argument("out", type=Path, help="new checkpoint folder")
    parser.add_argument("folders", nargs="+", help="checkpoints, e.g. runs/*/best")
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="as in training.train"
    )
    options = parser.parse_args(argv)

    def run() -> None:
        config = load_config(options.config, options.set)
        _, dev = parts(config)
        mean = average(options.folders)
        publish(mean.model, mean.tokenizer, {**config, "average_of": options.folders}, dev, options.out)

    return exit_code(run)


if __name__ == "__main__":
    sys.exit(main())
