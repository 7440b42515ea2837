"""Train the joint model: ``python -m training.train configs/news-small.yaml``.

The dev set is cut from the training files by whole source documents. After each epoch the model
is scored on it end to end, by the code that users run, and the best checkpoint is published to
``<output_dir>/best``. ``--resume`` goes on from the last checkpoint.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from transformers import TrainingArguments, set_seed

from arabic_ie import Document, Extractor, Schema, evaluate, read
from arabic_ie.checkpoint import shown
from arabic_ie.data import Collator, build_rows, features
from arabic_ie.errors import ConfigError
from arabic_ie.tags import IGNORED
from arabic_ie.torch_backend import computes_bf16
from training.build import build_model, restrict, widen
from training.kinds import fitted_fields
from training.names import load_names, swap_names
from training.parts import parts
from training.publish import publish
from training.resume import ResumableTrainer, begin_run, last_checkpoint
from training.settings import config_command, load_config
from training.spellings import vary_spelling

LAYERS = ("entity", "trigger_class", "argument_class", "frame")  # their mean picks the checkpoint


class IETrainer(ResumableTrainer):
    """``Trainer`` with a learning rate of its own for the heads and each layer, scored on documents.

    With ``r_drop`` each batch is read twice, with other dropout, and the distance of what the two say of each
    word is part of the loss (Liang et al. 2021, "R-Drop: regularized dropout for neural networks").
    """

    def __init__(
        self,
        *args: Any,
        head_lr: float,
        layer_decay: float,
        r_drop: float,
        dev: list[Document],
        tokenizer: Any,
        schema: Schema,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.head_lr, self.dev, self.tokenizer, self.schema = head_lr, dev, tokenizer, schema
        self.layer_decay, self.r_drop = layer_decay, r_drop

    def compute_loss(
        self, model: Any, inputs: Any, return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        """The loss of the model; with ``r_drop`` that of two passes and their distance."""
        if not self.r_drop:
            return super().compute_loss(model, inputs, return_outputs, num_items_in_batch)
        one, two = model(**inputs), model(**inputs)
        counts = inputs["entity_tags"] != IGNORED
        pairs = ((one.entity_logits, two.entity_logits), (one.trigger_logits, two.trigger_logits))
        distance = sum(_distance(a[counts], b[counts]) for a, b in pairs)
        loss = (one.loss + two.loss) / 2 + self.r_drop * distance
        return (loss, one) if return_outputs else loss

    def create_optimizer(self, model: Any = None) -> torch.optim.Optimizer:
        """AdamW with groups: heads and encoder, or its layers, with and without weight decay."""
        if self.optimizer is None:
            assert self.model is not None
            parameters = list(self.model.named_parameters())
            rates = learning_rates(
                [name for name, _ in parameters], self.args.learning_rate, self.head_lr, self.layer_decay
            )
            groups: dict[tuple[float, bool], list[torch.nn.Parameter]] = {}
            for name, parameter in parameters:
                groups.setdefault((rates[name], parameter.ndim > 1), []).append(parameter)
            self.optimizer = torch.optim.AdamW(
                [
                    {
                        "params": group,
                        "lr": rate,
                        "weight_decay": self.args.weight_decay if decay else 0.0,
                    }
                    for (rate, decay), group in groups.items()
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


def learning_rates(names: Sequence[str], top: float, head: float, decay: float) -> dict[str, float]:
    """The learning rate of each parameter: lower layers of an encoder change less (Howard and Ruder, 2018).

    Args:
        names: of all parameters.
        top: rate of the encoder's last layer, and of what is above it.
        head: rate of the heads.
        decay: rate of a layer, as a share of that of the layer above; embeddings count as the lowest layer.
    """
    layers = {name: int(m[1]) for name in names if (m := re.search(r"encoder\..*layers?\.(\d+)\.", name))}
    depth = max(layers.values(), default=-1) + 1

    def rate(name: str) -> float:
        if "encoder." not in name:
            return head
        at = layers.get(name, -1 if "embeddings" in name else depth - 1)
        return top * decay ** (depth - 1 - at)

    return {name: rate(name) for name in names}


def _distance(one: torch.Tensor, two: torch.Tensor) -> torch.Tensor:
    """Mean symmetric Kullback-Leibler divergence of the distributions that two sets of logits (n, k) give."""
    p, q = one.float().log_softmax(-1), two.float().log_softmax(-1)
    return ((p.exp() - q.exp()) * (p - q)).sum(-1).mean() / 2


def training_arguments(config: dict[str, Any]) -> TrainingArguments:
    """Defaults of this project under the user's ``training`` block.

    Raises:
        ConfigError: a setting is unknown, or not of its kind or range.
    """
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
        **fitted_fields(config["training"] or {}, TrainingArguments, "training"),
    }
    metrics = [f"eval_{name}" for name in ("score", *LAYERS, "realis")]  # as ``IETrainer.evaluate`` gives
    if chosen["metric_for_best_model"] not in (*metrics, *(name.removeprefix("eval_") for name in metrics)):
        names, given = ", ".join(metrics), shown(chosen["metric_for_best_model"])
        raise ConfigError(f"training: 'metric_for_best_model' must be one of {names}, not {given}")
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
    extra = [doc for file in config["data"]["extra"] for doc in read(file, schema=schema)]
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
    if config["data"]["vary_spelling"]:
        docs = vary_spelling(docs, config["data"]["vary_spelling"], config["seed"])
    rows, trouble = build_rows(docs + extra, tokenizer, model.config)
    if trouble:
        print(f"{len(trouble)} labels are left out, e.g. {trouble[0]}", file=sys.stderr)
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
        layer_decay=config["layer_decay"],
        r_drop=config["r_drop"],
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
