"""Reading and writing documents, one module a format."""

from .jsonl import read, write

__all__ = ["read", "write"]
