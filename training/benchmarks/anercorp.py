"""ANERcorp, CAMeL split: fine-tune an encoder on its train part alone, score both test files.

The dev set is the last tenth of train (there is no official one); the test files choose nothing.
Tags are compared on the tokens of the files with seqeval, in two ways: ``lenient`` (its default, as
conlleval: a stray I- begins a mention) and ``strict`` (IOB2: it is none). The supports of published
figures (2,285 mentions in the official file) are those of the lenient count, so compare those; as our
tags are always well formed, the strict count cannot pass 98.4 on the official file, 99.6 on the
restored one.

The sentences follow one another in the files as in the news, so a model may be shown the words around a
sentence (``--set model.context_tokens=64``); published figures are of sentences read alone.

``official`` is the file that published figures were measured on; the first words of its sentences
are wrong. ``restored`` has them mended.
"""

from __future__ import annotations

import statistics
import warnings
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import yaml

from arabic_ie import Document, Entity, Extractor, write
from arabic_ie.errors import ConfigError, MissingExtraError

from ..corpora.columns import Token, columns
from ..corpora.sources import ANERCORP, read_corpus
from .report import result

TYPES = ("PERS", "LOC", "ORG", "MISC")
DEV_SHARE = 0.1
TOGETHER = 40  # sentences of the files in one document
TESTS = {"official": "test", "restored": "restored"}
# The heads are new, the encoder has learnt names already: it is to keep them, so it learns slowly. Chosen on the
# dev part, where it is as good after two epochs as four times the rate after six or eight.
RECIPE: dict[str, Any] = {
    "model": {"max_tokens": 256, "head_dropout": 0.2, "label_smoothing": 0.05},
    "encoder_dropout": 0.1,
    "negatives": 0.0,
    "head_learning_rate": 1e-3,
    "training": {
        "num_train_epochs": 4,
        "per_device_train_batch_size": 16,
        "learning_rate": 5e-5,
        "warmup_steps": 0.1,
        "weight_decay": 0.01,
        "max_grad_norm": 1.0,
        "logging_steps": 50,
        "save_total_limit": 1,
    },
}


def prepare(root: Path, folder: Path, encoder: str) -> Path:
    """Write the training files and the configuration of one experiment.

    Returns:
        The configuration, for ``training.train``.
    """
    docs = list(read_corpus("anercorp", "train", root))
    cut = len(docs) - max(1, round(DEV_SHARE * len(docs)))
    folder.mkdir(parents=True, exist_ok=True)
    write(in_order(docs[:cut]), folder / "train.jsonl")
    write(in_order(docs[cut:]), folder / "dev.jsonl")
    schema = folder / "schema.yaml"
    schema.write_text(yaml.safe_dump({"name": "anercorp", "entities": list(TYPES)}), encoding="utf-8")
    config = {
        **RECIPE,
        "schema": str(schema),
        "encoder": encoder,
        "data": {"train": [str(folder / "train.jsonl")], "dev": [str(folder / "dev.jsonl")]},
    }
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(config), encoding="utf-8")
    return path


def in_order(docs: Sequence[Document]) -> list[Document]:
    """Sentences joined to documents of ``TOGETHER``, a line each, with the plain names of the types."""
    joined = []
    for at in range(0, len(docs), TOGETHER):
        part = docs[at : at + TOGETHER]
        entities: list[Entity] = []
        start = 0
        for doc in part:
            for e in doc.entities:
                kind = e.type.split(":")[1]
                entities.append(Entity(start + e.start, start + e.end, kind, f"E{len(entities) + 1}"))
            start += len(doc.text) + 1
        text = "\n".join(doc.text for doc in part)
        joined.append(Document(id=part[0].id, text=text, entities=tuple(entities)))
    return joined


def tags_of(tokens: Sequence[str], doc: Document) -> list[str]:
    """IOB2 tags of the tokens a document was joined from; a mention takes every token it touches."""
    tags = ["O"] * len(tokens)
    starts, position = [], 0
    for token in tokens:
        starts.append(position)
        position += len(token) + 1
    for entity in sorted(doc.entities, key=lambda e: (e.start, -e.end)):
        touched = [
            i
            for i, start in enumerate(starts)
            if start < entity.end and start + len(tokens[i]) > entity.start and tags[i] == "O"
        ]
        for n, i in enumerate(touched):
            tags[i] = f"{'I' if n else 'B'}-{entity.type}"
    return tags


def score(gold: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]]) -> dict[str, Any]:
    """Micro and macro F1 in percent, strict and lenient, and strict figures of each type.

    Raises:
        MissingExtraError: seqeval is not installed.
    """
    try:
        from seqeval.metrics import classification_report
        from seqeval.scheme import IOB2
    except ImportError as err:
        raise MissingExtraError("seqeval", "train") from err
    gold, predicted = [list(t) for t in gold], [list(t) for t in predicted]
    out: dict[str, Any] = {}
    settings: Mapping[str, dict[str, Any]] = {"strict": {"mode": "strict", "scheme": IOB2}, "lenient": {}}
    for name, setting in settings.items():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # undefined ratios, which zero_division settles
            report = classification_report(gold, predicted, output_dict=True, zero_division=0, **setting)
        row = report["micro avg"]
        out[name] = {
            **{k: 100.0 * float(row[v]) for k, v in _COLUMNS.items()},
            "macro_f1": 100.0 * float(report["macro avg"]["f1-score"]),
            "gold": int(row["support"]),
        }
        if name == "strict":
            out["types"] = {
                kind: {**{k: 100.0 * float(report[kind][v]) for k, v in _COLUMNS.items()}}
                for kind in TYPES
                if kind in report
            }
    return out


