"""The documents are true: examples follow the schema, code and commands are of this library, the site builds."""

from __future__ import annotations

import ast
import importlib.util
import re
import shlex
import subprocess
import sys
import types
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from arabic_ie import Argument, Document, Entity, Event, Schema, Trigger, __version__, formats, read, write
from arabic_ie.cli import app
from arabic_ie.errors import FormatError, MissingExtraError
from arabic_ie.formats import FORMATS, LossyWarning
from arabic_ie.text import words

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [*sorted(DOCS.glob("*.md")), *(ROOT / name for name in ("README.md", "CONTRIBUTING.md"))]
SCHEMA_PAGE = (DOCS / "schema.md").read_text(encoding="utf-8")
MARKED = re.compile(r"<(?:p|span) dir=\"rtl\" lang=\"ar\">(.*?)</(?:p|span)>")
PIECE = re.compile(r"<(b|mark)>(.*?)</\1>|([^<]+)")


def marked(html: str) -> tuple[str, dict[str, list[tuple[int, int]]]]:
    """The sentence of an example, and the spans in ``<b>`` and in ``<mark>``."""
    text, spans = "", {"b": [], "mark": []}
    for tag, inside, outside in PIECE.findall(html):
        if tag:
            spans[tag].append((len(text), len(text) + len(inside)))
        text += inside or outside
    return text, spans


