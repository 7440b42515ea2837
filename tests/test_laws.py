"""Laws: what may change around a text, or in how it is passed and written, and must change no mark."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hostile import HOSTILE, Hashes, tries
from hypothesis import example, given
from hypothesis import strategies as st
from test_text import LETTERS

from arabic_ie import Document, Extractor, Schema
from training.spellings import SAME, change

ARTICLE = (Path(__file__).parents[1] / "seeds" / "article.txt").read_text(encoding="utf-8")
# A sentence of 100 words: parted at clauses, and longer than one window of the test models.
LONG = "قال د. سامر إن الوفد وصل اليوم، وأكد أن الرئيس سيزور أ. هدى؛ ثم نفى , ذلك ، ؤ" * 6
PIECES = st.tuples(st.integers(0, len(ARTICLE)), st.integers(0, 400)).map(lambda p: ARTICLE[p[0] : sum(p)])
ARABIC = PIECES | st.text(LETTERS + " .،؛؟()0123456789\n", max_size=60)
TEXTS = HOSTILE | PIECES
SPACES = st.text(" \n\t\r\u00a0\u3000", max_size=4)


@pytest.fixture(scope="module", params=["random", "hashes"])
def extractor(request: pytest.FixtureRequest, wordpiece: Any) -> Extractor:
    """A random network, and a rule whose tags no padding or rounding can move."""
    if request.param == "random":
        return request.getfixturevalue("random_extractor")
    return Extractor(Hashes(Schema.load()), wordpiece)


def same(doc: Document, other: Document, score: float = 1e-3) -> None:
    """All of two documents but their scores, which may differ by the noise of arithmetic."""
    assert unscored(doc) == unscored(other)
    for a, b in zip((*doc.entities, *doc.events), (*other.entities, *other.events), strict=True):
        assert a.score == pytest.approx(b.score, abs=score)


def unscored(doc: Document) -> Document:
    entities = tuple(replace(e, score=1.0) for e in doc.entities)
    events = tuple(
        replace(v, score=1.0, arguments=tuple(replace(a, score=1.0) for a in v.arguments)) for v in doc.events
    )
    incidents = tuple(
        replace(i, arguments=tuple(replace(a, score=1.0) for a in i.arguments)) for i in doc.incidents
    )
    return replace(doc, entities=entities, events=events, incidents=incidents)


Marks = list[tuple[Any, ...]]


def marks(doc: Document, starts: Any = lambda k: k, ends: Any = lambda k: k) -> Marks:
    """Entities and frames by their spans, each edge moved by a function; in text order."""

    def span(mark: Any) -> tuple[int, int]:
        return starts(mark.start), ends(mark.end)

    entities = [(span(e), e.type) for e in doc.entities]
    events = [
        (span(v.trigger), v.type, v.realis, [(a.role, span(doc.entity(a.entity))) for a in v.arguments])
        for v in doc.events
    ]
    return [entities, events]


def moved(doc: Document, by: int) -> Marks:
    return marks(doc, lambda k: k + by, lambda k: k + by)


@tries(40)
@given(st.lists(TEXTS, max_size=6), st.integers(1, 8), st.data())
def test_permuting_a_batch_permutes_the_results(
    extractor: Extractor, texts: list[str], batch_size: int, data: st.DataObject
) -> None:
    order = data.draw(st.permutations(range(len(texts))))
    docs = extractor(texts)
    for k, doc in zip(order, extractor([texts[k] for k in order], batch_size), strict=True):
        same(doc, docs[k])


@tries(40)
@given(st.lists(TEXTS, max_size=6), st.lists(st.integers(0, 6), max_size=3))
def test_splitting_a_corpus_into_calls_changes_nothing(
    extractor: Extractor, texts: list[str], cuts: list[int]
) -> None:
    edges = [0, *sorted(min(cut, len(texts)) for cut in cuts), len(texts)]
    parts = [doc for a, b in zip(edges, edges[1:], strict=False) for doc in extractor(texts[a:b])]
    for doc, other in zip(parts, extractor.pipe(iter(texts)), strict=True):
        same(doc, other)


@tries(60)
@given(SPACES, TEXTS, SPACES)
def test_spaces_around_a_text_shift_offsets_only(
    extractor: Extractor, before: str, text: str, after: str
) -> None:
    assert marks(extractor(before + text + after)) == moved(extractor(text), len(before))


@tries(60)
@given(TEXTS, st.sampled_from(["\n", "\r\n", "\n\n", "\u2028"]))
@example(LONG, "\n")
def test_a_text_repeated_gives_the_marks_twice(extractor: Extractor, text: str, between: str) -> None:
    once, twice = extractor(text), extractor(text + between + text)
    entities, events = moved(once, len(text) + len(between))
    assert marks(twice) == [marks(once)[0] + entities, marks(once)[1] + events]


@pytest.mark.parametrize("writing", SAME)
@tries(30)
@given(ARABIC, st.integers(0, 99))
@example(LONG, 0)
def test_the_same_text_in_another_writing(extractor: Extractor, writing: str, text: str, seed: int) -> None:
    """Diacritics, tatweel, bidi marks, presentation forms and other digits on every word move no mark."""
    other = change(text, writing, seed)
    expected = marks(extractor(text), lambda k: other.starts[k], lambda k: other.ends[k - 1])
    assert marks(extractor(other.text)) == expected
