"""Units of measure after a number: ``130 ميلا``, ``كيلومترين``, ``نصف طن``, ``40 كيلومترا مربعا``."""

from __future__ import annotations

from collections.abc import Sequence

from .nouns import DUAL_ENDS
from .numbers import ONE
from .words import bare, fold

# Symbols as in the SI where it has one; the others as they are commonly written.
_WORDS = {
    "km": "كيلومتر كيلومترا كيلومترات كلم كم", "m": "متر مترا امتار", "cm": "سنتيمتر سنتيمترا سنتيمترات سم",
    "mm": "مليمتر مليمترا مليمترات ميليمتر ميليمترا ميليمترات ملليمتر ملم مم", "mi": "ميل ميلا اميال",
    "ft": "قدم قدما اقدام", "in": "بوصه بوصات", "yd": "يارده ياردات",
    "kg": "كيلوغرام كيلوغراما كيلوغرامات كيلوجرام كيلوجراما كيلوجرامات كلغ كغم كجم كغ",
    "g": "غرام غراما غرامات جرام جراما جرامات", "mg": "مليغرام مليغراما مليغرامات ملغم",
    "t": "طن طنا اطنان", "lb": "رطل رطلا ارطال", "oz": "اونصه اونصات", "L": "ليتر ليترا ليترات لتر لترا لترات",
    "bbl": "برميل برميلا براميل", "ha": "هكتار هكتارا هكتارات", "acre": "فدان فدانا افدنه", "dunam": "دونم دونما دونمات",
    "W": "واط واطا", "kW": "كيلوواط كيلواط", "MW": "ميغاواط ميجاواط", "GW": "غيغاواط جيجاواط",
    "MB": "ميغابايت ميجابايت", "GB": "غيغابايت جيغابايت جيجابايت", "TB": "تيرابايت", "MP": "ميغابكسل ميجابكسل",
    "deg": "درجه درجات", "pt": "نقطه نقاط", "a": "عام عاما اعوام سنه سنوات سنين ربيعا", "M": "ريختر",
}  # fmt: skip
UNITS = {fold(word): symbol for symbol, words in _WORDS.items() for word in words.split()}
_TWO_WORDS = {"كيلو متر": "km", "كيلو مترا": "km", "كيلو غرام": "kg", "كيلو جرام": "kg", "كيلو واط": "kW"}
# Of an area, a volume, a temperature, a sea mile, a percentage point.
_WITH = {
    ("m", "مربع"): "m2", ("km", "مربع"): "km2", ("ft", "مربع"): "ft2", ("mi", "مربع"): "mi2", ("m", "مكعب"): "m3",
    ("ft", "مكعب"): "ft3", ("deg", "مئوي"): "Cel", ("deg", "فهرنهايت"): "degF", ("mi", "بحري"): "nmi",
    ("pt", "مئوي"): "pp", ("deg", "ريختر"): "M",
}  # fmt: skip


def unit(words: Sequence[str]) -> str | None:
    """The symbol of the unit that folded tokens begin with, None when they begin with none.

    An age counts in ``a`` (years), points of a game or an index in ``pt``, degrees without a scale in ``deg``.
    """
    if not words:
        return None
    symbol = _TWO_WORDS.get(" ".join(words[:2])) or next(
        (UNITS[f] for f in bare(words[0]) if f in UNITS), None
    )
    for word in words[1:4]:
        for (plain, adjective), whole in _WITH.items():
            if plain == symbol and word.removeprefix("ال").startswith(adjective):
                return whole
    return symbol


def implied(words: Sequence[str]) -> tuple[int, str] | None:
    """Two of a unit in the dual, one of a unit before ``واحد``: how many, and the symbol."""
    if not words:
        return None
    for form in bare(words[0]):
        for end in DUAL_ENDS:
            stem = form.removesuffix(end)
            if stem != form and (found := unit([stem + "ه" * end.startswith("ت"), *words[1:]])):
                return 2, found
    found = unit(words) if len(words) > 1 and words[1] in ONE else None
    return (1, found) if found else None
