"""What every format shares: bytes to text, safe writing, and saying what a format cannot hold."""

from __future__ import annotations

import os
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import IO, Any, TypeVar

from ..errors import FormatError, InputError
from ..schema import Schema
from ..types import Document
from .offsets import UNITS

T = TypeVar("T")
Located = tuple[str, Document]  # where it stands ("file:line"), and the document


class LossyWarning(UserWarning):
    """A format cannot hold a part of what was read or written; the message says which and how often."""


@dataclass(frozen=True)
class Options:
    """How to read a file; each format uses the options it knows.

    Attributes:
        encoding: ``auto`` (UTF-8, else Windows-1256 where that gives Arabic), or a codec name.
        offsets: unit of a tool's offsets: ``auto``, or a name of ``offsets.UNITS``.
        schema: tells event types from entity types where a format (doccano) does not.
        source: of Label Studio tasks: ``annotations``, ``predictions``, or ``auto``: annotations
            where a file has any, else predictions.
        strict: refuse what is otherwise mended with a warning (stray ``I-`` tags).
    """

    encoding: str = "auto"
    offsets: str = "auto"
    schema: Schema | None = None
    source: str = "auto"
    strict: bool = False

    def __post_init__(self) -> None:
        if self.offsets not in ("auto", *UNITS):
            raise InputError(f"offsets must be auto, {', '.join(UNITS)}; not {self.offsets!r}")
        if self.source not in ("auto", "annotations", "predictions"):
            raise InputError(f"source must be auto, annotations or predictions; not {self.source!r}")


@dataclass
class Losses:
    """Collects what a format could not hold, and warns once a kind."""

    format: str
    counts: Counter[str] = field(default_factory=Counter)
    first: dict[str, str] = field(default_factory=dict)

    def add(self, what: str, doc: Document, count: int = 1) -> None:
        if count:
            self.counts[what] += count
            self.first.setdefault(what, doc.id)

    def warn(self) -> None:
        for what, count in self.counts.items():
            warnings.warn(
                f"{self.format}: not held: {what} ({count}, first in document {self.first[what]!r})",
                LossyWarning,
                stacklevel=2,
            )


def resolved(doc: Document) -> Iterator[tuple[str, int]]:
    """What ``arabic_ie.resolve`` added and an annotation tool has no place for; it can be made again."""
    yield "clusters and incidents", len(doc.clusters) + len(doc.incidents)
    yield (
        "counts, sources and certainty of events",
        sum(bool(v.counts or v.source or v.certainty) for v in doc.events),
    )


def decode(data: bytes, name: str, encoding: str = "auto") -> str:
    """Text of a file's bytes, line ends untouched, a BOM left out.

    Raises:
        FormatError: the bytes are not of the encoding; for ``auto``, neither UTF-8, nor UTF-16 with
            a BOM, nor Windows-1256 that reads as Arabic.
    """
    if encoding != "auto":
        try:
            text = data.decode(encoding)
        except LookupError as err:
            raise FormatError(f"no encoding {encoding!r}; try utf-8 or windows-1256", name) from err
        except UnicodeDecodeError as err:
            raise FormatError(f"not {encoding} at byte {err.start}", name, _line(data, err.start)) from err
        return text.removeprefix("\ufeff")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return decode(data, name, "utf-16")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as err:
        text = data.decode("cp1256")
        if _reads_as_arabic(text):
            return text
        raise FormatError(
            f"not UTF-8 at byte {err.start}, nor Windows-1256; name its encoding",
            name,
            _line(data, err.start),
        ) from err


def _reads_as_arabic(text: str) -> bool:
    """Broken UTF-8 read as Windows-1256 is a mixture of Arabic letters, symbols and Latin ones."""
    foreign = [c for c in text if c > "\x7f"]
    arabic = sum(
        "\u0600" <= c <= "\u06ff" or c in "\u00ab\u00bb\u00a0\u201c\u201d\u2026\u2013" for c in foreign
    )
    return arabic >= 0.95 * len(foreign)


def _line(data: bytes, position: int) -> int:
    return data.count(b"\n", 0, position) + 1


def read_bytes(path: Path) -> bytes:
    """A file's bytes.

    Raises:
        InputError: it is missing or cannot be opened.
    """
    try:
        return path.read_bytes()
    except OSError as err:
        raise InputError(f"{path}: cannot read it: {err.strerror or err}") from err


@contextmanager
def open_bytes(path: Path) -> Iterator[IO[bytes]]:
    """Open a file for reading line by line.

    Raises:
        InputError: it is missing or cannot be read.
    """
    try:
        with path.open("rb") as stream:
            yield stream
    except OSError as err:
        raise InputError(f"{path}: cannot read it: {err.strerror or err}") from err


@contextmanager
def open_aside(path: Path, mode: str = "text") -> Iterator[IO[Any]]:
    """Open a file beside ``path``, renamed to it at the end; after an error the old file stands.

    Raises:
        InputError: the folder cannot be written.
    """
    target = path.resolve()  # a link is written through
    plain = target.is_file() or not target.exists()  # a pipe or a device must not be replaced
    aside = target.with_name(f".{target.name}.{os.getpid()}.part") if plain else target

    def opened() -> IO[Any]:
        if mode == "binary":
            return aside.open("wb")
        return aside.open("w", encoding="utf-8", newline="")

    try:
        with attempt(path, opened) as out:
            yield out
            attempt(path, out.flush)
        if plain:
            attempt(path, lambda: os.replace(aside, target))
    finally:
        if plain:
            aside.unlink(missing_ok=True)


def write_chunks(chunks: Iterable[str], path: Path) -> None:
    """Write pieces of text to a file, aside and renamed.

    Raises:
        InputError: the folder cannot be written, or the disk is full.
    """
    with open_aside(path) as out:
        for chunk in chunks:  # its own errors are not ours to rename
            attempt(path, partial(out.write, chunk))


def attempt(path: Path, action: Callable[[], T]) -> T:
    """Run an action on a file; its ``OSError`` becomes an ``InputError`` that names the file."""
    try:
        return action()
    except OSError as err:
        raise InputError(f"{path}: cannot write it: {err.strerror or err}") from err


def encodable(docs: Iterable[Document], format: str) -> Iterator[Document]:
    """Pass documents on, but refuse one whose text UTF-8 cannot hold.

    Raises:
        FormatError: the text holds a lone surrogate.
    """
    for doc in docs:
        try:
            doc.text.encode("utf-8")
        except UnicodeEncodeError as err:
            raise FormatError(
                f"document {doc.id!r}: a lone surrogate at {err.start}, which {format} cannot hold;"
                " take it out, or write .jsonl"
            ) from err
        yield doc


def json_list(value: Any, what: str, where: str) -> list[Any]:
    """A list out of JSON, None as an empty one.

    Raises:
        FormatError: it is something else.
    """
    if value is None:
        return []
    if not isinstance(value, list):
        raise FormatError(f"{what} must be a list, not {type(value).__name__}", where)
    return value


def json_int(data: dict[str, Any], key: str, what: str, where: str) -> int:
    """A whole number out of JSON, which some exports write as a string of digits.

    Raises:
        FormatError: it is missing or something else.
    """
    value = data.get(key)
    if isinstance(value, str) and value.isdecimal():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise FormatError(f"{what}: {key!r} must be a whole number, got {value!r}", where)
    return value
