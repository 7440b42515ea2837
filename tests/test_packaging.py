"""What is installed is what lies here: every file, the version, the versions of Python."""

from __future__ import annotations

import json
import re
from importlib.metadata import Distribution, distributions
from pathlib import Path

import pytest

import arabic_ie

ROOT = Path(__file__).parents[1]
PYPROJECT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")  # tomllib came with 3.11
PYTHONS = re.findall(r'"Programming Language :: Python :: (3\.\d+)"', PYPROJECT)


@pytest.fixture(scope="module")
def wheel() -> Distribution:
    """The wheel that is installed; in a checkout its egg-info may stand before it."""
    for found in distributions(name="arabic-ie"):
        url = json.loads(found.read_text("direct_url.json") or "{}")
        if found.read_text("WHEEL") and not url.get("dir_info", {}).get("editable"):
            return found
    pytest.skip("no wheel is installed: pip install .")


def test_the_version_of_the_wheel_is_that_of_the_package(wheel: Distribution) -> None:
    assert wheel.version == arabic_ie.__version__


def test_the_wheel_holds_what_is_needed_and_no_litter(wheel: Distribution) -> None:
    held = {path.as_posix() for path in wheel.files or () if path.suffix != ".pyc"}
    for name in ("py.typed", "render.css", "integrations/page.html", "integrations/page.css", "integrations/page.js",
                 "integrations/charts.js", "schemas/news-events.yaml", "resolve/data/geonames.csv.gz",
                 "models/news-small/model.safetensors", "models/news-small/tokenizer.json",
                 "models/news-small/README.md"):  # fmt: skip
        assert f"arabic_ie/{name}" in held
    tops = {path.split("/")[0] for path in held if not path.startswith("..")}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"arabic_ie", "training"}
    licences = {path.split("/licenses/")[1] for path in held if ".dist-info/licenses/" in path}
    assert licences == {"LICENSE", "arabic_ie/resolve/data/LICENSE.md", "seeds/LICENSES.md"}


@pytest.mark.skipif(not (ROOT / "arabic_ie").is_dir(), reason="compares with the checkout, which is not here")
@pytest.mark.parametrize("package", ["arabic_ie", "training"])
def test_the_wheel_holds_every_file_of_the_checkout(wheel: Distribution, package: str) -> None:
    here = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    held = {p.as_posix() for p in wheel.files or () if p.parts[0] == package and p.suffix != ".pyc"}
    assert held == here, "pip install . again, or name the file in pyproject.toml"


def test_the_versions_of_python_agree() -> None:
    minors = [int(version.split(".")[1]) for version in PYTHONS]
    assert minors == list(range(minors[0], minors[-1] + 1))
    assert f'requires-python = ">={PYTHONS[0]}"' in PYPROJECT
    assert f'target-version = "py3{minors[0]}"' in PYPROJECT
    assert f"Python {PYTHONS[0]} or newer" in (ROOT / "README.md").read_text(encoding="utf-8")
    contributing = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert f"Python {PYTHONS[0]} to {PYTHONS[-1]}" in contributing


def test_ci_tries_every_version_of_python() -> None:
    workflow = ROOT / ".github" / "workflows" / "ci.yml"
    if not workflow.is_file():
        pytest.skip("the workflow lies in the checkout")
    (matrix,) = re.findall(r"python-version: \[(.*)\]", workflow.read_text(encoding="utf-8"))
    assert re.findall(r"[\d.]+", matrix) == PYTHONS
