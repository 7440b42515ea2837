"""Time expressions to TIMEX3 / ISO 8601, relative to the date of the document.

Only what the words say becomes part of a value: a month stays a month, a relative expression
without a document date stays unresolved and says why.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import regex

from . import calendars as cal
from .date_parts import Reader
from .date_periods import fixed_period, relative_period
from .date_spans import duration, recurring, reference
from .date_value import (
    NO_DATE,
    OUTSIDE,
    DateValue,
    day_value,
    in_calendar,
    month_value,
    unresolved,
    year_value,
)
from .words import fold

_NUMERIC = regex.compile(r"(?<!\d)(\d{4}) ?[-–/.] ?(\d{1,2}) ?[-–/.] ?(\d{1,2})(?!\d)")
_NUMERIC_DMY = regex.compile(r"(?<!\d)(\d{1,2}) ?[-–/.] ?(\d{1,2}) ?[-–/.] ?(\d{4})(?!\d)")
_YEARS = regex.compile(r"(?<!\d)(\d{4})(?: ?[-–] ?| (?:الي|حتي) | ?و ?| و)(?:عام )?(\d{4})(?!\d)")
_TWO_DAYS = regex.compile(r"(?<!\p{L})[وفب]?(?:يومي|ايام) (\d{1,2}|ال\p{L}+) و ?(\d{1,2}|ال\p{L}+)(.*)")
_FROM_TO = regex.compile(
    r"(?<!\p{L})[وف]?(?:من|منذ|بين|ما بين) (.+?) (?:و?(?:الي|حتي|لغايه) |و(?=[\p{L}\d]))(.+)"
)
_WHOLE = r"(?<!\d)(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{4})(?!\d)"
_DAYS = regex.compile(rf"({_WHOLE}) ?(?:[-–]|الي|حتي) ?({_WHOLE})")
_DASH = regex.compile(r"(\d{1,2}) ?(?:[-–]|الي|حتي) ?(\d{1,2}(?!\d).+)")
_BC = regex.compile(  # with the unit of "3000 years before Christ"
    r"(?:(?<!\p{L})(?:عاما?|سنه) )?(?:قبل (?:.{1,30} من )?(?:الميلادي?|(?:ميلاد )?المسيح)|(?<!\p{L})ق ?\.? ?م)(?!\p{L})"
)
_ERA = regex.compile(r"(?<!\p{L})(?:م|(?:ال|لل)?ميلاد\p{L}*|المسيح)(?!\p{L})")  # that of _BC too
_TWO_ENDS = regex.compile(r"(.+?)(?: ?[-–] ?| (?:الي|حتي|لغايه) | و ?(?=\d|عام|سنه|القرن))(.+)")

_NOT_COUNTED = "before our era: no year or century that can be read"
_WEEK_OF_A_MONTH = "which days a week of a month or year covers is not settled"


def parse_date(text: str, base: date | None = None) -> dict[str, Any] | None:
    """The value of a time expression.

    Args:
        text: the words of a DATE mention.
        base: the date of the document; None when unknown.

    Returns:
        A mapping with ``kind`` = ``date``, the TIMEX3 ``type`` and ``timex`` (None when it cannot be
        resolved, with the reason under ``unresolved``), ``granularity``, and ``start`` and ``end``,
        the first and last day it covers, where known. None for words that name no time we know.

    Examples:
        >>> parse_date("فجر الجمعة الفائتة", date(2020, 1, 7))["timex"]
        '2020-01-03TNI'
    """
    key = fold(text.replace("(", " ").replace(")", " "))
    value = _before_christ(key) if _BC.search(key) else _range(key, base) or _parse(key, base)
    return value.to_dict() if value else None


def _parse(key: str, base: date | None) -> DateValue | None:
    reader = Reader(key)
    value = (
        recurring(reader)
        or reference(reader, base)
        or _numeric(reader)
        or duration(reader, base)
        or _period(reader, base)
    )
    if value is None and reader.part_only:
        return _today_part(reader, base)
    # "the end of the week" is its week-end, not the last part of it.
    return value.with_mod(reader.mod) if value and value.granularity != "weekend" else value


def _today_part(reader: Reader, base: date | None) -> DateValue | None:
    """A clock time or a part of the day alone: the day is not stated."""
    if reader.clock:
        return reader.clock_value()
    part = reader.part
    return DateValue("TIME", f"XXXX-XX-XX{part[0]}", "part", part=part[1]) if part else None


def _numeric(reader: Reader) -> DateValue | None:
    """``2020-01-03``, ``3/1/2020``: day, month, year as Arabic writes them."""
    found = _NUMERIC.search(reader.rest)
    parts = [int(x) for x in found.groups()] if found else []
    if not parts:
        found = _NUMERIC_DMY.search(reader.rest)
        parts = [int(x) for x in reversed(found.groups())] if found else []
    if not parts:
        return None
    if parts[0] < 1500:
        days = cal.hijri_days(*parts)
        return day_value(days[0], reader, calendar="hijri") if days else None
    try:
        return day_value(date(*parts), reader)
    except ValueError:
        return None


def _period(reader: Reader, base: date | None) -> DateValue | None:
    """A day, week, month, year or longer; explicit dates first, since they need no guess."""
    month, hijri = reader.month, reader.hijri_month
    relative = reader.relative
    if reader.week_of and (reader.names_time or reader.relative_year is not None):
        return unresolved("DATE", "week", _WEEK_OF_A_MONTH)
    if month:
        return _month(reader, base, month, relative)
    if hijri:
        return _hijri(reader, base, hijri, relative)
    if reader.bare_day and relative is not None and not reader.unit_follows:
        # "the 22nd of the current": the month goes without saying.
        return _month_of(reader, base, reader.bare_day, relative)
    offset = reader.deictic
    if offset is not None:
        if base is None:
            return unresolved("DATE", "day", NO_DATE)
        day = cal.shift(base, "D", offset)
        if day is None:
            return unresolved("DATE", "day", OUTSIDE)
        clash = reader.weekday is not None and reader.weekday != day.isoweekday()
        return day_value(day, reader, conflict="weekday" if clash else None)
    if reader.weekday is not None and not reader.unit_follows:
        return _weekday(reader, base, reader.weekday, relative)
    return fixed_period(reader, base) or relative_period(reader, base)


def _weekday(reader: Reader, base: date | None, weekday: int, relative: int | None) -> DateValue:
    """The day of that name: the last one up to the document's, before it when ``الماضي`` says so."""
    if base is None:
        code = f"XXXX-WXX-{weekday}" + (reader.part[0] if reader.part else "")
        return unresolved("DATE", "day", NO_DATE, timex=code)
    back = (base.isoweekday() - weekday) % 7
    if relative is None or relative == 0:
        offset = -back
    else:
        offset = 7 - back if relative > 0 else -(back or 7) + 7 * (relative + 1)
    day = cal.shift(base, "D", offset)
    if day is None:
        return unresolved("DATE", "day", OUTSIDE)
    return day_value(day, reader, inferred=relative is None)


