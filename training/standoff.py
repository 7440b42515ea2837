"""Annotations of third-party sentences, kept without the text: ``python -m training.standoff``.

``training/annotations/*.jsonl`` hold marks as offsets, with the sentence's name and a digest of its
text. ``join`` puts them to the sentences of the raw corpora and writes documents to train on; the
output holds texts of others and never enters the repository. ``strip`` is the way back. ::

    python -m training.standoff join runs/annotations.jsonl
    python -m training.standoff join runs/annotations-free.jsonl --without saudinewsnet
    python -m training.standoff strip NEW.jsonl training/annotations/NAME.jsonl
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import sys
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from hashlib import blake2b
from pathlib import Path
from typing import Any

from arabic_ie import Document, read, write
from arabic_ie.errors import ConfigError, FormatError
from arabic_ie.formats.files import write_chunks

from .corpora import DATA, columns
from .corpora.sources import read_corpus
from .settings import exit_code

FOLDER = Path(__file__).with_name("annotations")


def digest(text: str) -> str:
    """What tells a sentence from any other."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def raw_sentences(root: Path = DATA) -> Mapping[str, str]:
    """Sentences of the raw corpora by the names they have in our corpora.

    Those are ANERcorp (CAMeL train part), NTREX-128 and WikiFANE by number, UD Arabic-PUD by the name of the
    sentence, and SaudiNewsNet by the day of its archive, the article's number and the span in its content.
    The text of WikiFANE has its split-off clitics put back (``training.corpora.join_clitics``).

    Raises:
        ConfigError: the raw corpora are not there.
    """
    anercorp = root / "anercorp" / "ANERCorp_CamelLab_train.txt"
    ntrex = root / "ntrex_arb" / "newstest2019-ref.arb.txt"
    try:
        tokens = [" ".join(word for word, _ in sentence) for sentence in columns(anercorp)]
        lines = ntrex.read_text(encoding="utf-8").split("\n")
    except OSError as err:
        raise _missing(err.filename) from err
    found = {f"anercorp-train-{i}": text for i, text in enumerate(tokens)}
    found |= {f"ntrex-{i}": line.strip() for i, line in enumerate(lines)}
    return _Sentences(root, found | _pud(root / "ud_arabic_pud" / "ar_pud-ud-test.conllu.gz"))


def _pud(path: Path) -> dict[str, str]:
    """Sentences of a CoNLL-U file by ``pud-`` and their name."""
    try:
        text = gzip.decompress(path.read_bytes()).decode()
    except (OSError, EOFError, zlib.error, ValueError) as err:
        raise _missing(path) from err
    told = re.findall(r"^# (sent_id|text) = (.*)$", text, re.MULTILINE)
    names = [value.strip() for key, value in told if key == "sent_id"]
    texts = [value.strip() for key, value in told if key == "text"]
    return {f"pud-{name}": text for name, text in zip(names, texts, strict=True)}


class _Sentences(dict[str, str]):
    """Sentences by name; those of SaudiNewsNet and WikiFANE are looked up when they are asked for."""

    def __init__(self, root: Path, known: dict[str, str]) -> None:
        super().__init__(known)
        # All days: rows may name them in any order, and unpacking one takes a third of a second.
        self._articles = lru_cache(maxsize=None)(partial(_articles, root))
        self._wiki = lru_cache(maxsize=1)(partial(_wiki, root))

    def __missing__(self, name: str) -> str:
        if name.startswith("wikifane-"):
            return self._wiki()[name]
        match = re.fullmatch(r"saudi-(\d{4}-\d\d-\d\d)-(\d+)-(\d+)-(\d+)", name)
        if match is None:
            raise KeyError(name)
        articles, number = self._articles(match[1]), int(match[2])
        if number >= len(articles):
            raise KeyError(name)
        return articles[number][int(match[3]) : int(match[4])]


def _articles(root: Path, day: str) -> list[str]:
    archive = root / "saudinewsnet" / f"{day}.zip"
    try:
        with zipfile.ZipFile(archive) as opened:
            return [row["content"] for row in json.loads(opened.read(f"{day}.json"))]
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as err:
        raise _missing(archive) from err


def _wiki(root: Path) -> dict[str, str]:
    try:
        return {doc.id: doc.text for doc in read_corpus("wikifane", "train", root)}
    except (ConfigError, EOFError, zlib.error, ValueError) as err:
        raise _missing(root / "fane_gold") from err


def _missing(path: object) -> ConfigError:
    return ConfigError(f"{path}: the raw corpus is not there; give its folder with --root")


def strip(docs: Iterable[Document]) -> Iterator[dict[str, Any]]:
    """Documents -> rows without their text."""
    for doc in docs:
        row = doc.to_dict()
        yield {
            "id": doc.id,
            "digest": digest(doc.text),
            "entities": [_only(e, ("id", "type", "start", "end")) for e in row["entities"]],
            "events": [_only(e, ("id", "type", "trigger", "realis", "arguments")) for e in row["events"]],
        }


def _only(row: dict[str, Any], keys: Sequence[str]) -> dict[str, Any]:
    return {key: row[key] for key in keys if key in row}


def join(path: Path, sentences: Mapping[str, str]) -> list[Document]:
    """Rows without text + sentences -> documents.

    Raises:
        FormatError: a row cannot be read, or its sentence is missing or not the one that was annotated.
    """
    docs = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            row = json.loads(line)
            name, known = row["id"], row.pop("digest")
        except (ValueError, KeyError, TypeError) as err:
            raise FormatError(f"{path}:{number}: not a row of annotations without text: {err}") from err
        try:
            text = sentences[name]
        except KeyError:
            text = None
        if text is None or digest(text) != known:
            found = "is missing from" if text is None else "has another text in"
            raise FormatError(
                f"{path}:{number}: sentence {name} {found} the raw corpus: fetch the version of DATASETS.md"
            )
        docs.append(Document.from_dict({**row, "text": text, "source": _SOURCES[name.split("-")[0]]}))
    return docs


_SOURCES = {
    "anercorp": "ANERcorp",
    "ntrex": "NTREX-128",
    "pud": "UD Arabic-PUD",
    "saudi": "SaudiNewsNet",
    "wikifane": "WikiFANE",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Command line; errors in one line, exit code 2."""
    parser = argparse.ArgumentParser(
        prog="python -m training.standoff",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    joiner = verbs.add_parser("join", help="annotations + raw corpora -> documents to train on")
    joiner.add_argument("out", type=Path, help="file outside the repository or ignored by it")
    joiner.add_argument(
        "--without",
        nargs="+",
        default=[],
        choices=sorted(path.stem for path in FOLDER.glob("*.jsonl")),
        help="corpora to leave out, e.g. for their licence",
    )
    joiner.add_argument("--root", type=Path, default=DATA, help="folder of the raw corpora")
    stripper = verbs.add_parser("strip", help="documents -> annotations without text")
    stripper.add_argument("docs", type=Path)
    stripper.add_argument("out", type=Path)
    options = parser.parse_args(argv)

    def run() -> None:
        if options.verb == "join":
            sentences = raw_sentences(options.root)
            files = [path for path in sorted(FOLDER.glob("*.jsonl")) if path.stem not in options.without]
            docs = [doc for path in files for doc in join(path, sentences)]
            write(docs, options.out)
        else:
            docs = list(read(options.docs))
            write_chunks((json.dumps(row, ensure_ascii=False) + "\n" for row in strip(docs)), options.out)
        print(f"{options.out}: {len(docs)} sentences, {sum(len(d.events) for d in docs)} events")

    return exit_code(run)


if __name__ == "__main__":
    sys.exit(main())
