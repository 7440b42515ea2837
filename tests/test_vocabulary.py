"""Whole words added to the vocabulary of an encoder, on a small one made here."""

import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import AutoModel, AutoTokenizer, BertConfig, BertModel, PreTrainedTokenizerFast

from training.vocabulary import costly_words, main

PIECES = ["<s>", "<pad>", "</s>", "<unk>", "▁", "▁قصف", "▁مدي", "نة", "ت", "▁في", "▁ال", "<mask>"]
TEXT = "قصفت مدينة\nقصفت مدينة في المدينة\nفي مدينة 12 x\n"


@pytest.fixture
def encoder(tmp_path):
    tokenizer = Tokenizer(models.Unigram([(p, -float(i)) for i, p in enumerate(PIECES)], unk_id=3))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing("<s> $A </s>", None, [("<s>", 0), ("</s>", 2)])
    tokenizer.add_special_tokens(["<s>", "<pad>", "</s>", "<unk>", "<mask>"])
    names = {"cls": "<s>", "sep": "</s>", "pad": "<pad>", "unk": "<unk>", "mask": "<mask>"}
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, model_max_length=64, **{f"{k}_token": v for k, v in names.items()}
    ).save_pretrained(tmp_path / "encoder")
    sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
    BertModel(BertConfig(vocab_size=len(PIECES), **sizes)).save_pretrained(tmp_path / "encoder")
    (tmp_path / "news.txt").write_text(TEXT, encoding="utf-8")
    return tmp_path


def test_the_words_that_cost_most_pieces(encoder):
    """``في`` is one piece, ``المدينة`` occurs once, digits and Latin letters are none."""
    tokenizer = AutoTokenizer.from_pretrained(encoder / "encoder").backend_tokenizer
    assert costly_words(TEXT.split("\n"), tokenizer, 9) == [("مدينة", 3), ("قصفت", 2)]
    assert costly_words(TEXT.split("\n"), tokenizer, 1) == [("مدينة", 3)]


def test_a_word_gets_the_mean_of_its_pieces(encoder, capsys):
    out = encoder / "out"
    arguments = ["--texts", str(encoder / "news.txt"), "--words", "2", "--out", str(out)]
    assert main([str(encoder / "encoder"), *arguments]) == 0
    assert "2 words added" in capsys.readouterr().out
    old, new = AutoTokenizer.from_pretrained(encoder / "encoder"), AutoTokenizer.from_pretrained(out)
    assert old.tokenize("قصفت مدينة") == ["▁قصف", "ت", "▁مدي", "نة"]
    assert new.tokenize("قصفت مدينة") == ["▁قصفت", "▁مدينة"]
    assert new("في مدينة")["input_ids"] == [0, 9, len(PIECES), 2] and new.mask_token_id == old.mask_token_id
    before = AutoModel.from_pretrained(encoder / "encoder").get_input_embeddings().weight
    after = AutoModel.from_pretrained(out).get_input_embeddings().weight
    assert after.shape == (len(PIECES) + 2, 16) and torch.equal(after[: len(PIECES)], before)
    assert torch.allclose(after[len(PIECES)], (before[6] + before[7]) / 2)


def test_what_cannot_be_is_told_in_a_line(encoder, tmp_path, encoder_folder, capsys):
    texts = ["--texts", str(encoder / "news.txt"), "--out", str(tmp_path / "out")]
    (tmp_path / "latin.txt").write_text("only latin\n" * 3)
    for arguments, message in (
        ([str(encoder / "encoder"), *texts, "--words", "0"], "at least 1"),
        ([str(encoder_folder), *texts], "Unigram"),
        ([str(encoder / "encoder"), *texts, "--texts", str(tmp_path / "latin.txt")], "no Arabic word"),
        ([str(encoder / "nowhere"), *texts], "nowhere"),
    ):
        assert main(arguments) == 2
        error = capsys.readouterr().err.strip().splitlines()
        assert message in error[-1] and error[-1].startswith("error:"), error
    assert not (tmp_path / "out").exists()
