"""The values of a configuration, checked against its defaults before anything heavy is loaded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from difflib import get_close_matches
from enum import EnumMeta
from typing import Any, get_args

from arabic_ie.checkpoint import shown
from arabic_ie.errors import ConfigError

# Least and greatest values of numbers; the others take any that is not negative.
RANGES = {
    "seed": (0, 2**32 - 1),
    "dev_share": (0, 1),
    "repeat": (1, 10_000),
    "swap_names": (0, 1),
    "vary_spelling": (0, 1),
    "layer_decay": (0.01, 1),
    "mask_rate": (0, 1),
    "encoder_dropout": (0, 0.99),
    "held_out": (0, 1),
    "row_tokens": (3, 2**20),
    # of transformers.TrainingArguments
    "data_seed": (0, 2**32 - 1),
    "max_steps": (-1, 1e9),  # -1: as many as the epochs have
    "logging_steps": (0, 1e9),
    "eval_steps": (0, 1e9),
    "save_steps": (0, 1e9),
    "warmup_steps": (0, 1e9),
    "local_rank": (-1, 1e6),
    "per_device_train_batch_size": (1, 1e6),
    "per_device_eval_batch_size": (1, 1e6),
    "gradient_accumulation_steps": (1, 1e6),
    "label_smoothing_factor": (0, 1),
    "adam_beta1": (0, 1),
    "adam_beta2": (0, 1),
}


def fitted(given: Mapping[Any, Any], defaults: Mapping[str, Any], where: str) -> dict[str, Any]:
    """The defaults with the values given in their place.

    A key left empty has its default. One name may stand for a list of names, and text for the number that
    it is: YAML reads ``1e-3``, without a point, as text.

    Args:
        given: what the user wrote.
        defaults: all keys there are. A default that is a mapping with keys is checked like this one; an
            empty one takes any key. A default of None is a number that may be left out.
        where: the file, for errors.

    Raises:
        ConfigError: an unknown key, or a value that is not of the kind of its default or out of range.
    """
    for key in given:
        if key not in defaults:
            near = get_close_matches(str(key), list(defaults), 1)
            hint = f"; did you mean {near[0]!r}?" if near else f"; there are {', '.join(defaults)}"
            raise ConfigError(f"{where}: unknown key {key!r}{hint}")
    values = dict(defaults)
    for key, value in given.items():
        if value is not None:
            values[key] = _fit(key, value, defaults[key], where)
        elif isinstance(defaults[key], dict):
            values[key] = dict(defaults[key])
    return values


def fitted_fields(given: Mapping[Any, Any], form: Any, where: str) -> dict[str, Any]:
    """What is given for the fields of a dataclass, whose types are not checked when it is made.

    A key left empty has its default, text may stand for the number that it is, and false for ``no`` where
    that is a choice: YAML reads ``no`` as false. Unknown keys, and fields that take a list or a mapping, are
    left as they are.

    Args:
        given: what the user wrote.
        form: the dataclass.
        where: the block, for errors.

    Raises:
        ConfigError: a value that is not of the kind of its field, or out of range.
    """
    types = {field.name: get_args(field.type) or (field.type,) for field in fields(form)}
    return {
        key: _fit_field(key, value, types.get(key, ()), where)
        for key, value in given.items()
        if value is not None
    }


def _fit_field(key: str, value: Any, types: tuple[Any, ...], where: str) -> Any:
    kinds = [kind for kind in types if kind is not type(None)]
    if value is False and any(isinstance(kind, EnumMeta) and "no" in list(kind) for kind in kinds):
        return "no"
    if kinds == [bool] and not isinstance(value, bool):
        raise ConfigError(f"{where}: {key!r} must be true or false, not {shown(value)}")
    if kinds in ([int], [float]):
        number = _number(key, value, kinds == [int], where)
        return value if isinstance(value, int) else number  # 8 stays 8 where 8.0 would do
    if kinds and all(kind is str or isinstance(kind, EnumMeta) for kind in kinds):
        return _fit(key, value, "", where)
    return value


def _fit(key: str, value: Any, default: Any, where: str) -> Any:
    if isinstance(default, dict):
        if not isinstance(value, dict):
            raise ConfigError(f"{where}: {key!r} must be a mapping, not {shown(value)}")
        return fitted(value, default, f"{where}: {key}") if default else value
    if isinstance(default, list):
        names = [value] if isinstance(value, str) else value
        if not isinstance(names, list) or not all(isinstance(name, str) and name for name in names):
            raise ConfigError(f"{where}: {key!r} must be a list of file names, not {shown(value)}")
        return names
    if isinstance(default, str):
        if not isinstance(value, str):
            raise ConfigError(f"{where}: {key!r} must be a name, not {shown(value)}")
        return value
    return _number(key, value, isinstance(default, int), where)


def _number(key: str, value: Any, whole: bool, where: str) -> int | float:
    low, high = RANGES.get(key, (0, 1e6))
    try:
        number = float("nan") if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        number = float("nan")
    if not low <= number <= high or (whole and number != int(number)):
        kind = "a whole number" if whole else "a number"
        raise ConfigError(f"{where}: {key!r} must be {kind} from {low} to {high:g}, not {shown(value)}")
    return int(number) if whole else number
