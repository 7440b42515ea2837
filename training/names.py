"""Names in training text exchanged for others of the same type.

A small training corpus has few names, and a model learns them by heart. With ``data.swap_names`` a share
of the names of people and states, cities and provinces is exchanged before the rows are made, for names
that other corpora mark (``data.names``) and for places of the shipped gazetteer (mention replacement:
Dai and Adel 2020, "An analysis of simple data augmentation for named entity recognition"). The same name
gets the same other name throughout a document, and every offset moves along.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence

import regex

from arabic_ie import Document, Entity, Trigger, read
from arabic_ie.errors import ConfigError
from arabic_ie.resolve.actor_words import COMMON, ROLES, TITLES
from arabic_ie.resolve.gazetteer import shipped_rows
from arabic_ie.resolve.words import fold

from .rewriting import rewritten

SWAPPED = ("PER", "GPE")  # an ORG may be a club, a ministry or a militia: the sentence would tell nonsense
MOST_WORDS = 4
LEAST_PEOPLE = 50_000  # of a city: the news is not made in hamlets
_NAME = regex.compile(r"\p{Arabic}[\p{Arabic} ]+")

Names = dict[str, list[str]]


def load_names(files: Sequence[str]) -> Names:
    """Names by type: those marked in JSON Lines files, and the places of the shipped gazetteer.

    Raises:
        ConfigError: a file marks no name.
        FormatError, InputError: a file cannot be read.
    """
    found: dict[str, set[str]] = {kind: set() for kind in SWAPPED}
    for file in files:
        marked = [(e.type, doc.span_text(e)) for doc in read(file) for e in doc.entities]
        if not any(kind in found for kind, _ in marked):
            raise ConfigError(f"data.names: {file} marks no {' and no '.join(SWAPPED)}")
        for kind, name in marked:
            if kind in found:
                found[kind].add(name)
    for place, names in shipped_rows():
        if place.kind == "country" or place.population >= LEAST_PEOPLE:
            found["GPE"].update(names)
    return {kind: sorted(_whole(names)) for kind, names in found.items()}


def _whole(names: Iterable[str]) -> set[str]:
    """Names that stand without proclitics: ``لويس``, not ``وأحمد``."""
    fit = {n for n in names if _NAME.fullmatch(n) and len(n.split()) <= MOST_WORDS}
    firsts = {n.split()[0] for n in fit}

    def carries(first: str) -> bool:
        return first[0] in "وفبلك" and (first[1:] in firsts or first.startswith(("لل", "وال", "بال", "فال")))

    return {n for n in fit if not carries(n.split()[0])}


def swap_names(docs: Sequence[Document], names: Names, share: float, seed: int) -> list[Document]:
    """Documents with a share of their names exchanged.

    Only what is surely a whole name is exchanged: a place that is in the list, a person all of whose words
    are words of names in the list.

    Args:
        docs: gold documents.
        names: see ``load_names``.
        share: of the names that can be exchanged, 0 to 1.
        seed: of what is drawn; the same for the same document, wherever it stands.
    """
    places = set(names["GPE"])
    words = {word for name in names["PER"] for word in name.split()}
    words = {word for word in words if fold(word) not in COMMON | ROLES | TITLES}

    def known(kind: str, name: str) -> bool:
        if kind == "GPE":
            return name in places
        parts = name.split()
        return set(parts) <= words and not (len(parts) == 1 and name.startswith("ال"))

    def exchanged(doc: Document) -> Document:
        if any(e.fragments for e in doc.entities):
            return doc
        draw = random.Random(f"{seed} {doc.id} {doc.text}")
        new: dict[tuple[str, str], str] = {}
        cuts = []
        for e in sorted(doc.entities, key=lambda e: e.start):
            key = (e.type, doc.span_text(e))
            if e.type not in names or not known(*key):
                continue
            if key not in new:
                new[key] = draw.choice(names[e.type]) if draw.random() < share else key[1]
            if new[key] != key[1]:
                cuts.append((e.start, e.end, new[key]))
        return _rewritten(doc, cuts)

    return [exchanged(doc) for doc in docs]


def _rewritten(doc: Document, cuts: Sequence[tuple[int, int, str]]) -> Document:
    """The document with other text in some entity spans; what another mark overlaps stays as it is."""
    spans: list[Entity | Trigger] = [*doc.entities, *(v.trigger for v in doc.events)]
    cuts = [c for c in cuts if sum(s.start < c[1] and c[0] < s.end for s in spans) == 1]
    text, position = [], 0
    for start, end, name in cuts:
        text += [doc.text[position:start], name]
        position = end
    text.append(doc.text[position:])

    def place(point: int) -> int:
        return point + sum(len(name) - (end - start) for start, end, name in cuts if end <= point)

    return rewritten(doc, "".join(text), lambda start, end: (place(start), place(end)))
