from hypothesis import given
from hypothesis import strategies as st

from arabic_ie.text import words
from arabic_ie.windows import plan


@given(st.text("ابتثسلمن ،.\n\u064e\u0640؟9x😀\u200f", max_size=400), st.integers(3, 40))
def test_every_word_counts_in_exactly_one_window(wordpiece, text, limit):
    segments, _ = plan(text, wordpiece, limit)
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
