"""Ensembles, and the choice of sentences to train on."""

import json

import pytest
import torch

from arabic_ie import Extractor, IEModel, read
from arabic_ie.errors import ConfigError
from training.corpora import Overlap
from training.self_train import Ensemble, candidates, load_ensemble, main, sure


@pytest.fixture
def folders(random_extractor, tmp_path):
    for seed in (1, 2):
        torch.manual_seed(seed)
        model = IEModel(random_extractor.config)
        Extractor(model, random_extractor.tokenizer, "cpu", "float32").save_pretrained(tmp_path / str(seed))
    return [str(tmp_path / "1"), str(tmp_path / "2")]


def test_an_ensemble_of_one_is_the_model(random_extractor, seed_docs):
    texts = [d.text for d in seed_docs]
    model = random_extractor.model
    one = Extractor(Ensemble([model, model]), random_extractor.tokenizer, "cpu", "float32")
    for a, b in zip(one(texts), random_extractor(texts), strict=True):
        assert [(e.start, e.end, e.type) for e in a.entities] == [
            (e.start, e.end, e.type) for e in b.entities
        ]
        assert [[x.role for x in e.arguments] for e in a.events] == [
            [x.role for x in e.arguments] for e in b.events
        ]


def test_members_decide_by_their_mean(folders, seed_docs):
    both = load_ensemble(folders, "cpu")
    batch = {"input_ids": torch.tensor([[2, 9, 12, 3]]), "attention_mask": torch.ones(1, 4).long()}
    batch |= {"first": torch.tensor([[1, 2]]), "last": torch.tensor([[1, 2]])}
    with torch.no_grad():
        mean = torch.stack([m(**batch).entity_logits.log_softmax(-1) for m in both.model.models]).mean(0)
        torch.testing.assert_close(both.model(**batch).entity_logits, mean)


def test_other_vocabularies_are_refused(folders, tmp_path):
    path = tmp_path / "2" / "tokenizer.json"
    data = json.loads(path.read_text())
    vocabulary = data["model"]["vocab"]
    last = max(vocabulary, key=vocabulary.get)
    vocabulary["جديدة"] = vocabulary.pop(last)  # as many words, one of them another
    path.write_text(json.dumps(data))
    with pytest.raises(ConfigError, match="vocabulary"):
        load_ensemble(folders)


def test_held_out_sentences_are_no_candidates(seed_docs):
    texts = [d.text for d in seed_docs]
    assert list(candidates(texts, Overlap([])))
    assert list(candidates(texts, Overlap(texts))) == []


def test_writes_sure_sentences(folders, seed_docs, tmp_path):
    (tmp_path / "news.txt").write_text("\n".join(d.text for d in seed_docs), encoding="utf-8")
    command = ["--models", *folders, "--texts", str(tmp_path / "news.txt"), "--least", "0"]
    assert main([*command, "--out", str(tmp_path / "out.jsonl"), "--keep", "3"]) == 0
    docs = read(tmp_path / "out.jsonl")
    assert 0 < len(docs) <= 3 and all(sure(d, 0.0) for d in docs)
    assert not any(sure(d, 1.1) for d in docs)
