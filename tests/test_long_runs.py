"""Runs that are killed go on to the same result; a full disk or a closed folder leaves the old files whole."""

from __future__ import annotations

import errno
import json
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import torch
from killing import contents, die, die_at_file_event, full_disk, in_process
from safetensors.torch import load_file
from test_streams import Finder

from arabic_ie import Document, Entity, Extractor, read, streams, write
from arabic_ie.errors import ArabicIEError, CheckpointError, InputError
from arabic_ie.folders import files_of, new_folder
from arabic_ie.formats import FORMATS
from arabic_ie.render import write_html
from arabic_ie.report import write_report

pytest.importorskip("datasets", reason="training needs the extra 'train'")
from training import pretrain, resume, train
from training.publish import publish as publish_checkpoint

ROOT = Path(__file__).parents[1]
MORE = bool(os.environ.get("ARABIC_IE_FUZZ"))  # kill at every step and file, not at a few

# Training


def run_training(kind: str, config: str, out: str, again: bool, kill: tuple[str, int]) -> None:
    """In a process of its own: train, and die when told so."""
    torch.set_num_threads(1)
    what, number = kill
    if what == "step":
        begin = resume.ResumableTrainer.training_step

        def step(self: Any, *args: Any, **kwargs: Any) -> Any:
            if self.state.global_step + 1 == number:
                die()
            return begin(self, *args, **kwargs)

        resume.ResumableTrainer.training_step = step  # type: ignore[method-assign]
    elif what == "file":
        die_at_file_event(number, Path(out))
    (train.train if kind == "train" else pretrain.pretrain)(config, again)


@pytest.fixture(scope="module", params=["train", "pretrain"])
def unbroken(
    request: Any, tmp_path_factory: Any, encoder_folder: Path, seed_docs: list[Document]
) -> tuple[str, Callable[[str], Path], Path]:
    """A run that nothing disturbs, and how to make the configuration of another."""
    folder = tmp_path_factory.mktemp(request.param)
    write(seed_docs, folder / "fit.jsonl")
    write(seed_docs[:4], folder / "dev.jsonl")
    (folder / "texts.txt").write_text("\n".join(d.text for d in seed_docs), encoding="utf-8")

    def configured(name: str) -> Path:
        common = {
            "learning_rate": 1e-3, "per_device_train_batch_size": 4, "save_strategy": "steps", "save_steps": 2,
            "disable_tqdm": True, "output_dir": str(folder / name), "logging_steps": 1, "warmup_steps": 2,
        }  # fmt: skip
        config: dict[str, Any] = {"encoder": str(encoder_folder), "seed": 3}
        if request.param == "train":
            steps = {"eval_strategy": "steps", "eval_steps": 2, "num_train_epochs": 2, "save_total_limit": 2}
            config |= {"data": {"train": [str(folder / "fit.jsonl")], "dev": [str(folder / "dev.jsonl")]},
                       "model": {"max_tokens": 64, "link_size": 16, "head_dropout": 0.2}, "negatives": 0.6,
                       "mask_rate": 0.1, "encoder_dropout": 0.1, "training": common | steps}  # fmt: skip
        else:
            config |= {"texts": [str(folder / "texts.txt")], "row_tokens": 32, "held_out": 0.05,
                       "training": common | {"num_train_epochs": 2}}  # fmt: skip
        path = folder / f"{name}.json"  # JSON is YAML
        path.write_text(json.dumps(config), encoding="utf-8")
        return path

    assert (
        in_process(
            run_training, request.param, str(configured("whole")), str(folder / "whole"), False, ("", 0)
        )
        == 0
    )
    return request.param, configured, folder


def last_step(folder: Path) -> int:
    return int(str(resume.last_checkpoint(folder)).rpartition("-")[2])


def same(one: Path, other: Path, result: str) -> float:
    """The largest difference of a weight, of the last checkpoint and of the published result."""
    worst = 0.0
    assert last_step(one) == last_step(other)
    for name in (f"checkpoint-{last_step(one)}", result):
        a, b = load_file(one / name / "model.safetensors"), load_file(other / name / "model.safetensors")
        assert a.keys() == b.keys()
        worst = max(worst, *(float((a[k].float() - b[k].float()).abs().max()) for k in a))
    return worst


