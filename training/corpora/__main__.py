"""Third-party corpora: write them as JSON Lines, and compare their labels with ours.

    python -m training.corpora export runs/corpora/mapped
    python -m training.corpora export runs/corpora --labels own
    python -m training.corpora agreement --gold ../shared/annotation/corpus/train.jsonl

The texts are of others: the output never enters the repository.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from arabic_ie import read

from ..settings import exit_code
from .agreement import compare, table
from .export import LABELS, export
from .sources import CORPORA, DATA, read_corpus

ANNOTATION = DATA.parents[1] / "annotation" / "corpus"
SEED = Path(__file__).parents[2] / "seeds" / "seed.jsonl"


def agreement(root: Path, gold: Sequence[Path], as_json: bool = False) -> str:
    """Tables of how the labels of ANERcorp, NewsFANE and WikiFANE agree with gold documents of the same text."""
    docs = [doc for path in gold for doc in read(path)]
    parts, values = [], {}
    for name in ("anercorp", "newsfane", "wikifane"):
        sentences, rows, covered = compare(name, read_corpus(name, "train", root), docs)
        marked = ", ".join(f"{kind} {100 * b / a:.0f} ({a})" for kind, (a, b) in covered.items())
        parts.append(
            f"### {name}: {sentences} sentences\n\n{table(rows)}\n\n"
            f"Of our mentions, the part it marks in %, and their number: {marked}"
        )
        values[name] = {
            "sentences": sentences,
            "types": {kind: row.to_dict() for kind, row in rows.items()},
            "covered": {kind: {"mentions": a, "marked": b} for kind, (a, b) in covered.items()},
        }
    return json.dumps(values, ensure_ascii=False, indent=2) if as_json else "\n\n".join(parts)


def main(argv: Sequence[str] | None = None) -> int:
    """Command line; errors in one line, exit code 2."""
    parser = argparse.ArgumentParser(
        prog="python -m training.corpora",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    writer = verbs.add_parser("export", help="write the corpora as JSON Lines")
    writer.add_argument("out", type=Path, help="folder to write, outside the repository or ignored by it")
    writer.add_argument("--labels", choices=LABELS, default="schema", help="types of our schema, or its own")
    writer.add_argument("--only", nargs="+", default=[], metavar="CORPUS", help=", ".join(CORPORA))
    writer.add_argument(
        "--held-out",
        type=Path,
        nargs="+",
        default=[ANNOTATION / "test.jsonl", SEED],
        help="test files (JSONL) beside ANERcorp's test part; by default %(default)s",
    )
    writer.add_argument(
        "--covered",
        type=Path,
        nargs="*",
        default=[ANNOTATION / "train.jsonl"],
        help="gold files whose sentences are left to them; by default %(default)s",
    )
    judge = verbs.add_parser("agreement", help="compare mapped labels with gold documents of the same text")
    judge.add_argument("--gold", type=Path, nargs="+", default=[ANNOTATION / "train.jsonl"])
    judge.add_argument("--json", action="store_true", help="JSON instead of tables")
    for verb in (writer, judge):
        verb.add_argument("--data", type=Path, default=DATA, help="folder of the raw corpora (%(default)s)")
    options = parser.parse_args(argv)

    def run() -> None:
        if options.verb == "export":
            held_out, covered = options.held_out, options.covered
            print(export(options.out, options.data, held_out, covered, options.only, options.labels))
        else:
            print(agreement(options.data, options.gold, options.json))

    return exit_code(run, OSError)


if __name__ == "__main__":
    sys.exit(main())
