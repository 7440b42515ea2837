"""Hostile texts, checkpoint folders and training settings: a typed error or a right result, nothing else.

Files of documents, schemas and configurations as bytes are fuzzed in ``test_fuzz_readers.py``.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from hostile import HOSTILE, tries
from hypothesis import given
from hypothesis import strategies as st
from test_fuzz_readers import changed, places

from arabic_ie import Document, Extractor
from arabic_ie.errors import ArabicIEError, CheckpointError, ConfigError
from training import settings as run_settings
from training import train

TEXT = "قصفت طائرات حربية مطار المدينة أمس، وقال الرئيس إن الهجوم لم يقع."
JUNK = [None, True, False, -1, 0, 1, 3, 0.5, 2**40, 1e308, float("inf"), float("nan"), "", "x", "64", [], [1], {},
        {"x": 1}, [[["PER"]]]]  # fmt: skip


def spoil(data: st.DataObject, value: Any) -> Any:
    """A value of JSON or YAML with one or two values taken out, or others in their place."""
    for _ in range(data.draw(st.integers(1, 2))):
        inner = [path for path in places(value) if path]
        *way, last = data.draw(st.sampled_from(inner)) if inner else ("x",)
        odd, drop = data.draw(st.sampled_from(JUNK)), data.draw(st.booleans())

        def how(old: Any, last: Any = last, odd: Any = odd, drop: bool = drop) -> Any:
            if isinstance(old, list):
                return [*old[:last], *([] if drop else [odd]), *old[last + 1 :]]
            return {k: v for k, v in old.items() if k != last} | ({} if drop else {last: odd})

        value = changed(value, tuple(way), how)
    return value


# --- text ------------------------------------------------------------------------------------------


@tries(60)
@given(st.lists(HOSTILE, max_size=4), st.integers(1, 4), st.sampled_from([None, "2020-01-07"]))
def test_any_texts_give_documents(
    random_extractor: Extractor, texts: list[str], batch_size: int, date: str | None
) -> None:
    docs = random_extractor(texts, batch_size=batch_size, date=date)
    assert [doc.text for doc in docs] == texts
    for doc in docs:
        assert Document.from_dict(json.loads(doc.to_json())) == doc
        assert doc.to_html()
    assert all(0 <= s <= 1 for s in random_extractor.sureness(texts, batch_size))


@tries(60)
@given(
    st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.binary() | HOSTILE, st.lists)
)
def test_anything_else_is_refused(random_extractor: Extractor, value: Any) -> None:
    if isinstance(value, str) or (isinstance(value, list) and all(isinstance(v, str) for v in value)):
        assert random_extractor(value) is not None
    else:
        with pytest.raises(ArabicIEError):
            random_extractor(value)


# --- checkpoint folders ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def checkpoint(random_extractor: Extractor, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("checkpoint")
    random_extractor.save_pretrained(folder)
    return folder


def load(folder: Path) -> None:
    """A checkpoint is refused with what is wrong and where, or it works."""
    try:
        extractor = Extractor.from_pretrained(folder, device="cpu", dtype="float32", resolve=False)
    except ArabicIEError as err:
        assert str(err)
    else:
        assert extractor(TEXT).text == TEXT


@tries(40)
@given(st.data())
@pytest.mark.parametrize("name", ["config.json", "tokenizer_config.json"])
def test_values_of_a_checkpoint(
    checkpoint: Path, tmp_path_factory: pytest.TempPathFactory, name: str, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("spoilt")
    shutil.copytree(checkpoint, folder, dirs_exist_ok=True)
    values = json.loads((folder / name).read_text(encoding="utf-8"))
    (folder / name).write_text(json.dumps(spoil(data, values)), encoding="utf-8")
    try:
        load(folder)
    finally:
        shutil.rmtree(folder)


@tries(30)
@given(st.data())
@pytest.mark.parametrize(
    "name", ["config.json", "tokenizer_config.json", "tokenizer.json", "model.safetensors"]
)
def test_bytes_of_a_checkpoint(
    checkpoint: Path, tmp_path_factory: pytest.TempPathFactory, name: str, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("spoilt")
    shutil.copytree(checkpoint, folder, dirs_exist_ok=True)
    content = bytearray((folder / name).read_bytes())
    # The heads of files are where the damage is: most of the rest is weights and vocabulary.
    at = data.draw(st.integers(0, min(len(content), 400)))
    content[at : at + data.draw(st.integers(0, 8))] = data.draw(st.binary(max_size=8))
    if data.draw(st.booleans()):
        del content[data.draw(st.integers(0, len(content))) :]
    (folder / name).write_bytes(content)
    try:
        load(folder)
    finally:
        shutil.rmtree(folder)


@pytest.mark.parametrize("content", ['{"a":' * 100_000, '{"model_type": "arabic-ie", "format_version": 1e999}', "[]", '"x"',
                                     '{"model_type": "arabic-ie", "format_version": ' + "9" * 5000 + "}"])  # fmt: skip
def test_configurations_that_break_json_readers(checkpoint: Path, tmp_path: Path, content: str) -> None:
    shutil.copytree(checkpoint, tmp_path, dirs_exist_ok=True)
    (tmp_path / "config.json").write_text(content, encoding="utf-8")
    with pytest.raises(CheckpointError, match="config.json"):
        Extractor.from_pretrained(tmp_path)


# --- training --------------------------------------------------------------------------------------

SETTINGS = {
    "schema": "news-events", "encoder": "none", "seed": 1, "negatives": 0.5, "mask_rate": 0.1, "encoder_dropout": 0.1,
    "head_learning_rate": 1e-3, "data": {"train": ["a.jsonl"], "dev": [], "dev_share": 0.1, "extra": [], "repeat": 1},
    "model": {"max_tokens": 64, "unify_letters": False, "link_size": 16, "head_dropout": 0.1, "role_threshold": 0.5,
              "entity_threshold": 0.0, "trigger_threshold": 0.6, "claim_threshold": 0.9, "loss_weights": {"role": 1.0}, "label_smoothing": 0.0},
    "training": {"output_dir": "x", "num_train_epochs": 2, "learning_rate": 3e-4, "warmup_steps": 0.1},
}  # fmt: skip


@tries(80)
@given(st.data())
def test_values_of_training_settings(tmp_path: Path, data: st.DataObject) -> None:
    """Refused before anything is loaded, or of the kinds that training computes with."""
    path = tmp_path / "x.yaml"
    path.write_text(yaml.safe_dump(spoil(data, SETTINGS)), encoding="utf-8")
    try:
        config = run_settings.load_config(path)
        train.training_arguments(config)
        run_settings.model_settings(config)
    except ConfigError as err:
        assert str(err)
        return
    files = [name for key in ("train", "dev", "extra") for name in config["data"][key]]
    assert config["data"]["train"] and all(isinstance(name, str) for name in files)
    assert 0 <= config["data"]["dev_share"] <= 1 and isinstance(config["data"]["repeat"], int)
    assert isinstance(config["seed"], int) and isinstance(config["encoder"], str)
    assert all(0 <= config[key] <= 1e6 for key in ("negatives", "mask_rate", "head_learning_rate"))


@pytest.mark.parametrize(
    ("override", "told"),
    [
        ("data.trian=x", "unknown key 'trian'; did you mean 'train'"),
        ("data.train=[1]", "'train' must be a list of file names"),
        ("data.dev_share=2", "'dev_share' must be a number from 0 to 1, not 2"),
        ("seed=x", "'seed' must be a whole number"),
        ("model=[1]", "'model' must be a mapping, not a list"),
        ("model.max_tokens=-1", "max_tokens must be a whole number from 3"),
        ("model.maxtokens=64", "unknown maxtokens"),
        ("model.loss_weights={rol: 1}", "loss_weights must be numbers from 0 for some of entity"),
        ("training.num_epochs=1", "num_epochs"),
        ("training.num_train_epochs=five", "'num_train_epochs' must be a number"),
        ("training.per_device_train_batch_size=abc", "batch_size' must be a whole number from 1"),
        ("training.per_device_train_batch_size=0", "batch_size' must be a whole number from 1"),
        ("training.gradient_accumulation_steps=0", "must be a whole number from 1"),
        ("training.max_steps=abc", "'max_steps' must be a whole number"),
        ("training.max_steps=2.5", "'max_steps' must be a whole number"),
        ("training.seed=abc", "'seed' must be a whole number"),
        ("training.learning_rate=-1", "'learning_rate' must be a number from 0"),
        ("training.bf16=maybe", "'bf16' must be true or false"),
        ("training.output_dir=5", "'output_dir' must be a name"),
        ("training.metric_for_best_model=eval_f1", "must be one of eval_score, eval_entity"),
        ("training.lr_scheduler_type=x", "lr_scheduler_type|SchedulerType"),
    ],
)
def test_what_is_wrong_with_a_setting_is_said(tmp_path: Path, override: str, told: str) -> None:
    (tmp_path / "x.yaml").write_text(yaml.safe_dump(SETTINGS), encoding="utf-8")
    with pytest.raises(ConfigError, match=told):
        config = run_settings.load_config(tmp_path / "x.yaml", [override])
        run_settings.model_settings(config)
        train.training_arguments(config)


def test_forms_that_mean_the_same(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text(
        "data: {train: a.jsonl}\nhead_learning_rate: 1e-3\nmodel:\n", encoding="utf-8"
    )
    config = run_settings.load_config(tmp_path / "x.yaml")
    assert config["data"]["train"] == ["a.jsonl"] and config["head_learning_rate"] == 0.001
    assert config["model"] == {} and config["data"]["repeat"] == 1
    block = {"learning_rate": "1e-4", "max_steps": 3.0, "num_train_epochs": None, "save_strategy": False,
             "load_best_model_at_end": False, "metric_for_best_model": "frame"}  # fmt: skip
    arguments = train.training_arguments({**config, "training": block})
    assert arguments.learning_rate == 0.0001 and arguments.num_train_epochs == 3
    assert arguments.max_steps == 3 and isinstance(arguments.max_steps, int)
    assert arguments.save_strategy == "no" and arguments.metric_for_best_model == "frame"
