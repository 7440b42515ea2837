"""Adapt an encoder to raw news: ``python -m training.pretrain configs/pretrain.yaml``.

Masked-language-model training with whole-word masks (Devlin et al., 2019; Cui et al., 2021) on rows
packed to one length, so that no token is padding and no attention mask is needed. ``--resume`` goes
on from the last checkpoint. The result, ``<output_dir>/encoder``, is an encoder folder that
``training.train`` starts from.
"""

from __future__ import annotations

import json
import math
import random
import sys
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import Dataset
from tqdm import tqdm
from transformers import TrainerCallback, set_seed

from arabic_ie.data import batch_generator
from arabic_ie.errors import ConfigError
from arabic_ie.folders import new_folder
from arabic_ie.formats.files import MOST_BYTES, iter_lines, write_chunks
from arabic_ie.text import normalise
from training.build import load_encoder, set_dropout
from training.resume import ResumableTrainer, begin_run, last_checkpoint
from training.settings import config_command, load_yaml
from training.train import training_arguments

DEFAULTS: dict[str, Any] = {
    "encoder": "",
    "seed": 1,
    "texts": [],
    "row_tokens": 128,
    "mask_rate": 0.18,
    "held_out": 0.005,  # share of the rows, scored at the end
    "training": {},
}
HEAD_FILE = "mlm_head.safetensors"


def read_texts(paths: Iterable[str | Path]) -> Iterator[str]:
    """Raw texts of ``.txt`` (one a line), ``.jsonl`` (``text``), ``.zip`` of JSON articles
    (``title``, ``content``), and folders of those.

    Raises:
        ConfigError: a path does not exist or has none of these forms, or a file does not hold what
            its form says.
    """
    readers = {".zip": _articles, ".jsonl": _objects, ".txt": _lines}
    for path in map(Path, paths):
        if path.is_dir():
            yield from read_texts(sorted(p for p in path.iterdir() if p.suffix in readers))
        elif path.suffix not in readers or not path.is_file():
            raise ConfigError(f"texts: {path} is no folder, .txt, .jsonl or .zip file")
        else:
            try:
                yield from readers[path.suffix](path)
            except ConfigError:
                raise
            except _DAMAGED as err:
                raise ConfigError(f"texts: {path} is damaged, or not of its form: {err!r}") from err


_DAMAGED = (ValueError, TypeError, AttributeError, KeyError, RecursionError, EOFError, OSError, RuntimeError,
            NotImplementedError, zipfile.BadZipFile, zlib.error)  # fmt: skip


def _articles(path: Path) -> Iterator[str]:
    with zipfile.ZipFile(path) as archive:
        for part in archive.infolist():
            if not part.filename.endswith(".json"):
                continue
            # The size that the archive declares is the most that is unpacked of it.
            if part.file_size > MOST_BYTES:
                raise ConfigError(f"texts: {part.filename} in {path} unpacks to {part.file_size:,} bytes")
            for article in json.loads(archive.read(part)):
                yield f"{article.get('title') or ''}\n{article.get('content') or ''}"


def _objects(path: Path) -> Iterator[str]:
    with path.open("rb") as stream:
        for line in iter_lines(stream, str(path)):
            if line.strip():
                text = json.loads(line)["text"]
                if not isinstance(text, str):
                    raise TypeError(f"'text' must be a string, not {type(text).__name__}")
                yield text


def _lines(path: Path) -> Iterator[str]:
    with path.open("rb") as stream:
        for line in iter_lines(stream, str(path)):
            if line.strip():
                yield line.decode("utf-8").strip()


def paragraphs(texts: Iterable[str]) -> Iterator[str]:
    """Paragraphs of the texts as the model reads them, each once: agencies repeat whole articles."""
    seen: set[bytes] = set()
    for text in texts:
        for line in text.splitlines():
            line = " ".join(normalise(line).text.split())
            digest = blake2b(line.encode("utf-8", "surrogatepass"), digest_size=8).digest()
            if len(line) >= 20 and digest not in seen:
                seen.add(digest)
                yield line


@dataclass
class Packed(Dataset):  # type: ignore[type-arg]
    """Rows of token ids of one length, and which tokens begin a word."""

    ids: np.ndarray  # (rows, row_tokens) uint16 or int32
    starts: np.ndarray  # the same shape, bool

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, index: int) -> dict[str, np.ndarray]:
        return {"ids": self.ids[index], "starts": self.starts[index]}


