"""Numbers, money and counts: written for these tests."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arabic_ie.resolve.money import count_value, money_value, number_value
from arabic_ie.resolve.numbers import amount, digits
from arabic_ie.resolve.words import bare, fold
from arabic_ie.text import normalise


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("ثلاثة", 3),
        ("سبعة عشر", 17),
        ("أحد عشر", 11),
        ("اثني عشر", 12),
        ("خمس عشرة", 15),
        ("خمسة وعشرون", 25),
        ("الثلاثين", 30),
        ("مئة", 100),
        ("مائتين", 200),
        ("ثلاثمئة وعشرة", 310),
        ("مئة وخمسة وعشرون", 125),
        ("ألف", 1000),
        ("ألفين وعشرين", 2020),
        ("ألف وأربعمئة", 1400),
        ("ثلاثة آلاف وخمسمئة وأربعة وستين", 3564),
        ("خمسون ألفا", 50_000),
        ("خمسة عشر ألفا", 15_000),
        ("مئة وخمسون ألفا", 150_000),
        ("مئتي ألف", 200_000),
        ("نصف مليون", 500_000),
        ("مليون ونصف المليون", 1_500_000),
        ("مليوني", 2_000_000),
        ("ثلاثة ملايين ومئتي ألف", 3_200_000),
        ("مليارين", 2_000_000_000),
        ("52", 52),
        ("٤٥", 45),
        ("20.000", 20_000),
        ("3.125 ملايين", 3_125_000),
        ("١٬٢٠٠", 1200),
        ("1,200", 1200),
        ("1.200.000", 1_200_000),
        ("7.5 ملايين", 7_500_000),
        ("8.2 مليارات", 8_200_000_000),
        ("4.1 مليارات", 4_100_000_000),
        ("٣٫٥", 3.5),
        ("15 ألف", 15_000),
        ("الـ13", 13),
        ("و20", 20),
        ("و9", 9),
        ("من500", 500),
        ("197 مليونا و420 ألف", 197_420_000),
        ("1 500 مقاتل", 1500),
        ("1 500 000", 1_500_000),
        ("2019 200", 2019),
        ("12 500 3", 12),
        ("0.500", 0.5),
        ("0,125", 0.125),
        ("ألف ألف", 1_000_000),
        ("ألف مليون", 10**9),
        ("ثلاثة آلاف وخمسمئة مليون", 3_500_000_000),
        ("ثلاثة مليارات وألف مليون", 4_000_000_000),
        ("مليون ومئة مليون", 101_000_000),
        ("مليون وثلاثة أرباع المليون", 1_750_000),
        ("خمسة أرباع", 5),
        ("ثلاثة أرباع متتالية", 3),
        ("9" * 18, 10**18 - 1),
    ],
)
def test_numbers(text, value):
    assert number_value(text) == {"kind": "number", "value": value}


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("130 ميلاً", 130, "mi"),
        ("كيلومترين", 2, "km"),
        ("متر واحد", 1, "m"),
        ("نصف ميل", 0.5, "mi"),
        ("ربع نقطة مئوية", 0.25, "pp"),
        ("720 كيلومتراً مربعاً", 720, "km2"),
        ("51 درجة مئوية", 51, "Cel"),
        ("7.6 ريختر", 7.6, "M"),
        ("700 كيلو متر", 700, "km"),
        ("3 ملايين برميل", 3_000_000, "bbl"),
        ("40 ميلا بحريا", 40, "nmi"),
        ("58 عاما", 58, "a"),
        ("بسبع نقاط", 7, "pt"),
        ("خمس نقاط", 5, "pt"),
        ("عشر سنوات", 10, "a"),
    ],
)
def test_numbers_with_a_unit(text, value, unit):
    assert number_value(text) == {"kind": "number", "value": value, "unit": unit}


def test_a_counted_thing_is_no_unit():
    assert number_value("12 مباراة") == {"kind": "number", "value": 12}
    assert "unit" not in number_value("20 بالمئة")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("ثلث", 0.333333),
        ("الثلث", 0.333333),
        ("بثلثيها", 0.666667),
        ("ثلثاهم", 0.666667),
        ("نصف", 0.5),
        ("ثلاثة أرباع", 0.75),
        ("4 أخماس السكان", 0.8),
        ("تسعة أعشارهم", 0.9),
    ],
)
def test_parts_of_a_whole(text, value):
    assert number_value(text) == {"kind": "ratio", "value": value}


def test_counted_parts_of_what_is_counted():
    assert count_value("ثلاثة أرباع المقاتلين") == {"kind": "ratio", "value": 0.75}
    more = {"kind": "ratio", "min": 0.75, "mod": "MORE_THAN", "vague": True}
    assert count_value("أكثر من ثلاثة أرباع السكان") == more
    assert number_value("ثلاثة أرباع ميل") == {"kind": "number", "value": 0.75, "unit": "mi"}


def test_a_number_spelled_like_a_part():
    assert [number_value(word)["value"] for word in ("خمس", "عشر")] == [5, 10]


@pytest.mark.parametrize(
    ("text", "value"), [("الثالثة والخمسين", 53), ("الحادية والثمانون", 81), ("السادسة والثلاثين", 36)]
)
def test_ages_as_ordinals(text, value):
    assert number_value(text) == {"kind": "number", "value": value, "ordinal": True}


@pytest.mark.parametrize(
    ("text", "value", "code"),
    [
        ("بـ£2 مليون", 2_000_000, "GBP"),
        ("CHF 3.2 مليون", 3_200_000, "CHF"),
        ("HK$58 مليون", 58_000_000, "HKD"),
        ("و¥620,000", 620_000, None),
        ("1.5 مليار €", 1_500_000_000, "EUR"),
        ("بجنيه إسترليني واحد", 1, "GBP"),
        ("5 دولارات أسترالية", 5, "AUD"),
    ],
)
def test_money_by_sign_and_code(text, value, code):
    found = money_value(text)
    assert (found["value"], found["currency"]) == (value, code)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("عشرات", {"min": 20, "max": 99}),
        ("مئات الآلاف", {"min": 200_000, "max": 999_999}),
        ("بضعة آلاف", {"min": 3000, "max": 9999}),
        ("نحو 20", {"value": 20, "mod": "APPROX"}),
        ("قرابة ثلاثين", {"value": 30, "mod": "APPROX"}),
        ("أكثر من مئة ألف", {"min": 100_000, "mod": "MORE_THAN"}),
        ("ما لا يقل عن 30", {"min": 30, "mod": "EQUAL_OR_MORE"}),
        ("أقل من خمسين", {"max": 50, "mod": "LESS_THAN"}),
        ("بين 10 و20", {"min": 10, "max": 20}),
        ("ما بين 40 و50 ألف", {"min": 40_000, "max": 50_000}),
        ("بين خمسة وعشرين وثلاثين", {"min": 25, "max": 30}),
        ("من 3 إلى 5", {"min": 3, "max": 5}),
        ("بين 1 200 و1 500", {"min": 1200, "max": 1500}),
        ("بين 10 و20 ألف مليون", {"min": 10**10, "max": 2 * 10**10}),
    ],
)
def test_what_is_vague_is_marked(text, told):
    assert number_value(text) == {"kind": "number", **told, "vague": True}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("20 بالمئة", 20),
        ("15,5%", 15.5),
        ("٪30", 30),
        ("ثلاثين في المئة", 30),
        ("0.125%", 0.125),
        ("4.125%", 4.125),
        ("2.375 في المئة", 2.375),
        ("2.375 بالمئة", 2.375),
    ],
)
def test_percentages(text, value):
    assert number_value(text) == {"kind": "percent", "value": value}


def test_a_range_of_percentages():
    found = number_value("من 3.125 إلى 4.125%")
    assert found == {"kind": "percent", "min": 3.125, "max": 4.125, "vague": True}


@pytest.mark.parametrize(
    ("text", "value", "currency"),
    [
        ("7 ملايين دولار", 7_000_000, "USD"),
        ("بخمسين ألف يورو", 50_000, "EUR"),
        ("500 ألف ليرة سورية", 500_000, "SYP"),
        ("ثلاثة مليارات ريال سعودي", 3_000_000_000, "SAR"),
        ("1500 دولار كندي", 1500, "CAD"),
        ("مليارا دولار", 2_000_000_000, "USD"),
        ("100 جنيه إسترليني", 100, "GBP"),
        ("20 ديناراً", 20, None),  # of which state is not said
        ("$5 ملايين", 5_000_000, "USD"),
        ("قيمتها405 ملايين و24 ألف دولار", 405_024_000, "USD"),
        ("3 مليارات ين ياباني", 3_000_000_000, "JPY"),
        ("45 ألف زلوتي", 45_000, "PLN"),
        ("39 مليار كرونة دنماركية", 39_000_000_000, "DKK"),
        ("800 مليون شلن", 800_000_000, None),
        ("فرنكًا واحدًا", 1, None),
        ("ألف مليار دولار", 10**12, "USD"),
        ("عشرة آلاف مليون دولار", 10**10, "USD"),
        ("ألفا مليار دولار", 2 * 10**12, "USD"),
        ("ألف ومئتا مليار دولار", 1_200_000_000_000, "USD"),
        ("1 500 000 دولار", 1_500_000, "USD"),
        ("ثلاثة أرباع مليون دولار", 750_000, "USD"),
        ("مئة وخمسون ألف مليار ليرة لبنانية", 150 * 10**12, "LBP"),
    ],
)
def test_money(text, value, currency):
    found = money_value(text)
    assert (found["value"], found["currency"]) == (value, currency)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("ثلاثة مدنيين", 3),
        ("قاعدتين عراقيتين", 2),
        ("هجومان", 2),
        ("لشخصين", 2),
        ("طفلان", 2),
        ("52 هدفاً إيرانياً", 52),
        ("1 200 شخص", 1200),
        ("وأربعة عناصر", 4),
        ("جندياً", 1),
    ],
)
def test_counts(text, value):
    assert count_value(text)["value"] == value


@pytest.mark.parametrize(
    "text",
    [
        "مدنيين عراقيين",
        "معتقلين",
        "مواطنين",
        "فلسطين",
        "لبنان",
        "البساتين",
        "السكان",
        "الجندي",
        "قائد",
        "قاسم سليماني",
        "13",
        "القوانين",
    ],
)
def test_no_count_where_none_is_said(text):
    assert count_value(text) is None


@pytest.mark.parametrize("text", ["", "صفقة", "1.2.3", "دولار", "ليرة", "٪"])
def test_unknown_stays_unknown(text):
    assert number_value(text) is None and money_value(text) is None


def test_a_range_of_money():
    found = money_value("بين 10 و20 مليون دولار")
    assert (found["min"], found["max"], found["currency"]) == (10_000_000, 20_000_000, "USD")


def test_ordinals():
    assert number_value("السابعة والثلاثين") == {"kind": "number", "value": 37, "ordinal": True}


def test_ratios():
    assert number_value("أربعة من كل 10") == {"kind": "ratio", "value": 0.4}


def test_a_name_that_ends_like_a_dual_counts_nobody():
    assert count_value("كريستين داود", person=True) is None
    assert count_value("امرأتين", person=True)["value"] == 2


def test_numbers_that_are_not_joined_are_not_added():
    found = amount("عشرين وثلاثين")
    assert found is not None and found[0].value == 20


@pytest.mark.parametrize("text", ["1" * 400, "7" * 19, "1" * 400 + ".5", "1" + ",000" * 200])
def test_a_serial_number_is_no_amount(text):
    assert digits(text) is None and number_value(text) is None
    assert money_value(f"{text} دولار") is None and count_value(f"{text} جنديا") is None


def test_many_scales_in_a_row_are_no_error():
    for word in ("ألف", "مليون", "مليار", "تريليون"):
        assert number_value(f"{word} " * 200)["kind"] == "number"


@given(st.integers(0, 10**12))
def test_digits_are_read_back(number):
    grouped = f"{number:,}"
    eastern = str(number).translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
    assert digits(str(number)) == number == digits(grouped)
    assert number_value(eastern)["value"] == number


@given(st.integers(1, 9), st.integers(2, 9), st.integers(1, 9), st.integers(3, 9))
def test_words_of_a_number_add_up(unit, ten, hundred, thousand):
    units = ["", "واحد", "اثنين", "ثلاثة", "أربعة", "خمسة", "ستة", "سبعة", "ثمانية", "تسعة"]
    tens = ["", "", "عشرين", "ثلاثين", "أربعين", "خمسين", "ستين", "سبعين", "ثمانين", "تسعين"]
    hundreds = ["", "مئة", "مئتين", *(f"{u}مئة" for u in ["ثلاث", "أربع", "خمس", "ست", "سبع", "ثمان", "تسع"])]
    text = f"{units[thousand]} آلاف و{hundreds[hundred]} و{units[unit]} و{tens[ten]}"
    assert number_value(text)["value"] == thousand * 1000 + hundred * 100 + ten * 10 + unit


@given(st.text(max_size=25))
def test_any_text_is_read_without_an_error(text):
    for read in (number_value, money_value, count_value):
        value = read(text)
        assert value is None or {"value", "min", "max"} & set(value)


@given(st.text(alphabet="ابتثأإآىةؤئء مسل()-/aB1", max_size=20))
def test_the_fast_way_of_folding_is_the_exact_one(text):
    assert fold(text) == " ".join(normalise(text, unify_letters=True).text.split()).lower()


def test_forms_of_a_word_with_proclitics():
    assert {"ومصادر", "مصادر"} <= set(bare("ومصادر"))
    assert "البصره" in set(bare(fold("للبصرة")))
