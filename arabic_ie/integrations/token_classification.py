"""The encoder with its entity head, or its trigger head, as a plain ``transformers`` checkpoint.

    save_token_classifier(Extractor.from_pretrained(), "ner")
    pipeline("token-classification", "ner", aggregation_strategy="first")("...")

The tokenizer of the checkpoint normalises as the extractor does (``text.normalise``), inside
``tokenizers``, so the pipeline's offsets are those of the text passed in. Letters in presentation forms
are the exception: they stay as they are. The pipeline has no windows of its own and no BIO constraint.
"""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import InputError
from ..folders import files_of
from ..tags import tag_names
from ..text import _DROP, _INVISIBLE, _KEYBOARDS, _LETTER_VARIANTS

if TYPE_CHECKING:
    from ..extractor import Extractor


def save_token_classifier(extractor: Extractor, path: str | Path, layer: str = "entities") -> None:
    """Write a token-classification checkpoint.

    Args:
        extractor: the model to take the encoder and the head from.
        path: the folder to write.
        layer: ``entities`` or ``triggers``.

    Raises:
        InputError: there is no such layer, or the encoder's class for token classification has more
            than one linear layer on the encoder.
        CheckpointError: the folder cannot be written, or the disk is full; old files stay whole.
    """
    from transformers import AutoModelForTokenClassification

    heads = {
        "entities": (extractor.model.entity_head, extractor.schema.entities),
        "triggers": (extractor.model.trigger_head, extractor.schema.event_types),
    }
    if layer not in heads:
        raise InputError(f"no layer {layer!r}; layers: {', '.join(heads)}")
    head, types = heads[layer]
    names = dict(enumerate(tag_names(types)))
    config = extractor.config.encoder_config()
    config.id2label, config.label2id = names, {name: k for k, name in names.items()}
    model: Any = AutoModelForTokenClassification.from_config(config)
    encoder = extractor.model.encoder.state_dict()
    prefix = f"{model.base_model_prefix}."
    weights = {f"{prefix}{name}": weight for name, weight in encoder.items()}
    weights |= {f"classifier.{name}": weight for name, weight in head.state_dict().items()}
    report = model.load_state_dict(weights, strict=False)
    # A pooler of the encoder has no place in the checkpoint; anything else would change the scores.
    unused = [name for name in report.unexpected_keys if not name.startswith(f"{prefix}pooler.")]
    if report.missing_keys or unused:
        raise InputError(
            f"{type(model).__name__} is not an encoder with one linear layer: no weights for"
            f" {', '.join([*report.missing_keys, *unused][:3])}"
        )
    with files_of(path) as aside:
        model.save_pretrained(aside)
        _save_tokenizer(extractor, aside)


def _save_tokenizer(extractor: Extractor, path: Path) -> None:
    """With the normalisation of ``text.normalise`` in it."""
    from tokenizers import normalizers

    extractor.tokenizer.save_pretrained(path)
    # A copy, through the disk: the extractor's own must not change.
    tokenizer = type(extractor.tokenizer).from_pretrained(str(path))
    tokenizer.model_max_length = extractor.config.max_tokens
    backend = tokenizer.backend_tokenizer
    own = [backend.normalizer] if backend.normalizer is not None else []
    backend.normalizer = normalizers.Sequence([*_normalisation(extractor.config.unify_letters), *own])
    ids = tokenizer("")["input_ids"]
    if ids != [tokenizer.cls_token_id, tokenizer.sep_token_id]:  # the extractor adds them itself
        backend.post_processor = _with_special(tokenizer)
    tokenizer.save_pretrained(path)


def _with_special(tokenizer: Any) -> Any:
    from tokenizers import processors

    first, last = tokenizer.cls_token, tokenizer.sep_token
    ids = [(first, tokenizer.cls_token_id), (last, tokenizer.sep_token_id)]
    return processors.TemplateProcessing(single=f"{first} $A {last}", special_tokens=ids)


def _normalisation(unify_letters: bool) -> list[Any]:
    """``text.normalise`` in the words of ``tokenizers``, which keeps the map to the source itself."""
    from tokenizers import Regex, normalizers

    parts: list[Any] = [normalizers.NFC()]  # joins a hamza or madda to its letter before marks go
    parts += [normalizers.Replace(Regex(_plain(p.pattern)), "") for p in (_DROP, _INVISIBLE)]
    digits = [*range(0x660, 0x66A), *range(0x6F0, 0x6FA)]
    parts += [normalizers.Replace(chr(c), str(unicodedata.digit(chr(c)))) for c in digits]
    letters = {**_KEYBOARDS, **(_LETTER_VARIANTS if unify_letters else {})}
    parts += [normalizers.Replace(a, b) for a, b in letters.items()]
    return parts


def _plain(pattern: str) -> str:
    r"""A character class with its ``\uXXXX`` written out, which Oniguruma does not know."""
    return re.sub(r"\\u([0-9A-F]{4})", lambda m: chr(int(m[1], 16)), pattern)
