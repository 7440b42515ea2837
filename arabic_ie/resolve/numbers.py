"""Numbers in digits and words, with what makes them vague: ``عشرات``, ``نحو``, ``أكثر من``, duals.

The parser is our own: pyarabic, the one library for Arabic number words, is GPL, gives 0 for what
it does not know and has neither vague amounts nor mixed digits and words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile
from math import prod
from typing import Any

import regex

from .nouns import has_dual
from .words import bare, fold, folded, tokens

Number = int | float


def _table(text: str) -> dict[str, int]:
    """``word/word=value`` entries parted by spaces, keys folded."""
    pairs = (entry.split("=") for entry in text.split())
    return {fold(word): int(value) for words, value in pairs for word in words.split("/")}


UNITS = _table(
    "واحد/واحدة=1 أحد/إحدى=1 اثنان/اثنين/اثنتان/اثنتين/اثنا/اثني/اثنتا/اثنتي=2 ثلاث/ثلاثة/ثلاثا=3"
    " أربع/أربعة/أربعا=4 خمس/خمسة/خمسا=5 ست/ستة/ستا=6 سبع/سبعة/سبعا=7"
    " ثمان/ثماني/ثمانية/ثمانيا=8 تسع/تسعة/تسعا=9 عشر/عشرة/عشرا=10 صفر=0"
)
ONE = folded("واحد واحدا واحدة")  # after what it counts
TENS = _table(
    "عشرون/عشرين=20 ثلاثون/ثلاثين=30 أربعون/أربعين=40 خمسون/خمسين=50 ستون/ستين=60"
    " سبعون/سبعين=70 ثمانون/ثمانين=80 تسعون/تسعين=90"
)
HUNDREDS = _table(
    "مئة/مائة/مية=100 مئتان/مئتين/مائتان/مائتين/مئتا/مئتي/مائتا/مائتي=200 ثلاثمئة/ثلاثمائة=300"
    " أربعمئة/أربعمائة=400 خمسمئة/خمسمائة=500 ستمئة/ستمائة=600 سبعمئة/سبعمائة=700"
    " ثمانمئة/ثمانمائة/ثمانيمئة=800 تسعمئة/تسعمائة=900"
)
SCALES = _table(
    "ألف/ألفا/آلاف/الاف=1000 مليون/مليونا/ملايين=1000000"
    " مليار/مليارا/مليارات/بليون/بلايين=1000000000 تريليون/تريليونات=1000000000000"
)
# The accusative of "thousand" is spelled like the dual of the construct state; it follows a number.
DUAL_SCALES = _table(
    "ألفان/ألفين/ألفي/ألفا=2000 مليونان/مليونين/مليوني/مليونا=2000000"
    " ملياران/مليارين/ملياري/مليارا=2000000000"
)
PARTS = {fold("نصف"): 0.5, fold("ربع"): 0.25, fold("ثلث"): 1 / 3}
# Parts that are counted, alone or of what the sentence is about: ثلاثة أرباع, أربعة أخماسهم.
DENOMINATORS = {
    fold(word + whose): below
    for below, word in enumerate(["أثلاث", "أرباع", "أخماس", "أسداس", "أسباع", "أثمان", "أتساع", "أعشار"], 3)
    for whose in ("", "ه", "ها", "هم", "هن", "هما")
}
_IN_TURN = folded("متتالية متتابعة متوالية متعاقبة مالية سنوية")  # quarters of a year
CROWDS = {
    **dict.fromkeys(folded("عشرات"), (20, 99)),
    **dict.fromkeys(folded("مئات مائات"), (200, 999)),
    **dict.fromkeys(folded("آلاف ألوف"), (2000, 9999)),
    **dict.fromkeys(folded("ملايين"), (2_000_000, 9_999_999)),
    **dict.fromkeys(folded("مليارات"), (2_000_000_000, 9_999_999_999)),
}
SEVERAL = {
    **dict.fromkeys(folded("بضع بضعة"), (3, 9)),
    **dict.fromkeys(folded("عدة عديد عدد"), (3, None)),
}
MODIFIERS = {  # the longest first
    "ما لا يقل عن": "EQUAL_OR_MORE", "لا يقل عن": "EQUAL_OR_MORE", "على الأقل": "EQUAL_OR_MORE",
    "ما لا يزيد على": "EQUAL_OR_LESS", "لا يزيد عن": "EQUAL_OR_LESS", "ما لا يزيد عن": "EQUAL_OR_LESS",
    "لا يتجاوز": "EQUAL_OR_LESS", "على الأكثر": "EQUAL_OR_LESS", "أكثر من": "MORE_THAN",
    "ما يزيد على": "MORE_THAN", "ما يزيد عن": "MORE_THAN", "يزيد على": "MORE_THAN",
    "أزيد من": "MORE_THAN", "يزيد عن": "MORE_THAN", "تجاوز": "MORE_THAN", "أقل من": "LESS_THAN",
    "ما يقارب": "APPROX", "ما يقرب من": "APPROX", "يقارب": "APPROX", "نحو": "APPROX",
    "حوالي": "APPROX", "حوالى": "APPROX", "قرابة": "APPROX", "زهاء": "APPROX", "تقريبا": "APPROX",
}  # fmt: skip
_MODIFIER = regex.compile(
    r"(?<!\p{L})[وفبل]?(?:" + "|".join(sorted(map(fold, MODIFIERS), key=len, reverse=True)) + r")(?!\p{L})"
)
_GLUED = regex.compile(r"^\p{L}{2,}(?=\d)(?<!ال)")  # a lost space: قيمتها405
_DIGITS = regex.compile(r"[0-9]+(?:[.,][0-9]+)*")
# What begins with 0 is a decimal: 0,125 and 0.500.
_GROUPED = regex.compile(r"[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?|[1-9]\d{0,2}(?:\.\d{3}){2,}(?:,\d+)?")
_COMMA = regex.compile(r"\d+,\d+")
_THOUSANDS = regex.compile(r"\D{0,3}[1-9]\d{0,2}\.\d{3}")
_SPACED = regex.compile(r"(?<![\d.,]|\d )[1-9]\d{0,2}(?: \d{3})+(?! ?\d|[.,]\d{3})")  # 1 500 000
_MOST_DIGITS = 18  # before the point: what is longer is an account or a serial, and no amount
_BY_FOLD = {fold(words): name for words, name in MODIFIERS.items()}
PERCENT = folded("بالمئة بالمائة بالمية % ٪")
_BETWEEN, _FROM, _TO = folded("بين مابين"), folded("من"), folded("إلى حتى - –")


@dataclass(frozen=True, slots=True)
class Amount:
    """A number, or a range when it is vague.

    Attributes:
        value: the number itself, None when only a range is known.
        low: least value, None when open.
        high: greatest value, None when open.
        mod: TIMEX3 modifier (``APPROX``, ``MORE_THAN`` ...), None for an exact number.
    """

    value: Number | None
    low: Number | None = None
    high: Number | None = None
    mod: str | None = None

    @property
    def vague(self) -> bool:
        return self.mod is not None or self.value is None

    def to_dict(self) -> dict[str, Any]:
        pairs = {"value": self.value, "min": self.low, "max": self.high, "mod": self.mod}
        out: dict[str, Any] = {key: value for key, value in pairs.items() if value is not None}
        return {**out, "vague": True} if self.vague else out


def _tidy(value: Number) -> Number:
    whole = round(value)
    # 8.2 times a thousand million is not whole in binary.
    return whole if abs(value - whole) <= 1e-12 * abs(value) else round(value, 6)


def digits(token: str) -> Number | None:
    """The number a token of digits stands for: ``1,200`` and ``1.200.000`` are grouped, ``7.5`` is not."""
    if not "0" <= token[:1] <= "9":  # nearly every word: it need not be looked at further
        return None
    token = token.replace("٬", ",").replace("٫", ".")
    if not _DIGITS.fullmatch(token):
        return None
    if _GROUPED.fullmatch(token):
        sep = "," if "," in token and token.index(",") < (token.find(".") + 1 or 99) else "."
        token = token.replace(sep, "").replace(",", ".")
    elif _COMMA.fullmatch(token):
        token = token.replace(",", ".")
    if token.count(".") > 1 or "," in token or len(token.partition(".")[0]) > _MOST_DIGITS:
        return None
    return _tidy(float(token)) if "." in token else int(token)


def leading(words: Sequence[str], percent: bool = False) -> tuple[Number, int] | None:
    """The number that a list of folded tokens begins with, and how many tokens it takes.

    Proclitics are taken off the first token only; later ones may carry ``و``, which adds.

    Args:
        words: the folded tokens.
        percent: whether the number is a percentage: the point of ``4.125`` is then a decimal one.
    """
    groups: list[tuple[Number, Number]] = []  # amounts that a scale has closed, each with its size
    current: Number = 0
    words = list(words) if percent else _grouped(words)
    scale: Number = 1
    used = 0
    for i, word in enumerate(words):
        read = _atom(word, i == 0)
        if read is None:
            break
        kind, value, joined = read
        fresh, taken = used == 0, 1
        if several := _fraction(words[i:], kind, value):
            kind, value, taken = "part", several, 2
        if kind == "part":
            if fresh:  # "half a million"; a bare "half" is no number
                after = SCALES.get(words[taken].removeprefix("ال")) if len(words) > taken else None
                if after is None:
                    return (_tidy(value), taken) if several else None
                return _tidy(value * after), taken + 1
            if not joined or current or scale == 1:
                break
            groups.append((value * scale, 1))
            used = i + taken
            if len(words) > used and words[used].removeprefix("ال") in SCALES:
                used += 1
            break
        if kind == "dual" and not fresh and not joined and current:
            kind, value = "scale", value // 2  # "fifty thousand" in the accusative
        if kind == "scale":
            if joined and not fresh and not current and value >= scale > 1:
                break
            # "A thousand thousand million" multiplies; with a number between, only what is smaller does.
            size, limit = value, value if current else value + 1
            while not joined and groups and groups[-1][1] < limit:
                smaller = groups.pop()
                current, size = current + smaller[0], max(size, smaller[1] * value)
            groups.append(((current or 1) * value, size))
            current, scale = 0, value
        elif kind == "dual":
            if not fresh and not joined:
                break
            groups.append((value, value // 2))
            scale = value // 2
        elif kind == "hundred":
            if value == 100 and 3 <= current <= 9 and not joined:
                current = current * 100
            elif fresh or joined:
                current += value
            else:
                break
        elif kind == "unit" and value == 10 and 1 <= current <= 9 and not joined:
            current += 10
        elif kind == "digits" and joined and scale > 1 and not current:
            current = value  # "197 million and 420 thousand"
        elif fresh or (joined and kind != "digits" and _fits(current, value)):
            current += value
        else:
            break
        used = i + 1
    return (_tidy(sum(number for number, _ in groups) + current), used) if used else None


def _fraction(words: Sequence[str], kind: str, value: Number) -> Number | None:
    """The ``ثلاثة أرباع`` that tokens begin with, the first being read; three quarters in turn are three."""
    below = DENOMINATORS.get(words[1]) if len(words) > 1 and kind in ("unit", "digits") else None
    if not below or not 0 < value < below or (len(words) > 2 and words[2] in _IN_TURN):
        return None
    return value / below


def _grouped(words: Sequence[str]) -> list[str]:
    """``20.000`` before a noun is twenty thousand; before ``مليون`` or ``%`` the point is a decimal one."""
    out = list(words)
    for i, word in enumerate(words):
        after = words[i + 1] if i + 1 < len(words) else ""
        if "." in word and _THOUSANDS.fullmatch(word) and after not in SCALES and after not in PERCENT:
            out[i] = word.replace(".", "")
    return out


def _fits(current: Number, value: Number) -> bool:
    """Whether units or tens can be added: 25 is "five and twenty", but "ten and twenty" are two numbers."""
    return current % 100 < 10 if value >= 20 else current % 100 == 0


def _atom(word: str, first: bool) -> tuple[str, Number, bool] | None:
    """What a token is: (kind, value, whether و joins it to what stands before)."""
    forms = list(bare(word)) if first else [word, word.removeprefix("و"), word.removeprefix("ال")]
    for form in forms:
        joined = not first and form != word and word.startswith("و")
        number = digits(form)
        if number is not None:
            return "digits", number, joined
        for kind, table in (("unit", UNITS), ("unit", TENS), ("hundred", HUNDREDS)):
            if form in table:
                return kind, table[form], joined
        if form in DUAL_SCALES:
            return "dual", DUAL_SCALES[form], joined
        if form in SCALES:
            return "scale", SCALES[form], joined
        if form in PARTS:
            return "part", PARTS[form], joined
    return None


def amount(text: str, percent: bool = False) -> tuple[Amount, list[str]] | None:
    """The amount a mention begins with, and the folded tokens that follow it.

    Args:
        text: the mention.
        percent: whether it is a percentage, whose words and signs are passed over.

    Returns:
        None when the text begins with no number, crowd word, dual or counted singular.
    """
    found = _amount(text, percent)
    return (found[0], list(found[1])) if found else None


@lru_cache(maxsize=65536)  # each mention is asked for several times
def _amount(text: str, percent: bool) -> tuple[Amount, list[str]] | None:
    key = _GLUED.sub("", fold(text))
    found = _MODIFIER.search(key)
    mod = None
    if found:
        mod = next(
            m for words, m in _BY_FOLD.items() if found[0].lstrip("وفبل").endswith(words.lstrip("وفبل"))
        )
        key = f"{key[: found.start()]} {key[found.end() :]}".strip()
    key = _SPACED.sub(lambda match: match[0].replace(" ", ""), key)
    words = [word for word in tokens(key) if not percent or word not in PERCENT]
    if not words:
        return None
    between = _range(words, percent)
    if between:
        low, high, rest = between
        return Amount(None, low, high, mod), rest
    crowd = _crowd(words)
    if crowd:
        return crowd[0], crowd[1]
    number = leading(words, percent)
    if number:
        value, used = number
        return _bounded(value, mod), words[used:]
    # A noun in the dual or the singular counts itself: it stays in the rest.
    return (_bounded(2, mod), words) if has_dual(words[0]) else None


def _bounded(value: Number, mod: str | None) -> Amount:
    low = value if mod in ("MORE_THAN", "EQUAL_OR_MORE") else None
    high = value if mod in ("LESS_THAN", "EQUAL_OR_LESS") else None
    return Amount(None if low is not None or high is not None else value, low, high, mod)


def _range(words: list[str], percent: bool) -> tuple[Number, Number, list[str]] | None:
    """``بين 10 و20``, ``من 3 إلى 5``, ``3-5``."""
    start = 1 if words[0] in _BETWEEN | _FROM else 2 if words[:2] == [fold("ما"), fold("بين")] else 0
    # The longest first number that leaves a greater second one: "between five and twenty and thirty".
    for middle in range(len(words) - 1, start, -1):
        first = leading(words[start:middle], percent)
        if not first or first[1] != middle - start:
            continue
        tail = words[middle:]
        if tail[0] in _TO:
            tail = tail[1:]
        elif start and words[start - 1] not in _FROM and tail[0].startswith("و"):
            tail = [tail[0].removeprefix("و"), *tail[1:]]
        else:
            continue
        second = leading(tail, percent)
        if second and second[0] > first[0]:
            low, high = first[0], second[0]
            if low < 1000 <= high and first[1] == 1:  # "between 40 and 50 thousand"
                last = (word.removesuffix("ا") for word in reversed(tail[: second[1]]))
                low *= prod(SCALES[word] for word in takewhile(SCALES.__contains__, last))
            return (low, high, tail[second[1] :]) if low < high else None
    return None


def _crowd(words: list[str]) -> tuple[Amount, list[str]] | None:
    """``عشرات``, ``مئات الآلاف``, ``بضعة آلاف``, ``عدة``."""
    for form in bare(words[0]):
        if form in CROWDS or form in SEVERAL:
            low, high = CROWDS.get(form) or SEVERAL[form]
            factor, used = 1, 1
            if len(words) > 1 and form not in folded("عدد"):
                factor = SCALES.get(words[1]) or SCALES.get(words[1].removeprefix("ال"), 1)
                used += factor > 1
            if form in folded("عديد عدد") and len(words) > used and words[used] == fold("من"):
                used += 1
            return Amount(None, low * factor, high and (high + 1) * factor - 1), words[used:]
    return None
