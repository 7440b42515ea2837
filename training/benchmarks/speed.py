"""How fast extraction is, against the plain ``transformers`` pipeline and the bare encoder.

    python -m training.benchmark speed                         # the shipped model, sentences of seeds/
    python -m training.benchmark speed --model FOLDER --onnx EXPORTED --json speed.json
    python -m training.benchmark speed --sizes 10 100 --words 5000     # a quick look

Rates are words a second in one process and one run, so that ratios hold on a noisy machine:

- ``pipe``: text to documents, with values and incidents; ``frames``: without them (resolve off);
- ``arabert-1``, ``arabert-32``: the token-classification pipeline on an encoder of AraBERT's shape with
  random weights (speed does not depend on weights), batch 1 and 32: tags alone, no events, no links;
- ``pipeline-1``, ``pipeline-32``: the same pipeline on the encoder of the model;
- ``encoder``: the forward pass of that encoder on the very batches of ``pipe``, the physical limit;
- ``onnx``, ``int8``: ``pipe`` on an export, with fp32 and with int8 weights.

Start-up time and peak memory are those of fresh processes.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from itertools import cycle, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from arabic_ie.errors import InputError

from .report import machine, versions

if TYPE_CHECKING:
    from arabic_ie.extractor import Extractor

# aubmindlab/bert-base-arabertv02
ARABERT = {"vocab_size": 64_000, "hidden_size": 768, "num_hidden_layers": 12, "num_attention_heads": 12,
           "intermediate_size": 3072, "max_position_embeddings": 512}  # fmt: skip
FRESH = """
import json, sys, time
from pathlib import Path
begin = time.perf_counter()
import arabic_ie
light = time.perf_counter() - begin
extract = arabic_ie.Extractor.from_pretrained({model!r}, device="cpu", backend={backend!r})
extract({text!r})
first = time.perf_counter() - begin
list(extract.pipe({texts!r}))
# Not getrusage: its maximum begins with that of the parent process.
peak = int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) / 1024
print(json.dumps({{"import_s": light, "first_document_s": first, "peak_mb": peak,
                   "torch": "torch" in sys.modules}}))
