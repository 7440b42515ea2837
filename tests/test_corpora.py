"""Third-party corpora: exact spans, joined clitics, mapped labels, no test text; on text written here."""

import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arabic_ie import Document, Entity, Schema, read
from arabic_ie.errors import ConfigError, FormatError
from training.corpora import (
    CORPORA,
    DATA,
    Overlap,
    columns,
    join_clitics,
    letters,
    load,
    near_duplicates,
    outermost,
)
from training.corpora.__main__ import main
from training.corpora.agreement import compare, table
from training.corpora.columns import Originals, build
from training.corpora.gsr import Coded, locate, read_detection
from training.corpora.mapping import CERTAIN, TABLES, translate

TRAIN = (
    "زار O\nالوزيرُ O\nأحمد B-PERS\nسالم I-PERS\nبيروت B-LOC\n. O\n\nغادر O\nسامي I-PERS\n\n"
    "تحطمت O\nسفينة O\nفي O\nبحيرة O\nطبريا B-LOC\nوقرب O\nالناقورة B-LOC\n"
)
TEST = "هذه O\nجملة O\nطويلة O\nمن O\nجزء O\nالاختبار O\nلا O\nيجوز O\nأن O\nيتعلم O\nمنها O\nأحد B-PERS\n"
FANE = (
    "‎زار O\nالوزير O\nاحمد B-Politician\nسالم I-Politician\nبيروت B-Population-Center\n. O\n\n"
    "و O\nبيروت\tB-Population-Center\nد B-Media\nب I-Media\nا I-Media\n\n"
)
TML = (
    '<?xml version="1.0"?>\n<TimeML>\n﻿وصل <TIMEX3 tid="t1" type="DATE" value="2015-12-22">أمس '
    '<TIMEX3 tid="t2" type="TIME" value="T10:00">صباحا </TIMEX3></TIMEX3>وغادر &amp; عاد</TimeML>'
)
GSR_TEXT = "هاجم مسلحون ملثمون أمس مقر الشرطة، وقتلوا «ضابطا» في الشرطة."


def coder(verb, source, target):
    return {"verb": verb, "source_actor": source, "target_actor": target, "source_role": {}}


SPANS = [
    {
        "source": "x1",
        "text": GSR_TEXT,
        "event_type": "ASSAULT",
        "spans": [
            coder(["هاجم"], ["مسلحون", "ملثمون"], ["مقر", "الشرطة"]),
            coder(["هاجم"], ["مسلحون"], ["مقر", "الشرطة"]),
            coder(["وقتلوا"], ["مسلحون", "ملثمون"], ["ضابطا"]),
        ],
    },
    {"source": "x2", "text": "لا اتفاق", "event_type": "ASSAULT", "spans": [coder([], [], [])]},
]


@pytest.fixture
def raw(tmp_path):
    def put(name, text):
        path = tmp_path / "raw" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode("utf-8-sig"))

    put("anercorp/ANERCorp_CamelLab_train.txt", TRAIN)
    put("anercorp/ANERCorp_CamelLab_test.txt", TEST.replace("هذه O", "زار O"))
    put("anercorp/test_first_words_restored.txt", TEST)
    copy = TEST.replace("أن", "ان").replace("منها O", "من O\nها O").replace("أحد B-PERS", "احد B-Artist")
    put("fane_gold/NewsFANE_Gold.txt.gz", FANE + copy)
    put(
        "fane_gold/WikiFANE_Gold.txt.gz",
        "نهر O\nالنيل B-Water-Body\n\nقال O\nالرئيس B-Politician\nسامي I-Politician\n",
    )
    put("wojood_sample/train.txt", "رئيس B-OCC\nجامعة I-OCC B-ORG\nبيرزيت I-OCC I-ORG B-GPE\n$#$ O\n")
    put("aqmar/topcoder_train.txt", "الذرة B-MIS\nفي O\nباريس B-LOC\n")
    mentions = [{"text": "حلب", "type": "CITY", "startIdx": a, "endIdx": a + 3} for a in (6, 6)] + [
        {"text": "#إدلب", "type": "CITY", "startIdx": 14, "endIdx": 19}
    ]
    tweet = {"tweet_id": "1", "text": "🔥 في حلب وحلب #إدلب", "location_mentions": mentions}
    put("idrisi_r_ar/gold-random-json/a.train.jsonl", json.dumps(tweet))
    put("timex_ar_news/doc1.tml", TML)
    put("arabic_event_gsr/assault_spans.json", json.dumps(SPANS))
    put("arabic_event_gsr/protest_spans.json", "[]")
    header = ",accept,event_type,id,label,reject,text,total\n"
    put("arabic_event_gsr/assault_gsr.csv", header + f'0,3,ASSAULT,x1,yes,0,"{GSR_TEXT}",3\n')
    put("arabic_event_gsr/protest_gsr.csv", header + "0,0,PROTEST,y1,easy no,3,نص,3\n")
    for name in ("assault_spans.json", "protest_spans.json", "assault_gsr.csv", "protest_gsr.csv"):
        path = tmp_path / "raw/arabic_event_gsr" / name
        path.write_bytes(path.read_bytes().removeprefix(b"\xef\xbb\xbf"))
    return tmp_path / "raw"


