"""Each error is one of ours and also the built-in one a caller would expect."""

from __future__ import annotations

import pytest

from arabic_ie import errors


@pytest.mark.parametrize(
    ("name", "base"),
    [
        ("InputError", ValueError),
        ("SchemaError", ValueError),
        ("AlignmentError", ValueError),
        ("ConfigError", ValueError),
        ("FormatError", ValueError),
        ("CheckpointError", OSError),
        ("MissingExtraError", ImportError),
    ],
)
def test_bases(name: str, base: type) -> None:
    kind = getattr(errors, name)
    assert issubclass(kind, errors.ArabicIEError)
    assert issubclass(kind, base)
    assert kind.__doc__


def test_every_error_is_tested() -> None:
    found = [v for v in vars(errors).values() if isinstance(v, type) and issubclass(v, Exception)]
    assert len(found) == 8  # the root and the seven above
    assert all(issubclass(kind, errors.ArabicIEError) for kind in found)


@pytest.mark.parametrize(
    ("path", "line", "right"),
    [
        (None, None, "bad"),
        ("a.conll", None, "a.conll: bad"),
        ("a.conll", 3, "a.conll:3: bad"),
        (None, 3, "3: bad"),
    ],
)
def test_format_error_says_where(path: str | None, line: int | None, right: str) -> None:
    err = errors.FormatError("bad", path, line)
    assert str(err) == right
    assert (err.path, err.line) == (path, line)


def test_missing_extra_says_what_to_install() -> None:
    assert str(errors.MissingExtraError("pandas", "table")).endswith("pip install 'arabic-ie[table]'")
