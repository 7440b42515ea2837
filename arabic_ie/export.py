"""A checkpoint as ONNX graphs, for a runtime without torch; and with int8 weights, where they hold.

Two graphs, because the role head needs the spans that are decoded between them.
"""

from __future__ import annotations

import copy
import logging
import shutil
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .backend import pad
from .errors import CheckpointError, InputError, MissingExtraError
from .folders import new_folder, writing
from .onnx_backend import ENCODE, ENCODE_INT8, ENCODE_OUTPUTS, LINK, OnnxBackend
from .windows import Window

if TYPE_CHECKING:
    from .extractor import Extractor
    from .metrics import Scores
    from .types import Document

TOLERANCE = 1e-3  # of log-probabilities, between the graphs and the model
MOST_LOSS = 0.5  # F1 points that int8 weights may cost in any layer


def export_onnx(extractor: Extractor, folder: str | Path) -> Path:
    """Write a model as ONNX graphs with what they need beside them.

    The graphs are compared with the model before the folder is put in place.

    Args:
        extractor: with a torch model.
        folder: the new folder; an older export there is replaced.

    Returns:
        The folder, for ``Extractor.from_pretrained(folder, backend="onnx")``.

    Raises:
        CheckpointError: the graphs do not compute what the model does, the folder holds something
            else than an export, or it cannot be written; an older export stands then.
        MissingExtraError: onnx or onnxscript is not installed.
    """
    _need("onnx", "onnxscript", "onnxruntime")
    from .torch_backend import TorchBackend

    folder = Path(folder)
    if folder.is_dir() and any(folder.iterdir()) and not (folder / ENCODE).is_file():
        raise CheckpointError(f"{folder}: holds something else than an export; name an empty folder")
    model = copy.deepcopy(extractor.model).float().cpu().eval()
    model.encoder.set_attn_implementation("eager")  # sdpa would choose its kernel while tracing
    with new_folder(folder) as aside:
        (aside / ENCODE).parent.mkdir()
        with _quiet():
            _write_graphs(model, aside)
        extractor.config.save_pretrained(aside)
        extractor.tokenizer.save_pretrained(aside)
        _compare(TorchBackend(model, "cpu", "float32"), OnnxBackend(aside))
    return folder


def quantise(folder: str | Path, gold: Sequence[Document]) -> tuple[str, dict[str, float]]:
    """Add int8 weights to an export, in the fastest form that costs no accuracy.

    Tried in turn: ``dynamic`` (weights and activations in int8), ``weights`` (computed in fp32).

    Args:
        folder: an export.
        gold: annotated documents on which fp32 and int8 are scored.

    Returns:
        The form, and the F1 points it loses in each layer; below zero where int8 is the better one.

    Raises:
        CheckpointError: each form loses ``MOST_LOSS`` or more in a layer; nothing is written then.
        InputError: there are no documents.
        MissingExtraError: onnx is not installed.
    """
    _need("onnx", "onnxruntime")
    if not gold:
        raise InputError("int8 weights are offered only when checked: give annotated documents")
    folder, told = Path(folder), []
    with writing(folder), tempfile.TemporaryDirectory(dir=folder.parent, prefix=".export-") as name:
        trial = Path(name) / "trial"
        shutil.copytree(folder, trial, ignore=shutil.ignore_patterns(Path(ENCODE_INT8).name))
        full = _score(trial, gold, "float32")
        for form, write in (("dynamic", _write_dynamic), ("weights", _write_weights)):
            with _quiet():
                write(trial / ENCODE, trial / ENCODE_INT8)
            less = _score(trial, gold, "int8")
            loss = {layer: round(full[layer].f1 - less[layer].f1, 3) for layer in full.layers}
            layer = max(loss, key=lambda layer: loss[layer])
            if loss[layer] < MOST_LOSS:
                shutil.move(trial / ENCODE_INT8, folder / ENCODE_INT8)
                return form, loss
            told.append(f"{form}: {layer} {loss[layer]:.2f}")
    raise CheckpointError(f"{folder}: int8 weights lose too much F1 ({'; '.join(told)}): keep float32")


def _score(folder: Path, gold: Sequence[Document], kind: str) -> Scores:
    from .extractor import Extractor
    from .metrics import evaluate

    extractor = Extractor.from_pretrained(folder, backend="onnx", dtype=kind, resolve=False)
    return evaluate(gold, extractor([doc.text for doc in gold]))


def _write_dynamic(source: Path, target: Path) -> None:
    from onnxruntime.quantization import QuantType, quantize_dynamic

    # 7 bits: with 8, CPUs without VNNI overflow, which the machine that checks would not show.
    quantize_dynamic(
        source, target, op_types_to_quantize=["MatMul", "Gemm"], weight_type=QuantType.QInt8,
        per_channel=True, reduce_range=True,
    )  # fmt: skip


