from arabic_ie import Document, Entity, Schema
from arabic_ie.checks import check_data


def kinds(*docs):
    return [kind for kind, _, _ in check_data(docs, Schema.load()).issues]


def test_good_data_has_no_fatal_issue(seed_docs):
    report = check_data(seed_docs, Schema.load())
    assert report.usable and report.documents == 19 and report.counts["events"]["Conflict.Attack"] == 18


def test_each_kind_of_trouble():
    text = "وصل الوفد إلى بغداد"
    assert kinds(Document(text, (Entity(1, 3, "PER", "E1"),))) == ["not whole words"]
    assert kinds(Document(text, (Entity(0, 3, "CITY", "E1"),))) == ["unknown"]
    assert kinds(Document(text, (Entity(0, 9, "PER", "E1"), Entity(4, 9, "ORG", "E2")))) == ["overlap"]
    assert kinds(Document(text), Document(text)) == ["duplicate"]
    assert kinds(Document("كلمة " * 201)) == ["long"]
