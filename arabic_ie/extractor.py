"""Text in, documents out: the only module that joins text, windows, model, tags and frames."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from importlib.resources import files
from itertools import repeat
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

import numpy as np
from tqdm import tqdm

from . import frames, reading
from .backend import Backend
from .calibration import checked
from .checkpoint import WEIGHTS, read_config
from .errors import CheckpointError, InputError
from .folders import files_of
from .frames import Mention
from .resolve import Date, Gazetteer, check_parts, read_date
from .resolve import resolve as resolve_document
from .resolve.gazetteer import check_gazetteer
from .types import Document
from .windows import Segment, plan_for

if TYPE_CHECKING:
    from .config import IEConfig
    from .model import IEModel

BATCH_SIZE = 32
BUFFER = 16  # batches of texts that are sorted by length together ...
CHARACTERS = 400_000  # ... or this many characters, so that long articles need no more memory
_NO_MORE: Any = object()
SHIPPED = files("arabic_ie") / "models" / "news-small"


class Extractor:
    """Turns Arabic text into documents with entities and event frames.

    Examples:
        >>> from arabic_ie import Extractor
        >>> extract = Extractor.from_pretrained()
        >>> doc = extract("قصفت طائرات حربية مطار المدينة أمس")
        >>> [(e.type, doc.span_text(e.trigger)) for e in doc.events]
        [('Conflict.Attack', 'قصفت')]

    Args:
        model: the joint model, or a backend that runs it.
        tokenizer: its fast tokenizer.
        device: where to run; by default a GPU if there is one.
        dtype: ``auto`` (bf16 on a GPU, and on a CPU that computes in it), ``float32`` or ``bfloat16``.
        path: where the model came from, for ``arabic-ie info``.
        resolve: which values and links are added to the frames: some of ``arabic_ie.resolve.PARTS``,
            True for all, False for none. Spans and frames are the same either way.
        gazetteer: where places are looked up; by default the shipped one.
    """

    def __init__(
        self,
        model: IEModel | Backend,
        tokenizer: Any,
        device: str | None = None,
        dtype: str = "auto",
        path: str = "",
        resolve: bool | Collection[str] = True,
        gazetteer: Gazetteer | None = None,
    ) -> None:
        check_gazetteer(gazetteer)
        self.parts, self.gazetteer = check_parts(resolve), gazetteer
        if isinstance(model, Backend):
            self.backend = model
        else:
            from .torch_backend import TorchBackend

            self.backend = TorchBackend(model, device, dtype)
        self.tokenizer, self.path = tokenizer, path
        self.config: IEConfig = self.backend.config
        self.schema = self.config.load_schema()
        self.curves = checked(self.config.calibration)

    @classmethod
    def from_pretrained(
        cls,
        path: str | Path | None = None,
        device: str | None = None,
        dtype: str = "auto",
        resolve: bool | Collection[str] = True,
        gazetteer: Gazetteer | None = None,
        backend: str = "torch",
    ) -> Extractor:
        """Load a model.

        Args:
            path: a checkpoint folder, a hub name, or None for the shipped model.
            device: such as ``cpu`` or ``cuda:1``.
            dtype: see the class; for ``onnx``, ``float32`` or ``int8``.
            resolve: see the class.
            gazetteer: see the class.
            backend: ``torch``, or ``onnx`` for a folder that ``arabic-ie export`` wrote: it needs
                neither torch nor transformers, and less memory.

        Raises:
            CheckpointError: the folder is missing, incomplete, damaged or of a newer format.
            MissingExtraError: ONNX Runtime is not installed.
        """
        name = str(path if path is not None else SHIPPED)
        if path is None or Path(name).exists() or isinstance(path, Path):
            read_config(Path(name), needs=(WEIGHTS,) if backend == "torch" else ())
        loaded: tuple[Backend, Any]
        if backend == "torch":
            from .torch_backend import TorchBackend

            loaded = TorchBackend.load(name, device, dtype)
        elif backend == "onnx":
            from .onnx_backend import OnnxBackend

            loaded = OnnxBackend.load(name, device, dtype)
        else:
            raise InputError(f"backend must be 'torch' or 'onnx', not {backend!r}")
        runner, tokenizer = loaded
        extractor = cls(runner, tokenizer, path=name, resolve=resolve, gazetteer=gazetteer)
        extractor._try_out()
        return extractor

    @property
    def model(self) -> IEModel:
        """The joint model. Raises InputError when another backend than torch runs it."""
        from .torch_backend import TorchBackend

        if not isinstance(self.backend, TorchBackend):
            raise InputError(
                "this extractor runs an exported model: load the checkpoint with backend='torch'"
            )
        return self.backend.model

    def save_pretrained(self, path: str | Path) -> None:
        """Write the model and its tokenizer as a checkpoint folder; other files there stay.

        Raises:
            CheckpointError: the folder cannot be written, or the disk is full; old files stay whole.
        """
        with files_of(path) as aside:
            self.model.save_pretrained(aside)
            self.tokenizer.save_pretrained(aside)

    @overload
    def __call__(  # type: ignore[overload-overlap]
        self, text: str, batch_size: int = BATCH_SIZE, date: Date = None
    ) -> Document: ...
    @overload  # str is itself an iterable of str; the first signature wins
    def __call__(
        self, text: Iterable[str], batch_size: int = BATCH_SIZE, date: Date | Iterable[Date] = None
    ) -> list[Document]: ...
    def __call__(
        self,
        text: str | Iterable[str],
        batch_size: int = BATCH_SIZE,
        date: Date | Iterable[Date] = None,
    ) -> Document | list[Document]:
        """Extract from one text or from several; same shape out as in. See ``pipe``.

        Raises:
            InputError: something else than text was passed.
        """
        if isinstance(text, str):
            return next(self.pipe([text], batch_size, date=date))
        if isinstance(text, (bytes, bytearray)) or not isinstance(text, Iterable):
            raise InputError(f"pass str or a list of str, not {type(text).__name__}")
        return list(self.pipe(text, batch_size, date=date))

    def pipe(
        self,
        texts: Iterable[str],
        batch_size: int = BATCH_SIZE,
        progress: bool = False,
        date: Date | Iterable[Date] = None,
    ) -> Iterator[Document]:
        """Extract from many texts: lazy, in order, in constant memory.

        Args:
            texts: any iterable of strings.
            batch_size: sentences the encoder reads at once.
            progress: show a bar on stderr.
            date: the day the texts were published, or one for each: relative dates count from it.

        Raises:
            InputError: an item is not a string (its number is in the message), the texts are one
                string, the batch size is not positive, or a date is none.
        """
        if isinstance(texts, (str, bytes, bytearray)):  # each character would be a text
            raise InputError(f"pass a list of str, not one {type(texts).__name__}: pipe([text])")
        if batch_size < 1:
            raise InputError(f"batch_size must be at least 1, not {batch_size}")
        one = date is None or isinstance(date, str) or not isinstance(date, Iterable)
        days = repeat(read_date(date) if date is not None else None) if one else iter(date)  # type: ignore[arg-type]
        numbered = enumerate(tqdm(texts, unit="text", disable=not progress))
        while chunk := list(_take(numbered, batch_size * BUFFER, CHARACTERS)):
            for i, text in chunk:
                if not isinstance(text, str):
                    raise InputError(f"text number {i} is {type(text).__name__}, not str")
            for doc in self._extract([text for _, text in chunk], batch_size):
                day = next(days, _NO_MORE)
                if day is _NO_MORE:
                    raise InputError("there are fewer dates than texts: give one for each, or None")
                yield resolve_document(doc, day, self.parts, self.gazetteer)

    def sureness(self, texts: list[str], batch_size: int = BATCH_SIZE) -> list[float]:
        """How sure the model is of its tags of each text, for choosing what to annotate next.

        The mean log-probability of the best tag of each word, of both tag layers (Shen et al., 2017),
        as a probability: near 1 where every word is clear. A text without words is wholly sure.
        """
        segments = [(d, s) for d, (parts, _) in enumerate(self._plan(texts)) for s in parts]
        found: list[list[float]] = [[] for _ in texts]
        for group in reading.batches([s for _, s in segments], batch_size):
            windows = [(segments[k][0], w) for k in group for w in segments[k][1].windows]
            for part in reading.passes(windows, batch_size):
                encoded = reading.encode(part, self.backend, self._pad_id)
                best = [layer.max(-1) for layer in (encoded.entity, encoded.trigger)]
                for row, (d, w) in enumerate(part):
                    found[d] += [float(x) for layer in best for x in layer[row][w.core[0] : w.core[1]]]
        return [float(np.exp(np.mean(scores))) if scores else 1.0 for scores in found]

    def _extract(self, texts: list[str], batch_size: int) -> list[Document]:
        plans = self._plan(texts)
        found: list[tuple[list[Mention], list[Mention], dict[tuple[int, int], np.ndarray]]]
        found = [([], [], {}) for _ in texts]
        segments = [(d, s) for d, (parts, _) in enumerate(plans) for s in parts]
        readings = reading.read([s for _, s in segments], self.backend, batch_size, self._pad_id)
        for (d, _), part in zip(segments, readings, strict=True):
            entities, triggers, roles = found[d]
            e0, t0 = len(entities), len(triggers)
            entities.extend(part.entities)
            triggers.extend(part.triggers)
            roles.update({(t0 + t, e0 + e): p for (t, e), p in part.roles.items()})
        return [
            frames.build(text, *parts, self.schema, self.config.role_threshold, warnings, self.curves)
            for text, parts, (_, warnings) in zip(texts, found, plans, strict=True)
        ]

    def _try_out(self) -> None:
        """Read a word: some damage to the files of a checkpoint shows only when they are used.

        Raises:
            CheckpointError: the model or the tokenizer does not work.
        """
        try:
            special = {k: getattr(self.tokenizer, f"{k}_token_id") for k in ("cls", "sep", "unk")}
            if missing := [kind for kind, number in special.items() if number is None]:
                raise ValueError(f"the tokenizer has no {missing[0]} token")
            self._extract(["نص"], batch_size=1)
        except Exception as err:  # torch, transformers and tokenizers each raise their own
            reason = " ".join(str(err).split())[:300]
            raise CheckpointError(f"{self.path}: does not work: {reason}; copy the folder again") from err

    def _plan(self, texts: Iterable[str]) -> list[tuple[list[Segment], list[str]]]:
        return [plan_for(self.config, t, self.tokenizer) for t in texts]

    @property
    def _pad_id(self) -> int:
        return self.tokenizer.pad_token_id or 0


def _take(numbered: Iterator[tuple[int, Any]], most: int, characters: int) -> Iterator[tuple[int, Any]]:
    """The next items, up to a number of them or of characters."""
    for item in numbered:
        yield item
        most -= 1
        characters -= len(item[1]) if isinstance(item[1], str) else 0
        if most <= 0 or characters <= 0:
            return