def test_training_killed_again_and_again_gives_the_same_result(unbroken: Any) -> None:
    """Killed at steps inside and at the end of an epoch, while a checkpoint is written, and while publishing.

    Tolerance: none. On one machine with one thread the weights are equal bit by bit.
    """
    kind, configured, folder = unbroken
    result = "best" if kind == "train" else "encoder"
    steps = last_step(folder / "whole")
    assert steps >= 10
    config, out = str(configured("killed")), folder / "killed"
    kills = [("step", k) for k in (range(1, steps + 1) if MORE else (4, 6, steps))]
    kills += [("file", n) for n in (range(2, 80) if MORE else (9, 20))]
    killed = 0
    for k, kill in enumerate(sorted(kills, key=lambda kill: kill[0] == "file")):
        code = in_process(run_training, kind, config, str(out), k > 0, kill)
        assert code in (-9, 0)
        killed += code == -9
        if k == 1:  # a machine that dies while a checkpoint is copied leaves less than a whole one
            broken = out / f"checkpoint-{last_step(out) + 2}"
            shutil.copytree(out / f"checkpoint-{last_step(out)}", broken)
            state = broken / resume.STATE
            state.write_text(state.read_text(encoding="utf-8")[:-40], encoding="utf-8")
    assert killed >= len(kills) - (40 if MORE else 1)
    assert in_process(run_training, kind, config, str(out), True, ("", 0)) == 0
    worst = same(folder / "whole", out, result)
    print(f"{kind}: killed {killed} times in {steps} steps; largest difference of a weight {worst:g}")
    assert worst == 0.0
    parts = [p.name for p in out.iterdir() if p.name.endswith((".part", ".old"))]
    assert (out / result).is_dir() and len(parts) <= killed


def test_resuming_takes_no_checkpoint_of_another_run(tmp_path: Path) -> None:
    def checkpoint(step: int, run: bool) -> Path:
        path = tmp_path / f"checkpoint-{step}"
        path.mkdir(exist_ok=True)
        (path / resume.STATE).write_text(json.dumps({"global_step": step}))
        if run:
            shutil.copyfile(tmp_path / resume.RUN, path / resume.RUN)
        return path

    assert resume.last_checkpoint(tmp_path) is None
    old = checkpoint(30, False)
    assert resume.last_checkpoint(tmp_path) == str(old)  # of a version that wrote no run.json
    resume.begin_run(tmp_path)
    assert resume.last_checkpoint(tmp_path) is None
    first, second = checkpoint(2, True), checkpoint(10, True)
    assert resume.last_checkpoint(tmp_path) == str(second)
    for damage in ("", '{"global_step": 1', '{"global_step": 8}', "[]"):
        (second / resume.STATE).write_text(damage)
        assert resume.last_checkpoint(tmp_path) == str(first)


# Extraction

DRIVER = """
import sys, time
from pathlib import Path
from arabic_ie import Document, Entity, cli

class Slow:
    def pipe(self, texts, batch_size=32, date=None):
        for text in texts:
            time.sleep(0.002)
            yield Document(text, (Entity(0, len(text.split()[0]), "PER", "E1", 0.5),), warnings=("w" * 50,))
            while part.exists() and part.stat().st_size >= most:  # the killer of a busy machine comes late
                time.sleep(1)

part, most = Path(sys.argv.pop(1)), int(sys.argv.pop(1))
cli._load = lambda *_: Slow()
sys.argv = ["arabic-ie", "extract", *sys.argv[1:]]
cli.main()
"""


def test_extract_killed_again_and_again_loses_no_document_and_has_none_twice(tmp_path: Path) -> None:
    count = 600
    texts = [f"كلمة {n}" + " نص\u2028طويل" * (n % 40) for n in range(count)]
    write([Document(text, id=f"d{n % 7}") for n, text in enumerate(texts)], tmp_path / "in.jsonl")
    (tmp_path / "driver.py").write_text(DRIVER, encoding="utf-8")
    out = tmp_path / "out.jsonl"
    out.write_text("an older result\n", encoding="utf-8")
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    draw, kills, size = random.Random(5), 0, 0
    part = out.with_name("out.jsonl.part")
    while True:
        goal = size + draw.randint(15_000, 60_000)  # bytes: somewhere inside a document
        args = ["driver.py", str(part), str(goal + 10_000), "in.jsonl", "-o", str(out)]
        args += ["--resume"] if kills else []
        with subprocess.Popen([sys.executable, *args], cwd=tmp_path, env=env, stderr=subprocess.PIPE) as run:
            while run.poll() is None and size < goal:
                with suppress(FileNotFoundError):  # not there yet, or renamed just now
                    size = part.stat().st_size
                time.sleep(0.002)
            run.kill()
            error = run.communicate()[1].decode()
        assert run.returncode in (0, -9), error
        if run.returncode == 0 or not part.exists():  # killed too late is as good as ended
            break
        assert out.read_text(encoding="utf-8") == "an older result\n"  # until the new one is whole
        kills += 1
        size = part.stat().st_size
        assert kills < 100
    print(f"extract: killed {kills} times in {count} documents")
    assert kills >= 3 and not part.exists()
    assert [d.text for d in read(out)] == texts and [d.id for d in read(out)] == [
        f"d{n % 7}" for n in range(count)
    ]


