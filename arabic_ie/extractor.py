"""Text in, documents out: the only module that joins text, windows, model, tags and frames."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from importlib.resources import files
from itertools import islice
from pathlib import Path
from typing import Any, overload

import numpy as np
import torch
from tqdm import tqdm
from transformers import AutoTokenizer

from . import frames, tags
from .config import FORMAT_VERSION, IEConfig
from .errors import CheckpointError, InputError
from .frames import Mention
from .model import IEModel
from .types import Document
from .windows import Segment, Window, plan, stitch

BATCH_SIZE = 32
BUFFER = 16  # batches of texts that are sorted by length together
TOKENS_PER_ROW = 64  # a batch holds at most batch_size * this many tokens, padding included
PAIRS = 4096  # (trigger, entity) pairs scored at once per window
SHIPPED = files("arabic_ie") / "models" / "news-small"


class Extractor:
    """Turns Arabic text into documents with entities and event frames.

    Example:
        >>> from arabic_ie import Extractor
        >>> extract = Extractor.from_pretrained()
        >>> doc = extract("قصفت طائرات حربية مطار المدينة أمس")
        >>> [(e.type, doc.span_text(e.trigger)) for e in doc.events]
        [('Conflict.Attack', 'قصفت')]

    Args:
        model: the joint model.
        tokenizer: its fast tokenizer.
        device: where to run; by default a GPU if there is one.
        dtype: ``auto`` (bf16 on a GPU, and on a CPU that computes in it), ``float32`` or ``bfloat16``.
        path: where the model came from, for ``arabic-ie info``.
    """

    def __init__(
        self, model: IEModel, tokenizer: Any, device: str | None = None, dtype: str = "auto", path: str = ""
    ) -> None:
        self.device = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
        if dtype not in ("auto", "float32", "bfloat16"):
            raise InputError(f"dtype must be 'auto', 'float32' or 'bfloat16', not {dtype!r}")
        half = dtype == "bfloat16" or (dtype == "auto" and computes_bf16(self.device))
        self.dtype = torch.bfloat16 if half else torch.float32
        torch.nn.Module.to(model, self.device)
        self.model = model.eval()
        self.tokenizer, self.path = tokenizer, path
        self.config: IEConfig = model.config
        self.schema = self.config.load_schema()

    @classmethod
    def from_pretrained(
        cls, path: str | Path | None = None, device: str | None = None, dtype: str = "auto"
    ) -> Extractor:
        """Load a model.

        Args:
            path: a checkpoint folder, a hub name, or None for the shipped model.
            device: such as ``cpu`` or ``cuda:1``.
            dtype: see the class.

        Raises:
            CheckpointError: the folder is missing, incomplete, damaged or of a newer format.
        """
        name = str(path if path is not None else SHIPPED)
        if path is None or Path(name).exists() or isinstance(path, Path):
            _check_folder(Path(name))
        loaded: Any
        try:
            # Computation is in fp32 or autocast bf16; the file may hold fp16.
            loaded = IEModel.from_pretrained(
                name, dtype=torch.float32, use_safetensors=True, output_loading_info=True
            )
            tokenizer = AutoTokenizer.from_pretrained(name, use_fast=True)
        except Exception as err:  # transformers, safetensors and tokenizers each raise their own
            reason = " ".join(str(err).split())[:300]
            raise CheckpointError(f"{name}: the model cannot be loaded: {reason}") from err
        model, report = loaded
        missing = sorted(report["missing_keys"])
        if missing:
            raise CheckpointError(
                f"{name}: {len(missing)} weights are missing ({', '.join(missing[:3])}): copy the folder again"
            )
        return cls(model, tokenizer, device, dtype, name)

    def save_pretrained(self, path: str | Path) -> None:
        """Write the model and its tokenizer as a checkpoint folder."""
        self.model.save_pretrained(path)
        self.tokenizer.save_pretrained(path)

    @overload
    def __call__(self, text: str, batch_size: int = BATCH_SIZE) -> Document: ...  # type: ignore[overload-overlap]
    @overload  # str is itself an iterable of str; the first signature wins
    def __call__(self, text: Iterable[str], batch_size: int = BATCH_SIZE) -> list[Document]: ...
    def __call__(self, text: str | Iterable[str], batch_size: int = BATCH_SIZE) -> Document | list[Document]:
        """Extract from one text or from several; same shape out as in.

        Raises:
            InputError: something else than text was passed.
        """
        if isinstance(text, str):
            return next(self.pipe([text], batch_size))
        if isinstance(text, (bytes, bytearray)) or not isinstance(text, Iterable):
            raise InputError(f"pass str or a list of str, not {type(text).__name__}")
        return list(self.pipe(text, batch_size))

    def pipe(
        self, texts: Iterable[str], batch_size: int = BATCH_SIZE, progress: bool = False
    ) -> Iterator[Document]:
        """Extract from many texts: lazy, in order, in constant memory.

        Args:
            texts: any iterable of strings.
            batch_size: sentences the encoder reads at once.
            progress: show a bar on stderr.

        Raises:
            InputError: an item is not a string (its number is in the message), or the batch size
                is not positive.
        """
        if batch_size < 1:
            raise InputError(f"batch_size must be at least 1, not {batch_size}")
        numbered = enumerate(tqdm(texts, unit="text", disable=not progress))
        while chunk := list(islice(numbered, batch_size * BUFFER)):
            for i, text in chunk:
                if not isinstance(text, str):
                    raise InputError(f"text number {i} is {type(text).__name__}, not str")
            yield from self._extract([text for _, text in chunk], batch_size)

    @torch.inference_mode()
    def _extract(self, texts: list[str], batch_size: int) -> list[Document]:
        plans = [plan(t, self.tokenizer, self.config.max_tokens, self.config.unify_letters) for t in texts]
        found: list[tuple[list[Mention], list[Mention], dict[tuple[int, int], np.ndarray]]]
        found = [([], [], {}) for _ in texts]
        # Whole segments stay together: their windows are joined before decoding.
        segments = [(d, s) for d, (parts, _) in enumerate(plans) for s in parts]
        order = sorted(range(len(segments)), key=lambda k: -len(segments[k][1].windows[0].input_ids))
        decoded: dict[int, Any] = {}
        for group in _batches(order, segments, batch_size):
            decoded.update(zip(group, self._read([segments[k][1] for k in group]), strict=True))
        for k, (d, _) in enumerate(segments):  # text order again
            entities, triggers, roles = decoded[k]
            t0, e0 = len(found[d][1]), len(found[d][0])
            found[d][0].extend(entities)
            found[d][1].extend(triggers)
            found[d][2].update({(t0 + t, e0 + e): p for (t, e), p in roles.items()})
        return [
            frames.build(text, *parts, self.schema, self.config.role_threshold, warnings)
            for text, parts, (_, warnings) in zip(texts, found, plans, strict=True)
        ]

    def _read(self, segments: list[Segment]) -> list[Any]:
        """Entities, triggers and role probabilities of each segment."""
        windows = [(s, w) for s, segment in enumerate(segments) for w in segment.windows]
        cast = nullcontext() if self.dtype == torch.float32 else torch.autocast(self.device.type, self.dtype)
        with cast:
            output = self.model(**self._tensors([w for _, w in windows]))
        scores = [
            torch.log_softmax(x.float(), -1).cpu().numpy()
            for x in (output.entity_logits, output.trigger_logits)
        ]
        realis = output.realis_logits.float().cpu().numpy()
        spans: list[tuple[list[Any], list[Any]]] = []
        results: list[Any] = []
        row = 0
        for segment in segments:
            rows = range(row, row + len(segment.windows))
            row += len(segment.windows)
            sizes = [len(w.first) for w in segment.windows]
            layers = [
                tags.decode_scores(stitch(segment, [s[r][:n] for r, n in zip(rows, sizes, strict=True)]))
                for s in scores
            ]
            modes = stitch(segment, [realis[r][:n] for r, n in zip(rows, sizes, strict=True)]).argmax(-1)
            spans.append((layers[0], layers[1]))
            entities = [self._mention(segment, *span) for span in layers[0]]
            triggers = [self._mention(segment, span, p, int(modes[span[0]])) for span, p in layers[1]]
            results.append((entities, triggers, {}))
        best: dict[tuple[int, int, int], int] = {}
        for s, t, e, room, probabilities in self._link(windows, spans, output):
            if room > best.get((s, t, e), -1):
                best[s, t, e] = room
                results[s][2][t, e] = probabilities
        return results

    @staticmethod
    def _mention(segment: Segment, span: tags.WordSpan, score: float, realis: int = 0) -> Mention:
        return Mention(segment.words[span[0]][0], segment.words[span[1] - 1][1], span[2], score, realis)

    def _link(self, windows: list[tuple[int, Window]], spans: list[Any], output: Any) -> Iterator[Any]:
        """Role probabilities of the pairs of each window, with the pair's distance to its edges."""
        held = []
        for s, window in windows:
            low, high = window.offset, window.offset + len(window.first)
            held.append(
                [
                    [(k, x[0]) for k, x in enumerate(layer) if x[0][0] >= low and x[0][1] <= high]
                    for layer in spans[s]
                ]
            )
        rows = [r for r, (entities, triggers) in enumerate(held) if entities and triggers]
        if not rows:
            return
        most_e = max(len(held[r][0]) for r in rows)
        step = max(1, PAIRS // most_e)
        for start in range(0, max(len(held[r][1]) for r in rows), step):
            part = [r for r in rows if len(held[r][1]) > start]
            chosen = [held[r][1][start : start + step] for r in part]
            triggers = torch.zeros(len(part), max(map(len, chosen)), 3, dtype=torch.long)
            entities = torch.zeros(len(part), most_e, 3, dtype=torch.long)
            for i, r in enumerate(part):
                shift = windows[r][1].offset
                for target, layer in ((triggers, chosen[i]), (entities, held[r][0])):
                    if layer:
                        target[i, : len(layer)] = torch.tensor(
                            [[x[0] - shift, x[1] - 1 - shift, x[2]] for _, x in layer]
                        )
            index = torch.tensor(part, device=self.device)
            logits = self.model.link(
                output.first[index].float(),
                output.last[index].float(),
                triggers.to(self.device),
                entities.to(self.device),
            )
            probabilities = logits.softmax(-1).cpu().numpy()
            for i, r in enumerate(part):
                s, window = windows[r]
                low, high = window.offset, window.offset + len(window.first)
                for j, (t, x) in enumerate(chosen[i]):
                    for n, (e, y) in enumerate(held[r][0]):
                        room = min(min(x[0], y[0]) - low, high - max(x[1], y[1]))
                        yield s, t, e, room, probabilities[i, j, n]

    def _tensors(self, windows: list[Window]) -> dict[str, torch.Tensor]:
        length = max(len(w.input_ids) for w in windows)
        words = max(len(w.first) for w in windows)
        shape = (len(windows), length)
        input_ids = torch.full(shape, self.tokenizer.pad_token_id or 0, dtype=torch.long)
        mask = torch.zeros(shape, dtype=torch.long)
        first = torch.zeros(len(windows), words, dtype=torch.long)
        last = torch.zeros(len(windows), words, dtype=torch.long)
        for i, window in enumerate(windows):
            input_ids[i, : len(window.input_ids)] = torch.tensor(window.input_ids)
            mask[i, : len(window.input_ids)] = 1
            first[i, : len(window.first)] = torch.tensor(window.first)
            last[i, : len(window.last)] = torch.tensor(window.last)
        batch = {"input_ids": input_ids, "attention_mask": mask, "first": first, "last": last}
        return {key: value.to(self.device) for key, value in batch.items()}


def _batches(order: list[int], segments: list[tuple[int, Segment]], batch_size: int) -> Iterator[list[int]]:
    """Group segments, longest first, under a budget of rows and of tokens with padding."""
    group: list[int] = []
    rows = width = 0
    for k in order:
        windows = segments[k][1].windows
        wider = max(width, len(windows[0].input_ids))
        if group and (
            rows + len(windows) > batch_size or wider * (rows + len(windows)) > batch_size * TOKENS_PER_ROW
        ):
            yield group
            group, rows, wider = [], 0, len(windows[0].input_ids)
        group.append(k)
        rows, width = rows + len(windows), wider
    if group:
        yield group


def computes_bf16(device: torch.device) -> bool:
    """Whether bf16 is a gain: on GPUs that have it, on CPUs with bf16 instructions."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported()
    return device.type == "cpu" and bool(
        torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    )


def _check_folder(path: Path) -> None:
    """Refuse what is not a whole checkpoint folder, with a message that says what to do."""
    for name in ("config.json", "model.safetensors", "tokenizer.json"):
        if not (path / name).is_file():
            raise CheckpointError(f"{path}: no {name}; give a folder written by training or save_pretrained")
    try:
        config = json.loads((path / "config.json").read_text(encoding="utf-8"))
        kind, version = config.get("model_type"), int(config.get("format_version", 1))
    except (ValueError, TypeError, AttributeError, UnicodeDecodeError) as err:
        raise CheckpointError(f"{path}/config.json is not readable: {err}") from err
    if kind != IEConfig.model_type:
        raise CheckpointError(
            f"{path}: a {kind!r} model, not {IEConfig.model_type!r}; train one from it first"
        )
    if version > FORMAT_VERSION:
        raise CheckpointError(
            f"{path}: format_version {version} is newer than {FORMAT_VERSION}: update arabic-ie to read it"
        )
