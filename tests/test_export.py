"""Exported graphs give the same documents, without torch; int8 is offered only when it holds."""

import copy
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from comparing import frames

from arabic_ie import Extractor
from arabic_ie.checkpoint import THRESHOLDS
from arabic_ie.errors import CheckpointError, InputError, MissingExtraError

for package in ("onnx", "onnxscript", "onnxruntime"):
    pytest.importorskip(package, reason="needs the extra 'export'")

from arabic_ie import export
from arabic_ie.onnx_backend import ENCODE, ENCODE_INT8, LINK, PlainTokenizer


@pytest.fixture(scope="module")
def folder(random_extractor, tmp_path_factory):
    return export.export_onnx(random_extractor, tmp_path_factory.mktemp("export") / "model")


@pytest.fixture(scope="module")
def onnx(folder):
    return Extractor.from_pretrained(folder, backend="onnx", resolve=False)


@pytest.fixture
def texts(seed_docs):
    long = " ".join(d.text for d in seed_docs).replace(".", "")  # one sentence in many windows
    return [*(d.text for d in seed_docs[:6]), "", "😀", "كلمة", "قُتِلَ ثـــلاثة", "\ud800 ا", long]


def test_same_documents_as_torch(random_extractor, onnx, texts):
    expected = list(random_extractor.pipe(texts))
    found = list(onnx.pipe(texts))
    assert [frames(d) for d in found] == [frames(d) for d in expected]
    assert sum(len(d.entities) + len(d.events) for d in expected) > 20
    for a, b in zip(found, expected, strict=True):
        for x, y in zip(a.entities + a.events, b.entities + b.events, strict=True):
            assert x.score == pytest.approx(y.score, abs=1e-3)


def test_same_schema_and_settings(random_extractor, onnx):
    assert onnx.schema.to_dict() == random_extractor.schema.to_dict()
    for key in ("max_tokens", "context_tokens", "unify_letters", *THRESHOLDS):
        assert getattr(onnx.config, key) == getattr(random_extractor.config, key)


def test_plain_tokenizer_is_the_same(wordpiece, folder, seed_docs):
    plain, texts = PlainTokenizer(folder), [d.text for d in seed_docs] + ["", "ab 😀"]
    for name in ("cls_token_id", "sep_token_id", "pad_token_id", "unk_token_id"):
        assert getattr(plain, name) == getattr(wordpiece, name)
    expected = wordpiece(texts, add_special_tokens=False, return_offsets_mapping=True)
    found = plain(texts)
    assert found["input_ids"] == expected["input_ids"]
    assert [list(o) for o in found["offset_mapping"]] == [list(o) for o in expected["offset_mapping"]]


def test_neither_torch_nor_transformers_is_loaded(folder):
    code = (
        "import sys\n"
        "for name in ('torch', 'transformers', 'onnx'): sys.modules[name] = None\n"
        "from arabic_ie import Extractor\n"
        f"extract = Extractor.from_pretrained({str(folder)!r}, backend='onnx')\n"
        "doc = extract('قصفت طائرات مطار المدينة', date='2020-01-07')\n"
        "print(len(doc.text))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[1],
    )
    assert done.stdout.strip() == "24"


@pytest.fixture
def copied(folder, monkeypatch):
    """Exports copy the graphs made once: tracing takes seconds."""

    def copy(_, target):
        for name in (ENCODE, LINK):
            (target / name).write_bytes((folder / name).read_bytes())

    monkeypatch.setattr(export, "_write_graphs", copy)


def test_an_old_export_is_replaced_and_other_folders_are_not(random_extractor, copied, tmp_path):
    other = tmp_path / "mine"
    other.mkdir()
    (other / "notes.txt").write_text("keep me")
    with pytest.raises(CheckpointError, match="something else"):
        export.export_onnx(random_extractor, other)
    assert (other / "notes.txt").read_text() == "keep me" and list(tmp_path.iterdir()) == [other]
    made = export.export_onnx(random_extractor, tmp_path / "model")
    (made / ENCODE_INT8).write_bytes(b"old")
    export.export_onnx(random_extractor, made)
    assert not (made / ENCODE_INT8).exists()
    assert sorted(tmp_path.iterdir()) == [other, made]  # nothing left beside them