def _month(reader: Reader, base: date | None, month: int, relative: int | None) -> DateValue | None:
    """``الرابع من يناير كانون الثاني``, ``شباط/فبراير 2015``, ``سبتمبر الماضي``."""
    day, year = reader.day, reader.year
    inferred = False
    if year is None and reader.relative_year is not None:
        year = base.year + reader.relative_year if base else None
    elif year is None and base is not None:
        year, inferred = _year_of(month, day, base, relative), True
    if year is None:
        code = f"XXXX-{month:02d}" + (f"-{day:02d}" if day else "") + (reader.part[0] if reader.part else "")
        why = "the year is not stated and the date of the document is unknown"
        return unresolved("DATE", "day" if day else "month", why, timex=code)
    if not in_calendar(year):
        return unresolved("DATE", "day" if day else "month", OUTSIDE)
    if day is None:
        whole = month_value(year, month, inferred=inferred and relative is None)
        return whole.with_mod(reader.portion)
    try:
        return day_value(date(year, month, day), reader, inferred=inferred and relative is None)
    except ValueError:  # 31 April: not a day
        return None


def _month_of(reader: Reader, base: date | None, day: int, relative: int) -> DateValue | None:
    if base is None:
        return unresolved("DATE", "day", NO_DATE)
    month = cal.shift(base.replace(day=1), "M", relative)
    if month is None:
        return unresolved("DATE", "day", OUTSIDE)
    try:
        return day_value(month.replace(day=day), reader)
    except ValueError:
        return None


def _year_of(month: int, day: int | None, base: date, relative: int | None) -> int:
    """The year of a month (and day) without one.

    ``الماضي`` and ``المقبل`` say it. Without them news looks back, except when the day lies within
    two months ahead and nearly a year back.
    """
    here = (month, day or base.day)
    now = (base.month, base.day)
    if relative is not None and relative > 0:
        return base.year + (here <= now)
    if relative is not None and relative < 0:
        return base.year - (here >= now) + relative + 1
    if relative == 0 or here <= now:
        ahead = (month - base.month) % 12
        return base.year + (relative is None and here < now and ahead <= 2 and base.month > month)
    return base.year if month - base.month <= 2 else base.year - 1