_COLUMNS = {"precision": "precision", "recall": "recall", "f1": "f1-score"}


def evaluate_file(extractor: Extractor, sentences: Sequence[Sequence[Token]]) -> dict[str, Any]:
    """Score a model on the sentences of a test file, token by token; each stands in a line of its own."""
    tokens = [[word for word, _ in sentence] for sentence in sentences]
    groups = [tokens[at : at + TOGETHER] for at in range(0, len(tokens), TOGETHER)]
    docs = extractor(["\n".join(map(" ".join, group)) for group in groups])
    predicted: list[list[str]] = []
    for group, doc in zip(groups, docs, strict=True):
        tags = iter(tags_of([word for words in group for word in words], doc))
        predicted += [list(islice(tags, len(words))) for words in group]
    return score([[tag for _, tag in sentence] for sentence in sentences], predicted)


def run_anercorp(
    root: Path,
    encoder: str,
    seeds: Sequence[int] = (1, 2, 3),
    folder: Path = Path("runs/anercorp"),
    overrides: Sequence[str] = (),
) -> dict[str, Any]:
    """Fine-tune and score once for each seed, and the mean of their weights; a seed whose model is there is only scored.

    Args:
        root: the folder of the raw corpora.
        encoder: a folder or hub name, as ``encoder`` of a training configuration.
        seeds: one run each.
        folder: where the models go: ``<folder>/seed<n>/best``.
        overrides: ``a.b=value`` for the training configuration.

    Raises:
        ConfigError: no seed; or see ``training.train.train``.
    """
    from ..average import average
    from ..train import train

    if not seeds:
        raise ConfigError("name at least one seed")
    config = prepare(root, folder, encoder)
    tests = {name: list(columns(root / "anercorp" / ANERCORP[part])) for name, part in TESTS.items()}
    files = [root / "anercorp" / ANERCORP[part] for part in ("train", *TESTS.values())]
    out = result("anercorp", files, encoder=encoder, seeds=list(seeds), overrides=list(overrides))
    for seed in seeds:
        target = folder / f"seed{seed}"
        best = target / "best"
        if not (best / "model.safetensors").is_file():
            best = train(config, True, [f"seed={seed}", f"training.output_dir={target}", *overrides])
        extractor = Extractor.from_pretrained(best)
        scores = {name: evaluate_file(extractor, sentences) for name, sentences in tests.items()}
        out["runs"].append({"name": str(best), "seed": seed, "scores": scores})
        print(f"== anercorp: seed {seed}\n{_table(scores)}\n")
    if len(seeds) > 1:  # one model of the same size (Wortsman et al. 2022, "Model soups")
        mean = average([run["name"] for run in out["runs"]])
        out["mean_of_weights"] = scores = {name: evaluate_file(mean, rows) for name, rows in tests.items()}
        print(f"== anercorp: mean of the weights of these seeds\n{_table(scores)}\n")
    every = [run["scores"] for run in out["runs"]]
    out["summary"] = summary = summarise(every)
    out["types"] = types = by_type(every)
    print(f"== micro and macro F1 over {len(seeds)} seeds")
    for name, row in summary.items():
        print(f"{name:18} " + "  ".join(f"{k} {v['mean']:.2f} ± {v['std']:.2f}" for k, v in row.items()))
    for name, means in types.items():
        print(f"{name + ', strict':18} " + "  ".join(f"{kind} {f1:.2f}" for kind, f1 in means.items()))
    return out


def summarise(runs: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, dict[str, float]]]:
    """Mean and standard deviation (0 for one run) of micro and macro F1, for each file and counting."""
    out: dict[str, dict[str, dict[str, float]]] = {}
    for file in TESTS:
        for counting in ("strict", "lenient"):
            values = {
                label: [run[file][counting][key] for run in runs]
                for label, key in (("micro", "f1"), ("macro", "macro_f1"))
            }
            out[f"{file}, {counting}"] = {
                label: {"mean": statistics.fmean(v), "std": statistics.stdev(v) if len(v) > 1 else 0.0}
                for label, v in values.items()
            }
    return out


def by_type(runs: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, float]]:
    """Mean strict F1 of each type, for each file; a type that a run does not find counts as 0."""
    return {
        file: {
            kind: statistics.fmean(run[file]["types"].get(kind, {"f1": 0.0})["f1"] for run in runs)
            for kind in TYPES
        }
        for file in TESTS
    }


def _table(scores: Mapping[str, Any]) -> str:
    lines = [f"{'':18} precision   recall       f1    macro"]
    for file, parts in scores.items():
        for name in ("strict", "lenient"):
            row = parts[name]
            numbers = (row["precision"], row["recall"], row["f1"], row["macro_f1"])
            lines.append(f"{file + ', ' + name:18} " + " ".join(f"{n:9.2f}"[-9:] for n in numbers))
        lines.extend(
            f"  {kind:16} " + " ".join(f"{row[k]:9.2f}" for k in _COLUMNS)
            for kind, row in parts["types"].items()
        )
    return "\n".join(lines)
