"""JSON values out of files that others wrote, checked."""

from __future__ import annotations

import json
import math
from typing import Any

from ..errors import FormatError

MOST_DIGITS = 18  # of an offset or a number; int() refuses thousands with an error of its own


def loads(text: str) -> Any:
    """A JSON value; NaN, numbers too large and keys given twice are refused with a ``ValueError``."""
    return json.loads(text, parse_constant=_refuse, parse_float=_finite, object_pairs_hook=_unique)


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is not a JSON number")


def _finite(digits: str) -> float:
    """``1e999`` would be read as infinity, which no JSON can be written with."""
    value = float(digits)
    return value if math.isfinite(value) else _refuse(digits)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A key given twice would silently lose its first value."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("an object has the same key twice")
    return found


def json_list(value: Any, what: str, where: str) -> list[Any]:
    """A list out of JSON, None as an empty one.

    Raises:
        FormatError: it is something else.
    """
    if value is None:
        return []
    if not isinstance(value, list):
        raise FormatError(f"{what} must be a list, not {type(value).__name__}", where)
    return value


def json_int(data: dict[str, Any], key: str, what: str, where: str) -> int:
    """A whole number out of JSON, which some exports write as a string of digits.

    Raises:
        FormatError: it is missing or something else.
    """
    value = data.get(key)
    if isinstance(value, str) and value.isdecimal() and len(value) <= MOST_DIGITS:
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise FormatError(f"{what}: {key!r} must be a whole number, got {str(value)[:80]!r}", where)
    return value


def json_str(value: Any, what: str, where: str) -> str | None:
    """A string out of JSON, or None.

    Raises:
        FormatError: it is something else.
    """
    if value is not None and not isinstance(value, str):
        raise FormatError(f"{what} must be a string, not {type(value).__name__}", where)
    return value


def json_dict(value: Any, what: str, where: str) -> dict[str, Any]:
    """A mapping out of JSON, None or an empty value as an empty one.

    Raises:
        FormatError: it is something else.
    """
    if not isinstance(value or {}, dict):
        raise FormatError(f"{what} must be an object, not {type(value).__name__}", where)
    return value or {}


def json_score(value: Any, what: str, where: str) -> float:
    """A score out of JSON, None as 1.

    Raises:
        FormatError: it is no number.
    """
    if value is None:
        return 1.0
    try:
        if isinstance(value, (int, float)) and math.isfinite(value):
            return float(value)
    except OverflowError:
        pass
    raise FormatError(f"{what} must be a number, got {str(value)[:80]!r}", where)
