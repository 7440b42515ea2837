"""Scores: a slow second implementation, a hand-counted example, intervals, seqeval, the command."""

from __future__ import annotations

import json
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import arabic_ie
from arabic_ie.errors import InputError, MissingExtraError
from arabic_ie.metrics import LAYERS, Score, evaluate, tag_scores
from arabic_ie.text import words
from arabic_ie.types import REALIS, Argument, Document, Entity, Event, Trigger
from training import benchmark

TEXT = "قتل ثلاثة جنود في غارة على بغداد"
SPANS = words(TEXT)


def ent(id: str, first: int, last: int, type: str) -> Entity:
    """An entity of TEXT from its word numbers, both inclusive."""
    return Entity(SPANS[first][0], SPANS[last][1], type, id)


def event(id: str, word: int, type: str, realis: str = "actual", **roles: str) -> Event:
    arguments = tuple(Argument(role, entity) for role, entity in roles.items())
    return Event(type, Trigger(*SPANS[word]), realis, arguments, id)


GOLD = Document(
    TEXT,
    (ent("a", 1, 2, "PER"), ent("b", 6, 6, "GPE")),
    (event("x", 0, "Die", Victim="a", Place="b"), event("y", 4, "Attack", Target="b")),
    id="doc-1",
)
# One wrong entity type, one entity too many; one argument of x missing; y is right but for realis.
PRED = Document(
    TEXT,
    (ent("1", 1, 2, "PER"), ent("2", 6, 6, "LOC"), ent("3", 2, 2, "PER")),
    (event("p", 0, "Die", Victim="1"), event("q", 4, "Attack", "negated", Place="2")),
    id="pred-1",
)


# --- a second, slow and obvious implementation: lists and loops -----------------------------------


def slow_facts(doc: Document, layer: str) -> list[Any]:
    found: list[Any] = []
    for e in doc.entities if layer == "entity" else ():
        found.append([e.start, e.end, e.type])
    for ev in doc.events:
        where = [ev.trigger.start, ev.trigger.end]
        pairs = []
        for a in ev.arguments:
            filler = doc.entity(a.entity)
            pairs.append([a.role, filler.start, filler.end])
            if layer == "argument_id":
                found.append([ev.type, filler.start, filler.end])
            if layer == "argument_class":
                found.append([ev.type, a.role, filler.start, filler.end])
        if layer == "trigger_id":
            found.append(where)
        if layer == "trigger_class":
            found.append([*where, ev.type])
        if layer == "frame":
            found.append([where, ev.type, ev.realis, sorted(once(pairs))])
    return once(found)


def once(items: list[Any]) -> list[Any]:
    out: list[Any] = []
    for item in items:
        if item not in out:
            out.append(item)
    return out


def slow_counts(gold: list[Document], predicted: list[Document], layer: str) -> tuple[int, int, int]:
    g = p = c = 0
    for right, guess in zip(gold, predicted, strict=True):
        if layer == "realis":
            keys = slow_facts(right, "trigger_class")
            for key in [k for k in slow_facts(guess, "trigger_class") if k in keys]:
                ours, theirs = (
                    sorted(
                        once([e.realis for e in d.events if [e.trigger.start, e.trigger.end, e.type] == key])
                    )
                    for d in (right, guess)
                )
                g, p, c = g + 1, p + 1, c + (ours == theirs)
        else:
            ours, theirs = slow_facts(right, layer), slow_facts(guess, layer)
            g, p = g + len(ours), p + len(theirs)
            for fact in theirs:
                c += fact in ours
    return g, p, c


@st.composite
def spans(draw: st.DrawFn, length: int) -> tuple[int, int]:
    start = draw(st.integers(0, length - 1))
    return start, draw(st.integers(start + 1, min(length, start + 2)))


@st.composite
def documents(draw: st.DrawFn, text: str = "ابتث") -> Document:
    """Short texts and few types, so that facts often agree and often repeat."""
    entities = [
        Entity(*draw(spans(len(text))), draw(st.sampled_from("AB")), f"e{i}")
        for i in range(draw(st.integers(0, 4)))
    ]
    events = []
    for i in range(draw(st.integers(0, 4))):
        fillers = st.builds(
            Argument, st.sampled_from("rs"), st.sampled_from([e.id for e in entities] or [""])
        )
        arguments = draw(st.lists(fillers, max_size=3)) if entities else []
        kind, realis = draw(st.sampled_from("XY")), draw(st.sampled_from(REALIS))
        events.append(Event(kind, Trigger(*draw(spans(len(text)))), realis, tuple(arguments), f"v{i}"))
    return Document(text, tuple(entities), tuple(events))


