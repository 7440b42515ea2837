"""Imports go one way, and importing the package is light."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import arabic_ie

PACKAGE = Path(arabic_ie.__file__).parent
HEAVY = {"torch", "transformers", "datasets", "pandas", "seqeval"}
ALLOWED = {
    "errors": set(),
    "types": {"errors", "render", "tables"},  # inside to_html and to_dataframe only
    "schema": {"errors", "types"},
    "text": {"errors", "types"},
    "tags": {"errors", "types"},
    "windows": {"errors", "types", "text"},
    "calibration": {"errors", "types"},
    "frames": {"tags", "calibration", "errors", "types", "schema"},
    "metrics": {"errors", "types", "text", "tags"},
    "checkpoint": {"errors"},
    "config": {"checkpoint", "schema"},
    "backend": {"windows"},
    "reading": {"backend", "frames", "tags", "windows"},
    "render": {"types", "formats.files"},
    "model": {"config", "frames", "tags"},
}


def imports(path, top_level_only=False):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = tree.body if top_level_only else list(ast.walk(tree))
    inside, outside = set(), set()
    for node in nodes:
        if isinstance(node, ast.ImportFrom):
            if node.level:
                inside |= {node.module} if node.module else {a.name for a in node.names}
            else:
                outside.add((node.module or "").split(".")[0])
        elif isinstance(node, ast.Import):
            outside |= {a.name.split(".")[0] for a in node.names}
    return inside, outside


@pytest.mark.parametrize("name", ALLOWED)
def test_one_way(name):
    assert imports(PACKAGE / f"{name}.py")[0] <= ALLOWED[name]


@pytest.mark.parametrize(
    "name",
    [
        "schema",
        "text",
        "tags",
        "windows",
        "frames",
        "metrics",
        "types",
        "errors",
        "cli",
        "checks",
        "tables",
        "streams",
        *(f"formats/{p.stem}" for p in (PACKAGE / "formats").glob("*.py")),
    ],
)
def test_light_modules(name):
    assert not imports(PACKAGE / f"{name}.py", top_level_only=True)[1] & HEAVY


def test_importing_the_package_loads_no_torch():
    code = (
        "import sys, arabic_ie; assert not {'torch', 'transformers'} & set(sys.modules); arabic_ie.Document"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=PACKAGE.parent)
