"""Train the joint model: ``python -m training.train configs/news-small.yaml``.

The dev set is cut from the training files by whole source documents. After each epoch the model
is scored on it end to end, by the code that users run, and the best checkpoint is published to
``<output_dir>/best``. ``--resume`` goes on from the last checkpoint.
"""

from __future__ import annotations

import argparse
import json
import platform
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from hashlib import blake2b
from pathlib import Path
from typing import Any

import torch
import transformers
import yaml
from datasets import Dataset
from transformers import AutoModel, AutoTokenizer, TrainingArguments, set_seed

from arabic_ie import Document, Extractor, IEConfig, IEModel, Schema, calibration, evaluate, read
from arabic_ie.checkpoint import check_settings
from arabic_ie.data import Collator, build_rows, features
from arabic_ie.errors import ArabicIEError, CheckpointError, ConfigError
from arabic_ie.folders import new_folder
from arabic_ie.schema import read_yaml
from arabic_ie.torch_backend import computes_bf16
from training.kinds import fitted
from training.resume import ResumableTrainer, begin_run, last_checkpoint

DEFAULTS: dict[str, Any] = {
    "schema": "news-events",
    "encoder": "",
    "seed": 1,
    "data": {"train": [], "dev": [], "dev_share": 0.1, "extra": [], "repeat": 1},
    "model": {},
    "negatives": 0.5,
    "mask_rate": 0.0,
    "encoder_dropout": None,  # of its states; None: its own on a GPU, none on a CPU
    "head_learning_rate": 1e-3,
    "training": {},
}
LAYERS = ("entity", "trigger_class", "argument_class", "frame")  # their mean picks the checkpoint
ENOUGH_ARGUMENTS = 300  # in dev, to choose the threshold of roles by them


def load_config(path: str | Path, overrides: Sequence[str] = ()) -> dict[str, Any]:
    """Read the configuration of a training run.

    Raises:
        ConfigError: see ``load_yaml``; or no training file is named.
    """
    config = load_yaml(path, overrides, DEFAULTS)
    if not config["data"]["train"]:
        raise ConfigError(f"{path}: data.train names no file")
    return config


def load_yaml(path: str | Path, overrides: Sequence[str], defaults: dict[str, Any]) -> dict[str, Any]:
    """Read a YAML configuration over its defaults and apply ``a.b=value`` overrides.

    Raises:
        ConfigError: the file is missing or not a mapping, a key is unknown, or a value is not of the kind
            of its default.
    """
    try:
        given = read_yaml(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as err:
        raise ConfigError(f"{path}: cannot read the configuration: {err}") from err
    if not isinstance(given, dict):
        raise ConfigError(f"{path}: a configuration is a mapping of {', '.join(defaults)}")
    for override in overrides:
        key, sign, value = override.partition("=")
        if not sign:
            raise ConfigError(f"override {override!r}: write KEY=VALUE")
        *path_keys, last = key.split(".")
        target = given
        for part in path_keys:
            if not isinstance(target.get(part), dict):
                target[part] = {}
            target = target[part]
        try:
            target[last] = read_yaml(value)
        except ValueError as err:
            raise ConfigError(f"override {override!r}: {err}") from err
    return fitted(given, defaults, str(path))


def source_document(doc: Document, position: int, block: int = 10) -> str:
    """The source document that a sentence was taken from.

    ``doc_id`` in ``meta`` or beside the text wins; else sentences of one id prefix whose numbers
    lie in one block of ten count as one document: corpora number sentences in text order.
    """
    known = doc.meta.get("doc_id") or doc.extra.get("doc_id")
    if known:
        return str(known)
    match = re.fullmatch(r"(.*?)(\d+)", doc.id)
    return f"{match[1]}{int(match[2]) // block}" if match else doc.id or str(position)


def split_dev(docs: Sequence[Document], share: float) -> tuple[list[Document], list[Document]]:
    """Cut whole source documents for dev, by a hash of their name: the same for every seed."""
    train: list[Document] = []
    dev: list[Document] = []
    for i, doc in enumerate(docs):
        digest = blake2b(source_document(doc, i).encode("utf-8", "surrogatepass"), digest_size=4).digest()
        (dev if int.from_bytes(digest, "big") / 2**32 < share else train).append(doc)
    return train, dev


def parts(config: dict[str, Any]) -> tuple[list[Document], list[Document]]:
    """The training and the dev documents of a configuration.

    Raises:
        ConfigError: a part is empty.
        FormatError: a file cannot be read.
    """
    docs = [doc for file in config["data"]["train"] for doc in read(file)]
    dev = [doc for file in config["data"]["dev"] for doc in read(file)]
    if not dev:
        docs, dev = split_dev(docs, float(config["data"]["dev_share"]))
    if not docs or not dev:
        raise ConfigError(f"{len(docs)} training and {len(dev)} dev documents: both must have some")
    return docs, dev


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
                ]
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