def pack(texts: Iterable[str], tokenizer: Any, row_tokens: int, seed: int) -> Packed:
    """Paragraphs, shuffled and joined, cut into rows. A row begins and ends with the special tokens;
    a paragraph may go on in the next row."""
    lines = list(paragraphs(texts))
    random.Random(seed).shuffle(lines)
    inner = row_tokens - 2
    ids: list[np.ndarray] = []
    starts: list[np.ndarray] = []
    for at in tqdm(range(0, len(lines), 1000), desc="tokenise", disable=not sys.stderr.isatty()):
        coded = tokenizer(lines[at : at + 1000], add_special_tokens=False, verbose=False)
        for i, row in enumerate(coded["input_ids"]):
            words = np.array(coded.word_ids(i) or [0] * len(row))
            ids.append(np.array([*row, tokenizer.sep_token_id], dtype=np.int32))
            # Words are cut at spaces by the tokenizer; a first piece of a word differs from its left.
            starts.append(np.concatenate([[True], words[1:] != words[:-1], [True]])[-len(row) - 1 :])
    flat, begin = np.concatenate(ids), np.concatenate(starts)
    rows = len(flat) // inner
    table = np.empty((rows, row_tokens), dtype=np.int32)
    table[:, 0], table[:, -1] = tokenizer.cls_token_id, tokenizer.sep_token_id
    table[:, 1:-1] = flat[: rows * inner].reshape(rows, inner)
    first = np.ones((rows, row_tokens), dtype=bool)
    first[:, 1:-1] = begin[: rows * inner].reshape(rows, inner)
    first[:, 1] = True  # the rest of a word that was cut by the row before
    return Packed(table, first)


class WholeWordMasks:
    """Collator: masks whole words, 80 % as the mask token, 10 % as random pieces, 10 % as they are.

    What is drawn follows from the seed, the epoch (an attribute) and the batch, so a resumed run masks the same.
    """

    def __init__(self, tokenizer: Any, rate: float, seed: int = 0) -> None:
        self.seed, self.epoch = seed, 0
        self.rate, self.mask_id, self.size = rate, tokenizer.mask_token_id, len(tokenizer)
        self.special = torch.tensor(sorted(tokenizer.all_special_ids))

    def __call__(self, rows: Sequence[dict[str, np.ndarray]]) -> dict[str, Tensor]:
        ids = torch.from_numpy(np.stack([row["ids"] for row in rows])).long()
        draw = batch_generator(self.seed, self.epoch, ids)
        starts = torch.from_numpy(np.stack([row["starts"] for row in rows]))
        word = starts.long().cumsum(1) - 1
        drawn = torch.rand(ids.shape, generator=draw).gather(1, word) < self.rate
        drawn &= ~torch.isin(ids, self.special)
        how = torch.rand(ids.shape, generator=draw).gather(1, word)
        shown = torch.where(drawn & (how < 0.8), self.mask_id, ids)
        other = torch.randint(self.size, ids.shape, generator=draw)
        shown = torch.where(drawn & (how >= 0.9), other, shown)
        # Positions, not a full label table: the head then works on a sixth of the tokens.
        where = drawn.flatten().nonzero().squeeze(1)
        return {"input_ids": shown, "positions": where, "labels": ids.flatten()[where]}


class MaskedModel(nn.Module):
    """Encoder with BERT's prediction head, its output matrix tied to the word embeddings."""

    def __init__(self, encoder: Any) -> None:
        super().__init__()
        width = encoder.config.hidden_size
        self.encoder = encoder
        self.d, self.n = nn.Linear(width, width), nn.LayerNorm(width, eps=encoder.config.layer_norm_eps)
        self.b = nn.Parameter(torch.zeros(encoder.config.vocab_size))

    def forward(self, input_ids: Tensor, positions: Tensor, labels: Tensor, **_: Any) -> dict[str, Tensor]:
        """Mean cross entropy over the masked positions (indices into the flattened batch)."""
        hidden = self.encoder(input_ids=input_ids).last_hidden_state
        states = self.n(F.gelu(self.d(hidden.flatten(0, 1)[positions])))
        logits = F.linear(states, self.encoder.get_input_embeddings().weight, self.b)
        return {"loss": F.cross_entropy(logits.float(), labels)}

    def head(self) -> dict[str, Tensor]:
        """The tensors of the head, as ``mlm_head.safetensors`` names them."""
        return {k: v.detach().clone() for k, v in self.state_dict().items() if not k.startswith("encoder.")}


def build(config: dict[str, Any]) -> tuple[MaskedModel, Any]:
    """The encoder with its head, if its folder has one, and its tokenizer.

    Raises:
        CheckpointError: the encoder cannot be loaded.
    """
    name = config["encoder"]
    encoder, tokenizer = load_encoder(name)
    set_dropout(encoder, 0.0)  # one or few passes: nothing to regularise, and slow on CPUs
    model = MaskedModel(encoder)
    head = Path(name) / HEAD_FILE
    if head.is_file():
        with safe_open(head, "pt") as tensors:
            model.load_state_dict({k: tensors.get_tensor(k).float() for k in tensors.keys()}, strict=False)  # noqa: SIM118
    return model, tokenizer


