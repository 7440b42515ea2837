"""Score predictions or models on annotated documents.

    python -m training.benchmark events GOLD.jsonl                        # the shipped model
    python -m training.benchmark events GOLD.jsonl --pred PRED.jsonl      # any pair of files
    python -m training.benchmark events GOLD.jsonl --model runs/seed*     # models, e.g. several seeds

Tables go to standard output. The same as JSON, with what is needed to compare runs (SHA-256 of the
data, machine, library versions), goes to the file of ``--json``, or else after the tables.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from arabic_ie.errors import ArabicIEError

if TYPE_CHECKING:
    from arabic_ie.metrics import Scores
    from arabic_ie.types import Document

LIBRARIES = ("numpy", "torch", "transformers", "safetensors", "seqeval")


def run_events(
    gold_path: str | Path,
    pred_path: str | Path | None = None,
    models: Sequence[str | Path] = (),
    bootstrap: int = 1000,
) -> dict[str, Any]:
    """Score a file of predictions, or models, on gold documents; print the tables.

    Args:
        gold_path: JSONL of gold documents.
        pred_path: JSONL of predicted documents, in the same order; excludes ``models``.
        models: model folders. Neither this nor ``pred_path``: the shipped model.
        bootstrap: resamples for the 95% intervals; 0 for none.

    Returns:
        The results as plain JSON values.
    """
    from arabic_ie import evaluate, read

    gold = list(read(gold_path))
    result: dict[str, Any] = {
        "task": "events",
        "gold": {"path": str(gold_path), "sha256": sha256(gold_path), "documents": len(gold)},
        "machine": machine(),
        "versions": versions(),
        "runs": [],
    }
    scored: list[Scores] = []
    sources: Sequence[str | Path | None] = [pred_path] if pred_path is not None else [*models] or (None,)
    for source in sources:
        name = "shipped model" if source is None else str(source)
        run: dict[str, Any] = {"name": name}
        if pred_path is not None:
            predicted = list(read(pred_path))
            run["sha256"] = sha256(pred_path)
        else:
            predicted, run["seconds"] = predict(gold, source)
        scores = evaluate(gold, predicted, bootstrap=bootstrap)
        scored.append(scores)
        result["runs"].append({**run, "scores": scores.to_dict()})
        print(f"== {name}, {len(gold)} documents\n{scores}\n")
    if len(scored) > 1:
        result["summary"] = summarise(scored)
        print(
            f"== mean and standard deviation of {len(scored)} models\n{_summary_table(result['summary'])}\n"
        )
    return result


def predict(gold: Sequence[Document], model: str | Path | None) -> tuple[list[Document], float]:
    """Run a model (None: the shipped one) on the texts; the documents and the seconds it took."""
    from arabic_ie import Extractor

    extractor = Extractor.from_pretrained() if model is None else Extractor.from_pretrained(str(model))
    begin = time.perf_counter()
    predicted = list(extractor.pipe([doc.text for doc in gold]))
    return predicted, round(time.perf_counter() - begin, 3)


def summarise(scored: Sequence[Scores]) -> dict[str, dict[str, dict[str, float]]]:
    """Mean and sample standard deviation of each layer over several models."""
    return {
        layer: {
            key: {"mean": statistics.fmean(values), "std": statistics.stdev(values)}
            for key in ("precision", "recall", "f1")
            for values in [[float(getattr(scores[layer], key)) for scores in scored]]
        }
        for layer in scored[0].layers
    }


def _summary_table(summary: dict[str, dict[str, dict[str, float]]]) -> str:
    rows = [f"{'layer':<16}" + "".join(f"{key:>16}" for key in ("precision", "recall", "f1"))]
    for layer, keys in summary.items():
        cells = (f"{value['mean']:.2f} ± {value['std']:.2f}" for value in keys.values())
        rows.append(f"{layer:<16}" + "".join(f"{cell:>16}" for cell in cells))
    return "\n".join(rows)


def sha256(path: str | Path) -> str:
    """SHA-256 of a file."""
    with open(path, "rb") as file:
        digest = hashlib.sha256()
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def machine() -> dict[str, Any]:
    """The kind of machine: CPU model, cores this process may use, GPU if PyTorch sees one."""
    cpu = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        cpu = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), cpu)
    except OSError:
        pass  # not Linux
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    out: dict[str, Any] = {"cpu": cpu, "cores": cores, "system": platform.platform()}
    import torch

    if torch.cuda.is_available():
        out["gpu"] = torch.cuda.get_device_name()
    return out


def versions() -> dict[str, str | None]:
    """Versions of Python, this library and those its results depend on; None if not installed."""
    from arabic_ie import __version__

    out: dict[str, str | None] = {"python": platform.python_version(), "arabic_ie": __version__}
    for name in LIBRARIES:
        try:
            out[name] = version(name)
        except PackageNotFoundError:
            out[name] = None
    return out


def main(argv: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code (2 for an error of the input)."""
    parser = argparse.ArgumentParser(
        prog="python -m training.benchmark", description="Score event extraction."
    )
    commands = parser.add_subparsers(dest="task", required=True)
    events = commands.add_parser("events", help="entities and events against gold documents")
    events.add_argument("gold", metavar="GOLD.jsonl", help="gold documents")
    source = events.add_mutually_exclusive_group()
    source.add_argument("--pred", metavar="PRED.jsonl", help="predicted documents, in the same order")
    source.add_argument(
        "--model",
        metavar="FOLDER",
        nargs="+",
        action="extend",
        default=[],
        help="model folders (repeatable); several also give mean and standard deviation",
    )
    events.add_argument("--bootstrap", type=int, default=1000, help="resamples for 95%% intervals (0: none)")
    events.add_argument("--json", metavar="OUT.json", help="write the results here instead of printing them")
    args = parser.parse_args(argv)
    try:
        result = run_events(args.gold, args.pred, args.model, args.bootstrap)
        text = json.dumps(result, ensure_ascii=False, indent=2)
        if args.json:
            Path(args.json).write_text(text + "\n", encoding="utf-8")
        else:
            print(text)
    except (ArabicIEError, OSError) as err:
        print("error: " + " ".join(str(err).split()), file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
