"""What is worth knowing of annotated data before training on it."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import regex

from .errors import SchemaError
from .formats import read_located
from .schema import ANNOTATES, Schema, annotated
from .text import normalise, sentences, words
from .types import Document, Event

LONG = 200  # words of a sentence; the encoder then reads it in overlapping windows
WIDE = 15  # words of a span
RARE = 5  # mentions of a type below which nothing can be learned of it
SKEW = 50  # the commonest type so many times the rarest
MIXED = 0.9  # a surface whose commonest type has at least this share; the rest is suspicious
# What training refuses or cannot label, and is to be mended. What is right but not to be learned ("across
# sentences", "two roles") is told as a note: training goes on without it.
FATAL = ("unknown", "annotates", "not whole words", "overlap", "discontinuous", "across files")
_EDGE = regex.compile(r"^[\s[\p{P}--[%٪‰]]]|[\s[\p{P}--[%٪‰]]]$", regex.V1)
_LOST = "which training leaves out"
_LINES = 20  # places named of each kind of trouble


@dataclass(frozen=True)
class Issue:
    """One thing that is wrong or suspicious.

    Attributes:
        kind: such as ``unknown``; those of ``FATAL`` keep labels out of training.
        where: ``file:line`` of the document, as far as it is known.
        doc_id: its id.
        message: what is wrong, the same for all cases of one cause.
        detail: what tells this case from the others.
    """

    kind: str
    where: str
    doc_id: str
    message: str
    detail: str = ""


@dataclass(frozen=True)
class Report:
    """Counts of each layer's labels, and issues."""

    documents: int
    sentences: int
    counts: Mapping[str, Counter[str]]
    issues: tuple[Issue, ...]
    files: Mapping[str, int] = field(default_factory=dict)

    @property
    def usable(self) -> bool:
        """Whether nothing is wrong: training takes every label, but for those of which a note says that it leaves
        them out, and no text stands in two files."""
        return not any(issue.kind in FATAL for issue in self.issues)

    def to_dict(self) -> dict[str, Any]:
        """The report for a program."""
        return {
            "documents": self.documents,
            "sentences": self.sentences,
            "files": dict(self.files),
            "counts": {layer: dict(counter.most_common()) for layer, counter in self.counts.items()},
            "issues": [
                {"kind": i.kind, "where": i.where, "id": i.doc_id, "message": i.message, "detail": i.detail}
                for i in self.issues
            ],
            "usable": self.usable,
        }

    def __str__(self) -> str:
        lines = [f"{self.documents} documents, {self.sentences} sentences"]
        lines += [f"  {name}: {count}" for name, count in self.files.items() if len(self.files) > 1]
        for layer, counter in self.counts.items():
            total = sum(counter.values())
            lines.append(f"{layer}: {total}")
            width = max((len(k) for k in counter), default=0)
            lines += [f"  {k:<{width}} {n:>7} {n / total:6.1%}" for k, n in counter.most_common()]
        groups: dict[tuple[str, str], list[Issue]] = defaultdict(list)
        for issue in self.issues:
            groups[issue.kind, issue.message].append(issue)
        for (kind, message), cases in groups.items():
            mark = "error" if kind in FATAL else "note"
            lines.append(f"{mark}: {kind}: {message} ({len(cases)})")
            lines += [f"  {_place(case)}" for case in cases[:_LINES] if case.where or case.doc_id]
            if len(cases) > _LINES:
                lines.append(f"  and {len(cases) - _LINES} more (--json names all)")
        fatal = sum(issue.kind in FATAL for issue in self.issues)
        return "\n".join([*lines, f"{fatal} errors, {len(self.issues) - fatal} notes"])


def _place(issue: Issue) -> str:
    return " ".join(part for part in (issue.where, issue.doc_id, issue.detail) if part)


def check_files(paths: Iterable[Path], schema: Schema, format: str | None = None, **options: Any) -> Report:
    """Check annotated files together, as the splits of one data set. See ``check_data``.

    Raises:
        InputError: a file is missing.
        FormatError: a file cannot be read.
    """
    checker = _Checker(schema)
    for path in paths:
        for where, doc in read_located(path, format, schema=schema, **options):
            checker.add(doc, where, str(path))
    return checker.report()


