"""Train the joint model: ``python -m training.train configs/news-small.yaml``.

The dev set is cut from the training files by whole source documents. After each epoch the model
is scored on it end to end, by the code that users run, and the best checkpoint is published to
``<output_dir>/best``. ``--resume`` goes on from the last checkpoint.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from transformers import TrainingArguments, set_seed

from arabic_ie import Document, Extractor, Schema, evaluate, read
from arabic_ie.data import Collator, build_rows, features
from arabic_ie.errors import ConfigError
from arabic_ie.torch_backend import computes_bf16
from training.build import build_model, restrict, widen
from training.names import load_names, swap_names
from training.parts import parts
from training.publish import publish
from training.resume import ResumableTrainer, begin_run, last_checkpoint
from training.settings import config_command, load_config

LAYERS = ("entity", "trigger_class", "argument_class", "frame")  # their mean picks the checkpoint


class IETrainer(ResumableTrainer):
    """``Trainer`` with a learning rate of its own for the heads, scored on documents."""

    def __init__(
        self,
        *args: Any,
        head_lr: float,
        dev: list[Document],
        tokenizer: Any,
        schema: Schema,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.head_lr, self.dev, self.tokenizer, self.schema = head_lr, dev, tokenizer, schema

    def create_optimizer(self, model: Any = None) -> torch.optim.Optimizer:
        """AdamW with four groups: encoder and heads, with and without weight decay."""
        if self.optimizer is None:
            assert self.model is not None
            groups: dict[tuple[bool, bool], list[torch.nn.Parameter]] = {}
            for name, parameter in self.model.named_parameters():
                key = ("encoder." in name, parameter.ndim > 1)
                groups.setdefault(key, []).append(parameter)
            self.optimizer = torch.optim.AdamW(
                [
                    {
                        "params": parameters,
                        "lr": self.args.learning_rate if encoder else self.head_lr,
                        "weight_decay": self.args.weight_decay if decay else 0.0,
                    }
                    for (encoder, decay), parameters in groups.items()
                ],
                fused=True,  # one pass over the weights instead of ten
            )
        return self.optimizer

    def evaluate(self, *_: Any, **__: Any) -> dict[str, float]:
        """Score the dev documents end to end."""
        model = self.accelerator.unwrap_model(self.model)
        training = model.training
        narrow = restrict(model, self.schema)
        predicted = Extractor(narrow, self.tokenizer, str(self.args.device))([d.text for d in self.dev])
        model.train(training)
        scores = evaluate(self.dev, predicted)
        metrics = {f"eval_{layer}": scores[layer].f1 for layer in (*LAYERS, "realis")}
        metrics["eval_score"] = sum(metrics[f"eval_{layer}"] for layer in LAYERS) / len(LAYERS)
        self.log(dict(metrics))
        self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, metrics)
        return metrics


def training_arguments(config: dict[str, Any]) -> TrainingArguments:
    """Defaults of this project under the user's ``training`` block."""
    gpu = torch.cuda.is_available()
    chosen = {
        "output_dir": "runs/model",
        "eval_strategy": "epoch",
        "save_strategy": "epoch",
        "metric_for_best_model": "eval_score",
        "greater_is_better": True,
        "load_best_model_at_end": True,
        "remove_unused_columns": False,
        "train_sampling_strategy": "group_by_length",  # half of a mixed batch is padding
        "report_to": "none",
        "use_cpu": not gpu,
        "bf16": computes_bf16(torch.device("cuda" if gpu else "cpu")),
        "seed": config["seed"],
        "data_seed": config["seed"],
        **(config["training"] or {}),
    }
    try:
        return TrainingArguments(**chosen)
    except Exception as err:  # each setting is checked by whatever reads it
        reason = " ".join(f"{type(err).__name__}: {err}".split())[:300]
        raise ConfigError(f"training settings: {reason}") from err


def train(path: str | Path, resume: bool = False, overrides: Sequence[str] = ()) -> Path:
    """Train as a configuration says.

    Returns:
        The folder of the best checkpoint, which ``Extractor.from_pretrained`` opens.

    Raises:
        ConfigError, CheckpointError, FormatError, SchemaError: see their messages.
    """
    config = load_config(path, overrides)
    arguments = training_arguments(config)
    schema = Schema.load(config["schema"])
    docs, dev = parts(config)
    for doc in dev:
        schema.check(doc)
    extra = [doc for file in config["data"]["extra"] for doc in read(file)]
    everything = widen(schema, extra)
    if extra:
        known = {"annotates": {"entities": list(schema.entities), "events": list(schema.event_types)}}
        docs = [replace(doc, meta={**doc.meta, **known}) for doc in docs]
    set_seed(config["seed"])
    model, tokenizer = build_model(config, everything)
    docs *= int(config["data"]["repeat"])
    if config["data"]["swap_names"]:
        names = load_names(config["data"]["names"])
        docs = swap_names(docs, names, config["data"]["swap_names"], config["seed"])
    rows, trouble = build_rows(docs + extra, tokenizer, model.config)
    if trouble:
        print(f"{len(trouble)} spans cannot be labelled, e.g. {trouble[0]}", file=sys.stderr)
    trainer = IETrainer(
        model=model,
        args=arguments,
        train_dataset=Dataset.from_list(rows, features=features()),
        eval_dataset=[],
        data_collator=Collator(
            tokenizer.pad_token_id,
            len(everything.entities),
            len(everything.event_types),
            config["negatives"],
            tokenizer.mask_token_id,
            config["mask_rate"],
            config["seed"],
        ),
        head_lr=config["head_learning_rate"],
        dev=dev,
        tokenizer=tokenizer,
        schema=schema,
    )
    folder = Path(str(arguments.output_dir))
    last = last_checkpoint(folder) if resume else None
    if not last and trainer.is_world_process_zero():
        begin_run(folder)
    trainer.train(resume_from_checkpoint=last)
    best = folder / "best"
    if trainer.is_world_process_zero():
        model = restrict(trainer.accelerator.unwrap_model(trainer.model), schema)
        publish(model, tokenizer, config, dev, best)
    return best


def main(argv: Sequence[str] | None = None) -> int:
    """Command line; see ``config_command``."""
    return config_command(__doc__, train, argv)


if __name__ == "__main__":
    sys.exit(main())
