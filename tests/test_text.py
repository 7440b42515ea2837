"""Normalisation with its map, words and sentences, over text as odd as it comes."""

from __future__ import annotations

import unicodedata
from itertools import pairwise

import pytest
import regex
from hypothesis import example, given, settings
from hypothesis import strategies as st

from arabic_ie.text import normalise, sentences, words

LETTERS = "ابتثجحخدذرزسشصضطظعغفقكلمنهوي" + "أإآٱىةؤئءپچڤگکی"
MARKS = "".join(
    chr(c)
    for a, b in ((0x610, 0x61A), (0x64B, 0x65F), (0x670, 0x670), (0x6D6, 0x6ED))
    for c in range(a, b + 1)
)
ODD = [
    *"\u0640\u0640\u0651\u0651   \n\t",
    *"ﷺﷲﷻ﷼ﻻﻼﻷﺍﺎﭐﮎﯾﱞﳲﹰﹱﹴ\ufefc",
    *"\u200b\u200c\u200d\u200e\u200f\u061c\u202a\u202b\u202c\u2066\u2067\u2069\u2060\ufeff\u00ad\u180e",
    *"٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹0123",
    *".!؟?…،؛,:\"'()[]«»“”’_-/%$#@",
    *"abzXÉé\u0301\u0308\u20e3\ufe0f\u0600\u06dd\u0903世한ก\u0e33",
    *"😀🔴👍\U0001f3fd🇯🇴",
    "👍🏽",
    "👩\u200d👩\u200d👧",
    "👩🏽\u200d🚒",
    "🇯🇴",
    "❤️",
    "1️⃣",
    *"\r\0\x01\x1c\x85\u2028\u2029\u00a0\u3000",
    "\r\n",
    *"\ue000\U0010fffd\u0378\uffff\U000e0041\ud800\udfff\ufdd0",
    "، وقال ",
    "د. ",
]
CHUNKS = st.one_of(st.sampled_from(LETTERS), st.sampled_from(MARKS), st.sampled_from(ODD), st.characters())
TEXTS = st.lists(CHUNKS, max_size=40).map("".join)
ARABIC = st.text(LETTERS + MARKS + "  ", max_size=40)
INVISIBLE = regex.compile(r"[\u00AD\u061C\u180E\u200B-\u200F\u202A-\u202E\u2060-\u206F\uFEFF\uFFF9-\uFFFB]")
# Lone marks and tatweel have the property "letter" here and there; none of them is one.
LETTER = regex.compile(
    r"[\p{L}\p{N}--[\u0640\u06E5\u06E6\u08C9\uFC5E-\uFC63\uFCF2-\uFCF4\uFE70-\uFE7F]]", regex.V1
)
FUZZ = settings(max_examples=300)


@FUZZ
@given(TEXTS, st.booleans())
def test_normalise_map(text: str, unify: bool) -> None:
    norm = normalise(text, unify)
    assert norm.source == text
    assert len(norm.text) == len(norm.starts) == len(norm.ends)
    assert all(0 <= a < b <= len(text) for a, b in zip(norm.starts, norm.ends, strict=True))
    for marks in (norm.starts, norm.ends):
        assert list(marks) == sorted(marks)
    for (a, b), (c, d) in pairwise(zip(norm.starts, norm.ends, strict=True)):
        assert (a, b) == (c, d) or b <= c
    norm.text.encode("utf-8")
    assert "\0" not in norm.text
    assert normalise(norm.text, unify).text == norm.text


@FUZZ
@given(TEXTS, st.data())
def test_normalise_inverse(text: str, data: st.DataObject) -> None:
    norm = normalise(text)
    if norm.text:
        a = data.draw(st.integers(0, len(norm.text) - 1))
        b = data.draw(st.integers(a + 1, len(norm.text)))
        source = norm.to_source(a, b)
        c, d = norm.from_source(*source)
        assert c <= a < b <= d
        assert norm.to_source(c, d) == source  # and it covers no more source text
    if text:
        a = data.draw(st.integers(0, len(text) - 1))
        b = data.draw(st.integers(a + 1, len(text)))
        c, d = norm.from_source(a, b)
        assert 0 <= c <= d <= len(norm.text)
        if c < d:
            assert norm.starts[c] < b
            assert norm.ends[d - 1] > a


@FUZZ
@given(ARABIC)
def test_unicode_forms_give_the_same_words(text: str) -> None:
    composed, parted = (unicodedata.normalize(form, text) for form in ("NFC", "NFD"))
    assert normalise(composed).text == normalise(parted).text
    seen = [[normalise(t[a:b]).text for a, b in words(t)] for t in (composed, parted)]
    assert seen[0] == seen[1]


@FUZZ
@given(TEXTS)
@example("x\r\u0301")
@example("\u0600ب.")
@example("﷼ـ")
@example("﷼\u200e\u0610")
@example(" \u0e33")
@example("\u0610\u0e33\u0640")
@example("\u0610\u0e33\u0610\u06e5")
@example("\x1b\u0610\U0001f3fb")
@example("\ud800\u0610\U0001f3fb")
def test_words(text: str) -> None:
    found = words(text)
    edges = [0, *(edge for span in found for edge in span), len(text)]
    assert edges == sorted(edges)
    assert all(a < b for a, b in found)
    norm = normalise(text)
    for a, b in zip(edges[::2], edges[1::2], strict=True):
        assert not LETTER.search(text, a, b)
    for a, b in found:
        assert not INVISIBLE.match(text[a])
        assert not INVISIBLE.match(text[b - 1])
        assert not text[a].isspace()
        assert not text[b - 1].isspace()
        assert b == len(text) or not regex.match(r"\p{M}", text[b])
        first, last = norm.from_source(a, b)
        assert first < last, "the model reads every word"
        start, end = norm.to_source(first, last)
        assert a <= start < end <= b, "and no word reaches into the next"


