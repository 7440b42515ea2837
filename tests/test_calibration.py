"""A score is a probability: curves fitted to what was right, kept in the checkpoint, applied to every mark."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from arabic_ie import Argument, Document, Entity, Event, Extractor, Trigger, calibration
from arabic_ie.checkpoint import THRESHOLDS
from arabic_ie.errors import CheckpointError
from arabic_ie.frames import kept_score
from training import benchmark
from training.publish import best_threshold, calibrate, tune_thresholds


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


@pytest.mark.parametrize(("slope", "shift"), [(1.0, 0.0), (0.5, -0.7), (1.8, 0.4)])
def test_the_curve_that_made_the_labels_is_found(slope, shift):
    random = np.random.default_rng(0)
    scores = random.uniform(0.02, 0.98, 20_000)
    odds = np.log(scores / (1 - scores))
    right = random.uniform(size=len(scores)) < 1 / (1 + np.exp(-(slope * odds + shift)))
    assert calibration.fit(list(scores), list(right)) == pytest.approx((slope, shift), abs=0.08)


def test_scores_on_one_side_only():
    """Arguments below the threshold are not given, so no score is below it."""
    random = np.random.default_rng(1)
    scores = random.uniform(0.5, 0.999, 800)
    right = random.uniform(size=800) < 0.4 + 0.4 * (scores - 0.5)
    curve = calibration.fit(list(scores), list(right))
    after = [(calibration.calibrated(s, curve), r) for s, r in zip(scores, right, strict=True)]
    assert 0 < curve[0] < 1 and -2 < curve[1] < 0
    assert calibration.expected_error(calibration.reliability(after)) < 0.04


def test_with_little_to_fit_to():
    assert calibration.fit([], []) == (1.0, 0.0)
    slope, shift = calibration.fit([0.9], [False])
    assert 0 < slope <= 1 and -1 < shift <= 0
    assert calibration.fit([0.9, 0.1] * 50, [False, True] * 50)[0] > 0, "a higher score stays the higher one"


def test_a_calibrated_score_keeps_the_order_and_the_edges():
    curve = (0.5, -0.7)
    heights = [calibration.calibrated(s / 100, curve) for s in range(101)]
    assert heights == sorted(heights) and heights[0] > 0 and heights[-1] < 1
    assert calibration.calibrated(0.5, curve) == pytest.approx(sigmoid(-0.7))
    assert calibration.calibrated(0.3, None) == 0.3


def test_marks_are_right_as_the_strict_metrics_count_them():
    place, man = Entity(0, 3, "GPE", "E1", 0.9), Entity(4, 7, "PER", "E2", 0.8)
    attack = Event("Conflict.Attack", Trigger(8, 11), "actual", (Argument("Place", "E1", 0.7),), "T1", 0.6)
    truth = Document("abc def ghi", (place, replace(man, end=6)), (attack,))
    guess = Document("abc def ghi", (place, man), (replace(attack, realis="other"),))
    assert calibration.marks([truth], [guess]) == {
        "entity": [(0.9, True), (0.8, False)],
        "trigger": [(0.6, True)],
        "argument": [(0.7, True)],
    }
    again = replace(attack, trigger=Trigger(4, 7), id="T2", arguments=(Argument("Place", "E1", 0.9),))
    found = calibration.marks([truth], [replace(guess, events=(attack, again))])
    assert found["argument"] == [(0.9, True)], "a filler that two events of a type share is one mark"
    other = replace(attack, type="Life.Die")
    found = calibration.marks([truth], [replace(guess, events=(other,))])
    assert found["trigger"] == [(0.6, False)] and found["argument"] == [(0.7, False)]


def test_the_reliability_table_counts_every_mark_once():
    rows = [(0.05, False), (0.51, True), (0.59, False), (1.0, True)]
    table = calibration.reliability(rows)
    assert [(b.low, b.count, b.right) for b in table] == [(0.0, 1, 0.0), (0.5, 2, 0.5), (0.9, 1, 1.0)]
    assert calibration.expected_error(table) == pytest.approx((0.05 + 2 * 0.05 + 0.0) / 4)
    assert calibration.expected_error([]) == 0.0


def test_curves_live_in_the_checkpoint_and_change_scores_only(random_extractor, seed_docs, tmp_path):
    texts = [doc.text for doc in seed_docs[:6]]
    random_extractor.save_pretrained(tmp_path)
    before = Extractor.from_pretrained(tmp_path)(texts)
    config = json.loads((tmp_path / "config.json").read_text())
    config["calibration"] = {"entity": [0.5, -1.0], "trigger": [1.0, 0.5]}
    (tmp_path / "config.json").write_text(json.dumps(config))
    after = Extractor.from_pretrained(tmp_path)(texts)
    pairs = [
        (a, b)
        for x, y in zip(before, after, strict=True)
        for a, b in zip(x.entities, y.entities, strict=True)
    ]
    assert pairs and all(b == replace(a, score=b.score) for a, b in pairs)
    for a, b in pairs:
        assert b.score == pytest.approx(calibration.calibrated(a.score, (0.5, -1.0)), abs=1e-3)
    events = [
        (a, b) for x, y in zip(before, after, strict=True) for a, b in zip(x.events, y.events, strict=True)
    ]
    assert events and all(a.arguments == b.arguments and b.score > a.score for a, b in events)


@pytest.mark.parametrize(
    "curves", [{"entity": [1]}, {"nonsense": [1, 0]}, {"trigger": [float("nan"), 0]}, [1, 2]]
)
def test_damaged_curves_are_refused(random_extractor, tmp_path, curves):
    random_extractor.save_pretrained(tmp_path)
    config = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps({**config, "calibration": curves}))
    with pytest.raises(CheckpointError, match="calibration"):
        Extractor.from_pretrained(tmp_path)


def test_a_small_dev_part_moves_no_threshold(random_extractor, seed_docs, monkeypatch):
    extractor = Extractor(random_extractor.model, random_extractor.tokenizer, "cpu", "float32", resolve=False)
    monkeypatch.setattr(extractor.config, "role_threshold", 0.35)
    tune_thresholds(extractor, seed_docs)
    assert extractor.config.role_threshold == 0.35
    monkeypatch.setattr("training.publish.ENOUGH_ARGUMENTS", 100)
    tune_thresholds(extractor, seed_docs)
    assert extractor.config.role_threshold != 0.35


def test_the_threshold_of_a_layer_is_that_of_the_best_f1():
    rows = [(0.9, True), (0.8, True), (0.47, False), (0.46, True), (0.41, False), (0.2, False)]
    assert best_threshold(rows, gold=4) == 0.45, "2 * 3 / (4 + 4) against 2 * 2 / (2 + 4) and 2 * 3 / (6 + 4)"
    assert best_threshold([(0.31, True)], gold=1) == 0.0, "the lowest of the best"
    assert best_threshold([], gold=0) == 0.0


@pytest.mark.parametrize("claim", [1.0, 0.25])
def test_thresholds_that_training_chose_hold_for_the_extractor(
    random_extractor, seed_docs, monkeypatch, claim
):
    """Also where spans fall out: those left are numbered as if the others had never been."""
    extractor = Extractor(random_extractor.model, random_extractor.tokenizer, "cpu", "float32", resolve=False)
    for key in THRESHOLDS:
        monkeypatch.setattr(extractor.config, key, getattr(extractor.config, key))  # back after the test
    texts = [d.text for d in seed_docs]
    everything = extractor(texts)
    scores = sorted(e.score for d in everything for e in d.entities)
    middle = scores[len(scores) // 2]
    monkeypatch.setattr("training.publish.best_threshold", lambda rows, gold: 0.0)
    only = {"role_threshold": 0.2, "claim_threshold": claim, "entity_threshold": middle}
    monkeypatch.setattr(
        "training.publish.STEPS", [(key, (value,), ("entity",)) for key, value in only.items()]
    )
    monkeypatch.setattr("training.publish.ENOUGH_ARGUMENTS", 100)
    predicted = tune_thresholds(extractor, seed_docs)
    assert predicted == extractor(texts)
    assert 0 < sum(len(d.entities) for d in predicted) < len(scores)
    unsure = {(d.text, e.start) for d in everything for e in d.entities if e.score < middle}
    claimed = [(d, e) for d in predicted for e in d.entities if (d.text, e.start) in unsure]
    assert bool(claimed) == (claim < 1)
    for doc, entity in claimed:
        roles = [a.score for v in doc.events for a in v.arguments if a.entity == entity.id]
        assert max(roles) > claim and entity.score > claim / 2


def test_an_unsure_mention_stays_when_a_trigger_claims_it():
    assert kept_score(0.7, 0.0, threshold=0.7, claim_threshold=0.9) == 0.7
    assert kept_score(0.4, 0.96, threshold=0.7, claim_threshold=0.9) == pytest.approx(0.68)
    assert kept_score(0.4, 0.9, threshold=0.7, claim_threshold=0.9) is None
    assert kept_score(0.4, 1.0, threshold=0.7, claim_threshold=1.0) is None, "1: never"


def test_training_fits_the_curves_on_dev(random_extractor, seed_docs, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("training.publish.ENOUGH_ARGUMENTS", 100)
    random_extractor.save_pretrained(tmp_path / "model")
    extractor = Extractor.from_pretrained(tmp_path / "model", resolve=False)
    predicted = tune_thresholds(extractor, seed_docs)
    again = extractor([d.text for d in seed_docs])
    assert predicted == again, "filtered by the threshold as if extracted at it"
    facts = calibrate(extractor.config, seed_docs, predicted)
    assert set(extractor.config.calibration) == {"entity", "trigger", "argument"} == set(facts)
    assert facts["entity"]["after"] < facts["entity"]["before"], "a random model is seldom right"
    extractor.save_pretrained(tmp_path / "model")
    gold = tmp_path / "gold.jsonl"
    gold.write_text("".join(d.to_json() + "\n" for d in seed_docs))
    assert benchmark.main(["calibration", str(gold), "--model", str(tmp_path / "model")]) == 0
    assert "expected calibration error" in capsys.readouterr().out