@settings(max_examples=150)
@given(st.lists(st.tuples(documents(), documents()), max_size=4))
def test_agrees_with_the_slow_implementation(pairs: list[tuple[Document, Document]]) -> None:
    gold, predicted = [g for g, _ in pairs], [p for _, p in pairs]
    scores = evaluate(gold, predicted)
    for layer in LAYERS:
        s = scores[layer]
        assert (s.gold, s.predicted, s.correct) == slow_counts(gold, predicted, layer), layer
        if s.precision + s.recall:
            assert s.f1 == pytest.approx(2 * s.precision * s.recall / (s.precision + s.recall))
        else:
            assert s.f1 == 0.0
    for layer, table in scores.types.items():
        for key in ("gold", "predicted", "correct"):
            assert sum(getattr(s, key) for s in table.values()) == getattr(scores[layer], key)
    same = evaluate(gold, gold)
    assert all(s.f1 == (100.0 if s.gold else 0.0) for s in same.layers.values())


# --- by hand ---------------------------------------------------------------------------------------


def test_hand_counted() -> None:
    scores = evaluate([GOLD], [PRED])
    counts = {layer: (s.gold, s.predicted, s.correct) for layer, s in scores.layers.items()}
    assert counts == {
        "entity": (2, 3, 1),
        "trigger_id": (2, 2, 2),
        "trigger_class": (2, 2, 2),
        "argument_id": (3, 2, 2),  # the filler's type does not matter, nor its role
        "argument_class": (3, 2, 1),
        "frame": (2, 2, 0),
        "realis": (2, 2, 1),
    }
    entity = scores["entity"]
    assert (entity.precision, entity.recall, entity.f1) == pytest.approx((100 / 3, 50, 40))
    assert scores["realis"].f1 == 50
    assert scores.types["entity"] == {"GPE": Score(1, 0, 0), "LOC": Score(0, 1, 0), "PER": Score(1, 2, 1)}
    roles = {"Place": Score(1, 1, 0), "Target": Score(1, 0, 0), "Victim": Score(1, 1, 1)}
    assert scores.types["argument_class"] == roles


def test_repeats_count_once_and_nothing_is_zero() -> None:
    twice = Document(TEXT, (ent("a", 1, 2, "PER"), ent("b", 1, 2, "PER")))
    assert evaluate([twice], [twice])["entity"] == Score(1, 1, 1)
    for nothing in ([], [Document(TEXT)]):
        scores = evaluate(nothing, nothing, bootstrap=5)
        assert all((s.precision, s.recall, s.f1) == (0.0, 0.0, 0.0) for s in scores.layers.values())
        assert str(scores)


def test_a_fact_of_one_document_does_not_count_in_another() -> None:
    assert evaluate([GOLD, Document(TEXT)], [Document(TEXT), GOLD])["entity"] == Score(2, 2, 0)


def test_refuses_what_does_not_pair() -> None:
    with pytest.raises(InputError, match="1 gold documents but 0"):
        evaluate([GOLD], [])
    with pytest.raises(InputError, match="doc-1"):
        evaluate([GOLD], [Document(TEXT + " ")])
    with pytest.raises(InputError, match="bootstrap"):
        evaluate([GOLD], [PRED], bootstrap=-1)


def test_table_and_dict() -> None:
    scores = evaluate([GOLD], [PRED], bootstrap=10)
    lines = str(scores).splitlines()
    assert lines[0].split()[:4] == ["layer", "precision", "recall", "f1"]
    assert lines[1].split()[:4] == ["entity", "33.33", "50.00", "40.00"]
    assert len({len(line) for line in lines[: len(LAYERS) + 1]}) == 1  # aligned
    data = json.loads(json.dumps(scores.to_dict()))
    assert data["layers"]["entity"]["f1"] == pytest.approx(40)
    assert data["layers"]["entity"]["f1_interval"] == pytest.approx([40, 40])  # one document
    assert "f1_interval" not in evaluate([GOLD], [PRED]).to_dict()["layers"]["entity"]


def test_bootstrap_interval_contains_the_point() -> None:
    gold, predicted = [GOLD] * 30, [GOLD] * 12 + [PRED] * 12 + [Document(TEXT)] * 6
    scores = evaluate(gold, predicted, bootstrap=500, seed=3)
    for s in scores.layers.values():
        assert s.interval is not None
        assert s.interval[0] < s.f1 < s.interval[1]
        assert s.interval[1] - s.interval[0] < 60
    assert scores == evaluate(gold, predicted, bootstrap=500, seed=3)
    assert scores != evaluate(gold, predicted, bootstrap=500, seed=4)


# --- seqeval ---------------------------------------------------------------------------------------