@FUZZ
@given(TEXTS)
@example("\u0651 ـ .\u0640")
def test_lone_marks_are_in_no_word(text: str) -> None:
    inside = {i for a, b in words(text) for i in range(a, b)}
    for match in regex.finditer(r"(?<!\S)[\p{M}\u0640]+(?!\S)", text):
        assert not inside.intersection(range(*match.span()))


@FUZZ
@given(TEXTS, st.integers(0, 12))
@example("؛\u0651" * 3 + " ا ب ت ث ج ح؛\u0651 ا ب ت ث ج ح", 5)
@example("وصل.\u200f ثم غادر", 60)
@example(" \u0e33", 0)
def test_sentences(text: str, soft: int) -> None:
    found = sentences(text, soft)
    edges = [edge for span in found for edge in span]
    assert edges == sorted(edges)
    assert all(0 <= a < b <= len(text) for a, b in found)
    covered = {i for a, b in found for i in range(a, b)}
    assert all(char.isspace() or i in covered for i, char in enumerate(text))
    for a, b in words(text):
        assert any(start <= a and b <= end for start, end in found)


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("لـ 3.5 مليون", ["لـ", "3", ".", "5", "مليون"]),
        ("بندر\u200cعباس\u200f.", ["بندر\u200cعباس", "."]),
        ("👩🏽\u200d🚒👍🏽🇯🇴🇸🇾 ❤️", ["👩🏽\u200d🚒", "👍🏽", "🇯🇴", "🇸🇾", "❤️"]),
        ("“داعش”، (هـ)", ["“", "داعش", "”", "،", "(", "هـ", ")"]),
        ("محمد ﷺ", ["محمد", "ﷺ"]),
        ("محمّــد\u0651\u200f", ["محمّــد\u0651"]),
        (" \u0651 \u0640 \u200f\r\n\0", []),
        ("", []),
    ],
)
def test_words_by_hand(text: str, right: list[str]) -> None:
    assert [text[a:b] for a, b in words(text)] == right


@pytest.mark.parametrize(
    ("text", "right", "unified"),
    [
        ("ا\u0654علن", "أعلن", "اعلن"),
        ("إ\u0650لى", "إلى", "الي"),
        ("مدرسة ٢٠٢٥", "مدرسة 2025", "مدرسه 2025"),
        ("ﻷن ﷲ", "لأن الله", "لان الله"),
        ("عـــ\u200bمّان\u200f", "عمان", "عمان"),
        ("\0\ud800", "\ufffd\ufffd", "\ufffd\ufffd"),
        ("ب\ufe77\ufe7c", "ب", "ب"),
        ("کتاب علی ڪرسی ١٤٤٥ ھ ﮐی\u0654", "كتاب علي كرسي 1445 ه كئ", "كتاب علي كرسي 1445 ه كئ"),
    ],
)
def test_normalise_by_hand(text: str, right: str, unified: str) -> None:
    assert normalise(text).text == right
    assert normalise(text, unify_letters=True).text == unified


def test_lone_shadda_case() -> None:
    text = "أعلن الوزير \u0651 افتتاح \u0640 معرض الكتاب في بغداد"
    twin = "أعلن الوزير افتتاح معرض الكتاب في بغداد"
    found = words(text)
    assert [text[a:b] for a, b in found] == twin.split()
    assert found[2] == (14, 20)
    assert found[-1] == (38, 43)
    assert not {12, 13, 21, 22} & {edge for span in found for edge in span}
    norm = normalise(text)
    assert norm.text.split() == twin.split()
    assert [norm.to_source(*norm.from_source(*span)) for span in found] == found


def test_vocalised_name_case() -> None:
    text = (
        "وصل \u0633\u064e\u0627\u0645\u0650\u0631\u064f \u0627\u0644\u062d\u064e\u062f"
        "\u064e\u0651\u0627\u062f\u064f إلى \u0628\u064e\u064a\u0652\u0631\u064f\u0648\u062a\u200f"
        " قادما من بندر\u200cعباس ."
    )
    plain = ["وصل", "سامر", "الحداد", "إلى", "بيروت", "قادما", "من", "بندرعباس", "."]
    found = words(text)
    assert len(found) == 9
    assert found[1:3] == [(4, 11), (12, 22)]
    assert found[4] == (27, 35)  # the right-to-left mark is left out
    assert found[7] == (46, 55)
    shadda_first = text.replace("\u064e\u0651", "\u0651\u064e")
    for form in (text, *(unicodedata.normalize(f, text) for f in ("NFC", "NFD")), shadda_first):
        norm = normalise(form)
        assert norm.text.split() == plain
        spans = words(form)
        assert [norm.to_source(*norm.from_source(*span)) for span in spans] == spans


def test_sentences_by_hand() -> None:
    text = "وصل د. سامر. ثم قال: «نعم.» هل غادر؟\u200f نعم...\nعنوان"
    assert [text[a:b] for a, b in sentences(text)] == [
        "وصل د. سامر.",
        "ثم قال: «نعم.»",
        "هل غادر؟\u200f",
        "نعم...",
        "عنوان",
    ]
    clause = "قال الوزير إن الوفد وصل اليوم، "
    long = clause + "و" + clause.rstrip("، ") * 2
    assert sentences(long) == [(0, len(long))]
    assert sentences(long, 10) == [(0, len(clause) - 1), (len(clause), len(long))]