class _Save(TrainerCallback):  # type: ignore[misc]
    """Keeps ``<output_dir>/encoder`` as new as the last checkpoint: usable before the end."""

    def __init__(self, tokenizer: Any) -> None:
        self.tokenizer = tokenizer

    def on_save(self, args: Any, state: Any, control: Any, model: Any = None, **_: Any) -> None:
        if state.is_world_process_zero:
            save(model, self.tokenizer, Path(args.output_dir) / "encoder")


def save(model: MaskedModel, tokenizer: Any, folder: Path) -> None:
    """Write the encoder and its head in fp16.

    Raises:
        CheckpointError: the folder cannot be written, or the disk is full; what was there stands.
    """
    half = {k: v.detach().half().contiguous() for k, v in model.encoder.state_dict().items()}
    with new_folder(folder) as aside:
        model.encoder.save_pretrained(aside, state_dict=half)
        save_file({k: v.half().contiguous() for k, v in model.head().items()}, aside / HEAD_FILE)
        tokenizer.save_pretrained(aside)


@torch.no_grad()
def held_out_loss(model: MaskedModel, rows: Packed, collate: WholeWordMasks, batch: int) -> float:
    """Mean loss on held-out rows under fixed masks, in nats a masked token."""
    model.eval()
    collate = copy(collate)
    collate.epoch = 0
    device, total, count = next(model.parameters()).device, 0.0, 0
    for at in range(0, len(rows), batch):
        part = collate([rows[i] for i in range(at, min(at + batch, len(rows)))])
        loss = model(**{k: v.to(device) for k, v in part.items()})["loss"]
        total, count = total + float(loss) * len(part["labels"]), count + len(part["labels"])
    return total / max(count, 1)


def pretrain(path: str | Path, resume: bool = False, overrides: Sequence[str] = ()) -> Path:
    """Adapt an encoder as a configuration says.

    Returns:
        The encoder's folder, with the head to go on from and ``pretraining.json``.

    Raises:
        ConfigError, CheckpointError: see their messages.
    """
    config = load_yaml(path, overrides, DEFAULTS)
    if not config["texts"]:
        raise ConfigError(f"{path}: texts names no file")
    chosen = {"eval_strategy": "no", "save_strategy": "steps", "load_best_model_at_end": False}
    length = {"train_sampling_strategy": "random"}
    arguments = training_arguments({**config, "training": {**chosen, **length, **config["training"]}})
    set_seed(config["seed"])
    model, tokenizer = build(config)
    rows = pack(read_texts(config["texts"]), tokenizer, config["row_tokens"], config["seed"])
    cut = max(1, math.ceil(len(rows) * config["held_out"]))
    held, used = Packed(rows.ids[:cut], rows.starts[:cut]), Packed(rows.ids[cut:], rows.starts[cut:])
    if not len(used):
        raise ConfigError(f"{path}: the texts fill {len(rows)} rows; give more text")
    print(f"{rows.ids.size:,} tokens in {len(rows):,} rows, {cut} held out", file=sys.stderr)
    collate = WholeWordMasks(tokenizer, config["mask_rate"], config["seed"])
    batch = arguments.per_device_train_batch_size
    before = held_out_loss(model, held, collate, batch)
    trainer = ResumableTrainer(
        model=model,
        args=arguments,
        train_dataset=used,
        data_collator=collate,
        callbacks=[_Save(tokenizer)],
    )
    folder = Path(str(arguments.output_dir))
    last = last_checkpoint(folder) if resume else None
    if not last and trainer.is_world_process_zero():
        begin_run(folder)
    trainer.train(resume_from_checkpoint=last)
    result = folder / "encoder"
    if trainer.is_world_process_zero():
        whole = trainer.accelerator.unwrap_model(trainer.model)
        save(whole, tokenizer, result)
        after = held_out_loss(whole, held, collate, batch)
        about = {"rows": len(rows), "steps": trainer.state.global_step, "before": before, "after": after}
        write_chunks([json.dumps({**config, **about}, indent=1)], result / "pretraining.json")
        print(f"held-out loss {before:.3f} -> {after:.3f}\n{result}")
    return result


def main(argv: Sequence[str] | None = None) -> int:
    """Command line; see ``training.train.config_command``."""
    return config_command(__doc__, pretrain, argv)


if __name__ == "__main__":
    sys.exit(main())
