"""Third-party named-entity corpora as documents: ``python -m training.foreign DATA_DIR OUT_DIR``.

Each corpus keeps its own label set under a prefix (``fane:Nation``) and says so in
``meta["annotates"]`` (see ``arabic_ie.data``), so that several train one encoder without one corpus
calling ``O`` what another marks. Sentences that share text with a test file are dropped. The texts
are of others: the output never enters the repository.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from arabic_ie import Document, Entity, read, write
from arabic_ie.errors import ArabicIEError, ConfigError

Token = tuple[str, str]
SHINGLE = 40  # letters in a row that two different sentences do not share by chance
# Left-to-right marks, right-to-left marks and byte order marks lie inside the tokens of some files.
_MARKS = dict.fromkeys(map(ord, "\u200e\u200f\ufeff"))
_FOLD = str.maketrans("أإآٱىة", "ااااي" + "ه")
_PROCLITICS = frozenset("وفبلكس")
AQMAR_TYPES = ("PER", "LOC", "ORG")  # its fourth type is mostly technical terms


def columns(path: Path, comment: str = "$#$") -> Iterator[list[Token]]:
    """Sentences of ``token TAG`` lines, gzipped or not."""
    opener: Any = gzip.open if path.suffix == ".gz" else open
    sentence: list[Token] = []
    with opener(path, "rt", encoding="utf-8-sig") as lines:
        for line in lines:
            parts = line.translate(_MARKS).split()
            if len(parts) >= 2 and parts[0] != comment:
                sentence.append((parts[0], parts[-1] if len(parts) == 2 else " ".join(parts[1:])))
            elif not parts and sentence:
                yield sentence
                sentence = []
    if sentence:
        yield sentence


def outermost(sentence: Sequence[Token]) -> list[Token]:
    """Nested tags -> the longest mention at each word: the flat layer of a nested corpus."""
    levels = max(len(tag.split()) for _, tag in sentence)
    spans: list[tuple[int, int, str]] = []
    for kind in {t[2:] for _, tag in sentence for t in tag.split() if t != "O"}:
        start = None
        for i, (_, tag) in enumerate([*sentence, ("", "O")]):
            found = [t for t in tag.split() if t[2:] == kind]
            if start is not None and f"I-{kind}" not in found:
                spans.append((start, i, kind))
                start = None
            if f"B-{kind}" in found:
                start = i
    tags = ["O"] * len(sentence)
    for start, end, kind in sorted(spans, key=lambda s: s[0] - s[1]):
        if all(t == "O" for t in tags[start:end]) and levels:
            tags[start:end] = [f"B-{kind}", *[f"I-{kind}"] * (end - start - 1)]
    return [(word, tag) for (word, _), tag in zip(sentence, tags, strict=True)]


def join_proclitics(sentence: Sequence[Token]) -> list[Token]:
    """Put split-off one-letter proclitics back on their word, whose tag the whole then has.

    Letters of spelled-out abbreviations (a single letter before or after) stay as they are.
    """
    out: list[Token] = []
    i = 0
    while i < len(sentence):
        word, tag = sentence[i]
        following = sentence[i + 1] if i + 1 < len(sentence) else ("", "O")
        alone = not out or len(out[-1][0]) > 1 or out[-1][0] not in _PROCLITICS
        if word in _PROCLITICS and tag == "O" and alone and re.match(r"[ء-ي]{2}", following[0]):
            out.append((word + following[0], following[1]))
            i += 2
        else:
            out.append((word, tag))
            i += 1
    return out


def to_document(sentence: Sequence[Token], name: str, prefix: str, types: Iterable[str] | None) -> Document:
    """Words joined by single spaces, and their BIO spans; an ``I`` that continues nothing begins."""
    text = ""
    entities: list[tuple[int, int, str]] = []
    kept = None if types is None else set(types)
    for word, tag in sentence:
        start = len(text) + bool(text)
        text = f"{text} {word}" if text else word
        kind = tag[2:]
        if tag == "O" or (kept is not None and kind not in kept):
            continue
        last = entities[-1] if entities else None
        if tag[0] == "I" and last and last[1] == start - 1 and last[2] == kind:
            entities[-1] = (last[0], len(text), kind)
        else:
            entities.append((start, len(text), kind))
    return Document(
        text,
        tuple(Entity(a, b, f"{prefix}:{k}", f"E{i + 1}") for i, (a, b, k) in enumerate(entities)),
        id=name,
    )


def _flat(
    pattern: str, prefix: str, fix: Callable[[Sequence[Token]], list[Token]] = list, types: Any = None
) -> Callable[[Path], list[Document]]:
    def load(root: Path) -> list[Document]:
        paths = sorted(root.glob(pattern))
        sentences = [s for path in paths for s in columns(path)]
        return [to_document(fix(s), f"{prefix}-{i}", prefix, types) for i, s in enumerate(sentences)]

    return load


def _idrisi(root: Path) -> list[Document]:
    docs = []
    for path in sorted(root.glob("idrisi_r_ar/gold-random-json/*.train.jsonl")):
        for line in path.read_text(encoding="utf-8-sig").splitlines():
            tweet = json.loads(line)
            spans = {(m["startIdx"], m["endIdx"]): m for m in tweet["location_mentions"]}
            right = [s for s, m in spans.items() if tweet["text"][s[0] : s[1]] == m["text"]]
            if len(right) == len(spans):  # some offsets count otherwise: leave those tweets out
                entities = tuple(Entity(a, b, "idrisi:LOC", f"E{i + 1}") for i, (a, b) in enumerate(right))
                docs.append(Document(tweet["text"], entities, id=f"idrisi-{tweet['tweet_id']}"))
    return docs


CORPORA: dict[str, Callable[[Path], list[Document]]] = {
    "anercorp": _flat("anercorp/ANERCorp_CamelLab_train.txt", "aner"),
    "newsfane": _flat("fane_gold/NewsFANE*.gz", "fane", join_proclitics),
    "wikifane": _flat("fane_gold/WikiFANE*.gz", "fane", join_proclitics),
    "wojood": _flat("wojood_sample/train.txt", "wojood", outermost),
    "aqmar": _flat("aqmar/topcoder_train.txt", "aqmar", types=AQMAR_TYPES),
    "idrisi": _idrisi,
}


def load(name: str, root: str | Path) -> list[Document]:
    """A corpus as documents; ``meta["annotates"]`` names its types.

    Raises:
        ConfigError: there is no such corpus, or its files are not under ``root``.
    """
    if name not in CORPORA:
        raise ConfigError(f"no corpus {name!r}; there are {', '.join(CORPORA)}")
    docs = CORPORA[name](Path(root))
    if not docs:
        raise ConfigError(f"no files of {name} under {root}")
    types = sorted({e.type for d in docs for e in d.entities})
    known = {"annotates": {"entities": types, "events": []}}
    return [Document(d.text, d.entities, id=d.id, meta=known) for d in docs]


def letters(text: str) -> str:
    """The letters and digits of a text with spelling variants folded: what a copy cannot change."""
    return re.sub(r"[\W_\u064b-\u0652]+", "", text.translate(_FOLD))


class Overlap:
    """Tells whether a sentence shares a stretch of text with held-out sentences."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._whole: set[str] = set()
        self._shingles: set[str] = set()
        for text in map(letters, texts):
            self._whole.add(text)
            self._shingles.update(text[i : i + SHINGLE] for i in range(len(text) - SHINGLE + 1))

    def __contains__(self, text: object) -> bool:
        key = letters(str(text))
        return key in self._whole or any(
            key[i : i + SHINGLE] in self._shingles for i in range(len(key) - SHINGLE + 1)
        )


