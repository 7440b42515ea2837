"""Label raw news with an ensemble, for training on it: ``python -m training.self_train``.

Self-training with confidence (Yarowsky, 1995; Xie et al., 2020): sentences whose every mark is sure
are kept with their predicted labels as training documents. Sentences that share text with a test
file are left out. The output holds texts of others: it never enters the repository. ::

    python -m training.self_train --models runs/seed1/best runs/seed2/best --texts NEWS.zip ... \\
        --held-out TEST.jsonl --out runs/self.jsonl
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from arabic_ie import Document, Extractor, read, write
from arabic_ie.errors import ConfigError
from arabic_ie.model import IEModel, IEOutput
from arabic_ie.text import sentences, words
from training.corpora import Overlap
from training.pretrain import paragraphs, read_texts
from training.settings import exit_code


class Ensemble(nn.Module):
    """Models of one schema and tokenizer as one: mean log probabilities of every decision."""

    def __init__(self, models: Sequence[IEModel]) -> None:
        super().__init__()
        self.models = nn.ModuleList(models)
        self.config = models[0].config

    def forward(self, **batch: Tensor) -> IEOutput:
        """As ``IEModel.forward``; the states of the members lie side by side in ``first`` and ``last``."""
        outputs = [model(**batch) for model in self.models]
        merged: dict[str, Any] = {
            key: torch.stack([o[key].float().log_softmax(-1) for o in outputs]).mean(0)
            for key in ("entity_logits", "trigger_logits", "realis_logits")
        }
        return IEOutput(**merged, **{k: torch.cat([o[k] for o in outputs], -1) for k in ("first", "last")})

    def link(self, first: Tensor, last: Tensor, triggers: Tensor, entities: Tensor) -> Tensor:
        """As ``IEModel.link``."""
        size = len(self.models)
        parts = zip(self.models, first.chunk(size, -1), last.chunk(size, -1), strict=True)
        scores = [model.link(a, b, triggers, entities).log_softmax(-1) for model, a, b in parts]  # type: ignore[operator]
        return torch.stack(scores).mean(0)


def load_ensemble(folders: Sequence[str], device: str | None = None) -> Extractor:
    """An extractor over several checkpoints.

    Raises:
        ConfigError: they do not share schema and vocabulary.
        CheckpointError: one cannot be loaded.
    """
    members = [Extractor.from_pretrained(folder, device) for folder in folders]
    lead = members[0]
    for folder, member in zip(folders, members, strict=True):
        same = member.schema.to_dict() == lead.schema.to_dict()
        if not same or member.tokenizer.get_vocab() != lead.tokenizer.get_vocab():
            raise ConfigError(f"{folder}: another schema or vocabulary than {folders[0]}")
    ensemble: Any = Ensemble([member.model for member in members])
    return Extractor(ensemble, lead.tokenizer, device)


def candidates(texts: Iterable[str], overlap: Overlap, low: int = 6, high: int = 60) -> Iterator[str]:
    """Sentences of ``low`` to ``high`` words that share no text with the held-out ones."""
    for line in paragraphs(texts):
        for start, end in sentences(line):
            sentence = line[start:end]
            if low <= len(words(sentence)) <= high and sentence not in overlap:
                yield sentence


def sure(doc: Document, least: float) -> bool:
    """Whether the document has an event, and no mark less probable than ``least``."""
    marks = [e.score for e in doc.entities] + [v.score for v in doc.events]
    marks += [a.score for v in doc.events for a in v.arguments]
    return bool(doc.events) and min(marks) >= least


def main(argv: Sequence[str] | None = None) -> int:
    """Command line; errors in one line, exit code 2."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--models", nargs="+", required=True)
    parser.add_argument("--texts", nargs="+", required=True, help="as in training.pretrain")
    parser.add_argument("--held-out", nargs="*", default=[], help="test files (.jsonl)")
    parser.add_argument("--out", required=True, type=Path)
    parser.add_argument("--read", type=int, default=40_000, help="sentences to label")
    parser.add_argument("--keep", type=int, default=8_000, help="sentences to keep at most")
    parser.add_argument("--least", type=float, default=0.5, help="least probability of each mark")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(argv)

    def run() -> None:
        overlap = Overlap(d.text for file in options.held_out for d in read(file))
        pool = list(candidates(read_texts(options.texts), overlap))
        random.Random(options.seed).shuffle(pool)
        extract = load_ensemble(options.models)
        found = (d for d in extract.pipe(pool[: options.read], progress=True) if sure(d, options.least))
        kept = [replace(d, id=f"self-{i}") for i, d in enumerate(islice(found, options.keep))]
        write(kept, options.out)
        events = sum(len(d.events) for d in kept)
        print(f"{options.out}: {len(kept)} of {min(len(pool), options.read)} sentences, {events} events")

    return exit_code(run)


if __name__ == "__main__":
    sys.exit(main())
