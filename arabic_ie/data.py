"""Gold documents -> training features and batches: the way of the data, backwards.

Each document becomes one row per window. A span that does not begin and end with a word cannot be
labelled: its words are masked in the loss, never counted as ``O``, and the trouble is reported.

A document of a foreign corpus says what that corpus annotates, in ``meta["annotates"]``::

    {"entities": ["PER", "ORG", "GPE"], "events": []}

An entity of another type may stand unmarked in it, so an unmarked word may be ``O`` or any tag of
those other types; a mark of a wider type, written ``GPE|LOC|FAC``, is one of the three. Both become
sets of allowed tags, whose probabilities the loss sums (partial labels: Cour et al., 2011). Unless all
event types are named, unmarked words say nothing about triggers, nor unnamed pairs about roles.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import torch

from . import tags
from .config import IEConfig
from .schema import Schema, annotated
from .types import Document
from .windows import Segment, Window, plan_for

Row = dict[str, Any]
TENSORS = ("input_ids", "attention_mask", "first", "last", "entity_tags", "trigger_tags", "realis")


@dataclass(frozen=True)
class _Labels:
    """Gold labels of one segment, in word indices."""

    entities: list[tuple[int, int, int, str]]  # first, past last, type, id
    triggers: list[tuple[int, int, int, int, dict[str, int], str]]  # ..., realis, entity id -> role, id
    masked: set[int]
    sets: dict[int, list[int]]  # word -> allowed entity tags, in documents of foreign corpora
    silent: bool = False  # about events: what is not marked is not known


def build_rows(docs: Iterable[Document], tokenizer: Any, config: IEConfig) -> tuple[list[Row], list[str]]:
    """Make training rows of documents.

    Returns:
        Rows of plain lists (see ``features``), and one line for each span or argument that is left out.

    Raises:
        SchemaError: a document uses a type or role that the schema lacks, or see ``annotated``.
    """
    schema = config.load_schema()
    rows: list[Row] = []
    trouble: list[str] = []
    for doc in docs:
        schema.check(doc)
        segments, _ = plan_for(config, doc.text, tokenizer)
        labelled: list[_Labels] = []
        pairs: set[tuple[str, str]] = set()  # ids of the triggers and entities that stand in one window
        for segment in segments:
            labels = _label(doc, segment, schema, trouble)
            labelled.append(labels)
            for window in segment.windows:
                rows.append(_row(window, labels, schema))
                pairs.update(
                    (trigger[-1], entity[-1])
                    for trigger in labels.triggers
                    for entity in labels.entities
                    if _inside(window, trigger) and _inside(window, entity)
                )
        trouble.extend(_lost_arguments(doc, labelled, pairs))
    return rows, trouble


def _lost_arguments(doc: Document, labelled: Sequence[_Labels], pairs: set[tuple[str, str]]) -> Iterator[str]:
    """A line for each argument that no row holds although its trigger and its filler are labelled."""
    triggers = {trigger[-1] for labels in labelled for trigger in labels.triggers}
    entities = {entity[-1] for labels in labelled for entity in labels.entities}
    for event in doc.events:
        roles: dict[str, str] = {}
        for a in event.arguments:
            name = f"{doc.id}: argument {a.role} {a.entity} of {event.id}"
            if roles.setdefault(a.entity, a.role) != a.role:
                yield f"{name}: the entity is {roles[a.entity]} already, and a pair has one role"
            elif event.id in triggers and a.entity in entities and (event.id, a.entity) not in pairs:
                yield f"{name}: the trigger is in another sentence, or too far away in a long one"


def _label(doc: Document, segment: Segment, schema: Schema, trouble: list[str]) -> _Labels:
    low, high = segment.words[0][0], segment.words[-1][1]
    known = annotated(doc)
    silent = known is not None and not set(schema.event_types) <= set(known.get("events", ()))
    labels = _Labels([], [], set(), {}, silent)

    def locate(start: int, end: int, name: str) -> tuple[int, int] | None:
        if not (start < high and end > low):
            return None
        span = tags.align(segment.words, start, end)
        if span is None:
            trouble.append(
                f"{doc.id}: {name} [{start}, {end}) does not begin and end with a word of a sentence"
            )
            hit = (i for i, (a, b) in enumerate(segment.words) if a < end and b > start)
            labels.masked.update(hit)
        return span

    for entity in doc.entities:
        span = locate(entity.start, entity.end, f"entity {entity.id}")
        if span and entity.fragments:
            trouble.append(f"{doc.id}: entity {entity.id} is in parts, which tags cannot say")
            labels.masked.update(range(*span))
            continue
        kinds = [schema.entities.index(name) for name in entity.type.split("|")]
        if span and len(kinds) > 1:
            for i in range(*span):
                labels.sets[i] = sorted(tags.tag(k, i == span[0]) for k in kinds)
        elif span:
            labels.entities.append((*span, kinds[0], entity.id))
    for event in doc.events:
        span = locate(event.trigger.start, event.trigger.end, f"trigger {event.id}")
        if span:
            # The first role wins when one entity fills two roles of a trigger (3 of 7,800 cases).
            roles = {a.entity: schema.roles.index(a.role) + 1 for a in reversed(event.arguments)}
            kind = schema.event_types.index(event.type)
            labels.triggers.append((*span, kind, schema.realis.index(event.realis), roles, event.id))
    for layer in (labels.entities, labels.triggers):
        _drop_overlaps(doc, layer, labels.masked, trouble)
    if known is not None:
        certain = set(known.get("entities", ()))
        others = [k for k, name in enumerate(schema.entities) if name not in certain]
        free = [tags.OUTSIDE, *(tags.tag(k, begin) for k in others for begin in (True, False))]
        taken = {i for span in labels.entities for i in range(span[0], span[1])} | set(labels.sets)
        for i in set(range(len(segment.words))) - taken:
            labels.sets[i] = sorted(free)
    return labels


def _drop_overlaps(doc: Document, layer: list[Any], masked: set[int], trouble: list[str]) -> None:
    """Keep the longest of overlapping spans; both layers are flat."""
    taken: set[int] = set()
    for span in sorted(layer, key=lambda s: (s[0] - s[1], s[0])):
        if taken & set(range(span[0], span[1])):
            layer.remove(span)
            trouble.append(f"{doc.id}: words {span[0]}-{span[1]} overlap a longer span of the same layer")
        else:
            taken.update(range(span[0], span[1]))


def _inside(window: Window, span: Sequence[Any]) -> bool:
    return bool(span[0] >= window.offset and span[1] <= window.offset + len(window.first))


def _row(window: Window, labels: _Labels, schema: Schema) -> Row:
    size, shift = len(window.first), window.offset
    entities = [(s[0] - shift, s[1] - shift, s[2], s[3]) for s in labels.entities if _inside(window, s)]
    triggers = [(s[0] - shift, s[1] - shift, s[2], s[3], s[4]) for s in labels.triggers if _inside(window, s)]
    entity_tags = tags.encode([e[:3] for e in entities], size)
    trigger_tags = tags.encode([t[:3] for t in triggers], size)
    realis = [tags.IGNORED] * size
    for trigger in triggers:
        realis[trigger[0]] = trigger[3]
    ends = [s[:2] for s in labels.entities] + [s[:2] for s in labels.triggers]
    cut = [range(a - shift, b - shift) for a, b in ends if not _inside(window, (a, b))]
    hidden = {w - shift for w in labels.masked} | {i for span in cut for i in span}
    for i in range(size):
        if entity_tags[i] == tags.OUTSIDE and (i in hidden or i + shift in labels.sets):
            entity_tags[i] = tags.IGNORED
        if trigger_tags[i] == tags.OUTSIDE and (i in hidden or labels.silent):
            trigger_tags[i] = tags.IGNORED
    nothing = tags.IGNORED if labels.silent else 0
    return {
        "input_ids": list(window.input_ids),
        "first": list(window.first),
        "last": list(window.last),
        "entity_tags": entity_tags,
        "trigger_tags": trigger_tags,
        "realis": realis,
        # first word, last word (inclusive), type: as the role head takes them
        "entities": [[e[0], e[1] - 1, e[2]] for e in entities],
        "triggers": [[t[0], t[1] - 1, t[2]] for t in triggers],
        "roles": [[t[4].get(e[3], nothing) for e in entities] for t in triggers],
        **_sets([[] if i in hidden else labels.sets.get(i + shift, []) for i in range(size)]),
    }


def _sets(allowed: Sequence[list[int]]) -> Row:
    """The sets of allowed tags of each word, each set once: ``entity_set`` is 1 + its index, or 0."""
    table: dict[tuple[int, ...], int] = {(): 0}
    index = [table.setdefault(tuple(tags), len(table)) for tags in allowed]
    return {"entity_set": index if any(index) else [], "entity_sets": [list(t) for t in list(table)[1:]]}


def features() -> Any:
    """The declared ``datasets.Features`` of a training row."""
    from datasets import Features, List, Value

    flat, pairs = List(Value("int32")), List(List(Value("int32")))
    return Features(
        input_ids=flat, first=flat, last=flat, entity_tags=flat, trigger_tags=flat, realis=flat,
        entities=pairs, triggers=pairs, roles=pairs, entity_set=flat, entity_sets=pairs,
    )  # fmt: skip


class Collator:
    """Pads rows into tensors, and adds wrong spans to the gold ones so that the role head learns
    to refuse what the tag layers get wrong.

    Args:
        pad_id: token id of the padding.
        entity_types: number of entity types.
        event_types: number of event types.
        negatives: wrong entity spans per row, as a share of the gold ones; half as many wrong
            triggers. They are shifted, lengthened or shortened gold spans, gold spans of another
            type, and words outside every gold span. 0 at evaluation.
        mask_id: token id of the mask.
        mask_rate: share of the tokens replaced by the mask, so that context is read too and names
            are not learned by heart.
        seed: of what is drawn.

    Attributes:
        epoch: which pass over the data is made; what is drawn for a batch changes with it.
    """

    def __init__(
        self,
        pad_id: int,
        entity_types: int,
        event_types: int,
        negatives: float = 0.0,
        mask_id: int | None = None,
        mask_rate: float = 0.0,
        seed: int = 0,
    ) -> None:
        self.seed, self.epoch = seed, 0
        self.pad_id, self.entity_types, self.event_types = pad_id, entity_types, event_types
        self.negatives, self.mask_id, self.mask_rate = negatives, mask_id, mask_rate

    def __call__(self, rows: Sequence[Row]) -> dict[str, torch.Tensor]:
        pads = {"input_ids": self.pad_id, "first": 0, "last": 0}
        batch = {
            key: _pad([row[key] for row in rows], pads.get(key, tags.IGNORED))
            for key in TENSORS
            if key != "attention_mask"
        }
        batch["attention_mask"] = _pad([[1] * len(row["input_ids"]) for row in rows], 0)
        draw = batch_generator(self.seed, self.epoch, batch["input_ids"])
        if self.mask_rate and self.mask_id is not None:
            ids = batch["input_ids"]
            drawn = (torch.rand(ids.shape, generator=draw) < self.mask_rate) & batch["attention_mask"].bool()
            drawn[:, 0] = False  # the special token that words of the padding point at
            batch["input_ids"] = ids.masked_fill(drawn, self.mask_id)
        linked = [self._with_negatives(row, draw) for row in rows]
        t = max(max((len(x[0]) for x in linked), default=0), 1)
        e = max(max((len(x[1]) for x in linked), default=0), 1)
        triggers, entities = torch.zeros(len(rows), t, 3).long(), torch.zeros(len(rows), e, 3).long()
        roles = torch.full((len(rows), t, e), tags.IGNORED)
        for i, (trig, ent, role) in enumerate(linked):
            if trig:
                triggers[i, : len(trig)] = torch.tensor(trig)
            if ent:
                entities[i, : len(ent)] = torch.tensor(ent)
            if trig and ent:
                roles[i, : len(trig), : len(ent)] = torch.tensor(role)
        batch = {**batch, "triggers": triggers, "entities": entities, "roles": roles}
        if any(row["entity_set"] for row in rows):
            shape = (*batch["first"].shape, tags.tag_count(self.entity_types))
            batch["entity_allowed"] = torch.zeros(shape, dtype=torch.bool)
            for i, row in enumerate(rows):
                for word, which in enumerate(row["entity_set"]):
                    if which:
                        batch["entity_allowed"][i, word, row["entity_sets"][which - 1]] = True
        return batch

    def _with_negatives(
        self, row: Row, draw: torch.Generator
    ) -> tuple[list[list[int]], list[list[int]], list[list[int]]]:
        triggers, entities = [list(t) for t in row["triggers"]], [list(e) for e in row["entities"]]
        roles = [list(r) for r in row["roles"]]
        size = len(row["first"])
        if self.negatives and size:
            wrong_e = self._wrong(entities, size, self.entity_types, self.negatives, draw)
            wrong_t = self._wrong(triggers, size, self.event_types, self.negatives / 2, draw)
            roles = [r + [0] * len(wrong_e) for r in roles]
            entities, triggers = entities + wrong_e, triggers + wrong_t
            roles += [[0] * len(entities) for _ in wrong_t]
        return triggers, entities, roles

    @staticmethod
    def _wrong(
        gold: list[list[int]], size: int, types: int, share: float, draw: torch.Generator
    ) -> list[list[int]]:
        def below(n: int) -> int:
            return int(torch.randint(n, (1,), generator=draw))

        taken = {tuple(span) for span in gold}
        count = int(share * (len(gold) + 1) + float(torch.rand(1, generator=draw)))
        result = []
        for _ in range(count if types else 0):
            a, b, kind, how, pick = (below(n) for n in (3, 3, types, 3, max(len(gold), 1)))
            if gold and how < 2:
                start, end, own = gold[pick]
                if how == 0:
                    start, end, kind = start + a - 1, end + b - 1, own
            else:
                start = below(size)
                end = start + (a if b == 0 else 0)
            if 0 <= start <= end < size and (start, end, kind) not in taken:
                taken.add((start, end, kind))
                result.append([start, end, kind])
        return result


def batch_generator(seed: int, epoch: int, ids: torch.Tensor) -> torch.Generator:
    """Random numbers for a batch, which follow from what it is and not from what was drawn before.

    Training that was killed and goes on draws the same as one that was not.
    """
    head = seed.to_bytes(8, "little", signed=True) + epoch.to_bytes(8, "little")
    digest = blake2b(head + ids.numpy().tobytes(), digest_size=8).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest, "little") >> 1)


def _pad(rows: Sequence[Sequence[int]], value: int) -> torch.Tensor:
    width = max(1, *(len(r) for r in rows))
    return torch.tensor([[*r, *[value] * (width - len(r))] for r in rows])
