"""Score predictions or models: one command a benchmark, none of them used for tuning.

    python -m training.benchmark events GOLD.jsonl                        # the shipped model
    python -m training.benchmark events GOLD.jsonl --pred PRED.jsonl      # any pair of files
    python -m training.benchmark events GOLD.jsonl --model runs/seed*     # models, e.g. several seeds
    python -m training.benchmark gsr | idrisi | timex [--model ...]       # zero-shot, other corpora
    python -m training.benchmark peers [--pred TOOL.jsonl ...]            # beside other tools
    python -m training.benchmark anercorp --encoder FOLDER                # fine-tunes, three seeds
    python -m training.benchmark leakage                                  # train against test files
    python -m training.benchmark calibration GOLD.jsonl                   # are scores probabilities?
    python -m training.benchmark speed [--onnx EXPORTED]                  # words a second, as ratios
    python -m training.benchmark memory                                   # peak of a long run

Tables go to standard output. The same as JSON, with what is needed to compare runs (SHA-256 of the
data, machine, library versions), goes to the file of ``--json``, or else after the tables.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from arabic_ie.errors import ArabicIEError
from arabic_ie.formats.files import write_chunks

from .benchmarks.report import average, average_table, gold_result, predict, sha256, sources
from .corpora.sources import DATA

if TYPE_CHECKING:
    from arabic_ie.metrics import Scores

SEEDS = Path("seeds")  # run from the root of the repository, as configs/ are
ANNOTATION = Path("..") / "shared" / "annotation" / "corpus"
EXTERNAL = ("gsr", "idrisi", "timex")


def run_events(
    gold_path: str | Path,
    pred_path: str | Path | None = None,
    models: Sequence[str | Path] = (),
    bootstrap: int = 1000,
) -> dict[str, Any]:
    """Score a file of predictions, or models, on gold documents; print the tables.

    Args:
        gold_path: gold documents, read by the schema of each model that is scored.
        pred_path: JSONL of predicted documents, in the same order; excludes ``models``.
        models: model folders. Neither this nor ``pred_path``: the shipped model.
        bootstrap: resamples for the 95% intervals; 0 for none.

    Returns:
        The results as plain JSON values.
    """
    from arabic_ie import Extractor, evaluate, read

    runs: list[dict[str, Any]] = []
    scored: list[Scores] = []
    named = [(str(pred_path), pred_path)] if pred_path is not None else sources(models)
    for name, source in named:
        run: dict[str, Any] = {"name": name}
        if pred_path is not None:
            gold, predicted = read(gold_path), read(pred_path)
            run["sha256"] = sha256(pred_path)
        else:  # some formats do not tell event types from entity types
            extractor = Extractor.from_pretrained(source)
            gold = read(gold_path, schema=extractor.schema)
            predicted, run["seconds"] = predict([doc.text for doc in gold], extractor)
        scores = evaluate(gold, predicted, bootstrap=bootstrap)
        scored.append(scores)
        runs.append({**run, "scores": scores.to_dict()})
        print(f"== {name}, {len(gold)} documents\n{scores}\n")
    result = gold_result("events", gold_path, gold, runs=runs)
    if len(scored) > 1:
        result["summary"] = average([scores.to_dict()["layers"] for scores in scored])
        print(f"== mean and standard deviation of {len(scored)} models\n{average_table(result['summary'])}\n")
    return result


def _run(args: argparse.Namespace) -> dict[str, Any]:
    if args.task == "events":
        return run_events(args.gold, args.pred, args.model, args.bootstrap)
    if args.task in EXTERNAL:
        from .benchmarks import external

        run = {"gsr": external.run_gsr, "idrisi": external.run_idrisi, "timex": external.run_timex}
        return run[args.task](args.data, args.model, args.bootstrap)
    if args.task == "peers":
        from .benchmarks.peers import run_peers

        return run_peers(args.gold, args.pred, args.model, args.bootstrap)
    if args.task == "leakage":
        from .benchmarks.leakage import run_leakage

        return run_leakage(args.train, args.test)
    if args.task == "calibration":
        from .benchmarks.calibrated import run_calibration

        return run_calibration(args.gold, args.model)
    if args.task == "speed":
        from .benchmarks.speed import run_speed

        return run_speed(args.model, args.onnx, args.texts, args.sizes, args.words, args.baseline)
    if args.task == "memory":
        from .benchmarks.memory import run_memory

        return run_memory(args.model, args.lines, words=args.words)
    from .benchmarks.anercorp import run_anercorp

    return run_anercorp(args.data, args.encoder, args.seeds, args.out, args.overrides)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m training.benchmark",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="task", required=True)
    events = commands.add_parser("events", help="entities and events against gold documents")
    events.add_argument("gold", metavar="GOLD.jsonl", help="gold documents")
    source = events.add_mutually_exclusive_group()
    source.add_argument("--pred", metavar="PRED.jsonl", help="predicted documents, in the same order")
    scored = [(events, source)]
    about = {
        "gsr": "assaults and protests in the Arabic event GSR: detection, triggers, actors",
        "idrisi": "location mentions in the IDRISI dev tweets",
        "timex": "dates in 50 news documents with TIMEX3",
    }
    for name in EXTERNAL:
        command = commands.add_parser(name, help=about[name])
        scored.append((command, command))  # type: ignore[arg-type]
    peers = commands.add_parser("peers", help="names and dates, beside predictions of other tools")
    peers.add_argument(
        "gold",
        metavar="GOLD.jsonl",
        nargs="?",
        default=ANNOTATION / "test.jsonl",
        help="default: %(default)s",
    )
    peers.add_argument(
        "--pred",
        metavar="TOOL.jsonl",
        nargs="+",
        action="extend",
        default=[],
        help="predictions on the same documents, by training.benchmarks.peer_tools",
    )
    scored.append((peers, peers))  # type: ignore[arg-type]
    for command, group in scored:
        group.add_argument(
            "--model",
            metavar="FOLDER",
            nargs="+",
            action="extend",
            default=[],
            help="model folders (repeatable); several also give mean and standard deviation",
        )
        command.add_argument(
            "--bootstrap", type=int, default=1000, help="resamples for 95%% intervals (0: none)"
        )
    aner = commands.add_parser("anercorp", help="fine-tune on ANERcorp (CAMeL train), score its test files")
    aner.add_argument("--encoder", required=True, help="folder or hub name of the encoder")
    aner.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    aner.add_argument("--out", type=Path, default=Path("runs/anercorp"), help="where models go (%(default)s)")
    aner.add_argument("--set", dest="overrides", action="append", default=[], metavar="KEY=VALUE")
    leakage = commands.add_parser("leakage", help="near-duplicates between training and test files")
    leakage.add_argument(
        "--train",
        type=Path,
        nargs="+",
        default=[ANNOTATION / "train.jsonl", *sorted(SEEDS.glob("original*.jsonl"))],
        help="by default our training corpora; add the output of training.standoff",
    )
    leakage.add_argument(
        "--test",
        type=Path,
        nargs="+",
        default=[ANNOTATION / "test.jsonl", SEEDS / "seed.jsonl"],
        help="by default our test corpora",
    )
    calibration = commands.add_parser("calibration", help="share of right marks at each height of the score")
    calibration.add_argument("gold", metavar="GOLD.jsonl", help="gold documents")
    speed = commands.add_parser("speed", help="words a second against the transformers pipeline")
    speed.add_argument("--onnx", metavar="FOLDER", help="folder of its export")
    speed.add_argument("--texts", default=SEEDS / "original.jsonl", help="JSONL of sentences")
    speed.add_argument("--sizes", type=int, nargs="+", default=(10, 100, 1_000, 10_000), help="of sentences")
    speed.add_argument("--words", type=int, default=100_000, help="length of the long article")
    speed.add_argument(
        "--baseline", type=int, default=200, help="sentences for the pipelines, which are slow"
    )
    memory = commands.add_parser("memory", help="peak memory of extract on a file of many lines")
    memory.add_argument("--lines", type=int, default=200_000)
    memory.add_argument("--words", type=int, help="most words of a line (all of the sentence)")
    for command in (calibration, speed, memory):
        command.add_argument("--model", metavar="FOLDER", help="the shipped model by default")
    for name, command in commands.choices.items():
        command.add_argument(
            "--json", metavar="OUT.json", help="write the results here, not after the tables"
        )
        if name in (*EXTERNAL, "anercorp"):
            command.add_argument(
                "--data", type=Path, default=DATA, help="folder of the raw corpora (%(default)s)"
            )
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code (2 for an error of the input)."""
    args = _parser().parse_args(argv)
    try:
        text = json.dumps(_run(args), ensure_ascii=False, indent=2)
        if args.json:
            write_chunks([text, "\n"], Path(args.json))
        else:
            print(text)
    except (ArabicIEError, OSError) as err:
        print("error: " + " ".join(str(err).split()), file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