def spans(doc):
    return [(e.type, doc.span_text(e)) for e in doc.entities]


def test_own_labels_and_what_is_annotated(raw):
    first, second, _ = load("anercorp", root=raw, labels="own")
    assert first.text == "زار الوزيرُ أحمد سالم بيروت ."
    assert spans(first) == [("aner:PERS", "أحمد سالم"), ("aner:LOC", "بيروت")]
    assert spans(second) == [("aner:PERS", "سامي")], "a stray I begins a span"
    assert first.meta["annotates"] == {"entities": ["aner:LOC", "aner:PERS"], "events": []}
    (wojood,) = load("wojood", root=raw, labels="own")
    assert spans(wojood) == [("wojood:OCC", "رئيس جامعة بيرزيت")]
    assert spans(load("aqmar", root=raw, labels="own")[0]) == [("aqmar:LOC", "باريس")]


def test_labels_of_our_schema(raw):
    first, _, third = load("anercorp", root=raw)
    assert spans(first) == [("PER", "أحمد سالم"), ("GPE|LOC|FAC", "بيروت")]
    assert first.meta["annotates"] == {"entities": ["GPE"], "events": []}
    assert spans(third) == [("GPE|LOC|FAC", "الناقورة")], "ours would be the lake, not its name"
    assert third.meta["annotates"]["entities"] == [], "so its words may be a place"
    assert spans(load("wojood", root=raw)[0]) == [("ORG|GPE|FAC", "جامعة بيرزيت")], "inside the post"
    river, person = load("wikifane", root=raw)
    assert spans(river) == [] and spans(person) == [("PER", "سامي")], "a title is left out"
    (time,) = load("timex", "test", raw)
    assert spans(time)[1] == ("DATE", "صباحا") and time.entities[0].value == "2015-12-22"
    assert "&" in time.text and "\ufeff" not in time.text


def test_labels_of_newsfane_stand_on_the_words_of_anercorp(raw):
    first, second, _ = load("newsfane", root=raw)
    assert first.text == "زار الوزيرُ أحمد سالم بيروت .", "hamzas and marks as in the original"
    assert spans(first) == [("PER", "أحمد سالم"), ("GPE|LOC|FAC", "بيروت")]
    assert spans(second) == [("GPE|LOC|FAC", "وبيروت"), ("ORG", "د ب ا")]


def test_repeated_mentions_and_hash_marks_of_tweets(raw):
    (tweet,) = load("idrisi", root=raw)
    assert spans(tweet) == [("GPE", "حلب"), ("GPE", "حلب"), ("GPE", "إدلب")]
    assert tweet.entities[0].start != tweet.entities[1].start


def test_coded_spans_are_found_again_and_agreed_by_vote(raw):
    (doc,) = load("gsr", "spans", raw)
    event = doc.events[0]
    assert (event.type, doc.span_text(event.trigger)) == ("Conflict.Attack", "هاجم")
    filled = {a.role: doc.span_text(doc.entity(a.entity)) for a in event.arguments}
    assert filled == {"Attacker": "مسلحون ملثمون", "Target": "مقر الشرطة"}
    assert [(d.kind, d.label) for d in read_detection(raw)] == [("ASSAULT", "yes"), ("PROTEST", "easy no")]


def test_words_are_located_in_order_and_tightly():
    text = "في بلدة قرب بلدة حدودية في الشمال"
    assert [text[a:b] for a, b in locate(text, ["بلدة", "حدودية"])] == ["بلدة", "حدودية"]
    assert locate(text, ["بلدة", "حدودية"])[0][0] == 12, "the nearer of the two"
    assert locate("كتب", ["لا"]) == [] and locate("كتب", []) == []
    mixed = Coded("1", text, "ASSAULT", ({"verb": [(0, 2)]}, {"verb": []}, {"verb": []}))
    assert mixed.agreed("verb") == [], "most coders marked nothing"


