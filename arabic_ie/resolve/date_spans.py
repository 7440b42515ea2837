"""Durations, distances from the document's date, repeated times and vague references."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import regex

from . import calendars as cal
from .date_parts import ORDINALS, Reader, any_of
from .date_periods import DECADE, HALF, SEASON, SINCE, UNIT, calendar_period, century_index
from .date_value import NO_DATE, OUTSIDE, DateValue, unresolved
from .numbers import leading
from .words import bare, fold, folded

_REFS = {
    "PRESENT_REF": "الآن الان حاليا حالياً حتى_الآن هذه_الأيام نفس_الوقت الوقت_نفسه الوقت_الحالي اللحظة"
    " هذه_اللحظة الوقت_الراهن الوقت_الحاضر الحاضر",
    "PAST_REF": "مؤخرا سابقا في_السابق السابق السابقة آنذاك حينها حينذاك وقتها في_الماضي الماضي الأيام_الماضية"
    " الأسابيع_الماضية الأشهر_الماضية السنوات_الماضية الأعوام_الماضية العقود_الماضية الفترة_الماضية وقت_سابق فترة_سابقة"
    " الفترة_الأخيرة الآونة_الأخيرة الأيام_الأخيرة الأسابيع_الأخيرة السنوات_الأخيرة الأسابيع_التي_مضت"
    " الأشهر_الأخيرة الساعات_الماضية الساعات_الأخيرة قديما أخيرا",
    "FUTURE_REF": "قريبا لاحقا وقت_لاحق في_المستقبل المستقبل الأيام_المقبلة الأيام_القادمة الأسابيع_المقبلة"
    " الأسابيع_القادمة الأشهر_المقبلة الأشهر_القادمة السنوات_المقبلة السنوات_القادمة السنوات_اللاحقة"
    " الفترة_المقبلة الساعات_المقبلة الساعات_القادمة",
}
REFERENCES = {fold(w.replace("_", " ")): code for code, words in _REFS.items() for w in words.split()}
_LEAD = regex.compile(r"^(?:[وف]?(?:في|خلال|حتي|منذ|طوال|طيله|و) )+")
_SETS = {
    fold(word): timex
    for words, timex in (
        ("يومي يومية يوميا اليومي اليومية", "P1D"), ("أسبوعي أسبوعية أسبوعيا الأسبوعي الأسبوعية", "P1W"),
        ("شهري شهرية شهريا الشهري الشهرية", "P1M"), ("سنوي سنوية سنويا السنوي السنوية", "P1Y"),
    )
    for word in words.split()
}  # fmt: skip
_BEFORE = any_of(["قبل"])
_LAST_N = any_of(["آخر"])
_SEVERAL = folded("عدة بضع بضعة")
# A part of one unit is told in smaller ones: half an hour is 30 minutes.
_PART_OF = regex.compile(r"(?<!\p{L})(?P<and>و)?[فبل]?(?P<part>نصف|ربع|ثلث) (?P<unit>\p{L}+)")
_PARTS = {
    ("نصف", "TH"): ("TM", 30), ("ثلث", "TH"): ("TM", 20), ("ربع", "TH"): ("TM", 15), ("نصف", "TM"): ("TS", 30),
    ("نصف", "D"): ("TH", 12), ("نصف", "Y"): ("M", 6), ("نصف", "DE"): ("Y", 5), ("نصف", "CE"): ("Y", 50),
    ("ربع", "CE"): ("Y", 25), ("ثلث", "CE"): ("Y", 33),
}  # fmt: skip
_AND_PART = regex.compile(r"(?<!\p{L})و(?:ال)?(?P<part>نصف|ربع)$")
_SHARE = {"نصف": 0.5, "ربع": 0.25}


def recurring(reader: Reader) -> DateValue | None:
    """``يوميا``, ``كل عامين``, ``كل سبت``."""
    words = reader.rest.split()
    if len(words) <= 2 and words and any(form in _SETS for form in bare(words[0])):
        timex = next(_SETS[form] for form in bare(words[0]) if form in _SETS)
        return DateValue("SET", timex, cal.GRANULARITY[timex[-1]])
    if words and words[0] in ("كل", "وكل", "لكل"):
        if reader.weekday is not None:
            return DateValue("SET", f"XXXX-WXX-{reader.weekday}", "day")
        found = _quantity(reader)
        if found and found[1] is not None:
            return DateValue("SET", cal.iso_duration(found[0], found[1]), cal.GRANULARITY[found[0]])
    return None


def reference(reader: Reader, base: date | None) -> DateValue | None:
    """Words that only say past, present or future."""
    key = _LEAD.sub("", reader.rest)
    for form in (reader.rest, key, key.removesuffix(" نفسه")):
        if form in REFERENCES:
            return DateValue("DATE", REFERENCES[form], "none")
    return None


def _quantity(reader: Reader) -> tuple[str, int | float | None, int] | None:
    """(unit, count, offset of the unit word) of ``ثلاث سنوات``, ``يومين``, ``السنوات الخمس``, ``نصف ساعة``."""
    part = _part(reader)
    if part and (not part["and"] or part.start() == 0):
        smaller = _PARTS.get((part["part"], cal.UNITS[part["unit"]][0]))
        return (*smaller, part.start()) if smaller else None
    whole = _whole(reader)
    if whole is None:
        return None
    code, count, at = whole  # "three years and half a year", "an hour and a half"
    more = part or _AND_PART.search(reader.rest, at)
    share = _SHARE.get(more["part"]) if more else 0
    if not share:
        return whole if more is None else None
    return (code, count + share, at) if count and (not part or code == cal.UNITS[part["unit"]][0]) else None


def _part(reader: Reader) -> regex.Match[str] | None:
    """``نصف ساعة``, ``ونصف السنة``: not the first half of a year."""
    found = _PART_OF.search(reader.rest)
    return found if found and found["unit"] in cal.UNITS else None


def _whole(reader: Reader) -> tuple[str, int | float | None, int] | None:
    found = UNIT.search(reader.rest)
    while found:  # the clock and "يوم الجمعة" name units that are not counted
        before = reader.rest[: found.start()].split()
        code, count = cal.UNITS[found[1]]
        after = reader.rest[found.end() :].split()
        number = _before(before)
        if number is not None:
            return code, number if count == 1 else count, found.start()
        if any(w in _SEVERAL for w in before[-1:]):
            return code, None, found.start()
        if count == 2:
            return code, 2, found.start()
        if found[1] in _PLURALS:
            counted = leading(after) if after else None
            return code, counted[0] if counted else None, found.start()
        return code, 1, found.start()
    return None


def _before(words: list[str]) -> int | float | None:
    """The number that ends right before the unit word."""
    for i in range(len(words)):
        number = leading(words[i:])
        if number and number[1] == len(words) - i:
            return number[0]
    return None


_PLURALS = folded(
    "ثوان ثواني الثواني دقائق الدقائق ساعات الساعات أيام الأيام ليال ليالي أسابيع الأسابيع أشهر الأشهر شهور"
    " الشهور أعوام الأعوام سنوات السنوات سنين السنين عقود العقود قرون القرون"
)


def duration(reader: Reader, base: date | None) -> DateValue | None:
    """``ثلاثة أيام``, ``الشهرين الماضيين``, ``قبل ثلاث سنوات``, ``منذ أسبوع``."""
    if reader.month or reader.hijri_month or reader.weekday or reader.clock or reader.year is not None:
        return None
    found = _quantity(reader)
    if found is None or SEASON.search(reader.rest) or DECADE.search(reader.rest):
        return None
    if HALF.search(reader.rest) and _part(reader) is None:
        return None
    code, count, at = found
    if (
        code == "CE" and century_index(reader, None) is not None
    ):  # "since the 19th century" is not a century ago
        return None
    if count is None and reader.part:  # "the first hours of dawn"
        return None
    length, granularity = cal.iso_duration(code, count), cal.GRANULARITY[code]
    lead = reader.rest[:at]
    ago = bool(_BEFORE.search(lead)) and fold("قبل الماضي") not in reader.rest
    since = bool(SINCE.search(lead))
    if ago or since:
        return _ago(code, count, length, granularity, base, since)
    relative = reader.relative
    if _LAST_N.search(lead) and (count or 0) > 1:
        relative = -1
    many = count is None or count > 1
    if relative in (-1, 1) and many:
        return _anchored(code, count, length, granularity, relative, base)
    if not many and (relative is not None or _definite_one(reader, at)):
        return None  # "last month" and "the year" are calendar periods
    if not many and reader.deictic is not None:
        return None
    return DateValue("DURATION", length, granularity, duration=length)


def _definite_one(reader: Reader, at: int) -> bool:
    """``العام``, ``هذا اليوم``, ``الأسبوع التالي``: one unit with the article, or an ordinal after it."""
    word = reader.rest[at:].split()[0].lstrip("وفبلك") if reader.rest[at:].split() else ""
    after = reader.rest[at:].split()[1:]
    return word.startswith("ال") or bool(after and after[0] in ORDINALS)


def _ago(
    code: str, count: int | float | None, length: str, granularity: str, base: date | None, since: bool
) -> DateValue:
    """A point so long before the document; as exact as its unit, never more."""
    relation = "since" if since else None
    if count is None or not isinstance(count, int):
        return DateValue("DATE", "PAST_REF", granularity, duration=length, relation=relation)
    if base is None:
        return replace(unresolved("DATE", granularity, NO_DATE), duration=length, relation=relation)
    if code.startswith("T"):
        why = "the time of day of the document is unknown"
        return replace(unresolved("TIME", granularity, why), duration=length, relation=relation)
    point = cal.shift(base, code, -count)
    if point is None:
        return replace(unresolved("DATE", granularity, OUTSIDE), duration=length)
    value = calendar_period(point, code)
    if since:
        value = replace(value, end=base)
    return replace(value, duration=length, relation=relation)


def _anchored(
    code: str, count: int | float | None, length: str, granularity: str, relative: int, base: date | None
) -> DateValue:
    """A duration that ends, or begins, with the document's date."""
    if count is None or not isinstance(count, int):
        return DateValue("DATE", "PAST_REF" if relative < 0 else "FUTURE_REF", granularity)
    if base is None:
        return replace(unresolved("DURATION", granularity, NO_DATE, timex=length), duration=length)
    hours = code == "TH" and count % 24 == 0
    other = None
    if hours:
        other = cal.shift(base, "D", relative * (count // 24))
    elif not code.startswith("T"):
        other = cal.shift(base, code, relative * count)
    ends = sorted((base, other)) if other else (None, None)
    return DateValue("DURATION", length, granularity, ends[0], ends[1], duration=length)