def test_graphs_that_differ_from_the_model_are_refused(random_extractor, copied, tmp_path):
    model = copy.deepcopy(random_extractor.model)
    model.entity_head.bias.data[1] += 0.01
    changed = Extractor(model, random_extractor.tokenizer, "cpu", "float32")
    with pytest.raises(CheckpointError, match="differ from the model"):
        export.export_onnx(changed, tmp_path / "model")
    assert not list(tmp_path.iterdir())


def test_int8_weights_run(onnx, folder, texts, monkeypatch):
    # Random weights decide by a hair, so int8 changes decisions: here it is only seen to run.
    monkeypatch.setattr(export, "MOST_LOSS", 1000.0)
    form, loss = export.quantise(folder, list(onnx.pipe(texts)))
    assert form == "dynamic" and {"entity", "trigger_class", "argument_class"} <= set(loss)
    assert (folder / ENCODE_INT8).stat().st_size < (folder / ENCODE).stat().st_size
    less = Extractor.from_pretrained(folder, backend="onnx", dtype="int8", resolve=False)
    assert [d.text for d in less.pipe(texts)] == texts
    (folder / ENCODE_INT8).unlink()


@pytest.mark.parametrize(
    ("f1", "form"), [((90, 89.6), "dynamic"), ((90, 89.5, 90.1), "weights"), ((90, 89, 89.4), None)]
)
def test_int8_is_offered_only_where_it_costs_nothing(folder, seed_docs, monkeypatch, f1, form):
    scores = [SimpleNamespace(layers=("entity", "frame"), f1=x) for x in f1]
    by_layer = [type("S", (), {"layers": s.layers, "__getitem__": lambda me, _, s=s: s})() for s in scores]
    monkeypatch.setattr(export, "_score", lambda *_: by_layer.pop(0))
    if form is None:
        with pytest.raises(CheckpointError, match=r"dynamic: entity 1\.00; weights: entity 0\.60"):
            export.quantise(folder, seed_docs)
        assert not (folder / ENCODE_INT8).exists()
        with pytest.raises(CheckpointError, match="int8"):
            Extractor.from_pretrained(folder, backend="onnx", dtype="int8")
    else:
        found, loss = export.quantise(folder, seed_docs)
        assert found == form and set(loss) == {"entity", "frame"} and (folder / ENCODE_INT8).exists()
        (folder / ENCODE_INT8).unlink()


def test_int8_needs_documents(folder):
    with pytest.raises(InputError, match="annotated documents"):
        export.quantise(folder, [])


def test_errors_name_what_is_wrong(random_extractor, folder, tmp_path, onnx):
    random_extractor.save_pretrained(tmp_path / "torch")
    with pytest.raises(CheckpointError, match="arabic-ie export"):
        Extractor.from_pretrained(tmp_path / "torch", backend="onnx")
    with pytest.raises(CheckpointError, match=r"model\.safetensors"):
        Extractor.from_pretrained(folder)
    with pytest.raises(InputError, match="backend"):
        Extractor.from_pretrained(folder, backend="tensorflow")
    with pytest.raises(InputError, match="dtype"):
        Extractor.from_pretrained(folder, backend="onnx", dtype="bfloat16")
    with pytest.raises(InputError, match="mps"):
        Extractor.from_pretrained(folder, backend="onnx", device="mps")
    with pytest.raises(InputError, match="exported model"):
        _ = onnx.model
    broken = tmp_path / "broken"
    (broken / LINK).parent.mkdir(parents=True)
    for name in ("config.json", "tokenizer.json", "tokenizer_config.json"):
        (broken / name).write_bytes((folder / name).read_bytes())
    for name in (ENCODE, LINK):
        (broken / name).write_bytes(b"no graph")
    with pytest.raises(CheckpointError, match="cannot be loaded"):
        Extractor.from_pretrained(broken, backend="onnx")


def test_missing_extra(folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(MissingExtraError, match=r"arabic-ie\[onnx\]"):
        Extractor.from_pretrained(folder, backend="onnx")
