"""The documents of a run, parted into those to train on and the dev part.

The dev part can be written, a file for each corpus (what stands before the first hyphen of an id), to see
on which text a model does well::

    python -m training.parts configs/news-small.yaml runs/dev
    python -m training.benchmark events runs/dev/orig.jsonl
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any

from arabic_ie import Document, Schema, read, write
from arabic_ie.errors import ConfigError

from .corpora import letters
from .settings import exit_code, load_config


def parts(config: dict[str, Any]) -> tuple[list[Document], list[Document]]:
    """The training and the dev documents of a configuration.

    ``data.without`` names corpora that are left out of training. The dev part keeps theirs, so that it is
    the same with and without them.

    Raises:
        ConfigError: a part is empty, or no training document is of a corpus to leave out.
        FormatError: a file cannot be read.
        SchemaError: the schema cannot be loaded.
    """
    schema = Schema.load(config["schema"])  # some formats do not tell event types from entity types
    docs = [doc for file in config["data"]["train"] for doc in read(file, schema=schema)]
    dev = [doc for file in config["data"]["dev"] for doc in read(file, schema=schema)]
    if not dev:
        docs, dev = split_dev(docs, float(config["data"]["dev_share"]))
    without = set(config["data"]["without"])
    missing = without - {corpus(doc) for doc in docs}
    if missing:
        there = ", ".join(sorted({corpus(doc) for doc in docs}))
        raise ConfigError(f"data.without: no document of {', '.join(sorted(missing))}; there are {there}")
    docs = [doc for doc in docs if corpus(doc) not in without]
    if not docs or not dev:
        raise ConfigError(f"{len(docs)} training and {len(dev)} dev documents: both must have some")
    return docs, dev


def corpus(doc: Document) -> str:
    """The corpus that a document is of: what stands before the first hyphen of its id."""
    return doc.id.split("-")[0]


def split_dev(docs: Sequence[Document], share: float) -> tuple[list[Document], list[Document]]:
    """Cut whole source documents for dev, by a hash of their name: the same for every seed.

    News is reprinted under other names: a dev text that also stands in the training part, letter by letter,
    is left out, for it would tell how well the model remembers.
    """
    train: list[Document] = []
    dev: list[Document] = []
    for i, doc in enumerate(docs):
        digest = blake2b(source_document(doc, i).encode("utf-8", "surrogatepass"), digest_size=4).digest()
        (dev if int.from_bytes(digest, "big") / 2**32 < share else train).append(doc)
    known = {letters(doc.text) for doc in train}
    return train, [doc for doc in dev if letters(doc.text) not in known]


def source_document(doc: Document, position: int, block: int = 10) -> str:
    """The source document that a sentence was taken from.

    ``doc_id`` in ``meta`` or beside the text wins; else sentences of one id prefix whose numbers
    lie in one block of ten count as one document: corpora number sentences in text order.
    """
    known = doc.meta.get("doc_id") or doc.extra.get("doc_id")
    if known:
        return str(known)
    match = re.fullmatch(r"(.*?)(\d+)", doc.id)
    return f"{match[1]}{int(match[2]) // block}" if match else doc.id or str(position)


def write_dev(config: str | Path, folder: Path) -> None:
    """Write the dev part of a configuration, a file for each corpus.

    Raises:
        ConfigError, FormatError, SchemaError: see ``parts``.
        OSError: the folder cannot be made.
    """
    _, dev = parts(load_config(config))
    corpora: dict[str, list[Document]] = {}
    for doc in dev:
        corpora.setdefault(re.sub(r"\W", "_", corpus(doc)) or "unnamed", []).append(doc)
    folder.mkdir(parents=True, exist_ok=True)
    for name, docs in sorted(corpora.items()):
        write(docs, folder / f"{name}.jsonl")
        print(f"{folder / name}.jsonl: {len(docs)} documents")


def main(argv: Sequence[str] | None = None) -> int:
    """Write the dev part; errors in one line, exit code 2."""
    parser = argparse.ArgumentParser(
        prog="python -m training.parts",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("config", help="the configuration of the run")
    parser.add_argument(
        "folder", type=Path, help="where the files go; outside the repository or ignored by it"
    )
    options = parser.parse_args(argv)
    return exit_code(lambda: write_dev(options.config, options.folder), OSError)


if __name__ == "__main__":
    sys.exit(main())