def check_data(docs: Iterable[Document], schema: Schema) -> Report:
    """Count labels, and look for what is wrong or suspicious.

    Wrong: names the schema lacks, spans that are not whole words, spans of a layer that overlap,
    discontinuous entities, texts that stand in two files, a malformed ``meta["annotates"]``. Left out of
    training: spans and arguments that reach into another sentence, the second role of an entity in an event.
    Suspicious: fillers a role does not take,
    spaces or punctuation at the edge of a span, very wide spans, one surface with several types,
    texts that repeat, long sentences, rare, missing and very common types.
    """
    checker = _Checker(schema)
    for doc in docs:
        checker.add(doc, "", "")
    return checker.report()


class _Checker:
    """Takes documents one by one; keeps counts, a hash of each text, and issues."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        layers = ("entities", "events", "roles", "realis")
        self.counts: dict[str, Counter[str]] = {layer: Counter() for layer in layers}
        self.issues: list[Issue] = []
        self.files: Counter[str] = Counter()
        self.sentences = 0
        self.seen: dict[int, tuple[str, str, str]] = {}  # hash of a text -> file, where, id
        self.surfaces: dict[str, dict[str, list[tuple[str, str]]]] = defaultdict(lambda: defaultdict(list))

    def add(self, doc: Document, where: str, file: str) -> None:
        self.files[file] += 1
        self.counts["entities"].update(e.type for e in doc.entities)
        self.counts["events"].update(e.type for e in doc.events)
        self.counts["realis"].update(e.realis for e in doc.events)
        self.counts["roles"].update(a.role for e in doc.events for a in e.arguments)
        found = [*self._names(doc), *_spans(doc), *_links(doc), *self._text(doc, where, file)]
        self.issues += [Issue(kind, where, doc.id, message, detail) for kind, message, detail in found]
        for entity in doc.entities:
            surface = normalise(doc.span_text(entity), unify_letters=True).text
            self.surfaces[surface][entity.type].append((where, doc.id))

    def report(self) -> Report:
        counts = dict(self.counts)
        issues = [*self.issues, *self._mixed(), *self._balance()]
        return Report(sum(self.files.values()), self.sentences, counts, tuple(issues), dict(self.files))

    def _names(self, doc: Document) -> Iterator[tuple[str, str, str]]:
        """Every name the schema lacks, and every filler that a role does not take."""
        schema = self.schema
        try:
            annotated(doc)
        except SchemaError:
            yield "annotates", f"meta.annotates {ANNOTATES}", ""
        types = {}
        for e in doc.entities:
            types[e.id] = e.type
            # In documents of foreign corpora "GPE|LOC" is one of the two.
            names = e.type.split("|") if "annotates" in doc.meta else [e.type]
            if not set(names) <= set(schema.entities):
                yield "unknown", f"entity type {e.type!r}", _quoted(doc, e.start, e.end)
        for v in doc.events:
            if v.type not in schema.events:
                yield "unknown", f"event type {v.type!r}", _quoted(doc, v.trigger.start, v.trigger.end)
                continue
            for a in v.arguments:
                if a.role not in schema.events[v.type]:
                    yield "unknown", f"role {a.role!r} of {v.type}", _event(doc, v)
                elif types[a.entity] in schema.entities and not schema.allows(
                    v.type, a.role, types[a.entity]
                ):
                    yield "filler", f"{types[a.entity]} as {a.role} of {v.type}", _event(doc, v)

    def _text(self, doc: Document, where: str, file: str) -> Iterator[tuple[str, str, str]]:
        key = hash(" ".join(normalise(doc.text, unify_letters=True).text.split()))
        if key in self.seen:
            other_file, other, id = self.seen[key]
            crosses = other_file != file
            message = "the same text in two files" if crosses else "the same text twice"
            yield "across files" if crosses else "duplicate", message, f"also {f'{other} {id}'.strip()}"
        self.seen.setdefault(key, (file, where, doc.id))
        spans = sentences(doc.text, soft_words=len(doc.text))
        self.sentences += len(spans)
        for start, end in spans:
            count = len(doc.text[start:end].split())
            if count > LONG:
                yield "long", f"a sentence of more than {LONG} words", f"{count} words"
        if not doc.text.strip():
            yield "empty", "a document without text", ""

    def _mixed(self) -> Iterator[Issue]:
        """Mentions whose words nearly always have another type."""
        for surface, by_type in self.surfaces.items():
            total = sum(map(len, by_type.values()))
            main = max(by_type, key=lambda t: len(by_type[t]))
            if len(by_type) > 1 and len(by_type[main]) >= MIXED * total:
                for kind, places in by_type.items():
                    for where, id in places if kind != main else []:
                        message = f"{surface!r} is {kind} here, {main} {len(by_type[main])} times"
                        yield Issue("mixed types", where, id, message)

    def _balance(self) -> Iterator[Issue]:
        known = {
            "entities": self.schema.entities,
            "events": self.schema.event_types,
            "roles": self.schema.roles,
        }
        for layer, names in known.items():
            counter = self.counts[layer]
            if not counter:
                continue
            for name in names:
                if counter[name] < RARE:
                    yield Issue("rare", "", "", f"{layer}: {name} has {counter[name]} mentions")
            used = [counter[name] for name in names if counter[name] >= RARE]
            if used and max(used) > SKEW * min(used):
                yield Issue("skewed", "", "", f"{layer}: from {min(used)} to {max(used)} mentions a type")


def _quoted(doc: Document, start: int, end: int) -> str:
    return f"[{start}, {end}) {doc.text[start:end]!r}"


def _event(doc: Document, event: Event) -> str:
    return f"{event.id} {_quoted(doc, event.trigger.start, event.trigger.end)}"


def _links(doc: Document) -> Iterator[tuple[str, str, str]]:
    """Arguments that training leaves out: it reads each sentence alone, and a pair has one role."""
    begins = [start for start, _ in sentences(doc.text)]
    entities = {e.id: e for e in doc.entities}
    for event in doc.events:
        roles: dict[str, str] = {}
        for a in event.arguments:
            filler = entities[a.entity]
            told = f"{_event(doc, event)}: {a.role} {_quoted(doc, filler.start, filler.end)}"
            if bisect_right(begins, filler.start) != bisect_right(begins, event.trigger.start):
                yield "across sentences", f"an argument outside the sentence of its trigger, {_LOST}", told
            elif roles.setdefault(a.entity, a.role) != a.role:
                yield "two roles", "an entity in two roles of an event; training keeps the first", told


def _spans(doc: Document) -> Iterator[tuple[str, str, str]]:
    spans = words(doc.text)
    begins, ends = {a for a, _ in spans}, {b for _, b in spans}
    stops = [end for _, end in sentences(doc.text)]
    layers = {"entity": [(e.start, e.end, e.id) for e in doc.entities if not e.fragments]}
    layers["trigger"] = [(e.trigger.start, e.trigger.end, e.id) for e in doc.events]
    for e in doc.entities:
        if e.fragments:
            yield (
                "discontinuous",
                f"an entity in parts, {_LOST}",
                f"{e.id} {doc.span_text(e)!r}",
            )
    for name, layer in layers.items():
        last = (0, 0, "")
        for start, end, id in sorted(layer):
            told = f"{id} {_quoted(doc, start, end)}"
            if start not in begins or end not in ends:
                yield "not whole words", f"a span ({name}) that does not begin and end with a word", told
            elif _EDGE.search(doc.text[start:end]):
                yield "edge", f"punctuation at the edge of a span ({name})", told
            if bisect_right(stops, start) != bisect_right(stops, end - 1):
                yield "across sentences", f"a span ({name}) over a sentence end, {_LOST}", told
            if start < last[1]:
                yield "overlap", f"spans of one layer ({name}) overlap", f"{told} and {last[2]}"
            if len(doc.text[start:end].split()) > WIDE:
                yield "wide", f"a span ({name}) of more than {WIDE} words", told
            last = max(last, (start, end, id), key=lambda s: s[1])
