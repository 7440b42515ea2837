"""Third-party corpora as documents. See ``load``, and ``python -m training.corpora --help``."""

from .columns import columns, join_clitics, outermost
from .export import export, held_out_texts, load
from .overlap import Overlap, letters, near_duplicates
from .sources import CORPORA, DATA

__all__ = [
    "CORPORA",
    "DATA",
    "Overlap",
    "columns",
    "export",
    "held_out_texts",
    "join_clitics",
    "letters",
    "load",
    "near_duplicates",
    "outermost",
]
