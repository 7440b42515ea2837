"""Time expressions: written for these tests, one value each."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arabic_ie.resolve.calendars import hijri_days
from arabic_ie.resolve.dates import parse_date

BASE = date(2020, 1, 7)  # a Tuesday


@pytest.mark.parametrize(
    ("text", "timex"),
    [
        # relative days
        ("أمس الإثنين", "2020-01-06"),
        ("أَمْسِ", "2020-01-06"),
        ("يوم أمس", "2020-01-06"),
        ("أول من أمس", "2020-01-05"),
        ("أمس الأول", "2020-01-05"),
        ("اليوم", "2020-01-07"),
        ("غداً", "2020-01-08"),
        ("بعد غد", "2020-01-09"),
        ("غد الأربعاء", "2020-01-08"),
        ("مساء غد الأربعاء", "2020-01-08TEV"),
        ("قبل يومين", "2020-01-05"),
        ("منذ ثلاثة أيام", "2020-01-04"),
        ("قبل ١٠ أيام", "2019-12-28"),
        # days of the week
        ("يوم السبت", "2020-01-04"),
        ("الثلاثاء", "2020-01-07"),
        ("الثلاثاء الماضي", "2019-12-31"),
        ("الأحد المقبل", "2020-01-12"),
        ("يوم الجمعة القادم", "2020-01-10"),
        ("الخميس المنصرم", "2020-01-02"),
        # parts of a unit
        ("لنصف ساعة", "PT30M"),
        ("ونصف ساعة", "PT30M"),
        ("ربع قرن", "P25Y"),
        ("قبل نصف قرن", "1970"),
        ("أربع سنوات ونصف السنة", "P4.5Y"),
        ("ساعة ونصف", "PT1.5H"),
        ("النصف الأول من العام", "2020-H1"),
        ("النصف الأول من العام الماضي", "2019-H1"),
        ("النصف الأول من العام قبل الماضي", "2018-H1"),
        ("الربع الثالث من العام الماضي", "2019-Q3"),
        ("الربع الأخير من العام الجاري", "2020-Q4"),
        ("الربع الأخير", "2019-Q4"),
        ("الربع الأخير من العام", "2020-Q4"),
        ("الربع الأخير للعام", "2020-Q4"),
        ("النصف الأخير من السنة", "2020-H2"),
        ("الربع الأخير من العام المالي الماضي", "2019-Q4"),
        ("الربع الأخير من عام 2018", "2018-Q4"),
        ("النصف الأخير من الشهر", "2020-01"),
        ("النصف الأخير من العقد الماضي", "201"),
        ("النصف الأول من الشهر الماضي", "2019-12"),
        ("الثلث الأول من يناير", "2020-01"),
        ("الثلث الأخير من العام الماضي", "2019"),
        ("الأيام العشرة الأولى من يناير", "2020-01"),
        ("العشر الأواخر من رمضان", "2019-05-06/2019-06-03"),
        # parts of the day and clock times
        ("فجر الجمعة الفائتة", "2020-01-03TNI"),
        ("مساء السبت", "2020-01-04TEV"),
        ("صباح اليوم", "2020-01-07TMO"),
        ("ظهر أمس", "2020-01-06TMI"),
        ("عصر الأحد", "2020-01-05TAF"),
        ("الليلة الماضية", "2020-01-06TNI"),
        ("ليل السبت الأحد", "2020-01-04TNI"),
        ("الساعة التاسعة من صباح الأحد", "2020-01-05T09:00"),
        ("الساعة 10:30 مساء أمس", "2020-01-06T22:30"),
        ("الساعة الثالثة والنصف فجراً", "T03:30"),
        ("الساعة الثامنة إلا ربعا مساء", "T19:45"),
        # weeks, months, years
        ("الأسبوع الماضي", "2020-W01"),
        ("الأسبوع المقبل", "2020-W03"),
        ("نهاية الأسبوع الماضي", "2020-W01-WE"),
        ("الشهر الماضي", "2019-12"),
        ("الشهر الجاري", "2020-01"),
        ("قبل شهرين", "2019-11"),
        ("العام الماضي", "2019"),
        ("العام قبل الماضي", "2018"),
        ("هذا العام", "2020"),
        ("قبل ثلاث سنوات", "2017"),
        ("عام 2003", "2003"),
        ("سنة ٢٠١١م", "2011"),
        ("عام ألفين وخمسة عشر", "2015"),
        # Levantine, Western, Maghrebi months
        ("الرابع من يناير كانون الثاني", "2020-01-04"),
        ("شباط/فبراير 2015", "2015-02"),
        ("١٥ آذار ٢٠١١", "2011-03-15"),
        ("الثاني والعشرين من تشرين الثاني 2017", "2017-11-22"),
        ("تشرين الأول الماضي", "2019-10"),
        ("3 جانفي 2019", "2019-01-03"),
        ("20 جوان 2018", "2018-06-20"),
        ("5 جويلية 2016", "2016-07-05"),
        ("12 غشت 2019", "2019-08-12"),
        ("6 نونبر 2019", "2019-11-06"),
        ("25 دجنبر 2019", "2019-12-25"),
        ("الأول من تموز (يوليو) 2018", "2018-07-01"),
        ("31 مارس من العام الماضي", "2019-03-31"),
        ("العاشر من الشهر الجاري", "2020-01-10"),
        ("2019/12/31", "2019-12-31"),
        ("3/1/2020", "2020-01-03"),
        ("5-10-2019", "2019-10-05"),
        ("10-12-2019", "2019-12-10"),
        ("01-02-2020", "2020-02-01"),
        ("3 - 1 - 2020", "2020-01-03"),
        # Hijri
        ("15 رمضان 1445", "2024-03-25"),
        ("١ محرم ١٤٤١ هـ", "2019-08-31"),
        ("1441 هـ", "2019-08-31/2020-08-19"),
        ("رمضان الماضي", "2019-05-06/2019-06-03"),
        # ranges
        ("بين عامي 2011 و2015", "2011/2015"),
        ("من 3 إلى 5 يناير", "2020-01-03/2020-01-05"),
        ("3-5 آذار 2019", "2019-03-03/2019-03-05"),
        ("3-5/1/2020", "2020-01-03/2020-01-05"),
        ("3/1/2020 - 5/1/2020", "2020-01-03/2020-01-05"),
        ("من 2019-01-03 إلى 2019-01-05", "2019-01-03/2019-01-05"),
        ("من 3-1-2020 إلى 5-1-2020", "2020-01-03/2020-01-05"),
        ("بين 28 ديسمبر و3 يناير", "2019-12-28/2020-01-03"),
        # durations
        ("الشهرين الماضيين", "P2M"),
        ("السنوات الخمس الماضية", "P5Y"),
        ("الساعات الـ48 الماضية", "PT48H"),
        ("ثلاثة أسابيع", "P3W"),
        ("عدة أعوام", "PXY"),
        ("قرنين", "P2CE"),
        # repeated times, references
        ("كل يوم", "P1D"),
        ("كل عامين", "P2Y"),
        ("كل خميس", "XXXX-WXX-4"),
        ("سنوياً", "P1Y"),
        ("حالياً", "PRESENT_REF"),
        ("مؤخراً", "PAST_REF"),
        ("قريباً", "FUTURE_REF"),
        # seasons, quarters, decades, centuries
        ("صيف 2015", "2015-SU"),
        ("الصيف الماضي", "2019-SU"),
        ("صيف من العام الماضي", "2019-SU"),
        ("النصف الثاني من عام 2018", "2018-H2"),
        ("الربع الأخير من 2019", "2019-Q4"),
        ("ستينيات القرن الماضي", "196"),
        ("القرن التاسع عشر", "18"),
        ("العقد الأول من القرن الأول", "000"),
        ("العقد الأول من القرن العشرين", "190"),
        # before our era: years and centuries as TIMEX3 has them, without days
        ("عام 332 قبل الميلاد", "BC0332"),
        ("عام 44 ق.م", "BC0044"),
        ("500 ق م", "BC0500"),
        ("نحو 3000 سنة قبل الميلاد", "BC3000"),
        ("منذ عام 500 قبل الميلاد", "BC0500"),
        ("القرن الخامس قبل الميلاد", "BC04"),
        ("منذ القرن الخامس قبل الميلاد", "BC04"),
        ("منذ القرن التاسع عشر", "18"),
        ("منذ القرن الماضي", "19"),
        ("أوائل القرن الأول ق. م.", "BC00"),
        ("القرن الثاني عشر قبل ميلاد المسيح", "BC11"),
        ("15 مارس عام 44 قبل الميلاد", "BC0044-03-15"),
        ("خريف 1362 قبل الميلاد", "BC1362-FA"),
        ("بين عامي 1500 و1200 قبل الميلاد", "BC1500/BC1200"),
        ("من القرن الخامس إلى القرن الثالث قبل الميلاد", "BC04/BC02"),
        ("من عام 50 ق.م إلى عام 100 م", "BC0050/0100"),
    ],
)
def test_value(text, timex):
    assert parse_date(text, BASE)["timex"] == timex


@pytest.mark.parametrize(
    "text",
    [
        "العقد الأول من القرن الأول قبل الميلاد",
        "15 مارس 44 قبل الميلاد",
        "1200-1500 ق.م",
        "من القرن الثالث قبل الميلاد حتى القرن العشرين",
        "القرنين الخامس والرابع قبل الميلاد",
        "القرن الأول الميلادي أو الأول قبل الميلاد",
        "قبل الميلاد بثلاثة قرون",
        "قبل 500 عام من الميلاد",
        "الألف الثالث قبل الميلاد",
        "القرن 0 قبل الميلاد",
        "عام 0 قبل الميلاد",
    ],
)
def test_a_time_before_our_era_is_never_one_of_ours(text):
    value = parse_date(text, BASE)
    assert value["timex"] is None and value["unresolved"] and "start" not in value and "end" not in value


@pytest.mark.parametrize(
    "text",
    [
        "القرن الخامس الهجري",
        "القرن الثالث للهجرة",
        "القرن الأول قبل الهجرة",
        "أوائل القرن 14 هـ",
        "منذ القرن السابع الهجري",
    ],
)
def test_a_century_of_the_hijri_calendar_is_none_of_ours(text):
    value = parse_date(text, BASE)
    assert value["timex"] is None and "Hijri" in value["unresolved"] and "start" not in value


def test_a_year_before_our_era_has_no_days():
    assert not {"start", "end", "unresolved"} & set(parse_date("القرن الخامس قبل الميلاد", BASE))


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("الشهر الماضي", "2019-12-01", "2019-12-31"),
        ("خلال الشهرين الماضيين", "2019-11-07", "2020-01-07"),
        ("آخر 24 ساعة", "2020-01-06", "2020-01-07"),
        ("الأسبوع الماضي", "2019-12-30", "2020-01-05"),
        ("منذ ثلاثة أيام", "2020-01-04", "2020-01-07"),
        ("رمضان 1445", "2024-03-11", "2024-04-09"),
    ],
)
def test_days_covered(text, start, end):
    value = parse_date(text, BASE)
    assert (value["start"], value["end"]) == (start, end)


@pytest.mark.parametrize(
    ("text", "key", "told"),
    [
        ("أوائل شهر مارس الماضي", "mod", "START"),
        ("قبل أكثر من عام", "mod", "MORE_THAN"),
        ("نهاية عام 2019", "mod", "END"),
        ("النصف الأول من أكتوبر", "mod", "START"),
        ("الثلث الأول من يناير", "mod", "START"),
        ("الثلث الثاني من يناير", "mod", "MID"),
        ("الثلث الأخير من يناير", "mod", "END"),
        ("منذ عام 2011", "relation", "since"),
        ("قبل ثلاث سنوات", "duration", "P3Y"),
        ("أمس الخميس", "conflict", "weekday"),  # 6 January 2020 was a Monday
        ("12 آب", "inferred", "year"),
        ("فجر الأحد", "part", "dawn"),
        ("15 رمضان 1445", "calendar", "hijri"),
    ],
)
def test_what_is_said_beside_the_value(text, key, told):
    assert parse_date(text, BASE)[key] == told


@pytest.mark.parametrize("text", ["أمس", "الشهر الماضي", "قبل ثلاث سنوات", "الأسبوع المقبل", "الصيف الماضي"])
def test_unresolved_without_a_date_and_says_so(text):
    value = parse_date(text)
    assert "start" not in value and "unknown" in value["unresolved"]


@pytest.mark.parametrize(
    ("text", "timex"),
    [("4 يناير", "XXXX-01-04"), ("مساء السبت", "XXXX-WXX-6TEV"), ("الشهرين الماضيين", "P2M")],
)
def test_what_is_known_without_a_date_is_kept(text, timex):
    assert parse_date(text)["timex"] == timex


@pytest.mark.parametrize("text", ["31 أبريل 2019", "عيد الفصح", "", "المدينة", "99"])
def test_no_value_is_invented(text):
    assert parse_date(text, BASE) is None


@pytest.mark.parametrize(
    ("text", "day", "granularity"),
    [
        ("يناير 0000", BASE, "month"),
        ("3 يناير 0000", BASE, "day"),
        ("عام 0000", BASE, "year"),
        ("الأعوام 0000-1999", BASE, "year"),
        ("النصف الأول من عام 0000", BASE, "half"),
        ("ستينات القرن 200", BASE, "decade"),
        ("القرن 200", BASE, "century"),
        ("القرن 0", BASE, "century"),
        ("غدا", date.max, "day"),
        ("السبت المقبل", date.max, "day"),
        ("يوم 5 المقبل", date.max, "day"),
        ("الأسبوع المقبل", date.max, "week"),
        ("يناير المقبل", date.max, "month"),
        ("الربع الأول من العام المقبل", date.max, "quarter"),
        ("الصيف المقبل", date.max, "season"),
        ("القرن المقبل", date.max, "century"),
        ("الليلة الماضية", date.min, "part"),
        ("العقد الماضي", date.min, "decade"),
        ("ديسمبر الماضي", date.min, "month"),
    ],
)
def test_outside_the_calendar_is_unresolved(text, day, granularity):
    value = parse_date(text, day)
    assert (value["timex"], value["granularity"]) == (None, granularity)
    assert value["unresolved"] == "outside the calendar" and "start" not in value


def test_the_last_week_of_the_calendar_has_no_last_day():
    value = parse_date("هذا الأسبوع", date.max)
    assert value["timex"] == "9999-W52" and "end" not in value


@pytest.mark.parametrize(
    "text", ["الأسبوع الثالث من يناير", "الأسبوع الأخير من يناير", "الأسبوع الأول من الشهر الماضي"]
)
def test_a_week_of_a_month_is_neither_a_day_nor_another_week(text):
    value = parse_date(text, BASE)
    assert (value["timex"], value["granularity"]) == (None, "week") and value["unresolved"]


def test_a_month_named_like_zero():
    """The word is read as Safar, the month of the Islamic year, as a date is asked for."""
    value = parse_date("صفر", BASE)
    assert (value["granularity"], value["calendar"], value["inferred"]) == ("month", "hijri", "year")
    assert (value["start"], value["end"]) == ("2019-09-30", "2019-10-28")


@pytest.mark.parametrize(
    "text", ["مارس 2019", "النصف الأول من أكتوبر", "2019", "العام الماضي", "صيف 2015", "القرن العشرين"]
)
def test_no_day_is_invented(text):
    assert parse_date(text, BASE)["granularity"] not in ("day", "part", "minute")


def test_an_explicit_date_does_not_depend_on_the_document():
    assert parse_date("11 سبتمبر 2001") == parse_date("11 سبتمبر 2001", BASE)


def test_another_event_is_not_the_document():
    assert "another event" in parse_date("اليوم التالي", BASE)["unresolved"]


@given(st.dates(date(1950, 1, 1), date(2070, 1, 1)))
def test_yesterday_is_the_day_before(day):
    assert parse_date("أمس", day)["start"] == (day - timedelta(days=1)).isoformat()


@given(st.dates(date(1950, 1, 1), date(2070, 1, 1)), st.integers(1, 7))
def test_a_day_of_the_week_is_of_the_last_seven(day, n):
    name = ["الاثنين", "الثلاثاء", "الأربعاء", "الخميس", "الجمعة", "السبت", "الأحد"][n - 1]
    found = date.fromisoformat(parse_date(f"يوم {name}", day)["start"])
    assert found.isoweekday() == n and 0 <= (day - found).days < 7


@given(st.dates(date(1925, 1, 1), date(2070, 1, 1)))
def test_a_written_date_is_read_back(day):
    months = [
        "يناير",
        "فبراير",
        "مارس",
        "أبريل",
        "مايو",
        "يونيو",
        "يوليو",
        "أغسطس",
        "سبتمبر",
        "أكتوبر",
        "نوفمبر",
        "ديسمبر",
    ]
    text = f"{day.day} {months[day.month - 1]} {day.year}"
    assert parse_date(text, BASE)["timex"] == day.isoformat()


@given(st.integers(1345, 1499), st.integers(1, 12), st.integers(1, 29))
def test_hijri_days_lie_in_their_month(year, month, day):
    (first, _), (begin, end) = hijri_days(year, month, day), hijri_days(year, month)
    assert begin <= first <= end and (first - begin).days == day - 1


WORDS = (
    "يناير رمضان الجمعة صيف القرن العقد الأسبوع العام عام شهر ستينات النصف الثلث الأول الأخير الماضي المقبل"
    " هذا غدا أمس من إلى بين قبل منذ الميلاد ق.م م 0 0000 9999 200 5-6 3-1-2020 0000-01-01"
)


@given(
    st.lists(st.sampled_from(WORDS.split()), max_size=5), st.sampled_from([None, BASE, date.min, date.max])
)
def test_any_words_at_any_date_are_read_without_an_error(words, day):
    value = parse_date(" ".join(words), day)
    assert value is None or "None" not in str(value["timex"] or "")


@given(st.text(alphabet="امسيوم الجمعة0123456789/-٣َ ـ()،", max_size=30), st.booleans())
def test_any_text_is_read_without_an_error(text, dated):
    value = parse_date(text, BASE if dated else None)
    assert value is None or value["kind"] == "date"
