"""CSV and Parquet: one document a row; or, to write only, one mention a row (``layer=``).

Both keep whole documents. In Parquet entities and events are lists of structures, in CSV they are JSON.
CSV is written with a byte order mark, without which Excel does not show Arabic.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from ..errors import AlignmentError, FormatError, InputError, MissingExtraError
from ..tables import COLUMNS, rows
from ..types import Document
from .files import Located, Options, attempt, decode, open_aside, read_bytes
from .jsonl import loads

JSON_COLUMNS = ("entities", "events", "meta", "warnings", "clusters", "incidents", "extra")
ROWS = 1024  # documents of a Parquet row group
Json = dict[str, Any]


def read_csv(path: Path, options: Options) -> Iterator[Located]:
    """Documents of a CSV file with a ``text`` column; columns it does not know are kept as text.

    Raises:
        FormatError: no ``text`` column, or a cell that is not the JSON it should be.
    """
    name = str(path)
    text = decode(read_bytes(path), name, options.encoding)
    csv.field_size_limit(max(csv.field_size_limit(), len(text) + 1))
    table = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    try:
        header = next(table, [])
        if "text" not in header or len(set(header)) != len(header):
            raise FormatError(f"needs a header with 'text' and no name twice, got {header}", name, 1)
        for number, cells in enumerate(table, 1):
            start, line = line + 1, table.line_num
            if cells and len(cells) != len(header):
                raise FormatError(f"{len(cells)} cells under {len(header)} columns", name, start)
            if cells:
                row = dict(zip(header, cells, strict=True))
                row.setdefault("id", f"{path.stem}-{number}")
                yield f"{name}:{start}", to_document(row, f"{name}:{start}")
    except csv.Error as err:
        raise FormatError(f"not CSV: {err}", name, table.line_num) from err


def dump_csv(docs: Iterable[Document], layer: str | None = None) -> Iterator[str]:
    """Documents as CSV.

    Args:
        docs: the documents.
        layer: ``entities``, ``events`` or ``arguments``: one mention a row, which cannot be read back.
    """
    yield "\ufeff" + _csv_row(_layer(layer) if layer else ["id", "text", *JSON_COLUMNS])
    for doc in docs:
        if layer:
            for row in rows(doc, layer):
                yield _csv_row(row)
        else:
            form = to_row(doc)
            cells = [form[key] if form[key] else "" for key in JSON_COLUMNS]
            packed = [json.dumps(c, ensure_ascii=False, allow_nan=False) if c else "" for c in cells]
            yield _csv_row([doc.id, doc.text, *packed])


def read_parquet(path: Path, options: Options) -> Iterator[Located]:
    """Documents of a Parquet file with a ``text`` column, a row group's part at a time.

    Raises:
        FormatError: it is no Parquet file, or has no ``text`` column.
        MissingExtraError: pyarrow is not installed.
    """
    pa = _pyarrow()
    try:
        with pa.parquet.ParquetFile(path) as table:
            number = 0
            for batch in table.iter_batches(ROWS):
                for row in batch.to_pylist():
                    number += 1
                    where = f"{path}: row {number}"
                    row = {"id": f"{path.stem}-{number}", **row}
                    yield where, to_document(row, where)
    except pa.ArrowInvalid as err:
        raise FormatError(f"not a Parquet file: {err}", str(path)) from err
    except OSError as err:
        raise InputError(f"{path}: cannot read it: {err}") from err


def write(docs: Iterable[Document], path: Path, layer: str | None = None) -> None:
    """Write Parquet. See ``dump_csv``.

    Raises:
        InputError: the folder cannot be written.
        MissingExtraError: pyarrow is not installed.
    """
    pa = _pyarrow()
    names = _layer(layer) if layer else []
    schema = layer_schema(names) if layer else document_schema()
    kept = iter(docs)
    with open_aside(path, "binary") as out, pa.parquet.ParquetWriter(out, schema) as writer:
        while chunk := list(islice(kept, ROWS)):
            if layer:
                cells = [dict(zip(names, row, strict=True)) for doc in chunk for row in rows(doc, layer)]
                table = pa.Table.from_pylist(cells, schema)
            else:
                table = to_table(chunk)
            attempt(path, lambda t=table: writer.write_table(t))  # type: ignore[misc]


def document_schema() -> Any:
    """The Arrow schema of documents; free-form values are JSON strings."""
    pa = _pyarrow()
    text, number, score = pa.string(), pa.int64(), pa.float64()
    argument = {"role": text, "entity": text, "score": score, "extra": text}
    entity = {"id": text, "type": text, "start": number, "end": number, "score": score}
    entity |= {"value": text, "fragments": pa.list_(pa.list_(number)), "extra": text}
    trigger = {"start": number, "end": number, "extra": text}
    event = {"id": text, "type": text, "trigger": pa.struct(trigger), "realis": text, "score": score}
    event |= {"arguments": pa.list_(pa.struct(argument)), "extra": text}
    lists = {"entities": pa.list_(pa.struct(entity)), "events": pa.list_(pa.struct(event))}
    rest = {"meta": text, "warnings": pa.list_(text), "clusters": text, "incidents": text, "extra": text}
    return pa.schema({"id": text, "text": text, **lists, **rest})


def to_table(docs: Iterable[Document]) -> Any:
    """Documents as an Arrow table."""
    return _pyarrow().Table.from_pylist([_packed(to_row(doc)) for doc in docs], document_schema())


def layer_schema(names: list[str]) -> Any:
    """The Arrow schema of a table of mentions."""
    pa = _pyarrow()
    kinds = {"start": pa.int64(), "end": pa.int64(), "score": pa.float64(), "lat": pa.float64()}
    kinds |= {"lon": pa.float64(), "geonames": pa.int64(), "source_anonymous": pa.bool_()}
    return pa.schema({name: kinds.get(name, pa.string()) for name in names})


def to_row(doc: Document) -> Json:
    """The dictionary form of a document, with its unknown keys under ``extra``."""
    form = doc.to_dict()
    row = {"id": doc.id, "text": doc.text, "extra": dict(doc.extra)}
    row |= {key: form.get(key) or [] for key in JSON_COLUMNS if key not in ("meta", "extra")}
    return {**row, "meta": form.get("meta") or {}}


def to_document(row: Json, where: str) -> Document:
    """The document of a row, whose cells may be structures or JSON strings.

    Raises:
        FormatError: a cell is not what it should be.
    """
    form: Json = {"id": "" if row.get("id") is None else str(row["id"])}
    for key, value in row.items():
        if key in ("id", "extra") or value is None or value == "":
            continue
        if key in JSON_COLUMNS and isinstance(value, str):
            form[key] = _loads(value, key, where)
        elif key in JSON_COLUMNS:
            form[key] = _unpacked(value)
        else:
            form[key] = _plain(value)
    form.setdefault("text", "")
    extra = row.get("extra") or {}
    form |= _loads(extra, "extra", where) if isinstance(extra, str) else extra
    try:
        return Document.from_dict(form)
    except (InputError, AlignmentError) as err:
        raise FormatError(str(err), where) from err


def _plain(value: Any) -> Any:
    """A cell of a column we do not know, as JSON can hold it (dates as text)."""
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError):
        return str(value)
    return value


def _loads(value: str, key: str, where: str) -> Any:
    try:
        return loads(value)
    except (ValueError, RecursionError) as err:
        raise FormatError(f"column {key!r} is not JSON: {err}", where) from err


_FIXED = {
    "entities": ("id", "type", "start", "end", "score", "fragments"),
    "events": ("id", "type", "realis", "score"),
    "trigger": ("start", "end"),
    "arguments": ("role", "entity", "score"),
}


def _packed(row: Json) -> Json:
    """A row in Arrow's form: what has no fixed form becomes JSON."""
    out = {**row, **{key: _json(row[key]) for key in ("meta", "clusters", "incidents", "extra")}}
    out["entities"] = [{**_pack(e, "entities"), "value": _value(e)} for e in row["entities"]]
    out["events"] = [
        {
            **_pack(v, "events"),
            "trigger": _pack(v["trigger"], "trigger"),
            "arguments": [_pack(a, "arguments") for a in v["arguments"]],
        }
        for v in row["events"]
    ]
    return out


