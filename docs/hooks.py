"""mkdocs: documents of the repository that are pages of the site too, its notebooks, and the links between them.

Pages are written with links that work where the files lie, so that they can be read in the repository;
here a link to a file that is a page becomes a link to that page.
"""

import posixpath
import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

# Page of the site -> file of the repository.
PAGES = {
    "benchmarks.md": "BENCHMARKS.md",
    "changelog.md": "CHANGELOG.md",
    "contributing.md": "CONTRIBUTING.md",
    "data.md": "seeds/LICENSES.md",
    "model-card.md": "arabic_ie/models/news-small/README.md",
}
_LINK = re.compile(r"(?<=\]\()([^)#:\s]+)(?=[)#])")
_HEAD = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)  # of a model card: for hubs


def on_files(files: Files, config: Any, **_: Any) -> Files:
    """Add the pages."""
    root = Path(config["config_file_path"]).parent
    for page, source in PAGES.items():
        content = _HEAD.sub("", (root / source).read_text(encoding="utf-8"))
        files.append(File.generated(config, page, content=content))
    for path in sorted((root / "notebooks").glob("*.ipynb")):  # to be downloaded
        files.append(File.generated(config, f"notebooks/{path.name}", content=path.read_bytes()))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Turn links to files into links to pages."""
    source = PAGES.get(page.file.src_uri, f"docs/{page.file.src_uri}")
    return _LINK.sub(lambda match: _page(match[1], source), markdown)


def _page(link: str, source: str) -> str:
    """The page of a link in a file of the repository; the link itself where there is none."""
    target = posixpath.normpath(posixpath.join(posixpath.dirname(source), link))
    for page, file in PAGES.items():
        if target == file:
            return page
    if target.startswith("notebooks/"):
        return target
    return target.removeprefix("docs/") if target.startswith("docs/") else link
