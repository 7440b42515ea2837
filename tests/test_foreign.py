"""Loaders of third-party corpora, on files of their form written here."""

import gzip
import json

import pytest

from arabic_ie import read
from arabic_ie.errors import ConfigError
from training.foreign import Overlap, columns, export, join_proclitics, load, outermost
from training.train import restrict, widen

TRAIN = "زار O\nالوزير O\nأحمد B-PERS\nسالم I-PERS\nبيروت B-LOC\n\nغادر O\nسامي I-PERS\n"
TEST = "هذه O\nجملة O\nطويلة O\nمن O\nجزء O\nالاختبار O\nلا O\nيجوز O\nأن O\nيتعلم O\nمنها O\nأحد B-PERS\n"


@pytest.fixture
def raw(tmp_path):
    def put(name, text):
        path = tmp_path / "raw" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode("utf-8-sig"))

    put("anercorp/ANERCorp_CamelLab_train.txt", TRAIN)
    put("anercorp/ANERCorp_CamelLab_test.txt", TEST)
    # NewsFANE: the same text as the test part, hamza folded, clitics split off, marks in the tokens
    copy = "\u200e" + TEST.replace("أن", "ان").replace("أحد", "احد").replace("B-PERS", "B-Artist")
    put(
        "fane_gold/NewsFANE_Gold.txt.gz",
        copy + "\n\nو O\r\nبيروت\tB-City\r\nد B-Media\nب I-Media\nا I-Media\n",
    )
    put("fane_gold/WikiFANE_Gold.txt.gz", "نهر O\nالنيل B-Water-Body\n")
    put("wojood_sample/train.txt", "رئيس B-OCC\nجامعة I-OCC B-ORG\nبيرزيت I-OCC I-ORG\n$#$ O\n")
    put("aqmar/topcoder_train.txt", "الذرة B-MIS\nفي O\nباريس B-LOC\n")
    tweet = '{"tweet_id": "1", "text": "🔥 في حلب", "location_mentions": [%s]}'
    right, wrong = (json.dumps({"text": "حلب", "startIdx": a, "endIdx": b}) for a, b in ((5, 8), (6, 9)))
    put("idrisi_r_ar/gold-random-json/a.train.jsonl", f"{tweet % right}\n{tweet % wrong}\n")
    return tmp_path / "raw"


def spans(doc):
    return [(e.type, doc.span_text(e)) for e in doc.entities]


def test_spans_and_what_is_annotated(raw):
    first, second = load("anercorp", raw)
    assert spans(first) == [("aner:PERS", "أحمد سالم"), ("aner:LOC", "بيروت")]
    assert spans(second) == [("aner:PERS", "سامي")], "a stray I begins a span"
    assert first.meta == {"annotates": {"entities": ["aner:LOC", "aner:PERS"], "events": []}}
    _, news = load("newsfane", raw)
    assert spans(news) == [("fane:City", "وبيروت"), ("fane:Media", "د ب ا")]
    assert spans(load("wojood", raw)[0]) == [("wojood:OCC", "رئيس جامعة بيرزيت")]
    assert spans(load("aqmar", raw)[0]) == [("aqmar:LOC", "باريس")]
    (tweet,) = load("idrisi", raw)
    assert spans(tweet) == [("idrisi:LOC", "حلب")], "the tweet with wrong offsets is left out"


def test_copies_of_test_sentences_are_dropped_whatever_their_spelling(raw):
    overlap = Overlap(
        [" ".join(w for w, _ in s) for s in columns(raw / "anercorp/ANERCorp_CamelLab_test.txt")]
    )
    copy, news = load("newsfane", raw)
    assert copy.text in overlap and news.text not in overlap
    assert f"وقال إن {copy.text}" in overlap, "a copy inside a longer sentence"


def test_export_writes_each_corpus(raw, tmp_path):
    (raw / "fane_gold/WikiFANE_Gold.txt.gz").write_bytes(
        gzip.compress("ماء O\nالنيل B-Water-Body\n".encode())
    )
    table = export(raw, tmp_path / "out", [])
    assert [d.text for d in read(tmp_path / "out" / "newsfane.jsonl")] == ["وبيروت د ب ا"]
    assert "newsfane           1         2        1" in table


def test_unknown_names_and_missing_files_are_refused(tmp_path):
    with pytest.raises(ConfigError, match="no corpus 'x'"):
        load("x", tmp_path)
    with pytest.raises(ConfigError, match="no files of wojood"):
        load("wojood", tmp_path)


def test_proclitics_and_nesting():
    assert join_proclitics([("ل", "O"), ("بيروت", "B-X"), ("و", "O")]) == [("لبيروت", "B-X"), ("و", "O")]
    assert outermost([("أ", "B-A"), ("ب", "I-A B-B"), ("ج", "B-B")]) == [
        ("أ", "B-A"), ("ب", "I-A"), ("ج", "B-B"),
    ]  # fmt: skip


def test_a_widened_model_gives_back_the_narrow_one(random_extractor, raw):
    import torch

    from arabic_ie import IEConfig, IEModel

    schema = random_extractor.schema
    wide = widen(schema, load("anercorp", raw))
    assert wide.entities == (*schema.entities, "aner:LOC", "aner:PERS")
    config = IEConfig.from_dict({**random_extractor.config.to_dict(), "schema": wide.to_dict()})
    model = IEModel(config).eval()
    narrow = restrict(model, schema).eval()
    ids = torch.tensor([[2, 10, 11, 3]])
    first = torch.tensor([[1, 2]])
    with torch.no_grad():
        a, b = (m(ids, torch.ones_like(ids), first, first) for m in (model, narrow))
    assert torch.equal(a.entity_logits[..., : b.entity_logits.shape[-1]], b.entity_logits)
    assert torch.equal(a.trigger_logits, b.trigger_logits)
    spans = torch.tensor([[[0, 0, 1]]])
    assert torch.equal(model.link(a.first, a.last, spans, spans), narrow.link(b.first, b.last, spans, spans))
