"""Every error the library raises on purpose: what is wrong, where, and how to mend it.

Each class also derives from the built-in error that a caller would expect, so that old
``except ValueError`` code keeps working.
"""

from __future__ import annotations


class ArabicIEError(Exception):
    """Root of all errors of this library."""


class InputError(ArabicIEError, ValueError):
    """What was passed in cannot be read as text or as a document."""


class SchemaError(ArabicIEError, ValueError):
    """A schema is not well formed, or a document does not follow its schema."""


class AlignmentError(ArabicIEError, ValueError):
    """A span does not fit the text it points into."""


class ConfigError(ArabicIEError, ValueError):
    """A training or model configuration has an unknown key or an impossible value."""


class FormatError(ArabicIEError, ValueError):
    """A file is not what its format says.

    Args:
        message: what is wrong and how to mend it.
        path: the file.
        line: line number, from 1.
    """

    def __init__(self, message: str, path: str | None = None, line: int | None = None) -> None:
        self.path, self.line = path, line
        where = ":".join(str(part) for part in (path, line) if part is not None)
        super().__init__(f"{where}: {message}" if where else message)


class CheckpointError(ArabicIEError, OSError):
    """A model folder is missing, incomplete, damaged or of a newer format."""


class MissingExtraError(ArabicIEError, ImportError):
    """An optional part is not installed.

    Args:
        package: the module that could not be imported.
        extra: the extra of ``arabic-ie`` that brings it.
    """

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(f"{package} is not installed: pip install 'arabic-ie[{extra}]'")
