"""Zero-shot scores on corpora the shipped model was not trained on: gsr, idrisi, timex.

Their guidelines differ from ours, so matches are tolerant; each function says how.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..corpora import gsr
from ..corpora.sources import read_corpus
from . import tolerant
from .report import average, average_table, predict, result, sources
from .tolerant import Row, Span

if TYPE_CHECKING:
    from arabic_ie.types import Document

Scores = dict[str, dict[str, Any]]
PLACES = ("GPE", "LOC", "FAC")
ATTACK = ("Conflict.Attack",)
# PLOVER's ASSAULT takes in killing and wounding, which the schema keeps apart from the attack.
HARM = ("Conflict.Attack", "Life.Die", "Life.Injure")
EVENTS = {"ASSAULT": HARM, "PROTEST": ("Conflict.Demonstrate",)}
FILLERS = {"source": ("Attacker", "Agent"), "target": ("Target", "Victim")}


def run(
    task: str,
    files: Iterable[Path],
    texts: Sequence[str],
    rows_of: Callable[[Sequence[Document]], dict[str, list[Row]]],
    models: Sequence[str | Path],
    bootstrap: int,
) -> dict[str, Any]:
    """Score models on texts; print tables, return plain JSON values.

    Args:
        task: name of the benchmark.
        files: the data, for their checksums.
        texts: what the models read.
        rows_of: predicted documents -> name of a score -> rows of counts (see ``tolerant``).
        models: model folders; none: the shipped one.
        bootstrap: resamples for the intervals; 0 for none.
    """
    from arabic_ie import Extractor

    out = result(task, files, texts=len(texts), bootstrap=bootstrap)
    scored: list[Scores] = []
    for name, folder in sources(models):
        predicted, seconds = predict(texts, Extractor.from_pretrained(folder))
        rows = rows_of(predicted)
        scores = {key: tolerant.score(counts, bootstrap) for key, counts in rows.items()}
        scored.append(scores)
        out["runs"].append({"name": name, "seconds": seconds, "scores": scores})
        print(f"== {task}: {name}, {len(texts)} texts\n{tolerant.table(scores)}\n")
    if len(scored) > 1:
        out["summary"] = average(scored)
        print(f"== mean and standard deviation of {len(scored)} models\n{average_table(out['summary'])}\n")
    return out


def run_gsr(root: Path, models: Sequence[str | Path] = (), bootstrap: int = 1000) -> dict[str, Any]:
    """Detection of assaults and protests, and who did it to whom.

    Detection: ``yes`` sentences against ``easy no`` ones; a sentence is found when it has an event of
    the kind, whatever its realis; for assaults also by ``Conflict.Attack`` alone. Of ``difficult no``,
    on which the coders did not agree, the share that is found is given.

    Spans: a trigger or filler counts when it shares a word with what the coders agreed on (recall)
    or with what any coder marked (precision). Only sentences where something is agreed count, for
    no agreement does not mean that there is no actor. Precision of triggers is not given: the coders
    marked one event a sentence.
    """
    detection, coded = gsr.read_detection(root), gsr.read_coded(root)
    texts = list(dict.fromkeys([d.text for d in detection] + [c.text for c in coded]))

    def rows_of(predicted: Sequence[Document]) -> dict[str, list[Row]]:
        docs = dict(zip(texts, predicted, strict=True))
        rows: dict[str, list[Row]] = {}
        for kind, types in EVENTS.items():
            for label, wanted in (
                (kind.lower(), types),
                *([("assault (attack)", ATTACK)] * (kind == "ASSAULT")),
            ):
                rows[f"detect {label}"] = [
                    _found(_has(docs[d.text], wanted), d.label == "yes")
                    for d in detection
                    if d.kind == kind and d.label in ("yes", "easy no")
                ]
            rows[f"found {kind.lower()}, difficult no"] = [
                tolerant.recall_row(1, int(_has(docs[d.text], types)))
                for d in detection
                if d.kind == kind and d.label == "difficult no"
            ]
        for part in gsr.PARTS:
            for kind in EVENTS:
                rows[f"{part} {kind.lower()}"] = [
                    _span_row(c, part, docs[c.text]) for c in coded if c.kind == kind and c.agreed(part)
                ]
        return rows

    folder = root / "arabic_event_gsr"
    files = [folder / f"{name}_{part}" for name in gsr.FILES for part in ("gsr.csv", "spans.json")]
    return run("gsr", files, texts, rows_of, models, bootstrap)


def _has(doc: Document, types: Sequence[str]) -> bool:
    return any(event.type in types for event in doc.events)


def _found(predicted: bool, gold: bool) -> Row:
    both = int(predicted and gold)
    return int(gold), both, int(predicted), both


def _span_row(coded: gsr.Coded, part: str, doc: Document) -> Row:
    events = [event for event in doc.events if event.type in EVENTS[coded.kind]]
    agreed: list[Span] = coded.agreed(part)
    if part == "verb":
        triggers = [(e.trigger.start, e.trigger.end) for e in events]
        hit = tolerant.overlap(agreed, triggers)
        # One of the agreed words is enough: the verb and its object are often marked together.
        return tolerant.recall_row(1, int(hit[1] > 0))
    fillers = {a.entity for e in events for a in e.arguments if a.role in FILLERS[part]}
    spans = [(e.start, e.end) for e in doc.entities if e.id in fillers]
    hit = tolerant.overlap(agreed, spans, sorted(coded.accepted(part)))
    return 1, int(hit[1] > 0), hit[2], hit[3]


def run_idrisi(root: Path, models: Sequence[str | Path] = (), bootstrap: int = 1000) -> dict[str, Any]:
    """Location mentions of the dev tweets: GPE, LOC and FAC mentions against all of its types.

    ``overlap``: they share a word; ``words``: they are the same whole words (a clitic or a hash mark
    more or less does not matter). The rows of single types count recall only.
    """
    gold = read_corpus("idrisi", "dev", root)

    def rows_of(predicted: Sequence[Document]) -> dict[str, list[Row]]:
        rows: dict[str, list[Row]] = {"overlap": [], "words": []}
        for right, guess in zip(gold, predicted, strict=True):
            wanted = tolerant.whole_words(right.text, [(e.start, e.end) for e in right.entities])
            found = [(e.start, e.end) for e in guess.entities if e.type in PLACES]
            rows["overlap"].append(tolerant.overlap(wanted, found))
            rows["words"].append(tolerant.exact(wanted, tolerant.whole_words(right.text, found)))
            for kind in sorted({e.type for e in right.entities}):
                own = [w for w, e in zip(wanted, right.entities, strict=True) if e.type == kind]
                hit = tolerant.overlap(own, found)
                rows.setdefault(kind.split(":")[1], []).append(tolerant.recall_row(hit[0], hit[1]))
        return rows

    files = sorted(root.glob("idrisi_r_ar/gold-random-json/*.dev.jsonl"))
    return run("idrisi", files, [d.text for d in gold], rows_of, models, bootstrap)


def run_timex(root: Path, models: Sequence[str | Path] = (), bootstrap: int = 1000) -> dict[str, Any]:
    """DATE mentions against the DATE and TIME expressions of 50 news documents.

    ``overlap`` and ``words`` as in ``run_idrisi``. A predicted mention on a DURATION or SET is not
    wrong, for ours may be durations too; ``all types`` wants those found as well.
    """
    gold = read_corpus("timex", "test", root)

    def rows_of(predicted: Sequence[Document]) -> dict[str, list[Row]]:
        rows: dict[str, list[Row]] = {"overlap": [], "words": [], "overlap, all types": []}
        for right, guess in zip(gold, predicted, strict=True):
            every = tolerant.whole_words(right.text, [(e.start, e.end) for e in right.entities])
            wanted = [
                span
                for span, e in zip(every, right.entities, strict=True)
                if e.type in ("timex:DATE", "timex:TIME")
            ]
            found = [(e.start, e.end) for e in guess.entities if e.type == "DATE"]
            wide = tolerant.whole_words(right.text, found)
            rows["overlap"].append(tolerant.overlap(wanted, found, every))
            rows["words"].append(tolerant.exact(wanted, wide, every))
            rows["overlap, all types"].append(tolerant.overlap(every, found))
        return rows

    files = sorted(root.glob("timex_ar_news/*.tml"))
    return run("timex", files, [d.text for d in gold], rows_of, models, bootstrap)
