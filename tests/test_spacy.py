"""The spaCy component and the plain token classifier."""

from __future__ import annotations

from typing import Any

import pytest

from arabic_ie import Argument, Document, Entity, Event, Trigger
from arabic_ie.errors import CheckpointError, InputError

spacy = pytest.importorskip("spacy", reason="spaCy is not installed: pip install 'arabic-ie[spacy]'")

from spacy.tokens import Doc, DocBin

from arabic_ie.integrations.spacy import ArabicIE

TEXT = "قصف\u200c الجيشُ  مطارَ المدينة 🔴 أمس، وقُتل جنديان."


def gold(text: str) -> Document:
    """What a perfect model would find in TEXT."""

    def at(words: str) -> tuple[int, int]:
        return text.index(words), text.index(words) + len(words)

    entities = (Entity(*at("الجيشُ"), "ORG", "E1", 0.9), Entity(*at("مطارَ المدينة"), "FAC", "E2"),
                Entity(*at("أمس"), "DATE", "E3"), Entity(*at("جنديان"), "PER", "E4"))  # fmt: skip
    roles = (Argument("Attacker", "E1", 0.7), Argument("Target", "E2"), Argument("Time", "E3"))
    events = (Event("Conflict.Attack", Trigger(*at("قصف")), "actual", roles, "T1", 0.8),
              Event("Life.Die", Trigger(*at("قُتل")), "actual", (Argument("Victim", "E4"),), "T2"))  # fmt: skip
    return Document(text, entities, events)


class Perfect:
    """Has the two ways of an ``Extractor`` that the component uses."""

    def __call__(self, text: str, batch_size: int = 32) -> Document:
        return gold(text) if text == TEXT else Document(text)

    def pipe(self, texts: Any, batch_size: int = 32) -> Any:
        return map(self, texts)


@pytest.fixture
def nlp() -> Any:
    nlp = spacy.blank("ar")
    component = ArabicIE(Perfect())  # type: ignore[arg-type]
    spacy.Language.component("perfect_ie", func=component)
    nlp.add_pipe("perfect_ie")
    return nlp


def test_entities_triggers_and_events(nlp: Any) -> None:
    doc = nlp(TEXT)
    assert doc.text == TEXT
    assert [(e.text, e.label_) for e in doc.ents][1:3] == [("مطارَ المدينة", "FAC"), ("أمس", "DATE")]
    assert [t.label_ for t in doc.spans["triggers"]] == ["Conflict.Attack", "Life.Die"]
    attack = doc._.events[0]
    assert TEXT[attack["start"] : attack["end"]] == "قصف"
    roles = {a["role"]: doc.spans["entities"][a["span"]] for a in attack["arguments"]}
    assert roles["Target"].text == "مطارَ المدينة" and roles["Target"].id_ == "E2"
    assert {a["role"]: TEXT[a["start"] : a["end"]] for a in attack["arguments"]}["Attacker"] == "الجيشُ"
    assert doc._.arabic_ie == gold(TEXT)


@pytest.mark.parametrize(
    "words", [list(TEXT), [TEXT], ["قصف\u200c الجي", "شُ  مطارَ المدينة 🔴 أمس، وقُتل جنديان."]]
)
def test_any_tokenisation(words: list[str]) -> None:
    doc = Doc(spacy.blank("ar").vocab, words=words, spaces=[False] * len(words))
    doc = ArabicIE(Perfect())(doc)  # type: ignore[arg-type]
    for span, entity in zip(doc.spans["entities"], gold(TEXT).entities, strict=True):
        assert span.start_char <= entity.start and span.end_char >= entity.end
        assert span.label_ == entity.type
    assert [e["start"] for e in doc._.events] == [e.trigger.start for e in gold(TEXT).events]
    assert doc.ents  # flat, though every widened span may cover the whole text


def test_pipe_keeps_order_and_docs_can_be_stored(nlp: Any) -> None:
    docs = list(nlp.pipe(["نص آخر", TEXT, "", TEXT]))
    assert [len(d._.events) for d in docs] == [0, 2, 0, 2]
    stored = DocBin(store_user_data=True, docs=docs).to_bytes()
    back = list(DocBin().from_bytes(stored).get_docs(nlp.vocab))
    assert [d._.events for d in back] == [d._.events for d in docs]
    assert back[1]._.arabic_ie == gold(TEXT)


def test_other_components_entities_can_stay() -> None:
    nlp = spacy.blank("ar")
    doc = nlp.make_doc(TEXT)
    doc.ents = [doc.char_span(doc[-2].idx, doc[-2].idx + len(doc[-2]), "OTHER")]
    doc = ArabicIE(Perfect(), overwrite_ents=False)(doc)  # type: ignore[arg-type]
    assert [e.label_ for e in doc.ents] == ["OTHER"] and len(doc.spans["entities"]) == 4


def test_add_pipe_opens_a_checkpoint(random_extractor: Any, tmp_path: Any) -> None:
    random_extractor.save_pretrained(tmp_path)
    nlp = spacy.blank("ar")
    nlp.add_pipe("arabic_ie", config={"model": str(tmp_path), "device": "cpu", "dtype": "float32"})
    (doc,) = nlp.pipe([TEXT])
    expected = random_extractor(TEXT)
    assert doc._.arabic_ie == expected and len(doc._.events) == len(expected.events)
    with pytest.raises(CheckpointError):
        spacy.blank("ar").add_pipe("arabic_ie", config={"model": "/none"})


@pytest.mark.parametrize("layer", ["entities", "triggers"])
def test_token_classifier_scores_as_the_extractor(random_extractor: Any, tmp_path: Any, layer: str) -> None:
    import torch
    from transformers import pipeline

    from arabic_ie.backend import pad
    from arabic_ie.integrations.token_classification import save_token_classifier
    from arabic_ie.windows import plan

    before = random_extractor.tokenizer.backend_tokenizer.to_str()
    save_token_classifier(random_extractor, tmp_path, layer)
    assert random_extractor.tokenizer.backend_tokenizer.to_str() == before
    classify = pipeline("token-classification", str(tmp_path), device="cpu", ignore_labels=[])
    text = "قُصِفَ مطـــار المدينة ٢٥ مرّة أمس"
    found = classify(text)
    (segment,), _ = plan(text, random_extractor.tokenizer, 64)
    (window,) = segment.windows
    assert [f["index"] for f in found] == list(range(1, len(window.input_ids) - 1))  # the same sub-words
    with torch.inference_mode():
        output = random_extractor.model(**random_extractor.backend.tensors(pad([window], 0, 64)))
    logits = output.entity_logits if layer == "entities" else output.trigger_logits
    probabilities = logits[0, : len(window.first)].softmax(-1)  # the batch is padded
    for word, first, scores in zip(segment.words, window.first, probabilities, strict=True):
        item = found[first - 1]
        assert item["score"] == pytest.approx(float(scores.max()), abs=1e-4)
        assert classify.model.config.id2label[int(scores.argmax())] == item["entity"]
        assert item["start"] == word[0]  # in the text as it was passed in
    with pytest.raises(InputError, match="layers"):
        save_token_classifier(random_extractor, tmp_path, "roles")
