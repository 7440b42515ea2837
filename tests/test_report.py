"""The evaluation report: its figures are those of evaluate, and its page is safe."""

import re
from collections import Counter
from dataclasses import replace

from arabic_ie import Document, Entity, Event, Trigger, evaluate
from arabic_ie.report import NONE, confusion, rank, write_report


def spoil(docs):
    """Predictions with known mistakes: a wrong event type, a missed entity, an invented one."""
    first, second, *rest = docs
    wrong = replace(first.events[0], type="Conflict.Attack", arguments=())
    first = replace(first, events=(wrong, *first.events[1:]))
    unused = {a.entity for v in second.events for a in v.arguments}
    lost = next(e for e in second.entities if e.id not in unused)
    second = replace(second, entities=tuple(e for e in second.entities if e is not lost))
    return [first, second, *rest], lost


def test_confusion_counts_every_span_once(seed_docs):
    predicted, lost = spoil(seed_docs)
    events = confusion(seed_docs, predicted, "event")
    assert sum(events.values()) == sum(len(d.events) for d in seed_docs)
    assert events[seed_docs[0].events[0].type, "Conflict.Attack"] == 1
    entities = confusion(seed_docs, predicted, "entity")
    assert entities[lost.type, NONE] == 1
    assert {pair for pair in entities if pair[0] != pair[1]} == {(lost.type, NONE)}
    assert confusion(predicted, seed_docs, "entity")[NONE, lost.type] == 1


def test_worst_first_and_right_ones_left_out(seed_docs):
    predicted, _ = spoil(seed_docs)
    ranked = rank(seed_docs, predicted)
    assert [k for _, k in ranked] == [0, 1]
    assert ranked[0][0] > ranked[1][0] == 1
    assert rank(seed_docs, seed_docs) == []


def test_page(tmp_path, seed_docs):
    predicted, _ = spoil(seed_docs)
    path = tmp_path / "report.html"
    scores = evaluate(seed_docs, predicted, bootstrap=20)
    write_report(seed_docs, predicted, path, scores)
    page = path.read_text(encoding="utf-8")
    assert page.count('<div class="pair">') == 2
    for layer in scores.layers:
        assert f"{scores[layer].f1:.1f}" in page
    low, high = scores["entity"].interval
    assert f"({low:.1f} to {high:.1f})" in page
    assert not re.search(r"https?:|<script|<img|<link|url\(", page)


def test_only_the_number_asked_for(tmp_path, seed_docs):
    empty = [Document(d.text) for d in seed_docs]
    write_report(seed_docs, empty, tmp_path / "r.html", worst=3)
    assert (tmp_path / "r.html").read_text(encoding="utf-8").count('<div class="pair">') == 3


def test_escaped(tmp_path):
    bad = '"><script>alert(1)</script>'
    gold = [Document("ab cd", (Entity(0, 2, bad, "E1"),), (Event(bad, Trigger(3, 5), id="T1"),), id=bad)]
    write_report(gold, [Document("ab cd")], tmp_path / "r.html")
    assert "<script" not in (tmp_path / "r.html").read_text(encoding="utf-8")


def test_nothing_to_show(tmp_path):
    write_report([], [], tmp_path / "r.html")
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert "0 documents" in page and '<div class="pair">' not in page and '<table class="matrix">' not in page
    assert Counter() == confusion([], [], "event")