def held_out_texts(root: Path) -> list[str]:
    """Texts that no training sentence may share: ANERcorp's test part in both forms."""
    files = sorted(root.glob("anercorp/*Test*.txt")) + sorted(root.glob("anercorp/*test*.txt"))
    return [" ".join(word for word, _ in sentence) for file in files for sentence in columns(file)]


def export(root: Path, out: Path, held_out: Sequence[Path]) -> str:
    """Write each corpus as JSON Lines.

    Returns:
        A table of counts.
    """
    overlap = Overlap([*held_out_texts(root), *(d.text for path in held_out for d in read(path))])
    out.mkdir(parents=True, exist_ok=True)
    lines = [f"{'corpus':10} {'sentences':>9} {'entities':>9} {'dropped':>8}"]
    for name in CORPORA:
        docs = load(name, root)
        kept = [d for d in docs if d.text not in overlap]
        write(kept, out / f"{name}.jsonl")
        count = sum(len(d.entities) for d in kept)
        lines.append(f"{name:10} {len(kept):9,} {count:9,} {len(docs) - len(kept):8,}")
    return "\n".join(lines)


def main(argv: Sequence[str] | None = None) -> int:
    """Command line; errors in one line, exit code 2."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path, help="folder of the raw corpora")
    parser.add_argument("out", type=Path, help="folder to write, outside the repository or ignored by it")
    parser.add_argument("--held-out", type=Path, action="append", default=[], help="more test files (.jsonl)")
    options = parser.parse_args(argv)
    try:
        print(export(options.data, options.out, options.held_out))
    except ArabicIEError as err:
        print(f"error: {err}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
