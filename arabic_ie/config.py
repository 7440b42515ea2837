"""Configuration of the joint model: the encoder's own configuration and the schema lie inside."""

from __future__ import annotations

from typing import Any

from transformers import AutoConfig, PretrainedConfig

from .checkpoint import FORMAT_VERSION, MODEL_TYPE, check_no_code, check_settings
from .schema import Schema


class IEConfig(PretrainedConfig):
    """What a checkpoint folder needs to build its model with no network.

    Args:
        encoder: the encoder's configuration as a dictionary (``AutoConfig.to_dict``).
        schema: the schema as a dictionary (``Schema.to_dict``).
        max_tokens: longest window in tokens, special tokens included.
        context_tokens: how many tokens of what stands before a sentence, and as many of what stands after it, it
            is shown with (see ``windows.plan``); 0: each sentence is read alone.
        unify_letters: whether the texts had alef, ya and ta marbuta variants folded.
        link_size: width of the span vectors in the role head.
        head_dropout: dropout before the heads.
        entity_threshold: an entity is given when its score, before calibration, is at least this.
        trigger_threshold: a trigger likewise.
        claim_threshold: an entity below its threshold is given all the same when a trigger takes it into a
            role with a probability of more than this (1: never).
        role_threshold: a role is given when its probability is at least this.
        loss_weights: weight of each loss: ``entity``, ``trigger``, ``realis``, ``role``.
        label_smoothing: of the two tag layers.
        calibration: slope and shift of the log odds of ``entity``, ``trigger`` and ``argument`` scores
            (see ``arabic_ie.calibration``); a layer left out keeps the model's own probability.
        format_version: of the folder; a newer one than the library knows is refused.

    Raises:
        ConfigError: a value that no model can have.
    """

    model_type = MODEL_TYPE

    def __init__(
        self,
        encoder: dict[str, Any] | None = None,
        schema: dict[str, Any] | None = None,
        max_tokens: int = 256,
        context_tokens: int = 0,
        unify_letters: bool = False,
        link_size: int = 192,
        head_dropout: float = 0.1,
        entity_threshold: float = 0.0,
        trigger_threshold: float = 0.0,
        claim_threshold: float = 1.0,
        role_threshold: float = 0.5,
        loss_weights: dict[str, float] | None = None,
        label_smoothing: float = 0.0,
        calibration: dict[str, list[float]] | None = None,
        format_version: int = FORMAT_VERSION,
        **kwargs: Any,
    ) -> None:
        self.encoder = encoder or {"model_type": "bert"}
        self.schema = schema or Schema.load().to_dict()
        self.max_tokens = max_tokens
        self.context_tokens = context_tokens
        self.unify_letters = unify_letters
        self.link_size = link_size
        self.head_dropout = head_dropout
        self.entity_threshold = entity_threshold
        self.trigger_threshold = trigger_threshold
        self.claim_threshold = claim_threshold
        self.role_threshold = role_threshold
        self.loss_weights = {
            "entity": 1.0,
            "trigger": 1.0,
            "realis": 0.5,
            "role": 1.0,
            **(loss_weights or {}),
        }
        self.label_smoothing = label_smoothing
        self.calibration = calibration or {}
        self.format_version = format_version
        check_settings(vars(self))
        check_no_code({**kwargs, "encoder": self.encoder})
        super().__init__(**kwargs)

    def encoder_config(self) -> PretrainedConfig:
        """The encoder's configuration as an object."""
        return AutoConfig.for_model(**self.encoder)

    def load_schema(self) -> Schema:
        """The schema as an object."""
        return Schema.from_dict(self.schema)
