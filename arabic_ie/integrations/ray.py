"""Corpora larger than one machine: extraction on Ray Data, one model a worker.

``extract_dataset`` is a step of any Ray Data pipeline. ``extract_parquet`` runs a corpus of Parquet
files to Parquet and goes on where a stopped run ended: the input is cut into pieces of rows, each
piece becomes one file with a name that follows from the piece, written aside and renamed. So a worker
or the driver may die at any moment: a piece is whole or not there, and each document is written once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from ..errors import InputError, MissingExtraError
from ..formats.table import ROWS, to_table
from ..types import Document

try:
    import pyarrow as pa
    import pyarrow.dataset
    import pyarrow.parquet
    import ray
except ImportError as err:
    raise MissingExtraError(str(err.name or "ray"), "ray") from err

if TYPE_CHECKING:
    from pyarrow.fs import FileSystem

    from ..extractor import Extractor

DONE = "_SUCCESS"


@dataclass(frozen=True)
class Summary:
    """What a run did.

    Attributes:
        documents: in the whole output.
        pieces: files of the output.
        resumed: pieces that a former run had written.
    """

    documents: int
    pieces: int
    resumed: int


class Worker:
    """A Ray actor with its own model; ``map_batches`` calls it with Arrow tables.

    Args:
        model: as in ``Extractor.from_pretrained``; a folder must be on every machine.
        text_column: column of the texts.
        id_column: column of the ids, which are kept.
        batch_size: sentences the encoder reads at once.
        device: such as ``cuda``; by default a GPU if the actor was given one.
        resolve: add values, places, actors, sources and incidents.
        date_column: column of the days of publication, against which dates are resolved.
    """

    def __init__(
        self,
        model: str | None = None,
        text_column: str = "text",
        id_column: str = "id",
        batch_size: int = 32,
        device: str | None = None,
        resolve: bool = True,
        date_column: str | None = None,
    ) -> None:
        self.text_column, self.id_column, self.batch_size = text_column, id_column, batch_size
        self.date_column = date_column
        self.extractor = self.load(model, device, resolve)

    def load(self, model: str | None, device: str | None, resolve: bool) -> Extractor:
        """Load the model; a subclass may bring another."""
        from ..extractor import Extractor

        return Extractor.from_pretrained(model, device=device, resolve=resolve)

    def __call__(self, batch: pa.Table) -> pa.Table:
        return to_table(list(self.documents(batch)))

    def documents(self, batch: pa.Table) -> Iterator[Document]:
        """Documents of a table's rows, each with the id of its row."""
        ids, texts = (self._column(batch, name) for name in (self.id_column, self.text_column))
        # A row without a text is a document without text: one bad row must not stop a corpus.
        texts = ["" if text is None else text for text in texts]
        dates = self._column(batch, self.date_column) if self.date_column else None
        found = self.extractor.pipe(texts, self.batch_size, date=dates)
        for id, doc in zip(ids, found, strict=True):
            yield replace(doc, id="" if id is None else str(id))

    @staticmethod
    def _column(batch: pa.Table, name: str) -> list[Any]:
        if name not in batch.column_names:
            raise InputError(f"no column {name!r}; columns: {', '.join(batch.column_names)}")
        return list(batch.column(name).to_pylist())


class PieceWorker(Worker):
    """Reads a piece of the input, and writes the output file of it."""

    def __init__(self, target: str, **options: Any) -> None:
        super().__init__(**options)
        self.target = target

    def __call__(self, batch: pa.Table) -> pa.Table:
        done = []
        for piece in batch.to_pylist():
            filesystem, path = _resolve(piece["path"])
            with pyarrow.parquet.ParquetFile(path, filesystem=filesystem) as file:
                names = [self.id_column, self.text_column, *filter(None, [self.date_column])]
                rows = file.read_row_groups([piece["group"]], columns=names)
            rows = rows.slice(piece["start"], piece["rows"])
            table = to_table(list(self.documents(rows)))
            _write_piece(table, self.target, piece["name"])
            done.append({"name": piece["name"], "documents": table.num_rows})
        return pa.Table.from_pylist(done)


def extract_dataset(
    dataset: ray.data.Dataset,
    model: str | None = None,
    workers: int = 1,
    num_gpus: float = 0,
    rows: int = 256,
    worker: type[Worker] = Worker,
    **options: Any,
) -> ray.data.Dataset:
    """Extract from the texts of a Ray Dataset, lazily, with one model a worker.

    Args:
        dataset: rows with an id and a text.
        model: as in ``Extractor.from_pretrained``.
        workers: number of actors.
        num_gpus: GPUs of each.
        rows: rows an actor takes at once.
        worker: the class of the actors.
        options: of ``Worker``: ``text_column``, ``id_column``, ``date_column``, ``batch_size`` ...

    Returns:
        A dataset of documents in the columns of the ``parquet`` format.
    """
    return dataset.map_batches(
        worker,
        fn_constructor_kwargs={"model": model, **options},
        compute=ray.data.ActorPoolStrategy(size=workers),
        batch_size=rows,
        batch_format="pyarrow",
        num_gpus=num_gpus,
    )


