"""The table of what each part of the training adds."""

import pytest
import yaml

from training import ablation as module
from training.ablation import ablation, main, markdown
from training.parts import parts
from training.settings import load_config


@pytest.fixture
def table(encoder_folder, tmp_path):
    """Two rows of a run that takes seconds."""
    content = {
        "config": "configs/tiny.yaml",
        "output_dir": str(tmp_path / "out"),
        "set": [
            f"encoder={encoder_folder}", "data.train=[seeds/seed.jsonl, seeds/article.jsonl]",
            "data.dev=[seeds/seed.jsonl]", "training.max_steps=2",
        ],
        "rows": {"all": [], "no wrong spans": ["negatives=0"]},
    }  # fmt: skip
    path = tmp_path / "table.yaml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return path


def test_a_row_is_trained_with_its_overrides_and_only_once(table, tmp_path, capsys, monkeypatch):
    figures = ablation(table)
    assert list(figures) == ["all", "no wrong spans"] and all(len(row) == 5 for row in figures.values())
    printed = capsys.readouterr().out
    assert markdown(figures) in printed
    trained = [
        yaml.safe_load((best / "training.yaml").read_text("utf-8"))
        for best in sorted((tmp_path / "out").glob("*/best"))
    ]
    assert [run["negatives"] for run in trained] == [0.3, 0]
    assert all(run["training"]["max_steps"] == 2 for run in trained)

    calls = []
    monkeypatch.setattr(module, "train", lambda *args: calls.append(args) or pytest.fail("trained again"))
    assert ablation(table) == figures and not calls


def test_a_row_of_other_settings_is_trained_again(table, monkeypatch):
    ablation(table)
    trained = []
    real = module.train
    monkeypatch.setattr(module, "train", lambda *args: trained.append(args[1:]) or real(*args))
    changed = yaml.safe_load(table.read_text("utf-8"))
    changed["rows"]["no wrong spans"] = ["negatives=0.1"]
    table.write_text(yaml.safe_dump(changed), encoding="utf-8")
    ablation(table, resume=True)
    ((resumed, overrides),) = trained
    assert "negatives=0.1" in overrides and not resumed


def test_the_table_shows_differences_to_the_first_row():
    lines = markdown({"all": [70, 60, 50, 40, 90], "less": [69.5, 60, 51, 40, 90]}).splitlines()
    assert lines[2] == "| all | 70.0 | 60.0 | 50.0 | 40.0 | 90.0 |"
    assert lines[3] == "| less | 69.5 (-0.5) | 60.0 (+0.0) | 51.0 (+1.0) | 40.0 (+0.0) | 90.0 (+0.0) |"


@pytest.mark.parametrize("rows", [{}, {"all": "negatives=0"}, {"all": [1]}])
def test_a_bad_table_is_refused_before_any_training(rows, tmp_path, capsys):
    path = tmp_path / "table.yaml"
    path.write_text(yaml.safe_dump({"config": "configs/tiny.yaml", "rows": rows}), encoding="utf-8")
    assert main([str(path)]) == 2
    assert capsys.readouterr().err.startswith(f"error: {path}")


def test_a_slip_in_the_last_row_is_told_before_the_first_is_trained(table, monkeypatch, capsys):
    monkeypatch.setattr(module, "train", lambda *_: pytest.fail("trained"))
    content = yaml.safe_load(table.read_text("utf-8"))
    content["rows"]["last"] = ["negatives=many"]
    table.write_text(yaml.safe_dump(content), encoding="utf-8")
    assert main([str(table)]) == 2
    assert "'negatives' must be a number" in capsys.readouterr().err


def test_a_corpus_left_out_of_training_stays_in_dev():
    more = ["data.train=[seeds/original.jsonl, seeds/seed.jsonl]", "data.dev_share=0.2"]
    docs, dev = parts(load_config("configs/tiny.yaml", more))
    fewer, same = parts(load_config("configs/tiny.yaml", [*more, "data.without=[orig]"]))
    assert same == dev and any(doc.id.startswith("orig") for doc in dev)
    assert fewer == [doc for doc in docs if not doc.id.startswith("orig")]
