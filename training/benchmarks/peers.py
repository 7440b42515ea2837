"""What a user might take instead, on our test corpus: predictions of other tools beside the shipped model.

Only what both sides know is compared, in four groups: person, organisation, place (GPE and LOC) and
date. A tool is scored in the groups it marks at all; ``names`` takes person, organisation and place
together, for tools that mark all three. ``exact``: the same characters; ``overlap``: one in common.

Our gold has mentions that are no names (a man, the police) where they fill a role; other tools look
for names. Hence the rows ``proper``: only names are wanted, and a mark on a mention that is no name
is not wrong. A place found where the gold has a facility is never wrong.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from arabic_ie.errors import InputError

from . import tolerant
from .nominal import NOMINAL
from .report import gold_result, predict, sources
from .tolerant import Row, Span

if TYPE_CHECKING:
    from arabic_ie.types import Document

GROUPS = {"person": ("PER",), "organisation": ("ORG",), "place": ("GPE", "LOC"), "date": ("DATE",)}
NAMES = ("person", "organisation", "place")
ALSO_RIGHT = {"place": ("FAC",)}
# Labels of other tools -> ours. A label after a colon names its corpus: ``anercorp:PERS``.
LABELS = {
    "PERS": "PER",
    "PERSON": "PER",
    "ORGANIZATION": "ORG",
    "LOCATION": "LOC",
    "PLACE": "LOC",
    "TIME": "DATE",
}
Marks = dict[str, list[Span]]


def relabelled(doc: Document) -> Document:
    """A document of another tool with our labels, where they have an equal."""
    entities = []
    for entity in doc.entities:
        label = entity.type.rsplit(":", 1)[-1].upper()
        entities.append(replace(entity, type=LABELS.get(label, label)))
    return replace(doc, entities=tuple(entities))


def rows_of(
    gold: Sequence[Document],
    predicted: Sequence[Document],
    nominal: Mapping[str, str] = NOMINAL,
) -> dict[str, list[Row]]:
    """Counts by group and way of matching, one row a document; see the head of this file.

    Args:
        gold: the annotated documents.
        predicted: the same documents as a tool has marked them, with our labels.
        nominal: document id -> ids of the gold mentions that are no names, parted by spaces.

    Raises:
        InputError: the documents are not the same.
    """
    if [doc.text for doc in gold] != [doc.text for doc in predicted]:
        raise InputError("the predicted documents have other texts than the gold ones, or another order")
    marked = {e.type for doc in predicted for e in doc.entities}
    known = [group for group, types in GROUPS.items() if marked & set(types)]
    groups = {group: [group] for group in known}
    if set(NAMES) <= set(known):
        groups = {"names": list(NAMES), **groups}
    rows: dict[str, list[Row]] = {}
    for right, guess in zip(gold, predicted, strict=True):
        no_names = set(nominal.get(right.id, "").split())
        for name, parts in groups.items():
            wants = ("",) if name == "date" else ("", ", proper")
            for match, count in (("exact", tolerant.exact), ("overlap", tolerant.overlap)):
                for want in wants:
                    every = [_marks(right, part, no_names if want else set()) for part in parts]
                    found = [_marks(guess, part, set())["wanted"] for part in parts]
                    counts = [
                        count(marks["wanted"], spans, marks["right"])
                        for marks, spans in zip(every, found, strict=True)
                    ]
                    total = tuple(sum(column) for column in zip(*counts, strict=True))
                    rows.setdefault(f"{name}{want}, {match}", []).append(total)  # type: ignore[arg-type]
    return rows


def _marks(doc: Document, group: str, left_out: set[str]) -> Marks:
    """Spans of a group: those that must be found, and those that may be."""
    own = [e for e in doc.entities if e.type in GROUPS[group]]
    more = [e for e in doc.entities if e.type in ALSO_RIGHT.get(group, ())]
    return {
        "wanted": [(e.start, e.end) for e in own if e.id not in left_out],
        "right": [(e.start, e.end) for e in (*own, *more)],
    }


def run_peers(
    gold_path: str | Path,
    files: Sequence[str | Path] = (),
    models: Sequence[str | Path] = (),
    bootstrap: int = 1000,
) -> dict[str, Any]:
    """Score models of ours and prediction files of other tools on the same documents; print the tables.

    Args:
        gold_path: JSONL of gold documents.
        files: JSONL of predicted documents in the same order, one file a tool, named after it.
        models: folders of models of ours; none: the shipped one.
        bootstrap: resamples for the intervals; 0 for none.

    Returns:
        The results as plain JSON values.
    """
    from arabic_ie import Extractor, read

    gold = list(read(gold_path))
    out = gold_result("peers", gold_path, gold, runs=[])
    runs: list[tuple[str, list[Document], float | None]] = []
    for name, folder in sources(models):
        marked, taken = predict([doc.text for doc in gold], Extractor.from_pretrained(folder))
        runs.append((name, marked, taken))
    runs += [(Path(file).stem, [relabelled(doc) for doc in read(file)], None) for file in files]
    for name, predicted, seconds in runs:
        scores = {key: tolerant.score(rows, bootstrap) for key, rows in rows_of(gold, predicted).items()}
        out["runs"].append({"name": name, "seconds": seconds, "scores": scores})
        shown = tolerant.table(scores) if scores else "marks nothing that is compared"
        print(f"== peers: {name}, {len(gold)} documents\n{shown}\n")
    return out
