"""The joint model in PyTorch, on a CPU or a GPU."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any

import numpy as np
import torch
from torch import nn
from transformers import AutoTokenizer

from .backend import Backend, Batch, Encoded
from .errors import CheckpointError, InputError
from .model import IEModel


class TorchBackend(Backend):
    """Runs an ``IEModel``, or a module with its ``forward``, ``link`` and ``config``.

    A model that is trained further needs a new backend: on a CPU this one may compute with a copy
    of some weights in bf16.

    Args:
        model: the joint model.
        device: where to run; by default a GPU if there is one.
        dtype: ``auto`` (bf16 on a GPU, and on a CPU that computes in it), ``float32`` or ``bfloat16``.

    Raises:
        InputError: there is no such device here, or no such dtype.
    """

    def __init__(self, model: Any, device: str | None = None, dtype: str = "auto") -> None:
        self.device = _device(device)
        if dtype not in ("auto", "float32", "bfloat16"):
            raise InputError(f"dtype must be 'auto', 'float32' or 'bfloat16', not {dtype!r}")
        half = dtype == "bfloat16" or (dtype == "auto" and computes_bf16(self.device))
        self.dtype = torch.bfloat16 if half else torch.float32
        torch.nn.Module.to(model, self.device)
        self.model = model.eval()
        self.config = model.config
        cast = half and self.device.type == "cpu" and isinstance(model, IEModel)
        self.runs = _with_bf16_layers(model) if cast else model

    @classmethod
    def load(cls, name: str, device: str | None, dtype: str) -> tuple[TorchBackend, Any]:
        """The model and the tokenizer of a checkpoint folder or hub name.

        Raises:
            CheckpointError: they cannot be loaded.
        """
        loaded: Any
        try:
            # Computation is in fp32 or autocast bf16; the file may hold fp16.
            loaded = IEModel.from_pretrained(
                name, dtype=torch.float32, use_safetensors=True, output_loading_info=True
            )
            # Said aloud: by default transformers asks on stdin whether to run the code of a checkpoint.
            tokenizer = AutoTokenizer.from_pretrained(name, use_fast=True, trust_remote_code=False)
        except Exception as err:  # transformers, safetensors and tokenizers each raise their own
            reason = " ".join(str(err).split())[:300]
            raise CheckpointError(f"{name}: the model cannot be loaded: {reason}") from err
        model, report = loaded
        missing = sorted(report["missing_keys"])
        if missing:
            raise CheckpointError(
                f"{name}: {len(missing)} weights are missing ({', '.join(missing[:3])}): copy the folder again"
            )
        known = model.encoder.config.vocab_size
        if len(tokenizer) > known:
            raise CheckpointError(
                f"{name}: the tokenizer has {len(tokenizer)} tokens, the model knows {known}"
            )
        return cls(model, device, dtype), tokenizer

    def tensors(self, batch: Batch) -> dict[str, torch.Tensor]:
        """The batch on the model's device."""
        return {key: torch.from_numpy(value).to(self.device) for key, value in batch.items()}

    @torch.inference_mode()
    def encode(self, batch: Batch) -> Encoded:
        cast = nullcontext() if self.dtype == torch.float32 else torch.autocast(self.device.type, self.dtype)
        with cast:
            output = self.runs(**self.tensors(batch))
        entity, trigger = (
            torch.log_softmax(x.float(), -1).cpu().numpy()
            for x in (output.entity_logits, output.trigger_logits)
        )
        realis = output.realis_logits.float().cpu().numpy()
        return Encoded(entity, trigger, realis, output.first, output.last)

    @torch.inference_mode()
    def link(
        self, encoded: Encoded, rows: Sequence[int], triggers: np.ndarray, entities: np.ndarray
    ) -> np.ndarray:
        index = torch.tensor(rows, device=self.device)
        logits = self.model.link(
            encoded.first[index].float(),
            encoded.last[index].float(),
            torch.from_numpy(triggers).to(self.device),
            torch.from_numpy(entities).to(self.device),
        )
        return logits.softmax(-1).cpu().numpy()


def _device(name: str | None) -> torch.device:
    """The device of a name, tried out: torch knows many that a machine has not."""
    try:
        device = torch.device(name or ("cuda" if torch.cuda.is_available() else "cpu"))
        torch.empty(1, device=device)
    except Exception as err:  # each kind of device raises its own
        reason = (" ".join(str(err).split()) or type(err).__name__)[:200]
        raise InputError(f"device {name!r} cannot be used ({reason}); leave it out, or try 'cpu'") from err
    return device


def _with_bf16_layers(model: IEModel) -> IEModel:
    """The same model with the linear layers of its encoder in bf16, all else shared.

    Autocast would round the same weights to bf16 again for every batch: a quarter of its time.
    """
    linear = {
        id(p)
        for m in model.encoder.modules()
        if isinstance(m, nn.Linear)
        for p in m.parameters(recurse=False)
    }
    shared = {id(p): p for p in model.encoder.parameters() if id(p) not in linear}
    encoder: Any = copy.deepcopy(model.encoder, shared)
    for module in encoder.modules():
        if isinstance(module, nn.Linear):
            module.to(torch.bfloat16)
    twin = copy.copy(model)
    twin._modules = {**model._modules, "encoder": encoder}
    return twin


def computes_bf16(device: torch.device) -> bool:
    """Whether bf16 is a gain: on GPUs that have it, on CPUs with bf16 instructions."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported()
    return device.type == "cpu" and bool(
        torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    )
