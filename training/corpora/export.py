"""Loading corpora by name, and writing what may be trained on as JSON Lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from arabic_ie import Document, read, write
from arabic_ie.errors import ConfigError

from .columns import columns
from .mapping import TABLES, translate
from .overlap import Overlap
from .sources import CORPORA, DATA, read_corpus

LABELS = ("schema", "own")


def load(name: str, split: str = "train", root: str | Path = DATA, labels: str = "schema") -> list[Document]:
    """A corpus as documents; ``meta["annotates"]`` says what it marks (see ``arabic_ie.data``).

    Args:
        name: one of ``CORPORA``.
        split: one of its parts.
        root: the folder of the raw corpora.
        labels: ``schema``: types of ``news-events``, or sets of them (``GPE|LOC|FAC``); ``own``: its
            own types under a prefix (``fane:Nation``), nested ones as their outermost.

    Raises:
        ConfigError: there is no such corpus, part or kind of labels, or its files are not there.
        FormatError: a file is not what its format says.
    """
    if labels not in LABELS:
        raise ConfigError(f"labels must be {' or '.join(LABELS)}, not {labels!r}")
    if labels == "schema":
        kept = TABLES["wojood"] if name == "wojood" else None  # nested: a dropped type hides none within
        return [translate(doc, name) for doc in read_corpus(name, split, Path(root), kept)]
    docs = read_corpus(name, split, Path(root))
    types = sorted({e.type for d in docs for e in d.entities})
    known = {"corpus": name, "annotates": {"entities": types, "events": []}}
    return [replace(doc, meta=known) for doc in docs]


def held_out_texts(root: Path) -> list[str]:
    """Texts that no training sentence may share: ANERcorp's test part in both forms."""
    files = sorted({*root.glob("anercorp/*Test*.txt"), *root.glob("anercorp/*test*.txt")})
    return [" ".join(word for word, _ in sentence) for file in files for sentence in columns(file)]


def export(
    out: Path,
    root: Path = DATA,
    held_out: Sequence[Path] = (),
    covered: Sequence[Path] = (),
    names: Sequence[str] = (),
    labels: str = "schema",
) -> str:
    """Write corpora as JSON Lines, less what shares text with test files.

    Args:
        out: the folder to write.
        root: the folder of the raw corpora.
        held_out: test files (JSONL) beside ANERcorp's test part.
        covered: gold files (JSONL): a sentence they have too is left to them.
        names: the corpora; by default those that no benchmark tests on. All their parts but ``test``.
        labels: see ``load``.

    Returns:
        A table of counts.
    """
    test = Overlap([*held_out_texts(root), *(d.text for path in held_out for d in read(path))])
    gold = Overlap(d.text for path in covered for d in read(path))
    out.mkdir(parents=True, exist_ok=True)
    lines = [f"{'corpus':10} {'sentences':>9} {'entities':>9} {'in test':>8} {'in gold':>8} {'again':>6}"]
    for name in names or [name for name, corpus in CORPORA.items() if not corpus.test_only]:
        docs = [d for split in _training_parts(name) for d in load(name, split, root, labels)]
        clean = [d for d in docs if d.text not in test]
        fresh = [d for d in clean if d.text not in gold]
        kept = list({d.text: d for d in fresh}.values())
        write(kept, out / f"{name}.jsonl")
        counts = (len(docs) - len(clean), len(clean) - len(fresh), len(fresh) - len(kept))
        entities = sum(len(d.entities) for d in kept)
        lines.append(f"{name:10} {len(kept):9,} {entities:9,} {counts[0]:8,} {counts[1]:8,} {counts[2]:6,}")
    return "\n".join(lines)


def _training_parts(name: str) -> list[str]:
    """``train``, or the only part: dev and test parts are kept for scoring."""
    if name not in CORPORA:
        raise ConfigError(f"no corpus {name!r}; there are {', '.join(CORPORA)}")
    splits = CORPORA[name].splits
    return ["train"] if "train" in splits else list(splits)
