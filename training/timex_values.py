"""Value accuracy on the TIMEX3 expressions of ``timex_ar_news`` (Omani news, not part of the repository).

    python -m training.timex_values ../shared/data/raw/timex_ar_news [--failures]

The corpus gives each expression a TIMEX3 value but no document date: its relative values follow from
2015-12-24 (``اليوم``), the day the corpus was tagged. Only the expression itself is read here, without
its sentence. The rules were written with this list at hand, so the figure says how far the rules
cover such news and is no estimate for unseen text. Some values of the corpus are the tagger's own
slips (``أمس الجمعة`` = Wednesday, ``الساعة التاسعة`` = PT1H); they are counted as they stand.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import regex

from arabic_ie.errors import InputError
from arabic_ie.resolve.dates import parse_date

BASE = date(2015, 12, 24)
_TIMEX = regex.compile(r"<TIMEX3([^>]*)>(.*?)</TIMEX3>", regex.DOTALL)
_ATTRIBUTE = regex.compile(r'(\w+)="([^"]*)"')
# Two spellings of one value in TIMEX3.
_SAME = {"PT24H": "P1D", "P7D": "P1W", "P100Y": "P1CE", "P10Y": "P1DE"}


@dataclass(frozen=True, slots=True)
class Expression:
    """A time expression of the corpus."""

    text: str
    type: str
    value: str
    file: str


def expressions(folder: Path) -> list[Expression]:
    """All expressions of the ``.tml`` files of a folder, in file order.

    Raises:
        InputError: the folder holds none.
    """
    found = []
    for path in sorted(folder.glob("*.tml"), key=lambda p: int(regex.sub(r"\D", "", p.stem) or 0)):
        for attributes, text in _TIMEX.findall(path.read_text(encoding="utf-8")):
            pairs = dict(_ATTRIBUTE.findall(attributes))
            found.append(Expression(" ".join(text.split()), pairs["type"], pairs["value"], path.name))
    if not found:
        raise InputError(f"{folder}: no TIMEX3 expressions; give the folder of timex_ar_news")
    return found


def timex_values(items: Iterable[Expression], base: date = BASE) -> dict[str, object]:
    """Score the values.

    Returns:
        ``n``, ``right``, ``stated`` and ``stated_right`` (without the ``UNDEF`` values),
        ``accuracy``, per-type counts and the failures by kind with their expressions.
    """
    n, right, stated, stated_right = 0, 0, 0, 0
    by_type: dict[str, list[int]] = {}
    failures: dict[str, list[str]] = {}
    for item in items:
        value = parse_date(item.text, base) or {}
        got = value.get("timex")
        good = got is not None and _same(str(got), item.value)
        n, right = n + 1, right + good
        counts = by_type.setdefault(item.type, [0, 0])
        counts[0], counts[1] = counts[0] + good, counts[1] + 1
        if not item.value.startswith("UNDEF"):
            stated, stated_right = stated + 1, stated_right + good
        if not good:
            failures.setdefault(_kind(item, got), []).append(f"{item.text} = {item.value}, got {got}")
    return {
        "n": n,
        "right": right,
        "stated": stated,
        "stated_right": stated_right,
        "accuracy": round(stated_right / max(stated, 1), 4),
        "by_type": {name: f"{a}/{b}" for name, (a, b) in sorted(by_type.items())},
        "failures": dict(sorted(failures.items(), key=lambda pair: -len(pair[1]))),
    }


def _same(got: str, gold: str) -> bool:
    return _SAME.get(got, got) == _SAME.get(gold, gold)


def _kind(item: Expression, got: object) -> str:
    """Why a value is missed, by what can be seen in the two values."""
    if item.value.startswith("UNDEF"):
        return "the corpus gives no value"
    if got is None:
        return "not resolved"
    if regex.match("[A-Z]+_REF", item.value) or regex.match("[A-Z]+_REF", str(got)):
        return "vague reference against value"
    if item.text.startswith("الساعة") or str(got).startswith("T"):
        return "clock time valued as an hour's duration"
    if regex.search("T[A-Z]{2}$", item.value):
        return "part of the day"
    if (item.type in ("DURATION", "SET")) != str(got).startswith("P"):
        return "duration against date"
    if item.value[4:] == str(got)[4:]:
        return "year of a date without one"
    return "other value"


def main() -> None:
    """Print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--failures", action="store_true", help="list the expressions of each kind")
    args = parser.parse_args()
    scores = timex_values(expressions(args.folder))
    if not args.failures:
        kinds = scores["failures"]
        assert isinstance(kinds, dict)
        scores["failures"] = dict(Counter({kind: len(texts) for kind, texts in kinds.items()}))
    print(json.dumps(scores, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
