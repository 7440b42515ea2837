"""Time expressions of Arabic news (TIMEX3 mark-up) as documents of DATE entities."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

from arabic_ie import Document, Entity
from arabic_ie.errors import FormatError


def read_documents(root: Path) -> list[Document]:
    """The documents, with entities ``timex:DATE``, ``timex:TIME``, ``timex:DURATION``, ``timex:SET``.

    Raises:
        FormatError: a file is not well formed.
    """
    docs = []
    for path in sorted((root / "timex_ar_news").glob("*.tml")):
        try:
            tree = ElementTree.fromstring(path.read_text(encoding="utf-8-sig"))
        except (ElementTree.ParseError, UnicodeDecodeError) as err:
            raise FormatError(f"not a TimeML file: {err}", str(path)) from err
        docs.append(_document(tree, f"timex-{path.stem}"))
    return docs


def _document(tree: ElementTree.Element, name: str) -> Document:
    text = ""
    found: list[tuple[int, int, str, str | None]] = []

    def walk(node: ElementTree.Element) -> None:
        nonlocal text
        start = len(text)
        text += (node.text or "").replace("\ufeff", "")
        for child in node:
            walk(child)
        if node.tag == "TIMEX3" and text[start:].strip():
            a = start + len(text[start:]) - len(text[start:].lstrip())
            b = start + len(text[start:].rstrip())
            found.append((a, b, f"timex:{node.get('type', 'DATE')}", node.get("value")))
        text += (node.tail or "").replace("\ufeff", "") if node is not tree else ""

    walk(tree)
    found.sort(key=lambda mention: (mention[0], -mention[1]))
    entities = (Entity(a, b, kind, f"E{i}", value=value) for i, (a, b, kind, value) in enumerate(found, 1))
    return Document(text, tuple(entities), id=name)
