"""Calendar periods longer than a day: weeks, months, years, halves, quarters, seasons, decades, centuries."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import regex

from . import calendars as cal
from .date_parts import ORDINALS, Reader, any_of
from .date_value import NO_DATE, OUTSIDE, DateValue, in_calendar, month_value, unresolved, year_value
from .words import fold

_AN_EVENT = "relative to another event of the text"
SEASON = any_of(cal.SEASONS)
DECADE = any_of(cal.DECADES, r"(?<!\p{L})[وفبلك]?(?:ال)?")
HALF = regex.compile(r"(?<!\p{L})[وفبل]?(?:ال)?(نصف|ربع) (\p{L}+)")
_WEEKEND = fold("نهاية الأسبوع")
_FOLLOWING = any_of(["التالي", "التالية", "اللاحق", "اللاحقة", "نفسه", "نفسها", "ذاته", "ذلك", "تلك"])
UNIT = any_of(cal.UNITS)
_NO_YEAR = any_of(["شهر", "الشهر", "القرن", "العقد", "الأسبوع"])  # its half is no half of a year
SINCE = any_of(["منذ", "مذ"])
_HIJRA = regex.compile(r"(?<!\p{L})(?:(?:ال|لل)?هجر(?:ي|ه)|ه)(?!\p{L})")


def calendar_period(day: date, code: str) -> DateValue:
    """The calendar period of this unit that holds the day."""
    if code == "D":
        return DateValue("DATE", day.isoformat(), "day", day, day)
    if code == "W":
        year, week, weekday = day.isocalendar()
        ends = cal.shift(day, "D", 1 - weekday), cal.shift(day, "D", 7 - weekday)
        return DateValue("DATE", f"{year:04d}-W{week:02d}", "week", *ends)
    if code == "M":
        return month_value(day.year, day.month)
    if code == "Y":
        return year_value(day.year)
    if code == "DE":
        return _decade(day.year // 10)
    return _century(day.year // 100)


def _decade(index: int) -> DateValue:
    if not in_calendar(index * 10 + 9):
        return unresolved("DATE", "decade", OUTSIDE)
    start = date(max(index * 10, 1), 1, 1)
    return DateValue("DATE", f"{index:03d}", "decade", start, date(index * 10 + 9, 12, 31))


def _century(index: int) -> DateValue:
    if not in_calendar(index * 100 + 99):
        return unresolved("DATE", "century", OUTSIDE)
    start = date(max(index * 100, 1), 1, 1)
    return DateValue("DATE", f"{index:02d}", "century", start, date(index * 100 + 99, 12, 31))


def fixed_period(reader: Reader, base: date | None) -> DateValue | None:
    """Half, quarter, season, year, decade and century that name themselves."""
    rest, year = reader.rest, reader.year
    century = century_index(reader, base)
    if century is not None and _HIJRA.search(rest):
        return unresolved("DATE", "century", "centuries of the Hijri calendar are not converted")
    since = "since" if SINCE.search(rest) else None
    decade = DECADE.search(rest)
    if decade:
        # Without a century the twentieth is meant, as in English "the sixties".
        index = (19 if century is None else century) * 10 + cal.DECADES[decade[1]]
        value = _decade(index)
        return value if century is not None else replace(value, inferred="century")
    if century is not None:
        first = regex.search(r"العقد (\p{L}+)", rest)
        if first and first[1] in ORDINALS:
            return _decade(century * 10 + ORDINALS[first[1]] - 1)
        return replace(_century(century), relation=since)
    relative = reader.relative if reader.relative_year is None else reader.relative_year
    which = year
    if year is None and base is not None:
        which = base.year + (relative or 0)
    half = None if _NO_YEAR.search(rest) else HALF.search(rest)
    if half and (half[2] in ORDINALS or half[2] == "الاخير"):
        size = 2 if half[1] == "نصف" else 4
        number = ORDINALS.get(half[2], size)
        if number > size:
            return None
        if which is None:
            return unresolved("DATE", "half" if size == 2 else "quarter", NO_DATE)
        if not in_calendar(which):
            return unresolved("DATE", "half" if size == 2 else "quarter", OUTSIDE)
        months = 12 // size
        start, end = date(which, (number - 1) * months + 1, 1), cal.month_days(which, number * months)[1]
        name, letter = ("half", "H") if size == 2 else ("quarter", "Q")
        told = None if year or relative is not None else "year"
        return DateValue("DATE", f"{which:04d}-{letter}{number}", name, start, end, inferred=told)
    season = SEASON.search(rest)
    if season and not reader.hijri_month:
        return _season(reader, base, cal.SEASONS[season[1]])
    if year is None:
        return None
    if reader.hijri_marked:
        days = cal.hijri_days(year)
        if days is None:
            return unresolved("DATE", "year", "outside the table of the Hijri calendar (1343 to 1500)")
        return DateValue("DATE", f"{days[0]}/{days[1]}", "year", *days, calendar="hijri")
    return replace(year_value(year), relation=since)


def _season(reader: Reader, base: date | None, code: str) -> DateValue | None:
    year, relative = reader.year, reader.relative
    inferred = None
    if year is None:
        if base is None:
            return unresolved("DATE", "season", NO_DATE, timex=f"XXXX-{code}")
        # Month in which the season is over; winter reaches into the next year.
        over = {"SP": 6, "SU": 9, "FA": 12, "WI": 3}[code]
        year = base.year + (reader.relative_year or 0)
        if reader.relative_year is not None:
            relative = reader.relative_year
        elif relative == -1:
            year -= base.month <= over if code != "WI" else 1
        elif relative == 1:
            year += base.month >= {"SP": 3, "SU": 6, "FA": 9, "WI": 12}[code]
        inferred = "year" if relative is None else None
    if not in_calendar(year):
        return unresolved("DATE", "season", OUTSIDE)
    return DateValue("DATE", f"{year:04d}-{code}", "season", inferred=inferred)


def century_index(reader: Reader, base: date | None) -> int | None:
    """The first two digits of a century that is told by its number or beside ``base``: 18 for the nineteenth."""
    found = regex.search(r"القرن (?:ال)?((?:\p{L}+|\d{1,4}(?!\d))(?: وال\p{L}+| عشر)?)", reader.rest)
    if not found:
        return None
    word = found[1] if found[1].isdigit() else f"ال{found[1].removeprefix('ال')}"
    if word.isdigit():
        return int(word) - 1
    for form in (word, word.split()[0]):
        if form in ORDINALS:
            return ORDINALS[form] - 1
    relative = reader.relative
    return base.year // 100 + relative if base is not None and relative is not None else None


def relative_period(reader: Reader, base: date | None) -> DateValue | None:
    """``الشهر الماضي``, ``هذا العام``, ``الليلة الماضية``, ``العاشر من الشهر الجاري``."""
    rest, relative = reader.rest, reader.relative
    night = regex.search(r"(?<!\p{L})[وفبل]?(?:ال)?ليله (?:ال)", rest)
    if night and relative in (-1, 1) and base:
        day = cal.shift(base, "D", relative)
        if day is None:
            return unresolved("TIME", "part", OUTSIDE)
        return DateValue("TIME", f"{day}TNI", "part", day, day, part="night")
    found = UNIT.search(rest)
    if found is None:
        return None
    code, count = cal.UNITS[found[1]]
    if code.startswith("T") or count != 1:
        return None
    if _FOLLOWING.search(rest):
        return unresolved("DATE", cal.GRANULARITY[code], _AN_EVENT)
    edge = (reader.portion or reader.mod in ("START", "MID", "END")) and found[1].startswith("ال")
    if edge and code == "Y" and relative is None:
        relative = reader.relative_year
    if relative is None and not (edge and code in ("M", "Y")):
        return None
    inferred = None if relative is not None else cal.GRANULARITY[code]
    relative = relative or 0
    if base is None:
        return unresolved("DATE", cal.GRANULARITY[code], NO_DATE)
    # From the first of the month: a month before 31 March is February.
    moved = cal.shift(base if code in ("D", "W") else base.replace(day=1), code, relative)
    if moved is None:
        return unresolved("DATE", cal.GRANULARITY[code], OUTSIDE)
    if code == "W" and _WEEKEND in rest:
        week = calendar_period(moved, code)
        return replace(week, timex=f"{week.timex}-WE", granularity="weekend")
    day_number = reader.day if code == "M" else None
    if day_number:
        try:
            day = moved.replace(day=day_number)
        except ValueError:
            return None
        return DateValue("DATE", day.isoformat(), "day", day, day)
    period = replace(calendar_period(moved, code), inferred=inferred)
    return period.with_mod(reader.portion) if code in ("M", "Y") else period
