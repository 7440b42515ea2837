"""Clusters, sources and certainty: sentences written for these tests."""

import pytest

from arabic_ie import Argument, Document, Entity, Event, Trigger
from arabic_ie.resolve import resolve


def make(text, mentions, events=()):
    """A document; mentions are (type, words), events (type, trigger, realis, {role: words})."""
    entities, at = [], 0
    for i, (kind, words) in enumerate(mentions):
        at = text.index(words, at)
        entities.append(Entity(at, at + len(words), kind, f"E{i}"))
        at += len(words)
    by_words = {text[e.start : e.end]: e.id for e in reversed(entities)}
    made, at = [], 0
    for i, (kind, words, realis, roles) in enumerate(events):
        at = text.index(words, at)
        arguments = tuple(Argument(role, by_words[filler]) for role, filler in roles.items())
        made.append(Event(kind, Trigger(at, at + len(words)), realis, arguments, f"T{i}"))
        at += len(words)
    return Document(text, tuple(entities), tuple(made))


def clusters(doc):
    doc = resolve(doc, parts=["actors"])
    return [[doc.span_text(doc.entity(id)) for id in c.mentions] for c in doc.clusters]


@pytest.mark.parametrize(
    ("text", "mentions", "together"),
    [
        ("قال قاسم حداد ثم عاد حداد", [("PER", "قاسم حداد"), ("PER", "حداد")], 1),
        ("أعلن التحالف الدولي وذكر التحالف", [("ORG", "التحالف الدولي"), ("ORG", "التحالف")], 1),
        ("من التحالف الدولي وللتحالف", [("ORG", "التحالف الدولي"), ("ORG", "وللتحالف")], 1),
        ("حزب الله ثم حزب الله اللبناني", [("ORG", "حزب الله"), ("ORG", "حزب الله اللبناني")], 1),
        ("داعش ثم الدولة الإسلامية", [("ORG", "داعش"), ("ORG", "الدولة الإسلامية")], 1),
        ("حلف شمال الأطلسي والناتو", [("ORG", "حلف شمال الأطلسي"), ("ORG", "والناتو")], 1),
        ("منظمة بناء الغد (مبغد) أعلنت", [("ORG", "منظمة بناء الغد"), ("ORG", "مبغد")], 1),
        ("سمير فاعور، قائد اللواء", [("PER", "سمير فاعور"), ("PER", "قائد")], 1),
        ("الرئيس السابق، هاني عبود، قال الرئيس", [("PER", "هاني عبود"), ("PER", "الرئيس")], 1),
        ("مصادر طبية ثم المصادر", [("ORG", "مصادر طبية"), ("ORG", "المصادر")], 1),
        ("أحمد زين وأحمد زين", [("PER", "أحمد زين"), ("PER", "وأحمد زين")], 1),
        ("احمد زين أو أحمد زين", [("PER", "احمد زين"), ("PER", "أحمد زين")], 1),
        ("ثلاثة جنود ثم ثلاثة جنود", [("PER", "ثلاثة جنود"), ("PER", "ثلاثة جنود")], 2),
        ("مصادر محلية ثم مصادر محلية", [("ORG", "مصادر محلية"), ("ORG", "مصادر محلية")], 2),
        ("الجيش السوري والجيش العراقي", [("ORG", "الجيش السوري"), ("ORG", "والجيش العراقي")], 2),
        ("سمير فاعور ثم هاني عبود", [("PER", "سمير فاعور"), ("PER", "هاني عبود")], 2),
    ],
)
def test_clusters(text, mentions, together):
    assert len(clusters(make(text, mentions))) == together


@pytest.mark.parametrize(
    ("text", "mentions", "groups"),
    [
        (
            "قائد لواء النور سمير فاعور",
            [("PER", "قائد"), ("ORG", "لواء النور"), ("PER", "سمير فاعور")],
            [["قائد", "سمير فاعور"], ["لواء النور"]],
        ),
        (
            "سورية وإيران ثم لإيران",
            [("GPE", "سورية"), ("GPE", "وإيران"), ("GPE", "لإيران")],
            [["سورية"], ["وإيران", "لإيران"]],
        ),
    ],
)
def test_which_of_three_belong_together(text, mentions, groups):
    assert clusters(make(text, mentions)) == groups


