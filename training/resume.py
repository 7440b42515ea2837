"""Training that may be killed at any moment: checkpoints are whole or not there, and a resumed run goes on
with the same batches and the same random numbers.

The states of the random generators in a checkpoint are not enough for that in the middle of an epoch:
the loader has by then drawn for a batch that is not trained yet, and the order of the epoch is not in
them. So the order follows from the seed and the epoch, and what is drawn for a batch from the seed, the
epoch and the batch (``arabic_ie.data.batch_generator``); the saved states serve dropout alone.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import torch
from transformers import Trainer, TrainerCallback
from transformers.trainer_pt_utils import LengthGroupedSampler

from arabic_ie.errors import CheckpointError
from arabic_ie.folders import writing

RUN = "run.json"  # says which run a checkpoint is of
STATE = "trainer_state.json"  # the last file of a checkpoint that Trainer writes


def begin_run(folder: Path) -> None:
    """Say that a run begins anew in a folder: checkpoints that lie there are of another one.

    Raises:
        CheckpointError: the folder cannot be written.
    """
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / RUN).write_text(json.dumps({"run": uuid4().hex}), encoding="utf-8")


def last_checkpoint(folder: Path) -> str | None:
    """The newest checkpoint of the run in a folder that was written to its end; None if there is none."""
    found = [
        (int(m[1]), p)
        for p in folder.glob("checkpoint-*")
        if (m := re.fullmatch(r"checkpoint-(\d+)", p.name))
    ]
    run = _value(folder / RUN, "run")
    for step, path in sorted(found, reverse=True):
        if _value(path / STATE, "global_step") == step and (run is None or _value(path / RUN, "run") == run):
            return str(path)
    return None


def _value(path: Path, key: str) -> Any:
    """A value of a JSON file; None where the file is missing or was not written to its end."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))[key]
    except (OSError, ValueError, KeyError, TypeError):
        return None


class ResumableTrainer(Trainer):
    """``Trainer`` whose checkpoints are whole, and whose batches depend on the seed and the epoch alone.

    The collator, if it has the attribute ``epoch``, is told it.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Our losses are means over their own batch. Trainer, which sees ``**_`` in ``forward``, takes them to be
        # scaled by the items of all accumulated batches, and would add them up instead of averaging.
        self.model_accepts_loss_kwargs = False
        if hasattr(self.data_collator, "epoch"):
            self.add_callback(_TellEpoch(self.data_collator))

    def _get_train_sampler(self, train_dataset: Any = None) -> Any:
        sampler = super()._get_train_sampler(train_dataset)
        if isinstance(sampler, LengthGroupedSampler):
            return _Grouped(sampler, self.args.data_seed or self.args.seed)
        return sampler  # a random one is made to follow seed and epoch by accelerate

    def _save_checkpoint(self, model: Any, trial: Any) -> None:
        """Save; what a full disk cut short is removed, and the checkpoint before stays the last one."""
        folder = Path(self._get_output_dir(trial=trial))
        path = folder / f"checkpoint-{self.state.global_step}"
        try:
            with writing(path):
                if self.args.should_save:
                    shutil.rmtree(path, ignore_errors=True)  # of a run that was killed, or of another
                    path.mkdir(parents=True)
                    if (folder / RUN).is_file():
                        shutil.copyfile(folder / RUN, path / RUN)
                self.accelerator.wait_for_everyone()
                super()._save_checkpoint(model, trial)
        except CheckpointError:
            shutil.rmtree(path, ignore_errors=True)
            raise


class _TellEpoch(TrainerCallback):  # type: ignore[misc]
    def __init__(self, collate: Any) -> None:
        self.collate = collate

    def on_epoch_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self.collate.epoch = int(state.epoch or 0)


class _Grouped(LengthGroupedSampler):  # type: ignore[misc]
    """Rows of like length together, in an order of the seed and the epoch."""

    def __init__(self, like: LengthGroupedSampler, seed: int) -> None:
        generator = torch.Generator()
        super().__init__(like.batch_size, lengths=like.lengths, generator=generator)
        self.seed, self.epoch = seed, 0

    def set_epoch(self, epoch: int) -> None:
        self.epoch = epoch

    def __iter__(self) -> Iterator[int]:
        self.generator.manual_seed(self.seed + self.epoch)
        return iter(super().__iter__())
