"""Predictions of other tools as JSONL, for ``python -m training.benchmark peers``.

    python -m training.benchmarks.peer_tools TOOL TEXTS.jsonl OUT.jsonl [--data FOLDER] [--train FILE.jsonl]

Run it in an environment that has the tool; of this library only what needs no PyTorch is used.

    mishtar     mishtar 0.1: rules for names, places and dates
    pyarabic    pyarabic 0.6.15: rules for names of persons
    dateparser  dateparser 1.5.0: dates
    puckling    puckling 0.5.0 (Python 3.13): dates and durations
    gazetteer   spaCy's EntityRuler with the lists of ANERgazet (under ``--data``)
    crf         python-crfsuite 0.9.12 with the usual features, trained on the CAMeL train part of
                ANERcorp (under ``--data``) or on the documents of ``--train``
"""

from __future__ import annotations

import argparse
import datetime
import importlib
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from arabic_ie.types import Document

Mark = tuple[int, int, str]
Tool = Callable[[str], list[Mark]]
DATA = Path(__file__).parents[3] / "shared" / "data" / "raw"
LISTS = {"PER": "Pers", "ORG": "Org", "LOC": "Loc"}
PREFIXES = ("", "و", "ف", "ب", "ل", "ك")
PUBLISHED = datetime.datetime(2018, 10, 1)  # of most of the test corpus; no mark depends on it


def located(text: str, pieces: Sequence[str]) -> list[tuple[int, int] | None]:
    """Where pieces that follow one another stand in a text; None for one that it does not have."""
    found: list[tuple[int, int] | None] = []
    position = 0
    for piece in pieces:
        start = text.find(piece, position)
        if start < 0 or not piece:
            found.append(None)
            continue
        position = start + len(piece)
        found.append((start, position))
    return found


def from_tokens(text: str, tokens: Sequence[str], spans: Sequence[tuple[int, int]], label: str) -> list[Mark]:
    """Marks of spans of tokens, both ends inclusive."""
    places = located(text, tokens)
    marks = []
    for first, last in spans:
        inside = [place for place in places[first : last + 1] if place]
        if inside:
            marks.append((inside[0][0], inside[-1][1], label))
    return marks


def mishtar() -> Tool:
    """Names, places and dates of mishtar."""
    araby = importlib.import_module("pyarabic.araby")
    chunkers = {
        "PER": importlib.import_module("mishtar.mynamed").myNamed(),
        "LOC": importlib.import_module("mishtar.myplace").myPlace(),
        "DATE": importlib.import_module("mishtar.mytemped").myTemped(),
    }

    def mark(text: str) -> list[Mark]:
        tokens = araby.tokenize(text)
        marks: list[Mark] = []
        for label, chunker in chunkers.items():
            try:
                marks += from_tokens(text, tokens, chunker.detect_positions(tokens), label)
            except TypeError as err:  # myPlace of 0.1, at the first word that is one of its own
                print(f"{label}: {err}", file=sys.stderr)
        return marks

    return mark


def pyarabic() -> Tool:
    """Names of persons of pyarabic."""
    araby, named = importlib.import_module("pyarabic.araby"), importlib.import_module("pyarabic.named")

    def mark(text: str) -> list[Mark]:
        tokens = araby.tokenize(text)
        return from_tokens(text, tokens, named.detect_named_position(tokens), "PER")

    return mark


def dateparser() -> Tool:
    """Dates of dateparser, the language given."""
    search = importlib.import_module("dateparser.search").search_dates

    def mark(text: str) -> list[Mark]:
        pieces = [piece.rstrip("،,. ") for piece, _ in search(text, languages=["ar"]) or []]
        return [(*place, "DATE") for place in located(text, pieces) if place]

    return mark


def puckling() -> Tool:
    """Times and durations of puckling, which our DATE has both of."""
    api, locale = importlib.import_module("puckling.api"), importlib.import_module("puckling.locale")
    context = api.Context(PUBLISHED, locale.Locale(locale.Lang.AR))
    options = api.Options(parse_timeout_ms=None)

    def mark(text: str) -> list[Mark]:
        return [(e.start, e.end, "DATE") for e in api.parse(text, context, options, ("time", "duration"))]

    return mark


def gazetteer(data: Path) -> Tool:
    """The entries of ANERgazet, also with a one-letter proclitic, by spaCy's EntityRuler."""
    nlp = importlib.import_module("spacy").blank("ar")
    patterns = [
        {"label": label, "pattern": prefix + entry}
        for label, name in LISTS.items()
        for entry in _entries(data / "anergazet" / f"Aligned{name}Gazetteer.txt")
        for prefix in PREFIXES
    ]
    nlp.add_pipe("entity_ruler").add_patterns(patterns)

    def mark(text: str) -> list[Mark]:
        return [(e.start_char, e.end_char, e.label_) for e in nlp(text).ents]

    return mark


def _entries(path: Path) -> list[str]:
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    return sorted({line for line in lines if line and line != "===="})