def test_a_cluster_is_named_without_proclitics():
    doc = resolve(make("عاد وفد لإيران ثم غادر إيران", [("GPE", "لإيران"), ("GPE", "إيران")]))
    assert [c.name for c in doc.clusters] == ["إيران"]


def reported(text, mentions, events):
    doc = resolve(make(text, mentions, events), parts=["actors", "sources"])
    return doc, doc.events[-1]


SAY = "Contact.Statement"
ATTACK = "Conflict.Attack"


def test_a_source_in_the_clause():
    text = "ذكرت مصادر محلية أن طائرات قصفت البلدة"
    doc, event = reported(
        text,
        [("ORG", "مصادر محلية")],
        [(SAY, "ذكرت", "actual", {"Speaker": "مصادر محلية"}), (ATTACK, "قصفت", "actual", {})],
    )
    assert event.source == {"statement": "T0", "entities": ["E0"], "anonymous": True}
    assert doc.events[0].source is None


@pytest.mark.parametrize(
    ("who", "anonymous"),
    [
        ("مصدر أمني", True),
        ("شهود عيان", True),
        ("مسؤول محلي", True),
        ("المسؤول المحلي", False),
        ("وزارة الصحة", False),
        ("هاني عبود", False),
    ],
)
def test_anonymous_sources(who, anonymous):
    text = f"أفاد {who} بأن قصفا وقع"
    events = [(SAY, "أفاد", "actual", {"Speaker": who}), (ATTACK, "قصفا", "actual", {})]
    _, event = reported(text, [("PER", who)], events)
    assert event.source["anonymous"] is anonymous


def test_the_speaker_goes_on_unnamed():
    text = "قالت الوزارة إن الوضع هادئ. وأضافت أن قصفا وقع"
    events = [
        (SAY, "قالت", "actual", {"Speaker": "الوزارة"}),
        (SAY, "وأضافت", "actual", {}),
        (ATTACK, "قصفا", "actual", {}),
    ]
    _, event = reported(text, [("ORG", "الوزارة")], events)
    assert event.source["entities"] == ["E0"] and event.source["implicit"]


def test_an_attribution_after_the_event():
    text = "وقع قصف عنيف فجرا، بحسب وكالة المدى"
    _, event = reported(text, [("ORG", "وكالة المدى")], [(ATTACK, "قصف", "actual", {})])
    span = event.source["span"]
    assert event.source["entities"] == ["E0"] and text[span["start"] : span["end"]] == "بحسب"


@pytest.mark.parametrize(
    "text",
    [
        "قالت الوزارة إن الوضع هادئ. ووقع قصف جديد",
        "قالت الوزارة إن التوتر يزداد على خلفية قصف سابق",
        "قالت الوزارة إن الوضع هادئ، وكانت البلدة شهدت قصفا",
    ],
)
def test_the_writers_own_words_have_no_source(text):
    events = [(SAY, "قالت", "actual", {"Speaker": "الوزارة"}), (ATTACK, "قصف", "actual", {})]
    assert reported(text, [("ORG", "الوزارة")], events)[1].source is None


@pytest.mark.parametrize(
    ("text", "level", "cue"),
    [
        ("نفت الوزارة وقوع قصف", "denied", "نفت"),
        ("قال الناطق إن أنباء قصف المقر عارية عن الصحة", "denied", "عارية عن الصحة"),
        ("لا صحة لحدوث قصف", "denied", "لا صحة"),
        ("يُعتقد أن قصفا وقع", "doubted", "يُعتقد"),
        ("ربما كان قصفا جويا", "doubted", "ربما"),
        ("وقع قصف على الأرجح", "doubted", "على الأرجح"),
    ],
)
def test_denial_and_doubt(text, level, cue):
    _, event = reported(text, [], [(ATTACK, "قصف", "actual", {})])
    span = event.certainty["cues"][0]
    assert (event.certainty["level"], text[span["start"] : span["end"]]) == (level, cue)


def test_doubt_about_one_filler_names_its_role():
    text = "قصف طيران يعتقد أنه حليف مواقع عدة"
    doc, _ = reported(text, [("VEH", "طيران")], [(ATTACK, "قصف", "actual", {"Attacker": "طيران"})])
    assert doc.events[0].certainty["about"] == "Attacker"


def test_what_is_told_as_a_fact_is_unmarked():
    assert reported("وقع قصف عنيف", [], [(ATTACK, "قصف", "actual", {})])[1].certainty is None


