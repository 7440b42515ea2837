"""Does a test set share text with what was trained on? Near-duplicates between files of documents."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from arabic_ie import Document, read
from arabic_ie.errors import InputError

from ..corpora.overlap import NEAR, SHINGLE, Overlap, letters, trigrams
from .report import sha256

LEVELS = (0.3, 0.5, NEAR)
SHOWN = 20  # pairs in the report


def run_leakage(train: Sequence[Path], test: Sequence[Path]) -> dict[str, Any]:
    """Compare every training file with every test file; print a table.

    Of each test document the closest training document is found by the share of word trigrams (of
    the shorter of the two) that they have in common, spelling folded. ``same``: the same letters;
    ``stretch``: ``SHINGLE`` letters in a row in common, which includes quotations and set phrases.

    Returns:
        Counts for each pair of files, and the closest pairs by id. No text.

    Raises:
        InputError: no file on one side.
    """
    if not train or not test:
        raise InputError("name at least one training file and one test file")
    out: dict[str, Any] = {
        "task": "leakage",
        "sha256": {str(path): sha256(path) for path in (*train, *test)},
        "near": NEAR,
        "stretch_letters": SHINGLE,
        "pairs": [],
    }
    print(
        f"{'train':36} {'test':28} {'tested':>6} {'same':>5} {'stretch':>7} "
        + " ".join(f"{'>=' + format(level, '.1f'):>6}" for level in LEVELS)
    )
    tests = {path: list(read(path)) for path in test}
    for path in train:
        docs = list(read(path))
        known = Overlap(d.text for d in docs)
        same = {letters(d.text) for d in docs} - {""}
        for other, wanted in tests.items():
            if other.resolve() == path.resolve():
                continue
            row = _compare(docs, known, same, wanted)
            out["pairs"].append({"train": str(path), "test": str(other), **row})
            levels = " ".join(f"{row['near'][f'{level:.1f}']:6}" for level in LEVELS)
            print(
                f"{_tail(path, 36):36} {_tail(other, 28):28} {row['documents']:6} {row['same']:5}"
                f" {row['stretch']:7} {levels}"
            )
            for pair in row["closest"]:
                print(f"    {pair['test']} ~ {pair['train']}: {pair['share']:.2f}")
    return out


def _compare(
    docs: Sequence[Document], known: Overlap, same: set[str], wanted: Sequence[Document]
) -> dict[str, Any]:
    closest = []
    for doc in wanted:
        number, share = known.nearest(doc.text)
        # A share of one or two trigrams says nothing.
        if number >= 0 and len(trigrams(doc.text)) >= 3:
            closest.append({"test": doc.id, "train": docs[number].id, "share": share})
    closest.sort(key=lambda pair: -float(str(pair["share"])))
    shares = [float(str(pair["share"])) for pair in closest]
    return {
        "documents": len(wanted),
        "same": sum(letters(d.text) in same for d in wanted),
        "stretch": sum(known.shares_stretch(d.text) for d in wanted),
        "near": {f"{level:.1f}": sum(s >= level for s in shares) for level in LEVELS},
        "highest": max(shares, default=0.0),
        "closest": [pair for pair in closest if float(str(pair["share"])) >= LEVELS[0]][:SHOWN],
    }


def _tail(path: Path, width: int) -> str:
    return str(path)[-width:]
