"""The dev part of a configuration, written for a look at each corpus."""

import json

import yaml

from arabic_ie import Document, read
from training.corpora import letters
from training.parts import main, parts, split_dev
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


def test_doccano_files_are_read_by_the_schema_of_the_run(tmp_path):
    """They do not tell event types from entity types."""
    (tmp_path / "own.yaml").write_text(
        "name: own\nentities: [ORG]\nevents: {Deal: [Buyer]}\n", encoding="utf-8"
    )
    line = {
        "id": 1,
        "text": "اشترت الشركة",
        "relations": [{"id": 3, "from_id": 1, "to_id": 2, "type": "Buyer"}],
    }
    line["entities"] = [
        {"id": 1, "label": "Deal", "start_offset": 0, "end_offset": 5},
        {"id": 2, "label": "ORG", "start_offset": 6, "end_offset": 12},
    ]
    (tmp_path / "a.jsonl").write_text(json.dumps(line) + "\n", encoding="utf-8")
    config = tmp_path / "c.yaml"
    data = {"train": [str(tmp_path / "a.jsonl")], "dev": [str(tmp_path / "a.jsonl")]}
    config.write_text(yaml.safe_dump({"schema": str(tmp_path / "own.yaml"), "data": data}), encoding="utf-8")
    for (doc,) in parts(load_config(config)):
        (event,) = doc.events
        assert event.type == "Deal" and [a.role for a in event.arguments] == ["Buyer"]


def test_errors_are_one_line(tmp_path, capsys):
    assert main([str(tmp_path / "none.yaml"), str(tmp_path)]) == 2
    assert capsys.readouterr().err.startswith("error: ")


def test_a_corpus_to_leave_out_must_be_there(tmp_path, capsys):
    config = tmp_path / "c.yaml"
    data = {"train": ["seeds/original.jsonl"], "dev_share": 0.2, "without": ["saudi"]}
    config.write_text(yaml.safe_dump({"encoder": "x", "data": data}), encoding="utf-8")
    assert main([str(config), str(tmp_path / "dev")]) == 2
    assert "saudi; there are orig" in capsys.readouterr().err


def test_a_reprint_of_a_training_text_is_no_dev_text():
    """News agencies' sentences stand in many papers; other marks of writing make no other text."""
    docs = [Document(f"الخبر رقم {n}", id=f"a-{n}0") for n in range(200)]
    train, dev = split_dev(docs, 0.3)
    reprints = [Document(f"«{doc.text}»!", id=f"b-{n}0") for n, doc in enumerate(docs)]
    train_both, dev_both = split_dev([*docs, *reprints], 0.3)
    assert dev and dev_both and len(train_both) > len(train)
    texts = {letters(doc.text) for doc in train_both}
    assert not any(letters(doc.text) in texts for doc in dev_both)
    assert {doc.id for doc in dev_both if doc.id.startswith("a-")} < {doc.id for doc in dev}
