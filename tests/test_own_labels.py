"""Training with a user's own labels, on tiny settings: entities only, events without roles."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from arabic_ie import Document, Extractor, Schema, write
from arabic_ie.checks import check_files
from training.train import train

ENTITIES_ONLY = "name: names\nentities: [شخص, Place Name]\n"
NO_ROLES = "name: flat\nentities: [شخص, Place Name]\nevents: {هجوم: [], Talk: []}\n"


def relabel(doc: Document, events: bool) -> Document:
    kinds = {"PER": "شخص", "GPE": "Place Name"}
    entities = tuple(replace(e, type=kinds[e.type]) for e in doc.entities if e.type in kinds)
    names = {"Conflict.Attack": "هجوم", "Contact.Statement": "Talk"}
    kept = [v for v in doc.events if events and v.type in names]
    return replace(
        doc, entities=entities, events=tuple(replace(v, type=names[v.type], arguments=()) for v in kept)
    )


@pytest.mark.parametrize(("text", "events"), [(ENTITIES_ONLY, False), (NO_ROLES, True)])
def test_own_schema_from_check_to_folder(
    text: str, events: bool, seed_docs: list[Document], encoder_folder: Path, tmp_path: Path
) -> None:
    schema_file, data = tmp_path / "own.yaml", tmp_path / "own.jsonl"
    schema_file.write_text(text, encoding="utf-8")
    schema = Schema.load(schema_file)
    write([relabel(d, events) for d in seed_docs[:8]], data)
    report = check_files([data], schema)
    assert report.usable and not report.counts["roles"] and bool(report.counts["events"]) == events
    best = train(
        "configs/tiny.yaml",
        False,
        [f"schema={schema_file}", f"encoder={encoder_folder}", f"data.train=[{data}]", f"data.dev=[{data}]",
         f"training.output_dir={tmp_path / 'out'}", "training.num_train_epochs=1"],
    )  # fmt: skip
    extractor = Extractor.from_pretrained(best, device="cpu")
    assert extractor.schema == schema
    doc = extractor(seed_docs[0].text)
    schema.check(doc)
    assert all(not v.arguments for v in doc.events)
    # The shipped checkpoint is opened in the same way: the encoder goes on, with heads of other labels.
    again = train(
        "configs/tiny.yaml",
        False,
        [f"encoder={best}", f"data.train=[{Path('seeds/seed.jsonl')}]", f"data.dev=[{Path('seeds/seed.jsonl')}]",
         f"training.output_dir={tmp_path / 'news'}", "training.max_steps=1"],
    )  # fmt: skip
    assert Extractor.from_pretrained(again, device="cpu").schema == Schema.load()
