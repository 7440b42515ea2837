"""Ray Data on a local cluster of two workers, one of which is killed in the middle."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from arabic_ie import Document, Entity, read
from arabic_ie.errors import InputError

ray = pytest.importorskip("ray", reason="Ray is not installed: pip install 'arabic-ie[ray]'")
pa = pytest.importorskip("pyarrow")

import pyarrow.parquet

from arabic_ie.integrations.ray import PieceWorker, Summary, extract_dataset, extract_parquet

DOCUMENTS, ROWS = 60, 5
BUSY = 300  # seconds: a busy machine is slow to start workers


class Finder:
    """Stands for an extractor, so that the test is about Ray and not about loading a model."""

    def __init__(self, log: Path | None) -> None:
        self.log = log

    def pipe(self, texts: Any, batch_size: int = 32, date: Any = None) -> Iterator[Document]:
        assert date is None or date == ["2024"] * len(texts)
        if self.log:
            self.begin(self.log)
        for text in texts:
            if self.log:
                time.sleep(0.05)
            yield Document(text, (Entity(0, 3, "ORG", "E1", 0.5),))

    @staticmethod
    def begin(log: Path) -> None:
        """Leave the number of this process, and wait for that of another: both take part."""
        (log / f"{os.getpid()}").touch()
        deadline = time.time() + BUSY
        while len(list(log.iterdir())) < 2:
            assert time.time() < deadline, "the second worker has not begun"
            time.sleep(0.05)


class SlowWorker(PieceWorker):
    """Its ``model`` is the folder where each process leaves its number."""

    def load(self, model: str | None, device: str | None, resolve: bool) -> Any:
        return Finder(Path(model) if model else None)


@pytest.fixture(scope="module")
def cluster() -> Iterator[None]:
    root = str(Path(__file__).parents[1])
    ray.init(
        num_cpus=2,
        include_dashboard=False,
        log_to_driver=False,
        object_store_memory=100_000_000,
        runtime_env={"env_vars": {"PYTHONPATH": f"{root}:{root}/tests", "OMP_NUM_THREADS": "1"}},
    )
    ray.data.DataContext.get_current().enable_progress_bars = False
    yield
    ray.shutdown()


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    for part in range(2):
        ids = [f"d{n}" for n in range(part * DOCUMENTS // 2, (part + 1) * DOCUMENTS // 2)]
        table = pa.table({"id": ids, "text": [f"نص {id}" for id in ids], "date": ["2024"] * len(ids)})
        pyarrow.parquet.write_table(table, folder / f"part-{part}.parquet", row_group_size=20)
    return folder


def documents(folder: Path) -> list[Document]:
    return [doc for path in sorted(folder.glob("*.parquet")) for doc in read(path)]


def test_a_killed_worker_loses_nothing_and_doubles_nothing(
    cluster: None, corpus: Path, tmp_path: Path
) -> None:
    out, log = tmp_path / "out", tmp_path / "log"
    log.mkdir()

    @ray.remote(num_cpus=0)
    def kill_one() -> int:
        """Kill a worker once both have begun and some pieces are written."""
        deadline = time.time() + BUSY
        while time.time() < deadline:
            workers = [int(p.name) for p in log.iterdir()]
            if len(workers) == 2 and len(list(out.glob("*.parquet"))) >= 2:
                os.kill(workers[0], signal.SIGKILL)
                return workers[0]
            time.sleep(0.05)
        return 0

    victim = kill_one.remote()
    summary = extract_parquet(str(corpus), str(out), str(log), workers=2, rows=ROWS, worker=SlowWorker)
    assert ray.get(victim)
    assert len(list(log.iterdir())) >= 3  # a third process took the dead one's place
    assert summary == Summary(DOCUMENTS, 12, 0)
    found = documents(out)
    assert Counter(d.id for d in found) == Counter(f"d{n}" for n in range(DOCUMENTS))
    assert all(d.text == f"نص {d.id}" and d.entities[0].score == 0.5 for d in found)
    assert {p.suffix for p in out.iterdir()} == {".parquet", ""} and (out / "_SUCCESS").exists()


def test_a_second_run_writes_only_what_is_not_there(cluster: None, corpus: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run: dict[str, Any] = {"workers": 1, "rows": ROWS, "worker": SlowWorker, "date_column": "date"}
    extract_parquet(str(corpus), str(out), **run)
    first = sorted(out.glob("*.parquet"))
    times = {p: p.stat().st_mtime_ns for p in first}
    for path in first[:3]:
        path.unlink()
    assert extract_parquet(str(corpus), str(out), **run) == Summary(DOCUMENTS, 12, 9)
    assert sum(p.stat().st_mtime_ns == times[p] for p in out.glob("*.parquet")) == 9
    assert Counter(d.id for d in documents(out)) == Counter(f"d{n}" for n in range(DOCUMENTS))
    with pytest.raises(InputError, match="not of this input"):
        extract_parquet(str(corpus), str(out), workers=1, rows=7, worker=SlowWorker)


def test_a_dataset_keeps_ids(cluster: None) -> None:
    rows = [{"id": f"x{n}", "text": f"نص {n}"} for n in range(20)]
    dataset = extract_dataset(ray.data.from_items(rows), worker=DatasetWorker, rows=8)
    found = dataset.take_all()
    assert {(r["id"], r["text"]) for r in found} == {(r["id"], r["text"]) for r in rows}
    assert all(r["entities"][0]["type"] == "ORG" for r in found)


class DatasetWorker(SlowWorker):
    def __init__(self, **options: Any) -> None:
        super().__init__(target="", **options)

    def __call__(self, batch: Any) -> Any:
        from arabic_ie.integrations.ray import Worker

        return Worker.__call__(self, batch)


def test_bad_inputs(cluster: None, tmp_path: Path) -> None:
    with pytest.raises(InputError):
        extract_parquet(str(tmp_path / "none"), str(tmp_path / "out"))
    pyarrow.parquet.write_table(pa.table({"body": ["نص"]}), tmp_path / "a.parquet")
    with pytest.raises(InputError, match="no column"):
        extract_parquet(str(tmp_path / "a.parquet"), str(tmp_path / "out"))
    with pytest.raises(InputError, match="rows must be at least 1"):
        extract_parquet(str(tmp_path / "a.parquet"), str(tmp_path / "out"), rows=0)
