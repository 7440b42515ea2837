"""The joint model in ONNX Runtime: needs neither torch nor transformers.

The folder is the one that ``arabic_ie.export`` writes: ``config.json``, ``tokenizer.json`` and
``tokenizer_config.json`` as in a checkpoint, and under ``onnx/`` the two graphs.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from .backend import Backend, Batch, Encoded
from .checkpoint import read_config
from .errors import CheckpointError, InputError, MissingExtraError
from .schema import Schema

ENCODE, LINK, ENCODE_INT8 = "onnx/encode.onnx", "onnx/link.onnx", "onnx/encode.int8.onnx"
ENCODE_OUTPUTS = ("entity", "trigger", "realis", "first_state", "last_state")


@dataclass
class PlainConfig:
    """What reading needs of a checkpoint's configuration; the rest is kept in ``values``."""

    max_tokens: int
    context_tokens: int
    unify_letters: bool
    entity_threshold: float
    trigger_threshold: float
    claim_threshold: float
    role_threshold: float
    encoder: dict[str, Any]
    schema: dict[str, Any]
    calibration: dict[str, list[float]] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def from_dict(cls, values: dict[str, Any], where: str) -> PlainConfig:
        """Read ``config.json`` of the folder ``where``.

        Raises:
            CheckpointError: a setting is missing or of another kind.
        """
        try:
            return cls(
                int(values["max_tokens"]),
                int(values.get("context_tokens", 0)),
                bool(values["unify_letters"]),
                float(values.get("entity_threshold", 0.0)),
                float(values.get("trigger_threshold", 0.0)),
                float(values.get("claim_threshold", 1.0)),
                float(values["role_threshold"]),
                dict(values["encoder"]),
                values["schema"],
                values.get("calibration") or {},
                values,
            )
        except (KeyError, TypeError, ValueError) as err:
            raise CheckpointError(f"{where}/config.json is not complete: {err}") from err

    def load_schema(self) -> Schema:
        """The schema as an object."""
        return Schema.from_dict(self.schema)


class PlainTokenizer:
    """The part of a ``transformers`` tokenizer that ``windows.plan`` uses, on ``tokenizers`` alone."""

    def __init__(self, folder: Path) -> None:
        from tokenizers import Tokenizer

        try:
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            settings = json.loads((folder / "tokenizer_config.json").read_text(encoding="utf-8"))
        except Exception as err:  # tokenizers raises plain Exception
            raise CheckpointError(f"{folder}: the tokenizer cannot be loaded: {err}") from err
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self.cls_token_id = self._id(settings, "cls_token", "bos_token")
        self.sep_token_id = self._id(settings, "sep_token", "eos_token")
        self.pad_token_id = self._id(settings, "pad_token")
        self.unk_token_id = self._id(settings, "unk_token")

    def _id(self, settings: dict[str, Any], *names: str) -> int | None:
        for name in names:
            token = settings.get(name)
            if token:
                return self._tokenizer.token_to_id(token["content"] if isinstance(token, dict) else token)
        return None

    def __call__(self, texts: list[str], **_: Any) -> dict[str, list[Any]]:
        """Ids and offsets of texts, without special tokens."""
        encoded = self._tokenizer.encode_batch(texts, add_special_tokens=False)
        return {"input_ids": [e.ids for e in encoded], "offset_mapping": [e.offsets for e in encoded]}


class OnnxBackend(Backend):
    """Runs the two exported graphs.

    Args:
        folder: the exported folder.
        dtype: ``auto`` or ``float32``, or ``int8`` for quantised weights.
        device: ``cpu`` or ``cuda``; by default the CPU.

    Raises:
        CheckpointError: a graph is missing or cannot be loaded.
        InputError: there is no such dtype or device.
        MissingExtraError: ONNX Runtime is not installed.
    """

    def __init__(self, folder: str | Path, dtype: str = "auto", device: str | None = None) -> None:
        if dtype not in ("auto", "float32", "int8"):
            raise InputError(f"dtype of an ONNX model must be 'auto', 'float32' or 'int8', not {dtype!r}")
        try:
            import onnxruntime as ort
        except ImportError as err:
            raise MissingExtraError("onnxruntime", "onnx") from err
        folder, graph = Path(folder), ENCODE_INT8 if dtype == "int8" else ENCODE
        provider = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}.get(
            (device or "cpu").split(":")[0]
        )
        if provider not in ort.get_available_providers():
            raise InputError(f"this ONNX Runtime does not compute on {device!r}; use 'cpu'")
        try:
            values = read_config(folder, needs=(graph, LINK))
        except CheckpointError as err:
            raise CheckpointError(f"{err}; for ONNX, one written by 'arabic-ie export'") from err
        self.config = PlainConfig.from_dict(values, str(folder))
        options = ort.SessionOptions()
        # Shapes differ from batch to batch: an arena would keep the largest of every tensor.
        options.enable_cpu_mem_arena = False
        options.enable_mem_pattern = False
        try:
            self._encode, self._link = (
                ort.InferenceSession(str(folder / name), options, providers=[provider])
                for name in (graph, LINK)
            )
        except Exception as err:  # ONNX Runtime has a class of its own for each failure
            raise CheckpointError(f"{folder}: a graph cannot be loaded: {err}") from err

    @classmethod
    def load(cls, name: str, device: str | None, dtype: str) -> tuple[OnnxBackend, PlainTokenizer]:
        """The backend and the tokenizer of an exported folder. See the class."""
        backend = cls(name, dtype, device)
        return backend, PlainTokenizer(Path(name))

    def encode(self, batch: Batch) -> Encoded:
        return Encoded(*self._encode.run(ENCODE_OUTPUTS, batch))

    def link(
        self, encoded: Encoded, rows: Sequence[int], triggers: np.ndarray, entities: np.ndarray
    ) -> np.ndarray:
        index = np.asarray(rows)
        states = {"first_state": encoded.first[index], "last_state": encoded.last[index]}
        return self._link.run(("roles",), {**states, "triggers": triggers, "entities": entities})[0]
