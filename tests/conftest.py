"""A tiny random encoder and tokenizer, made here: no network, no hub."""

from __future__ import annotations

import os
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

import pytest
import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

from arabic_ie import Document, Extractor, IEConfig, IEModel, Schema, read

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def seed_docs() -> list[Document]:
    return read(ROOT / "seeds" / "seed.jsonl")


@pytest.fixture(scope="session")
def wordpiece(seed_docs: list[Document]) -> PreTrainedTokenizerFast:
    """A WordPiece tokenizer of BERT's form, as AraBERT has, learned from the seed article."""
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=False, strip_accents=False)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    trainer = trainers.WordPieceTrainer(vocab_size=800, special_tokens=special)
    tokenizer.train_from_iterator([d.text for d in seed_docs], trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]",
        sep_token="[SEP]", mask_token="[MASK]",
    )  # fmt: skip


@pytest.fixture(scope="session")
def encoder_folder(wordpiece: PreTrainedTokenizerFast, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random BERT checkpoint with its tokenizer: the architecture of AraBERT, two narrow layers."""
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("encoder")
    config = BertConfig(
        vocab_size=len(wordpiece), hidden_size=64, num_hidden_layers=2, num_attention_heads=4,
        intermediate_size=128, max_position_embeddings=128,
    )  # fmt: skip
    BertModel(config).save_pretrained(folder)
    wordpiece.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def random_extractor(wordpiece: PreTrainedTokenizerFast, encoder_folder: Path) -> Extractor:
    torch.manual_seed(0)
    encoder = BertConfig.from_pretrained(encoder_folder).to_dict()
    config = IEConfig(encoder=encoder, schema=Schema.load().to_dict(), max_tokens=64, link_size=16)
    return Extractor(IEModel(config), wordpiece, "cpu", "float32")
