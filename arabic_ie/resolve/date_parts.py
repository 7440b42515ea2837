"""The parts of a time expression: month, day, year, weekday, part of the day, clock, modifiers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import regex

from . import calendars as cal
from .date_value import DateValue, unresolved
from .numbers import leading
from .words import fold, folded

_CLITIC = r"(?<!\p{L})[وفبلك]?"
_END = r"(?!\p{L})"


def any_of(words: Iterable[str], clitic: str = _CLITIC) -> regex.Pattern[str]:
    """A pattern of whole folded words, the longest first, that may carry a proclitic."""
    folded = sorted((fold(w) for w in words), key=len, reverse=True)
    return regex.compile(f"{clitic}({'|'.join(map(regex.escape, folded))}){_END}")


_ORDINALS = cal.numbered("""
الأول الأولى
الثاني الثانية
الثالث الثالثة
الرابع الرابعة
الخامس الخامسة
السادس السادسة
السابع السابعة
الثامن الثامنة
التاسع التاسعة
العاشر العاشرة
""")
_TENTH = {
    fold(f"ال{ten}{end}"): 10 * n
    for n, ten in enumerate(["عشر", "ثلاث", "أربع", "خمس", "ست", "سبع", "ثمان", "تسع"], 2)
    for end in ("ين", "ون")
}
_ELEVENTH = {fold("الحادي"): 1, fold("الحادية"): 1, fold("الواحدة"): 1, fold("الواحد"): 1}
ORDINALS = {
    **{f"{word} {ten}": n + 10 for word, n in {**_ORDINALS, **_ELEVENTH}.items() for ten in ("عشر", "عشره")},
    **{f"{w} و{t}": n + v for w, n in {**_ORDINALS, **_ELEVENTH}.items() for t, v in _TENTH.items()},
    **_TENTH,
    **_ORDINALS,
}
_ORDINAL = any_of(ORDINALS)
_HOUR_WORDS = {**ORDINALS, fold("الواحدة"): 1}
_MONTH = any_of(cal.MONTHS, r"(?<!\p{L})[وفبلك]?(?:ال)?")
_HIJRI = any_of(cal.HIJRI_MONTHS)
_PART = any_of(cal.DAY_PARTS)
_WEEKDAY = any_of(
    [w for w in cal.WEEKDAYS if w.startswith("ال")] + [f"يوم {w}" for w in cal.WEEKDAYS]
    + [f"كل {w}" for w in cal.WEEKDAYS]
)  # fmt: skip
_YEAR = regex.compile(
    r"(?:(?<!\p{L})[وفبلك]?(?:ال)?(?P<word>عام|سنه|عامي|لعام|للعام|للسنه) )?"
    r"(?<![\d.,/])(?P<year>\d{4}|(?<=(?:عام|سنه) )\d{1,3}|\d{3}(?= ?(?:م|ه|هجري\p{L}*)(?!\p{L}))) ?(?P<mark>م|ميلادي|ميلاديه|ه|هجري|هجريه)?(?!\p{L})(?!\d)"
    r"(?! ?(?:عاما?|سنه|سنوات|يوما?|شهرا?|ساعه|دقيقه)(?!\p{L}))"
)
_YEAR_WORDS = regex.compile(r"(?<!\p{L})[وفبل]?(?:ال)?(?:عام|سنه) ((?:الف|الفين|الفان)(?!\p{L}).*)")
_DAY = regex.compile(r"(?<![\d:.,/\-])(\d{1,2})(?![\d:%]|[.,/]\d)")
_CLOCK = regex.compile(
    r"(?:الساعه|(?<!\p{L})ساعه) (?:(?P<h>\d{1,2})(?:[:.](?P<m>\d{2}))?|(?P<word>" + "|".join(
        map(regex.escape, sorted(_HOUR_WORDS, key=len, reverse=True))
    ) + r"))(?: (?P<frac>والنصف|ونصف|والربع|وربع|والثلث|وثلث|الا ربعا|الا الربع|الا ثلثا|الا الثلث))?(?!\p{L})"
    r"|(?<!\d)(?P<h2>\d{1,2}):(?P<m2>\d{2})(?!\d)"
)  # fmt: skip
_FRACTIONS = {"نصف": 30, "ربع": 15, "ثلث": 20}
_MODS = {
    "START": "أوائل بداية بدايات مطلع مستهل أول_يوم",
    "MID": "منتصف أواسط وسط",
    "END": "أواخر نهاية نهايات ختام آخر_يوم",
    "MORE_THAN": "أكثر_من ما_يزيد_على ما_يزيد_عن أزيد_من",
    "LESS_THAN": "أقل_من",
    "APPROX": "نحو حوالي قرابة زهاء ما_يقارب ما_يقرب_من تقريبا",
}
_MOD = any_of([w.replace("_", " ") for words in _MODS.values() for w in words.split()])
_MOD_NAMES = {fold(w.replace("_", " ")): name for name, words in _MODS.items() for w in words.split()}
_DEICTIC = {
    fold(word.replace("_", " ")): days
    for words, days in (
        ("أول_من_أمس أول_أمس أمس_الأول قبل_أمس أول_البارحة", -2),
        ("أمس الأمس البارحة يوم_أمس", -1),
        ("اليوم الليلة هذا_اليوم هذه_الليلة اليوم_نفسه", 0),
        ("غدا غد الغد يوم_غد", 1),
        ("بعد_غد بعد_الغد", 2),
    )
    for word in words.split()
}
_DEICTIC_WORD = any_of(_DEICTIC)
_RELATIVES = {
    -2: "قبل_الماضي قبل_الماضية",
    -1: "الماضي الماضية الماضيين الماضيتين الماضيان الماضيتان الفائت الفائتة الفائتين المنصرم المنصرمة"
    " المنصرمين السابق السابقة الأخير الأخيرة الأخيرين الأخيرتين المنقضي المنقضية التي_مضت الذي_مضى ماضية",
    0: "الجاري الجارية الحالي الحالية هذا هذه الراهن الراهنة",
    1: "المقبل المقبلة المقبلين المقبلتين القادم القادمة القادمين القادمتين الآتي الآتية",
}
_RELATIVE = any_of([w.replace("_", " ") for words in _RELATIVES.values() for w in words.split()])
_RELATIVE_NAMES = {fold(w.replace("_", " ")): n for n, words in _RELATIVES.items() for w in words.split()}
_OF_YEAR = regex.compile(r"من (?:ال)?(?:عام|سنه) ((?:قبل )?\p{L}+)|من هذا العام|من هذه السنه")

_PORTION = regex.compile(
    r"(?<!\p{L})[وفبلك]?(?:ال)?(?:(?P<part>نصف|ثلث|ربع) |(?<=ال)عشره? |ايام (?:ال\p{L}+ )?(?=ال(?:اولي|اخيره)))"
    r"(?:ال)?(?P<which>اولي?|اوائل|ثانيه?|ثالثه?|رابع|اواسط|وسطي|اخيره?|اواخر)(?!\p{L})"
)
# "the last quarter of the year" is not the last one before today
_PORTION_OF = regex.compile(rf"{_PORTION.pattern}(?= (?:من |(?:ال|ل)?(?:عام|سنه)|\d))")
_EDGES = {
    **dict.fromkeys(folded("أول أولى أوائل"), "START"),
    **dict.fromkeys(folded("ثاني ثانية أواسط وسطى"), "MID"),
    **dict.fromkeys(folded("ثالث ثالثة رابع أخير أخيرة أواخر"), "END"),
}
_WEEK_OF = regex.compile(
    rf"اسبوع (?:{'|'.join(sorted(ORDINALS, key=len, reverse=True))}|الاخير(?= (?:من|ل))){_END}"
)


@dataclass(frozen=True, slots=True)
class Clock:
    """A clock time; not ``certain`` when the words do not tell morning from evening."""

    hour: int
    minute: int
    certain: bool
    zone: str = ""

    @property
    def timex(self) -> str:
        return f"T{self.hour:02d}:{self.minute:02d}{self.zone}"


class Reader:
    """Reads the parts of a folded time expression; each part once, on demand."""

    def __init__(self, key: str) -> None:
        key = regex.sub(r"[“”\"«»،؛?؟!]", " ", key)
        key = regex.sub(r"(?<!\p{L})([وف]?)لل(?=\p{L})", r"\1ال", key)  # "for the year": the article shows
        self.rest = " ".join(regex.sub(r"(?<!\p{L})غره (?=\p{L})", "1 ", key).split())

    @cached_property
    def mod(self) -> str | None:
        found = _MOD.search(self.rest)
        # "middle of the night" is a part of the day.
        if found and found[1] == fold("منتصف") and self.part:
            return None
        return _MOD_NAMES[found[1]] if found else None

    @cached_property
    def part(self) -> tuple[str, str] | None:
        if any(words in self.rest for words in cal.AFTERNOON):
            return "TAF", "afternoon"
        if fold("منتصف الليل") in self.rest:
            return "TNI", "midnight"
        found = _PART.search(self.rest)
        return cal.DAY_PARTS[found[1]] if found else None

    @property
    def part_only(self) -> bool:
        return bool(self.part or self.clock)

    @cached_property
    def _month_match(self) -> regex.Match[str] | None:
        return _MONTH.search(self.rest)

    @cached_property
    def month(self) -> int | None:
        """The Gregorian month; two names of one month (``يناير كانون الثاني``) are one."""
        found = self._month_match
        if found is None or self.hijri_month:
            return None
        if _MONTH.fullmatch(self.rest) is None and found[1] in (fold("آب"), fold("ماي")) and not self._dated:
            return None
        return cal.MONTHS[found[1]]

    @cached_property
    def _dated(self) -> bool:
        return bool(regex.search(r"\d|شهر|" + fold("أغسطس|مايو"), self.rest)) or bool(
            _RELATIVE.search(self.rest)
        )

    @cached_property
    def hijri_month(self) -> int | None:
        found = _HIJRI.search(self.rest)
        return cal.HIJRI_MONTHS[found[1]] if found else None

    @cached_property
    def _without_names(self) -> str:
        """The words without month names, the ordinals in them ("كانون الثاني") and the year."""
        rest = _HIJRI.sub(" ", self.rest) if self.hijri_month else _MONTH.sub(" ", self.rest)
        rest = _CLOCK.sub(" ", rest)
        found = _YEAR.search(rest)
        return rest[: found.start()] + " " + rest[found.end() :] if found else rest

    @cached_property
    def day(self) -> int | None:
        if self.portion or self.week_of:
            return None
        found = _DAY.search(self._without_names)
        if found:
            return int(found[1]) if 1 <= int(found[1]) <= 31 else None
        word = _ORDINAL.search(self._without_names)
        if word:
            return ORDINALS[word[1]]
        number = leading(self._without_names.split())
        return int(number[0]) if number and 1 <= number[0] <= 31 else None

    @cached_property
    def portion(self) -> str | None:
        """``النصف الأول من أكتوبر``, ``العشر الأواخر من رمضان``: its ordinal is no day."""
        found = _PORTION.search(self.rest)
        if found is None:
            return None
        exceptions = {("نصف", "ثاني"): "END", ("ربع", "ثالث"): "MID"}
        return exceptions.get((found["part"], found["which"])) or _EDGES[found["which"]]

    @cached_property
    def week_of(self) -> bool:
        """``الأسبوع الثالث من يناير``: its ordinal is no day."""
        return bool(_WEEK_OF.search(self.rest))

    @cached_property
    def bare_day(self) -> int | None:
        """``يوم 22 الجاري``: a day number right before the word that places it."""
        found = regex.search(r"(?:يوم |^)(\d{1,2}) (?=ال\p{L}+$)", self.rest)
        return int(found[1]) if found and 1 <= int(found[1]) <= 31 else None

    @cached_property
    def _year_match(self) -> regex.Match[str] | None:
        return _YEAR.search(self.rest)

    @cached_property
    def hijri_marked(self) -> bool:
        found = self._year_match
        return bool(found and (found["mark"] or "").startswith("ه") and int(found["year"]) < 1600)

    @cached_property
    def year(self) -> int | None:
        found = self._year_match
        if found:
            return int(found["year"])
        words = _YEAR_WORDS.search(self.rest)
        number = leading(words[1].split()) if words else None
        return int(number[0]) if number and 1000 <= number[0] <= 2100 else None

    @cached_property
    def weekday(self) -> int | None:
        found = _WEEKDAY.search(self.rest)
        return cal.WEEKDAYS[found[1].split()[-1]] if found else None

    @cached_property
    def unit_follows(self) -> bool:
        """The weekday is really a number: ``السنوات الخمس``, ``الأحد`` never is."""
        return bool(regex.search(r"(?:سنوات|ايام|اشهر|اسابيع|ساعات) ", self.rest))

    @cached_property
    def deictic(self) -> int | None:
        found = _DEICTIC_WORD.search(self.rest)
        if found is None:
            return None
        # "the last night", "the second day", "the following day" are not today.
        after = self.rest[found.end() :].split()
        if _DEICTIC[found[1]] == 0 and after and (after[0] in _NOT_TODAY or after[0] in ORDINALS):
            return None
        return _DEICTIC[found[1]]

    @cached_property
    def relative(self) -> int | None:
        rest = _OF_YEAR.sub(" ", _PORTION_OF.sub(" ", self.rest))
        if self.month or self.hijri_month:  # "the last third of January" is not last January
            rest = _PORTION.sub(" ", rest)
        found = _RELATIVE.search(rest)
        return _RELATIVE_NAMES[found[1]] if found else None

    @cached_property
    def relative_year(self) -> int | None:
        """``من العام الماضي`` after a month, a season or a part of a year."""
        found = _OF_YEAR.search(self.rest)
        if found is None or found[1] is None:
            return 0 if found else None
        return _RELATIVE_NAMES.get(found[1], _RELATIVE_NAMES.get("ال" + found[1]))

    @property
    def names_time(self) -> bool:
        known = (self.month, self.hijri_month, self.weekday, self.deictic, self.year, self.relative)
        return any(part is not None for part in known)

    @cached_property
    def clock(self) -> Clock | None:
        found = _CLOCK.search(self.rest)
        if not found:
            return None
        hour = int(found["h"] or found["h2"] or _HOUR_WORDS.get(found["word"] or "", 99))
        minute = int(found["m"] or found["m2"] or 0)
        if found["frac"]:
            share = next(v for k, v in _FRACTIONS.items() if k in found["frac"])
            hour, minute = (hour - 1, 60 - share) if found["frac"].startswith("الا") else (hour, share)
        if not 0 <= hour <= 24 or minute > 59:
            return None
        name = self.part[1] if self.part else None
        late = name in ("afternoon", "evening", "noon") or (name == "night" and 6 <= hour < 12)
        if late and 1 <= hour < 12 and not (name == "noon" and hour == 11):
            hour += 12
        elif hour == 12 and name in ("dawn", "morning", "night", "midnight"):
            hour = 0
        zone = "Z" if regex.search("غرينتش|جرينتش|غرينيتش", self.rest) else ""
        certain = name is not None or hour > 12 or hour == 0 or bool(found["h2"] and len(found["h2"]) == 2)
        return Clock(hour % 24, minute, certain, zone)

    def clock_value(self) -> DateValue:
        """A clock time without a day."""
        clock = self.clock
        if clock and clock.certain:
            return DateValue("TIME", clock.timex, "minute", part=self.part[1] if self.part else None)
        return unresolved("TIME", "hour", "morning or evening is not stated")


_NOT_TODAY = folded("الماضية الماضي الفائتة السابقة التالي التالية المقبلة القادمة السابق")
