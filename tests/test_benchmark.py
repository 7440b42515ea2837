"""The benchmarks: what they count, and their whole path on a tiny model."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arabic_ie import (
    Argument,
    Document,
    Entity,
    Event,
    Extractor,
    IEConfig,
    IEModel,
    Schema,
    Trigger,
    read,
    write,
)
from arabic_ie.errors import InputError
from training import benchmark
from training.benchmarks import anercorp, calibrated, external, tolerant
from training.benchmarks.leakage import run_leakage

TEXT = "هاجم مسلحون مقر الشرطة أمس في بغداد"
HELD = "قتل جندي في المدينة"
SPANS = st.lists(
    st.tuples(st.integers(0, 30), st.integers(1, 6)).map(lambda p: (p[0], p[0] + p[1])), max_size=6
)


def span(text, words):
    start = text.index(words)
    return start, start + len(words)


def event(text, kind, trigger, **roles):
    entities = tuple(Entity(*span(text, w), "ORG", f"E{i}") for i, w in enumerate(roles.values()))
    arguments = tuple(Argument(role, f"E{i}") for i, role in enumerate(roles))
    return Document(text, entities, (Event(kind, Trigger(*span(text, trigger)), "actual", arguments, "T1"),))


@given(SPANS)
def test_perfect_predictions_score_100(spans):
    for match in (tolerant.exact, tolerant.overlap):
        row = match(spans, spans)
        assert row[0] == row[1] and row[2] == row[3]
        found = tolerant.score([row], bootstrap=5)
        assert found["f1"] == pytest.approx(100.0 if spans else 0.0)


@given(SPANS, SPANS)
def test_a_tolerant_match_is_never_below_an_exact_one(gold, predicted):
    exact, near = tolerant.exact(gold, predicted), tolerant.overlap(list(set(gold)), list(set(predicted)))
    assert near[0] == exact[0] and near[2] == exact[2]
    assert near[1] >= exact[1] and near[3] >= exact[3]


def test_scores_by_hand():
    rows = [(2, 1, 4, 1), (0, 0, 0, 0), (2, 2, 1, 1)]
    found = tolerant.score(rows, bootstrap=200)
    assert (found["recall"], found["precision"]) == (75.0, 40.0)
    assert found["f1"] == pytest.approx(2 * 75 * 40 / 115)
    low, high = found["f1_interval"]
    assert low <= found["f1"] <= high
    assert tolerant.score(rows, 200) == found, "the same draws each time"
    alone = tolerant.score([tolerant.recall_row(2, 1), tolerant.recall_row(2, 2)])
    assert alone == {"recall": 75.0, "gold": 4, "gold_hit": 3}
    shown = tolerant.table({"both": found, "recall": alone}).splitlines()
    assert shown[2].split() == ["recall", "75.00", "4"]


def test_a_clitic_or_a_hash_mark_makes_no_difference():
    text = "قال يوم الثلاثاء وبغداد #حلب"
    wide = tolerant.whole_words(text, [span(text, "ثلاثاء"), span(text, "بغداد"), span(text, "حلب")])
    assert [text[a:b] for a, b in wide] == ["الثلاثاء", "وبغداد", "حلب"]
    assert tolerant.whole_words(text, wide) == wide


@pytest.fixture
def raw(tmp_path):
    folder = tmp_path / "raw"
    (folder / "arabic_event_gsr").mkdir(parents=True)
    header = ",accept,event_type,id,label,reject,text,total\n"
    lines = [(TEXT, "yes"), (HELD, "yes"), ("افتتح الوزير معرضا", "easy no"), ("لا شيء", "difficult no")]
    rows = "".join(f"{i},3,ASSAULT,x{i},{label},0,{text},3\n" for i, (text, label) in enumerate(lines))
    (folder / "arabic_event_gsr/assault_gsr.csv").write_text(header + rows, encoding="utf-8")
    (folder / "arabic_event_gsr/protest_gsr.csv").write_text(header, encoding="utf-8")
    coder = {"verb": ["هاجم"], "source_actor": ["مسلحون"], "target_actor": ["مقر", "الشرطة"]}
    none = {"verb": ["قتل"], "source_actor": [], "target_actor": ["جندي"]}
    spans = [
        {"source": "x0", "text": TEXT, "event_type": "ASSAULT", "spans": [coder, coder]},
        {"source": "x1", "text": HELD, "event_type": "ASSAULT", "spans": [none]},
    ]
    (folder / "arabic_event_gsr/assault_spans.json").write_text(json.dumps(spans), encoding="utf-8")
    (folder / "arabic_event_gsr/protest_spans.json").write_text("[]", encoding="utf-8")
    (folder / "timex_ar_news").mkdir()
    tml = '<TimeML>وصل <TIMEX3 type="DATE">ثلاثاء</TIMEX3> ثم <TIMEX3 type="SET">كل يوم</TIMEX3></TimeML>'
    (folder / "timex_ar_news/doc1.tml").write_text(tml, encoding="utf-8")
    (folder / "idrisi_r_ar/gold-random-json").mkdir(parents=True)
    mentions = [
        {"text": "حلب", "type": "CITY", "startIdx": 3, "endIdx": 6},
        {"text": "شارع النيل", "type": "ST", "startIdx": 8, "endIdx": 18},
    ]
    tweet = {"tweet_id": "1", "text": "في حلب، شارع النيل", "location_mentions": mentions}
    (folder / "idrisi_r_ar/gold-random-json/a.dev.jsonl").write_text(json.dumps(tweet), encoding="utf-8")
    return folder


@pytest.fixture
def predicts(monkeypatch):
    """Stands in for a model: what it says about each text, and nothing about the others."""

    def say(*docs):
        known = {doc.text: doc for doc in docs}
        predict = lambda texts, model: ([known.get(text, Document(text)) for text in texts], 0.1)
        monkeypatch.setattr(external, "predict", predict)

    return say


def test_gsr_counts_detection_triggers_and_actors(raw, predicts):
    predicts(
        event(TEXT, "Conflict.Attack", "هاجم", Attacker="مسلحون مقر", Target="بغداد"),
        event(HELD, "Life.Die", "قتل", Victim="جندي"),
        event("لا شيء", "Conflict.Attack", "شيء"),
    )
    scores = external.run_gsr(raw, bootstrap=0)["runs"][0]["scores"]
    assert scores["detect assault"]["f1"] == 100.0
    assert (scores["detect assault (attack)"]["recall"], scores["detect assault (attack)"]["precision"]) == (
        50.0,
        100.0,
    ), "a killing alone is no attack"
    assert scores["found assault, difficult no"]["recall"] == 100.0
    assert scores["verb assault"] == {"recall": 100.0, "gold": 2, "gold_hit": 2}
    assert scores["source assault"]["f1"] == 100.0, "sharing a word is enough; no agreement is not counted"
    assert (scores["target assault"]["recall"], scores["target assault"]["gold"]) == (50.0, 2)


def test_idrisi_takes_every_kind_of_place(raw, predicts):
    text = "في حلب، شارع النيل"
    places = (Entity(*span(text, "حلب"), "GPE", "a"), Entity(*span(text, "النيل"), "FAC", "b"))
    predicts(Document(text, (*places, Entity(0, 2, "PER", "c"))))
    scores = external.run_idrisi(raw, bootstrap=0)["runs"][0]["scores"]
    assert scores["overlap"]["f1"] == 100.0 and scores["words"]["f1"] == 50.0
    assert scores["CITY"]["recall"] == scores["ST"]["recall"] == 100.0


def test_timex_accepts_durations_but_wants_dates(raw, predicts):
    text = "وصل ثلاثاء ثم كل يوم"
    predicts(Document(text, (Entity(*span(text, "ثلاثاء"), "DATE", "a"), Entity(14, 20, "DATE", "b"))))
    scores = external.run_timex(raw, bootstrap=10)["runs"][0]["scores"]
    assert scores["overlap"]["f1"] == scores["words"]["f1"] == 100.0
    assert scores["overlap"]["gold"] == 1 and scores["overlap, all types"]["gold"] == 2
    predicts(Document(text, (Entity(0, 3, "DATE", "a"),)))
    assert external.run_timex(raw, bootstrap=0)["runs"][0]["scores"]["overlap"]["f1"] == 0.0


def test_external_benchmarks_run_a_model(raw, random_extractor, tmp_path, capsys):
    random_extractor.save_pretrained(tmp_path / "model")
    for task in benchmark.EXTERNAL:
        target = tmp_path / f"{task}.json"
        model = str(tmp_path / "model")
        arguments = [task, "--data", str(raw), "--model", model, model, "--bootstrap", "10"]
        assert benchmark.main([*arguments, "--json", str(target)]) == 0
        found = json.loads(target.read_text())
        assert found["task"] == task and len(found["runs"]) == 2 and found["sha256"]
        assert found["runs"][0]["scores"] == found["runs"][1]["scores"]
        assert all(column["std"] == 0 for row in found["summary"].values() for column in row.values())
    assert "mean and standard deviation of 2 models" in capsys.readouterr().out


def test_gold_is_read_by_the_schema_of_the_model(random_extractor, tmp_path, monkeypatch):
    own = Schema.from_dict({"name": "own", "entities": ["ORG"], "events": {"Deal": ["Buyer"]}})
    config = IEConfig.from_dict({**random_extractor.config.to_dict(), "schema": own.to_dict()})
    extractor = Extractor(IEModel(config), random_extractor.tokenizer, "cpu", "float32")
    extractor.save_pretrained(tmp_path / "model")
    marks = [
        {"id": 1, "label": "Deal", "start_offset": 0, "end_offset": 5},
        {"id": 2, "label": "ORG", "start_offset": 6, "end_offset": 12},
    ]
    gold = tmp_path / "doccano.jsonl"  # which does not tell triggers from entities
    gold.write_text(json.dumps({"id": 1, "text": "اشترت الشركة", "entities": marks, "relations": []}))
    (run,) = benchmark.run_events(gold, models=[tmp_path / "model"], bootstrap=0)["runs"]
    layers = run["scores"]["layers"]
    assert layers["trigger_class"]["gold"] == layers["entity"]["gold"] == 1
    seen = []
    monkeypatch.setattr(calibrated.calibration, "marks", lambda gold, found: seen.extend(gold) or {})
    calibrated.run_calibration(gold, str(tmp_path / "model"))
    assert [v.type for v in seen[0].events] == ["Deal"]


def test_events_scores_a_pair_of_files(seed_docs, tmp_path, capsys):
    target = tmp_path / "out.json"
    gold = "seeds/seed.jsonl"
    arguments = ["events", gold, "--pred", gold, "--bootstrap", "10", "--json", str(target)]
    assert benchmark.main(arguments) == 0
    layers = json.loads(target.read_text())["runs"][0]["scores"]["layers"]
    assert {layer["f1"] for layer in layers.values()} == {100.0}
    assert benchmark.main(["events", str(tmp_path / "none.jsonl"), "--pred", gold]) == 2
    assert capsys.readouterr().err.startswith("error: ")


ANER = [
    [("زار", "O"), ("أحمد", "B-PERS"), ("سالم", "I-PERS"), ("بيروت", "B-LOC"), (".", "O")],
    [("(د", "B-ORG"), ("ب", "I-ORG"), ("أ)", "I-ORG"), ("أعلن", "O"), ("الاتحاد", "B-ORG")],
    [("فاز", "O"), ("بجائزة", "O"), ("نوبل", "B-MISC"), ("!", "O")],
]


@pytest.fixture
def aner(tmp_path):
    folder = tmp_path / "raw" / "anercorp"
    folder.mkdir(parents=True)
    text = "\n\n".join("\n".join(f"{w} {t}" for w, t in s) for s in ANER)
    (folder / anercorp.ANERCORP["train"]).write_text("\n\n".join([text] * 8), encoding="utf-8")
    for part in ("test", "restored"):
        (folder / anercorp.ANERCORP[part]).write_text(text, encoding="utf-8")
    return tmp_path / "raw"


def test_tags_of_a_document_are_those_of_its_file(aner):
    docs = anercorp.read_corpus("anercorp", "restored", aner)
    for sentence, doc in zip(ANER, docs, strict=True):
        tags = anercorp.tags_of([w for w, _ in sentence], doc)
        assert [t.replace("aner:", "") for t in tags] == [t for _, t in sentence], "brackets at edges too"


def test_sentences_are_joined_with_their_marks_in_place(aner, monkeypatch):
    monkeypatch.setattr(anercorp, "TOGETHER", 2)
    docs = list(anercorp.read_corpus("anercorp", "restored", aner))
    joined = anercorp.in_order(docs)
    assert [d.text for d in joined] == ["\n".join(d.text for d in docs[:2]), docs[2].text]
    found = [(e.type, d.text[e.start : e.end]) for d in joined for e in d.entities]
    assert found == [(e.type.split(":")[1], d.text[e.start : e.end]) for d in docs for e in d.entities]
    assert len({e.id for e in joined[0].entities}) == len(joined[0].entities)


def test_strict_and_lenient_differ_on_a_stray_inside_tag():
    gold, predicted = [["B-PERS", "O", "B-LOC"]], [["I-PERS", "O", "B-LOC"]]
    scores = anercorp.score(gold, predicted)
    assert scores["lenient"]["f1"] == 100.0 and scores["strict"]["recall"] == 50.0
    assert scores["types"]["LOC"]["f1"] == 100.0 and scores["lenient"]["macro_f1"] == 100.0
    assert anercorp.score([["O"]], [["O"]])["strict"]["f1"] == 0.0


def test_anercorp_trains_scores_and_goes_on(aner, encoder_folder, tmp_path, capsys):
    settings = ["training.num_train_epochs=1", "training.per_device_train_batch_size=8"]
    arguments = ["anercorp", "--data", str(aner), "--encoder", str(encoder_folder), "--seeds", "1", "2"]
    arguments += ["--out", str(tmp_path / "out"), "--json", str(tmp_path / "r.json")]
    arguments += [
        x for s in (*settings, "model.max_tokens=64", "model.context_tokens=9") for x in ("--set", s)
    ]
    assert benchmark.main(arguments) == 0
    first = json.loads((tmp_path / "r.json").read_text())
    assert [run["seed"] for run in first["runs"]] == [1, 2]
    assert set(first["summary"]) == {
        "official, strict", "official, lenient", "restored, strict", "restored, lenient",
    }  # fmt: skip
    assert set(first["mean_of_weights"]) == set(first["types"]) == {"official", "restored"}
    found = [run["scores"]["official"]["types"].get("PERS", {"f1": 0})["f1"] for run in first["runs"]]
    assert first["types"]["official"]["PERS"] == pytest.approx(sum(found) / 2)
    fit, dev = (read(tmp_path / "out" / f"{part}.jsonl") for part in ("train", "dev"))
    assert [sum(d.text.count("\n") + 1 for d in part) for part in (fit, dev)] == [22, 2]
    assert {e.type for d in fit for e in d.entities} == set(anercorp.TYPES)
    trained = (tmp_path / "out/seed1/best/model.safetensors").stat().st_mtime_ns
    assert benchmark.main(arguments) == 0
    assert (tmp_path / "out/seed1/best/model.safetensors").stat().st_mtime_ns == trained
    again = json.loads((tmp_path / "r.json").read_text())
    assert again["summary"] == first["summary"], "what is trained is only scored"
    assert "micro and macro F1 over 2 seeds" in capsys.readouterr().out


def test_leakage_finds_copies_and_edits_and_prints_no_text(tmp_path, capsys):
    text = "قال الناطق إن الفرق ستبدأ أعمال الصيانة في المدينة القديمة غدا صباحا"
    train = [Document(text, id="a"), Document("خبر آخر عن معرض الكتاب في العاصمة", id="b")]
    edited = text.replace("غدا", "اليوم").replace("قال", "ذكر")
    test = [
        Document(text.replace("إ", "ا"), id="same"),
        Document(edited, id="edited"),
        Document("لا صلة له بما سبق من الجمل", id="apart"),
    ]
    write(train, tmp_path / "train.jsonl")
    write(test, tmp_path / "test.jsonl")
    target = tmp_path / "out.json"
    files = ["--train", str(tmp_path / "train.jsonl"), "--test", str(tmp_path / "test.jsonl")]
    assert benchmark.main(["leakage", *files, "--json", str(target)]) == 0
    (pair,) = json.loads(target.read_text())["pairs"]
    assert (pair["documents"], pair["same"], pair["stretch"]) == (3, 1, 2)
    assert pair["near"]["0.5"] == 2 and pair["highest"] == 1.0
    assert {(p["test"], p["train"]) for p in pair["closest"]} == {("same", "a"), ("edited", "a")}
    shown = capsys.readouterr().out + target.read_text()
    assert "الناطق" not in shown
    with pytest.raises(InputError, match="at least one"):
        run_leakage([], [tmp_path / "test.jsonl"])
