"""CSV and Parquet: one document a row; or, to write only, one mention a row (``layer=``).

Both keep whole documents. In Parquet entities and events are lists of structures, in CSV they are JSON.
CSV is written with a byte order mark, without which Excel does not show Arabic.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from ..errors import AlignmentError, ArabicIEError, FormatError, InputError, MissingExtraError
from ..tables import COLUMNS, rows
from ..types import DOCUMENT_KEYS, Document, others
from . import files
from .files import Located, Options, attempt, decode, open_aside, open_bytes, read_bytes
from .json_values import json_dict, loads

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
    try:
        header, line = next(table, []), table.line_num
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
        layer: ``entities``, ``events``, ``arguments`` or ``incidents``: one a row, which cannot be read back.
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
        FormatError: it is no Parquet file, is damaged, or unpacks to more than it should.
        InputError: it is missing or cannot be opened.
        MissingExtraError: pyarrow is not installed.
    """
    for number, row in enumerate(_rows(path), 1):
        where = f"{path}: row {number}"
        yield where, to_document({"id": f"{path.stem}-{number}", **row}, where)


def _rows(path: Path) -> Iterator[Json]:
    """Rows of a Parquet file. A few kilobytes can unpack to any size: what a batch takes is bounded."""
    pa = _pyarrow()
    with open_bytes(path) as stream:
        try:
            with pa.parquet.ParquetFile(stream, page_checksum_verification=True) as table:
                for batch in table.iter_batches(_rows_at_once(table.metadata, str(path))):
                    yield from batch.to_pylist()
        except (pa.ArrowException, OSError, ValueError, OverflowError, MemoryError) as err:
            if isinstance(err, ArabicIEError):
                raise
            raise FormatError(f"not a Parquet file, or a damaged one: {err}", str(path)) from err


def _rows_at_once(metadata: Any, name: str) -> int:
    """So many that they stay in bounds even if each is the longest value of a dictionary."""
    largest = 1
    for k in range(metadata.num_row_groups):
        group = metadata.row_group(k)
        sizes = (group.column(c).total_uncompressed_size for c in range(group.num_columns))
        largest = max(largest, *sizes)
    if largest > files.MOST_BYTES:
        raise FormatError(f"a column of more than {files.MOST_BYTES:,} bytes; write smaller row groups", name)
    return min(ROWS, files.MOST_BYTES // largest)


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
    with open_aside(path, "binary") as out:
        writer = attempt(path, lambda: pa.parquet.ParquetWriter(out, schema))
        try:
            while chunk := list(islice(kept, ROWS)):
                table = _layer_table(chunk, layer, names, schema) if layer else to_table(chunk)
                attempt(path, lambda t=table: writer.write_table(t))  # type: ignore[misc]
            attempt(path, writer.close)
        finally:
            writer.is_open = False  # else it would write its end into a closed file when it is collected


def _layer_table(docs: list[Document], layer: str, names: list[str], schema: Any) -> Any:
    pa = _pyarrow()
    cells = [dict(zip(names, row, strict=True)) for doc in docs for row in rows(doc, layer)]
    try:
        return pa.Table.from_pylist(cells, schema)
    except pa.ArrowException as err:
        raise FormatError(f"a value of the {layer} has not the type of its column: {err}") from err


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
    form: Json = {"id": row.get("id")}
    for key, value in row.items():
        if key in ("id", "extra") or value is None or value == "":
            continue
        if key in JSON_COLUMNS and isinstance(value, str):
            form[key] = _loads(value, key, where)
        elif key in JSON_COLUMNS:
            form[key] = _unpacked(_plain(value), key, where)
        else:
            form[key] = _plain(value)
    form.setdefault("text", "")
    extra = _plain(row.get("extra")) or {}
    extra = json_dict(_loads(extra, "extra", where) if isinstance(extra, str) else extra, "extra", where)
    try:
        return Document.from_dict({**form, **others(extra, DOCUMENT_KEYS)})
    except (InputError, AlignmentError) as err:
        raise FormatError(str(err), where) from err


def _plain(value: Any) -> Any:
    """A cell as JSON can hold it: bytes that are UTF-8 and dates as text, NaN as none."""
    if isinstance(value, bytes):  # Parquet files of other tools do not say which bytes are text
        try:
            return value.decode("utf-8")
        except UnicodeDecodeError:
            return str(value)
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return str(value)


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


def _unpacked(value: Any, key: str, where: str) -> Any:
    """The inverse of ``_packed``."""
    if isinstance(value, list):
        return [_unpacked(v, key, where) for v in value]
    if not isinstance(value, dict) or "extra" not in value:
        return value
    out = {k: _unpacked(v, key, where) for k, v in value.items() if v is not None and k != "extra"}
    if isinstance(out.get("value"), str):
        out["value"] = _loads(out["value"], key, where)
    extra = value["extra"]
    extra = _loads(extra, key, where) if isinstance(extra, str) and extra else extra
    return {**json_dict(extra, f"'extra' in {key}", where), **out}


def _layer(layer: str) -> list[str]:
    if layer not in COLUMNS:
        raise InputError(f"no layer {layer!r}; layers: {', '.join(COLUMNS)}")
    return COLUMNS[layer]


def _csv_row(cells: Iterable[Any]) -> str:
    out = io.StringIO(newline="")
    try:
        csv.writer(out).writerow(cells)
    except csv.Error as err:  # a NUL, which Python 3.10 can neither write nor read
        raise FormatError(f"a cell cannot be written as CSV: {err}") from err
    return out.getvalue()


def _pyarrow() -> Any:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as err:
        raise MissingExtraError("pyarrow", "table") from err
    return pyarrow
