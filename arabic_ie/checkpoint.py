"""What makes a checkpoint folder, checked before anything heavy is loaded."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from .errors import CheckpointError, ConfigError

MODEL_TYPE = "arabic-ie"
FORMAT_VERSION = 1
WEIGHTS = "model.safetensors"
LOSSES = ("entity", "trigger", "realis", "role")


def _number(low: float, high: float) -> Callable[[Any], bool]:
    return lambda x: isinstance(x, (int, float)) and not isinstance(x, bool) and low <= x <= high


def _whole(low: int) -> Callable[[Any], bool]:
    return lambda x: isinstance(x, int) and not isinstance(x, bool) and low <= x < 2**31


def _is_encoder(value: Any) -> bool:
    return isinstance(value, Mapping) and isinstance(value.get("model_type"), str)


def _are_weights(value: Any) -> bool:
    weighs = _number(0, math.nextafter(math.inf, 0))
    return isinstance(value, Mapping) and set(value) <= set(LOSSES) and all(map(weighs, value.values()))


_below_one = _number(0, math.nextafter(1, 0))
THRESHOLDS = ("entity_threshold", "trigger_threshold", "claim_threshold", "role_threshold")
# What a setting of the model may be, and how to say it.
SETTINGS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "encoder": (_is_encoder, "a mapping with a model_type"),
    "max_tokens": (_whole(3), "a whole number from 3"),  # two of them are special tokens
    "context_tokens": (_whole(0), "a whole number from 0"),
    "unify_letters": (lambda x: isinstance(x, bool), "true or false"),
    "link_size": (_whole(1), "a whole number from 1"),
    "head_dropout": (_below_one, "a number from 0 to below 1"),
    "label_smoothing": (_below_one, "a number from 0 to below 1"),
    **{threshold: (_number(0, 1), "a number from 0 to 1") for threshold in THRESHOLDS},
    "loss_weights": (_are_weights, f"numbers from 0 for some of {', '.join(LOSSES)}"),
}


def check_settings(values: Mapping[str, Any]) -> None:
    """Refuse values that no model can have.

    Raises:
        ConfigError: one of ``SETTINGS`` is given and cannot be.
    """
    for name, (fits, what) in SETTINGS.items():
        if name in values and not fits(values[name]):
            raise ConfigError(f"{name} must be {what}, not {shown(values[name])}")


def shown(value: Any) -> str:
    """A value for an error message: short, whatever it is; written out, a YAML bomb fills the memory."""
    return f"{value!r:.80}" if isinstance(value, (str, int, float)) else f"a {type(value).__name__}"


def check_no_code(values: Mapping[str, Any]) -> None:
    """Refuse a configuration that names code to be fetched: transformers loads attention kernels by name.

    Raises:
        ConfigError: the attention of the model or of its encoder is none that transformers holds itself.
    """
    encoder = values.get("encoder")
    for part in (values, encoder if isinstance(encoder, Mapping) else {}):
        for key in ("attn_implementation", "_attn_implementation"):
            name = part.get(key)
            if name is not None and not (isinstance(name, str) and name.isidentifier()):
                raise ConfigError(f"{key} must be a name such as sdpa, not {name!r:.80}: no code is fetched")


def read_config(path: Path, needs: Sequence[str] = (WEIGHTS,)) -> dict[str, Any]:
    """The configuration of a whole checkpoint folder.

    Args:
        path: the folder.
        needs: files it must have beside the configuration and the tokenizer.

    Raises:
        CheckpointError: a file is missing, the configuration is not readable, or it is of another
            kind of model, of a newer format or has a setting that cannot be.
    """
    for name in ("config.json", *needs, "tokenizer.json"):
        if not (path / name).is_file():
            raise CheckpointError(f"{path}: no {name}; give a folder written by training or save_pretrained")
    try:
        config = json.loads((path / "config.json").read_text(encoding="utf-8"))
        kind, version = config.get("model_type"), int(config.get("format_version", 1))
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError) as err:
        raise CheckpointError(f"{path}/config.json is not readable: {err}") from err
    if kind != MODEL_TYPE:
        raise CheckpointError(f"{path}: a {kind!r} model, not {MODEL_TYPE!r}; train one from it first")
    if version > FORMAT_VERSION:
        raise CheckpointError(
            f"{path}: format_version {version} is newer than {FORMAT_VERSION}: update arabic-ie to read it"
        )
    try:
        check_settings(config)
        check_no_code(config)
    except ConfigError as err:
        raise CheckpointError(f"{path}/config.json: {err}") from err
    return config
