"""Arabic news text to structured events, with exact source offsets.

    from arabic_ie import Extractor
    extract = Extractor.from_pretrained()
    document = extract("قُتل ثلاثة جنود في غارة جوية على بغداد أمس.")

The public names are loaded on first use: importing the package loads neither torch nor transformers.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ._version import __version__

if TYPE_CHECKING:
    from .config import IEConfig
    from .extractor import Extractor
    from .formats import read, write
    from .metrics import evaluate
    from .model import IEModel
    from .schema import Schema
    from .types import Argument, Cluster, Document, Entity, Event, Incident, Trigger

_HOME = {
    "Argument": "types",
    "Cluster": "types",
    "Document": "types",
    "Entity": "types",
    "Event": "types",
    "Extractor": "extractor",
    "IEConfig": "config",
    "IEModel": "model",
    "Incident": "types",
    "Schema": "schema",
    "Trigger": "types",
    "evaluate": "metrics",
    "read": "formats",
    "write": "formats",
}
__all__ = [
    "Argument",
    "Cluster",
    "Document",
    "Entity",
    "Event",
    "Extractor",
    "IEConfig",
    "IEModel",
    "Incident",
    "Schema",
    "Trigger",
    "__version__",
    "evaluate",
    "read",
    "write",
]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(f".{_HOME[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
