"""The command ``arabic-ie``: each verb is a few lines over the public names."""

from __future__ import annotations

import io
import json
import sys
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from . import __version__
from .checkpoint import WEIGHTS
from .errors import ArabicIEError, InputError, MissingExtraError
from .formats import FORMATS, LossyWarning, dump, read, told_by_suffix, write

if TYPE_CHECKING:
    from .extractor import Extractor
    from .schema import Schema
    from .types import Document

app = typer.Typer(help="Arabic news text to structured events.", no_args_is_help=True, add_completion=False)
Model = Annotated[
    str | None, typer.Option(help="Checkpoint folder or hub name; the shipped model by default.")
]

Interface = Annotated[
    Path | None, typer.Option(help="Also write the labelling interface of the schema for Label Studio.")
]


@app.callback(invoke_without_command=True)
def _root(version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    if version:
        typer.echo(__version__)
        raise typer.Exit()


@app.command()
def extract(
    source: Annotated[
        str, typer.Argument(help="A .txt, .jsonl, .csv or .parquet file, or - for stdin.")
    ] = "-",
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="File, folder for brat, or -.")
    ] = None,
    model: Model = None,
    batch_size: Annotated[int, typer.Option(min=1)] = 32,
    device: str | None = None,
    lines: Annotated[bool, typer.Option(help="Each line of plain text is a document.")] = False,
    format: Annotated[
        str | None, typer.Option(help=f"One of {', '.join(FORMATS)}; if the suffix does not tell, jsonl.")
    ] = None,
    encoding: Annotated[str, typer.Option(help="Of plain text and CSV, such as windows-1256.")] = "auto",
    resume: Annotated[bool, typer.Option(help="Go on after the documents of a stopped run.")] = False,
    least_sure: Annotated[
        int | None, typer.Option(min=1, help="Only the N sentences most worth annotating.")
    ] = None,
    interface: Interface = None,
    date: Annotated[str | None, typer.Option(help="Day of publication, such as 2020-01-07.")] = None,
    resolve: Annotated[bool, typer.Option(help="Add values, places, actors, sources, incidents.")] = True,
    gazetteer: Annotated[Path | None, typer.Option(help="CSV of further places: name, lat, lon ...")] = None,
    table: Annotated[
        Path | None, typer.Option(help="CSV or Parquet, one incident a row; JSON only with -o.")
    ] = None,
) -> None:
    """Extract entities and events: one JSON document a line, or another format."""
    from . import streams
    from .formats import read_located

    output = _target(output)
    format = format or _told_format(output)
    if table and (not resolve or least_sure or table.suffix.lower() not in (".csv", ".parquet")):
        raise InputError("--table needs a .csv or .parquet file, incidents (--resolve) and all documents")
    regular = output is not None and (output.is_file() or not output.exists())
    if table and output and not (regular and format == "jsonl"):
        raise InputError("--table with -o needs a file of the format jsonl")
    if resume and (not regular or format != "jsonl" or least_sure):
        raise InputError("--resume needs -o with a file, the format jsonl, and all documents")
    incidents = {"layer": "incidents"}
    inputs = streams.read_inputs(source, lines, encoding)
    extractor = _load(model, device, resolve, gazetteer)
    total = streams.count_lines(source, lines) if sys.stderr.isatty() else None
    if interface:
        _write_interface(extractor.schema, interface)
    if output and regular and format == "jsonl" and not least_sure:
        done = streams.write_resumable(extractor, inputs, output, batch_size, resume, total, date)
        if done:
            typer.echo("complete already" if done < 0 else f"went on after {done} documents", err=True)
        if table:
            _write((doc for _, doc in read_located(output)), table, None, incidents)
        return
    if least_sure:
        chosen = streams.least_sure(extractor, inputs, least_sure, batch_size)
        found = streams.run(extractor, (item for _, item in chosen), batch_size, date=date)
        documents: Iterator[Document] = (
            replace(doc, meta={**doc.meta, "sureness": round(score, 4)})
            for doc, (score, _) in zip(found, chosen, strict=True)
        )
    else:
        documents = streams.run(extractor, inputs, batch_size, total, date=date)
    if table:
        _write(documents, table, None, incidents)
        return
    # What a model found is for Label Studio a prediction, which a person corrects.
    _write(documents, output, format, {"as_predictions": True} if format == "labelstudio" else {})


