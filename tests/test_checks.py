"""check-data: what it counts, what it calls wrong, what it calls suspicious."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from arabic_ie import Argument, Document, Entity, Event, Schema, Trigger, write
from arabic_ie.checks import FATAL, Report, check_data, check_files

TEXT = "وصل الوفد إلى بغداد"
TWO = "وصل الوفد إلى بغداد. ثم عاد"
SCHEMA = Schema(
    "own",
    ("PER", "ORG", "GPE"),
    {"Move": {"Agent": ("PER", "ORG"), "Place": ("GPE",)}, "Deal": {"Buyer": ("ORG",), "Seller": ("ORG",)}},
)


def kinds(*docs: Document, schema: Schema = SCHEMA) -> list[str]:
    return [i.kind for i in check_data(docs, schema).issues if i.kind != "rare"]


def move(*arguments: Argument, kind: str = "Move") -> tuple[Event, ...]:
    return (Event(kind, Trigger(0, 3), arguments=arguments, id="T1"),)


GROUP, CITY = Entity(4, 9, "ORG", "E1"), Entity(14, 19, "GPE", "E2")


def test_good_data_has_no_fatal_issue(seed_docs: list[Document]) -> None:
    report = check_data(seed_docs, Schema.load())
    assert report.usable and report.documents == 19 and report.counts["events"]["Conflict.Attack"] == 18
    assert sum(report.counts["roles"].values()) == sum(len(v.arguments) for d in seed_docs for v in d.events)
    assert "Conflict.Attack" in str(report) and "0 errors" in str(report)


@pytest.mark.parametrize(
    ("kind", "doc"),
    [
        ("not whole words", Document(TEXT, (Entity(5, 9, "ORG", "E1"),))),
        ("not whole words", Document(TEXT, (Entity(3, 9, "ORG", "E1"),))),  # begins with a space
        ("not whole words", Document(TEXT, (), (Event("Move", Trigger(0, 2), id="T1"),))),
        ("edge", Document("قال «الوفد» نعم", (Entity(4, 11, "ORG", "E1"),))),
        ("edge", Document("زار بغداد، ثم عاد", (Entity(4, 10, "GPE", "E1"),))),
        ("unknown", Document(TEXT, (Entity(0, 3, "CITY", "E1"),))),
        ("unknown", Document(TEXT, (), move(kind="Stay"))),
        ("unknown", Document(TEXT, (GROUP,), move(Argument("Owner", "E1")))),
        ("filler", Document(TEXT, (GROUP,), move(Argument("Place", "E1")))),
        ("overlap", Document(TEXT, (Entity(0, 9, "PER", "E1"), Entity(4, 9, "ORG", "E2")))),
        ("discontinuous", Document(TEXT, (Entity(0, 19, "PER", "E1", fragments=((0, 3), (14, 19))),))),
        ("across sentences", Document(TWO, (Entity(10, 23, "GPE", "E1"),))),
        (
            "across sentences",
            Document(
                TWO,
                (Entity(14, 19, "GPE", "E1"),),
                (Event("Move", Trigger(24, 27), arguments=(Argument("Place", "E1"),), id="T1"),),
            ),
        ),
        (
            "two roles",
            Document(
                TEXT,
                (GROUP,),
                (
                    Event(
                        "Deal",
                        Trigger(0, 3),
                        arguments=(Argument("Buyer", "E1"), Argument("Seller", "E1")),
                        id="T1",
                    ),
                ),
            ),
        ),
        ("annotates", Document(TEXT, meta={"annotates": ["PER"]})),
        ("annotates", Document(TEXT, meta={"annotates": "PER"})),
        ("annotates", Document(TEXT, meta={"annotates": {"entities": ["PER", None]}})),
        ("annotates", Document(TEXT, meta={"annotates": {"events": None}})),
        ("long", Document("كلمة " * 201)),
        ("wide", Document("كلمة " * 16, (Entity(0, 79, "ORG", "E1"),))),
        ("empty", Document(" ")),
    ],
)
def test_each_kind_of_trouble(kind: str, doc: Document) -> None:
    assert kinds(doc) == [kind]
    assert check_data([doc], SCHEMA).usable == (kind not in FATAL)


def test_percent_signs_are_no_edge_punctuation() -> None:
    assert kinds(Document("ارتفع 9.5% أمس", (Entity(6, 10, "ORG", "E1"),))) == []


def test_texts_that_repeat(tmp_path: Path) -> None:
    assert kinds(Document(TEXT), Document(TEXT)) == ["duplicate"]
    assert kinds(Document(TEXT), Document("وصَل الوفد  الى بغداد")) == ["duplicate"]  # but for spelling
    for name in ("train", "test"):
        write([Document(TEXT, id=name)], tmp_path / f"{name}.jsonl")
    report = check_files([tmp_path / "train.jsonl", tmp_path / "test.jsonl"], SCHEMA)
    (issue,) = [i for i in report.issues if i.kind == "across files"]
    assert issue.where.endswith("test.jsonl:1") and "train.jsonl:1 train" in issue.detail
    assert not report.usable and report.files == {str(tmp_path / f"{n}.jsonl"): 1 for n in ("train", "test")}


def test_every_unknown_name_is_named_with_its_line(tmp_path: Path) -> None:
    docs = [
        Document(TEXT, (Entity(0, 3, "CITY", "E1"), Entity(4, 9, "CLUB", "E2"))),
        Document("نص آخر", ()),
        Document("جاء وفد", (Entity(4, 7, "CITY", "E1"),), (Event("Stay", Trigger(0, 3), id="T1"),)),
    ]
    write(docs, tmp_path / "a.jsonl")
    report = check_files([tmp_path / "a.jsonl"], SCHEMA)
    unknown = [(i.message, i.where.rpartition(":")[2]) for i in report.issues if i.kind == "unknown"]
    assert unknown == [
        ("entity type 'CITY'", "1"), ("entity type 'CLUB'", "1"), ("entity type 'CITY'", "3"), ("event type 'Stay'", "3"),
    ]  # fmt: skip
    printed = str(report)
    assert printed.count("entity type 'CITY' (2)") == 1 and "a.jsonl:3" in printed and "4 errors" in printed


def test_one_surface_with_two_types() -> None:
    docs = [
        Document(f"{n} في بغداد", (Entity(len(f"{n} في "), len(f"{n} في بغداد"), "GPE", "E1"),))
        for n in range(20)
    ]
    odd = Document("قرب بغداد", (Entity(4, 9, "ORG", "E1"),), id="odd")
    (issue,) = [i for i in check_data([*docs, odd], SCHEMA).issues if i.kind == "mixed types"]
    assert issue.doc_id == "odd" and "GPE 20 times" in issue.message


def test_balance() -> None:
    docs = [Document(f"{n}", (Entity(0, len(f"{n}"), "PER", "E1"),)) for n in range(300)]
    docs += [Document(f"{n} س", (Entity(0, len(f"{n}"), "ORG", "E1"),)) for n in range(5)]
    issues = check_data(docs, SCHEMA).issues
    assert [i.message for i in issues if i.kind == "rare"] == ["entities: GPE has 0 mentions"]
    assert [i.message for i in issues if i.kind == "skewed"] == ["entities: from 5 to 300 mentions a type"]


def test_foreign_labels_are_known_by_their_parts() -> None:
    meta = {"annotates": {"entities": ["PER"]}}
    assert kinds(Document(TEXT, (Entity(4, 9, "ORG|GPE", "E1"),), meta=meta)) == []
    assert kinds(Document(TEXT, (Entity(4, 9, "ORG|GPE", "E1"),))) == ["unknown"]


@pytest.mark.parametrize("format", ["brat", "conll", "labelstudio", "csv"])
def test_any_format(format: str, tmp_path: Path) -> None:
    path: Any = tmp_path / {"brat": "b", "conll": "a.conll", "labelstudio": "a.json", "csv": "a.csv"}[format]
    write([Document(TEXT, (GROUP, Entity(0, 3, "CITY", "E2")), id="d")], path, format)
    report = check_files([path], SCHEMA)
    (issue,) = [i for i in report.issues if i.kind == "unknown"]
    assert str(path) in issue.where and issue.doc_id == "d"


def test_report_as_json() -> None:
    report: Report = check_data([Document(TEXT, (GROUP, CITY), move(Argument("Agent", "E1")))], SCHEMA)
    form = json.loads(json.dumps(report.to_dict(), ensure_ascii=False))
    assert form["counts"]["entities"] == {"ORG": 1, "GPE": 1} and form["usable"] and form["sentences"] == 1
