"""The joint model: one encoder pass, two tag layers, realis, and a biaffine role head.

Shapes: B windows, T tokens, W words, D hidden size, Nt triggers, Ne entities, R roles.
The role head is the biaffine scorer of Dozat and Manning (2017) with pair features as in DyGIE++
(Wadden et al., 2019): bucketed distance and order of the two spans, and the words between them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import AutoConfig, AutoModel, PreTrainedModel
from transformers.utils import ModelOutput

from .config import IEConfig
from .frames import role_mask
from .tags import IGNORED, tag_count

DISTANCES = 10  # buckets of the word distance of a pair, each side


@dataclass
class IEOutput(ModelOutput):
    """Output of ``IEModel``.

    Attributes:
        loss: weighted sum, when labels were given.
        entity_logits: (B, W, 2E + 1).
        trigger_logits: (B, W, 2G + 1).
        realis_logits: (B, W, 3), to be read at the first word of a trigger.
        first: (B, W, D), the state of each word's first sub-word.
        last: (B, W, D), of its last one.
    """

    loss: Tensor | None = None
    entity_logits: Tensor | None = None
    trigger_logits: Tensor | None = None
    realis_logits: Tensor | None = None
    first: Tensor | None = None
    last: Tensor | None = None


class IEModel(PreTrainedModel):
    """Encoder with entity, trigger, realis and role heads."""

    config: IEConfig
    config_class = IEConfig
    base_model_prefix = "encoder"
    _supports_sdpa = True
    _supports_flash_attn = True

    def __init__(self, config: IEConfig, encoder: PreTrainedModel | None = None) -> None:
        super().__init__(config)
        schema = config.load_schema()
        # Attention follows the outer choice; "eager" is the fast one on CPUs for training.
        attention = config._attn_implementation
        self.encoder = encoder or AutoModel.from_config(
            config.encoder_config(), attn_implementation=attention, trust_remote_code=False
        )
        width = self.encoder.config.hidden_size
        size = config.link_size
        entities, events = len(schema.entities), len(schema.event_types)
        self.dropout = nn.Dropout(config.head_dropout)
        self.entity_head = nn.Linear(width, tag_count(entities))
        self.trigger_head = nn.Linear(width, tag_count(events))
        self.realis_head = nn.Linear(width, len(schema.realis))
        self.role_head = RoleHead(width, size, events, entities, len(schema.roles), config.head_dropout)
        # Kept out of the state: it follows from the schema, which lies in the configuration.
        self._allowed = torch.from_numpy(role_mask(schema))
        self.post_init()

    def _init_weights(self, module: nn.Module) -> None:
        if isinstance(module, RoleHead):
            nn.init.normal_(module.biaffine, std=0.02)
        elif isinstance(module, (nn.Linear, nn.Embedding)):
            nn.init.normal_(module.weight, std=0.02)
            if isinstance(module, nn.Linear) and module.bias is not None:
                nn.init.zeros_(module.bias)
        elif isinstance(module, nn.LayerNorm):
            nn.init.ones_(module.weight)
            nn.init.zeros_(module.bias)

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor,
        first: Tensor,
        last: Tensor,
        entity_tags: Tensor | None = None,
        trigger_tags: Tensor | None = None,
        realis: Tensor | None = None,
        triggers: Tensor | None = None,
        entities: Tensor | None = None,
        roles: Tensor | None = None,
        entity_allowed: Tensor | None = None,
        **_: Any,
    ) -> IEOutput:
        """Encode windows; with labels, also the loss.

        Args:
            input_ids: (B, T).
            attention_mask: (B, T).
            first: (B, W) position of each word's first sub-word; padding points at 0.
            last: (B, W) of its last one.
            entity_tags: (B, W) gold tags, -100 where there is nothing to learn.
            trigger_tags: (B, W).
            realis: (B, W), -100 but at the first word of a gold trigger.
            triggers: (B, Nt, 3) first word, last word, type of the spans to link.
            entities: (B, Ne, 3).
            roles: (B, Nt, Ne), 0 = none, -100 for padding.
            entity_allowed: (B, W, 2E + 1) bool, the tags that a word may have where its tag is not
                known but not free either; all False elsewhere.
        """
        hidden = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        first_state, last_state = _pick(hidden, first), _pick(hidden, last)
        dropped = self.dropout(first_state)
        output = IEOutput(
            entity_logits=self.entity_head(dropped),
            trigger_logits=self.trigger_head(dropped),
            realis_logits=self.realis_head(dropped),
            first=first_state,
            last=last_state,
        )
        if entity_tags is None or trigger_tags is None or realis is None:
            return output
        weights, smooth = self.config.loss_weights, self.config.label_smoothing
        loss = weights["entity"] * _cross_entropy(output.entity_logits, entity_tags, smooth, entity_allowed)
        loss = loss + weights["trigger"] * _cross_entropy(output.trigger_logits, trigger_tags, smooth)
        loss = loss + weights["realis"] * _cross_entropy(output.realis_logits, realis)
        if triggers is not None and entities is not None and roles is not None and roles.numel():
            allowed = self._mask(triggers, entities)
            scores = self._link(first_state, last_state, triggers, entities, allowed)
            # A gold role that the schema does not allow cannot be learned: its loss would only be a huge number.
            possible = allowed.gather(-1, roles.clamp(min=0).unsqueeze(-1)).squeeze(-1)
            loss = loss + weights["role"] * _cross_entropy(scores, roles.masked_fill(~possible, IGNORED))
        output.loss = loss
        return output

    def link(self, first: Tensor, last: Tensor, triggers: Tensor, entities: Tensor) -> Tensor:
        """Role logits of every (trigger, entity) pair, impossible roles masked by the schema.

        Args:
            first: (B, W, D) from ``forward``.
            last: (B, W, D) from ``forward``.
            triggers: (B, Nt, 3) first word, last word (inclusive), event type id.
            entities: (B, Ne, 3) first word, last word (inclusive), entity type id.

        Returns:
            (B, Nt, Ne, R + 1); index 0 is no role.
        """
        return self._link(first, last, triggers, entities, self._mask(triggers, entities))

    def _link(
        self, first: Tensor, last: Tensor, triggers: Tensor, entities: Tensor, allowed: Tensor
    ) -> Tensor:
        return self.role_head(first, last, triggers, entities).float().masked_fill(~allowed, -1e4)

    def _mask(self, triggers: Tensor, entities: Tensor) -> Tensor:
        """(B, Nt, Ne, R + 1) bool: the roles that the schema allows for the types of each pair."""
        self._allowed = self._allowed.to(triggers.device)
        return self._allowed[triggers[..., 2].unsqueeze(2), entities[..., 2].unsqueeze(1)]


class RoleHead(nn.Module):
    """Scores of (trigger, entity) pairs: biaffine, plus an MLP that also reads the words between
    the two spans and their bucketed distance and order."""

    def __init__(self, width: int, size: int, events: int, entities: int, roles: int, dropout: float) -> None:
        super().__init__()
        self.event_type = nn.Embedding(max(events, 1), width // 4)
        self.entity_type = nn.Embedding(entities, width // 4)
        joint = 2 * width + width // 4
        self.trigger_mlp = nn.Sequential(nn.Linear(joint, size), nn.GELU(), nn.Dropout(dropout))
        self.entity_mlp = nn.Sequential(nn.Linear(joint, size), nn.GELU(), nn.Dropout(dropout))
        self.biaffine = nn.Parameter(torch.zeros(roles + 1, size + 1, size + 1))
        self.distance = nn.Embedding(2 * DISTANCES + 1, size)
        self.between = nn.Linear(width, size, bias=False)
        self.pair_mlp = nn.Sequential(
            nn.Linear(2 * size, size), nn.GELU(), nn.Dropout(dropout), nn.Linear(size, roles + 1)
        )

    def forward(self, first: Tensor, last: Tensor, triggers: Tensor, entities: Tensor) -> Tensor:
        """Role logits (B, Nt, Ne, R + 1), nothing masked; see ``IEModel.link``."""
        left = self._span(first, last, triggers, self.event_type, self.trigger_mlp)
        right = self._span(first, last, entities, self.entity_type, self.entity_mlp)
        half = torch.einsum("bti,rij->btrj", _affine(left), self.biaffine.to(left.dtype))
        scores = torch.einsum("btrj,bej->bter", half, _affine(right))
        context = self.between(_mean_between(first, triggers, entities).to(first.dtype))
        context = context + self.distance(_bucket(triggers, entities)).to(context.dtype)
        pair = left.unsqueeze(2) + right.unsqueeze(1)
        return scores + self.pair_mlp(torch.cat([pair, context], dim=-1))

    def _span(
        self, first: Tensor, last: Tensor, spans: Tensor, types: nn.Embedding, mlp: nn.Module
    ) -> Tensor:
        states = [_pick(first, spans[..., 0]), _pick(last, spans[..., 1])]
        return mlp(torch.cat([*states, types(spans[..., 2]).to(first.dtype)], dim=-1))


def _affine(vectors: Tensor) -> Tensor:
    """A constant 1 after each vector: the linear and the bias terms of the biaffine form."""
    return torch.cat([vectors, torch.ones_like(vectors[..., :1])], dim=-1)


def _mean_between(states: Tensor, triggers: Tensor, entities: Tensor) -> Tensor:
    """(B, Nt, Ne, D): mean state of the words strictly between two spans, 0 where there are none."""
    sums = F.pad(states.float().cumsum(1), (0, 0, 1, 0))  # sums[k] is that of the words before k
    t, e = triggers.unsqueeze(2), entities.unsqueeze(1)
    start = torch.minimum(t[..., 1], e[..., 1]) + 1
    end = torch.maximum(torch.maximum(t[..., 0], e[..., 0]), start)
    shape = (*start.shape, states.shape[-1])
    total = _pick(sums, end.flatten(1)) - _pick(sums, start.flatten(1))
    return total.view(shape) / (end - start).clamp(min=1).unsqueeze(-1)


def _pick(states: Tensor, index: Tensor) -> Tensor:
    """states (B, N, D) at index (B, K) -> (B, K, D)."""
    return states.gather(1, index.unsqueeze(-1).expand(-1, -1, states.shape[-1]))


def _bucket(triggers: Tensor, entities: Tensor) -> Tensor:
    """Bucket (B, Nt, Ne) of the signed gap in words; the middle bucket means that they overlap."""
    t, e = triggers.unsqueeze(2), entities.unsqueeze(1)
    after, before = e[..., 0] - t[..., 1], t[..., 0] - e[..., 1]
    gap = torch.maximum(after, before).clamp(min=0)
    # 1, 2, 3, 4, 5-6, 7-9, 10-14, 15-21, 22-31, 32 and more
    edges = torch.tensor([1, 2, 3, 4, 5, 7, 10, 15, 22, 32], device=gap.device)
    bucket = torch.bucketize(gap, edges, right=True)
    return torch.where(after >= before, DISTANCES + bucket, DISTANCES - bucket)


def _cross_entropy(
    logits: Tensor | None, labels: Tensor, smoothing: float = 0.0, allowed: Tensor | None = None
) -> Tensor:
    """Mean over the labels that count; 0 (not NaN) when none does.

    Where ``allowed`` names tags, the loss is that of their summed probability.
    """
    assert logits is not None
    flat = logits.reshape(-1, logits.shape[-1]).float()
    labels = labels.reshape(-1)
    total = F.cross_entropy(flat, labels, ignore_index=IGNORED, reduction="sum", label_smoothing=smoothing)
    count = (labels != IGNORED).sum()
    if allowed is not None:
        allowed = allowed.reshape(-1, allowed.shape[-1])
        some = allowed.any(1)
        log_p = flat[some].log_softmax(-1).masked_fill(~allowed[some], float("-inf"))
        total, count = total - log_p.logsumexp(-1).sum(), count + some.sum()
    return total / count.clamp(min=1)


AutoConfig.register(IEConfig.model_type, IEConfig, exist_ok=True)
AutoModel.register(IEConfig, IEModel, exist_ok=True)
