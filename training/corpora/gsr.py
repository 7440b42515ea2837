"""The Arabic event gold standard records (assault, protest): detection sentences and spans.

The files give the words of each coder's spans, in order but without offsets, and a "gold" that is a
bag of the words all coders share. Spans are found again from the coders' own lists, and a word
counts as agreed when most of the coders who marked anything marked it.
"""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from arabic_ie import Argument, Document, Entity, Event, Trigger
from arabic_ie.errors import FormatError

Span = tuple[int, int]
FILES = ("assault", "protest")
TYPES = {"ASSAULT": "Conflict.Attack", "PROTEST": "Conflict.Demonstrate"}
SOURCE_ROLES = {"ASSAULT": "Attacker", "PROTEST": "Agent"}
TARGET_ROLES = {"ASSAULT": "Target"}  # the schema has no target of a demonstration
PARTS = {"verb": "verb", "source": "source_actor", "target": "target_actor"}


@dataclass(frozen=True)
class Detection:
    """A sentence and whether it tells of an event of its kind.

    ``label`` is ``yes``, ``easy no``, ``difficult no`` or ``ambiguous``.
    """

    id: str
    text: str
    kind: str
    label: str


@dataclass(frozen=True)
class Coded:
    """A sentence with the spans of each coder: part (verb, source, target) -> spans of its words."""

    id: str
    text: str
    kind: str
    coders: tuple[dict[str, list[Span]], ...]

    def agreed(self, part: str) -> list[Span]:
        """Words that more than half of the coders who marked this part marked, in text order.

        None are agreed where most coders marked nothing; a single coder's marks stand as they are.
        """
        marked = [coder[part] for coder in self.coders if coder[part]]
        if 2 * len(marked) <= len(self.coders):
            return []
        votes = Counter(word for spans in marked for word in spans)
        return sorted(word for word, count in votes.items() if 2 * count > len(marked))

    def accepted(self, part: str) -> set[Span]:
        """Every word that any coder marked."""
        return {word for coder in self.coders for word in coder[part]}


def read_detection(root: Path) -> list[Detection]:
    """The detection sentences of both kinds.

    Raises:
        FormatError: a file is not what its format says.
    """
    found: list[Detection] = []
    for name in FILES:
        path = root / "arabic_event_gsr" / f"{name}_gsr.csv"
        with path.open(encoding="utf-8", newline="") as file:
            for number, row in enumerate(csv.DictReader(file), 2):
                try:
                    found.append(Detection(row["id"], row["text"], row["event_type"], row["label"]))
                except KeyError as err:
                    raise FormatError(f"no column {err}", str(path), number) from err
    return found


def read_coded(root: Path) -> list[Coded]:
    """The sentences with spans, of both kinds.

    Raises:
        FormatError: a file is not what its format says.
    """
    found: list[Coded] = []
    for name in FILES:
        path = root / "arabic_event_gsr" / f"{name}_spans.json"
        try:
            items = json.loads(path.read_text(encoding="utf-8"))
            found.extend(
                Coded(item["source"], item["text"], item["event_type"], _coders(item)) for item in items
            )
        except (ValueError, KeyError, TypeError) as err:
            raise FormatError(f"not a file of coded spans: {err!r}", str(path)) from err
    return found


def _coders(item: dict[str, Any]) -> tuple[dict[str, list[Span]], ...]:
    return tuple(
        {part: locate(item["text"], coder[key]) for part, key in PARTS.items()} for coder in item["spans"]
    )


def locate(text: str, words: Sequence[str]) -> list[Span]:
    """Places of words that follow one another in a text, not always at once: the tightest fit.

    A word that is not found after the one before it is left out.
    """
    best: list[Span] = []
    for start in _places(text, words[0], 0) if words else []:
        spans = [start]
        for word in words[1:]:
            following = next(iter(_places(text, word, spans[-1][1])), None)
            if following:
                spans.append(following)
        if not best or (-len(spans), spans[-1][1] - spans[0][0]) < (-len(best), best[-1][1] - best[0][0]):
            best = spans
    return best or (locate(text, words[1:]) if len(words) > 1 else [])


def _places(text: str, word: str, begin: int) -> list[Span]:
    """Where a word stands whole; if it never does, where its letters stand."""
    whole: list[Span] = []
    part: list[Span] = []
    place = text.find(word, begin) if word else -1
    while place >= 0:
        end = place + len(word)
        edges = (place == 0 or not text[place - 1].isalnum(), end == len(text) or not text[end].isalnum())
        (whole if all(edges) else part).append((place, end))
        place = text.find(word, place + 1)
    return whole or part


def read_spans(root: Path) -> list[Document]:
    """Sentences as documents: one event each, from the words that most coders share.

    The trigger is the first agreed word of the verb, an actor the agreed words that stand together.
    Actors carry the kinds of entity they may be (``PER|ORG|GPE``). Nothing else is marked.
    """
    docs = []
    for coded in read_coded(root):
        verb = coded.agreed("verb")
        if not verb:
            continue
        entities: list[Entity] = []
        arguments: list[Argument] = []
        for part, roles in (("source", SOURCE_ROLES), ("target", TARGET_ROLES)):
            span = _first_run(coded.text, coded.agreed(part))
            if span and all(span[1] <= e.start or e.end <= span[0] for e in entities):
                entities.append(Entity(*span, f"gsr:{part}", f"E{len(entities) + 1}"))
                if coded.kind in roles:
                    arguments.append(Argument(roles[coded.kind], entities[-1].id))
        event = Event(TYPES[coded.kind], Trigger(*verb[0]), "actual", tuple(arguments), "T1")
        docs.append(Document(coded.text, tuple(entities), (event,), id=f"gsr-{coded.kind}-{coded.id}"))
    return docs


def _first_run(text: str, words: Sequence[Span]) -> Span | None:
    """The first of the runs of words with only space between."""
    if not words:
        return None
    start, end = words[0]
    for a, b in words[1:]:
        if text[end:a].strip():
            break
        end = b
    return start, end
