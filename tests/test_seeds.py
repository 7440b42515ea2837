"""The annotated sentences of our own: what every one of them must be."""

import json
from pathlib import Path

from arabic_ie import Schema
from arabic_ie.checks import check_files
from training.corpora import letters

FILES = ["original.jsonl", "original-more.jsonl", "original-news.jsonl"]


def test_marks_are_whole_words_of_the_schema():
    """No unknown name, no cut word, no overlap, no text in two files: what ``arabic-ie check-data`` refuses."""
    report = check_files([Path("seeds", name) for name in FILES], Schema.load())
    assert report.usable and report.documents > 6000, str(report)


def test_ids_and_texts_are_there_once():
    texts = [Path(f"seeds/{name}").read_text(encoding="utf-8") for name in FILES]
    rows = [json.loads(line) for text in texts for line in text.splitlines()]
    assert len({row["id"] for row in rows}) == len(rows)
    assert len({letters(row["text"]) for row in rows}) == len(rows)
    assert all(row["id"].startswith("orig-") for row in rows)
