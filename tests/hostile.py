"""Text as odd as it comes, and models whose answers are known: what the property tests share.

``ARABIC_IE_FUZZ=5000`` tries that many inputs for each property instead of the few of a quick run.
"""

from __future__ import annotations

import os
import unicodedata
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import regex
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from test_text import CHUNKS, LETTERS, MARKS

from arabic_ie import IEConfig, Schema
from arabic_ie.backend import Backend, Batch, Encoded
from arabic_ie.frames import role_mask
from arabic_ie.tags import tag, tag_count


def tries(count: int) -> Any:
    """Settings of a property that is tried on so many inputs."""
    return settings(
        max_examples=int(os.environ.get("ARABIC_IE_FUZZ", count)),
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    )


# --- text ------------------------------------------------------------------------------------------

PRESENTATION = st.characters(min_codepoint=0xFB50, max_codepoint=0xFDFF) | st.characters(
    min_codepoint=0xFE70, max_codepoint=0xFEFF
)
JOINERS = "\u200c\u200d\u0640"
BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
DIGITS = "٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹"
EMOJI = ["😀", "👍🏽", "👩🏽\u200d🚒", "👨\u200d👩\u200d👧", "🇯🇴", "🇸🇾", "❤️", "1️⃣", "🏴\U000e0067\U000e0062\U000e007f",
         "\U0001f3fd", "\U0001f1e6", "\ufe0f", "\u20e3"]  # fmt: skip
BREAKS = [" ", "\n", "\r\n", "\r", "\t", "\u00a0", "\u2028", ". ", "؟ ", "، ", "؛ ", "..."]
NEWS = ["قصفت", "طائرات", "بغداد", "أمس", "وقال", "إلى", "الرئيس", "في", "د.", "لا", "٢٠٢٤", "\u0600"]
CHARACTERS = st.one_of(
    st.sampled_from(LETTERS),
    st.sampled_from(MARKS),
    PRESENTATION,
    st.sampled_from(JOINERS + BIDI),
    st.sampled_from(DIGITS),
    st.sampled_from(EMOJI),
    st.sampled_from(BREAKS),
    st.sampled_from(NEWS),
    st.characters(categories=["Cc", "Co", "Cn", "Cs"]),  # NUL, private use, unassigned, surrogates
    CHUNKS,
)
HOSTILE = st.lists(CHARACTERS, max_size=40).map("".join)

HIDDEN = regex.compile(r"[\u00AD\u061C\u180E\u200B-\u200F\u202A-\u202E\u2060-\u206F\uFEFF\uFFF9-\uFFFB]")
# Marks and tatweel that change no letter; what users call "diacritics".
DIACRITICS = "".join(c for c in MARKS if unicodedata.category(c) == "Mn" and c not in "\u0653\u0654\u0655")
# The presentation forms of each letter, and of lam-alef.
FORMS: dict[str, list[str]] = {}
for _c in map(chr, [*range(0xFB50, 0xFE00), *range(0xFE80, 0xFEFD)]):
    FORMS.setdefault(unicodedata.normalize("NFKC", _c), []).append(_c)


@st.composite
def written(draw: st.DrawFn, word: str, forms: bool = True) -> str:
    """A word with diacritics, tatweel and invisible characters after its letters, and in other forms."""
    out, i = [], 0
    while i < len(word):
        size = 2 if forms and word[i : i + 2] == "لا" and draw(st.booleans()) else 1
        letter = word[i : i + size]
        out.append(draw(st.sampled_from([letter, *(FORMS.get(letter, []) if forms else [])])))
        out.append(draw(st.text(DIACRITICS + JOINERS + BIDI, max_size=3)))
        i += size
    return "".join(out).rstrip(JOINERS[:2] + BIDI)


def plain(text: str) -> str:
    """The letters of a text: compatibility forms read, marks and invisible characters left out."""
    dropped = "\u0640\u06e5\u06e6"  # tatweel, and two letters by category that are marks
    letters = (c for c in unicodedata.normalize("NFKC", text) if unicodedata.category(c) not in ("Mn", "Cf"))
    return " ".join("".join(c for c in letters if c not in dropped).split())


