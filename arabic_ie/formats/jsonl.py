"""JSON Lines: one document a line, the form of the annotated corpora; and plain text files."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any, cast

from ..errors import AlignmentError, FormatError, InputError
from ..types import Document
from .files import Located, Options, decode, iter_lines, open_bytes, read_bytes, write_chunks


def read(path: Path, options: Options) -> Iterator[Located]:
    """Documents of a JSON Lines file, lazily; see ``iter_jsonl``."""
    with open_bytes(path) as stream:
        for number, value in iter_objects(stream, str(path)):
            yield f"{path}:{number}", _document(value, str(path), number)


def read_text(path: Path, options: Options) -> Iterator[Located]:
    """A plain text file as one document, whose id is the file's name."""
    yield f"{path}:1", Document(decode(read_bytes(path), str(path), options.encoding), id=path.stem)


def dump(docs: Iterable[Document]) -> Iterator[str]:
    """One line a document."""
    for doc in docs:
        yield doc.to_json() + "\n"


def dump_text(docs: Iterable[Document]) -> Iterator[str]:
    """The texts alone."""
    for doc in docs:
        yield doc.text


def iter_objects(stream: IO[bytes] | Iterable[bytes], name: str) -> Iterator[tuple[int, Any]]:
    """Line numbers and JSON values of a byte stream or of lines, lazily; empty lines are passed over.

    Raises:
        FormatError: a line is not UTF-8 or not JSON.
    """
    # Bytes: only \n ends a line, not U+2028.
    lines = iter_lines(cast("IO[bytes]", stream), name) if hasattr(stream, "readline") else stream
    for number, line in enumerate(lines, 1):
        text = _decode(line, name, number)
        if text.strip():
            try:
                value = loads(text)
            except (ValueError, RecursionError) as err:
                raise FormatError(f"not JSON ({err}); write one object a line", name, number) from err
            yield number, value


def iter_jsonl(stream: IO[bytes], name: str) -> Iterator[Document]:
    """Documents of a byte stream, lazily.

    Raises:
        FormatError: a line is not a document; path and line are named.
    """
    for number, value in iter_objects(stream, name):
        yield _document(value, name, number)


def loads(text: str) -> Any:
    """A JSON value; NaN, numbers too large and keys given twice are refused with a ``ValueError``."""
    return json.loads(text, parse_constant=_refuse, parse_float=_finite, object_pairs_hook=_unique)


def write_lines(lines: Iterable[str], path: Path) -> None:
    """Write lines to a file beside ``path``, then rename it; a link is written through.

    Raises:
        InputError: the folder cannot be written, or the disk is full.
    """
    write_chunks((line + "\n" for line in lines), path)


def _document(value: Any, name: str, number: int) -> Document:
    try:
        return Document.from_dict(value)
    except (InputError, AlignmentError) as err:
        raise FormatError(str(err), name, number) from err


def _decode(data: bytes, name: str, line: int) -> str:
    try:
        return data.decode("utf-8-sig" if line == 1 else "utf-8")
    except UnicodeDecodeError as err:
        raise FormatError(f"not UTF-8 at byte {err.start}; save the file as UTF-8", name, line) from err


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is not a JSON number")


def _finite(digits: str) -> float:
    """``1e999`` would be read as infinity, which no JSON can be written with."""
    value = float(digits)
    return value if math.isfinite(value) else _refuse(digits)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A key given twice would silently lose its first value."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("an object has the same key twice")
    return found