@pytest.mark.parametrize(
    ("tokens", "joined"),
    [
        ("و بيروت", "وبيروت"),
        ("ل الشمال", "للشمال"),
        ("عاصمة ها", "عاصمتها"),
        ("ف ان ه قال ل ها", "فانه قال لها"),
        ("و ك ما قال", "وكما قال"),
        ("وجه ك نحو", "وجهك نحو"),
        ("العرب هم اول", "العرب هم اول"),
        ("رحلات هم", "رحلاتهم"),
        ("عام 1420 ه", "عام 1420 ه"),
        ("( د ب ا )", "( د ب ا )"),
        ("و 27 وحدة", "و 27 وحدة"),
        ("و", "و"),
    ],
)
def test_clitics_are_joined_where_that_is_certain(tokens, joined):
    assert " ".join(w for w, _ in join_clitics([(t, "O") for t in tokens.split()])) == joined


def test_joined_words_keep_the_tag():
    assert join_clitics([("ل", "O"), ("بيروت", "B-X"), ("ها", "O"), ("و", "O")]) == [
        ("لبيروتها", "B-X"),
        ("و", "O"),
    ]
    assert join_clitics([("ب", "B-X"), ("سم", "I-X")]) == [("بسم", "B-X")]


WORD = st.text("وفبلكسهاينمرتجد.", min_size=1, max_size=5)
TAG = st.sampled_from(["O", "B-X", "I-X", "B-Y"])


@given(st.lists(st.tuples(WORD, TAG), max_size=12))
def test_joining_loses_no_letters_and_invents_no_tag(sentence):
    joined = join_clitics(sentence)
    key = lambda tokens: "".join(w for w, _ in tokens).replace("لل", "لال").replace("لالل", "لال")
    assert len(key(joined)) <= len(key(sentence)) + len(sentence)
    assert len(joined) <= len(sentence)
    assert {t for _, t in joined} <= {t for _, t in sentence}


@given(st.lists(WORD, min_size=1, max_size=10), st.data())
def test_built_spans_are_the_words(words, data):
    first = data.draw(st.integers(0, len(words) - 1))
    end = data.draw(st.integers(first + 1, len(words)))
    doc = build(words, [(first, end, "X")], "d")
    wanted = " ".join(words[first:end]).strip(". ")
    assert [doc.span_text(e) for e in doc.entities] == ([wanted] if wanted else [])


def test_originals_need_whole_words():
    originals = Originals([["(", "أعلن", "الناطقُ", "باسمها", ")"], ["أمس", "."]])
    words, touched = originals.find(["اعلن", "الناطق", "ب", "اسم", "ها"])
    assert words == ["(", "أعلن", "الناطقُ", "باسمها", ")"], "with the marks of its sentence"
    assert touched == [(1, 2), (2, 3), (3, 4), (3, 4), (3, 4)]
    assert originals.find(["علن", "الناطق", "باسمها"]) is None
    assert originals.find(["اعلن"]) is None, "too short to be sure"


def test_nesting():
    nested = [("أ", "B-A"), ("ب", "I-A B-B"), ("ج", "B-B")]
    assert outermost(nested) == [("أ", "B-A"), ("ب", "I-A"), ("ج", "B-B")]
    assert outermost(nested, {"B"}) == [("أ", "O"), ("ب", "B-B"), ("ج", "B-B")]


def test_copies_are_found_whatever_their_spelling():
    text = "قال الناطق إن الفرق ستبدأ أعمال الصيانة في المدينة القديمة غدا صباحا"
    known = Overlap([text, "خبر قصير جدا هنا"])
    assert text.replace("إ", "ا").replace("ة", "ه") in known
    assert f"وأضاف التقرير: {text}، بحسب المصدر" in known
    assert "خبر قصير جدا، هنا!" in known and "خبر قصير" not in known
    assert "." not in known and "" not in known, "marks alone are no copy"
    edited = text.replace("غدا", "بعد غد")
    assert near_duplicates([edited, "لا شيء مشترك بينهما"], [text]) == [(0, 0, pytest.approx(0.8, abs=0.11))]