MODEL_SETTINGS = (
    "max_tokens", "unify_letters", "link_size", "head_dropout", "role_threshold", "loss_weights",
    "label_smoothing",
)  # fmt: skip


def model_settings(config: dict[str, Any]) -> dict[str, Any]:
    """The block ``model`` of a configuration.

    Raises:
        ConfigError: an unknown setting, or a value that no model can have.
    """
    settings: dict[str, Any] = config["model"]
    unknown = sorted(str(key) for key in set(settings) - set(MODEL_SETTINGS))
    if unknown:
        raise ConfigError(f"model: unknown {', '.join(unknown)}; there are {', '.join(MODEL_SETTINGS)}")
    check_settings(settings)
    return dict(settings)


def build_model(config: dict[str, Any], schema: Schema) -> tuple[IEModel, Any]:
    """A model on a pretrained encoder, or one of our checkpoints to go on from.

    Of a checkpoint of ours the encoder is taken, and the heads too when the schema is the same.

    Raises:
        CheckpointError: the encoder cannot be loaded.
        ConfigError: an unknown model setting, or a size that is not the checkpoint's.
    """
    name, settings = config["encoder"], model_settings(config)
    start = None
    try:
        if _is_ours(name):
            start = Extractor.from_pretrained(name, device="cpu")
            encoder, tokenizer = start.model.encoder, start.tokenizer
        else:
            encoder, tokenizer = load_encoder(name)
    except (OSError, ValueError) as err:
        raise _not_loaded(name, err) from err
    encoder.set_attn_implementation(attention())
    rate = config["encoder_dropout"]
    if rate is not None or attention() == "eager":
        set_dropout(encoder, float(rate or 0.0))
    ie_config = IEConfig(encoder=encoder.config.to_dict(), schema=schema.to_dict(), **settings)
    ie_config._attn_implementation = attention()
    model = IEModel(ie_config, encoder)
    if start and start.schema.to_dict() == schema.to_dict():
        ie_config.role_threshold = settings.get("role_threshold", start.config.role_threshold)
        try:
            model.load_state_dict(start.model.state_dict())
        except RuntimeError as err:
            raise ConfigError(f"model.link_size is not that of the checkpoint {name}") from err
    return model, tokenizer


def load_encoder(name: str) -> tuple[Any, Any]:
    """A pretrained encoder in float32, with the attention to train with, and its tokenizer.

    Raises:
        CheckpointError: it cannot be loaded.
    """
    try:
        # No pickle: a checkpoint of it could run code of its maker.
        encoder = AutoModel.from_pretrained(
            name,
            attn_implementation=attention(),
            dtype=torch.float32,
            use_safetensors=True,
            trust_remote_code=False,
        )
        return encoder, AutoTokenizer.from_pretrained(name, use_fast=True, trust_remote_code=False)
    except Exception as err:  # transformers, safetensors and tokenizers each raise their own
        raise _not_loaded(name, err) from err


def set_dropout(encoder: Any, rate: float) -> None:
    """Set the dropout of an encoder's states, in place; that of its attention is switched off.

    The random numbers for every pair of tokens cost a third of the training time on a CPU.
    """
    encoder.config.attention_probs_dropout_prob = 0.0
    encoder.config.hidden_dropout_prob = rate
    for name, module in encoder.named_modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0 if name.endswith("self.dropout") else rate


def _not_loaded(name: str, err: Exception) -> CheckpointError:
    return CheckpointError(f"encoder {name!r} cannot be loaded: {' '.join(str(err).split())[:300]}")


def _is_ours(name: str) -> bool:
    path = Path(name) / "config.json"
    return path.is_file() and json.loads(path.read_text("utf-8")).get("model_type") == IEConfig.model_type


def attention() -> str:
    """The attention to train with. The backward of fused attention is slow on CPUs (BASE_ENCODER: 1.9 times slower)."""
    return "sdpa" if torch.cuda.is_available() else "eager"


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
    rows, trouble = build_rows(docs * int(config["data"]["repeat"]) + extra, tokenizer, model.config)
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


