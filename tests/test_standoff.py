"""Annotations of texts that are not ours: kept without the text, joined to it again, or refused."""

import gzip
import json
import zipfile
from dataclasses import replace

import pytest

from arabic_ie import Schema, read
from arabic_ie.errors import ConfigError, FormatError
from training import standoff


@pytest.fixture
def corpus(seed_docs):
    """Sentences under names of the raw corpora, and the documents that mark them."""
    docs = [replace(doc, id=f"ntrex-{i}") for i, doc in enumerate(seed_docs)]
    return {doc.id: doc.text for doc in docs}, docs


def _written(rows, path):
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def test_stripped_rows_hold_no_text_and_join_to_the_same_marks(corpus, tmp_path):
    sentences, docs = corpus
    rows = list(standoff.strip(docs))
    assert {key for row in rows for key in row} == {"id", "digest", "entities", "events"}
    assert not any("\u0600" <= c <= "\u06ff" for c in json.dumps(rows, ensure_ascii=False))
    joined = standoff.join(_written(rows, tmp_path / "a.jsonl"), sentences)
    assert [d.text for d in joined] == [d.text for d in docs]
    assert [d.entities for d in joined] == [d.entities for d in docs]
    assert [d.events for d in joined] == [d.events for d in docs]


def test_another_text_is_refused_by_file_and_line(corpus, tmp_path):
    sentences, docs = corpus
    path = _written(standoff.strip(docs), tmp_path / "a.jsonl")
    with pytest.raises(FormatError, match=r"a.jsonl:3: sentence ntrex-2 has another text"):
        standoff.join(path, {**sentences, "ntrex-2": sentences["ntrex-2"] + " ."})
    with pytest.raises(FormatError, match=r"a.jsonl:1: sentence ntrex-0 is missing"):
        standoff.join(path, {})
    path.write_text("{}\n")
    with pytest.raises(FormatError, match=r"a.jsonl:1: not a row"):
        standoff.join(path, sentences)


def test_sentences_are_looked_up_by_number_name_or_day_and_span(tmp_path):
    (tmp_path / "anercorp").mkdir()
    (tmp_path / "ntrex_arb").mkdir()
    (tmp_path / "saudinewsnet").mkdir()
    (tmp_path / "ud_arabic_pud").mkdir()
    (tmp_path / "fane_gold").mkdir()
    with gzip.open(tmp_path / "fane_gold" / "WikiFANE_gold.gz", "wt", encoding="utf-8") as out:
        out.write("نهر\tO\n\nو\tO\nدخل\tO\nجوبا\tB-Population-Center\n")
    tree = "# sent_id = n01\n# text = عاد أمس.\n1\tعاد\n\n# sent_id = w02\n# text = نهر\n1\tنهر\n\n"
    with gzip.open(tmp_path / "ud_arabic_pud" / "ar_pud-ud-test.conllu.gz", "wt", encoding="utf-8") as out:
        out.write(tree)
    (tmp_path / "anercorp" / "ANERCorp_CamelLab_train.txt").write_text("بغداد B-LOC\n", encoding="utf-8")
    (tmp_path / "ntrex_arb" / "newstest2019-ref.arb.txt").write_text("قصف.\n", encoding="utf-8")
    with zipfile.ZipFile(tmp_path / "saudinewsnet" / "2015-08-01.zip", "w") as archive:
        archive.writestr("2015-08-01.json", json.dumps([{"content": "أولا. ثانيا."}]))
    sentences = standoff.raw_sentences(tmp_path)
    assert sentences["anercorp-train-0"] == "بغداد" and sentences["ntrex-0"] == "قصف."
    assert sentences["pud-n01"] == "عاد أمس." and sentences["pud-w02"] == "نهر"
    assert sentences["saudi-2015-08-01-0-6-12"] == "ثانيا."
    assert sentences["wikifane-1"] == "ودخل جوبا"
    for unknown in ("saudi-2015-08-01-1-0-5", "pud-1", "wikifane-2"):
        with pytest.raises(KeyError):
            sentences[unknown]
    with pytest.raises(ConfigError, match=r"2015-08-02.zip.*--root"):
        sentences["saudi-2015-08-02-0-0-5"]


def test_without_the_raw_corpora(tmp_path, capsys):
    with pytest.raises(ConfigError, match="--root"):
        standoff.raw_sentences(tmp_path)
    assert standoff.main(["join", str(tmp_path / "out.jsonl"), "--root", str(tmp_path)]) == 2
    assert "--root" in capsys.readouterr().err and not (tmp_path / "out.jsonl").exists()


def test_our_annotations_join_and_fit_the_schema(tmp_path):
    if not standoff.DATA.is_dir():
        pytest.skip("needs the raw corpora of ../shared/data")
    out = tmp_path / "annotations.jsonl"
    assert standoff.main(["join", str(out)]) == 0
    schema, docs = Schema.load(), list(read(out))
    for doc in docs:
        schema.check(doc)
    assert len({d.id for d in docs}) == len(docs) == 57964
    assert standoff.main(["strip", str(out), str(tmp_path / "again.jsonl")]) == 0
    kept = {line for file in standoff.FOLDER.glob("*.jsonl") for line in file.read_text().splitlines()}
    assert set((tmp_path / "again.jsonl").read_text().splitlines()) == kept


def test_a_corpus_is_left_out(tmp_path):
    if not standoff.DATA.is_dir():
        pytest.skip("needs the raw corpora of ../shared/data")
    out = tmp_path / "out.jsonl"
    assert standoff.main(["join", str(out), "--without", "saudinewsnet", "pud"]) == 0
    assert {doc.extra["source"] for doc in read(out)} == {"ANERcorp", "NTREX-128", "WikiFANE"}
