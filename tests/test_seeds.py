"""The annotated sentences of our own: what every one of them must be."""

import json
from pathlib import Path

import pytest

from arabic_ie import Schema, read
from training.corpora import letters

FILES = ["original.jsonl", "original-more.jsonl", "original-news.jsonl"]


@pytest.mark.parametrize("name", FILES)
def test_marks_are_whole_words_of_the_schema(name):
    schema = Schema.load()
    for doc in read(f"seeds/{name}"):
        schema.check(doc)
        for span in [*doc.entities, *(v.trigger for v in doc.events)]:
            text = doc.text[span.start : span.end]
            assert text == text.strip() and text, (doc.id, text)
            edges = doc.text[span.start - 1 : span.start] + doc.text[span.end : span.end + 1]
            assert not any(char.isalnum() for char in edges), (doc.id, text)
        spans = sorted((e.start, e.end) for e in doc.entities)
        assert all(a[1] <= b[0] for a, b in zip(spans, spans[1:], strict=False)), doc.id


def test_ids_and_texts_are_there_once():
    texts = [Path(f"seeds/{name}").read_text(encoding="utf-8") for name in FILES]
    rows = [json.loads(line) for text in texts for line in text.splitlines()]
    assert len({row["id"] for row in rows}) == len(rows)
    assert len({letters(row["text"]) for row in rows}) == len(rows)
    assert all(row["id"].startswith("orig-") for row in rows)
