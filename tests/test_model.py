from dataclasses import replace

import pytest
import torch
from transformers import AutoModel

from arabic_ie import Argument, Document, Entity, Event, Extractor, IEConfig, IEModel, Trigger, evaluate
from arabic_ie.data import Collator, build_rows

LAYERS = ("entity", "trigger_class", "argument_class", "frame")


def test_overfits_eight_sentences_on_all_layers(random_extractor, seed_docs, encoder_folder):
    """Loss, tags, role head and frames together: nothing can be wrong and still reach 100."""
    torch.manual_seed(1)
    docs = [d for d in seed_docs if len(d.text) < 260][:8]
    tokenizer = random_extractor.tokenizer
    # Whole sentences: an argument is found in a window that shows both its ends.
    config = IEConfig.from_dict({**random_extractor.config.to_dict(), "max_tokens": 128})
    model = IEModel(config, AutoModel.from_pretrained(encoder_folder))
    rows, trouble = build_rows(docs, tokenizer, config)
    assert not trouble
    collate = Collator(tokenizer.pad_token_id, 12, 19, negatives=0.3)
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3)
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    for step in range(400):
        loss = model(**collate(rows)).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        if step % 40 == 39:
            extract = Extractor(model, tokenizer, "cpu", "float32")
            scores = evaluate(docs, extract([d.text for d in docs]))
            model.train()
            if all(scores[layer].f1 == 100 for layer in LAYERS):
                break
    assert {layer: scores[layer].f1 for layer in (*LAYERS, "realis")} == dict.fromkeys(
        (*LAYERS, "realis"), 100.0
    )


def test_saved_model_is_the_same_and_loads_through_auto_model(random_extractor, seed_docs, tmp_path):
    random_extractor.save_pretrained(tmp_path)
    loaded = AutoModel.from_pretrained(tmp_path)
    assert type(loaded) is IEModel
    for (name, a), (_, b) in zip(
        random_extractor.model.state_dict().items(), loaded.state_dict().items(), strict=True
    ):
        assert torch.equal(a, b), name
    rows, _ = build_rows(seed_docs[:4], random_extractor.tokenizer, random_extractor.config)
    batch = Collator(0, 12, 19)(rows)
    again = Extractor.from_pretrained(tmp_path, "cpu", "float32").model
    with torch.no_grad():
        for key in ("entity_logits", "trigger_logits", "realis_logits", "loss"):
            # Not the documents: under random weights the best two tags are almost equal.
            torch.testing.assert_close(again(**batch)[key], random_extractor.model.eval()(**batch)[key])
    assert not [f.name for f in tmp_path.iterdir() if f.suffix in (".bin", ".pt", ".pkl")]


def test_impossible_roles_are_masked(random_extractor):
    model, schema = random_extractor.model, random_extractor.schema
    states = torch.randn(1, 4, 64)
    attack, date = schema.event_types.index("Conflict.Attack"), schema.entities.index("DATE")
    scores = model.link(states, states, torch.tensor([[[0, 0, attack]]]), torch.tensor([[[2, 3, date]]]))[
        0, 0, 0
    ]
    allowed = {0, schema.roles.index("Time") + 1}
    assert {i for i in range(len(scores)) if scores[i] > -1e3} == allowed


@pytest.mark.parametrize("negatives", [0.0, 1.0])
def test_wrong_spans_have_no_role(random_extractor, seed_docs, negatives):
    rows, _ = build_rows(seed_docs, random_extractor.tokenizer, random_extractor.config)
    for row in rows:
        batch = Collator(0, 12, 19, negatives)([row])
        t, e = len(row["triggers"]), len(row["entities"])
        assert batch["roles"][0, :t, :e].tolist() == row["roles"] or not (t and e)
        assert (
            int(batch["roles"][0, t:].clamp(min=0).sum())
            == int(batch["roles"][0, :, e:].clamp(min=0).sum())
            == 0
        )


def test_a_gold_role_that_the_schema_forbids_is_not_learned(random_extractor):
    """Its loss would be ten thousand, and drown that of all else."""
    text = "قصف الجيش المدينة"
    spans = [Entity(4, 9, "ORG", "E1"), Entity(10, 17, "DATE", "E2")]
    attack = Event(
        "Conflict.Attack",
        Trigger(0, 3),
        "actual",
        (Argument("Attacker", "E1"), Argument("Target", "E2")),
        "T1",
    )
    allowed = replace(attack, arguments=attack.arguments[:1])
    losses = []
    for event in (attack, allowed):
        doc = Document(text, tuple(spans), (event,))
        rows, _ = build_rows([doc], random_extractor.tokenizer, random_extractor.config)
        batch = Collator(0, 12, 19, negatives=0.0)(rows)
        with torch.no_grad():
            losses.append(float(random_extractor.model.eval()(**batch).loss))
    assert max(losses) < 100 and losses[0] != losses[1], losses
