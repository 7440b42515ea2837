"""The speed benchmark runs, and its figures hang together; the figures themselves are the machine's."""

import json

import pytest

from training import benchmark
from training.benchmarks import speed
from training.benchmarks.memory import run_memory


@pytest.fixture
def folder(random_extractor, tmp_path):
    random_extractor.save_pretrained(tmp_path / "model")
    return tmp_path / "model"


def test_figures(folder, monkeypatch, tmp_path, capsys):
    small = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
    monkeypatch.setattr(speed, "ARABERT", {**speed.ARABERT, **small, "vocab_size": 800})
    asked = []
    monkeypatch.setattr(
        speed,
        "fresh",
        lambda model, backend, _: (
            asked.append(backend) or dict.fromkeys(("import_s", "first_document_s", "peak_mb"), 1.0)
        ),
    )
    out = tmp_path / "speed.json"
    arguments = [
        "speed",
        "--model",
        str(folder),
        "--sizes",
        "3",
        "--words",
        "120",
        "--baseline",
        "4",
        "--json",
        str(out),
    ]
    assert benchmark.main(arguments) == 0
    result = json.loads(out.read_text())
    rates = result["rates"]
    assert set(rates) == {
        "arabert-1", "arabert-32", "pipeline-1", "pipeline-32", "encoder", "frames", "pipe"
    }  # fmt: skip
    assert all(rate > 0 for rate in rates.values())
    assert result["ratios"]["pipe / encoder"] == pytest.approx(rates["pipe"] / rates["encoder"])
    assert list(result["sizes"]) == ["3"] and asked == ["torch"]
    assert len(result["article"]) == 3 and max(map(int, result["article"])) >= 120
    assert "pipe / arabert-1" in capsys.readouterr().out


def test_a_fresh_process_tells_its_own_memory(folder):
    facts = speed.fresh(folder, "torch", ["قصفت طائرات مطار المدينة"])
    assert 0 < facts["import_s"] < facts["first_document_s"]
    assert 50 < facts["peak_mb"] < 2000 and facts["torch"] is True


def test_nothing_to_read(tmp_path, capsys):
    empty = tmp_path / "empty.jsonl"
    empty.write_text("")
    assert benchmark.main(["speed", "--texts", str(empty)]) == 2
    assert "give sentences" in capsys.readouterr().err


def test_memory_is_noted_at_each_tenth(folder):
    result = run_memory(str(folder), 50, batch_size=4)
    assert result["written"] == 50
    assert list(result["peak_rss_mb"]) == ["model loaded", *(f"{n} %" for n in range(10, 101, 10))]
    assert all(0 < peak < 5000 for peak in result["peak_rss_mb"].values())
