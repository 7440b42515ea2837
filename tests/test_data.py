"""Training features: exact labels, and the partial labels of foreign corpora."""

import dataclasses
import itertools

import pytest
import torch

from arabic_ie import Argument, Document, Entity, Event, Trigger
from arabic_ie.data import Collator, build_rows
from arabic_ie.errors import SchemaError
from arabic_ie.tags import IGNORED, tag, tag_count

TEXT = "زار المدير أحمد بيروت أمس"


def partial(schema, entities, certain):
    return Document(TEXT, tuple(entities), meta={"annotates": {"entities": certain, "events": []}})


def test_unmarked_words_of_a_foreign_corpus_may_have_the_types_it_lacks(random_extractor):
    schema, config = random_extractor.schema, random_extractor.config
    per, gpe, loc, fac, date = (schema.entities.index(t) for t in ("PER", "GPE", "LOC", "FAC", "DATE"))
    marks = [Entity(11, 15, "PER", "E1"), Entity(16, 21, "GPE|LOC|FAC", "E2")]
    certain = [t for t in schema.entities if t != "DATE"]
    (row,), trouble = build_rows([partial(schema, marks, certain)], random_extractor.tokenizer, config)
    assert not trouble
    assert row["entity_tags"] == [IGNORED, IGNORED, tag(per, True), IGNORED, IGNORED]
    free = [0, tag(date, True), tag(date, False)]
    assert row["entity_sets"] == [free, [tag(k, True) for k in (gpe, loc, fac)]]
    assert row["entity_set"] == [1, 1, 0, 2, 1]
    assert row["trigger_tags"] == [IGNORED] * 5, "silence about events is not their absence"
    batch = Collator(0, len(schema.entities), len(schema.event_types))([row])
    assert batch["entity_allowed"].shape == (1, 5, tag_count(len(schema.entities)))
    assert batch["entity_allowed"].sum(-1).tolist() == [[3, 3, 0, 3, 3]]


def test_partial_loss_is_the_summed_probability(random_extractor):
    schema, model = random_extractor.schema, random_extractor.model
    marks = [Entity(16, 21, "GPE|LOC", "E1")]
    rows, _ = build_rows(
        [partial(schema, marks, list(schema.entities))], random_extractor.tokenizer, model.config
    )
    batch = Collator(0, len(schema.entities), len(schema.event_types))(rows)
    with torch.no_grad():
        output = model.eval()(**batch)
        p = output.entity_logits[0].softmax(-1)
    kinds = [tag(schema.entities.index(t), True) for t in ("GPE", "LOC")]
    wanted = -(p[[0, 1, 2, 4], 0].log().sum() + p[3, kinds].sum().log()) / 5
    torch.testing.assert_close(output.loss, wanted * model.config.loss_weights["entity"])


def test_knowing_every_type_is_the_same_as_a_corpus_of_ours(random_extractor, seed_docs):
    doc = dataclasses.replace(seed_docs[0], events=())
    known = dataclasses.replace(doc, meta={"annotates": {"entities": list(random_extractor.schema.entities)}})
    ours, theirs = (
        build_rows([d], random_extractor.tokenizer, random_extractor.config)[0] for d in (doc, known)
    )
    for a, b in itertools.zip_longest(ours, theirs):
        assert a["entity_set"] == []
        assert b["entity_sets"] == [[0]], "only O is left for the unmarked words"
        assert a["entity_tags"] == [
            0 if s else t for t, s in zip(b["entity_tags"], b["entity_set"], strict=True)
        ]


def test_entities_in_parts_are_masked_and_told(random_extractor):
    entity = Entity(11, 21, "PER", "E1", fragments=((11, 15), (16, 21)))
    rows, trouble = build_rows(
        [Document(TEXT, (entity,))], random_extractor.tokenizer, random_extractor.config
    )
    assert rows[0]["entity_tags"] == [0, 0, IGNORED, IGNORED, 0]
    assert len(trouble) == 1 and "in parts" in trouble[0]


def test_arguments_that_no_row_can_hold_are_told(random_extractor):
    text = "قصفت طائرات المطار. وقع ذلك في بغداد أمس."
    entities = (Entity(5, 11, "WEA", "E1"), Entity(31, 36, "GPE", "E2"))
    roles = (Argument("Attacker", "E1"), Argument("Instrument", "E1"), Argument("Place", "E2"))
    event = Event("Conflict.Attack", Trigger(0, 4), arguments=roles, id="T1")
    rows, trouble = build_rows(
        [Document(text, entities, (event,), id="d")], random_extractor.tokenizer, random_extractor.config
    )
    assert [row["roles"] for row in rows] == [[[random_extractor.schema.roles.index("Attacker") + 1]], []]
    twice, far = trouble
    assert "d: argument Instrument E1 of T1" in twice and "Attacker already" in twice
    assert "d: argument Place E2 of T1" in far and "another sentence" in far


@pytest.mark.parametrize("annotates", [["PER"], "PER", 1, {"entities": "PER"}, {"events": [None]}])
def test_what_a_corpus_annotates_must_be_lists_of_names(random_extractor, annotates):
    doc = Document(TEXT, id="d", meta={"annotates": annotates})
    with pytest.raises(SchemaError, match="'d': meta.annotates must be like"):
        build_rows([doc], random_extractor.tokenizer, random_extractor.config)
