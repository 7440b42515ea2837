"""Offset truth: every mark lies in the text, on grapheme edges, and its text is what the model marked."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from hostile import HIDDEN, HOSTILE, Hashes, Keywords, edges, plain, tries, written
from hypothesis import example, given
from hypothesis import strategies as st

from arabic_ie import Document, Extractor, Schema
from arabic_ie.text import normalise, words
from arabic_ie.windows import MAX_PIECES, plan

PLANTED = {"بغداد": "GPE", "دير الزور": "GPE", "الاحتلال": "ORG", "استهدف": "Conflict.Attack"}
BEFORE = [
    " ",
    "\n",
    "\r\n",
    "\t",
    "\u00a0",
    " «",
    " (",
    "،",
    "😀",
    "🇯🇴",
    "\0",
    "\ud800",
    "\ue000",
    "\u0378",
    "-",
]
AFTER = [
    *BEFORE[:5],
    "» ",
    ")",
    "،",
    ".",
    "؟",
    "😀",
    "🇯🇴",
    "\0",
    "\ud800",
    "\ue000",
    "\u0378",
    "\u200f ",
    "-",
]


@pytest.fixture(scope="module")
def keywords(wordpiece: Any) -> Extractor:
    """Marks the planted words."""
    return Extractor(Keywords(Schema.load(), wordpiece, PLANTED), wordpiece)


@pytest.fixture(scope="module")
def hashes(wordpiece: Any) -> Extractor:
    """Marks many words."""
    return Extractor(Hashes(Schema.load()), wordpiece)


@pytest.fixture(scope="module", params=["random_extractor", "hashes"])
def extractor(request: pytest.FixtureRequest) -> Extractor:
    return request.getfixturevalue(request.param)


def spans(doc: Document) -> list[tuple[int, int]]:
    marks = [*doc.entities, *(v.trigger for v in doc.events)]
    sources = [v.source["span"] for v in doc.events if v.source and v.source.get("span")]
    return [(m.start, m.end) for m in marks] + [(s["start"], s["end"]) for s in sources]


def check(text: str, found: list[tuple[int, int]]) -> None:
    """In bounds, on grapheme edges, and no invisible character or space at either end."""
    allowed = edges(text)
    for start, end in found:
        assert 0 <= start < end <= len(text)
        assert start in allowed and end in allowed, (start, end)
        for char in (text[start], text[end - 1]):
            assert not HIDDEN.match(char) and not char.isspace()


@tries(150)
@given(HOSTILE)
def test_marks_of_a_model(extractor: Extractor, text: str) -> None:
    copy = str(text.encode("utf-32", "surrogatepass"), "utf-32", "surrogatepass")
    doc = extractor(text, date="2020-01-07")
    assert doc.text == text == copy
    check(text, spans(doc))
    for layer in (doc.entities, tuple(v.trigger for v in doc.events)):
        assert all(a.end <= b.start for a, b in pairwise(layer)), "in text order, none doubled"
    assert Document.from_dict(json.loads(doc.to_json())) == doc


@tries(200)
@given(HOSTILE, st.integers(8, 64))
@example("...🏽ا", 8)
@example("ا﷼", 8)
def test_windows(wordpiece: Any, text: str, limit: int) -> None:
    segments, _ = plan(text, wordpiece, limit)
    shown = [span for segment in segments for span in segment.words]
    assert shown == words(text)
    check(text, shown)
    for segment in segments:
        for window in segment.windows:
            for k, (first, last) in enumerate(zip(window.first, window.last, strict=True)):
                start, end = segment.words[window.offset + k]
                ids = window.input_ids[first : last + 1]
                assert ids == tokens(wordpiece, text[start:end], limit), (
                    "the model is shown the words of the span"
                )


def tokens(tokenizer: Any, word: str, limit: int) -> tuple[int, ...]:
    """What a model that reads whole words is to be shown of one."""
    ids = tokenizer(normalise(word).text, add_special_tokens=False)["input_ids"] or [tokenizer.unk_token_id]
    most = min(MAX_PIECES, limit - 2)
    return tuple(ids if len(ids) <= most else [*ids[: most - 1], ids[-1]])


@st.composite
def plantings(draw: st.DrawFn) -> tuple[str, list[tuple[int, int, str]]]:
    """A hostile text with one to three known mentions in it, in odd spelling, and where they stand."""
    text, where = draw(HOSTILE), []
    for _ in range(draw(st.integers(1, 3))):
        word, kind = draw(st.sampled_from(list(PLANTED.items())))
        text += draw(st.sampled_from(BEFORE))
        start = len(text)
        text += draw(st.sampled_from([" ", "\u00a0", "  "])).join([draw(written(w)) for w in word.split()])
        where.append((start, len(text), kind))
        text += draw(st.sampled_from(AFTER)) + draw(HOSTILE)
    return text, where


@tries(300)
@given(plantings())
@example(("قصف ب\u064eغ\u0640د\u200fاد\u0651\u200f.", [(4, 13, "GPE")]))
@example(("\ue000ﺑﻐﺪﺍﺩ\ue000 دﯾﺮ", [(1, 6, "GPE")]))
def test_the_text_of_a_span_is_what_was_marked(
    keywords: Extractor, planted: tuple[str, list[tuple[int, int, str]]]
) -> None:
    text, where = planted
    doc = keywords(text)
    found = [(e.start, e.end, e.type) for e in doc.entities]
    found += [(v.trigger.start, v.trigger.end, v.type) for v in doc.events]
    assert set(where) <= set(found)
    for start, end, kind in found:
        assert PLANTED[plain(text[start:end])] == kind
    for event in doc.events:
        for argument in event.arguments:
            filler = doc.entity(argument.entity)
            assert plain(doc.span_text(filler)) in PLANTED
