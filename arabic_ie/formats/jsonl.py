"""JSON Lines: one document a line, the form of the annotated corpora; and plain text files."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import IO, Any, TypeVar

from ..errors import AlignmentError, FormatError, InputError
from ..types import Document

T = TypeVar("T")
FORMATS = {".jsonl": "jsonl", ".json": "jsonl", ".txt": "text"}


def read(path: str | Path, format: str | None = None) -> list[Document]:
    """Read documents.

    Args:
        path: a ``.jsonl`` file, or a ``.txt`` file, which is one document whose id is its name.
        format: ``jsonl`` or ``text``, when the suffix does not tell.

    Raises:
        InputError: the file is missing or cannot be opened.
        FormatError: its content is not what the format says; the line is named.
    """
    path = Path(path)
    kind = _kind(path, format)
    try:
        with path.open("rb") as stream:
            if kind == "text":
                return [Document(_decode(stream.read(), str(path), 1), id=path.stem)]
            return list(iter_jsonl(stream, str(path)))
    except OSError as err:
        raise InputError(f"{path}: cannot read it: {err.strerror or err}") from err


def iter_objects(stream: IO[bytes], name: str) -> Iterator[tuple[int, Any]]:
    """Line numbers and JSON values of a byte stream, lazily; empty lines are passed over.

    Raises:
        FormatError: a line is not UTF-8 or not JSON.
    """
    for number, line in enumerate(stream, 1):  # bytes: only \\n ends a line, not U+2028
        text = _decode(line, name, number)
        if text.strip():
            try:
                yield number, json.loads(text, parse_constant=_refuse, object_pairs_hook=_unique)
            except (ValueError, RecursionError) as err:
                raise FormatError(f"not JSON ({err}); write one object a line", name, number) from err


def iter_jsonl(stream: IO[bytes], name: str) -> Iterator[Document]:
    """Documents of a byte stream, lazily.

    Raises:
        FormatError: a line is not a document; path and line are named.
    """
    for number, value in iter_objects(stream, name):
        try:
            yield Document.from_dict(value)
        except (InputError, AlignmentError) as err:
            raise FormatError(str(err), name, number) from err


def write(docs: Iterable[Document], path: str | Path, format: str | None = None) -> None:
    """Write documents as JSON Lines. The old file stays whole until the new one is complete.

    Raises:
        InputError: the folder cannot be written.
        FormatError: no such format.
    """
    path = Path(path)
    if _kind(path, format) != "jsonl":
        raise FormatError("documents are written as .jsonl", str(path))
    write_lines((doc.to_json() for doc in docs), path)


def write_lines(lines: Iterable[str], path: Path) -> None:
    """Write lines to a file beside ``path``, then rename it; a link is written through.

    Raises:
        InputError: the folder cannot be written, or the disk is full.
    """
    target = path.resolve()
    aside = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        out = _attempt(path, lambda: aside.open("w", encoding="utf-8", newline="\n"))
        with out:
            for line in lines:  # its own errors are not ours to rename
                _attempt(path, partial(out.write, line + "\n"))
            _attempt(path, out.flush)
        _attempt(path, lambda: os.replace(aside, target))
    finally:
        aside.unlink(missing_ok=True)


def _attempt(path: Path, action: Callable[[], T]) -> T:
    try:
        return action()
    except OSError as err:
        raise InputError(f"{path}: cannot write it: {err.strerror or err}") from err


def _kind(path: Path, format: str | None) -> str:
    kind = format or FORMATS.get(path.suffix.lower())
    if kind is None or kind not in FORMATS.values():
        raise FormatError(f"unknown format {format or path.suffix!r}; known: {', '.join(FORMATS)}", str(path))
    return kind


def _decode(data: bytes, name: str, line: int) -> str:
    try:
        return data.decode("utf-8-sig" if line == 1 else "utf-8")
    except UnicodeDecodeError as err:
        raise FormatError(f"not UTF-8 at byte {err.start}; save the file as UTF-8", name, line) from err


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is not a JSON number")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A key given twice would silently lose its first value."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("an object has the same key twice")
    return found
