"""The shipped model on the seed article: the main job, end to end."""

from pathlib import Path

import pytest

from arabic_ie import Extractor, evaluate

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def shipped():
    return Extractor.from_pretrained(device="cpu")


@pytest.fixture(scope="module")
def article(shipped):
    return shipped((ROOT / "seeds" / "article.txt").read_text(encoding="utf-8"))


def events(doc, trigger):
    return [e for e in doc.events if doc.span_text(e.trigger) == trigger]


def test_attacks_have_place_time_and_target(article):
    """The strike is told by a verb and by ``غارات``: between them they have all."""
    (attack,) = events(article, "استهدف")
    assert attack.type == "Conflict.Attack" and attack.realis == "actual"
    fillers = {(a.role, article.span_text(article.entity(a.entity))) for a in attack.arguments}
    assert {("Attacker", "طيراناً مجهولاً"), ("Time", "أمس الإثنين"), ("Place", "البوكمال")} <= fillers
    assert ("Target", "داعش") not in fillers  # whom the coalition fights
    (raids,) = events(article, "غارات")
    fillers = {(a.role, article.span_text(article.entity(a.entity))) for a in raids.arguments}
    assert {"الصالحية", "البوكمال"} <= {text for role, text in fillers if role == "Place"}
    targets = {text for role, text in fillers if role == "Target"}
    assert targets <= {"عدة مواقع", "مواقع"} and targets


@pytest.mark.xfail(
    reason="the shipped model gives one of the two places to the raids (غارات) only", strict=True
)
def test_places_of_the_verb(article):
    (attack,) = events(article, "استهدف")
    fillers = {(a.role, article.span_text(article.entity(a.entity))) for a in attack.arguments}
    assert {"الصالحية", "البوكمال"} <= {text for role, text in fillers if role == "Place"}


@pytest.mark.xfail(reason="the shipped model gives the target to the raids (غارات) only", strict=True)
def test_target_of_the_verb(article):
    (attack,) = events(article, "استهدف")
    targets = {article.span_text(article.entity(a.entity)) for a in attack.arguments if a.role == "Target"}
    assert targets <= {"عدة مواقع", "مواقع"} and targets


def test_negated_injury(article):
    assert [(e.type, e.realis) for e in events(article, "إصابات")] == [("Life.Injure", "negated")]


def test_threatened_attack_is_not_actual(article):
    assert [(e.type, e.realis) for e in events(article, "ستستهدف")] == [("Conflict.Attack", "other")]


def test_statements_have_speakers(article):
    statements = [e for e in article.events if e.type == "Contact.Statement"]
    assert sum(any(a.role == "Speaker" for a in e.arguments) for e in statements) >= 10


def test_long_text_is_the_same_as_its_paragraphs(shipped):
    paragraphs = [
        p for p in (ROOT / "seeds" / "article.txt").read_text(encoding="utf-8").split("\n") if p.strip()
    ] * 5
    whole = shipped("\n".join(paragraphs))
    expected, at = [], 0
    for paragraph, doc in zip(paragraphs, shipped(paragraphs), strict=True):
        expected += [(e.start + at, e.end + at, e.type) for e in doc.entities]
        at += len(paragraph) + 1
    assert len(whole.text.split()) > 2500
    found = [(e.start, e.end, e.type) for e in whole.entities]
    # bf16 batches of other shapes may round a borderline score the other way
    assert len(set(found) ^ set(expected)) <= 0.01 * len(expected)


def test_seed_sentences(shipped, seed_docs):
    scores = evaluate(seed_docs, shipped([d.text for d in seed_docs]))
    assert scores["entity"].f1 > 75 and scores["trigger_class"].f1 > 75 and scores["argument_class"].f1 > 50
