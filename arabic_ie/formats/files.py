"""What every format shares: bytes to text, safe writing, and saying what a format cannot hold."""

from __future__ import annotations

import json
import os
import stat
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from pathlib import Path
from typing import IO, Any, TypeVar

from ..errors import ArabicIEError, FormatError, InputError
from ..schema import Schema
from ..types import Document
from .offsets import UNITS

T = TypeVar("T")
MOST_BYTES = 1 << 30  # of a file that is read whole, or of a line; what is larger is to be split
_UTF16 = (b"\xff\xfe", b"\xfe\xff")  # its byte order marks
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
        """Count what a document has and the format has not."""
        if count:
            self.counts[what] += count
            self.first.setdefault(what, doc.id)

    def warn(self) -> None:
        """One ``LossyWarning`` for each kind of loss."""
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
    codec = _told_by(data, name) if encoding == "auto" else encoding
    return _decoded(data, name, codec).removeprefix("\ufeff")


def decode_lines(stream: IO[bytes], name: str, encoding: str = "auto") -> Iterator[str]:
    """The lines of a stream as ``decode`` reads them, lazily; the first that is not ASCII tells ``auto``.

    UTF-16 and what else does not end a line with the byte ``\\n`` is read whole.

    Raises:
        FormatError: see ``decode`` and ``iter_lines``.
    """
    lines = iter_lines(stream, name)
    first = next(lines, b"")
    if first.startswith(_UTF16) if encoding == "auto" else _is_wide(encoding):
        yield from decode(first + read_most(stream, name), name, encoding).split("\n")
        return
    for number, line in enumerate(chain([first], lines), 1):
        if encoding == "auto" and not line.isascii():
            encoding = _told_by(line, name, number)
        text = _decoded(line, name, "utf-8" if encoding == "auto" else encoding, number)
        yield text.removeprefix("\ufeff") if number == 1 else text


def _told_by(data: bytes, name: str, line: int = 1) -> str:
    """The encoding of bytes that begin with a line of a file."""
    if line == 1 and data.startswith(_UTF16):
        return "utf-16"
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as err:
        if _reads_as_arabic(data.decode("cp1256")):
            return "cp1256"
        raise FormatError(
            f"not UTF-8 at byte {err.start}, nor Windows-1256; name its encoding",
            name,
            _line(data, err.start, line),
        ) from err
    return "utf-8"


def _decoded(data: bytes, name: str, encoding: str, line: int = 1) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as err:
        raise FormatError(f"not {encoding} at byte {err.start}", name, _line(data, err.start, line)) from err
    except UnicodeError as err:  # codecs of domain names and the like
        raise FormatError(f"not {encoding}: {err}", name) from err
    except (LookupError, ValueError) as err:
        raise FormatError(f"no encoding {encoding!r}; try utf-8 or windows-1256", name) from err


def _is_wide(encoding: str) -> bool:
    """Whether the byte ``\\n`` alone ends no line in an encoding."""
    try:
        return "\n".encode(encoding) != b"\n"
    except (LookupError, ValueError):
        return False  # no such encoding, which decoding will say


def _reads_as_arabic(text: str) -> bool:
    """Broken UTF-8 read as Windows-1256 is a mixture of Arabic letters, symbols and Latin ones."""
    foreign = [c for c in text if c > "\x7f"]
    arabic = sum(
        "\u0600" <= c <= "\u06ff" or c in "\u00ab\u00bb\u00a0\u201c\u201d\u2026\u2013" for c in foreign
    )
    return arabic >= 0.95 * len(foreign)


def _line(data: bytes, position: int, first: int = 1) -> int:
    return data.count(b"\n", 0, position) + first


def read_bytes(path: Path) -> bytes:
    """A file's bytes.

    Raises:
        InputError: it is missing or cannot be opened.
        FormatError: it has more than ``MOST_BYTES``.
    """
    with open_bytes(path) as stream:
        return read_most(stream, str(path))


def read_most(stream: IO[bytes], name: str) -> bytes:
    """What a stream holds, whatever it is: a file, a pipe, a device without an end.

    Raises:
        FormatError: it has more than ``MOST_BYTES``.
    """
    parts: list[bytes] = []
    size = 0
    while part := stream.read(1 << 20):
        parts.append(part)
        size += len(part)
        if size > MOST_BYTES:
            raise FormatError(f"more than {MOST_BYTES:,} bytes; split it, or write it as .jsonl", name)
    return b"".join(parts)