def _write_weights(source: Path, target: Path) -> None:
    import onnx
    from onnxruntime.quantization.matmul_nbits_quantizer import (
        DefaultWeightOnlyQuantConfig,
        MatMulNBitsQuantizer,
    )

    # The bits as part of the algorithm: the quantiser's own argument is younger than Python 3.10 gets.
    how = DefaultWeightOnlyQuantConfig(block_size=32, is_symmetric=True, accuracy_level=0, bits=8)
    quantiser = MatMulNBitsQuantizer(onnx.load(source), algo_config=how)
    quantiser.process()
    quantiser.model.save_model_to_file(str(target))


def _write_graphs(model: Any, folder: Path) -> None:
    import torch
    from torch import Tensor, nn

    class Encode(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(
            self, input_ids: Tensor, attention_mask: Tensor, first: Tensor, last: Tensor
        ) -> tuple[Tensor, ...]:
            out = self.model(input_ids, attention_mask, first, last)
            tags = (out.entity_logits.log_softmax(-1), out.trigger_logits.log_softmax(-1))
            return *tags, out.realis_logits, out.first, out.last

    class Link(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(
            self, first_state: Tensor, last_state: Tensor, triggers: Tensor, entities: Tensor
        ) -> Tensor:
            return self.model.link(first_state, last_state, triggers, entities).softmax(-1)

    words = torch.arange(1, 12).repeat(3, 1)
    ids = torch.full((3, 17), 5)
    states = torch.zeros(3, 11, model.encoder.config.hidden_size)
    spans = torch.zeros(3, 4, 3, dtype=torch.long), torch.zeros(3, 5, 3, dtype=torch.long)
    batch = (ids, torch.ones_like(ids), words, words.clone())
    graphs: tuple[tuple[Any, ...], ...] = (
        (Encode(), batch, ENCODE, ("input_ids", "attention_mask", "first", "last"), ENCODE_OUTPUTS),
        (
            Link(),
            (states, states.clone(), *spans),
            LINK,
            ("first_state", "last_state", "triggers", "entities"),
            ("roles",),
        ),
    )
    axes = {0: torch.export.Dim.DYNAMIC, 1: torch.export.Dim.DYNAMIC}
    for module, inputs, name, names, outputs in graphs:
        program = torch.onnx.export(
            module.eval(), inputs, dynamo=True, verbose=False, dynamic_shapes=(axes,) * len(inputs),
            input_names=list(names), output_names=list(outputs),
        )  # fmt: skip
        assert program is not None
        program.save(folder / name, external_data=False)


def _compare(model: Any, graphs: OnnxBackend) -> None:
    """Both on random windows of several shapes, padding and one word included."""
    random = np.random.default_rng(0)
    vocabulary = model.config.encoder["vocab_size"]
    entities, events = (
        len(names) for names in (model.config.load_schema().entities, model.config.load_schema().event_types)
    )
    longest = min(60, model.config.max_tokens) - 2
    for lengths in ((1,), (longest, 7, 3), (9, 9)):
        windows = [_window(random.integers(5, vocabulary, size=n).tolist()) for n in lengths]
        batch = pad(windows, 0, model.config.max_tokens)
        one, other = model.encode(batch), graphs.encode(batch)
        spans = []
        for types, count in ((max(events, 1), 3), (entities, 4)):
            ends = np.sort(random.integers(0, min(lengths), size=(len(lengths), count, 2)), -1)
            kinds = random.integers(0, types, size=(len(lengths), count, 1))
            spans.append(np.concatenate([ends, kinds], -1))
        rows = range(len(lengths))
        pairs = [
            *((getattr(one, k), getattr(other, k)) for k in ("entity", "trigger", "realis")),
            (model.link(one, rows, *spans), graphs.link(other, rows, *spans)),
        ]
        worst = max(float(np.abs(a - b).max()) for a, b in pairs)
        if not worst <= TOLERANCE:
            raise CheckpointError(f"the graphs differ from the model by {worst:.1e}, more than {TOLERANCE}")


def _window(ids: list[int]) -> Window:
    places = tuple(range(1, len(ids) + 1))
    return Window((0, *ids, 2), places, places, 0, (0, len(ids)))


def _need(*packages: str) -> None:
    from importlib.util import find_spec

    for package in packages:
        if find_spec(package) is None:
            raise MissingExtraError(package, "export")


@contextmanager
def _quiet() -> Iterator[None]:
    """Hide the progress notes of the exporters; what matters is checked afterwards."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
