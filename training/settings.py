"""The configuration of a run: a YAML file over its defaults, with overrides, and its command line."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from arabic_ie.checkpoint import THRESHOLDS, check_settings, shown
from arabic_ie.errors import ArabicIEError, ConfigError
from arabic_ie.schema import read_yaml
from training.kinds import fitted

DEFAULTS: dict[str, Any] = {
    "schema": "news-events",
    "encoder": "",
    "seed": 1,
    "data": {
        "train": [],
        "dev": [],
        "dev_share": 0.1,
        "without": [],
        "extra": [],
        "repeat": 1,
        "names": [],
        "swap_names": 0.0,
        "vary_spelling": 0.0,
    },
    "model": {},
    "negatives": 0.5,
    "mask_rate": 0.0,
    "encoder_dropout": None,  # of its states; None: its own on a GPU, none on a CPU
    "head_learning_rate": 1e-3,
    "layer_decay": 1.0,  # learning rate of each layer of the encoder, as a share of that of the layer above
    "r_drop": 0.0,  # weight of the distance between two passes with other dropout
    "training": {},
}
MODEL_SETTINGS = (
    "max_tokens", "context_tokens", "unify_letters", "link_size", "head_dropout", *THRESHOLDS, "loss_weights", "label_smoothing",
)  # fmt: skip


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

    ``base`` names another configuration, beside it, that it goes over: what it does not say is as there.

    Raises:
        ConfigError: the file or its base is missing or not a mapping, a key is unknown, or a value is not of
            the kind of its default.
    """
    given = _over_its_base(Path(path), defaults)
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


def _over_its_base(path: Path, keys: Iterable[str], above: tuple[Path, ...] = ()) -> dict[str, Any]:
    try:
        given = read_yaml(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as err:
        raise ConfigError(f"{path}: cannot read the configuration: {err}") from err
    if not isinstance(given, dict):
        raise ConfigError(f"{path}: a configuration is a mapping of {', '.join(keys)}")
    base = given.pop("base", None)
    if base is None:
        return given
    if not isinstance(base, str) or path.resolve() in above:
        raise ConfigError(
            f"{path}: 'base' must name another configuration, not {shown(base)}, and not in a circle"
        )
    return _merged(_over_its_base(path.parent / base, keys, (*above, path.resolve())), given)


def _merged(under: dict[Any, Any], over: dict[Any, Any]) -> dict[Any, Any]:
    """Mappings are joined key by key; anything else takes the place of what was there."""
    both = dict(under)
    for key, value in over.items():
        old = both.get(key)
        both[key] = _merged(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return both


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
    return exit_code(lambda: action(options.config, options.resume, options.overrides))


def exit_code(action: Callable[[], object], *more: type[Exception]) -> int:
    """Run a command: 0, or 2 with the error in one line; ``more`` are errors to tell besides our own."""
    told: tuple[type[Exception], ...] = (ArabicIEError, *more)
    try:
        action()
    except told as err:
        print("error: " + " ".join(str(err).split()), file=sys.stderr)
        return 2
    return 0