@app.command()
def convert(
    source: Annotated[Path, typer.Argument(help="A file, or a folder of brat files.")],
    target: Annotated[str, typer.Argument(help="A file, a folder for brat, or - for stdout.")],
    source_format: Annotated[str | None, typer.Option("--from", help="If the suffix does not tell.")] = None,
    target_format: Annotated[str | None, typer.Option("--to", help="If the suffix does not tell.")] = None,
    encoding: Annotated[str, typer.Option(help="Such as windows-1256.")] = "auto",
    offsets: Annotated[str, typer.Option(help="codepoint, utf16, grapheme, ...")] = "auto",
    schema: Annotated[
        str | None, typer.Option(help="Name or YAML file: tells doccano's triggers from entities.")
    ] = None,
    labels: Annotated[str, typer.Option(help="Of Label Studio: annotations, predictions or auto.")] = "auto",
    strict: Annotated[bool, typer.Option(help="Refuse what is otherwise mended.")] = False,
    predictions: Annotated[bool, typer.Option(help="Write Label Studio predictions.")] = False,
    layer: Annotated[
        str | None, typer.Option(help="CSV or Parquet of entities, events, arguments or incidents.")
    ] = None,
    interface: Interface = None,
) -> None:
    """Turn annotated files of one format into another; what is lost on the way is said on stderr."""
    from .formats import read_located
    from .schema import Schema

    rules = Schema.load(schema) if schema else None
    documents = read_located(
        source, source_format, encoding=encoding, offsets=offsets, schema=rules, source=labels, strict=strict
    )
    options: dict[str, Any] = {"as_predictions": True} if predictions else {}
    options |= {"layer": layer} if layer else {}
    _write((doc for _, doc in documents), _target(Path(target)), target_format, options)
    if interface:
        _write_interface(rules or Schema.load(), interface)


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
    report: Annotated[
        Path | None, typer.Option(help="HTML page: charts, confusion, worst documents.")
    ] = None,
    schema: Annotated[
        str | None, typer.Option(help="Name or YAML file, to read doccano files by; else that of the model.")
    ] = None,
) -> None:
    """Score predictions, or a model, against gold documents."""
    from .metrics import evaluate as score
    from .schema import Schema

    rules = Schema.load(schema) if schema else None
    if pred:
        wanted, found = read(gold, schema=rules), read(pred, schema=rules)
    else:
        extractor = _load(model, None)
        wanted = read(gold, schema=rules or extractor.schema)
        found = extractor([d.text for d in wanted])
    scores = score(wanted, found, bootstrap=bootstrap)
    if report:
        from .report import write_report

        write_report(wanted, found, report, scores)
    typer.echo(json.dumps(scores.to_dict(), ensure_ascii=False) if as_json else str(scores))