def _hijri(reader: Reader, base: date | None, month: int, relative: int | None) -> DateValue | None:
    """A Hijri month or day, given as the Gregorian days it covers."""
    year, inferred = reader.year, False
    if year is None and base is not None:
        year = cal.hijri_year(base)
        inferred = relative is None
        days = cal.hijri_days(year, month, reader.day) if year else None
        if year and days:
            if days[0] > base and not (relative is not None and relative > 0):
                year -= 1
            elif days[1] < base and relative is not None and relative > 0:
                year += 1
            elif days[1] >= base and relative is not None and relative < 0:
                year -= 1
    if year is None:
        return unresolved("DATE", "day" if reader.day else "month", "the Hijri year is not known")
    days = cal.hijri_days(year, month, reader.day)
    if days is None:
        return None
    if reader.day:
        return day_value(days[0], reader, calendar="hijri", inferred=inferred)
    begin, end = days
    told = "year" if inferred else None
    whole = DateValue("DATE", f"{begin}/{end}", "month", begin, end, calendar="hijri", inferred=told)
    return whole.with_mod(reader.portion)


def _range(key: str, base: date | None) -> DateValue | None:
    """Two ends: years, ``بين ... و...``, ``من ... إلى ...``, ``3-5 يناير``."""
    years = _YEARS.search(key)
    if years and 1 <= int(years[1]) < int(years[2]):
        a, b = year_value(int(years[1])), year_value(int(years[2]))
        return _span(a, b)
    two = _TWO_DAYS.search(key)
    if two:
        first, second = (_parse(f"يوم {day}{two[3]}", base) for day in two.groups()[:2])
        if first and second and first.start and second.end and first.start < second.end:
            return _span(first, second)
    numeric = _NUMERIC.search(key) or _NUMERIC_DMY.search(key)
    for pattern in (_DAYS, _FROM_TO, _DASH):
        found = pattern.search(key)
        # The dashes inside 5-10-2019 part no two ends.
        if not found or (pattern is _DASH and numeric and numeric.start() <= found.start() < numeric.end()):
            continue
        left, right = found[1].strip(), found[2].strip()
        second = _parse(right, base)
        if second is None or second.kind_type == "DURATION":
            continue
        reader = Reader(right)
        if regex.fullmatch(r"\d{1,2}|(?:ال)?\p{L}+(?: و?\p{L}+)?", left) and not Reader(left).names_time:
            # The first end borrows the month: "from 3 to 5 January".
            tail = regex.sub(r"^(?:\d{1,2}|\p{L}+(?: وال\p{L}+)?)(?=[ /.-])", "", right)
            left = left + tail
        elif reader.month and reader.year and Reader(left).month and Reader(left).year is None:
            left = f"{left} {reader.year}"
        first = _parse(left, base)
        if first and first.start and second.end and first.start < second.end:
            return _span(first, second)
    return None


def _before_christ(key: str) -> DateValue:
    """A time before our era, or one that begins there; what is not said of an end is not guessed."""
    two = _TWO_ENDS.match(key)
    if two is None:
        return _before_year_one(key)
    left = two[1] if _ERA.search(two[1]) else f"{two[1]} ق.م"  # "from 500 to 400 BC"
    ends = [
        _before_year_one(end) if _BC.search(end) else _parse(end, None)
        for end in (left, two[2])
        if _ERA.search(end)
    ]
    told = [end for end in ends if end and end.timex]
    # The years run backwards there, and BC sorts after the digits of ours.
    if len(told) == 2 and str(told[0].timex) > str(told[1].timex):
        return _span(told[0], told[1])
    return unresolved("DATE", "year", _NOT_COUNTED)


def _before_year_one(key: str) -> DateValue:
    """The value of the same words in our era after ``BC``: ``BC0044-03``, ``BC04`` for the years 400 to 499.

    ``date`` has none of its days. What is counted within a century runs the other way: it gets no value.
    """
    value = None if _ERA.search(_BC.sub(" ", key)) else _parse(_BC.sub(" م", key), None)
    if value and regex.fullmatch(r"\d\d|\d{4}(?:-[^/]+)?", value.timex or ""):
        return replace(value, timex=f"BC{value.timex}", start=None, end=None)
    return unresolved("DATE", value.granularity if value else "year", _NOT_COUNTED)


def _span(first: DateValue, second: DateValue) -> DateValue:
    inferred = first.inferred or second.inferred
    timex = f"{first.timex}/{second.timex}"
    return DateValue("DATE", timex, second.granularity, first.start, second.end, inferred=inferred)
