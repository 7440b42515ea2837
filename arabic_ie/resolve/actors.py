"""Clusters: the mentions of one actor or place in a document.

Rules in the order of their certainty: the same name, a known other name, a name in brackets, an
apposition, a part of a longer name, a definite description of an earlier mention. A mention that
counts (``ثلاثة مدنيين``) or introduces (``مصادر محلية``) starts a cluster of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import regex

from ..types import Cluster, Document, Entity
from .actor_words import ADJECTIVE, COMMON, GENERIC_HEADS, OTHER_NAMES, ROLES, TITLES
from .numbers import amount
from .words import bare, fold

TYPES = ("PER", "ORG", "GPE", "LOC", "FAC")
_GAP = regex.compile(r"[\s،,“”\"«»()\-–:]*")
_BRACKET = regex.compile(r"\s*[(\[“\"«]\s*")
_OTHER = regex.compile(r"[^\p{L}\p{N} ]")
_SOME = regex.compile(r"(?:العديد|عدد|عدة|عشرات|مئات|آلاف|بعض|أي|أحد|إحدى|اي|احد|احدى)\s+(?:من\s+)?$")


@dataclass(slots=True)
class _Mention:
    entity: Entity
    words: list[str]
    forms: frozenset[str]
    definite: bool
    nominal: bool
    title: str = ""
    place: tuple[Any, ...] | None = None
    matched: str = ""


@dataclass(slots=True)
class _Group:
    type: str
    mentions: list[_Mention] = field(default_factory=list)


class _Index:
    """The groups that a mention may belong to: those that share a word, a name or a place with it.

    Each rule needs one of them to be shared; comparing with every group would take the square of
    the length of the text.
    """

    def __init__(self) -> None:
        self.groups: list[_Group] = []
        self._numbers: dict[Any, set[int]] = {}
        self._of: dict[int, int] = {}

    def add(self, group: _Group, mention: _Mention) -> None:
        number = self._of.setdefault(id(group), len(self.groups))
        if number == len(self.groups):
            self.groups.append(group)
        group.mentions.append(mention)
        for key in self._keys(mention):
            self._numbers.setdefault(key, set()).add(number)

    def alike(self, mention: _Mention) -> list[_Group]:
        """Latest first."""
        found: set[int] = set()
        for key in self._keys(mention):
            found |= self._numbers.get(key, set())
        return [self.groups[n] for n in sorted(found, reverse=True)]

    @staticmethod
    def _keys(m: _Mention) -> set[Any]:
        words = {_joined(m.words), *m.words, *m.forms, *m.title.split()}
        words |= {form.removeprefix("ال") for form in m.forms}
        keys: set[Any] = {(m.entity.type, word) for word in words}
        keys |= {(m.entity.type, "other name", name) for name in _names(m)}
        return keys | {(m.entity.type, m.place)} if m.place else keys


def resolve_actors(doc: Document, values: Mapping[str, Any] | None = None) -> tuple[Cluster, ...]:
    """Clusters of the PER, ORG, GPE, LOC and FAC mentions, each mention in one, in text order.

    Args:
        doc: the document.
        values: values of its entities by id; places of one gazetteer entry are one.
    """
    values = values or {e.id: e.value for e in doc.entities}
    index = _Index()
    groups = index.groups
    previous: tuple[_Mention, _Group] | None = None
    for entity in sorted((e for e in doc.entities if e.type in TYPES), key=lambda e: e.start):
        mention = _read(doc, entity, values.get(entity.id))
        group = _find(doc, mention, index, previous) or _Group(entity.type)
        index.add(group, mention)
        previous = mention, group
    return tuple(
        Cluster(f"C{i}", g.type, _name(doc, g), tuple(m.entity.id for m in g.mentions))
        for i, g in enumerate(groups, 1)
    )


def _read(doc: Document, entity: Entity, value: Any) -> _Mention:
    words = _OTHER.sub(" ", fold(doc.span_text(entity))).split() or [""]
    while len(words) > 1 and (
        any(f in TITLES for f in bare(words[0]))
        or (not _has_article(words[0]) and any(f in GENERIC_HEADS for f in bare(words[0])))
    ):
        words = words[1:]
    forms = frozenset(f for f in bare(words[0]) if len(f) > 2) | {words[0]}
    # In a genitive construction the second noun makes the first definite: قوات الأمن.
    definite = _has_article(words[0]) or (len(words) > 1 and _has_article(words[1]))
    named = any(f in COMMON or f in ROLES for f in bare(words[0]))
    counted = entity.type in ("PER", "ORG", "FAC", "LOC") and amount(" ".join(words)) is not None
    # "many of the positions": some of them, and no positions told before.
    some = bool(_SOME.search(doc.text[max(0, entity.start - 20) : entity.start]))
    place, matched = None, ""
    if isinstance(value, Mapping) and value.get("kind") == "place" and not value.get("precision"):
        place = (value.get("name"), value.get("country"), value.get("lat"), value.get("lon"))
        matched = str(value.get("matched", ""))
    title = _title(doc.text[max(0, entity.start - 60) : entity.start])
    definite, nominal = definite and not some, named or counted or some
    return _Mention(entity, words, forms, definite, nominal, title, place, matched)


def _has_article(word: str) -> bool:
    return word.startswith(("ال", "وال", "فال", "بال", "كال", "لل", "ولل", "فلل")) and word not in ("الله",)


def _title(before: str) -> str:
    """The title that stands right before a name: ``الرئيس الأمريكي، [دونالد ترامب]``."""
    words = fold(before).replace("،", " ").replace(",", " ").split()
    for size in range(1, 5):
        tail = words[-size:]
        if len(tail) == size and any(f in ROLES or f in TITLES for f in bare(tail[0])):
            return " ".join(tail)
    return ""


def _find(doc: Document, m: _Mention, index: _Index, latest: tuple[_Mention, _Group] | None) -> _Group | None:
    previous, group = latest or (None, None)
    if previous and previous.entity.type == m.entity.type:
        between = doc.text[previous.entity.end : m.entity.start]
        if _BRACKET.fullmatch(between) and "(" in between:  # "... (SDF)"
            return group
        if _apposed(previous, m, between):
            return group
    elif previous and m.entity.type == "PER" and not m.nominal:
        # "commander of [the Quds Force] [Qasem Soleimani]": the role stands before its organisation.
        named = _role_before(doc, m, index.groups, previous)
        if named:
            return named
    alike = index.alike(m)
    for rule in (_same_place, _same_name, _part_of_name, _described):
        for group in alike:
            if any(rule(m, other) for other in group.mentions if _open(m, other, rule)):
                return group
    return None


def _open(m: _Mention, other: _Mention, rule: Any) -> bool:
    """Counted and indefinite nouns introduce someone new, whatever was said before."""
    if rule is _same_place:
        return True
    return not m.nominal or m.definite


def _apposed(a: _Mention, b: _Mention, between: str) -> bool:
    """``قاسم سليماني ، قائد``: a name and a role, parted by a comma at most."""
    if a.entity.type != "PER" or not _GAP.fullmatch(between):
        return False
    role = [any(f in ROLES for f in bare(x.words[0])) for x in (a, b)]
    return role[0] != role[1] and ("،" in between or "," in between or role[0])


def _role_before(doc: Document, m: _Mention, groups: list[_Group], previous: _Mention) -> _Group | None:
    if not _GAP.fullmatch(doc.text[previous.entity.end : m.entity.start]):
        return None
    for group in reversed(groups):
        last = group.mentions[-1]
        if last.entity.type == "PER" and any(f in ROLES for f in bare(last.words[0])):
            inside = fold(doc.text[last.entity.end : previous.entity.start]).split()
            near = last.entity.end <= previous.entity.start and len(inside) <= 2
            return group if near and all(w in GENERIC_HEADS or _GAP.fullmatch(w) for w in inside) else None
    return None


def _same_place(m: _Mention, other: _Mention) -> bool:
    return m.place is not None and m.place == other.place


def _same_name(m: _Mention, other: _Mention) -> bool:
    if m.place and other.place:
        return False  # namesakes
    if _joined(m.words) == _joined(other.words):
        return True
    if m.words[1:] == other.words[1:] and m.forms & other.forms:
        return not (m.nominal and not other.definite and not m.definite)
    return bool(_names(m) & _names(other))


def _joined(words: list[str]) -> str:
    return "".join(words)


def _names(m: _Mention) -> set[str]:
    rest = " ".join(m.words[1:])
    keys = {f"{form} {rest}".strip() for form in m.forms}
    return {OTHER_NAMES[key] for key in keys if key in OTHER_NAMES}


def _part_of_name(m: _Mention, other: _Mention) -> bool:
    """``سليماني`` of ``قاسم سليماني``; ``حزب الله`` of ``حزب الله اللبناني``; ``التحالف`` of ``التحالف الدولي``."""
    short, long = sorted((m, other), key=lambda x: len(x.words))
    if len(short.words) == len(long.words):
        return False
    if m.entity.type == "PER":
        if m.nominal or other.nominal:
            return False
        heads = [short.words[0], *short.forms]
        if len(short.words) == 1:
            return any(h in long.words[1:] for h in heads) or short.words[0] == long.words[0]
        return short.words == long.words[-len(short.words) :] or short.words == long.words[: len(short.words)]
    if m.entity.type not in ("ORG", "FAC") or not short.forms & long.forms:
        return False
    same = short.words[1:] == long.words[1 : len(short.words)]
    rest = long.words[len(short.words) :]
    if not same or not all(ADJECTIVE.fullmatch(word) for word in rest):
        return False
    # "حزب" alone would be any party; a one-word head must be definite.
    return len(short.words) > 1 or short.definite


def _described(m: _Mention, other: _Mention) -> bool:
    """``المصادر`` after ``مصادر إعلامية``, ``الرئيس`` after ``الرئيس الأمريكي دونالد ترامب``."""
    if not m.definite:
        return False
    if m.entity.type == "PER" and m.nominal and other.title:
        told = other.title.split()
        return any(f in told for f in m.forms) and all(w in told for w in m.words[1:])
    if not (m.nominal and other.nominal) or len(m.words) > 1:
        return False
    bare_head = {f.removeprefix("ال") for f in m.forms}
    return any(f.removeprefix("ال") in bare_head for f in other.forms if len(f.removeprefix("ال")) > 2)


def _name(doc: Document, group: _Group) -> str:
    """The fullest proper name of a cluster, without proclitics where another mention shows them."""
    named = [m for m in group.mentions if not m.nominal] or group.mentions
    longest = max(len(m.words) for m in named)
    full = [m for m in named if len(m.words) == longest]
    best = min(full, key=lambda m: len(_joined(m.words)))
    text = " ".join(doc.span_text(best.entity).split())
    alone = {m.words[0] for m in group.mentions} | {m.matched.partition(" ")[0] for m in group.mentions}
    for clitic, article in (("لل", "ال"), ("وال", "ال"), ("بال", "ال"), ("و", ""), ("ل", ""), ("ب", "")):
        rest = article + text[len(clitic) :]
        if text.startswith(clitic) and len(rest) > 2:
            # A single letter may be the name's own: only when the rest is known to stand alone.
            first = next(iter(fold(rest).split()), "")  # only marks may be left
            if first and (article or first in alone or first in COMMON):
                return rest
    return text