@pytest.mark.parametrize("last", ["[1]", "3", "null", '"x"', "[" * 100_000, '{"id": 1' + "0" * 5000 + "}"])
def test_a_strange_part_file_is_refused(tmp_path: Path, last: str) -> None:
    (tmp_path / "o.part").write_text(last + "\n", encoding="utf-8")
    inputs = iter([streams.Input("a", "نص")])
    with pytest.raises(InputError, match=r"damaged|not made of these"):
        streams.write_resumable(Finder(), inputs, tmp_path / "o", 4, True)  # type: ignore[arg-type]


# Full disks and closed folders: every writer

_draw = random.Random(7)  # nothing that a Parquet file could make small
TEXT = "".join(_draw.choices("ابتثجحخدذرزسشصضطظعغفقكلمنهوي ", k=40_000))
DOCS = [
    Document(TEXT[n:], tuple(Entity(k, k + 90, f"X{k}", f"E{k}") for k in range(0, 30_000, 100)), id=f"d{n}")
    for n in range(3)
]
SMALL = [Document("قديم", id="d0")]


def write_resumable(path: Path) -> None:
    inputs = iter([streams.Input(d.id, d.text) for d in DOCS])
    streams.write_resumable(Finder(), inputs, path, 4, False)  # type: ignore[arg-type]


FILES: dict[str, Callable[[Path], None]] = {
    **{format: (lambda path, format=format: write(DOCS, path, format)) for format in FORMATS},
    "layer": lambda path: write(DOCS, path, "csv", layer="entities"),
    "html": lambda path: write_html(DOCS, path),
    "report": lambda path: write_report(DOCS, [Document(doc.text) for doc in DOCS], path),
    "resumable": write_resumable,
}


def old_file(name: str, path: Path) -> dict[str, bytes]:
    if name == "brat":
        write(SMALL, path, "brat")
    else:
        path.write_text("an older file", encoding="utf-8")
    return contents(path.parent)


def whole(before: dict[str, bytes], folder: Path, name: str) -> None:
    """The old file stands, and nothing is left beside it but what a run can go on from."""
    after = contents(folder)
    if name == "resumable":
        after.pop("out.part", None)
    assert after == before


@pytest.mark.parametrize("most", [0, 5000])
@pytest.mark.parametrize("name", FILES)
def test_a_full_disk_leaves_the_old_file(name: str, most: int, tmp_path: Path) -> None:
    before = old_file(name, tmp_path / "out")
    with full_disk(most), pytest.raises(InputError, match="cannot write"):
        FILES[name](tmp_path / "out")
    whole(before, tmp_path, name)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 32 kilobytes; only a privileged user may mount one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=32k", "tmpfs", str(disk)], capture_output=True
    )
    if mounted.returncode:
        pytest.skip("mounting a small file system is not permitted here")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.parametrize("name", FILES)
def test_a_file_system_without_room(name: str, small_disk: Path) -> None:
    before = old_file(name, small_disk / "out")
    with pytest.raises(InputError, match=os.strerror(errno.ENOSPC)):
        FILES[name](small_disk / "out")
    whole(before, small_disk, name)


@pytest.mark.parametrize("name", FILES)
def test_a_folder_that_cannot_be_written(name: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="cannot write|no such"):
        FILES[name](tmp_path / "file" / "out")
    assert contents(tmp_path) == {"file": b"x"}


def publish(extractor: Extractor, path: Path, docs: list[Document]) -> None:
    extractor = reloaded(extractor)
    publish_checkpoint(extractor.model, extractor.tokenizer, {"seed": 1}, docs[:2], path)


def reloaded(extractor: Extractor) -> Extractor:
    """Publishing rounds the weights of its model."""
    from copy import deepcopy

    return Extractor(deepcopy(extractor.model), extractor.tokenizer, "cpu", "float32")


def save_encoder(extractor: Extractor, path: Path, docs: list[Document]) -> None:
    pretrain.save(pretrain.MaskedModel(extractor.model.encoder), extractor.tokenizer, path)


def save_tagger(extractor: Extractor, path: Path, docs: list[Document]) -> None:
    from arabic_ie.integrations.token_classification import save_token_classifier

    save_token_classifier(extractor, path)


