"""What every benchmark shares: running models, describing the machine and the data, averaging runs."""

from __future__ import annotations

import hashlib
import os
import platform
import statistics
import time
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from arabic_ie.extractor import Extractor
    from arabic_ie.types import Document

LIBRARIES = ("numpy", "torch", "transformers", "safetensors", "seqeval")
SHIPPED = "shipped model"
COLUMNS = ("precision", "recall", "f1")


def predict(texts: Sequence[str], extractor: Extractor) -> tuple[list[Document], float]:
    """Run a model on texts; the documents and the seconds it took."""
    begin = time.perf_counter()
    predicted = list(extractor.pipe(texts))
    return predicted, round(time.perf_counter() - begin, 3)


def sources(models: Sequence[str | Path]) -> list[tuple[str, str | Path | None]]:
    """Name and folder of each model to score; the shipped one if none is named."""
    return [(str(model), model) for model in models] or [(SHIPPED, None)]


def result(task: str, files: Iterable[Path], **more: Any) -> dict[str, Any]:
    """The head of a result: what was scored, where, with which versions."""
    data = {path.name: sha256(path) for path in files}
    return {"task": task, "sha256": data, "machine": machine(), "versions": versions(), **more, "runs": []}


def gold_result(task: str, path: str | Path, gold: Sequence[Document], **more: Any) -> dict[str, Any]:
    """The same for what is scored on one file of gold documents."""
    facts = {"path": str(path), "sha256": sha256(path), "documents": len(gold)}
    return {"task": task, "gold": facts, "machine": machine(), "versions": versions(), **more}


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


def average(runs: Sequence[Mapping[str, Mapping[str, Any]]]) -> dict[str, dict[str, dict[str, float]]]:
    """Mean and sample standard deviation over several runs of row -> column -> number."""
    return {
        row: {
            key: {"mean": statistics.fmean(values), "std": statistics.stdev(values)}
            for key in COLUMNS
            if key in runs[0][row]  # recall alone, for some
            for values in [[float(run[row][key]) for run in runs]]
        }
        for row in runs[0]
    }


def average_table(summary: Mapping[str, Mapping[str, Mapping[str, float]]]) -> str:
    """The result of ``average`` as a table."""
    width = max(16, *(len(row) for row in summary))
    rows = [f"{'':<{width}}" + "".join(f"{key:>16}" for key in COLUMNS)]
    for row, keys in summary.items():
        shown = {key: f"{value['mean']:.2f} ± {value['std']:.2f}" for key, value in keys.items()}
        rows.append(f"{row:<{width}}" + "".join(f"{shown.get(key, ''):>16}" for key in COLUMNS))
    return "\n".join(rows)
