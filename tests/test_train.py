import json
import random
from types import SimpleNamespace

import pytest
import torch

from arabic_ie import Document, Extractor, IEConfig, IEModel, Schema, read
from arabic_ie.data import Collator, build_rows
from arabic_ie.errors import ArabicIEError, ConfigError, SchemaError
from arabic_ie.text import words
from training.build import build_model, restrict, widen
from training.parts import split_dev
from training.settings import load_config
from training.spellings import glued, vary_spelling
from training.train import IETrainer, learning_rates, train


@pytest.fixture
def settings(encoder_folder, tmp_path):
    return [
        f"encoder={encoder_folder}",
        f"training.output_dir={tmp_path / 'out'}",
        "data.dev=[seeds/seed.jsonl]",
    ]


def test_trains_resumes_and_publishes_a_wordpiece_bert(settings, tmp_path, monkeypatch):
    """The path of configs/arabert.yaml, on a random checkpoint of the same architecture."""
    data = ["data.train=[seeds/seed.jsonl]", "training.per_device_train_batch_size=8", "model.max_tokens=128"]
    first = train("configs/arabert.yaml", False, [*settings, *data, "training.num_train_epochs=1"])
    best = train("configs/arabert.yaml", True, [*settings, *data, "training.num_train_epochs=2"])
    assert first == best
    assert {"config.json", "model.safetensors", "tokenizer.json", "training.yaml", "metrics.json"} <= {
        f.name for f in best.iterdir()
    }
    assert Extractor.from_pretrained(best)("نص قصير").text == "نص قصير"
    assert json.loads((best / "metrics.json").read_text())["dev"]


