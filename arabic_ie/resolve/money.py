"""Values of NUM and MONEY mentions, percentages, and counts of persons and things."""

from __future__ import annotations

from typing import Any

import regex

from .actor_words import ROLES
from .date_parts import ORDINALS
from .measures import implied, unit
from .nouns import has_known_dual, is_single
from .numbers import DENOMINATORS, ONE, PARTS, PERCENT, Amount, amount, leading
from .words import ARTICLES, bare, fold, folded, tokens

# ISO 4217. A unit that several states share needs its adjective: without one the code stays unknown.
_ALONE = {
    "دولار دولارا دولارات": "USD", "يورو يوروهات": "EUR", "استرليني": "GBP",
    "شيكل شيقل شواكل شيكلا": "ILS", "روبل روبلا": "RUB", "يوان يوانا": "CNY", "تومان": "IRT", "نايرا نيره": "NGN",
    "وون وونا": "KRW", "راند راندا": "ZAR", "هريفنيا": "UAH", "زلوتي": "PLN", "رينغيت رنغيت رينجيت": "MYR",
    "دونغ": "VND", "تنغي تينغي": "KZT", "ليف": "BGN", "ميتيكال": "MZN", "سيدي": "GHS", "كوانزا": "AOA",
    "بوليفيانو": "BOB", "بالبوا": "PAB", "توغريك": "MNT", "درام": "AMD", "اوقية": "MRU", "سوموني": "TJS",
    "سول": "PEN", "فورنت": "HUF", "لاري": "GEL", "تاكا": "BDT", "كيات": "MMK", "دلاسي": "GMD", "ناكفا": "ERN",
    "غورد": "HTG", "غواراني": "PYG", "كيتزال": "GTQ", "لمبيرا": "HNL",
}  # fmt: skip
_SHARED = {
    "دولار دولارا دولارات": {"كندي": "CAD", "استرالي": "AUD", "امريكي": "USD", "اميركي": "USD"},
    "جنيه جنيها جنيهات": {"مصري": "EGP", "سوداني": "SDG", "استرليني": "GBP", "بريطاني": "GBP"},
    "ليره ليرات": {"سوريه": "SYP", "لبنانيه": "LBP", "تركيه": "TRY"},
    "ريال ريالا ريالات": {"سعودي": "SAR", "يمني": "YER", "قطري": "QAR", "عماني": "OMR", "ايراني": "IRR",
                          "برازيلي": "BRL"},
    "درهم درهما دراهم": {"اماراتي": "AED", "مغربي": "MAD"},
    "دينار دينارا دنانير": {"عراقي": "IQD", "كويتي": "KWD", "اردني": "JOD", "بحريني": "BHD", "ليبي": "LYD",
                            "جزائري": "DZD", "تونسي": "TND", "صربي": "RSD"},
    "روبيه روبيات": {"هنديه": "INR", "باكستانيه": "PKR", "اندونيسيه": "IDR", "سريلانكيه": "LKR",
                     "نيباليه": "NPR"},
    "بيزو بيسو": {"مكسيكي": "MXN", "ارجنتيني": "ARS", "كولومبي": "COP", "تشيلي": "CLP", "فلبيني": "PHP",
                  "كوبي": "CUP"},
    "كرونه كرونا كرونات": {"سويديه": "SEK", "نرويجيه": "NOK", "دنماركيه": "DKK", "تشيكيه": "CZK",
                           "ايسلنديه": "ISK"},
    "شلن شلنا شلنات": {"كيني": "KES", "صومالي": "SOS", "تنزاني": "TZS", "اوغندي": "UGX"},
    "كواشا": {"زامبيه": "ZMW", "ملاويه": "MWK"},
    "مانات": {"اذربيجاني": "AZN", "تركماني": "TMT"},
    "سوم": {"اوزبكي": "UZS", "قرغيزي": "KGS"},
    "ين ينا": {"ياباني": "JPY"},
    "فرنك فرنكا فرنكات": {"سويسري": "CHF"},
}  # fmt: skip
ALONE = {fold(w): code for words, code in _ALONE.items() for w in words.split()}
SHARED = {fold(w): codes for words, codes in _SHARED.items() for w in words.split()}


def currency(words: list[str]) -> tuple[str | None, str] | None:
    """ISO code (None when the unit alone does not tell the state) and unit of folded tokens."""
    for i, word in enumerate(words):
        coin = next((form for form in bare(word) if form in ALONE or form in SHARED), None)
        if coin is None or word == fold("بين"):  # "between" is no yen
            continue
        codes = SHARED.get(coin, {})
        for after in words[i + 1 : i + 3]:
            for form in bare(after):
                spelt = (form, form.removesuffix("ا"), form.removesuffix("ه"))  # by case and gender
                code = next((codes[f] for f in spelt if f in codes), None)
                if code:
                    return code, coin
        return ALONE.get(coin), coin
    return None


# Before or after the number, and not parted into words: HK$58, CHF 3.2, £2. ¥ is of two states.
_SIGNS = {
    "$": "USD", "US$": "USD", "A$": "AUD", "C$": "CAD", "HK$": "HKD", "NZ$": "NZD", "S$": "SGD", "R$": "BRL",
    "€": "EUR", "£": "GBP", "¥": None, "₪": "ILS", "₩": "KRW", "₹": "INR", "₺": "TRY", "₽": "RUB", "₦": "NGN",
    "₴": "UAH",
}  # fmt: skip
_CODES = set(ALONE.values()) | {code for codes in SHARED.values() for code in codes.values()}
_SIGN = regex.compile(
    "|".join(regex.escape(sign) for sign in sorted(_SIGNS, key=len, reverse=True))
    + rf"|(?<![A-Za-z])(?:{'|'.join(sorted(_CODES))})(?![A-Za-z])"
)


