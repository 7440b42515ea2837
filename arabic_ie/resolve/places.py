"""Place mentions to gazetteer entries; the other places of the document decide between namesakes."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log10
from typing import Any

import regex

from ..types import Document, Entity
from .gazetteer import Gazetteer, Place
from .words import bare, fold, folded

TYPES = ("GPE", "LOC", "FAC")
# Common nouns that also name some village somewhere; alone they name no place.
GENERIC = folded(
    "مدينة المدينة منطقة المنطقة المناطق مناطق البلاد بلاده بلادها بلادنا البلد العاصمة عاصمة المحافظة محافظة"
    " القرية قرية القرى قرى الحي حي الأحياء الحدود حدود الساحل السواحل الجبل الجبال الشمال الجنوب الشرق الغرب"
    " الولاية الولايات الإقليم الدولة دولة المملكة الأراضي المزارع البساتين الغابة الغابات الصحراء الواحة"
    " الشعب العامل المخيم الميناء المطار المعبر الجسر القاعدة الموقع المواقع المقر المركز الضواحي الجهاد"
    " الإصلاح القمر الأرض الشمس الريف البلدة بلدة البلدات النهر البحر الضفة_الأخرى موقع مكان المكان وطنه"
    " وطنها البلدين البلدان أراضيها أراضيه أراضينا الداخل الخارج المنزل البيت الشارع الطريق السوق المدن مدن"
)
# What stands before a name, in the mention or before it: the kind of place it then is.
_KIND_WORDS = {
    **dict.fromkeys(folded("محافظة ولاية إقليم مقاطعة إمارة منطقة محافظتي"), "region"),
    **dict.fromkeys(folded("مدينة بلدة قرية بلدية مدينتي بلدتي قريتي"), "city"),
    **dict.fromkeys(folded("حي ضاحية ناحية حارة"), "district"),
    **dict.fromkeys(
        folded("مطار قاعدة معسكر ميناء معبر مخيم سجن مستشفى جامعة جسر ملعب محطة سد مصفاة"), "facility"
    ),
    **dict.fromkeys(folded("نهر بحر جبل جبال مضيق خليج بحيرة وادي صحراء محيط"), "natural"),
    **dict.fromkeys(folded("دولة جمهورية مملكة"), "country"),
}
_PARTS = {
    **dict.fromkeys(folded("ريف أرياف"), "rural"),
    **dict.fromkeys(folded("أطراف ضواحي مشارف تخوم أنحاء محيط"), "outskirts"),
    **dict.fromkeys(folded("شرق شرقي"), "east"),
    **dict.fromkeys(folded("غرب غربي"), "west"),
    **dict.fromkeys(folded("شمال شمالي"), "north"),
    **dict.fromkeys(folded("جنوب جنوبي"), "south"),
    **dict.fromkeys(folded("قرب وسط قلب"), "near"),
}
_FILLERS = folded("من في على إلى مركز وسط")
_DIRECTION_TAIL = folded("الشرقي الغربي الشمالي الجنوبي الشرقية الغربية الشمالية الجنوبية")
_FACILITY_TAIL = folded(
    "الدولي الدولية العسكري العسكرية الجوي الجوية المركزي المركزية المدني الحدودي للاجئين"
)
_PRIOR = {
    "country": 7.0,
    "region": 6.0,
    "natural": 4.0,
    "city": 0.0,
    "town": 1.0,
    "district": 0.5,
    "facility": 3.0,
}
_REACH_KM = 120.0
_NEARNESS = 300.0  # code points over which the weight of another mention falls to 1/e
_HORIZON = 20_000  # code points: places farther away in a long text say nothing
_STOP = regex.compile(r"[،,.؛:]\s*$")
_OBSCURE = 50_000  # inhabitants: below, a town outside the region needs its country in the document
# Arabic news mostly means the Bethlehem of the region, not that of Pennsylvania.
_REGION = {
    "SY", "IQ", "LB", "JO", "PS", "IL", "SA", "YE", "OM", "AE", "QA", "KW", "BH", "EG", "LY", "TN", "DZ", "MA",
    "SD", "SO", "MR", "DJ", "IR", "TR",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Candidates:
    """What a mention may be: entries, and what its words say besides the name."""

    entity: Entity
    places: tuple[Place, ...]
    kind: str | None = None
    relation: str | None = None
    within: bool = False  # a facility known only by the town in its name
    matched: str = ""  # the folded name that was found


def resolve_places(doc: Document, gazetteer: Gazetteer) -> dict[str, dict[str, Any]]:
    """Values of the GPE, LOC and FAC mentions of a document that the gazetteer knows, by entity id."""
    found = [c for e in doc.entities if e.type in TYPES and (c := candidates(doc, e, gazetteer))]
    alone = _Anchors(())
    anchors = _Anchors([(c.entity, _best(c, alone)) for c in found if _is_clear(c)])
    chosen = [(c, _best(c, anchors)) for c in found]
    countries = {p.country for c, p in chosen if p.kind == "country" or not _is_obscure(p)}
    # The Arabic names of small towns far away are often transliterations of other words.
    return {c.entity.id: _value(c, p) for c, p in chosen if not _is_obscure(p) or p.country in countries}


def _is_obscure(place: Place) -> bool:
    small = place.kind in ("city", "town") and place.population < _OBSCURE
    return small and place.rank == 0 and place.country not in _REGION


def candidates(doc: Document, entity: Entity, gazetteer: Gazetteer) -> Candidates | None:
    """The gazetteer entries of a mention; None when there are none."""
    words = fold(doc.span_text(entity)).split()
    if len(words) == 1 and any(form in GENERIC for form in bare(words[0])):
        return None
    kind, relation = _context(doc.text[max(0, entity.start - 40) : entity.start])
    places, matched = gazetteer.match(doc.span_text(entity))
    if kind == "region":  # "in the province of [Deir ez-Zor]" is the province, not its town
        provinces = gazetteer.find(f"محافظه {' '.join(words)}")
        # Nor is it a town that the user added, which would win over its namesakes.
        places = [*provinces, *(p for p in places if not provinces or p.rank < 2 or p.kind == "region")]
    if places:
        return Candidates(entity, tuple(places), kind, relation, matched=matched)
    inner_kind, inner_relation, rest = _peel(words)
    kind, relation = inner_kind or kind, inner_relation or relation
    if not rest or (len(rest) == 1 and rest[0] in GENERIC):
        return None
    places, matched = gazetteer.match(" ".join(rest)) if rest != words else ([], "")
    if not places:
        return None
    # An airport is in its city, and not the city itself.
    within = kind == "facility" or (entity.type == "FAC" and places[0].kind != "facility")
    return Candidates(entity, tuple(places), None if within else kind, relation, within, matched)


def _context(before: str) -> tuple[str | None, str | None]:
    """Kind and relation told by the words right before a mention: ``بريف مدينة [البوكمال]``."""
    kind = relation = None
    if _STOP.search(before):
        return None, None
    for word in reversed(fold(before).split()[-3:]):
        forms = set(bare(word))
        if kind is None and relation is None and forms & _KIND_WORDS.keys():
            kind = next(_KIND_WORDS[f] for f in bare(word) if f in _KIND_WORDS)
        elif relation is None and forms & _PARTS.keys():
            relation = next(_PARTS[f] for f in bare(word) if f in _PARTS)
        elif word not in _FILLERS:
            break
    return kind, relation


def _peel(words: Sequence[str]) -> tuple[str | None, str | None, list[str]]:
    """Take generic words off a name: ``ريف ... الشرقي``, ``مدينة``, ``مطار ... الدولي``."""
    kind = relation = None
    rest = list(words)
    while len(rest) > 1:
        forms = list(bare(rest[0]))
        named = next((f for f in forms if f in _KIND_WORDS or f in _PARTS), None)
        if named is None:
            break
        kind = kind or _KIND_WORDS.get(named)
        relation = relation or _PARTS.get(named)
        rest = rest[1:]
    while len(rest) > 1 and rest[-1] in _DIRECTION_TAIL | _FACILITY_TAIL:
        rest = rest[:-1]
    return kind, relation, rest


def _prior(place: Place, kind: str | None) -> float:
    """How likely a place is, all else unknown: big ones, and those of the kind that the words name."""
    score = _PRIOR[place.kind] + 1.0 * (place.country in _REGION)
    if place.kind != "country":
        score += log10(place.population + 1)
    if kind is None:
        return score
    settled = place.kind in ("city", "town")
    return score + 6.0 * (kind == ("city" if settled else place.kind))


def _is_clear(item: Candidates) -> bool:
    """Whether a mention needs no help: one entry, or one far ahead of its namesakes."""
    scores = sorted(((p.rank == 2, _prior(p, item.kind)) for p in item.places), reverse=True)
    return len(scores) == 1 or scores[0][0] > scores[1][0] or scores[0][1] - scores[1][1] >= 3.0


class _Anchors:
    """The clear places of a document, which decide between the namesakes of the others.

    Those close by in the text count most, all within ``_HORIZON`` a little: the cost of a document
    grows with its length only.
    """

    def __init__(self, clear: Sequence[tuple[Entity, Place]]) -> None:
        self.clear = sorted(clear, key=lambda pair: pair[0].start)
        self.starts = [entity.start for entity, _ in self.clear]

    def near(self, entity: Entity) -> dict[Place, float]:
        """The clear places around a mention with their weight, itself left out."""
        low = bisect_left(self.starts, entity.start - _HORIZON)
        high = bisect_right(self.starts, entity.start + _HORIZON)
        weights: dict[Place, float] = {}
        for other, place in self.clear[low:high]:
            if other.id != entity.id:
                weight = exp(-abs(other.start - entity.start) / _NEARNESS) + 0.1
                weights[place] = weights.get(place, 0.0) + weight
        return weights


def _gain(place: Place, anchor: Place) -> float:
    # The distance to a country says little: its land is wide.
    close = exp(-place.km(anchor) / _REACH_KM) if anchor.kind != "country" else 0.0
    return 6.0 * close + 2.0 * (bool(place.country) and place.country == anchor.country)


def _best(item: Candidates, anchors: _Anchors) -> Place:
    if len(item.places) == 1:
        return item.places[0]
    around = anchors.near(item.entity)

    def score(place: Place) -> tuple[bool, float, float, str]:
        support = sum(weight * _gain(place, anchor) for anchor, weight in around.items())
        # The user's own entries win, however big and near their namesakes are.
        return place.rank == 2, _prior(place, item.kind) + support, place.population, place.name

    return max(item.places, key=score)


def _value(item: Candidates, place: Place) -> dict[str, Any]:
    out: dict[str, Any] = {
        "kind": "place",
        "name": place.name,
        "country": place.country or None,
        "lat": place.lat,
        "lon": place.lon,
        "feature": place.kind,
        "geonames": place.geonames,
        "matched": item.matched,
    }
    if item.relation:
        out["relation"] = item.relation
    if item.within:
        out["precision"] = "containing place"
    if len(item.places) > 1:
        out["namesakes"] = len(item.places) - 1
    return out