def edges(text: str) -> set[int]:
    """Where a span may begin or end: grapheme edges (UAX #29); and two places that the library adds:
    beside a space, which takes no mark, and before invisible characters that close a cluster."""
    found = {0}
    for match in regex.finditer(r"\X", text):
        start, end = match.span()
        while end > start and HIDDEN.match(text[end - 1]):
            found.add(end)
            end -= 1
        found.add(end)
    return found | {k + side for k, char in enumerate(text) if char.isspace() for side in (0, 1)}


# --- models ----------------------------------------------------------------------------------------

Word = tuple[int, ...]  # token ids


class KnownModel(Backend):
    """A model whose tags follow from the token ids of words by a rule, the same on every machine."""

    def __init__(self, schema: Schema, max_tokens: int = 64) -> None:
        self.schema = schema
        self.config = IEConfig(schema=schema.to_dict(), max_tokens=max_tokens)
        self.roles = role_mask(schema)

    def tags(self, words: Sequence[Word]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Entity and trigger scores and realis of the words of one window."""
        raise NotImplementedError

    def encode(self, batch: Batch) -> Encoded:
        rows, width = batch["first"].shape
        entity, trigger = (
            np.zeros((rows, width, tag_count(len(types))))
            for types in (self.schema.entities, self.schema.event_types)
        )
        realis = np.zeros((rows, width, 3))
        for r in range(rows):
            places = [(a, b) for a, b in zip(batch["first"][r], batch["last"][r], strict=True) if a]
            ids = batch["input_ids"][r]
            for layer, scores in zip(
                (entity, trigger, realis), self.tags([tuple(ids[a : b + 1]) for a, b in places]), strict=True
            ):
                layer[r, : len(places)] = scores
        for layer in (entity, trigger):
            layer -= np.log(np.exp(layer).sum(-1, keepdims=True))
        return Encoded(entity, trigger, realis, None, None)

    def link(
        self, encoded: Encoded, rows: Sequence[int], triggers: np.ndarray, entities: np.ndarray
    ) -> np.ndarray:
        """The first role that the schema allows the pair, for certain."""
        allowed = self.roles[triggers[:, :, None, 2], entities[:, None, :, 2]]
        best = np.where(allowed[..., 1:].any(-1), allowed[..., 1:].argmax(-1) + 1, 0)
        return np.eye(allowed.shape[-1])[best]


class Keywords(KnownModel):
    """Marks what it knows, wherever the model is shown just its words.

    Args:
        schema: of the types.
        tokenizer: that of the extractor.
        known: plain text, of one or more words -> entity or event type.
    """

    def __init__(self, schema: Schema, tokenizer: Any, known: Mapping[str, str]) -> None:
        super().__init__(schema)
        self.known: dict[tuple[Word, ...], str] = {}
        for text, kind in known.items():
            ids = tokenizer(text.split(), add_special_tokens=False)["input_ids"]
            assert tokenizer.unk_token_id not in {i for word in ids for i in word}
            self.known[tuple(map(tuple, ids))] = kind

    def tags(self, words: Sequence[Word]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        layers = [self.schema.entities, self.schema.event_types]
        scores = [np.zeros((len(words), tag_count(len(types)))) for types in layers]
        for layer in scores:
            layer[:, 0] = 10.0
        for parts, kind in self.known.items():
            which = kind in self.schema.events
            for i in range(len(words) - len(parts) + 1):
                if tuple(words[i : i + len(parts)]) == parts:
                    for k in range(len(parts)):
                        scores[which][i + k, tag(layers[which].index(kind), k == 0)] = 20.0
        return scores[0], scores[1], np.zeros((len(words), 3))


class Hashes(KnownModel):
    """Tags as good as random, each by a word and its neighbours: any change of what the model is shown
    changes marks."""

    def tags(self, words: Sequence[Word]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        sizes = [tag_count(len(self.schema.entities)), tag_count(len(self.schema.event_types)), 3]
        rows = []
        for i in range(len(words)):
            seed = zlib.crc32(repr([[int(x) for x in w] for w in words[max(0, i - 1) : i + 2]]).encode())
            rows.append(np.random.default_rng(seed).gumbel(size=sum(sizes)))
        scores = np.array(rows).reshape(len(words), sum(sizes))
        scores[:, [0, sizes[0]]] += 2.0  # some words are no mention
        entity, trigger, realis = np.split(scores, np.cumsum(sizes)[:2], axis=1)
        return entity, trigger, realis
