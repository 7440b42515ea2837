"""The model to train: an encoder of any kind with new heads, or a checkpoint of ours."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModel, AutoTokenizer

from arabic_ie import Document, Extractor, IEConfig, IEModel, Schema
from arabic_ie.checkpoint import THRESHOLDS
from arabic_ie.errors import CheckpointError, ConfigError
from arabic_ie.schema import annotated
from training.settings import model_settings

READING = ("max_tokens", "context_tokens", "unify_letters")  # settings of how a model is shown text


def build_model(config: dict[str, Any], schema: Schema) -> tuple[IEModel, Any]:
    """A model on a pretrained encoder, or one of our checkpoints to go on from.

    Of a checkpoint of ours the encoder is taken, with how it reads text unless the configuration says
    otherwise, and the heads too when the schema is the same.

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
            settings = {**{key: getattr(start.config, key) for key in READING}, **settings}
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
        for threshold in THRESHOLDS:
            setattr(ie_config, threshold, settings.get(threshold, getattr(start.config, threshold)))
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


def attention() -> str:
    """The attention to train with. The backward of fused attention is slow on CPUs (BASE_ENCODER: 1.9 times slower)."""
    return "sdpa" if torch.cuda.is_available() else "eager"


def widen(schema: Schema, extra: Sequence[Document]) -> Schema:
    """The schema with the entity types of foreign corpora after its own.

    Raises:
        SchemaError: see ``annotated``.
    """
    foreign = (name for doc in extra for name in (annotated(doc) or {}).get("entities", ()))
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


def _not_loaded(name: str, err: Exception) -> CheckpointError:
    return CheckpointError(f"encoder {name!r} cannot be loaded: {' '.join(str(err).split())[:300]}")


def _is_ours(name: str) -> bool:
    path = Path(name) / "config.json"
    return path.is_file() and json.loads(path.read_text("utf-8")).get("model_type") == IEConfig.model_type
