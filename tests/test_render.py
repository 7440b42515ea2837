"""HTML of documents: the text survives, nothing is executable, nothing comes from outside."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arabic_ie import Argument, Document, Entity, Event, Trigger
from arabic_ie.render import fragment, hue, iter_html, marked_text, to_html, value_text, write_html


class Reader(HTMLParser):
    """Text content, and whether every tag is closed in order."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.text, self.open, self.seen, self.depth = "", [], [], 0
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))
        self.open.append(tag)
        self.depth = max(self.depth, len(self.open))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data

    def shown(self):
        assert not self.open
        return [(attrs["data-type"], attrs["class"].split()) for _, attrs in self.seen]


def shown_text(text):
    return re.sub("[\0\ud800-\udfff]", "\ufffd", text)


ALPHABET = "ابتقوسم ،.\n\r\0\u064b\u0640\u200f\u202e😀<>&\"'ab\ud800١2"


@st.composite
def documents(draw):
    text = draw(st.text(ALPHABET, min_size=1, max_size=40))
    spans = st.tuples(st.integers(0, len(text) - 1), st.integers(1, 12)).map(
        lambda s: (s[0], min(s[0] + s[1], len(text)))
    )
    entities = tuple(
        Entity(a, b, draw(st.sampled_from(["PER", "GPE", '<"&'])), f"E{i}")
        for i, (a, b) in enumerate(draw(st.lists(spans, max_size=6)))
    )
    events = tuple(
        Event(
            "Life.Die",
            Trigger(a, b),
            draw(st.sampled_from(["actual", "negated", "other"])),
            tuple(Argument("Victim", e.id) for e in entities[:2]),
            f"T{i}",
        )
        for i, (a, b) in enumerate(draw(st.lists(spans, max_size=4)))
    )
    return Document(text, entities, events, id=draw(st.text(max_size=4)))


@given(documents())
def test_the_text_content_is_the_text(doc):
    reader = Reader(marked_text(doc))
    assert reader.text == shown_text(doc.text)
    assert len(reader.shown()) >= len(doc.entities) + len(doc.events)


@given(documents())
def test_pages_are_well_formed_and_writable(doc):
    page = to_html(doc)
    page.encode("utf-8")
    body = page[page.index("<body>") : page.index("</html>")]
    assert not Reader(body).open


def test_nested_and_crossing_marks():
    doc = Document(
        "abcdef",
        (Entity(0, 4, "ORG", "E1"), Entity(1, 2, "GPE", "E2"), Entity(3, 6, "PER", "E3")),
        (Event("Life.Die", Trigger(1, 2), id="T1"),),
    )
    html = re.sub(r"<mark class=\"([^\"]*)\"[^>]*data-type=\"(\w+)\"[^>]*>", r"[\2 ", marked_text(doc))
    html = html.replace("</mark>", "]")
    # The crossing mark is cut where the open one ends, and goes on after it.
    assert html == "[ORG a[GPE [Die b]]c[PER d]][PER ef]"
    names = [names for _, names in Reader(marked_text(doc)).shown()]
    assert sum("aie-more" in n for n in names) == 1


def test_last_character_is_kept():
    assert Reader(marked_text(Document("اب.", (Entity(0, 2, "PER", "E1"),)))).text == "اب."


def test_hover_shows_role_and_value():
    doc = Document(
        "قتل ثلاثة جنود",
        (Entity(4, 14, "PER", "E1", 0.914, value={"kind": "count", "value": 3}),),
        (Event("Life.Die", Trigger(0, 3), arguments=(Argument("Victim", "E1"),), id="T1"),),
    )
    titles = [attrs["title"] for _, attrs in Reader(marked_text(doc)).seen]
    assert titles[0].splitlines() == ["Life.Die T1, actual", "Victim: ثلاثة جنود = 3"]
    assert titles[1].splitlines() == ["PER E1, 91%", "= 3", "Victim of Life.Die (قتل)"]


def test_source_certainty_and_counts_are_told():
    doc = Document(
        "قتل جنود",
        (Entity(4, 8, "PER", "E1"),),
        (
            Event(
                "Life.Die", Trigger(0, 3), "other", (), "T1",
                counts=({"role": "Victim", "entity": "E1", "value": 3},),
                source={"entities": ["E1"], "anonymous": True}, certainty={"level": "doubted"},
            ),
        ),
    )  # fmt: skip
    notes = re.findall("<small>(.*?)</small>", fragment(doc))
    assert notes == ["other", "doubted", "Victim: 3", "reported by جنود, anonymous"]


