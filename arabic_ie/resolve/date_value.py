"""The value of a time expression, and its makers for a day, a month, a year."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import MAXYEAR, MINYEAR, date
from typing import TYPE_CHECKING, Any

from .calendars import month_days

if TYPE_CHECKING:
    from .date_parts import Reader

NO_DATE = "relative to the date of the document, which is unknown"
OUTSIDE = "outside the calendar"


@dataclass(frozen=True, slots=True)
class DateValue:
    """A TIMEX3 value.

    Attributes:
        kind_type: TIMEX3 type: ``DATE``, ``TIME``, ``DURATION`` or ``SET``.
        timex: TIMEX3 / ISO 8601 value, with ``BC`` before one before our era; None when it cannot be resolved.
        granularity: the finest unit the words name.
        start: first day covered; None before our era.
        end: last day covered; None before our era.
        mod: ``START``, ``MID``, ``END``, ``APPROX``, ``MORE_THAN`` ...
        part: name of the part of the day.
        duration: distance from the document's date, or length, as ISO 8601.
        relation: ``since`` or ``until``: the value is an edge of the time meant.
        calendar: ``hijri`` when the words are in that calendar.
        inferred: ``year`` or ``week`` when that much is our reading and not in the words.
        conflict: what in the words contradicts the value.
        reason: why it is not resolved.
    """

    kind_type: str
    timex: str | None
    granularity: str
    start: date | None = None
    end: date | None = None
    mod: str | None = None
    part: str | None = None
    duration: str | None = None
    relation: str | None = None
    calendar: str | None = None
    inferred: str | None = None
    conflict: str | None = None
    reason: str | None = None

    def with_mod(self, mod: str | None) -> DateValue:
        return self if mod is None or self.mod else replace(self, mod=mod)

    def to_dict(self) -> dict[str, Any]:
        """The plain form; absent parts are left out, ``timex`` never."""
        out: dict[str, Any] = {"kind": "date", "type": self.kind_type, "timex": self.timex}
        out["granularity"] = self.granularity
        for key, value in (
            ("start", self.start and self.start.isoformat()),
            ("end", self.end and self.end.isoformat()),
            ("mod", self.mod),
            ("part", self.part),
            ("duration", self.duration),
            ("relation", self.relation),
            ("calendar", self.calendar),
            ("inferred", self.inferred),
            ("conflict", self.conflict),
            ("unresolved", self.reason),
        ):
            if value is not None:
                out[key] = value
        return out


def unresolved(kind_type: str, granularity: str, reason: str, timex: str | None = None) -> DateValue:
    """A time expression that is understood and cannot be placed on the calendar."""
    return DateValue(kind_type, timex, granularity, reason=reason)


def in_calendar(year: int) -> bool:
    """Whether the days of the year can be told: the years 1 to 9999."""
    return MINYEAR <= year <= MAXYEAR


def day_value(
    day: date,
    reader: Reader,
    calendar: str | None = None,
    inferred: bool = False,
    conflict: str | None = None,
) -> DateValue:
    """A day, with the part of the day or the clock time that the words name."""
    timex, granularity, kind_type = day.isoformat(), "day", "DATE"
    clock = reader.clock
    if clock and clock.certain:
        timex, granularity, kind_type = f"{timex}{clock.timex}", "minute", "TIME"
    elif reader.part:
        timex, granularity, kind_type = timex + reader.part[0], "part", "TIME"
    part = reader.part[1] if reader.part else None
    told = "week" if reader.weekday is not None and reader.month is None else "year"
    return DateValue(
        kind_type, timex, granularity, day, day, part=part, calendar=calendar,
        inferred=told if inferred else None, conflict=conflict,
    )  # fmt: skip


def month_value(year: int, month: int, inferred: bool = False) -> DateValue:
    """A whole month; unresolved in a year outside the calendar."""
    if not in_calendar(year):
        return unresolved("DATE", "month", OUTSIDE)
    start, end = month_days(year, month)
    return DateValue(
        "DATE", f"{year:04d}-{month:02d}", "month", start, end, inferred="year" if inferred else None
    )


def year_value(year: int) -> DateValue:
    """A whole year; unresolved outside the calendar."""
    if not in_calendar(year):
        return unresolved("DATE", "year", OUTSIDE)
    return DateValue("DATE", f"{year:04d}", "year", date(year, 1, 1), date(year, 12, 31))