def features(tokens: Sequence[str]) -> list[list[str]]:
    """The usual features of a linear tagger: words around, prefixes, suffixes, shape."""
    rows = []
    for i, token in enumerate(tokens):
        row = ["bias", f"w={token}", *(["bos"] * (i == 0)), *(["eos"] * (i == len(tokens) - 1))]
        row += [f"p{n}={token[:n]}" for n in range(1, 5)] + [f"s{n}={token[-n:]}" for n in range(1, 5)]
        row += [f"digit={token.isdigit()}", f"alpha={token.isalpha()}", f"long={min(len(token), 8)}"]
        row += [f"w{d:+}={tokens[i + d]}" for d in (-2, -1, 1, 2) if 0 <= i + d < len(tokens)]
        row += [f"{d:+}s2={tokens[i + d][-2:]}" for d in (-1, 1) if 0 <= i + d < len(tokens)]
        row += [f"w-1w={left}|{token}" for left in tokens[max(i - 1, 0) : i]]
        row += [f"ww+1={token}|{right}" for right in tokens[i + 1 : i + 2]]
        rows.append(row)
    return rows


def tags(spans: Sequence[tuple[int, int]], doc: Document) -> list[str]:
    """IOB2 tags of word spans; of mentions that share words the longest has them."""
    found = ["O"] * len(spans)
    for entity in sorted(doc.entities, key=lambda e: e.start - e.end):
        touched = [i for i, (start, end) in enumerate(spans) if start < entity.end and end > entity.start]
        if all(found[i] == "O" for i in touched):
            for n, i in enumerate(touched):
                found[i] = f"{'I' if n else 'B'}-{entity.type}"
    return found


def crf(docs: Sequence[Document]) -> Tool:
    """A conditional random field trained on documents: 100 rounds of L-BFGS, the usual penalties."""
    from arabic_ie.text import normalise, words

    crfsuite = importlib.import_module("pycrfsuite")
    trainer = crfsuite.Trainer(verbose=False)
    trainer.set_params({"c1": 0.1, "c2": 0.01, "max_iterations": 100})

    def tokens(text: str, spans: Sequence[tuple[int, int]]) -> list[str]:
        return [normalise(text[a:b]).text or text[a:b] for a, b in spans]

    for doc in docs:
        spans = words(doc.text)
        if spans:
            trainer.append(features(tokens(doc.text, spans)), tags(spans, doc))
    with tempfile.TemporaryDirectory() as folder:
        trainer.train(f"{folder}/model")
        tagger = crfsuite.Tagger()
        tagger.open(f"{folder}/model")  # reads it whole

    def mark(text: str) -> list[Mark]:
        spans = words(text)
        return list(joined(spans, tagger.tag(features(tokens(text, spans)))))

    return mark


def joined(spans: Sequence[tuple[int, int]], labels: Sequence[str]) -> Iterator[Mark]:
    """Marks of IOB2 tags; a stray I- begins one."""
    start, last, open_label = 0, 0, ""
    for (a, b), label in zip(spans, labels, strict=True):
        if open_label and label != f"I-{open_label}":
            yield start, last, open_label
            open_label = ""
        if label != "O" and not open_label:
            start, open_label = a, label[2:]
        last = b
    if open_label:
        yield start, last, open_label


def training_documents(data: Path, train: Path | None) -> list[Document]:
    """The documents of a file, or the CAMeL train part of ANERcorp."""
    from arabic_ie import read

    from ..corpora.sources import read_corpus

    return list(read(train)) if train else read_corpus("anercorp", "train", data)


def predicted(docs: Sequence[Document], mark: Tool) -> list[Document]:
    """The documents with the marks of a tool in place of their own."""
    from arabic_ie.types import Document, Entity

    out = []
    for doc in docs:
        marks = sorted(set(mark(doc.text)))
        entities = tuple(Entity(a, b, label, f"E{n}") for n, (a, b, label) in enumerate(marks, 1))
        out.append(Document(doc.text, entities, id=doc.id))
    return out


def main(argv: Sequence[str] | None = None) -> int:
    """Command line."""
    parser = argparse.ArgumentParser(
        prog="python -m training.benchmarks.peer_tools",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    plain: dict[str, Callable[[], Tool]] = {
        "mishtar": mishtar,
        "pyarabic": pyarabic,
        "dateparser": dateparser,
        "puckling": puckling,
    }
    parser.add_argument("tool", choices=[*plain, "gazetteer", "crf"])
    parser.add_argument("texts", type=Path, help="JSONL of documents; only their texts are shown to the tool")
    parser.add_argument("out", type=Path, help="JSONL of predictions, to be written")
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the raw corpora (%(default)s)")
    parser.add_argument("--train", type=Path, help="JSONL of training documents, for crf")
    args = parser.parse_args(argv)
    from arabic_ie import read, write

    special: dict[str, Callable[[], Tool]] = {
        "gazetteer": lambda: gazetteer(args.data),
        "crf": lambda: crf(training_documents(args.data, args.train)),
    }
    mark = {**plain, **special}[args.tool]()
    write(predicted(list(read(args.texts)), mark), args.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
