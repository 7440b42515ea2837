"""Reading and writing documents, one module a format."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib import import_module
from inspect import signature
from pathlib import Path
from typing import Any

from ..errors import FormatError, InputError
from ..types import Document
from .files import (
    LossyWarning,
    Options,
    decode,
    encodable,
    is_whole,
    iter_lines,
    open_bytes,
    read_bytes,
    write_chunks,
)

__all__ = ["FORMATS", "LossyWarning", "Options", "dump", "read", "read_located", "write"]


@dataclass(frozen=True)
class _Format:
    """Where a format lives: its module, and what the module does with it."""

    module: str
    suffixes: tuple[str, ...] = ()
    reader: str = "read"
    dumper: str | None = "dump"  # pieces of one text file; None: the module's ``write`` takes the path


FORMATS = {
    "jsonl": _Format("jsonl", (".jsonl", ".json", ".ndjson")),
    "text": _Format("jsonl", (".txt",), "read_text", "dump_text"),
    "conll": _Format("conll", (".conll", ".bio", ".iob", ".iob2")),
    "brat": _Format("brat", (".ann",), dumper=None),
    "doccano": _Format("doccano"),
    "labelstudio": _Format("labelstudio"),
    "csv": _Format("table", (".csv",), "read_csv", "dump_csv"),
    "parquet": _Format("table", (".parquet",), "read_parquet", None),
}


def read(path: str | Path, format: str | None = None, **options: Any) -> list[Document]:
    """Read documents.

    Args:
        path: a file, or a folder of brat files.
        format: one of ``FORMATS``; by default told by the suffix, and for JSON by the content.
        options: see ``Options``.

    Raises:
        InputError: the file is missing or cannot be opened, or there is no such option.
        FormatError: its content is not what the format says; file and line are named.
    """
    return [doc for _, doc in read_located(path, format, **options)]


def read_located(
    path: str | Path, format: str | None = None, **options: Any
) -> Iterator[tuple[str, Document]]:
    """Read documents lazily, each with where it stands, as ``file:line``. See ``read``."""
    path = Path(path)
    try:
        chosen = Options(**options)
    except TypeError as err:
        raise InputError(f"no such option of a reader: {err}") from err
    kind = _kind(path, format, reading=True)
    yield from _call(kind, FORMATS[kind].reader)(path, chosen)


def write(docs: Iterable[Document], path: str | Path, format: str | None = None, **options: Any) -> None:
    """Write documents. The old file stays whole until the new one is complete.

    What the format cannot hold is named in ``LossyWarning`` warnings.

    Args:
        docs: the documents, which are consumed one by one.
        path: a file, or for brat a folder.
        format: one of ``FORMATS``; by default told by the suffix.
        options: ``as_predictions=True`` for Label Studio, ``layer`` for CSV and Parquet.

    Raises:
        InputError: the folder cannot be written, or the format has no such option.
        FormatError: no such format, or a document that it cannot hold at all.
    """
    path = Path(path)
    kind = _kind(path, format, reading=False)
    if FORMATS[kind].dumper:
        write_chunks(dump(docs, kind, **options), path)
    else:
        _writer(kind, "write", options)(encodable(docs, kind), path, **options)


def dump(docs: Iterable[Document], format: str, **options: Any) -> Iterator[str]:
    """Documents as pieces of a text file of the format, lazily. See ``write``.

    Raises:
        FormatError: the format is not one text file (brat, parquet), or cannot hold a document.
        InputError: the format has no such option.
    """
    kind = _kind(Path(), format, reading=False)
    dumper = FORMATS[kind].dumper
    if dumper is None:
        raise FormatError(f"{kind} is not a text file; name an output path")
    safe = docs if kind == "jsonl" else encodable(docs, kind)
    yield from _writer(kind, dumper, options)(safe, **options)


def _call(kind: str, function: str) -> Callable[..., Any]:
    return getattr(import_module(f".{FORMATS[kind].module}", __name__), function)


def _writer(kind: str, function: str, options: dict[str, Any]) -> Callable[..., Any]:
    found = _call(kind, function)
    for name in options:
        if name not in signature(found).parameters:
            raise InputError(f"{kind} is written without an option {name!r}")
    return found


def _kind(path: Path, format: str | None, reading: bool) -> str:
    if format is not None:
        if format not in FORMATS:
            raise FormatError(f"unknown format {format!r}; known: {', '.join(FORMATS)}")
        return format
    try:
        there = path.exists()
    except OSError as err:  # a name too long, a folder that may not be searched
        raise InputError(f"{path}: {err.strerror or err}") from err
    if reading and not there:
        raise InputError(f"{path}: no such file")
    kind = told_by_suffix(path)
    if kind is None:
        suffix = path.suffix.lower()
        raise FormatError(f"unknown format {suffix!r}; give format=, one of: {', '.join(FORMATS)}", str(path))
    return _json_kind(path) if reading and kind == "jsonl" else kind


def told_by_suffix(path: Path) -> str | None:
    """The format that a path's name tells, if any: for a folder brat, for ``.json`` JSON Lines."""
    if path.is_dir():
        return "brat"
    suffix = path.suffix.lower()
    return next((name for name, form in FORMATS.items() if suffix in form.suffixes), None)


def _json_kind(path: Path) -> str:
    """Which of the JSON formats a file is, by its first value; what cannot be told is JSON Lines."""
    with open_bytes(path) as stream:
        lines = iter_lines(stream, str(path))
        first = next((line for line in lines if line.strip(b"\xef\xbb\xbf \t\r\n")), b"")
    start = first.decode("utf-8", "replace").lstrip("\ufeff \t\r\n")
    array = start.startswith("[")
    try:
        if is_whole(start):  # its first value may end on any line
            text = decode(read_bytes(path), str(path)).lstrip(" \t\r\n[")
            value, _ = json.JSONDecoder().raw_decode(text)
        else:
            value = json.loads(first.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        value = None
    kind = _kind_of_value(value, array) if isinstance(value, dict) else None
    return kind or ("labelstudio" if array else "jsonl")


def _kind_of_value(value: dict[str, Any], array: bool) -> str | None:
    """Which of the JSON formats a document or a task is of, if it tells."""
    lists = {key: items for key, items in value.items() if isinstance(items, list)}
    controls = [item for items in lists.values() for item in items if isinstance(item, dict)]
    if ("data" in value and "text" not in value) or (
        array and any("start" in item and "labels" in item for item in controls)  # JSON-MIN
    ):
        return "labelstudio"
    spans = [span for span in lists.get("entities", []) if isinstance(span, dict)]
    if any("start_offset" in span for span in spans):
        return "doccano"
    if "events" in lists or any("type" in span and "start" in span for span in spans):
        return "jsonl"
    label = value.get("label", value.get("labels"))
    triples = isinstance(label, list) and not (array and any(not isinstance(x, list) for x in label))
    if "Comments" in value or "offset_unit" in value or triples:
        return "doccano"
    return "jsonl" if "entities" in lists else None