def export(extractor: Extractor, path: Path, docs: list[Document]) -> None:
    from arabic_ie.export import export_onnx

    export_onnx(extractor, path)


FOLDERS: dict[str, Callable[[Extractor, Path, list[Document]], None]] = {
    "save_pretrained": lambda extractor, path, docs: extractor.save_pretrained(path),
    "publish": publish,
    "pretrain": save_encoder,
    "token_classification": save_tagger,
    "onnx": export,
}


@pytest.fixture
def quick_graphs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Making the graphs takes a quarter of a minute, and test_export.py does it; here only writing matters."""
    from arabic_ie import export

    def write_graphs(model: Any, folder: Path) -> None:
        for name, size in ((export.ENCODE, 50_000), (export.LINK, 30_000)):
            (folder / name).write_bytes(b"x" * size)

    if not MORE:
        monkeypatch.setattr(export, "_write_graphs", write_graphs)
        monkeypatch.setattr(export, "_compare", lambda *_: None)
        monkeypatch.setattr(export, "OnnxBackend", lambda *_: None)


@pytest.mark.parametrize("name", FOLDERS)
@pytest.mark.usefixtures("quick_graphs")
def test_a_full_disk_leaves_the_old_model(
    name: str, tmp_path: Path, random_extractor: Extractor, seed_docs: list[Document]
) -> None:
    """At every size at which a file of the folder may fail to be written."""
    if name == "onnx":
        pytest.importorskip("onnxscript", reason="needs the extra 'export'")
    folder = tmp_path / "model"
    FOLDERS[name](random_extractor, folder, seed_docs)
    good = contents(folder)
    folder.joinpath("model.safetensors" if name != "onnx" else "config.json").write_bytes(b"older")
    before = contents(tmp_path)
    sizes = sorted({len(data) for data in good.values()})
    for most in [0, *sizes[:-1]]:
        with full_disk(most), pytest.raises(CheckpointError, match="cannot be written"):
            FOLDERS[name](random_extractor, folder, seed_docs)
        assert contents(tmp_path) == before
    FOLDERS[name](random_extractor, folder, seed_docs)
    assert contents(folder).keys() == good.keys() and len(contents(tmp_path)) == len(good)


@pytest.mark.parametrize("name", FOLDERS)
@pytest.mark.usefixtures("quick_graphs")
def test_a_model_where_a_file_stands(
    name: str, tmp_path: Path, random_extractor: Extractor, seed_docs: list[Document]
) -> None:
    if name == "onnx":
        pytest.importorskip("onnxscript", reason="needs the extra 'export'")
    (tmp_path / "model").write_text("x")
    for path in (tmp_path / "model", tmp_path / "model" / "inner"):
        with pytest.raises(ArabicIEError):
            FOLDERS[name](random_extractor, path, seed_docs)
    assert contents(tmp_path) == {"model": b"x"}


@pytest.mark.parametrize("writer", [new_folder, files_of])
def test_what_a_killed_run_of_the_same_number_left_is_in_no_way(tmp_path: Path, writer: Any) -> None:
    """In a container the process id is the same in every run."""
    left = [f".model.{os.getpid()}.part", f".model.{os.getpid()}.old", f"model/.{os.getpid()}.part"]
    for name in left:
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "half").write_text("old")
    with writer(tmp_path / "model") as aside:
        (aside / "whole").write_text("new")
    found = contents(tmp_path / "model")
    assert found == {"whole": b"new"}


def test_saving_keeps_what_else_lies_in_the_folder(tmp_path: Path, random_extractor: Extractor) -> None:
    (tmp_path / "README.md").write_text("mine")
    random_extractor.save_pretrained(tmp_path)
    assert (tmp_path / "README.md").read_text() == "mine"
    assert Extractor.from_pretrained(tmp_path)("نص").text == "نص"


def test_a_full_disk_in_training_leaves_the_last_checkpoint(unbroken: Any) -> None:
    kind, configured, folder = unbroken
    config, out = configured("full"), folder / "full"
    run = train.train if kind == "train" else pretrain.pretrain
    assert in_process(run_training, kind, str(config), str(out), False, ("step", 4)) == -9
    before = contents(out)
    assert last_step(out) == 2
    sizes = sorted(len(data) for name, data in before.items() if name.startswith("checkpoint-2/"))
    # Half way between sizes: a checkpoint of a later step may be some bytes smaller.
    for most in ((sizes[-1] + sizes[-2]) // 2, (sizes[-2] + sizes[-3]) // 2):  # optimizer, then weights
        with full_disk(most), pytest.raises(CheckpointError, match="checkpoint-4: cannot be written"):
            run(config, True)
        assert contents(out) == before
