"""Segments of text -> mentions and role probabilities, in batches of like length."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from . import tags
from .backend import Backend, Encoded, pad
from .frames import Mention, kept_score
from .windows import Segment, Window, stitch

TOKENS_PER_ROW = 64  # a batch holds at most batch_size * this many tokens, padding included
PAIRS = 4096  # (trigger, entity) pairs scored at once per window
KEPT = 128  # windows of a sentence of several passes whose states are held until its roles are read
Scored = tuple[tags.WordSpan, float]
Owned = tuple[int, Window]  # a window with the index of its segment
Held = list[tuple[int, tags.WordSpan]]  # spans of a window with their index in the segment


@dataclass(slots=True)
class Reading:
    """What the model found in one segment; ``roles`` maps (trigger, entity) to probabilities."""

    entities: list[Mention]
    triggers: list[Mention]
    roles: dict[tuple[int, int], np.ndarray] = field(default_factory=dict)


def read(segments: Sequence[Segment], backend: Backend, batch_size: int, pad_id: int) -> list[Reading]:
    """Read segments, in any order of length; results are in their order.

    Args:
        segments: of any number of texts.
        backend: runs the model.
        batch_size: windows the encoder reads at once.
        pad_id: token id that fills up short rows.
    """
    found: dict[int, Reading] = {}
    for group in batches(segments, batch_size):
        readings = _read([segments[k] for k in group], backend, batch_size, pad_id)
        found.update(zip(group, readings, strict=True))
    return [found[k] for k in range(len(segments))]


def batches(segments: Sequence[Segment], batch_size: int) -> Iterator[list[int]]:
    """Indices of segments in groups, longest first, under a budget of rows and of tokens with padding.

    Whole segments stay together: their windows are joined before decoding. A segment over the budget is a
    group of its own, for ``passes`` to cut.
    """
    group: list[int] = []
    rows = width = 0
    for k in sorted(range(len(segments)), key=lambda k: -len(segments[k].windows[0].input_ids)):
        windows = segments[k].windows
        wider = max(width, len(windows[0].input_ids))
        if group and (
            rows + len(windows) > batch_size or wider * (rows + len(windows)) > batch_size * TOKENS_PER_ROW
        ):
            yield group
            group, rows, wider = [], 0, len(windows[0].input_ids)
        group.append(k)
        rows, width = rows + len(windows), wider
    if group:
        yield group


def passes(windows: Sequence[Owned], batch_size: int) -> Iterator[Sequence[Owned]]:
    """The windows of one of ``batches`` as the encoder reads them: at once, but those of a segment over the budget."""
    fitting = batch_size * TOKENS_PER_ROW // len(windows[0][1].input_ids)
    step = max(1, min(batch_size, fitting))
    for start in range(0, len(windows), step):
        yield windows[start : start + step]


def encode(windows: Sequence[Owned], backend: Backend, pad_id: int) -> Encoded:
    """What the encoder gives for windows read at once."""
    return backend.encode(pad([w for _, w in windows], pad_id, backend.config.max_tokens))


def _read(segments: list[Segment], backend: Backend, batch_size: int, pad_id: int) -> list[Reading]:
    parts = list(passes([(s, w) for s, segment in enumerate(segments) for w in segment.windows], batch_size))
    # Tags are decoded over the whole of a segment, and states are needed only after that. They are large, so
    # those of a few windows are held; the rest of a very long sentence is encoded again.
    held: list[Encoded | None] = []
    scores: list[list[np.ndarray]] = [[], [], []]
    for n, part in enumerate(parts, start=1):
        encoded = encode(part, backend, pad_id)
        for rows, layer in zip(scores, (encoded.entity, encoded.trigger, encoded.realis), strict=True):
            rows.extend(layer[i, : len(w.first)] for i, (_, w) in enumerate(part))
        held.append(encoded if n == 1 or n * len(parts[0]) <= KEPT else None)
    joined: list[list[np.ndarray]] = [[], [], []]
    row = 0
    for segment in segments:
        for whole, rows in zip(joined, scores, strict=True):
            whole.append(stitch(segment, rows[row : row + len(segment.windows)]))
        row += len(segment.windows)
    config = backend.config
    # What a trigger may still claim is not left out yet.
    least = config.entity_threshold if config.claim_threshold >= 1 else 0.0
    entities = tags.decode_scores(joined[0], least)
    triggers = tags.decode_scores(joined[1], config.trigger_threshold)
    results = []
    for segment, found, events, realis in zip(segments, entities, triggers, joined[2], strict=True):
        modes = realis.argmax(-1)
        results.append(
            Reading(
                [_mention(segment, span, p) for span, p in found],
                [_mention(segment, span, p, int(modes[span[0]])) for span, p in events],
            )
        )
    best: dict[tuple[int, int, int], int] = {}
    spans = list(zip(entities, triggers, strict=True))
    for part, kept in zip(parts, held, strict=True):
        for s, t, e, room, probabilities in _link(part, spans, kept, backend, pad_id):
            if room > best.get((s, t, e), -1):
                best[s, t, e] = room
                results[s].roles[t, e] = probabilities
    return [_sure(result, config.entity_threshold, config.claim_threshold) for result in results]


def _sure(found: Reading, threshold: float, claim: float) -> Reading:
    """The reading without the entities of which neither the tags nor a trigger are sure."""
    claims = [0.0] * len(found.entities)
    for (_, e), probabilities in found.roles.items():
        claims[e] = max(claims[e], float(probabilities[1:].max(initial=0.0)))
    kept: list[Mention] = []
    places: dict[int, int] = {}
    for e, (mention, claimed) in enumerate(zip(found.entities, claims, strict=True)):
        score = kept_score(round(mention.score, tags.DIGITS), round(claimed, tags.DIGITS), threshold, claim)
        if score is not None:
            places[e] = len(kept)
            kept.append(replace(mention, score=score))
    roles = {(t, places[e]): p for (t, e), p in found.roles.items() if e in places}
    return Reading(kept, found.triggers, roles)


def _mention(segment: Segment, span: tags.WordSpan, score: float, realis: int = 0) -> Mention:
    return Mention(segment.words[span[0]][0], segment.words[span[1] - 1][1], span[2], score, realis)


def _link(
    windows: Sequence[Owned],
    spans: Sequence[tuple[list[Scored], list[Scored]]],
    encoded: Encoded | None,
    backend: Backend,
    pad_id: int,
) -> Iterator[tuple[int, int, int, int, np.ndarray]]:
    """Role probabilities of the pairs of each window, with the pair's distance to its edges.

    Windows of which ``encoded`` was not held are encoded again, if one has a pair.
    """
    held = [tuple(_inside(layer, window) for layer in spans[s]) for s, window in windows]
    rows = [r for r, (entities, triggers) in enumerate(held) if entities and triggers]
    if not rows:
        return
    encoded = encoded or encode(windows, backend, pad_id)
    most = max(len(held[r][0]) for r in rows)
    step = max(1, PAIRS // most)
    for start in range(0, max(len(held[r][1]) for r in rows), step):
        part = [r for r in rows if len(held[r][1]) > start]
        chosen = [held[r][1][start : start + step] for r in part]
        triggers = _indices(chosen, [windows[r][1] for r in part], max(map(len, chosen)))
        entities = _indices([held[r][0] for r in part], [windows[r][1] for r in part], most)
        probabilities = backend.link(encoded, part, triggers, entities)
        for i, r in enumerate(part):
            s, window = windows[r]
            low, high = window.offset, window.offset + len(window.first)
            for j, (t, x) in enumerate(chosen[i]):
                for n, (e, y) in enumerate(held[r][0]):
                    room = min(min(x[0], y[0]) - low, high - max(x[1], y[1]))
                    yield s, t, e, room, probabilities[i, j, n]


def _inside(layer: list[Scored], window: Window) -> Held:
    low, high = window.offset, window.offset + len(window.first)
    return [(k, span) for k, (span, _) in enumerate(layer) if span[0] >= low and span[1] <= high]


def _indices(spans: Sequence[Held], windows: Sequence[Window], most: int) -> np.ndarray:
    """(windows, most, 3): first word, last word and type of each span, counted in its window."""
    out = np.zeros((len(spans), most, 3), dtype=np.int64)
    for i, (layer, window) in enumerate(zip(spans, windows, strict=True)):
        if layer:
            shift = window.offset
            out[i, : len(layer)] = [(x[0] - shift, x[1] - 1 - shift, x[2]) for _, x in layer]
    return out