"""


def run_speed(
    model: str | Path | None,
    onnx: str | Path | None,
    texts: str | Path,
    sizes: Sequence[int],
    words: int,
    baseline: int,
) -> dict[str, Any]:
    """Measure, print a table, and return the figures.

    Args:
        model: checkpoint folder; None for the shipped one.
        onnx: its export, measured for start-up and memory too.
        texts: JSONL of documents whose texts are the sentences, repeated as often as needed.
        sizes: numbers of sentences for ``pipe``.
        words: length of the long article; it is also read at a quarter and at half of it.
        baseline: sentences for the pipelines.

    Raises:
        InputError: there are no sentences, or a size is not positive.
    """
    from arabic_ie import Extractor, read

    sentences = [doc.text for doc in read(texts) if doc.text.strip()]
    if not sentences or min((*sizes, words, baseline)) < 1:
        raise InputError(f"{texts}: give sentences, and sizes of at least 1")
    extractor = Extractor.from_pretrained(model, device="cpu")
    frames = Extractor(extractor.backend, extractor.tokenizer, path=extractor.path, resolve=False)  # type: ignore[arg-type]
    list(extractor.pipe(sentences[:32]))  # first calls choose kernels and read the gazetteer
    result: dict[str, Any] = {"task": "speed", "machine": machine(), "versions": versions(), "rates": {}}
    rates: dict[str, float] = result["rates"]
    sample = list(islice(cycle(sentences), baseline))
    for name, run in _pipelines(extractor):
        rates[name] = _rate(run, sample)
        _say(name, rates[name])
    # In turn, so that a busy moment of the machine does not hit one of them alone.
    close = {"encoder": _bare(extractor), "frames": _consume(frames), "pipe": _consume(extractor)}
    close |= _exported(onnx)
    for _ in range(4):
        for name, run in close.items():
            rates[name] = max(rates.get(name, 0.0), _rate(run, sample, repeats=1))
    for name in close:
        _say(name, rates[name])
    result["sizes"] = {}
    for size in sizes:
        result["sizes"][size] = _rate(_consume(extractor), list(islice(cycle(sentences), size)))
        _say(f"pipe, {size:,} sentences", result["sizes"][size])
    result["article"] = {}
    for part in (words // 4, words // 2, words):
        article = _article(sentences, part)
        count = len(article.split())
        # In CPU time, which other work on the machine hardly changes: this is about growth.
        result["article"][count] = _rate(_consume(extractor), [article], repeats=1, clock=time.process_time)
        _say(f"pipe, one article of {count:,} words", result["article"][count], "words/CPU s")
    result["ratios"] = {
        **{f"{name} / arabert-1": rates[name] / rates["arabert-1"] for name in close if name != "frames"},
        "pipe / encoder": rates["pipe"] / rates["encoder"],
        "frames / encoder": rates["frames"] / rates["encoder"],
        "whole article / quarter": result["article"][max(result["article"])]
        / result["article"][min(result["article"])],
    }
    for name, ratio in result["ratios"].items():
        print(f"{name:<44}{ratio:>12.2f}")
    result["fresh"] = {"torch": fresh(model, "torch", sentences)}
    if onnx is not None:
        result["fresh"]["onnx"] = fresh(onnx, "onnx", sentences)
    for name, facts in result["fresh"].items():
        print(
            f"{name}: import {facts['import_s']:.3f} s, first document after {facts['first_document_s']:.1f} s,"
            f" peak memory {facts['peak_mb']:.0f} MB"
        )
    return result


def fresh(model: str | Path | None, backend: str, sentences: Sequence[str]) -> dict[str, Any]:
    """Start-up time and peak memory of a new process that reads a hundred sentences."""
    texts = list(islice(cycle(sentences), 100))
    path = None if model is None else str(model)
    code = FRESH.format(model=path, backend=backend, text=texts[0], texts=texts)
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def _exported(folder: str | Path | None) -> dict[str, Callable[[list[str]], None]]:
    """``pipe`` on an export, in each form that it has."""
    from arabic_ie import Extractor
    from arabic_ie.onnx_backend import ENCODE_INT8

    if folder is None:
        return {}
    forms = {"onnx": "float32"} | ({"int8": "int8"} if Path(folder, ENCODE_INT8).is_file() else {})
    return {
        name: _consume(Extractor.from_pretrained(folder, backend="onnx", dtype=kind))
        for name, kind in forms.items()
    }


def _consume(extractor: Extractor) -> Callable[[list[str]], None]:
    def run(texts: list[str]) -> None:
        for _ in extractor.pipe(texts):
            pass

    return run


def _pipelines(extractor: Extractor) -> Iterable[tuple[str, Callable[[list[str]], None]]]:
    """The plain pipeline, as a user of ``transformers`` has it: fp32, padding to the longest."""
    from transformers import AutoConfig, AutoModelForTokenClassification, pipeline

    tokenizer = extractor.tokenizer
    for name, config in (
        ("arabert", AutoConfig.for_model("bert", **ARABERT)),
        ("pipeline", extractor.config.encoder_config()),
    ):
        config.num_labels = 25
        config.pad_token_id = tokenizer.pad_token_id
        model = AutoModelForTokenClassification.from_config(config).eval()
        classify = pipeline("token-classification", model=model, tokenizer=tokenizer, device="cpu")
        for size in (1, 32):

            def run(texts: list[str], size: int = size, classify: Any = classify) -> None:
                for _ in classify(texts, batch_size=size):
                    pass

            yield f"{name}-{size}", run


def _bare(extractor: Extractor) -> Callable[[list[str]], None]:
    """The encoder alone, on batches that are made before the clock starts."""
    import torch

    from arabic_ie import reading
    from arabic_ie.backend import pad
    from arabic_ie.extractor import BATCH_SIZE
    from arabic_ie.torch_backend import TorchBackend
    from arabic_ie.windows import plan_for

    backend: Any = extractor.backend
    assert isinstance(backend, TorchBackend)
    config, prepared = extractor.config, {}

    def prepare(texts: list[str]) -> list[Any]:
        segments = [s for t in texts for s in plan_for(config, t, extractor.tokenizer)[0]]
        batches = []
        for group in reading.batches(segments, BATCH_SIZE):
            windows = [w for k in group for w in segments[k].windows]
            batch = backend.tensors(pad(windows, extractor.tokenizer.pad_token_id or 0, config.max_tokens))
            batches.append({key: batch[key] for key in ("input_ids", "attention_mask")})
        return batches

    @torch.inference_mode()
    def run(texts: list[str]) -> None:
        half = backend.dtype != torch.float32
        if id(texts) not in prepared:
            prepared[id(texts)] = prepare(texts)
        for batch in prepared[id(texts)]:
            with torch.autocast("cpu", backend.dtype, enabled=half):
                backend.runs.encoder(**batch)

    return run


def _rate(
    run: Callable[[list[str]], None],
    texts: list[str],
    repeats: int = 3,
    clock: Callable[[], float] = time.perf_counter,
) -> float:
    """Words a second; small inputs are read several times, and the best time counts."""
    words = sum(len(text.split()) for text in texts)
    best = float("inf")
    for _ in range(1 if words > 20_000 else repeats):
        begin = clock()
        run(texts)
        best = min(best, clock() - begin)
    return words / best


def _article(sentences: Sequence[str], words: int) -> str:
    parts: list[str] = []
    count = 0
    for sentence in cycle(sentences):
        if count >= words:
            return "\n".join(parts)
        parts.append(sentence)
        count += len(sentence.split())
    raise AssertionError


def _say(name: str, rate: float, unit: str = "words/s") -> None:
    print(f"{name:<44}{rate:>12,.0f} {unit}", flush=True)