def rows(table: str) -> list[list[str]]:
    """Cells of a Markdown table without its head."""
    lines = [line for line in table.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def section(title: str, level: int = 2) -> str:
    """What stands under a heading of the schema page, up to the next one of its level or above."""
    match = re.search(
        rf"^{'#' * level} {re.escape(title)}\n(.*?)(?=^#{{1,{level}}} |\Z)", SCHEMA_PAGE, re.M | re.S
    )
    assert match, f"docs/schema.md has no heading {title!r}"
    return match[1]


def example(event_type: str) -> list[Document]:
    """The examples of an event type as documents; roles are those that its table gives to the words."""
    part = section(event_type, 3)
    fillers = {}
    for role, _, _, here in rows(part):
        for filler in here.split("; "):
            kind, _, surface = filler.partition(" ")
            fillers[surface] = (kind, role.strip("`"))
    docs = []
    for html in MARKED.findall(part):
        text, spans = marked(html)
        entities, arguments = [], []
        for k, (start, end) in enumerate(spans["b"], 1):
            kind, role = fillers.pop(text[start:end])
            entities.append(Entity(start, end, kind, f"E{k}"))
            arguments.append(Argument(role, f"E{k}"))
        (trigger,) = spans["mark"]
        event = Event(event_type, Trigger(*trigger), "actual", tuple(arguments), "T1")
        docs.append(Document(text, tuple(entities), (event,)))
    assert not fillers, f"{event_type}: in the table but not in the sentence: {', '.join(fillers)}"
    return docs


@pytest.mark.parametrize("event_type", Schema.load().event_types)
def test_every_role_of_an_event_type_has_an_example_that_the_schema_allows(event_type: str) -> None:
    schema, docs = Schema.load(), example(event_type)
    for doc in docs:
        schema.check(doc, strict_fillers=True)
        edges = words(doc.text)
        for span in (*doc.entities, doc.events[0].trigger):
            assert span.start in {a for a, _ in edges} and span.end in {b for _, b in edges}
    used = {a.role for doc in docs for a in doc.events[0].arguments}
    assert used == set(schema.events[event_type])


@pytest.mark.parametrize("event_type", Schema.load().event_types)
def test_the_table_of_an_event_type_says_what_the_schema_says(event_type: str) -> None:
    table = {role.strip("`"): tuple(takes.split(", ")) for role, _, takes, _ in rows(section(event_type, 3))}
    assert table == dict(Schema.load().events[event_type])


def test_every_entity_type_and_realis_has_an_example() -> None:
    schema = Schema.load()
    for title, names, tag in (("Entity types", schema.entities, "b"), ("Realis", schema.realis, "mark")):
        table = rows(section(title))
        assert [row[0].strip("`") for row in table] == list(names)
        for row in table:
            (html,) = MARKED.findall(row[2])
            assert len(marked(html)[1][tag]) == 1, row[0]


def test_the_page_has_no_type_that_the_schema_lacks() -> None:
    assert re.findall(r"^### (.*)$", section("Event types"), re.M) == list(Schema.load().event_types)


def blocks(page: Path, language: str) -> Iterator[str]:
    """The fenced code of a language in a page."""
    text = page.read_text(encoding="utf-8")
    yield from re.findall(rf"^```{language}\b[^\n]*\n(.*?)^```", text, re.M | re.S)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_python_of_a_page_imports_what_there_is(page: Path) -> None:
    for code in blocks(page, "python"):
        for node in ast.walk(ast.parse(code)):
            if (
                isinstance(node, ast.ImportFrom)
                and (node.module or "").startswith("arabic_ie")
                and not node.level
            ):
                try:
                    module = importlib.import_module(node.module or "")
                except MissingExtraError as err:
                    pytest.skip(str(err))
                for alias in node.names:
                    assert hasattr(module, alias.name), f"{node.module} has no {alias.name}"


def commands(page: Path) -> Iterator[list[str]]:
    """The ``arabic-ie`` commands of a page, as words without redirections."""
    for code in blocks(page, "bash"):
        for line in code.replace("\\\n", " ").splitlines():
            for part in re.split(r"&&|\|", line):
                tokens = shlex.split(part, comments=True)
                if tokens and tokens[0].endswith("arabic-ie"):
                    yield tokens[1:]


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_commands_of_a_page_are_of_the_command_line(page: Path) -> None:
    group = typer.main.get_command(app)
    context = group.make_context("arabic-ie", [], resilient_parsing=True)
    for tokens in commands(page):
        verb = group.get_command(context, tokens[0])
        assert verb is not None, tokens
        verb.make_context(tokens[0], tokens[1:], parent=context)  # refuses unknown options, runs nothing


def test_the_format_of_the_guide_reads_what_it_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = next(code for code in blocks(DOCS / "extend.md", "python") if "def dump" in code)
    module = types.ModuleType("arabic_ie.formats.tsv")
    module.__package__ = "arabic_ie.formats"
    monkeypatch.setitem(sys.modules, module.__name__, module)
    exec(compile(code, "extend.md", "exec"), module.__dict__)
    monkeypatch.setitem(FORMATS, "tsv", formats._Format("tsv", (".tsv",)))

    docs = [
        Document("قصف الجيش المطار", (Entity(4, 9, "ORG", "E1"), Entity(10, 16, "FAC", "E2")), id="a"),
        Document("", id="b"),
    ]
    write(docs, tmp_path / "x.tsv")
    assert read(tmp_path / "x.tsv") == docs
    with pytest.warns(LossyWarning, match="events"):
        write(read(ROOT / "seeds" / "seed.jsonl"), tmp_path / "seed.tsv")
    (tmp_path / "bad.tsv").write_text("a\tنص\t0-9-ORG\n", encoding="utf-8")
    with pytest.raises(FormatError, match=r"bad\.tsv:1"):
        read(tmp_path / "bad.tsv")


def test_the_event_type_of_the_guide_is_a_schema(tmp_path: Path) -> None:
    (code,) = blocks(DOCS / "extend.md", "yaml")
    (tmp_path / "own.yaml").write_text(code, encoding="utf-8")
    assert Schema.load(tmp_path / "own.yaml").allows("Business.Merge", "Party", "ORG")


def test_the_version_stands_in_one_place() -> None:
    assert f"\nversion: {__version__}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## [{__version__}]" in changes or f"What will be {__version__}" in changes


OUTSIDE = re.compile(
    r"""<(?:script|img|iframe|source)\b[^>]*\bsrc=["']?(?:https?:)?//|<link\b[^>]*\brel=["']?(?:stylesheet|preconnect|preload|icon)[^>]*href=["']?(?:https?:)?//"""
)


@pytest.mark.skipif(
    importlib.util.find_spec("mkdocstrings") is None, reason="needs the extra 'docs': pip install '.[docs]'"
)
@pytest.mark.skipif(not (ROOT / "arabic_ie").is_dir(), reason="pages of the site lie in the checkout")
def test_the_site_builds_without_a_warning_and_asks_nothing_of_other_hosts(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    pages = list(tmp_path.rglob("*.html"))
    assert len(pages) >= len(list(DOCS.glob("*.md")))
    for page in pages:
        assert not OUTSIDE.search(page.read_text(encoding="utf-8")), page
    assert not (tmp_path / "hooks.py").exists()