@given(st.text("ابتجدرسن \n.،", max_size=80))
def test_a_text_overlaps_itself(text):
    assert (text in Overlap([text])) == bool(letters(text))


def test_export_leaves_out_test_and_gold_sentences(raw, tmp_path, capsys):
    gold = tmp_path / "gold.jsonl"
    gold.write_text(json.dumps({"text": "زار الوزير أحمد سالم بيروت", "id": "g"}) + "\n")
    out = tmp_path / "out"
    arguments = ["export", str(out), "--data", str(raw), "--held-out", "seeds/seed.jsonl"]
    assert main([*arguments, "--covered", str(gold)]) == 0
    assert [d.text for d in read(out / "newsfane.jsonl")] == ["وبيروت د ب ا"]
    assert not (out / "timex.jsonl").exists() and not (out / "gsr.jsonl").exists(), "they are benchmarks"
    counts = next(row for row in capsys.readouterr().out.splitlines() if row.startswith("newsfane")).split()
    assert counts[1:] == ["1", "2", "1", "1", "0"]
    schema = Schema.load()
    for path in out.glob("*.jsonl"):
        for doc in read(path):
            schema.check(doc)
    assert main([*arguments, "--covered", str(gold), "--only", "nothing"]) == 2
    assert "no corpus 'nothing'" in capsys.readouterr().err


def test_unknown_names_and_broken_files_are_refused(raw, tmp_path):
    with pytest.raises(ConfigError, match="no corpus 'x'"):
        load("x", root=raw)
    with pytest.raises(ConfigError, match="no part 'dev'; it has train"):
        load("anercorp", "dev", raw)
    with pytest.raises(ConfigError, match="cannot read anercorp"):
        load("anercorp", root=tmp_path / "nowhere")
    with pytest.raises(ConfigError, match="no files of wikifane"):
        load("wikifane", root=tmp_path / "nowhere")
    with pytest.raises(ConfigError, match="labels must be"):
        load("aqmar", root=raw, labels="both")
    for name, text in (
        ("timex_ar_news/doc1.tml", "<a>"),
        ("idrisi_r_ar/gold-random-json/a.train.jsonl", "{}"),
    ):
        (raw / name).write_text(text)
        with pytest.raises(FormatError, match="not a"):
            load(name.split("_")[0], "test" if "timex" in name else "train", raw)
    (raw / "arabic_event_gsr/assault_spans.json").write_text("[{}]")
    with pytest.raises(FormatError, match="coded spans"):
        load("gsr", "spans", raw)


def test_tables_name_types_of_the_schema():
    known = set(Schema.load().entities)
    for source in TABLES.values():
        assert {t for target in source.values() for t in target.split("|")} <= known
    assert set(CERTAIN) == set(CORPORA) and {t for types in CERTAIN.values() for t in types} <= known


def test_agreement_counts_types_edges_and_what_is_unmarked():
    text = "زار أحمد سالم بيروت ثم دمشق"
    foreign = Document(text, (Entity(4, 13, "aner:PERS", "E1"), Entity(14, 19, "aner:LOC", "E2")), id="f")
    gold = Document(
        text, (Entity(4, 8, "PER", "E1"), Entity(14, 19, "GPE", "E2"), Entity(23, 27, "GPE", "E3")), id="g"
    )
    sentences, rows, covered = compare("anercorp", [foreign], [gold])
    assert sentences == 1 and covered == {"GPE": (2, 1), "PER": (1, 1)}
    assert rows["LOC"].share() == 100 and (rows["PERS"].share(), rows["PERS"].share(False)) == (0, 100)
    assert "| PERS | PER | 1 | 0 | 100 |  | PER 1 | 0 |" in table(rows)
    assert translate(foreign, "anercorp").entities[1].type == "GPE|LOC|FAC"


@pytest.mark.skipif(not DATA.is_dir(), reason="the raw corpora (../shared/data/raw) are not here")
def test_counts_of_the_real_files():
    """As DATASETS.md has them; B tags, and stray I tags beside."""
    docs = load("anercorp", "train", labels="own")
    assert len(docs) == 3973 and 8961 <= sum(len(d.entities) for d in docs) <= 9010
    assert len(load("anercorp", "restored")) == 918 and len(load("timex", "test")) == 50
    assert sum(len(d.entities) for d in load("timex", "test")) == 283
    assert len(list(columns(DATA / "wojood_sample/train.txt"))) == 1114