def incidents(text, mentions, events, date="2020-01-07"):
    return [i.events for i in resolve(make(text, mentions, events), date=date).incidents]


def test_two_triggers_of_a_sentence_with_the_same_arguments():
    text = "استهدف طيران مقرا بعدة غارات"
    same = {"Attacker": "طيران", "Target": "مقرا"}
    events = [(ATTACK, "استهدف", "actual", same), (ATTACK, "غارات", "actual", same)]
    assert incidents(text, [("VEH", "طيران"), ("FAC", "مقرا")], events) == [("T0", "T1")]


def test_a_definite_noun_points_back_unless_the_number_differs():
    text = "وقع هجومان فجرا. الهجومان أخافا الناس. الهجمات مستمرة"
    events = [(ATTACK, w, "actual", {}) for w in ("هجومان", "الهجومان", "الهجمات")]
    assert incidents(text, [], events) == [("T0", "T1"), ("T2",)]


def test_the_same_victim_dies_once():
    text = "قتل هاني عبود في حلب. مقتل عبود أثار الحزن"
    events = [
        ("Life.Die", "قتل", "actual", {"Victim": "هاني عبود", "Place": "حلب"}),
        ("Life.Die", "مقتل", "actual", {"Victim": "عبود"}),
    ]
    assert incidents(text, [("PER", "هاني عبود"), ("GPE", "حلب"), ("PER", "عبود")], events) == [("T0", "T1")]


@pytest.mark.parametrize(
    ("realis", "time", "place"),
    [
        ("actual", "أول من أمس", "حلب"),  # another day
        ("actual", "أمس", "البصرة"),  # another place
        ("other", "أمس", "حلب"),  # not real
    ],
)
def test_what_speaks_against_one_happening(realis, time, place):
    text = f"وقع قصف أمس في حلب. وقيل إن قصف وقع {time} في {place}"
    mentions = [("DATE", "أمس"), ("GPE", "حلب"), ("DATE", time), ("GPE", place)]
    doc = make(text, mentions)
    first = (Argument("Time", "E0"), Argument("Place", "E1"))
    again = (Argument("Time", "E2"), Argument("Place", "E3"))
    at = text.rindex("قصف")
    events = (
        Event(ATTACK, Trigger(4, 7), "actual", first, "T0"),
        Event(ATTACK, Trigger(at, at + 3), realis, again, "T1"),
    )
    doc = resolve(Document(text, doc.entities, events), date="2020-01-07")
    assert len(doc.incidents) == 2


def test_the_same_day_at_the_same_town():
    text = "وقع قصف أمس في حلب. وقيل إن قصفا وقع يوم الاثنين في مدينة حلب"
    mentions = [("DATE", "أمس"), ("GPE", "حلب"), ("DATE", "يوم الاثنين"), ("GPE", "حلب")]
    doc = make(text, mentions)
    at = text.rindex("قصفا")
    events = (
        Event(ATTACK, Trigger(4, 7), "actual", (Argument("Time", "E0"), Argument("Place", "E1")), "T0"),
        Event(ATTACK, Trigger(at, at + 4), "actual", (Argument("Time", "E2"), Argument("Place", "E3")), "T1"),
    )
    (incident,) = resolve(Document(text, doc.entities, events), date="2020-01-07").incidents
    assert incident.events == ("T0", "T1") and incident.date["timex"] == "2020-01-06"


def test_counts_of_victims_reach_the_event():
    text = "أسفر القصف عن مقتل ثلاثة مدنيين وإصابة 13"
    events = [
        ("Life.Die", "مقتل", "actual", {"Victim": "ثلاثة مدنيين"}),
        ("Life.Injure", "وإصابة", "actual", {"Count": "13"}),
    ]
    doc = resolve(make(text, [("PER", "ثلاثة مدنيين"), ("NUM", "13")], events))
    assert doc.events[0].counts == ({"role": "Victim", "entity": "E0", "value": 3},)
    assert doc.events[1].counts == ({"role": "Count", "entity": "E1", "value": 13},)


def test_a_name_of_a_clitic_and_marks_only():
    text = "قال و\u064e\u0651\u0640 أمس"
    doc = Document(text, (Entity(4, 8, "PER", "E1"),))
    (cluster,) = resolve(doc, parts=["actors"]).clusters
    assert cluster.name == text[4:8]
