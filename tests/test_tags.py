import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arabic_ie import tags
from arabic_ie.errors import AlignmentError


@st.composite
def flat_spans(draw):
    spans, at = [], 0
    for _ in range(draw(st.integers(0, 6))):
        start = at + draw(st.integers(0, 3))
        at = start + draw(st.integers(1, 3))
        spans.append((start, at, draw(st.integers(0, 3))))
    return spans, at + draw(st.integers(0, 3))


@given(flat_spans())
def test_spans_to_tags_and_back(case):
    spans, length = case
    assert tags.decode(tags.encode(spans, length)) == spans


def test_overlap_and_outside_are_refused():
    with pytest.raises(AlignmentError, match="overlaps"):
        tags.encode([(0, 2, 0), (1, 3, 1)], 4)
    with pytest.raises(AlignmentError, match="outside"):
        tags.encode([(0, 5, 0)], 4)


def best_by_enumeration(scores):
    """All valid sequences, one by one."""
    length, count = scores.shape
    best, best_score = [], -np.inf
    stack = [([], 0.0)]
    while stack:
        path, total = stack.pop()
        if len(path) == length:
            if total > best_score:
                best, best_score = path, total
            continue
        for tag in range(count):
            inside = tag > 0 and tag % 2 == 0
            if not inside or (path and path[-1] in (tag, tag - 1)):
                stack.append(([*path, tag], total + scores[len(path), tag]))
    return best


@given(st.integers(0, 2**32 - 1))
def test_viterbi_is_the_best_valid_sequence(seed):
    random = np.random.default_rng(seed)
    scores = [random.normal(size=(length, 5)) for length in random.integers(0, 5, size=3)]
    assert [p.tolist() for p in tags.viterbi(scores)] == [best_by_enumeration(s) for s in scores]


def test_viterbi_of_nothing():
    assert [p.tolist() for p in tags.viterbi([np.zeros((0, 5))])] == [[]]
    assert tags.viterbi([]) == []


def test_a_span_is_as_sure_as_its_tags_and_its_end():
    """Score: mean probability of the tags, times that of no going on; spans below the threshold are left out."""
    probabilities = np.array([[0.1, 0.8, 0.1], [0.2, 0.1, 0.7], [0.6, 0.1, 0.3], [0.3, 0.6, 0.1]])
    scores = [np.log(probabilities)]
    ((first, one), (second, two)) = tags.decode_scores(scores)[0]
    assert (first, second) == ((0, 2, 0), (3, 4, 0))
    assert one == pytest.approx((0.8 + 0.7) / 2 * (1 - 0.3))
    assert two == pytest.approx(0.6), "at the end of a sentence nothing goes on"
    assert [span for span, _ in tags.decode_scores(scores, 0.55)[0]] == [(3, 4, 0)]
    assert tags.decode_scores(scores, 0.6)[0] == [((3, 4, 0), two)], "the threshold itself is enough"
    assert tags.decode_scores(scores, 0.601) == [[]]