_RATIO = regex.compile(r"^(.+?) من (?:بين )?كل (.+)$")
_IN_HUNDRED = regex.compile(r"في (?:المئه|المائه|الميه)")


def _ratio(text: str) -> dict[str, Any] | None:
    """``أربعة من كل 10``."""
    found = _RATIO.match(fold(text))
    parts = [amount(part) for part in found.groups()] if found else []
    values = [p[0].value for p in parts if p]
    if len(values) != 2 or values[0] is None or not values[1]:
        return None
    return {"kind": "ratio", "value": round(values[0] / values[1], 6)}


# A part of one: of a unit (نصف ميل), or of what the sentence is about (الثلث, ثلثاهم). A fifth and a tenth
# are spelled like five and ten, and are those.
_PART = {**PARTS, **dict.fromkeys(folded("ثلثا ثلثي ثلثين ثلثان"), 2 / 3)}
_WHOSE = ("هما", "هم", "ها", "هن", "ه")


def _fraction(words: list[str]) -> dict[str, Any] | None:
    alone = len(words) == 1
    for form in bare(words[0]) if words else ():
        owned = next((form.removesuffix(end) for end in _WHOSE if alone and form.endswith(end)), form)
        part = _PART.get(form, _PART.get(owned))
        symbol = unit(words[1:])
        if part and symbol:
            return {"kind": "number", "value": round(part, 6), "unit": symbol}
        if part and alone:
            return {"kind": "ratio", "value": round(part, 6)}
    return None


def _is_share(words: list[str], told: Amount) -> bool:
    """Whether an amount is a part of a whole that is counted in parts: ``أكثر من ثلاثة أرباع السكان``."""
    most = next((n for n in (told.high, told.value, told.low) if n is not None), 1)
    return most < 1 and any(word in DENOMINATORS for word in words)


def number_value(text: str) -> dict[str, Any] | None:
    """The value of a NUM mention: a number, with the symbol of its unit if it has one, a percentage or a ratio.

    Examples:
        >>> number_value("20 بالمئة")
        {'kind': 'percent', 'value': 20}
        >>> number_value("130 ميلا")
        {'kind': 'number', 'value': 130, 'unit': 'mi'}
    """
    words = tokens(text)
    if ratio := _ratio(text) or _fraction(words):
        return ratio
    percent = any(word in PERCENT for word in words) or bool(_IN_HUNDRED.search(fold(text)))
    found = amount(text, percent)
    few = None if percent or (found and leading(words)) else implied(words)
    if few:
        return {"kind": "number", "value": few[0], "unit": few[1]}
    if found is None:
        ordinal = next((ORDINALS[f] for f in bare(fold(text)) if f in ORDINALS), None)
        return {"kind": "number", "value": ordinal, "ordinal": True} if ordinal else None
    symbol = None if percent else unit(found[1])
    share = not symbol and _is_share(words, found[0])
    return {
        "kind": "percent" if percent else "ratio" if share else "number",
        **found[0].to_dict(),
        **({"unit": symbol} if symbol else {}),
    }


def money_value(text: str) -> dict[str, Any] | None:
    """The value of a MONEY mention, with its ISO 4217 currency when the words tell it.

    Examples:
        >>> money_value("7 ملايين دولار")
        {'kind': 'money', 'value': 7000000, 'currency': 'USD', 'unit': 'دولار'}
    """
    sign = _SIGN.search(text)
    if sign:
        text = text[: sign.start()] + text[sign.end() :].lstrip()
    words = tokens(text)
    coin = currency(words) or ((_SIGNS.get(sign[0], sign[0]), sign[0]) if sign else None)
    if coin is None:
        return None
    found = amount(text)
    if found is None and ONE.isdisjoint(words[1:3]):
        return None
    told = found[0].to_dict() if found else {"value": 1}
    return {"kind": "money", **told, "currency": coin[0], "unit": coin[1]}


def count_value(text: str, person: bool = False) -> dict[str, Any] | None:
    """How many persons or things a nominal mention counts; None when it does not say.

    A noun in the singular counts one and says so with ``implied``. With ``person`` only known nouns
    can be a dual: ``كريستين`` ends like one.

    Examples:
        >>> count_value("ثلاثة مدنيين")
        {'kind': 'count', 'value': 3}
    """
    if ratio := _ratio(text):
        return ratio
    found = amount(text)
    words = tokens(text)
    if found and person and leading(words) is None and found[0].value == 2 and not has_known_dual(words[0]):
        return None
    if found:
        # A bare number is a NUM, and a name may begin with a number word: something must be counted.
        kind = "ratio" if _is_share(words, found[0]) else "count"
        return {"kind": kind, **found[0].to_dict()} if found[1] or kind == "ratio" else None
    definite = bool(words) and words[0].startswith(ARTICLES)
    # A role (قائد) stands beside a name and counts nobody.
    forms = list(bare(words[0])) if words and not definite else []
    if any(is_single(form) for form in forms) and not any(form in ROLES for form in forms):
        return {"kind": "count", "value": 1, "implied": True}
    return None
