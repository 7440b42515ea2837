"""What makes a checkpoint folder, checked before anything heavy is loaded."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .errors import CheckpointError

MODEL_TYPE = "arabic-ie"
FORMAT_VERSION = 1
WEIGHTS = "model.safetensors"


def read_config(path: Path, needs: Sequence[str] = (WEIGHTS,)) -> dict[str, Any]:
    """The configuration of a whole checkpoint folder.

    Args:
        path: the folder.
        needs: files it must have beside the configuration and the tokenizer.

    Raises:
        CheckpointError: a file is missing, the configuration is not readable, or it is of another
            kind of model or of a newer format.
    """
    for name in ("config.json", *needs, "tokenizer.json"):
        if not (path / name).is_file():
            raise CheckpointError(f"{path}: no {name}; give a folder written by training or save_pretrained")
    try:
        config = json.loads((path / "config.json").read_text(encoding="utf-8"))
        kind, version = config.get("model_type"), int(config.get("format_version", 1))
    except (ValueError, TypeError, AttributeError, UnicodeDecodeError) as err:
        raise CheckpointError(f"{path}/config.json is not readable: {err}") from err
    if kind != MODEL_TYPE:
        raise CheckpointError(f"{path}: a {kind!r} model, not {MODEL_TYPE!r}; train one from it first")
    if version > FORMAT_VERSION:
        raise CheckpointError(
            f"{path}: format_version {version} is newer than {FORMAT_VERSION}: update arabic-ie to read it"
        )
    return config
