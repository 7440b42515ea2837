"""Texts in and documents out, one by one: what ``arabic-ie extract`` does with files of any size."""

from __future__ import annotations

import heapq
import io
import json
import os
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import IO, TYPE_CHECKING, Any, NamedTuple

from tqdm import tqdm

from .errors import FormatError, InputError
from .formats import read_located
from .formats.files import attempt, decode, decode_lines, open_bytes, read_most
from .formats.json_values import json_dict
from .formats.jsonl import iter_objects
from .resolve import read_date
from .text import sentences
from .types import DOCUMENT_KEYS, Document, Extra, others

if TYPE_CHECKING:
    from .extractor import Extractor

_TABLES = (".csv", ".parquet")
_FEW_WORDS = 3  # a shorter sentence teaches little
_CHUNK = 512  # sentences judged at once
_END = object()  # equal to no date


class Input(NamedTuple):
    """A text to read.

    Attributes:
        id: what its document will be called.
        text: the text.
        date: the day it was published, ISO 8601, if the file says so.
        meta: its metadata, which its document keeps.
        extra: its other keys or columns, which its document keeps.
    """

    id: str
    text: str
    date: str | None = None
    meta: Extra = MappingProxyType({})
    extra: Extra = MappingProxyType({})


def read_inputs(source: str, lines: bool = False, encoding: str = "auto") -> Iterator[Input]:
    """The inputs of a file or of stdin (``-``), lazily.

    JSON Lines are known by their suffix or, on stdin, by ``{``; CSV and Parquet need a ``text``
    column; anything else is plain text, one document, or with ``lines`` one a line. ``id`` and ``date``
    of a row, or ``date`` in its ``meta``, are read too; its other keys are kept.

    Args:
        source: the file, or ``-``.
        lines: each line of plain text is an input.
        encoding: of plain text and CSV, see ``Options``.

    Raises:
        InputError: there is no such file.
        FormatError: a line is not what it should be, or its date is none; it is named.
    """
    if source != "-" and not Path(source).is_file():  # at once, before a model is loaded
        raise InputError(f"{source}: no such file")
    return _read_inputs(source, lines, encoding)


