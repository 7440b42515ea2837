"""The extractor resolves what it finds, and finds the same without it."""

import subprocess
import sys
from dataclasses import replace

import pytest

from arabic_ie import Extractor
from arabic_ie.errors import InputError

TEXTS = ["قصفت طائرات مواقع قرب البوكمال أمس", "أعلن التحالف مقتل ثلاثة مدنيين في بغداد", ""]
DATE = "2020-01-07"


def without(doc):
    entities = tuple(replace(e, value=None) for e in doc.entities)
    events = tuple(replace(v, counts=(), source=None, certainty=None) for v in doc.events)
    return replace(doc, entities=entities, events=events, clusters=(), incidents=(), meta={}, warnings=())


def test_the_same_spans_and_frames_with_and_without(random_extractor):
    off = Extractor(random_extractor.model, random_extractor.tokenizer, "cpu", "float32", resolve=False)
    plain = off(TEXTS, date=DATE)
    found = random_extractor(TEXTS, date=DATE)
    assert [without(d) for d in found] == [without(d) for d in plain]
    assert all(d == without(d) for d in plain)
    assert any(d.clusters or d.incidents for d in found)


def test_one_date_or_one_for_each(random_extractor):
    dates = ["2020-01-07", None, "2021-05-01"]
    assert [d.meta.get("date") for d in random_extractor(TEXTS, date=dates)] == dates
    assert random_extractor(TEXTS[0], date=DATE).meta == {"date": DATE}
    with pytest.raises(InputError, match="fewer dates"):
        random_extractor(TEXTS, date=dates[:2])
    with pytest.raises(InputError, match="2020-01-07"):
        random_extractor(TEXTS[0], date="yesterday")


def test_parts_are_checked_at_once(random_extractor):
    with pytest.raises(InputError, match="weather"):
        Extractor(random_extractor.model, random_extractor.tokenizer, resolve=["weather"])


def test_the_gazetteer_is_checked_at_once(random_extractor):
    with pytest.raises(InputError, match=r"Gazetteer.load\('mine.csv'\)"):
        Extractor(random_extractor.model, random_extractor.tokenizer, gazetteer="mine.csv")


def test_the_command_writes_a_table_of_incidents(random_extractor, tmp_path):
    random_extractor.save_pretrained(tmp_path / "model")
    (tmp_path / "a.txt").write_text(TEXTS[0], encoding="utf-8")
    command = [sys.executable, "-m", "arabic_ie.cli", "extract", str(tmp_path / "a.txt")]
    table = tmp_path / "out.csv"
    options = ["--model", str(tmp_path / "model"), "--date", DATE, "--table", str(table)]
    done = subprocess.run([*command, *options], capture_output=True)
    assert done.returncode == 0, done.stderr
    assert table.read_text(encoding="utf-8-sig").startswith("doc_id,id,type,realis,date")
    assert done.stdout == b""
