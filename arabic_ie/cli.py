"""The command ``arabic-ie``: each verb is a few lines over the public names."""

from __future__ import annotations

import io
import json
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from . import __version__
from .errors import ArabicIEError, FormatError, InputError, MissingExtraError
from .formats.jsonl import iter_objects, read, write_lines

if TYPE_CHECKING:
    from .extractor import Extractor
    from .types import Document

app = typer.Typer(help="Arabic news text to structured events.", no_args_is_help=True, add_completion=False)
Model = Annotated[
    str | None, typer.Option(help="Checkpoint folder or hub name; the shipped model by default.")
]


@app.callback(invoke_without_command=True)
def _root(version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    if version:
        typer.echo(__version__)
        raise typer.Exit()


@app.command()
def extract(
    source: Annotated[str, typer.Argument(help="A .txt or .jsonl file, or - for stdin.")] = "-",
    output: Annotated[Path | None, typer.Option("-o", "--output", help="JSON Lines file.")] = None,
    model: Model = None,
    batch_size: Annotated[int, typer.Option(min=1)] = 32,
    device: str | None = None,
    lines: Annotated[bool, typer.Option(help="Each line of plain text is a document.")] = False,
) -> None:
    """Extract entities and events: one JSON document a line."""
    extractor = _load(model, device)
    documents = _pipe(extractor, _inputs(source, lines), batch_size)
    results = (doc.to_json() for doc in documents)
    if output:
        write_lines(results, output)
    else:
        for line in results:
            sys.stdout.buffer.write(line.encode("utf-8") + b"\n")
        sys.stdout.buffer.flush()


@app.command()
def train(
    config: str,
    resume: Annotated[bool, typer.Option(help="Go on from the last checkpoint.")] = False,
    overrides: Annotated[list[str] | None, typer.Option("--set", help="KEY=VALUE, as a.b=1.")] = None,
) -> None:
    """Train a model as a YAML configuration says."""
    try:
        from training.train import train as run
    except ImportError as err:
        raise MissingExtraError(str(err.name), "train") from err
    run(config, resume, overrides or [])


@app.command()
def evaluate(
    gold: Path,
    pred: Annotated[Path | None, typer.Option(help="Predicted documents; else the model is run.")] = None,
    model: Model = None,
    bootstrap: Annotated[int, typer.Option(help="Resamples for 95% intervals.")] = 0,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Score predictions, or a model, against gold documents."""
    from .metrics import evaluate as score

    wanted = read(gold)
    found = read(pred) if pred else _load(model, None)([d.text for d in wanted])
    scores = score(wanted, found, bootstrap=bootstrap)
    typer.echo(json.dumps(scores.to_dict(), ensure_ascii=False) if as_json else str(scores))


@app.command()
def info(model: Model = None) -> None:
    """What a model is: types, size, dev figures."""
    extractor = _load(model, "cpu")
    folder, schema = Path(extractor.path), extractor.schema
    facts = {
        "arabic-ie": __version__,
        "model": extractor.path,
        "encoder": extractor.config.encoder["model_type"],
        "parameters": f"{extractor.model.num_parameters():,}",
        "schema": f"{schema.name}: {len(schema.entities)} entity types, {len(schema.events)} event types",
    }
    if folder.is_dir():
        facts["size"] = f"{sum(f.stat().st_size for f in folder.iterdir() if f.is_file()) / 1e6:.1f} MB"
    for key, value in facts.items():
        typer.echo(f"{key}: {value}")


@app.command("check-data")
def check_data(
    files: list[Path],
    schema: Annotated[str, typer.Option(help="Name or YAML file.")] = "news-events",
) -> None:
    """Count labels and report what is wrong or suspicious in annotated files."""
    from .checks import check_data as check
    from .schema import Schema

    rules, usable = Schema.load(schema), True
    seen: dict[str, Path] = {}
    for file in files:
        docs = read(file)
        report = check(docs, rules)
        usable = usable and report.usable
        typer.echo(f"{file}\n{report}")
        for doc in docs:
            other = seen.setdefault(doc.text, file)
            if other != file:
                typer.echo(f"duplicate across files: {doc.id} of {file} is also in {other}")
    if not usable:
        raise typer.Exit(1)


def _load(model: str | None, device: str | None) -> Extractor:
    from transformers.utils import logging

    from .extractor import Extractor

    logging.disable_progress_bar()  # a bar for loading weights is noise in a pipe
    return Extractor.from_pretrained(model, device=device)


def _pipe(extractor: Extractor, inputs: Iterable[tuple[str, str]], batch_size: int) -> Iterator[Document]:
    """Documents with the ids of their inputs, lazily."""
    ids: deque[str] = deque()

    def texts() -> Iterator[str]:
        for id, text in inputs:
            ids.append(id)
            yield text

    for doc in extractor.pipe(texts(), batch_size, progress=sys.stderr.isatty()):
        yield replace(doc, id=ids.popleft())


def _inputs(source: str, lines: bool) -> Iterator[tuple[str, str]]:
    """(id, text) of each input; JSON Lines are known by their suffix or, on stdin, by ``{``."""
    if source == "-":
        stream: Any = io.BufferedReader(sys.stdin.buffer)  # type: ignore[arg-type]
        is_json = stream.peek(4).removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{")
        name, stem = "stdin", "stdin"
    else:
        path = Path(source)
        if not path.is_file():
            raise InputError(f"{source}: no such file")
        stream, name, stem = path.open("rb"), source, path.stem
        is_json = path.suffix.lower() in (".jsonl", ".json")
    with stream:
        if is_json:
            for number, value in iter_objects(stream, name):
                if not isinstance(value, dict) or not isinstance(value.get("text"), str):
                    raise FormatError("needs an object with a string 'text'", name, number)
                id = value.get("id")
                yield f"{stem}-{number}" if id is None else str(id), value["text"]
            return
        parts = enumerate(stream, 1) if lines else [(0, stream.read())]
        for number, part in parts:
            try:
                text = part.decode("utf-8-sig" if number < 2 else "utf-8")
            except UnicodeDecodeError as err:
                raise FormatError(f"not UTF-8 at byte {err.start}", name, number or None) from err
            if not lines or text.strip():
                yield (f"{stem}-{number}" if lines else stem), text.rstrip("\r\n") if lines else text


def main() -> None:
    """Entry point: a known error is one line on stderr and exit code 2."""
    try:
        app()
    except (ArabicIEError, OSError) as err:
        message = " ".join(str(err).split())
        print(f"error: {message}", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
