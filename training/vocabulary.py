"""Give an encoder a vocabulary with more whole words: ``python -m training.vocabulary``.

The words that cost most pieces in a text get a piece of their own. Its vector is the mean of those of the
pieces that it was read in before, so that nothing known is lost; adapt the encoder afterwards, or train
on labels. Unigram tokenizers only, as of the base encoder::

    python -m training.vocabulary ../shared/base_encoder --texts ../shared/data/raw/saudinewsnet \\
        --words 4000 --out runs/words-encoder
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import regex
import torch
from tokenizers import Tokenizer
from transformers import PreTrainedTokenizerFast

from arabic_ie.errors import ConfigError
from arabic_ie.folders import new_folder
from arabic_ie.text import normalise
from training.build import load_encoder
from training.pretrain import read_texts
from training.settings import exit_code

_WORD = regex.compile(r"(?<![\p{L}\p{N}\p{M}])\p{Arabic}{2,}(?![\p{L}\p{N}\p{M}])")
_CHUNK = 1000  # texts counted at once


def costly_words(texts: Iterable[str], tokenizer: Tokenizer, most: int) -> list[tuple[str, int]]:
    """The words whose own piece would save most pieces, with how often they occur.

    Args:
        texts: raw texts; their words are counted as the model reads them.
        tokenizer: of the encoder.
        most: how many words.

    Returns:
        Those read in more than one piece, by occurrences times pieces saved.
    """
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(_WORD.findall(normalise(text).text))
    words = [word for word, count in counts.items() if count > 1]
    saved = {}
    for start in range(0, len(words), _CHUNK):
        part = words[start : start + _CHUNK]
        for word, encoded in zip(part, tokenizer.encode_batch(part, add_special_tokens=False), strict=True):
            if len(encoded.ids) > 1:
                saved[word] = counts[word] * (len(encoded.ids) - 1)
    best = sorted(saved, key=lambda word: (-saved[word], word))[:most]
    return [(word, counts[word]) for word in best]


def with_words(
    data: dict[str, Any], words: Sequence[tuple[str, int]], pieces: Sequence[Sequence[int]]
) -> dict[str, Any]:
    """A Unigram ``tokenizer.json`` with pieces for words behind those it has.

    Args:
        data: of the tokenizer.
        words: with their counts, which give their probabilities.
        pieces: ids of what each word is read in so far.

    Raises:
        ConfigError: not a Unigram tokenizer that marks the beginnings of words with ``▁``.
    """
    model = data["model"]
    if model.get("type") != "Unigram" or not any(piece.startswith("▁") for piece, _ in model["vocab"]):
        raise ConfigError("words can be added to a Unigram tokenizer that marks beginnings of words only")
    scores = [score for _, score in model["vocab"]]
    scores[model["unk_id"]] = min(scores)  # what it has is no probability
    total = sum(count for _, count in words)
    # A piece is chosen over those it is made of only if it is likelier than they are together.
    new = [
        [f"▁{word}", max(math.log(count / total), sum(scores[i] for i in ids) + 0.1)]
        for (word, count), ids in zip(words, pieces, strict=True)
    ]
    return {**data, "model": {**model, "vocab": [*model["vocab"], *new]}}


def add_words(encoder: str, texts: Iterable[str], most: int, out: Path) -> int:
    """Write an encoder folder with a larger vocabulary.

    Args:
        encoder: folder or hub name.
        texts: raw texts to count words in.
        most: how many words get a piece.
        out: the folder to write; it is written whole or not at all.

    Returns:
        How many words were added.

    Raises:
        CheckpointError: the encoder cannot be loaded, or the folder not be written.
        ConfigError: see ``with_words``; or no word of the texts is in pieces.
    """
    model, tokenizer = load_encoder(encoder)
    fast: Tokenizer = tokenizer.backend_tokenizer
    words = costly_words(texts, fast, most)
    if not words:
        raise ConfigError("no Arabic word of the texts occurs twice and is read in more than one piece")
    pieces = [e.ids for e in fast.encode_batch([word for word, _ in words], add_special_tokens=False)]
    larger = Tokenizer.from_str(json.dumps(with_words(json.loads(fast.to_str()), words, pieces)))
    table = model.get_input_embeddings().weight.detach()
    means = [table[ids].mean(0) for ids in pieces]
    first = fast.get_vocab_size()
    model.resize_token_embeddings(first + len(words), mean_resizing=False)
    with torch.no_grad():
        model.get_input_embeddings().weight[first : first + len(words)] = torch.stack(means)
    special = {
        name: str(token) for name, token in tokenizer.special_tokens_map.items() if isinstance(token, str)
    }
    with new_folder(out) as aside:
        model.save_pretrained(aside)
        PreTrainedTokenizerFast(
            tokenizer_object=larger, model_max_length=tokenizer.model_max_length, **special
        ).save_pretrained(aside)
    return len(words)


def main(argv: Sequence[str] | None = None) -> int:
    """Command line; errors in one line, exit code 2."""
    parser = argparse.ArgumentParser(
        prog="python -m training.vocabulary",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("encoder", help="folder or hub name")
    parser.add_argument("--texts", required=True, nargs="+", help="raw texts, as those of training.pretrain")
    parser.add_argument("--words", type=int, default=4000, help="how many words get a piece (4000)")
    parser.add_argument("--out", required=True, type=Path, help="folder to write")
    options = parser.parse_args(argv)

    def run() -> None:
        if options.words < 1:
            raise ConfigError(f"--words must be at least 1, not {options.words}")
        count = add_words(options.encoder, read_texts(options.texts), options.words, options.out)
        print(f"{options.out}: {count} words added")

    return exit_code(run)


if __name__ == "__main__":
    sys.exit(main())