def test_dev_is_whole_source_documents():
    docs = read("seeds/original.jsonl")
    fit, dev = split_dev(docs, 0.1)
    assert len(fit) + len(dev) == len(docs) and 20 < len(dev) < 140
    block = lambda d: (d.id[:-3], int(d.id[-3:]) // 10)
    assert not {block(d) for d in fit} & {block(d) for d in dev}
    assert split_dev(docs, 0.1)[1] == dev


def test_unknown_key_names_the_nearest(tmp_path):
    config = tmp_path / "c.yaml"
    config.write_text("encodr: x\n")
    with pytest.raises(ConfigError, match="encoder"):
        load_config(config)


@pytest.mark.parametrize(
    ("line", "error"),
    [
        (
            {"id": "a", "text": "نص", "entities": [{"id": "E1", "type": "XXX", "start": 0, "end": 2}]},
            SchemaError,
        ),
        (
            {"id": "a", "text": "نص", "entities": [{"id": "E1", "type": "PER", "start": 0, "end": 9}]},
            ArabicIEError,
        ),
    ],
)
def test_bad_training_file(settings, tmp_path, line, error):
    path = tmp_path / "bad.jsonl"
    path.write_text(json.dumps(line) + "\n")
    with pytest.raises(error):
        train("configs/tiny.yaml", False, [*settings, f"data.train=[{path}]"])
    assert not (tmp_path / "out" / "best").exists()


def test_a_widened_model_gives_back_the_narrow_one(random_extractor):
    schema = random_extractor.schema
    foreign = {"annotates": {"entities": ["aner:LOC", "aner:PERS"]}}
    wide = widen(schema, [Document("نص", meta=foreign)])
    assert wide.entities == (*schema.entities, "aner:LOC", "aner:PERS")
    config = IEConfig.from_dict({**random_extractor.config.to_dict(), "schema": wide.to_dict()})
    model = IEModel(config).eval()
    narrow = restrict(model, schema).eval()
    ids = torch.tensor([[2, 10, 11, 3]])
    first = torch.tensor([[1, 2]])
    with torch.no_grad():
        a, b = (m(ids, torch.ones_like(ids), first, first) for m in (model, narrow))
    # Close, not equal: a product of another width may be summed in another order.
    torch.testing.assert_close(a.entity_logits[..., : b.entity_logits.shape[-1]], b.entity_logits)
    torch.testing.assert_close(a.trigger_logits, b.trigger_logits)
    spans = torch.tensor([[[0, 0, 1]]])
    torch.testing.assert_close(
        model.link(a.first, a.last, spans, spans), narrow.link(b.first, b.last, spans, spans)
    )


def test_a_checkpoint_of_ours_goes_on_to_read_text_as_it_did(random_extractor, tmp_path):
    config = IEConfig.from_dict(
        {**random_extractor.config.to_dict(), "unify_letters": True, "context_tokens": 40, "max_tokens": 64}
    )
    Extractor(IEModel(config), random_extractor.tokenizer, "cpu").save_pretrained(tmp_path)
    run = load_config("configs/tiny.yaml", [f"encoder={tmp_path}", "data.train=[x]"])
    for settings, wanted in (({}, (True, 40, 64)), ({"max_tokens": 32, "context_tokens": 0}, (True, 0, 32))):
        settings = {"link_size": config.link_size, **settings}
        model, _ = build_model({**run, "model": settings}, random_extractor.schema)
        found = model.config
        assert (found.unify_letters, found.context_tokens, found.max_tokens) == wanted


def test_a_configuration_over_its_base(tmp_path):
    """What it does not say is as in its base: mappings are joined, lists replaced, overrides come last."""
    (tmp_path / "deep.yaml").write_text(
        "training: {learning_rate: 1e-4, num_train_epochs: 3}\nnegatives: 0.3"
    )
    (tmp_path / "base.yaml").write_text("base: deep.yaml\ndata: {train: [a, b], dev_share: 0.2}\nseed: 5")
    path = tmp_path / "own.yaml"
    path.write_text("base: base.yaml\ndata: {train: [c]}\ntraining: {output_dir: x}")
    config = load_config(path, ["training.num_train_epochs=9"])
    assert config["data"]["train"] == ["c"] and config["data"]["dev_share"] == 0.2
    assert config["seed"] == 5 and config["negatives"] == 0.3 and "base" not in config
    assert config["training"] == {"learning_rate": "1e-4", "num_train_epochs": 9, "output_dir": "x"}
    for content, message in (
        ("base: own.yaml\ndata: {train: [c]}", "circle"),
        ("base: [a]\ndata: {train: [c]}", "not a list"),
        ("base: nowhere.yaml\ndata: {train: [c]}", "nowhere.yaml: cannot read"),
    ):
        path.write_text(content)
        with pytest.raises(ConfigError, match=message):
            load_config(path)


def test_the_recipe_without_non_commercial_text_is_the_shipped_one_but_for_that():
    free, shipped = load_config("configs/news-free.yaml"), load_config("configs/news-small.yaml")
    assert {key for key in free if free[key] != shipped[key]} == {"encoder", "data", "training"}
    assert {**free["training"], "output_dir": ""} == {**shipped["training"], "output_dir": ""}
    assert free["data"]["train"][:-1] == shipped["data"]["train"][:-1]


def test_lower_layers_learn_more_slowly():
    names = ["encoder.embeddings.word_embeddings.weight", "encoder.encoder.layer.0.output.dense.weight",
             "encoder.encoder.layer.1.output.dense.weight", "encoder.pooler.dense.weight", "entity_head.weight"]  # fmt: skip
    rates = learning_rates(names, 0.1, 1.0, 0.5)
    assert [rates[name] for name in names] == pytest.approx([0.025, 0.05, 0.1, 0.1, 1.0])
    assert set(learning_rates(names, 0.1, 1.0, 1.0).values()) == {0.1, 1.0}
    other = ["encoder.layers.0.mlp.weight", "encoder.layers.1.mlp.weight", "encoder.embeddings.tok.weight"]
    assert list(learning_rates(other, 0.1, 1.0, 0.5).values()) == pytest.approx([0.05, 0.1, 0.025])


def test_r_drop_adds_the_distance_of_two_passes(settings, tmp_path):
    """Trained to its end with both; a distance is 0 without dropout and positive with it."""
    data = ["data.train=[seeds/seed.jsonl]", "training.num_train_epochs=1", "r_drop=1.0", "layer_decay=0.9"]
    best = train("configs/tiny.yaml", False, [*settings, *data, "model.head_dropout=0.3"])
    model = Extractor.from_pretrained(best, device="cpu", dtype="float32").model
    config = load_config("configs/tiny.yaml")
    rows, _ = build_rows(
        read("seeds/seed.jsonl")[:4], Extractor.from_pretrained(best).tokenizer, model.config
    )
    schema = Schema.load()
    batch = Collator(1, len(schema.entities), len(schema.event_types), config["negatives"])(rows)
    weigh = lambda weight: SimpleNamespace(r_drop=weight)
    losses = {}
    for dropping in (False, True):
        model.train(dropping)
        for weight in (1e-9, 5.0):
            torch.manual_seed(0)
            losses[dropping, weight] = float(IETrainer.compute_loss(weigh(weight), model, batch).detach())
    assert losses[False, 5.0] == pytest.approx(losses[False, 1e-9], rel=1e-4)
    assert losses[True, 5.0] > losses[True, 1e-9] * 1.0001


def test_marks_grow_over_the_words_they_are_glued_into():
    texts = set()
    for doc in read("seeds/seed.jsonl"):
        new = glued(doc, 1.0, random.Random(1))
        assert new.text.replace(" ", "") == doc.text.replace(" ", "")
        texts.add(new.text == doc.text)
        edges = {at for word in words(new.text) for at in word}
        for spans in (new.entities, [v.trigger for v in new.events]):
            taken = [(s.start, s.end) for s in spans]
            assert len(set(taken)) == len(taken), "one word is two marks"
            assert {at for span in taken for at in span} <= edges
        assert glued(doc, 0.0, random.Random(1)) == doc
    assert texts == {False}
    doc = Document.from_dict(
        {
            "text": "زار مديرنا بيروت أمس",
            "entities": [
                {"id": "E1", "type": "PER", "start": 4, "end": 10},
                {"id": "E2", "type": "GPE", "start": 11, "end": 16},
            ],
        }
    )
    new = glued(doc, 1.0, random.Random(1))
    assert new.text == "زارمديرنا بيروتأمس"
    assert [new.span_text(e) for e in new.entities] == ["زارمديرنا", "بيروتأمس"]


def test_spelling_is_varied_with_the_marks_in_place():
    docs = read("seeds/seed.jsonl")
    assert vary_spelling(docs, 0.0, 1) == docs
    new = vary_spelling(docs, 1.0, 1)
    assert new == vary_spelling(docs, 1.0, 1) != vary_spelling(docs, 1.0, 2)
    assert sum(a.text != b.text for a, b in zip(docs, new, strict=True)) > len(docs) / 2
    plain = lambda text: text.translate(str.maketrans("أإآىة", "اااي" + "ه")).replace(" ", "")
    for a, b in zip(docs, new, strict=True):
        assert [e.type for e in a.entities] == [e.type for e in b.entities]
        spans = [*zip(a.entities, b.entities, strict=True)]
        spans += [(v.trigger, w.trigger) for v, w in zip(a.events, b.events, strict=True)]
        for x, y in spans:
            if len(words(a.text)) == len(words(b.text)):
                assert plain(a.span_text(x)) == plain(b.span_text(y))
            else:  # words glued together
                assert plain(a.span_text(x)) in plain(b.span_text(y))
    half = vary_spelling(docs * 20, 0.5, 3)
    assert 0 < sum(a is not b for a, b in zip(docs * 20, half, strict=True)) < len(half)
