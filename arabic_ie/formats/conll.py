"""CoNLL: one token a line, BIO tags in columns, an empty line between sentences.

Written files have five columns, named by the first line in the way of CoNLL-U Plus::

    # global.columns = FORM ENTITY TRIGGER REALIS ARGS
    # newdoc id = a-1
    # doc_text = "قصفت طائرات المطار"
    قصفت	O	B-Conflict.Attack	actual	Attacker:1|Target:2
    طائرات	B-VEH	O	_	_
    المطار	B-FAC	O	_	_

REALIS and ARGS stand at the first token of a trigger; an argument is a role and the number of an
entity, counted in its document. Tokens are parted at the edges of spans, so no span is moved. Files of
others need a token column first and a tag column last; their tags may be IOB1, IOB2, BIOES or BILOU.
"""

from __future__ import annotations

import json
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from urllib.parse import quote

from ..text import sentences, words
from ..types import Document, Entity, Event
from . import conll_read
from .files import Located, Losses, Options, resolved

COLUMNS = ("FORM", "ENTITY", "TRIGGER", "REALIS", "ARGS")
_KEPT = "".join(chr(c) for c in range(33, 127) if chr(c) not in "%|")


def read(path: Path, options: Options) -> Iterator[Located]:
    """Documents of a CoNLL file; see ``conll_read``."""
    return conll_read.read(path, options)


def dump(docs: Iterable[Document]) -> Iterator[str]:
    """Documents as CoNLL, sentence by sentence."""
    losses = Losses("conll")
    yield f"# global.columns = {' '.join(COLUMNS)}\n"
    for doc in docs:
        yield from _document(doc, losses)
    losses.warn()


def escape(name: str) -> str:
    """A label without the characters that part columns and arguments."""
    return "".join(c if c in _KEPT or (c > "\x7f" and not c.isspace()) else quote(c) for c in name)


def _document(doc: Document, losses: Losses) -> Iterator[str]:
    entities, events = _flat(doc, losses)
    spans = [(e.start, e.end) for e in entities] + [(v.trigger.start, v.trigger.end) for v in events]
    tokens = _tokens(doc.text, spans)
    begins = [a for a, _ in tokens]
    entity_tags = _tags(begins, [(e.start, e.end, e.type) for e in entities])
    trigger_tags = _tags(begins, [(v.trigger.start, v.trigger.end, v.type) for v in events])
    realis = {bisect_left(begins, v.trigger.start): v.realis for v in events}
    number = {e.id: k for k, e in enumerate(entities, 1)}
    arguments: dict[int, str] = {}
    for event in events:
        held = [f"{escape(a.role)}:{number[a.entity]}" for a in event.arguments if a.entity in number]
        arguments[bisect_left(begins, event.trigger.start)] = "|".join(held)
        losses.add("roles of entities left out", doc, len(event.arguments) - len(held))
    yield f"# newdoc id = {json.dumps(doc.id, ensure_ascii=False)[1:-1]}\n"
    yield f"# doc_text = {json.dumps(doc.text, ensure_ascii=False)}\n"
    keys = {"meta": dict(doc.meta), "warnings": list(doc.warnings), "extra": dict(doc.extra)}
    if any(keys.values()):
        kept = {key: value for key, value in keys.items() if value}
        yield f"# doc_keys = {json.dumps(kept, ensure_ascii=False, allow_nan=False)}\n"
    for layer, ids, letter in (
        ("entity_ids", [e.id for e in entities], "E"),
        ("event_ids", [v.id for v in events], "T"),
    ):
        if ids != [f"{letter}{k}" for k in range(1, len(ids) + 1)]:
            yield f"# {layer} = {json.dumps(ids, ensure_ascii=False)}\n"
    ends = [b for _, b in sentences(doc.text, soft_words=len(doc.text))]
    sentence = 0
    for i, (start, end) in enumerate(tokens):
        if sentence < len(ends) and start >= ends[sentence]:
            sentence = bisect_right(ends, start)
            if "I" not in (entity_tags[i][0], trigger_tags[i][0]):  # a blank line would end the span
                yield "\n"
        row = [doc.text[start:end], entity_tags[i], trigger_tags[i], realis.get(i, "_")]
        yield "\t".join([*row, arguments.get(i) or "_"]) + "\n"
    yield "\n"


def _flat(doc: Document, losses: Losses) -> tuple[list[Entity], list[Event]]:
    """The spans that columns can hold: whole and apart, the longest first."""
    entities: list[Entity] = []
    for entity in sorted(doc.entities, key=lambda e: (e.start - e.end, e.start)):
        if entity.fragments:
            losses.add("discontinuous entities", doc)
        elif _blank(doc.text, entity.start, entity.end):
            losses.add("spans of spaces", doc)
        elif any(e.start < entity.end and entity.start < e.end for e in entities):
            losses.add("entities that overlap a longer one", doc)
        else:
            entities.append(entity)
    events: list[Event] = []
    for event in sorted(doc.events, key=lambda v: (v.trigger.start - v.trigger.end, v.trigger.start)):
        start, end = event.trigger.start, event.trigger.end
        if _blank(doc.text, start, end):
            losses.add("spans of spaces", doc)
        elif any(v.trigger.start < end and start < v.trigger.end for v in events):
            losses.add("events whose trigger overlaps a longer one", doc)
        else:
            events.append(event)
    entities.sort(key=lambda e: e.start)
    events.sort(key=lambda v: v.trigger.start)
    for what, count in _unheld(doc, entities, events):
        losses.add(what, doc, count)
    return entities, events


def _unheld(doc: Document, entities: list[Entity], events: list[Event]) -> Iterator[tuple[str, int]]:
    triggers = [v.trigger for v in events]
    spans = [(e.start, e.end) for e in entities] + [(t.start, t.end) for t in triggers]
    outer = [doc.text[a].isspace() or doc.text[b - 1].isspace() for a, b in spans]
    yield "spaces at the edges of spans", sum(outer)
    arguments = [a for v in events for a in v.arguments]
    scores = [e.score for e in entities] + [v.score for v in events] + [a.score for a in arguments]
    yield "scores", sum(score != 1.0 for score in scores)
    yield "entity values", sum(e.value is not None for e in entities)
    extras = [e.extra for e in entities] + [v.extra for v in events]
    extras += [t.extra for t in triggers] + [a.extra for a in arguments]
    yield "other keys of mentions", sum(map(bool, extras))
    yield from resolved(doc)


def _blank(text: str, start: int, end: int) -> bool:
    return not text[start:end].strip()


def _tokens(text: str, spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Runs without spaces, parted at the edges of words and of spans; nothing is left out."""
    cuts = {edge for span in [*words(text), *spans] for edge in span}
    tokens: list[tuple[int, int]] = []
    begin: int | None = None
    for i, char in enumerate(text):
        if begin is not None and (char.isspace() or i in cuts):
            tokens.append((begin, i))
            begin = None
        if begin is None and not char.isspace():
            begin = i
    if begin is not None:
        tokens.append((begin, len(text)))
    return tokens


def _tags(begins: list[int], spans: Iterable[tuple[int, int, str]]) -> list[str]:
    tags = ["O"] * len(begins)
    for start, end, kind in spans:
        # The first token at or after the start: a span may begin with a space.
        inside = range(bisect_left(begins, start), bisect_left(begins, end))
        for i in inside:
            tags[i] = f"{'B' if i == inside[0] else 'I'}-{escape(kind)}"
    return tags
