"""The notebooks do what they say, here on few sentences; what is kept of their outputs holds no noise.

To run them as they are and keep their outputs, after a change of the model or of the library::

    python -m notebooks.run
"""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import arabic_ie
from arabic_ie import Extractor, Schema, read

for package in ("nbclient", "ipykernel", "ipywidgets", "matplotlib", "pandas"):
    pytest.importorskip(package, reason=f"{package} is not installed: pip install '.[notebooks]'")

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def _runner() -> ModuleType:
    spec = importlib.util.spec_from_file_location("notebooks_run", ROOT / "notebooks" / "run.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


RUN = _runner()


def outputs(notebook: Any, kind: str) -> list[str]:
    """Outputs of one MIME type, and the printed lines for ``text/plain``."""
    found = []
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            if kind == "text/plain" and "text" in output:
                found.append(output.text)
            elif kind in output.get("data", {}):
                found.append(output.data[kind])
    return found


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs a notebook beside the seeds, in a folder of its own; gives its outputs and what it wrote."""
    monkeypatch.setenv("ARABIC_IE_TINY", "1")
    monkeypatch.setenv("PYTHONPATH", str(Path(arabic_ie.__file__).parents[1]))  # the library under test
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "seeds").symlink_to(ROOT / "seeds", target_is_directory=True)

    def execute(name: str, folder: str) -> tuple[Any, Path]:
        notebook = RUN.execute(ROOT / "notebooks" / name, tmp_path / "notebooks")
        assert RUN.noise(notebook) == []
        return notebook, tmp_path / "runs" / "notebooks" / folder

    return execute


def test_extract(run: Any) -> None:
    notebook, out = run("01_extract.ipynb", "extract")
    (article,) = read(out / "article.jsonl")
    assert article.text == (ROOT / "seeds" / "article.txt").read_text(encoding="utf-8")
    assert len(article.events) > 20 and len(article.entities) > 50
    assert any(event.arguments for event in article.events)
    assert (out / "incidents.csv").read_text(encoding="utf-8-sig").count("\n") == 1 + len(article.incidents)
    paragraphs = read(out / "paragraphs.jsonl")
    assert [doc.id for doc in paragraphs] == ["paragraph-1", "paragraph-2"]
    assert all(doc.text in article.text and doc.events for doc in paragraphs)
    assert len(outputs(notebook, "image/png")) == 2
    assert any('class="aie-text" dir="rtl"' in html for html in outputs(notebook, "text/html"))
    tables = "".join(outputs(notebook, "text/html"))
    assert "البوكمال" in tables and "Baghdad" in tables and "2020-01-06" in tables


def test_finetune(run: Any) -> None:
    notebook, out = run("02_finetune.ipynb", "finetune")
    extract = Extractor.from_pretrained(out / "run" / "best", device="cpu", resolve=False)
    assert extract.schema == Schema.load(out / "desk.yaml") and extract.schema.name == "desk"
    assert len(read(out / "train.jsonl")) == 24 and len(read(out / "test.jsonl")) == 19
    assert len(read(out / "train-next.jsonl")) == 25
    tasks = json.loads((out / "tasks.json").read_text(encoding="utf-8"))
    assert len(tasks) == 10 and all("predictions" in task for task in tasks)
    (corrected,) = read(out / "corrected.json")
    assert corrected.events and corrected.text in {doc.text for doc in read(out / "test.jsonl")}
    assert '<Label value="Casualties"/>' in (out / "interface.xml").read_text(encoding="utf-8")
    assert len(outputs(notebook, "image/png")) == 2
    compared = next(text for text in outputs(notebook, "text/plain") if "before: renamed" in text)
    assert compared.count("after: trained") == 3


def test_errors(run: Any) -> None:
    notebook, out = run("03_errors.ipynb", "errors")
    gold = read(ROOT / "seeds" / "seed.jsonl")[:8]
    texts = outputs(notebook, "text/plain")
    scored = next(re.search(r"^entity +.* ([\d.]+) +[\d.]+$", text, re.M) for text in texts if "f1" in text)
    assert scored and float(scored[1]) == sum(len(doc.entities) for doc in gold)
    reasons = next(text for text in texts if "gold arguments" in text)
    counted = sum(int(n) for n in re.findall(r" (\d+)$", reasons, re.M))
    assert counted == sum(len(event.arguments) for doc in gold for event in doc.events)
    kinds = next(text for text in texts if text.startswith("kind") and "spurious" in text)
    assert re.search(r"^entities(?: +\d+){5}$", kinds, re.M)
    assert "Worst documents" in (out / "report.html").read_text(encoding="utf-8")
    assert len(outputs(notebook, "image/png")) == 4


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_what_is_kept(path: Path) -> None:
    notebook = RUN.nbformat.read(path, as_version=4)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == list(range(1, 1 + len(cells)))  # one run, in order
    assert RUN.noise(notebook) == []
    assert outputs(notebook, "image/png") and outputs(notebook, "text/html")
    assert notebook.metadata == RUN.METADATA and all(not cell.metadata for cell in notebook.cells)
    assert not RUN.OF_A_MACHINE.search("\n".join(cell.source for cell in notebook.cells))
    assert path.stat().st_size < 1_000_000  # pre-commit takes no more
