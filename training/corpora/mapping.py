"""From the labels of third-party corpora to those of the schema ``news-events``.

A foreign type that covers several of ours becomes a set (``GPE|LOC|FAC``, see ``arabic_ie.data``). A
type that is not in a table is dropped, and so is a mention whose edges ours would not have: such words
count as unmarked, which says nothing about them but that they are not of a type the corpus marks
throughout (``CERTAIN``, less the types a dropped mention may have). The tables were decided by
comparing with our own annotation of the same sentences: ``python -m training.corpora agreement``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from arabic_ie import Document, Entity

PLACE = "GPE|LOC|FAC"
_ANER = {"LOC": PLACE, "PERS": "PER", "ORG": "ORG|NORP|FAC"}  # its MISC agrees with no set of ours
_FANE = {
    "Nation": "GPE", "Population-Center": PLACE, "State-or-Province": "GPE|LOC",
    "County-or-District": "GPE|LOC", "GPE-Cluster": "LOC|ORG", "Continent": "LOC|GPE",
    "Water-Body": "LOC|FAC", "Land-Region-Natural": "LOC",
    "Building-Grounds": "FAC|ORG", "Airport": "FAC", "Path": "FAC", "Subarea-Facility": "FAC",
    "Politician": "PER", "Athlete": "PER", "Artist": "PER", "Scientist": "PER", "Other_PER": "PER",
    "Religious_PER": "PER", "Businessperson": "PER", "Lawyer": "PER", "Engineer": "PER",
    "Police": "PER",  # soldiers and policemen by name, not the force
    "Non-Governmental": "ORG", "Government": "ORG", "Media": "ORG", "Sports": "ORG",
    "Commercial": "ORG", "Educational": "ORG|FAC", "Religious_ORG": "ORG|FAC", "Entertainment": "ORG",
    "Book": "MISC", "Movie": "MISC", "Sound": "MISC",
    "Air": "VEH|MISC", "Land": "VEH|MISC", "Water": "VEH|MISC",
    "Projectile": "WEA", "Shooting": "WEA", "Exploding": "WEA", "Nuclear": "WEA",
    "Chemical": "WEA", "Blunt": "WEA", "Sharp": "WEA",
}  # fmt: skip
_WOJOOD = {  # its NORP is any group of people, its OCC a post, with all that qualifies them; its ORG a state that acts, too
    "PERS": "PER", "ORG": "ORG|GPE|FAC", "GPE": "GPE", "LOC": "LOC|GPE|FAC", "FAC": "FAC|ORG",
    "DATE": "DATE", "TIME": "DATE", "MONEY": "MONEY", "PERCENT": "NUM",
    "EVENT": "MISC", "LAW": "MISC", "LANGUAGE": "MISC", "PRODUCT": "MISC|WEA|VEH",
}  # fmt: skip
_IDRISI = {
    "CTRY": "GPE", "CITY": "GPE", "PROV": "GPE|LOC", "DIST": "GPE|LOC", "NBHD": PLACE, "ST": "FAC",
    "HPOI": "FAC|ORG", "NPOI": "LOC|FAC", "ISL": "LOC|GPE", "CONT": "LOC",
}  # fmt: skip
TABLES: Mapping[str, Mapping[str, str]] = {
    "aner": _ANER,
    "fane": _FANE,
    "wojood": _WOJOOD,
    "aqmar": {"PER": "PER|NORP", "LOC": PLACE, "ORG": "ORG"},  # peoples are PER
    "idrisi": _IDRISI,
    "gsr": {"source": "PER|ORG|GPE|NORP|VEH", "target": "PER|ORG|GPE|NORP|LOC|FAC|VEH|MISC"},
    "timex": {"DATE": "DATE", "TIME": "DATE", "DURATION": "DATE", "SET": "DATE"},
}
# Types of ours that an unmarked word of the corpus is not: mentions of the type in our annotation of
# the same sentences that the corpus marks at least in part, in nine cases of ten. Our PER, ORG, FAC...
# include nominal mentions ("gunmen"), which no corpus of names marks.
CERTAIN: Mapping[str, tuple[str, ...]] = {
    "anercorp": ("GPE",),
    "newsfane": ("GPE",),
    "wikifane": ("GPE",),
    "wojood": ("GPE", "DATE", "MONEY"),
    "aqmar": ("GPE",),
    "idrisi": ("GPE",),
    "gsr": (),
    "timex": ("DATE",),
}

# Words that our guidelines leave out before a name (section 1), which FANE takes in.
_TITLE = re.compile(
    r"(?:[وفبلك]?ال)?(?:رئيس|دكتور|سلطان|ملك|أمير|امير|شيخ|سيد|سيدة|عقيد|لواء|جنرال|حاج|استاذ|أستاذ|مهندس|إمام|امام)"
    r"|[وفبلك]?(?:هو|د|أ)"
)
_PLACE = re.compile(r"[وفبلك]?(?:ل?ل|ال)?(?:مدينة|بلدة|قرية|حي|ضاحية|محافظة|ولاية|إقليم|اقليم|مقاطعة|قضاء)")
_OUTLET = re.compile(r"[وفبلك]?(?:ل?ل|ال)?(?:صحيفة|جريدة|مجلة|قناة|فضائية|ميليشيات?|تنظيم)")
_TRIMMED = {"PER": _TITLE, "GPE": _PLACE, "LOC": _PLACE, "ORG": _OUTLET}
# Nouns that, right before a name, are part of a longer mention of ours: its edges are then unknown.
_HEADED = re.compile(
    r"[وفبلك]?(?:ل?ل|ال)?(?:شمال|جنوب|شرق|غرب|وسط|أقصى|جزيرة|جزر|بحيرة|نهر|جبل|جبال|خليج|وادي|صحراء|مضيق|مرتفعات|قاعدة"
    r"|مخيم|منتجع|سجن|مسجد|جامع|مستشفى|معمل|شرطة|منتخب|حكومة|راديو|قطاع|حركة)"
)


def translate(doc: Document, corpus: str) -> Document:
    """A document with labels of the schema in place of its own, and what it says about the rest."""
    entities: list[Entity] = []
    certain = set(CERTAIN[corpus])
    names: dict[str, str] = {}
    for entity in doc.entities:
        source, _, kind = entity.type.partition(":")
        target = TABLES[source].get(kind)
        span = target and _edges(doc.text, entity, target, source)
        if target and span:
            names[entity.id] = f"E{len(entities) + 1}"
            entities.append(replace(entity, start=span[0], end=span[1], type=target, id=names[entity.id]))
        if target and (not span or span[1] < entity.end):  # a mention stands there, with edges unknown
            certain -= set(target.split("|"))
    events = tuple(
        replace(
            event,
            arguments=tuple(replace(a, entity=names[a.entity]) for a in event.arguments if a.entity in names),
        )
        for event in doc.events
    )
    known = {"corpus": corpus, "annotates": {"entities": sorted(certain), "events": []}}
    return Document(doc.text, tuple(entities), events, doc.id, {**doc.meta, **known})


def _edges(text: str, entity: Entity, target: str, source: str) -> tuple[int, int] | None:
    """The edges our guidelines give the mention; None if they lie outside what the corpus marked."""
    start, end = entity.start, entity.end
    if source not in ("aner", "fane", "aqmar", "wojood"):
        return start, end
    trim = _TRIMMED.get(target.split("|")[0])
    head = re.match(r"(\S+)\s+(?:[\"“«(]\s*)?", text[start:end])
    before = text[:start].split()
    if trim and head and trim.fullmatch(head[1]):
        start += head.end()
    elif before and not target.startswith("PER") and _HEADED.fullmatch(before[-1]):
        return None
    bracket = re.search(r"\s*[(«\"“]", text[start:end])
    if bracket and bracket.start() > 0:  # a second name in brackets is a mention of its own
        end = start + bracket.start()
    return start, end
