from hypothesis import given
from hypothesis import strategies as st

from arabic_ie.text import words
from arabic_ie.windows import plan


@given(
    st.text("ابتثسلمن ،.\n\u064e\u0640؟9x😀\u200f", max_size=400),
    st.integers(3, 40),
    st.sampled_from([0, 1, 7, 100]),
)
def test_every_word_counts_in_exactly_one_window(wordpiece, text, limit, context):
    segments, _ = plan(text, wordpiece, limit, context=context)
    seen = []
    for segment in segments:
        covered = []
        for window in segment.windows:
            assert len(window.input_ids) <= limit
            assert all(
                0 < f <= e < len(window.input_ids) - 1 for f, e in zip(window.first, window.last, strict=True)
            )
            covered += [window.offset + i for i in range(*window.core)]
        assert covered == list(range(len(segment.words)))
        seen += segment.words
    assert seen == words(text)


def test_overlong_word_is_reported(wordpiece):
    segments, warnings = plan("ا" * 5000 + " نص", wordpiece, 64)
    assert segments[0].words == ((0, 5000), (5001, 5003))
    assert len(warnings) <= 1


def test_neighbouring_sentences_are_shown_and_not_tagged(wordpiece):
    text = "قصف الجيش المدينة.\nوقال المتحدث إنه انسحب.\nثم عاد."
    alone, _ = plan(text, wordpiece, 64)
    sizes = [len(s.windows[0].input_ids) - 2 for s in alone]

    def core(segment):
        window = segment.windows[0]
        return window.input_ids[window.first[0] : window.last[-1] + 1]

    whole = [token for s in alone for token in core(s)]
    beside, _ = plan(text, wordpiece, 64, context=64)
    for a, b in zip(alone, beside, strict=True):
        assert a.words == b.words and core(a) == core(b)
        assert list(b.windows[0].input_ids[1:-1]) == whole
    # Whole words, the nearest, as many as are asked for and fit; each side has half of the room, or what the other leaves.
    near = plan(text, wordpiece, 64, context=3)[0][1].windows[0]
    before, after = near.first[0] - 1, len(near.input_ids) - 2 - near.last[-1]
    assert 0 < before <= 3 and 0 < after <= 3
    tight = plan(text, wordpiece, sizes[1] + 2 + 5, context=64)[0]
    assert len(tight[1].windows[0].input_ids) == sizes[1] + 2 + 5
    assert len(plan(text, wordpiece, sizes[1] + 2, context=64)[0][1].windows[0].input_ids) == sizes[1] + 2
    assert plan(text, wordpiece, 64, context=0) == plan(text, wordpiece, 64)