def extract_parquet(
    source: str,
    target: str,
    model: str | None = None,
    workers: int = 1,
    num_gpus: float = 0,
    rows: int = 4096,
    worker: type[PieceWorker] = PieceWorker,
    **options: Any,
) -> Summary:
    """Extract from a corpus of Parquet files to a folder of Parquet files, resuming by itself.

    Args:
        source: a file or a folder, local or of a file system that pyarrow knows (``s3://...``).
        target: the folder to write, seen by every machine; a former run's pieces are kept.
        model: as in ``Extractor.from_pretrained``.
        workers: number of actors, each with one model.
        num_gpus: GPUs of each.
        rows: the most rows of a piece; what a dead worker had begun is done again.
        worker: the class of the actors.
        options: of ``Worker``: ``text_column``, ``id_column``, ``date_column``, ``batch_size`` ...

    Raises:
        InputError: no Parquet file, no such column, no rows a piece, or the target was made from another input.
    """
    if rows < 1:
        raise InputError(f"rows must be at least 1, not {rows}")
    source, target = _absolute(source), _absolute(target)
    columns = {options.get("text_column", "text"), options.get("id_column", "id")}
    columns |= set(filter(None, [options.get("date_column")]))
    pieces = list(_pieces(source, rows, columns))
    if not pieces:
        raise InputError(f"{source}: no Parquet file with rows")
    from pyarrow.fs import FileSelector

    filesystem, folder = _resolve(target)
    filesystem.create_dir(folder, recursive=True)
    there = _present(filesystem, folder)
    strange = sorted(there - {p["name"] for p in pieces})
    if strange:
        raise InputError(f"{target}: {strange[0]} is not of this input or piece size; name an empty folder")
    todo = [piece for piece in pieces if piece["name"] not in there]
    if todo:
        # One piece a task, so that a dead worker costs one piece; Ray Data starts actors and tasks
        # again as often as it must, since machines of a cluster come and go.
        ray.data.from_items(todo, override_num_blocks=len(todo)).map_batches(
            worker,
            fn_constructor_kwargs={"target": target, "model": model, **options},
            compute=ray.data.ActorPoolStrategy(size=workers),
            batch_size=1,
            batch_format="pyarrow",
            num_gpus=num_gpus,
        ).materialize()
    missing = [p["name"] for p in pieces if p["name"] not in _present(filesystem, folder)]
    if missing:
        raise InputError(f"{target}: {len(missing)} pieces are not there, such as {missing[0]}; run it again")
    for left in filesystem.get_file_info(FileSelector(folder)):
        if left.base_name.startswith(".") and left.base_name.endswith(".part"):  # of dead workers
            filesystem.delete_file(left.path)
    with filesystem.open_output_stream(f"{folder}/{DONE}") as out:
        out.write(b"")
    return Summary(sum(p["rows"] for p in pieces), len(pieces), len(pieces) - len(todo))


def _pieces(source: str, rows: int, columns: set[str]) -> Iterator[dict[str, Any]]:
    """Runs of rows inside the row groups of the input; their names follow from path, size and place."""
    filesystem, path = _resolve(source)
    prefix = source.split("://")[0] + "://" if "://" in source else ""
    try:
        files = sorted(pyarrow.dataset.dataset(path, filesystem=filesystem, format="parquet").files)
    except (OSError, pa.ArrowInvalid) as err:
        raise InputError(f"{source}: cannot read it as Parquet: {err}") from err
    for file in files:
        with pyarrow.parquet.ParquetFile(file, filesystem=filesystem) as table:
            lacking = columns - set(table.schema_arrow.names)
            if lacking:
                raise InputError(f"{file}: no column {', '.join(sorted(lacking))}")
            size = filesystem.get_file_info(file).size
            for group in range(table.num_row_groups):
                count = table.metadata.row_group(group).num_rows
                for start in range(0, count, rows):
                    # Relative, so that a corpus may be moved between two runs.
                    key = f"{file.removeprefix(path)}|{size}|{group}|{start}|{rows}"
                    digest = hashlib.sha256(key.encode()).hexdigest()[:12]
                    name = f"{PurePosixPath(file).stem}-{group:05d}-{start:08d}-{digest}.parquet"
                    yield {
                        "path": prefix + file if prefix and prefix != "file://" else file,
                        "group": group,
                        "start": start,
                        "rows": min(rows, count - start),
                        "name": name,
                    }


def _absolute(path: str) -> str:
    """Workers run in folders of their own."""
    return path if "://" in path else str(Path(path).resolve())


def _resolve(path: str) -> tuple[FileSystem, str]:
    from pyarrow.fs import FileSystem, LocalFileSystem

    if "://" in path:
        found: tuple[FileSystem, str] = FileSystem.from_uri(path)
        return found
    return LocalFileSystem(), path


def _present(filesystem: FileSystem, folder: str) -> set[str]:
    from pyarrow.fs import FileSelector

    found = filesystem.get_file_info(FileSelector(folder))
    return {
        f.base_name for f in found if f.base_name.endswith(".parquet") and not f.base_name.startswith(".")
    }


def _write_piece(table: pa.Table, target: str, name: str) -> None:
    filesystem, folder = _resolve(target)
    aside = f"{folder}/.{name}.{ray.get_runtime_context().get_worker_id()}.part"
    with filesystem.open_output_stream(aside) as out:
        pyarrow.parquet.write_table(table, out, row_group_size=ROWS)
    filesystem.move(aside, f"{folder}/{name}")