@app.command()
def render(
    source: Annotated[Path, typer.Argument(help="Documents in any format.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="HTML file, or -.")],
    format: Annotated[str | None, typer.Option(help="If the suffix does not tell.")] = None,
    schema: Annotated[
        str | None, typer.Option(help="Name or YAML file: tells doccano's triggers from entities.")
    ] = None,
) -> None:
    """Show documents as a right-to-left HTML page."""
    from .render import iter_html, write_html
    from .schema import Schema

    rules = Schema.load(schema) if schema else None
    documents = read(source, format, schema=rules)
    if _target(output):
        write_html(documents, output, source.stem)
    else:
        _print(iter_html(documents, source.stem))


@app.command()
def export(
    output: Annotated[Path, typer.Option("-o", "--output", help="New folder.")],
    model: Model = None,
    int8: Annotated[
        Path | None, typer.Option(help="Add int8 weights, if they score like fp32 on these gold documents.")
    ] = None,
) -> None:
    """Write ONNX graphs, which run without torch: from_pretrained(folder, backend="onnx")."""
    from .export import export_onnx, quantise

    gold = read(int8) if int8 else []
    export_onnx(_load(model, "cpu"), output)
    typer.echo(f"{output}: float32")
    if int8:
        form, loss = quantise(output, gold)
        lost = ", ".join(f"{layer} {points:+.2f}" for layer, points in loss.items())
        typer.echo(f"{output}: int8 ({form}), F1 lost: {lost}")


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="0.0.0.0 to be reached from other machines.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8000,
    model: Model = None,
    device: str | None = None,
) -> None:
    """Extract over HTTP, with a page to paste an article into."""
    from .integrations.server import serve as run

    extractor = _load(model, device)
    typer.echo(f"listening on http://{host}:{port}", err=True)
    run(extractor, host, port)


@app.command()
def info(model: Model = None) -> None:
    """What a model is: types, size, dev figures."""
    from .onnx_backend import OnnxBackend

    extractor = _load(model, "cpu")
    folder, schema = Path(extractor.path), extractor.schema
    facts = {
        "arabic-ie": __version__,
        "model": extractor.path,
        "encoder": extractor.config.encoder["model_type"],
        "schema": f"{schema.name}: {len(schema.entities)} entity types, {len(schema.events)} event types",
    }
    if not isinstance(extractor.backend, OnnxBackend):
        facts["parameters"] = f"{extractor.model.num_parameters():,}"
    if folder.is_dir():
        facts["size"] = f"{sum(f.stat().st_size for f in folder.rglob('*') if f.is_file()) / 1e6:.1f} MB"
    metrics = folder / "metrics.json"
    if metrics.is_file():
        try:
            layers = json.loads(metrics.read_text(encoding="utf-8"))["dev"]["layers"]
            told = ", ".join(f"{layer} {figures['f1']:.1f}" for layer, figures in layers.items())
        except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
            told = "not readable in metrics.json"
        facts["F1 on dev"] = told
    for key, value in facts.items():
        typer.echo(f"{key}: {value}")


@app.command("check-data")
def check_data(
    files: Annotated[list[Path], typer.Argument(help="The splits of a data set, in any format.")],
    schema: Annotated[str, typer.Option(help="Name or YAML file.")] = "news-events",
    format: Annotated[str | None, typer.Option(help="If the suffix does not tell.")] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Count labels and report what is wrong or suspicious in annotated files; code 1 if wrong."""
    from .checks import check_files
    from .schema import Schema

    report = check_files(files, Schema.load(schema), format)
    typer.echo(json.dumps(report.to_dict(), ensure_ascii=False) if as_json else str(report))
    if not report.usable:
        raise typer.Exit(1)


def _write_interface(schema: Schema, path: Path) -> None:
    from .formats.files import write_chunks
    from .formats.labelstudio import labelling_config

    write_chunks([labelling_config(schema)], path)


def _told_format(output: Path | None) -> str:
    """What the name of an output tells; JSON Lines where it tells nothing."""
    kind = (told_by_suffix(output) if output else None) or "jsonl"
    if kind == "text":  # it would hold what was read, and nothing that was found
        raise InputError(f"{output}: plain text holds no entities; write .jsonl, or name the --format")
    return kind


def _target(output: Path | None) -> Path | None:
    """A file to write; None for standard output."""
    return None if output == Path("-") else output


def _print(chunks: Iterable[str]) -> None:
    for chunk in chunks:
        sys.stdout.buffer.write(chunk.encode("utf-8"))
    sys.stdout.buffer.flush()


def _write(
    docs: Iterable[Document], output: Path | None, format: str | None, options: dict[str, Any]
) -> None:
    if output:
        write(docs, output, format, **options)
        return
    if format is None:
        raise InputError("name the format with --to, or an output file")
    _print(dump(docs, format, **options))


def _load(
    model: str | None, device: str | None, resolve: bool = True, gazetteer: Path | None = None
) -> Extractor:
    from .extractor import Extractor
    from .resolve import Gazetteer

    folder = Path(model or "")
    exported = model is not None and (folder / "onnx").is_dir() and not (folder / WEIGHTS).exists()
    backend = "onnx" if exported else "torch"
    if backend == "torch":
        from transformers.utils import logging

        logging.disable_progress_bar()  # a bar for loading weights is noise in a pipe
    places = Gazetteer.load(gazetteer) if gazetteer else None
    return Extractor.from_pretrained(model, device=device, resolve=resolve, gazetteer=places, backend=backend)


def _show(message: Any, category: type[Warning], *rest: Any, **options: Any) -> None:
    """What a format cannot hold is a note to the user, not to the programmer."""
    if issubclass(category, LossyWarning):
        print(f"note: {message}", file=sys.stderr)
    else:
        print(warnings.formatwarning(message, category, *rest[:2]), end="", file=sys.stderr)


def main() -> None:
    """Entry point: a known error is one line on stderr and exit code 2."""
    warnings.simplefilter("always", LossyWarning)
    warnings.showwarning = _show
    if isinstance(sys.stdout, io.TextIOWrapper):  # an id may hold a lone surrogate, which is shown escaped
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        app()
    except (ArabicIEError, OSError) as err:
        message = " ".join(str(err).split())
        print(f"error: {message}", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