@st.composite
def tagged(draw: st.DrawFn) -> Document:
    """Entities of whole words that do not overlap; some stand next to each other."""
    cuts = sorted(draw(st.sets(st.integers(0, len(SPANS)))))
    found = []
    for i, (first, last) in enumerate(pairwise(cuts)):
        if draw(st.booleans()):
            found.append(ent(f"e{i}", first, last - 1, draw(st.sampled_from(["PER", "GPE"]))))
    return Document(TEXT, tuple(found))


@settings(max_examples=40)
@given(st.lists(st.tuples(tagged(), tagged()), min_size=1, max_size=4))
def test_seqeval_agrees_on_whole_words(pairs: list[tuple[Document, Document]]) -> None:
    pytest.importorskip("seqeval")
    gold, predicted = [g for g, _ in pairs], [p for _, p in pairs]
    ours, theirs = evaluate(gold, predicted)["entity"], tag_scores(gold, predicted)
    for key in ("precision", "recall", "f1", "gold"):
        assert theirs[key] == pytest.approx(getattr(ours, key))


def test_tags_snap_to_words() -> None:
    pytest.importorskip("seqeval")
    start, end = SPANS[1][0] + 1, SPANS[2][1] - 1  # inside words 1 and 2
    inside = Document(TEXT, (Entity(start, end, "PER", "a"), ent("b", 6, 6, "GPE")))
    assert evaluate([GOLD], [inside])["entity"].f1 == 50
    assert tag_scores([GOLD], [inside])["f1"] == 100
    triggers = tag_scores([GOLD], [PRED], layer="trigger")
    assert triggers["f1"] == 100 and set(triggers["types"]) == {"Attack", "Die"}
    nothing = tag_scores([Document("")], [Document("")])
    assert (nothing["f1"], nothing["gold"], nothing["types"]) == (0.0, 0, {})
    with pytest.raises(InputError, match="argument"):
        tag_scores([GOLD], [GOLD], layer="argument")  # type: ignore[arg-type]


def test_without_seqeval(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "seqeval.metrics", None)
    with pytest.raises(MissingExtraError, match="train"):
        tag_scores([GOLD], [GOLD])


# --- the command -----------------------------------------------------------------------------------


class FakeExtractor:
    """Predicts GOLD or PRED, after the name of its folder."""

    schema = arabic_ie.Schema.load()

    def __init__(self, answer: Document) -> None:
        self.answer = answer

    @classmethod
    def from_pretrained(cls, path: str | None = None) -> FakeExtractor:
        return cls(GOLD if path in (None, "gold") else PRED)

    def pipe(self, texts: list[str]) -> Any:
        return (self.answer for _ in texts)


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(arabic_ie, "Extractor", FakeExtractor)
    (tmp_path / "gold.jsonl").write_text(GOLD.to_json() + "\n", encoding="utf-8")
    (tmp_path / "pred.jsonl").write_text(PRED.to_json() + "\n", encoding="utf-8")
    return tmp_path


def test_benchmark_of_files(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    gold, pred, out = (str(files / name) for name in ("gold.jsonl", "pred.jsonl", "out.json"))
    assert benchmark.main(["events", gold, "--pred", pred, "--bootstrap", "20", "--json", out]) == 0
    assert "40.00" in capsys.readouterr().out
    data = json.loads(Path(out).read_text("utf-8"))
    assert data["runs"][0]["scores"]["layers"]["entity"]["f1"] == pytest.approx(40)
    assert len(data["gold"]["sha256"]) == 64 and data["machine"]["cores"] and data["versions"]["numpy"]


def test_benchmark_of_models(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    gold, out = str(files / "gold.jsonl"), str(files / "out.json")
    argv = ["events", gold, "--model", "gold", "--model", "pred", "--bootstrap", "0", "--json", out]
    assert benchmark.main(argv) == 0
    summary = json.loads(Path(out).read_text("utf-8"))["summary"]
    assert summary["entity"]["f1"] == pytest.approx({"mean": 70, "std": 42.4264}, abs=1e-3)
    assert "70.00 ± 42.43" in capsys.readouterr().out
    assert benchmark.main(["events", gold, "--bootstrap", "0"]) == 0
    printed = capsys.readouterr().out
    assert json.loads(printed[printed.index("\n{") :])["runs"][0]["name"] == "shipped model"


def test_benchmark_errors(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    gold, other = str(files / "gold.jsonl"), files / "other.jsonl"
    other.write_text(Document("غيره").to_json() + "\n", encoding="utf-8")
    for pred in (str(other), str(files / "absent.jsonl")):
        assert benchmark.main(["events", gold, "--pred", pred]) == 2
        err = capsys.readouterr().err
        assert err.startswith("error: ") and err.count("\n") == 1