def _read_inputs(source: str, lines: bool, encoding: str = "auto") -> Iterator[Input]:
    if source == "-":
        stdin: Any = io.BufferedReader(sys.stdin.buffer)  # type: ignore[arg-type]
        with stdin:
            is_json = stdin.peek(4).removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{")
            yield from (
                _read_json(stdin, "stdin", "stdin")
                if is_json
                else _read_text(stdin, "stdin", "stdin", lines, encoding)
            )
        return
    path = Path(source)
    if path.suffix.lower() in _TABLES:
        for where, doc in read_located(path, encoding=encoding):
            day = _day(doc.extra.get("date") or doc.meta.get("date"), where)
            yield Input(doc.id, doc.text, day, doc.meta, doc.extra)
        return
    with open_bytes(path) as stream:
        if path.suffix.lower() in (".jsonl", ".json", ".ndjson"):
            yield from _read_json(stream, source, path.stem)
        else:
            yield from _read_text(stream, source, path.stem, lines, encoding)


def _read_json(stream: IO[bytes], name: str, stem: str) -> Iterator[Input]:
    for number, value in iter_objects(stream, name):
        if not isinstance(value, dict) or not isinstance(value.get("text"), str):
            raise FormatError("needs an object with a string 'text'", name, number)
        meta = json_dict(value.get("meta"), "'meta'", f"{name}:{number}")
        id = f"{stem}-{number}" if value.get("id") is None else str(value["id"])
        day = _day(value.get("date") or meta.get("date"), name, number)
        yield Input(id, value["text"], day, meta, others(value, DOCUMENT_KEYS))


def _read_text(stream: IO[bytes], name: str, stem: str, lines: bool, encoding: str) -> Iterator[Input]:
    if not lines:
        yield Input(stem, decode(read_most(stream, name), name, encoding))
        return
    for number, text in enumerate(decode_lines(stream, name, encoding), 1):
        if text.strip():
            yield Input(f"{stem}-{number}", text.rstrip("\r\n"))


def _day(value: Any, source: str, line: int | None = None) -> str | None:
    """The date that a row gives, checked; an empty cell is none."""
    if value is None or value == "":
        return None
    try:
        return read_date(value).isoformat()
    except InputError as err:
        raise FormatError(str(err), source, line) from err


def count_lines(source: str, lines: bool = False) -> int | None:
    """How many inputs a file has, for a progress bar; None where that cannot be known cheaply."""
    path = Path(source)
    if not path.is_file() or not (lines or path.suffix.lower() in (".jsonl", ".ndjson")):
        return None
    with path.open("rb") as stream:
        return sum(block.count(b"\n") for block in iter(lambda: stream.read(1 << 20), b""))


def run(
    extractor: Extractor,
    inputs: Iterable[Input],
    batch_size: int,
    total: int | None = None,
    done: int = 0,
    date: str | None = None,
) -> Iterator[Document]:
    """Documents with the ids and other keys of their inputs, lazily; a progress bar on stderr at a terminal.

    An input's own date goes before ``date``.
    """
    items: deque[Input] = deque()
    days: deque[str | None] = deque()

    def texts() -> Iterator[str]:
        for item in inputs:
            items.append(item)
            days.append(item.date or date)
            yield item.text

    found = extractor.pipe(texts(), batch_size, date=iter(days.popleft, _END))
    for doc in tqdm(found, unit="doc", total=total, initial=done, disable=not sys.stderr.isatty()):
        item = items.popleft()
        # The date of the document is the one that was counted from.
        meta, extra = {**item.meta, **doc.meta}, {**item.extra, **doc.extra}
        yield replace(doc, id=item.id, meta=meta, extra=extra)


def write_resumable(
    extractor: Extractor,
    inputs: Iterator[Input],
    path: Path,
    batch_size: int,
    resume: bool,
    total: int | None = None,
    date: str | None = None,
) -> int:
    """Write JSON Lines to ``path + ".part"``, renamed at the end; a stopped run can go on.

    Args:
        extractor: what makes the documents.
        inputs: the same as in the run that was stopped.
        path: the output.
        batch_size: sentences the encoder reads at once.
        resume: go on after the documents of the ``.part`` file, if there is one.
        total: number of inputs, for the progress bar.
        date: the day the inputs were published; an input's own goes before it.

    Returns:
        The number of documents taken over from the stopped run; -1 if it had ended: nothing is done then.

    Raises:
        InputError: the ``.part`` file is not of these inputs, or cannot be written.
    """
    target = path.resolve()  # a link is written through
    part = target.with_name(target.name + ".part")
    done = 0
    if resume and part.exists():
        done, last = _take_over(part)
        taken = deque(islice(inputs, done), maxlen=1)
        if done and (not taken or taken[0][:2] != (last.get("id"), last.get("text"))):
            raise InputError(f"{part} was not made of these inputs; delete it, or give those it was made of")
    elif resume and target.exists():
        return -1
    stream = attempt(path, lambda: part.open("ab" if done else "wb"))
    try:
        for doc in run(extractor, inputs, batch_size, total, done, date):
            line = doc.to_json().encode("utf-8") + b"\n"
            attempt(path, lambda line=line: stream.write(line))  # type: ignore[misc]
        attempt(path, stream.close)  # it writes what is left
    finally:
        with suppress(OSError):  # of a full disk, which has been told
            stream.close()
    attempt(path, lambda: os.replace(part, target))
    return done


def _take_over(part: Path) -> tuple[int, dict[str, Any]]:
    """Number of whole lines, and the last of them; a line cut short is cut off."""
    count, size, last = 0, 0, b"{}"
    with attempt(part, lambda: part.open("r+b")) as stream:
        for line in stream:
            if not line.endswith(b"\n"):
                break
            count, size, last = count + 1, size + len(line), line
        attempt(part, lambda: stream.truncate(size))
    try:
        value = json.loads(last)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise InputError(f"{part}: line {count} is damaged; delete the file and begin again")
    return count, value


def least_sure(
    extractor: Extractor, inputs: Iterable[Input], count: int, batch_size: int
) -> list[tuple[float, Input]]:
    """The sentences of which the model is least sure, the least sure first; see ``Extractor.sureness``.

    Keeps ``count`` sentences in memory, whatever the input. The same sentence is taken once, one of
    fewer than three words never. An id is that of the input, with the sentence's number in it if it
    has several.
    """
    heap: list[tuple[float, int, Input]] = []  # the surest of the kept on top
    kept: set[str] = set()
    numbered = iter(enumerate(_sentences(inputs)))
    progress = tqdm(unit="sentence", disable=not sys.stderr.isatty())
    while chunk := list(islice(numbered, _CHUNK)):
        scores = extractor.sureness([item.text for _, item in chunk], batch_size)
        for score, (number, item) in zip(scores, chunk, strict=True):
            if item.text in kept or (len(heap) == count and -heap[0][0] <= score):
                continue
            kept.add(item.text)
            # Of equals the earlier stays, so the order of the input decides, not that of the heap.
            heapq.heappush(heap, (-score, -number, item))
            if len(heap) > count:
                kept.discard(heapq.heappop(heap)[2].text)
        progress.update(len(chunk))
    progress.close()
    return [(-score, item) for score, _, item in sorted(heap, key=lambda h: (-h[0], -h[1]))]


def _sentences(inputs: Iterable[Input]) -> Iterator[Input]:
    for item in inputs:
        spans = sentences(item.text)
        for number, (start, end) in enumerate(spans, 1):
            sentence = item.text[start:end]
            if len(sentence.split()) >= _FEW_WORDS:
                id = item.id if len(spans) == 1 else f"{item.id}#{number}"
                yield item._replace(id=id, text=sentence)