def publish(model: IEModel, tokenizer: Any, config: dict[str, Any], dev: list[Document], path: Path) -> None:
    """Write a checkpoint folder in fp16, with its configuration and dev figures; print the table.

    Raises:
        CheckpointError: it cannot be written; an old folder stands as it was.
    """
    extractor = Extractor(model, tokenizer, None, resolve=False)
    predicted = tune_threshold(extractor, dev)
    scores, facts = evaluate(dev, predicted), calibrate(extractor.config, dev, predicted)
    about = {
        "torch": str(torch.__version__),
        "transformers": transformers.__version__,
        "machine": platform.machine(),
    }
    files = {
        "training.yaml": yaml.safe_dump({**config, "versions": about}, allow_unicode=True),
        "metrics.json": json.dumps({"dev": scores.to_dict(), "calibration": facts}, indent=1),
    }
    with new_folder(path) as aside:
        model.half().save_pretrained(aside)
        tokenizer.save_pretrained(aside)
        for name, content in files.items():
            (aside / name).write_text(content, encoding="utf-8")
    print(f"\ndev, {len(dev)} documents\n{scores}\n{path}")


def widen(schema: Schema, extra: Sequence[Document]) -> Schema:
    """The schema with the entity types of foreign corpora after its own."""
    foreign = (name for doc in extra for name in doc.meta.get("annotates", {}).get("entities", ()))
    types = tuple(dict.fromkeys([*schema.entities, *foreign]))
    return schema if types == schema.entities else replace(schema, entities=types)


def restrict(model: IEModel, schema: Schema) -> IEModel:
    """The model with the types of ``schema`` only, which come first in its own; the encoder is shared."""
    if model.config.load_schema().to_dict() == schema.to_dict():
        return model
    config = IEConfig.from_dict({**model.config.to_dict(), "schema": schema.to_dict()})
    config._attn_implementation = attention()
    narrow = IEModel(config, model.encoder)
    own, wide = narrow.state_dict(), model.state_dict()
    for name, tensor in own.items():
        if not name.startswith("encoder."):
            tensor.copy_(wide[name][: len(tensor)] if wide[name].dim() else wide[name])
    torch.nn.Module.to(narrow, model.device)
    return narrow


def tune_threshold(extractor: Extractor, dev: list[Document]) -> list[Document]:
    """Set the least probability of a role to the one that scores best on dev, if dev is large enough.

    Returns:
        What the model finds in dev, with its own scores, at that threshold.
    """
    # The best of a few dozen arguments is chance: 30 sentences chose one that cost 2 F1 elsewhere.
    enough = sum(len(v.arguments) for doc in dev for v in doc.events) >= ENOUGH_ARGUMENTS
    thresholds = (0.5, 0.4, 0.3, 0.25, 0.2) if enough else (extractor.config.role_threshold,)
    extractor.config.role_threshold, extractor.curves = min(thresholds), {}
    found = extractor([d.text for d in dev])
    best: tuple[float, float, list[Document]] = (-1.0, max(thresholds), [])
    for threshold in thresholds:
        predicted = [_at_threshold(doc, threshold) for doc in found]
        scores = evaluate(dev, predicted)
        value = scores["argument_class"].f1 + scores["frame"].f1
        if value > best[0]:
            best = (value, threshold, predicted)
    extractor.config.role_threshold = best[1]
    return best[2]


def _at_threshold(doc: Document, threshold: float) -> Document:
    """The document without the arguments below a score."""
    events = tuple(
        replace(v, arguments=tuple(a for a in v.arguments if a.score >= threshold)) for v in doc.events
    )
    return replace(doc, events=events)


def calibrate(config: IEConfig, dev: list[Document], predicted: list[Document]) -> dict[str, Any]:
    """Fit the curves that turn scores into probabilities, into the configuration.

    Returns:
        For each layer the curve, and the expected calibration error on dev before and after.
    """
    config.calibration, facts = {}, {}
    for layer, rows in calibration.marks(dev, predicted).items():
        curve = calibration.fit([score for score, _ in rows], [right for _, right in rows])
        after = [(calibration.calibrated(score, curve), right) for score, right in rows]
        errors = [calibration.expected_error(calibration.reliability(part)) for part in (rows, after)]
        config.calibration[layer] = list(curve)
        facts[layer] = {"curve": list(curve), "marks": len(rows), "before": errors[0], "after": errors[1]}
    return facts


def config_command(
    about: str | None, action: Callable[[str, bool, Sequence[str]], Any], argv: Sequence[str] | None
) -> int:
    """The command line of what runs by a configuration; errors in one line, exit code 2.

    Args:
        about: the help text.
        action: takes the file, whether to resume, and the overrides.
        argv: the arguments; None: those of the process.
    """
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("config")
    parser.add_argument("--resume", action="store_true", help="go on from the last checkpoint")
    parser.add_argument("--set", dest="overrides", action="append", default=[], metavar="KEY=VALUE")
    options = parser.parse_args(argv)
    try:
        action(options.config, options.resume, options.overrides)
    except ArabicIEError as err:
        print(f"error: {err}", file=sys.stderr)
        return 2
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    """Command line; see ``config_command``."""
    return config_command(__doc__, train, argv)


if __name__ == "__main__":
    sys.exit(main())