def iter_lines(stream: IO[bytes], name: str) -> Iterator[bytes]:
    """The lines of a stream, lazily; only ``\\n`` ends one.

    Raises:
        FormatError: a line has more than ``MOST_BYTES``.
    """
    number = 0
    while line := stream.readline(MOST_BYTES + 1):
        number += 1
        if len(line) > MOST_BYTES:
            raise FormatError(f"a line of more than {MOST_BYTES:,} bytes", name, number)
        yield line


def is_whole(line: str) -> bool:
    """Whether the first line of a JSON file shows that it is one value, not a value a line."""
    return line.lstrip("\ufeff \t\r\n").startswith("[") or line.strip("\ufeff \t\r\n") == "{"


def inside(folder: Path, file: Path) -> bool:
    """Whether a file, its links followed, lies in a folder: an archive may hold links that lead out."""
    return Path(os.path.realpath(file)).is_relative_to(os.path.realpath(folder))


def is_plain(file: Path) -> bool:
    """Whether a file is a plain one, so that reading it ends: no pipe, no device."""
    try:
        return stat.S_ISREG(file.stat().st_mode)
    except OSError:
        return True  # missing or closed to us: opening it will say so


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
    except ValueError as err:  # a NUL in the path
        if isinstance(err, ArabicIEError):
            raise
        raise InputError(f"{str(path)!r} is no path: {err}") from err


@contextmanager
def open_aside(path: Path, mode: str = "text") -> Iterator[IO[Any]]:
    """Open a file beside ``path``, renamed to it at the end; after an error the old file stands.

    Raises:
        InputError: the folder cannot be written, or the disk is full.
    """
    target = Path(os.path.realpath(path))  # a link is written through
    plain = target.is_file() or not target.exists()  # a pipe or a device must not be replaced
    aside = target.with_name(f".{target.name}.{os.getpid()}.part") if plain else target

    def opened() -> IO[Any]:
        if mode == "binary":
            return aside.open("wb")
        return aside.open("w", encoding="utf-8", newline="")

    out = attempt(path, opened)
    try:
        yield out
        attempt(path, out.close)  # it writes what is left
        if plain:
            attempt(path, lambda: os.replace(aside, target))
    finally:
        with suppress(OSError):  # of a full disk, which has been told
            out.close()
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


def write_pair(first: Path, second: Path, chunks: tuple[Iterable[str], Iterable[str]]) -> None:
    """Write two files that belong together: both are complete before either takes its place.

    Raises:
        InputError: the folder cannot be written, or the disk is full.
    """
    with open_aside(first) as a, open_aside(second) as b:
        for path, out, pieces in ((first, a, chunks[0]), (second, b, chunks[1])):
            for chunk in pieces:
                attempt(path, partial(out.write, chunk))
            attempt(path, out.flush)


def attempt(path: Path, action: Callable[[], T]) -> T:
    """Run an action on a file; its ``OSError`` becomes an ``InputError`` that names the file."""
    try:
        return action()
    except OSError as err:
        raise InputError(f"{path}: cannot write it: {err.strerror or err}") from err


def encodable(docs: Iterable[Document], format: str) -> Iterator[Document]:
    """Pass documents on, but refuse one that a UTF-8 file cannot hold.

    Raises:
        FormatError: the text, a label or a value holds a lone surrogate, or a value is none of JSON.
    """
    for doc in docs:
        try:
            doc.text.encode("utf-8")
        except UnicodeEncodeError as err:
            raise FormatError(
                f"document {doc.id!r}: a lone surrogate at {err.start}, which {format} cannot hold;"
                " take it out, or write .jsonl"
            ) from err
        form = doc.to_dict()
        if format == "brat":
            del form["id"]  # escaped in the name of its file
        try:
            json.dumps(form, ensure_ascii=False, allow_nan=False).encode("utf-8")
        except UnicodeEncodeError as err:
            raise FormatError(
                f"document {doc.id!r}: a lone surrogate in a label or value, which {format} cannot hold;"
                " take it out, or write .jsonl"
            ) from err
        except (ValueError, TypeError, RecursionError) as err:
            raise FormatError(f"document {doc.id!r}: a value that JSON cannot hold: {err}") from err
        yield doc
