"""Which unit a tool counted its offsets in, decided by the text of each span.

Python counts code points. JavaScript tools count UTF-16 units, in which an emoji is two; doccano can
count grapheme clusters; some tools read ``\\r\\n`` as one character, or count the byte order mark.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import regex

from ..text import words

UNITS = ("codepoint", "utf16", "grapheme", "codepoint-lf", "utf16-lf", "codepoint-bom")
_CLUSTER = regex.compile(r"\X")
_SPACE = regex.compile(r"\r\n|\\n|\s")
Span = tuple[int, int]


@dataclass(frozen=True)
class RawSpan:
    """A span as a tool wrote it, with the text the tool stored beside it, if any."""

    start: int
    end: int
    surface: str | None = None


class OffsetsDoNotFit(ValueError):
    """No unit gives the stored text of a span; ``index`` is its number."""

    def __init__(self, index: int, reason: str) -> None:
        super().__init__(reason)
        self.index = index


def boundaries(text: str, unit: str) -> list[int]:
    """For each offset of the unit, the code point offset it stands for; -1 inside a character."""
    if unit == "codepoint-bom":
        return [-1, *range(len(text) + 1)]
    if unit == "grapheme":
        return [0, *(match.end() for match in _CLUSTER.finditer(text))]
    join = unit.endswith("-lf")
    wide = unit.startswith("utf16")
    found = [0]
    for i, char in enumerate(text):
        if join and char == "\r" and text[i + 1 : i + 2] == "\n":
            continue
        if wide and char > "\uffff":
            found.append(-1)
        found.append(i + 1)
    return found


def to_unit(text: str, unit: str) -> list[int]:
    """For each code point offset, the offset in the unit: the inverse of ``boundaries``."""
    found = [0] * (len(text) + 1)
    for k, i in enumerate(boundaries(text, unit)):
        if i >= 0:
            found[i] = k
    return found


def resolve(text: str, spans: Sequence[RawSpan], units: Sequence[str]) -> list[Span]:
    """The code point spans of a document's raw spans.

    A span with a stored text is read in the first unit that gives it, units that fit every such span
    of the document first. The others follow the unit that fitted all, else the unit in which most of
    their edges are edges of words.

    Args:
        text: the document.
        spans: as the tool wrote them.
        units: names of ``UNITS``, the likeliest first; one name means that the unit is known.

    Raises:
        OffsetsDoNotFit: no unit gives a span's stored text, or it is not a span of the text.
    """
    maps = {unit: boundaries(text, unit) for unit in units}
    readings = {unit: [_read(maps[unit], span) for span in spans] for unit in units}
    named = [k for k, span in enumerate(spans) if span.surface is not None]
    fits = {u: [_same(text, readings[u][k], spans[k].surface) for k in named] for u in units}
    order = sorted(units, key=lambda u: -sum(fits[u]))  # stable: the likeliest first among equals
    result: list[Span | None] = [None] * len(spans)
    for row, k in enumerate(named):
        fitting = [u for u in order if fits[u][row]]
        if not fitting:
            raise OffsetsDoNotFit(k, _misfit(text, spans[k], units))
        result[k] = readings[fitting[0]][k]
    bare = [k for k, span in enumerate(spans) if span.surface is None]
    if bare:
        certain = [u for u in order if named and all(fits[u])]
        unit = (
            certain[0] if certain else _by_words(text, [[readings[u][k] for k in bare] for u in order], order)
        )
        for k in bare:
            result[k] = readings[unit][k]
            if result[k] is None:
                raise OffsetsDoNotFit(k, _misfit(text, spans[k], units))
    return [span for span in result if span is not None]


def _read(at: list[int], span: RawSpan) -> Span | None:
    if not 0 <= span.start < span.end < len(at):
        return None
    start, end = at[span.start], at[span.end]
    return (start, end) if 0 <= start < end else None


def _same(text: str, span: Span | None, surface: str | None) -> bool:
    """Tools store line breaks as spaces or escapes."""
    if span is None or surface is None:
        return False
    length = span[1] - span[0]
    if length > 2 * len(surface) or len(surface) > 2 * length:  # no line break is longer than two
        return False  # and many long spans with short texts would take hours
    return _SPACE.sub(" ", text[span[0] : span[1]]) == _SPACE.sub(" ", surface)


def _by_words(text: str, readings: list[list[Span | None]], units: Sequence[str]) -> str:
    """The unit with the most spans inside the text, then with the most edges at words."""
    if all(r == readings[0] for r in readings):
        return units[0]
    spans = words(text)
    begins, ends = {a for a, _ in spans}, {b for _, b in spans}

    def score(reading: list[Span | None]) -> tuple[int, int]:
        inside = [span for span in reading if span]
        return len(inside), sum((a in begins) + (b in ends) for a, b in inside)

    return max(zip(units, readings, strict=True), key=lambda pair: score(pair[1]))[0]


def _misfit(text: str, span: RawSpan, units: Sequence[str]) -> str:
    stored = f" does not give its stored text {span.surface!r}" if span.surface is not None else ""
    outside = "" if stored else f" is not a span of the text of {len(text)} code points"
    return f"[{span.start}, {span.end}){stored}{outside} in {' or '.join(units)} offsets"
