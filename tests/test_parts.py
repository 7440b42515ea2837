"""The dev part of a configuration, written for a look at each corpus."""

import yaml

from arabic_ie import read
from training.parts import main, parts
from training.settings import load_config


def test_the_dev_part_is_written_by_corpus(tmp_path, capsys):
    config = tmp_path / "c.yaml"
    data = {"train": ["seeds/original.jsonl", "seeds/seed.jsonl"], "dev_share": 0.2}
    config.write_text(yaml.safe_dump({"encoder": "x", "data": data}), encoding="utf-8")
    assert main([str(config), str(tmp_path / "dev")]) == 0
    _, dev = parts(load_config(config))
    found = {path.stem: read(path) for path in (tmp_path / "dev").glob("*.jsonl")}
    assert set(found) == {doc.id.split("-")[0] for doc in dev}
    assert sorted(d.id for docs in found.values() for d in docs) == sorted(d.id for d in dev)
    assert f"{len(found['orig'])} documents" in capsys.readouterr().out


def test_errors_are_one_line(tmp_path, capsys):
    assert main([str(tmp_path / "none.yaml"), str(tmp_path)]) == 2
    assert capsys.readouterr().err.startswith("error: ")


def test_a_corpus_to_leave_out_must_be_there(tmp_path, capsys):
    config = tmp_path / "c.yaml"
    data = {"train": ["seeds/original.jsonl"], "dev_share": 0.2, "without": ["saudi"]}
    config.write_text(yaml.safe_dump({"encoder": "x", "data": data}), encoding="utf-8")
    assert main([str(config), str(tmp_path / "dev")]) == 2
    assert "saudi; there are orig" in capsys.readouterr().err
