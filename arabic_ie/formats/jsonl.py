"""JSON Lines: one document a line, the form of the annotated corpora; and plain text files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any, cast

from ..errors import AlignmentError, FormatError, InputError
from ..types import Document
from .files import Located, Losses, Options, decode, is_whole, iter_lines, open_bytes, read_bytes, read_most
from .json_values import loads


def read(path: Path, options: Options) -> Iterator[Located]:
    """Documents of a JSON Lines file, lazily.

    Raises:
        FormatError: a line is not a document; path and line are named.
    """
    name = str(path)
    with open_bytes(path) as stream:
        for number, value in iter_objects(stream, name):
            try:
                doc = Document.from_dict(value)
            except (InputError, AlignmentError) as err:
                raise FormatError(str(err), name, number) from err
            yield f"{name}:{number}", doc


def read_text(path: Path, options: Options) -> Iterator[Located]:
    """A plain text file as one document, whose id is the file's name."""
    yield f"{path}:1", Document(decode(read_bytes(path), str(path), options.encoding), id=path.stem)


def dump(docs: Iterable[Document]) -> Iterator[str]:
    """One line a document."""
    for doc in docs:
        yield doc.to_json() + "\n"


def dump_text(docs: Iterable[Document]) -> Iterator[str]:
    """The texts alone, a line break between two of them."""
    losses = Losses("text")
    for number, doc in enumerate(docs):
        if number:
            losses.add("edges of documents", doc)
            yield "\n"
        yield doc.text
        losses.add("entities", doc, len(doc.entities))
        losses.add("events", doc, len(doc.events))
        losses.add("other keys of documents", doc, bool(doc.meta or doc.warnings or doc.extra))
    losses.warn()


def iter_objects(stream: IO[bytes] | Iterable[bytes], name: str) -> Iterator[tuple[int, Any]]:
    """Line numbers and JSON values of a byte stream or of lines, lazily; empty lines are passed over.

    One array, or one object that is spread over lines, is read whole; items are then counted, not lines.

    Raises:
        FormatError: a line is not UTF-8 or not JSON.
    """
    # Bytes: only \n ends a line, not U+2028.
    lines = iter_lines(cast("IO[bytes]", stream), name) if hasattr(stream, "readline") else stream
    begun = False
    for number, line in enumerate(lines, 1):
        text = _decode(line, name, number)
        if not begun and is_whole(text):
            rest = (
                read_most(cast("IO[bytes]", stream), name)
                if hasattr(stream, "readline")
                else b"\n".join(lines)
            )
            yield from enumerate(_items(text + _decode(rest, name, number + 1), name), 1)
            return
        if text.strip():
            begun = True
            try:
                value = loads(text)
            except (ValueError, RecursionError) as err:
                raise FormatError(f"not JSON ({err}); write one object a line", name, number) from err
            yield number, value


def _items(text: str, name: str) -> list[Any]:
    try:
        value = loads(text)
    except (ValueError, RecursionError) as err:
        raise FormatError(f"not JSON ({err}); write one object a line, or one array", name) from err
    return value if isinstance(value, list) else [value]


def _decode(data: bytes, name: str, line: int) -> str:
    try:
        return data.decode("utf-8-sig" if line == 1 else "utf-8")
    except UnicodeDecodeError as err:
        line += data.count(b"\n", 0, err.start)
        raise FormatError(f"not UTF-8 at byte {err.start}; save the file as UTF-8", name, line) from err
