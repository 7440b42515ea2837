"""The 4-bit file reader and the trimming, on a file of that format made here."""

import json
import struct

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import AutoModel, AutoTokenizer

from arabic_ie.errors import FormatError
from training.base_encoder import PackedModel, build, choose, unpack

HIDDEN, LAYERS, INNER, POSITIONS = 32, 1, 64, 16
PIECES = ["<s>", "<pad>", "</s>", "<unk>", "▁", "▁قصف", "ت", "▁مدينة", "▁xyz", "▁نادر", "<mask>"]


def quantise(matrix):
    """Rows of 32-value blocks: f16 scale, 16 bytes, low nibbles first half, high nibbles second."""
    out = b""
    for block in matrix.reshape(-1, 32):
        scale = np.float16(max(float(np.abs(block).max()) / 7, 1e-3))
        nibbles = np.clip(np.rint(block / np.float32(scale)) + 8, 0, 15).astype(np.uint8)
        out += scale.tobytes() + (nibbles[:16] | nibbles[16:] << 4).tobytes()
    return out


@pytest.fixture(scope="module")
def packed_files(tmp_path_factory):
    folder, rng = tmp_path_factory.mktemp("packed"), np.random.default_rng(0)
    shapes = {"emb.word": (len(PIECES), HIDDEN), "emb.pos": (POSITIONS, HIDDEN), "emb.type": (2, HIDDEN)}
    flat = {"emb.ln.w": HIDDEN, "emb.ln.b": HIDDEN}
    for name, (rows, columns) in {
        "q": (HIDDEN, HIDDEN), "k": (HIDDEN, HIDDEN), "v": (HIDDEN, HIDDEN), "ao": (HIDDEN, HIDDEN),
        "fi": (INNER, HIDDEN), "fo": (HIDDEN, INNER),
    }.items():  # fmt: skip
        shapes[f"l0.{name}.w"], flat[f"l0.{name}.b"] = (rows, columns), rows
    flat |= {f"l0.{n}.{p}": HIDDEN for n in ("aln", "oln") for p in "wb"}
    values = {n: rng.normal(size=s).astype(np.float32) for n, s in shapes.items()}
    values |= {n: rng.normal(size=s).astype(np.float32) for n, s in flat.items()}
    blob = [p.encode() for p in PIECES]
    offsets = np.cumsum([0, *map(len, blob)])
    head = b"E5S1" + struct.pack("<I7ifi", 1, HIDDEN, LAYERS, 4, INNER, len(PIECES), POSITIONS, 2, 1e-12, 32)
    head += struct.pack("<5iQ", len(PIECES), 0, 2, 1, 3, len(b"".join(blob)))
    head += struct.pack(f"<{len(offsets)}I", *offsets) + struct.pack(f"<{len(PIECES)}f", *[0.0] * len(PIECES))
    head += b"".join(blob) + struct.pack("<iI", 0, 3) + b"map"
    data = {n: quantise(v) if n in shapes else v.tobytes() for n, v in values.items()}
    start = len(head) + 4 + sum(2 + len(n) + 1 + 4 + 16 for n in data)
    table, body = struct.pack("<i", len(data)), b""
    for name, raw in data.items():
        table += struct.pack("<H", len(name)) + name.encode()
        table += struct.pack("<BIQQ", int(name in shapes), values[name].size, start + len(body), len(raw))
        body += raw
    (folder / "q4.bin").write_bytes(head + table + body)
    tokenizer = Tokenizer(models.Unigram([(p, -float(i)) for i, p in enumerate(PIECES)], unk_id=3))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.add_special_tokens(["<s>", "<pad>", "</s>", "<unk>", "<mask>"])
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder, values


def test_unpacks_what_was_quantised():
    matrix = np.random.default_rng(1).normal(size=(5, 96)).astype(np.float32)
    rows = np.frombuffer(quantise(matrix), dtype=np.uint8).reshape(5, -1)
    assert np.abs(unpack(rows, 96) - matrix).max() < np.abs(matrix).max() / 7


def test_reads_every_tensor(packed_files):
    folder, values = packed_files
    packed = PackedModel(folder / "q4.bin")
    assert packed.pieces == PIECES
    assert set(packed.names) == set(values)
    np.testing.assert_array_equal(packed.tensor("l0.fo.b"), values["l0.fo.b"])
    word = packed.tensor("emb.word", HIDDEN, rows=[7, 5])
    np.testing.assert_allclose(word, values["emb.word"][[7, 5]], atol=0.6)


def test_builds_a_trimmed_encoder_that_loads(packed_files, tmp_path):
    folder, _ = packed_files
    texts = ["قصفت مدينة"] * 3 + ["نادر xyz"]
    size = build(folder / "q4.bin", folder / "tokenizer.json", texts, tmp_path / "out")
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "out")
    assert size == len(tokenizer) == len(PIECES) - 2, "rare pieces are dropped"
    assert tokenizer.tokenize("قصفت مدينة") == ["▁قصف", "ت", "▁مدينة"]
    assert tokenizer.convert_ids_to_tokens(tokenizer.mask_token_id) == "<mask>"
    model = AutoModel.from_pretrained(tmp_path / "out")
    kept = PackedModel(folder / "q4.bin").tensor("emb.word", HIDDEN, rows=[tokenizer.vocab["▁مدينة"]])
    torch.testing.assert_close(
        model.get_input_embeddings().weight[tokenizer.vocab["▁مدينة"]].detach(), torch.from_numpy(kept[0])
    )
    with torch.no_grad():
        states = model(**tokenizer("قصفت مدينة", return_tensors="pt", return_token_type_ids=False))
    assert torch.isfinite(states.last_hidden_state).all()


def test_keeps_characters_and_special_tokens_whatever_their_count():
    kept = choose(PIECES, counts=dict.fromkeys(range(len(PIECES)), 0))
    assert [PIECES[i] for i in kept] == ["<s>", "<pad>", "</s>", "<unk>", "▁", "ت", "<mask>"]


@pytest.mark.parametrize("damage", ["magic", "cut", "vocabulary"])
def test_damage_is_refused(packed_files, tmp_path, damage):
    folder, _ = packed_files
    raw = (folder / "q4.bin").read_bytes()
    data = json.loads((folder / "tokenizer.json").read_text())
    if damage == "magic":
        raw = b"XXXX" + raw[4:]
    elif damage == "cut":
        raw = raw[:-40]
    else:
        data["model"]["vocab"][5][0] = "▁غير"
    (tmp_path / "q4.bin").write_bytes(raw)
    (tmp_path / "tokenizer.json").write_text(json.dumps(data))
    with pytest.raises(FormatError):
        build(tmp_path / "q4.bin", tmp_path / "tokenizer.json", ["قصفت"], tmp_path / "out", min_count=0)
