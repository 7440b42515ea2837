"""The raw corpora as documents, each with its own labels under a prefix (``fane:Nation``)."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from arabic_ie import Document, Entity
from arabic_ie.errors import ConfigError, FormatError

from . import gsr, timex
from .columns import Originals, Token, build, columns, join_clitics, outermost, spans_of

DATA = Path(__file__).parents[3] / "shared" / "data" / "raw"
AQMAR_TYPES = ("PER", "LOC", "ORG")  # its fourth type is mostly technical terms
ANERCORP = {
    "train": "ANERCorp_CamelLab_train.txt",
    "test": "ANERCorp_CamelLab_test.txt",  # official: the first words of its sentences are wrong
    "restored": "test_first_words_restored.txt",
}


def _documents(
    paths: Sequence[Path],
    name: str,
    prefix: str,
    fix: Callable[[Sequence[Token]], list[Token]] = list,
    types: Sequence[str] | None = None,
) -> list[Document]:
    docs = []
    for i, raw in enumerate(s for path in paths for s in columns(path)):
        sentence = fix(raw)
        spans = [(a, b, f"{prefix}:{kind}") for a, b, kind in spans_of(sentence, types)]
        docs.append(build([word for word, _ in sentence], spans, f"{name}-{i}"))
    return docs


def _anercorp(root: Path, split: str, kept: Collection[str] | None) -> list[Document]:
    return _documents([root / "anercorp" / ANERCORP[split]], f"anercorp-{split}", "aner")


def _wojood(root: Path, split: str, kept: Collection[str] | None) -> list[Document]:
    file = {"dev": "val"}.get(split, split)
    return _documents(
        [root / "wojood_sample" / f"{file}.txt"],
        f"wojood-{split}",
        "wojood",
        lambda sentence: outermost(sentence, kept),
    )


def _aqmar(root: Path, split: str, kept: Collection[str] | None) -> list[Document]:
    return _documents(
        [root / "aqmar" / f"topcoder_{split}.txt"], f"aqmar-{split}", "aqmar", types=AQMAR_TYPES
    )


@lru_cache(maxsize=1)
def _originals(folder: Path) -> Originals:
    files = [folder / ANERCORP["train"], folder / ANERCORP["restored"]]
    return Originals([word for word, _ in s] for file in files if file.is_file() for s in columns(file))


def _newsfane(root: Path, split: str, kept: Collection[str] | None) -> list[Document]:
    """Labels of NewsFANE on the words of ANERcorp where it has them, else on joined-up words."""
    originals = _originals(root / "anercorp")
    docs = []
    for path in sorted(root.glob("fane_gold/NewsFANE*.gz")):
        for i, sentence in enumerate(columns(path)):
            found = originals.find([word for word, _ in sentence])
            if found is None:
                words, spans = _joined(sentence)
            else:
                words, spans = found[0], []
                for a, b, kind in spans_of(sentence):
                    touched = [r for r in found[1][a:b] if r[0] < r[1]]
                    span = (touched[0][0], touched[-1][1], f"fane:{kind}") if touched else None
                    if span and (not spans or spans[-1][1] <= span[0]):
                        spans.append(span)
            docs.append(build(words, spans, f"newsfane-{i}"))
    return docs


def _joined(sentence: Sequence[Token]) -> tuple[list[str], list[tuple[int, int, str]]]:
    joined = join_clitics(sentence)
    return [word for word, _ in joined], [(a, b, f"fane:{kind}") for a, b, kind in spans_of(joined)]


def _wikifane(root: Path, split: str, kept: Collection[str] | None) -> list[Document]:
    paths = sorted(root.glob("fane_gold/WikiFANE*.gz"))
    sentences = [s for path in paths for s in columns(path)]
    return [build(*_joined(s), f"wikifane-{i}") for i, s in enumerate(sentences)]


def _idrisi(root: Path, split: str, kept: Collection[str] | None) -> list[Document]:
    docs = []
    for path in sorted(root.glob(f"idrisi_r_ar/gold-random-json/*.{split}.jsonl")):
        for number, line in enumerate(path.read_text(encoding="utf-8-sig").splitlines(), 1):
            try:
                tweet = json.loads(line)
                name = f"idrisi-{tweet['tweet_id']}"
                mentions = [
                    (m["startIdx"], m["endIdx"], m["text"], m["type"]) for m in tweet["location_mentions"]
                ]
                docs.append(_tweet(tweet["text"], mentions, name))
            except (ValueError, KeyError, TypeError) as err:
                raise FormatError(f"not a tweet of IDRISI: {err}", str(path), number) from err
    return docs


def _tweet(text: str, mentions: Sequence[tuple[int, int, str, str]], name: str) -> Document:
    """Some offsets count otherwise, and repeats of a name all point at its first place.

    Each mention goes to the place of its words that is free and nearest to the offset given.
    """
    taken: list[tuple[int, int, str]] = []
    for start, _, words, kind in sorted(mentions):
        words = words.lstrip("#@")
        places, place = [], text.find(words)
        while place >= 0 and words:
            if all(place >= b or place + len(words) <= a for a, b, _ in taken):
                places.append(place)
            place = text.find(words, place + 1)
        if places:
            best = min(places, key=lambda p: abs(p - start))
            taken.append((best, best + len(words), f"idrisi:{kind}"))
    entities = (Entity(a, b, kind, f"E{i + 1}") for i, (a, b, kind) in enumerate(sorted(taken)))
    return Document(text, tuple(entities), id=name)


@dataclass(frozen=True)
class Corpus:
    """Where a corpus comes from, and how it may be used.

    Attributes:
        splits: its parts.
        licence: as DATASETS.md found it stated.
        read: (folder of the raw corpora, split, types to see of nested ones) -> documents with labels
            of its own.
        test_only: kept out of training by default: it is what benchmarks score against.
    """

    splits: tuple[str, ...]
    licence: str
    read: Callable[[Path, str, Collection[str] | None], list[Document]]
    test_only: bool = False


CORPORA = {
    "anercorp": Corpus(("train", "test", "restored"), "CC BY-SA 4.0", _anercorp),
    "newsfane": Corpus(("train",), "CC BY-SA 3.0", _newsfane),
    "wikifane": Corpus(("train",), "CC BY-SA 3.0", _wikifane),
    "wojood": Corpus(("train", "dev", "test"), "MIT", _wojood),
    "aqmar": Corpus(("train", "dev", "test"), "CC BY-SA 3.0 (by a third party)", _aqmar),
    "idrisi": Corpus(("train", "dev"), "CC BY 4.0 (tweets: platform terms)", _idrisi),
    "gsr": Corpus(
        ("spans",), "MIT (text probably LDC: do not republish)", lambda root, *_: gsr.read_spans(root), True
    ),
    "timex": Corpus(("test",), "not stated", lambda root, *_: timex.read_documents(root), True),
}


def read_corpus(name: str, split: str, root: Path, kept: Collection[str] | None = None) -> list[Document]:
    """Documents of a corpus with its own labels.

    Raises:
        ConfigError: there is no such corpus or part, or its files are not under ``root``.
        FormatError: a file is not what its format says.
    """
    if name not in CORPORA:
        raise ConfigError(f"no corpus {name!r}; there are {', '.join(CORPORA)}")
    if split not in CORPORA[name].splits:
        raise ConfigError(f"{name} has no part {split!r}; it has {', '.join(CORPORA[name].splits)}")
    try:
        docs = CORPORA[name].read(root, split, kept)
    except OSError as err:
        raise ConfigError(f"cannot read {name} ({split}): {err}; name the folder of the raw corpora") from err
    if not docs:
        raise ConfigError(f"no files of {name} under {root}")
    return docs