def test_words_of_an_event_share_a_class(seed_docs):
    doc = seed_docs[0]
    shown = Reader(marked_text(doc)).shown()
    for k, event in enumerate(doc.events):
        assert sum(f"v{k}" in names for _, names in shown) == 1 + len({a.entity for a in event.arguments})


def test_seed_articles_show_every_mark_and_frame(seed_docs):
    for doc in seed_docs:
        html = fragment(doc)
        assert html.count("<mark ") == len(doc.entities) + len(doc.events)
        assert html.count("<tr ") == len(doc.events)
        assert html.count('class="aie-chip"') == sum(len(e.arguments) for e in doc.events)


ATTACK = "<script>alert(1)</script>\"' onload=x </style><img src=x onerror=alert(1)> javascript:"


def test_everything_is_escaped():
    doc = Document(
        ATTACK,
        (Entity(0, 8, ATTACK, ATTACK, value={"name": ATTACK, "country": [ATTACK]}),),
        (Event(ATTACK, Trigger(9, 14), arguments=(Argument(ATTACK, ATTACK),), id=ATTACK),),
        id=ATTACK,
        meta={"date": ATTACK},
        warnings=(ATTACK,),
    )
    page = to_html(doc, title=ATTACK)
    reader = Reader(page[page.index("<body>") : page.index("</html>")])
    assert {tag for tag, _ in reader.seen} <= {
        "body", "article", "style", "div", "span", "mark", "table", "thead", "tbody", "tr", "th", "td",
        "b", "bdi", "small", "p",
    }  # fmt: skip
    known = {"class", "style", "tabindex", "data-type", "title", "dir", "lang"}
    assert {name for _, attrs in reader.seen for name in attrs} <= known
    assert "<title>&lt;script" in page and "<script" not in page and "<img" not in page


def test_nothing_from_outside(seed_docs):
    page = to_html(seed_docs)
    assert not re.search(r"https?:|//\w|url\(|@import|<link|<script|<img|srcset", page)


def test_page_and_notebook_forms(seed_docs):
    doc = seed_docs[0]
    assert doc.to_html().startswith("<!doctype html>")
    assert doc.id in doc.to_html()
    assert doc._repr_html_() == doc.to_html(page=False)
    assert doc._repr_html_().startswith("<style>") and "<body" not in doc._repr_html_()
    assert "".join(iter_html(seed_docs)) == to_html(seed_docs)


def test_write(tmp_path, seed_docs):
    path = tmp_path / "seed.html"
    write_html(seed_docs, path)
    assert path.read_text(encoding="utf-8") == to_html(seed_docs, "seed")


def test_discontinuous_mentions_are_marked_in_parts():
    doc = Document("abcdef", (Entity(0, 6, "PER", "E1", fragments=((0, 2), (4, 6))),))
    assert re.sub("<mark[^>]*>", "[", marked_text(doc)).replace("</mark>", "]") == "[ab]cd[ef]"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, ""),
        (3, "3"),
        ({"kind": "money", "value": 7000000, "currency": "USD"}, "7000000 USD"),
        ({"kind": "percent", "value": 20}, "20 %"),
        ({"kind": "date", "timex": "2020-01-06", "granularity": "day"}, "2020-01-06"),
        ({"kind": "date", "timex": None, "unresolved": "no date"}, ""),
        ({"kind": "place", "name": "Al Bukamal", "country": "SY", "lat": 34.4}, "Al Bukamal, SY"),
        ({"kind": "count", "min": 20, "max": 99, "vague": True}, "20 to 99"),
        ({"kind": "count", "min": 3, "vague": True}, "3 or more"),
        ({"a": 20, "b": None, "c": [1]}, "a 20, c 1"),
        ([1, "b"], "1, b"),
    ],
)
def test_values(value, shown):
    assert value_text(value) == shown


def test_hues():
    assert hue("Conflict.Attack") == hue("Conflict") == 0
    assert hue("GPE|LOC|FAC") == hue("GPE")
    assert hue("نوع") == 194  # in every process: not Python's own hash
