"""Memory of ``extract`` on a big file: peak RSS after 10 % and after all of the lines.

    python -m training.benchmark memory [--lines 200000] [--model FOLDER]

The lines are the sentences of the seed article and of our own corpus, over and over, each with a number,
so that none repeats. Reading, extraction and writing are those of ``arabic-ie extract -o``.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import count, cycle, islice
from pathlib import Path
from typing import Any

from arabic_ie import Extractor, read
from arabic_ie.streams import Input, read_inputs, write_resumable

SEEDS = Path("seeds")  # run from the root of the repository, as configs/ are


def make_lines(path: Path, lines: int, words: int | None = None) -> None:
    """Write a file of so many different lines, of so many words at most."""
    docs = (doc for name in ("seed", "original") for doc in read(SEEDS / f"{name}.jsonl"))
    texts = [" ".join(doc.text.split()[:words]) for doc in docs]
    numbered = (f"{n} {text}\n" for n, text in zip(count(1), cycle(texts), strict=False))
    with path.open("w", encoding="utf-8") as out:
        out.writelines(islice(numbered, lines))


def peak_mb() -> float:
    """The most memory this process has had; Linux counts in KiB, macOS in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def run_memory(
    model: str | None, lines: int, batch_size: int = 32, words: int | None = None
) -> dict[str, Any]:
    """Run, and note the peak after each tenth of the lines; print the figures.

    Args:
        model: checkpoint folder; None: the shipped model.
        lines: how many lines to read.
        batch_size: of extraction.
        words: how many words of each sentence a line has; None: all.
    """
    extractor = Extractor.from_pretrained(model, device="cpu")
    marks: dict[str, float] = {"model loaded": peak_mb()}

    def watched(inputs: Iterator[Input]) -> Iterator[Input]:
        for number, item in enumerate(inputs, 1):
            if number * 10 % lines < 10 and 0 < number < lines:
                marks[f"{round(number * 100 / lines)} %"] = peak_mb()
            yield item

    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "lines.txt"), Path(folder, "out.jsonl")
        make_lines(source, lines, words)
        begin = time.perf_counter()
        inputs = watched(read_inputs(str(source), lines=True))
        write_resumable(extractor, inputs, target, batch_size, resume=False, total=lines)
        seconds = time.perf_counter() - begin
        with target.open("rb") as stream:
            written = sum(1 for _ in stream)
    marks["100 %"] = peak_mb()
    peaks = {key: round(value, 1) for key, value in marks.items()}
    print(f"{written:,} of {lines:,} lines in {seconds:.1f} s")
    for key, value in peaks.items():
        print(f"peak RSS, {key}: {value} MB")
    return {"lines": lines, "written": written, "seconds": round(seconds, 1), "peak_rss_mb": peaks}
