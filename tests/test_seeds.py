"""The annotated sentences of our own: what every one of them must be."""

import json
import re
from pathlib import Path

import pytest

from arabic_ie import Schema, read
from arabic_ie.checks import check_files
from training.corpora import letters

FILES = [
    "original.jsonl",
    "original-more.jsonl",
    "original-news.jsonl",
    "original-names.jsonl",
    "original-hard.jsonl",
]


def test_marks_are_whole_words_of_the_schema():
    """No unknown name, no cut word, no overlap, no text in two files: what ``arabic-ie check-data`` refuses."""
    report = check_files([Path("seeds", name) for name in FILES], Schema.load())
    assert report.usable and report.documents > 6000, str(report)


def test_ids_and_texts_are_there_once():
    texts = [Path(f"seeds/{name}").read_text(encoding="utf-8") for name in FILES]
    rows = [json.loads(line) for text in texts for line in text.splitlines()]
    assert len({row["id"] for row in rows}) == len(rows)
    assert len({letters(row["text"]) for row in rows}) == len(rows)
    assert all(re.fullmatch(r"(orig|names)-\d+-\d+", row["id"]) for row in rows)


# What a number takes with it: a unit or an age, never a counted thing.
UNITS = "عاما|سنة|متر|مترا|كيلومتر|كيلومترا|ميلا|قدما|درجة|درجات|نقطة|نقاط|هكتارا|كيلوغراما|طنا|برميل"


@pytest.mark.parametrize("name", FILES)
def test_numbers_hold_their_unit(name):
    """``130 ميلا`` is one mention: one reading throughout, or the model learns neither."""
    alone = []
    for doc in read(f"seeds/{name}"):
        for entity in doc.entities:
            word = re.match(rf" ({UNITS})\b", re.sub("[\u064b-\u0652]", "", doc.text[entity.end :]))
            if entity.type == "NUM" and word:
                alone.append(f"{doc.id}: {doc.span_text(entity)} {word[1]}")
    assert len(alone) <= 1, alone  # where the unit is a mention with something else
