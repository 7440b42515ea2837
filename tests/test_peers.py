"""Other tools on our test corpus: what is counted, and how their marks become documents."""

import json

import pytest

from arabic_ie import Document, Entity, write
from arabic_ie.errors import InputError
from training import benchmark
from training.benchmarks import peer_tools, peers, tolerant

TEXT = "زار رجل وليد سالم بدمشق ومصنع الورق أمس"


def doc(text=TEXT, id="d1", **types):
    entities = []
    for label, pieces in types.items():
        for piece in pieces:
            start = text.index(piece)
            entities.append(Entity(start, start + len(piece), label, f"E{len(entities) + 1}"))
    return Document(text, tuple(entities), id=id)


GOLD = doc(PER=["رجل", "وليد سالم"], GPE=["بدمشق"], FAC=["ومصنع الورق"], DATE=["أمس"])


def scores(predicted):
    rows = peers.rows_of([GOLD], [peers.relabelled(predicted)], {"d1": "E1"})
    return {name: tolerant.score(counts) for name, counts in rows.items()}


def test_gold_against_itself_is_perfect():
    found = scores(GOLD)
    assert set(found) == {
        f"{group}, {match}"
        for group in ("person", "person, proper", "place", "place, proper", "date")
        for match in ("exact", "overlap")
    }
    assert {row["f1"] for name, row in found.items() if "proper" not in name} == {100.0}
    assert found["person, proper, exact"]["recall"] == 100.0
    assert found["person, proper, exact"]["precision"] == 100.0, "a mention that is no name is not wrong"
    assert found["person, proper, exact"]["gold"] == 1


def test_names_alone_are_wanted_of_a_tool_for_names():
    found = scores(doc(PERS=["وليد سالم"], LOC=["دمشق", "مصنع الورق"]))
    assert found["person, exact"]["recall"] == 50.0
    assert found["person, proper, exact"]["f1"] == 100.0
    assert found["place, exact"]["recall"] == 0.0, "the clitic stays on the word in the gold"
    assert found["place, overlap"]["recall"] == 100.0
    assert found["place, overlap"]["precision"] == 100.0, "a facility is a place too"


def test_a_tool_is_scored_in_what_it_marks():
    assert set(scores(doc(TIME=["أمس"]))) == {"date, exact", "date, overlap"}
    found = scores(doc(**{"anercorp:PERS": ["سالم"], "anercorp:ORG": ["رجل"], "anercorp:LOC": ["بدمشق"]}))
    row = found["names, exact"]
    assert (row["gold"], row["gold_hit"], row["predicted"], row["predicted_hit"]) == (3, 1, 3, 1)
    assert found["names, overlap"]["gold_hit"] == 2
    assert found["organisation, overlap"]["predicted_hit"] == 0


def test_other_texts_are_refused():
    with pytest.raises(InputError, match="other texts"):
        peers.rows_of([GOLD], [doc("نص آخر")])


def test_the_command_scores_files_and_a_model(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(peers, "predict", lambda texts, model: ([GOLD] * len(texts), 0.1))
    write([GOLD], tmp_path / "gold.jsonl")
    write([doc(PERSON=["وليد"])], tmp_path / "tool.jsonl")
    write([doc()], tmp_path / "silent.jsonl")
    files = [str(tmp_path / name) for name in ("tool.jsonl", "silent.jsonl")]
    argv = ["peers", str(tmp_path / "gold.jsonl"), "--pred", *files, "--bootstrap", "5"]
    assert benchmark.main([*argv, "--json", str(tmp_path / "out.json")]) == 0
    runs = {run["name"]: run["scores"] for run in json.loads((tmp_path / "out.json").read_text())["runs"]}
    assert list(runs) == ["shipped model", "tool", "silent"]
    assert runs["tool"]["person, overlap"]["gold_hit"] == 1 and runs["silent"] == {}
    assert "marks nothing that is compared" in capsys.readouterr().out


def test_pieces_are_found_in_order():
    assert peer_tools.located("أ ب أ", ["أ", "س", "أ"]) == [(0, 1), None, (4, 5)]
    assert peer_tools.from_tokens("قال خالد بن رافع", ["قال", "خالد", "بن", "رافع"], [(1, 3)], "PER") == [
        (4, 16, "PER")
    ]


def test_tags_and_marks_are_inverse():
    spans = [(0, 3), (4, 7), (8, 12), (13, 17), (18, 23)]
    tags = peer_tools.tags(spans, doc(PER=["رجل", "وليد سالم"], GPE=["بدمشق"]))
    assert tags == ["O", "B-PER", "B-PER", "I-PER", "B-GPE"]
    assert list(peer_tools.joined(spans, tags)) == [(4, 7, "PER"), (8, 17, "PER"), (18, 23, "GPE")]
    assert list(peer_tools.joined(spans, ["I-ORG", "I-PER", "O", "B-PER", "B-PER"])) == [
        (0, 3, "ORG"),
        (4, 7, "PER"),
        (13, 17, "PER"),
        (18, 23, "PER"),
    ]


def test_features_stay_inside_the_sentence():
    rows = peer_tools.features(["قال", "خالد"])
    assert "bos" in rows[0] and "eos" in rows[1] and "w+1=خالد" in rows[0]
    assert not any(name.startswith(("w-1=", "w+2=")) for name in rows[0])


def test_predictions_keep_texts_and_ids():
    (out,) = peer_tools.predicted([GOLD], lambda text: [(4, 7, "PER"), (4, 7, "PER")])
    assert (out.id, out.text) == ("d1", TEXT)
    assert [(e.start, e.end, e.type, e.id) for e in out.entities] == [(4, 7, "PER", "E1")]


def test_a_gazetteer_finds_entries_with_a_proclitic(tmp_path):
    pytest.importorskip("spacy")
    folder = tmp_path / "anergazet"
    folder.mkdir()
    for name, lines in {"Pers": "====\nوليد سالم\n", "Org": "", "Loc": "دمشق\n====\n"}.items():
        (folder / f"Aligned{name}Gazetteer.txt").write_text(lines, encoding="utf-8")
    assert peer_tools.gazetteer(tmp_path)(TEXT) == [(8, 17, "PER"), (18, 23, "LOC")]


def test_a_field_learns_a_name():
    pytest.importorskip("pycrfsuite")
    assert peer_tools.crf([GOLD] * 5)(TEXT) == [(e.start, e.end, e.type) for e in GOLD.entities]
