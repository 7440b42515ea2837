import json
import subprocess
import sys
from pathlib import Path

import pytest

from arabic_ie import Extractor, cli


def run(*args, data=b""):
    return subprocess.run([sys.executable, "-m", "arabic_ie.cli", *args], input=data, capture_output=True)


@pytest.fixture(scope="module")
def folder(random_extractor, tmp_path_factory):
    path = tmp_path_factory.mktemp("model")
    random_extractor.save_pretrained(path)
    return str(path)


def test_extract_keeps_ids_and_order(folder):
    lines = [json.dumps({"id": f"d{i}", "text": f"نص {i}"}) for i in range(5)]
    done = run("extract", "-", "--model", folder, data="\n".join(lines).encode())
    assert done.returncode == 0, done.stderr
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == [f"d{i}" for i in range(5)]


def test_extract_plain_text(folder, tmp_path):
    (tmp_path / "a.txt").write_text("سطر\nآخر\n", encoding="utf-8")
    out = tmp_path / "out.jsonl"
    assert run("extract", str(tmp_path / "a.txt"), "--model", folder, "-o", str(out)).returncode == 0
    (doc,) = map(json.loads, out.read_text(encoding="utf-8").splitlines())
    assert (doc["id"], doc["text"]) == ("a", "سطر\nآخر\n")


@pytest.mark.parametrize(
    "args",
    [
        ("evaluate", "none.jsonl"),
        ("extract", "none.txt"),
        ("extract", "-", "--model", "/none"),
        ("train", "none.yaml"),
        ("extract", "-", "--table", "none.csv", "-o", "/dev/null"),  # which would get no documents
        ("extract", "-", "--resume", "-o", "/dev/null"),
        ("convert", "seeds/seed.jsonl", "-", "--to", "conll", "--layer", "events"),
    ],
)
def test_errors_are_one_line_and_code_2(args):
    done = run(*args, data=b"x")
    assert done.returncode == 2
    assert done.stderr.decode().startswith("error: ") and done.stderr.count(b"\n") == 1


def test_broken_line_is_named_and_nothing_is_written(folder, tmp_path):
    out = tmp_path / "out.jsonl"
    done = run("extract", "-", "--model", folder, "-o", str(out), data=b'{"text": "a"}\n{"text": \n')
    assert done.returncode == 2 and b"stdin:2:" in done.stderr and not out.exists()


def test_check_data(tmp_path):
    assert run("check-data", "seeds/seed.jsonl").returncode == 0
    bad = tmp_path / "bad.jsonl"
    bad.write_text(
        '{"id": "a", "text": "نصوص", "entities": [{"id": "E1", "type": "PER", "start": 1, "end": 3}]}\n'
    )
    done = run("check-data", str(bad))
    assert done.returncode == 1 and b"not whole words" in done.stdout


@pytest.mark.parametrize("text", ["", "[]", '{"dev": 1}', '{"dev": {"layers": {"entity": {"f1": "x"}}}}'])
def test_info_of_a_model_with_strange_figures(text, random_extractor, tmp_path, monkeypatch, capsys):
    random_extractor.save_pretrained(tmp_path)
    (tmp_path / "metrics.json").write_text(text)
    extractor = Extractor(random_extractor.model, random_extractor.tokenizer, "cpu", "float32", str(tmp_path))
    monkeypatch.setattr(cli, "_load", lambda *_: extractor)
    cli.info()
    assert "F1 on dev: not readable" in capsys.readouterr().out


def test_evaluate_gold_against_itself():
    done = run("evaluate", "seeds/seed.jsonl", "--pred", "seeds/seed.jsonl", "--json")
    assert done.returncode == 0 and b"100.0" in done.stdout


def test_evaluate_and_render_read_doccano_by_a_schema(tmp_path):
    (tmp_path / "own.yaml").write_text("name: own\nentities: [ORG]\nevents: {Deal: [Buyer]}\n")
    marks = [
        {"id": 1, "label": "Deal", "start_offset": 0, "end_offset": 5},
        {"id": 2, "label": "ORG", "start_offset": 6, "end_offset": 12},
    ]
    line = {"id": 1, "text": "اشترت الشركة", "entities": marks, "relations": []}
    path = tmp_path / "gold.jsonl"
    path.write_text(json.dumps(line) + "\n")
    own = ("--schema", str(tmp_path / "own.yaml"))
    done = run("evaluate", str(path), "--pred", str(path), "--json", *own)
    layers = json.loads(done.stdout)["layers"]
    assert layers["trigger_class"]["gold"] == layers["entity"]["gold"] == 1
    pages = [tmp_path / "own.html", tmp_path / "ours.html"]
    for page, options in zip(pages, (own, ()), strict=True):
        assert run("render", str(path), "-o", str(page), *options).returncode == 0
    assert pages[0].read_text("utf-8") != pages[1].read_text("utf-8")
    done = run("render", str(path), "-o", "-", *own)
    assert done.stdout == pages[0].read_bytes() and not Path("-").exists()
