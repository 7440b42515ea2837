"""Spans and role scores -> event frames, under the schema. Numpy only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from .calibration import Curve, calibrated
from .schema import Schema
from .tags import DIGITS
from .types import Argument, Document, Entity, Event, Trigger


@dataclass(frozen=True, slots=True)
class Mention:
    """A span of a source text with its type id, score, and for a trigger its realis id."""

    start: int
    end: int
    type: int
    score: float
    realis: int = 0


def role_mask(schema: Schema) -> np.ndarray:
    """(event types, entity types, roles + 1): True where the schema allows the role; 0 is none."""
    allowed = np.zeros(
        (max(len(schema.event_types), 1), len(schema.entities), len(schema.roles) + 1), dtype=bool
    )
    allowed[..., 0] = True
    for g, event in enumerate(schema.event_types):
        for e, entity in enumerate(schema.entities):
            for r, role in enumerate(schema.roles):
                allowed[g, e, r + 1] = schema.allows(event, role, entity)
    return allowed


def kept_score(score: float, claim: float, threshold: float, claim_threshold: float) -> float | None:
    """The score of an entity that is given, None for one that is left out.

    Tags and roles are read one after the other, but a trigger that has a clear place for a mention is
    evidence that it is one: so most unsure mentions are left out, and those claimed by a trigger are not.

    Args:
        score: of the entity by its tags.
        claim: the highest probability with which a trigger takes it into a role.
        threshold: the least score of an entity that stands for itself.
        claim_threshold: a claim above this keeps an entity below the threshold; its score is then the
            mean of both.
    """
    if score >= threshold:
        return score
    return (score + claim) / 2 if claim > claim_threshold else None


def build(
    text: str,
    entities: Sequence[Mention],
    triggers: Sequence[Mention],
    roles: Mapping[tuple[int, int], np.ndarray],
    schema: Schema,
    threshold: float,
    warnings: Sequence[str] = (),
    curves: Mapping[str, Curve] | None = None,
) -> Document:
    """Make a document of decoded spans and role probabilities.

    Args:
        text: the source text.
        entities: in text order.
        triggers: in text order.
        roles: (trigger index, entity index) -> probabilities (R + 1,), index 0 = none. A pair
            that was not scored stands in no common window and gets no role.
        schema: names of the ids.
        threshold: least probability of a role.
        warnings: for the document.
        curves: how scores become probabilities, by layer (see ``arabic_ie.calibration``); the threshold
            is one of scores.

    Returns:
        The document. Roles of an event are in the order of their fillers; the score of an event is that
        of its trigger and type, its arguments have their own.
    """
    curves = curves or {}
    found = tuple(
        Entity(m.start, m.end, schema.entities[m.type], f"E{i + 1}", _round(m.score, curves.get("entity")))
        for i, m in enumerate(entities)
    )
    pairs: dict[int, list[int]] = {}
    for t, e in sorted(roles):  # only what was scored: all pairs of a long text would be too many
        pairs.setdefault(t, []).append(e)
    events = []
    for t, trigger in enumerate(triggers):
        arguments = []
        for e in pairs.get(t, ()):
            entity, scores = found[e], roles[t, e]
            if len(scores) < 2:  # a schema without roles
                continue
            role = int(scores[1:].argmax()) + 1
            score = float(scores[role])
            if _round(score, None) >= threshold:
                score = _round(score, curves.get("argument"))
                arguments.append(Argument(schema.roles[role - 1], entity.id, score))
        events.append(
            Event(
                type=schema.event_types[trigger.type],
                trigger=Trigger(trigger.start, trigger.end),
                realis=schema.realis[trigger.realis],
                arguments=tuple(arguments),
                id=f"T{t + 1}",
                score=_round(trigger.score, curves.get("trigger")),
            )
        )
    return Document(text, found, tuple(events), warnings=tuple(warnings))


def _round(score: float, curve: Curve | None) -> float:
    return round(calibrated(min(max(score, 0.0), 1.0), curve), DIGITS)