def _pack(form: Json, kind: str) -> Json:
    fixed = _FIXED[kind]
    other = {k: v for k, v in form.items() if k not in (*fixed, "value", "trigger", "arguments")}
    return {**{k: form[k] for k in fixed if k in form}, "extra": _json(other)}


def _json(value: Any) -> str | None:
    return json.dumps(value, ensure_ascii=False, allow_nan=False) if value not in (None, {}, []) else None


def _value(entity: Json) -> str | None:
    return None if entity.get("value") is None else json.dumps(entity["value"], ensure_ascii=False)


def _unpacked(value: Any) -> Any:
    """The inverse of ``_packed``; JSON of CSV cells passes through it unchanged."""
    if isinstance(value, list):
        return [_unpacked(v) for v in value]
    if not isinstance(value, dict) or "extra" not in value:
        return value
    out = {k: _unpacked(v) for k, v in value.items() if v is not None and k != "extra"}
    if isinstance(out.get("value"), str):
        out["value"] = loads(out["value"])
    extra = loads(value["extra"]) if value["extra"] else {}
    return {**out, **extra}


def _layer(layer: str) -> list[str]:
    if layer not in COLUMNS:
        raise InputError(f"no layer {layer!r}; layers: {', '.join(COLUMNS)}")
    return COLUMNS[layer]


def _csv_row(cells: Iterable[Any]) -> str:
    out = io.StringIO(newline="")
    csv.writer(out).writerow(cells)
    return out.getvalue()


def _pyarrow() -> Any:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as err:
        raise MissingExtraError("pyarrow", "table") from err
    return pyarrow
