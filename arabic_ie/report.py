"""``arabic-ie evaluate --report``: scores as pictures, and the worst documents, gold beside predicted.

One HTML page without scripts and without anything from outside.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from pathlib import Path

from .formats.files import write_chunks
from .metrics import Score, Scores, evaluate
from .render import fragment, hue, style
from .types import Document

WORST = 20
NONE = "none"  # gold that was missed, or a prediction of nothing
_CHARTS = {
    "entity": "Entities by type",
    "trigger_class": "Events by type",
    "argument_class": "Arguments by role",
}
_COUNTED = tuple(_CHARTS)  # layers whose wrong and missed items make a document bad
_STYLE = """
:root{--ink:#1c1c1e;--soft:#5f6368;--paper:#fff;--line:#dadce0;--back:#f4f5f7;--bar:#1a5fb4;--heat:26,95,180}
@media (prefers-color-scheme:dark){:root{--ink:#e8eaed;--soft:#a3a8ae;--paper:#1b1c1f;--line:#3c4043;--back:#111214;
--bar:#8ab4f8;--heat:138,180,248}}
body{margin:0 auto;padding:16px;max-width:1200px;background:var(--back);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
h1{font-size:22px;margin:4px 0}h2{font-size:17px;margin:0 0 8px}p{color:var(--soft);margin:0 0 12px}
section{background:var(--paper);border:1px solid var(--line);border-radius:10px;padding:14px 16px;margin:0 0 16px;overflow-x:auto}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,340px),1fr));gap:0 16px;align-items:start}
.bars{display:grid;grid-template-columns:max-content 1fr max-content;gap:4px 10px;align-items:center;font-size:13px}
.bars i{display:block;height:12px;border-radius:3px;background:var(--bar);min-width:1px}
.bars div{position:relative;background:var(--back);border-radius:3px}
.bars b{position:absolute;top:-2px;width:2px;height:16px;background:var(--ink)}
.bars small{color:var(--soft)}
.matrix{border-collapse:collapse;font-size:12px}
.matrix th{font-weight:400;text-align:right;padding:2px 6px;white-space:nowrap}
.matrix thead th{height:118px;vertical-align:bottom;text-align:left;padding:0}
.matrix thead span{display:inline-block;writing-mode:vertical-rl;transform:rotate(180deg);padding:4px 2px}
.matrix td{min-width:26px;height:26px;text-align:center;border:1px solid var(--line)}
.pair{display:grid;grid-template-columns:1fr 1fr;gap:0 16px;border-top:1px solid var(--line);padding-top:10px}
.pair p{grid-column:1/-1;margin:0 0 6px}.pair h3{font-size:13px;color:var(--soft);margin:0 0 4px;font-weight:600}
.pair>div{min-width:0}
@media (max-width:700px){body{padding:8px}.pair{grid-template-columns:1fr}}
"""


def write_report(
    gold: Sequence[Document],
    predicted: Sequence[Document],
    path: str | Path,
    scores: Scores | None = None,
    worst: int = WORST,
) -> None:
    """Write the report of predictions on gold documents.

    Args:
        gold: the right answers.
        predicted: for the same texts, in the same order.
        path: the HTML file; an old one stays whole until the new one is complete.
        scores: of these documents, if they were computed already.
        worst: how many documents to show.

    Raises:
        InputError: the documents do not pair, or the folder cannot be written.
    """
    scores = scores or evaluate(gold, predicted)
    write_chunks(_page(gold, predicted, scores, worst), Path(path))


def _page(
    gold: Sequence[Document], predicted: Sequence[Document], scores: Scores, worst: int
) -> Iterator[str]:
    yield (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n<title>Evaluation</title>\n'
        f"<style>{_STYLE}{style()}</style>\n</head>\n<body>\n<h1>Evaluation</h1>\n"
        f"<p>{len(gold)} documents. A bar is F1; the ticks are precision and recall, on a scale to 100.</p>\n"
    )
    yield f'<section><h2>Layers</h2><div class="bars">{_bars(scores.layers)}</div></section>\n'
    yield '<div class="charts">'
    for layer, title in _CHARTS.items():
        table = dict(sorted(scores.types.get(layer, {}).items(), key=lambda item: -item[1].gold))
        if table:
            yield f'<section><h2>{title}</h2><div class="bars">{_bars(table)}</div></section>\n'
    yield "</div>"
    for title, kind in (("Confusion of event types", "event"), ("Confusion of entity types", "entity")):
        counts = confusion(gold, predicted, kind)
        if counts:
            yield (
                f"<section><h2>{title}</h2><p>Rows are gold, columns predicted, by equal span;"
                f" {NONE}: the other side has nothing there.</p>{_matrix(counts)}</section>\n"
            )
    ranked = rank(gold, predicted)[:worst]
    if ranked:
        yield f"<section><h2>Worst documents</h2><p>{len(ranked)} with the most wrong and missed items.</p>"
        for errors, k in ranked:
            yield (
                f'<div class="pair"><p>{escape(gold[k].id) or f"document {k + 1}"}: {errors} wrong or missed</p>'
                f"<div><h3>Gold</h3>{fragment(gold[k])}</div>"
                f"<div><h3>Predicted</h3>{fragment(predicted[k])}</div></div>\n"
            )
        yield "</section>\n"
    yield "</body>\n</html>\n"


def confusion(gold: Sequence[Document], predicted: Sequence[Document], kind: str) -> Counter[tuple[str, str]]:
    """How often a gold type met a predicted one at the same span; ``NONE`` where one side has nothing.

    Args:
        gold: the right answers.
        predicted: in the same order.
        kind: ``event`` or ``entity``.
    """
    counts: Counter[tuple[str, str]] = Counter()
    for right, guess in zip(gold, predicted, strict=True):
        ours, theirs = _types(right, kind), _types(guess, kind)
        for span in ours.keys() | theirs.keys():
            counts[ours.get(span, NONE), theirs.get(span, NONE)] += 1
    return counts


def _types(doc: Document, kind: str) -> dict[tuple[int, int], str]:
    if kind == "entity":
        return {(e.start, e.end): e.type for e in doc.entities}
    return {(v.trigger.start, v.trigger.end): v.type for v in doc.events}


def rank(gold: Sequence[Document], predicted: Sequence[Document]) -> list[tuple[int, int]]:
    """(number of wrong and missed items, index) of the documents that have any, worst first."""
    found = []
    for k, (right, guess) in enumerate(zip(gold, predicted, strict=True)):
        scores = evaluate([right], [guess])
        layers = [scores[layer] for layer in _COUNTED]
        found.append((sum(s.gold + s.predicted - 2 * s.correct for s in layers), k))
    return sorted((item for item in found if item[0]), key=lambda item: (-item[0], item[1]))


def _bars(table: Mapping[str, Score]) -> str:
    rows = []
    for name, score in table.items():
        interval = f" ({score.interval[0]:.1f} to {score.interval[1]:.1f})" if score.interval else ""
        ticks = "".join(
            f'<b style="left:calc({value:.2f}% - 1px)" title="{what} {value:.1f}"></b>'
            for what, value in (("precision", score.precision), ("recall", score.recall))
        )
        rows.append(
            f'<span>{escape(name)}</span><div><i style="width:{score.f1:.2f}%"></i>{ticks}</div>'
            f"<span>{score.f1:.1f}{interval} <small>of {score.gold}</small></span>"
        )
    return "".join(rows)


def _matrix(counts: Counter[tuple[str, str]]) -> str:
    names = sorted({name for pair in counts for name in pair} - {NONE}, key=lambda n: (hue(n), n))
    names.append(NONE)
    head = "".join(f"<th><span>{escape(name)}</span></th>" for name in names)
    rows = []
    for ours in names:
        total = sum(counts[ours, theirs] for theirs in names)
        cells = []
        for theirs in names:
            count = counts[ours, theirs]
            share = count / total if total else 0.0
            told = f' title="{escape(ours)} as {escape(theirs)}: {count}"' if count else ""
            shade = f' style="background:rgba(var(--heat),{0.75 * share:.3f})"' if count else ""
            cells.append(f"<td{shade}{told}>{count or ''}</td>")
        rows.append(f"<tr><th>{escape(ours)}</th>{''.join(cells)}</tr>")
    return (
        f'<table class="matrix"><thead><tr><th></th>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table>'
    )
