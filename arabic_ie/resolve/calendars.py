"""Names of months, days, parts of the day, seasons and units, folded; Hijri months to Gregorian days.

Western, Levantine, Maghrebi and Hijri month names are tables of our own: dateparser needs one locale
a call, does not know pairs such as ``شباط/فبراير`` and invents the day of a bare month.
"""

from __future__ import annotations

import calendar
from datetime import date, timedelta

from hijridate import Gregorian, Hijri

from .words import fold


def numbered(text: str) -> dict[str, int]:
    """One line a number: the names of number 1, then of number 2 ..., ``_`` for a space inside."""
    lines = [line.split() for line in text.strip().splitlines()]
    return {
        fold(name.replace("_", " ")): i for i, line in enumerate(lines, 1) for name in line if name != "_"
    }


MONTHS = numbered("""
يناير كانون_الثاني كانون_ثاني كانون_ثان جانفي ينايِر
فبراير شباط فيفري فبرائر
مارس آذار اذار مارث
أبريل إبريل نيسان أفريل
مايو أيار ماي
يونيو يونيه حزيران جوان
يوليو يوليه تموز جويلية يوليوز
أغسطس آب أوت غشت اغسطس
سبتمبر أيلول شتنبر ايلول
أكتوبر تشرين_الأول تشرين_أول اكتوبر
نوفمبر تشرين_الثاني تشرين_ثاني نونبر
ديسمبر كانون_الأول كانون_أول دجنبر
""")
HIJRI_MONTHS = numbered("""
محرم المحرم محرم_الحرام
صفر
ربيع_الأول ربيع_أول
ربيع_الآخر ربيع_الثاني ربيع_ثاني
جمادى_الأولى جمادى_الأول
جمادى_الآخرة جمادى_الثانية جمادى_الآخر
رجب
شعبان
رمضان
شوال
ذو_القعدة ذي_القعدة ذوالقعدة
ذو_الحجة ذي_الحجة ذوالحجة
""")
WEEKDAYS = numbered("""
الإثنين الاثنين إثنين
الثلاثاء ثلاثاء الثلثاء
الأربعاء أربعاء
الخميس خميس
الجمعة جمعة
السبت سبت
الأحد أحد
""")
# TIMEX3 codes; dawn counts as night there, and the name of the part is kept beside the code.
DAY_PARTS = {
    fold(word): value
    for words, value in {
        "فجر الفجر فجرا": ("TNI", "dawn"),
        "صباح الصباح صباحا صبيحة ضحى الضحى": ("TMO", "morning"),
        "ظهر الظهر ظهرا الظهيرة ظهيرة": ("TMI", "noon"),
        "عصر العصر عصرا": ("TAF", "afternoon"),
        "مساء المساء مساءا عشية العشية": ("TEV", "evening"),
        "ليل ليلة ليلا الليل الليلة": ("TNI", "night"),
        "نهار النهار نهارا": ("TDT", "daytime"),
    }.items()
    for word in words.split()
}
AFTERNOON = fold("بعد الظهر"), fold("بعد ظهر")
SEASONS = {
    fold(word): code
    for words, code in {
        "ربيع الربيع": "SP", "صيف الصيف صيفا": "SU", "خريف الخريف": "FA", "شتاء الشتاء": "WI"
    }.items()
    for word in words.split()
}  # fmt: skip
UNITS = {
    fold(word): (code, count)
    for words, code, count in (
        ("ثانية ثوان ثواني الثواني", "TS", 1), ("ثانيتين ثانيتان", "TS", 2),
        ("دقيقة دقائق الدقائق الدقيقة", "TM", 1), ("دقيقتين دقيقتان", "TM", 2),
        ("ساعة ساعات الساعات الساعة", "TH", 1), ("ساعتين ساعتان الساعتين", "TH", 2),
        ("يوم يوما أيام أياما الأيام اليوم ليال ليالي", "D", 1), ("يومين يومان اليومين ليلتين", "D", 2),
        ("أسبوع أسبوعا أسابيع الأسابيع الأسبوع", "W", 1), ("أسبوعين أسبوعان الأسبوعين", "W", 2),
        ("شهر شهرا أشهر شهور الأشهر الشهور الشهر", "M", 1), ("شهرين شهران الشهرين", "M", 2),
        ("عام عاما أعوام الأعوام العام سنة سنوات السنوات السنة سنين السنين سنويا حول", "Y", 1),
        ("عامين عامان العامين سنتين سنتان السنتين", "Y", 2),
        ("عقد عقدا عقود العقود العقد", "DE", 1), ("عقدين عقدان العقدين", "DE", 2),
        ("قرن قرنا قرون القرون القرن", "CE", 1), ("قرنين قرنان القرنين", "CE", 2),
    )
    for word in words.split()
}  # fmt: skip
GRANULARITY = {
    "TS": "second", "TM": "minute", "TH": "hour", "D": "day", "W": "week", "M": "month", "Y": "year",
    "DE": "decade", "CE": "century",
}  # fmt: skip
DECADES = numbered("""
_
عشرينات عشرينيات
ثلاثينات ثلاثينيات
أربعينات أربعينيات
خمسينات خمسينيات
ستينات ستينيات
سبعينات سبعينيات
ثمانينات ثمانينيات
تسعينات تسعينيات
""")


def iso_duration(code: str, count: int | float | None) -> str:
    """ISO 8601 duration; ``X`` for an unknown count: ``P3Y``, ``PT24H``, ``PXD``."""
    shown = "X" if count is None else count
    return f"PT{shown}{code[1:]}" if code.startswith("T") else f"P{shown}{code}"


def shift(day: date, code: str, count: int) -> date | None:
    """The day so many units later (earlier when negative); None outside the calendar."""
    try:
        if code == "D":
            return day + timedelta(days=count)
        if code == "W":
            return day + timedelta(weeks=count)
        if code == "TH":
            return day + timedelta(hours=count)
        months = {"M": 1, "Y": 12, "DE": 120, "CE": 1200}[code] * count
        year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
        last = calendar.monthrange(year, month + 1)[1] if 1 <= year <= 9999 else 0
        return date(year, month + 1, min(day.day, last))
    except (ValueError, OverflowError, KeyError):
        return None


def month_days(year: int, month: int) -> tuple[date, date]:
    """First and last day of a Gregorian month."""
    return date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])


def hijri_days(year: int, month: int | None = None, day: int | None = None) -> tuple[date, date] | None:
    """First and last Gregorian day of a Hijri year, month or day (Umm al-Qura); None when unknown."""
    try:
        first = Hijri(year, month or 1, day or 1)
        if day:
            last = first
        else:
            last_month = month or 12
            last = Hijri(year, last_month, Hijri(year, last_month, 1).month_length())
        begin, end = first.to_gregorian(), last.to_gregorian()
    except (ValueError, OverflowError):
        return None
    return date(begin.year, begin.month, begin.day), date(end.year, end.month, end.day)


def hijri_year(day: date) -> int | None:
    """The Hijri year of a Gregorian day; None outside the years the conversion covers (1924-2077)."""
    try:
        return Gregorian(day.year, day.month, day.day).to_hijri().year
    except (ValueError, OverflowError):
        return None
