"""Writing folders of a model: an error, such as a full disk, leaves the old files whole."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import ArabicIEError, CheckpointError


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn what the libraries raise when they cannot write into a ``CheckpointError`` that names the path."""
    try:
        yield
    except ArabicIEError:
        raise
    except Exception as err:
        if not _of_the_disk(err):
            raise
        raise CheckpointError(f"{path}: cannot be written: {' '.join(str(err).split())[:300]}") from err


def _of_the_disk(err: Exception) -> bool:
    """safetensors has an error of its own, tokenizers a bare ``Exception``, torch a ``RuntimeError``."""
    return (
        isinstance(err, OSError)
        or type(err) is Exception
        or type(err).__name__ == "SafetensorError"
        or (
            isinstance(err, RuntimeError)
            and re.search("PytorchStreamWriter|inline_container|iostream", str(err)) is not None
        )
    )


@contextmanager
def new_folder(path: str | Path) -> Iterator[Path]:
    """A folder beside ``path`` to write into, which takes its place at the end; an old one is removed then.

    Raises:
        CheckpointError: it cannot be written; the old folder stands as it was.
    """
    target = Path(os.path.realpath(path))  # a link is written through
    aside, old = (target.with_name(f".{target.name}.{os.getpid()}.{end}") for end in ("part", "old"))
    try:
        with writing(target):
            _refuse_file(target)
            _make_anew(aside)
            yield aside
            try:
                if target.exists():
                    shutil.rmtree(old, ignore_errors=True)
                    os.rename(target, old)  # no call replaces a folder that holds something
                os.rename(aside, target)
            except BaseException:
                if old.exists() and not target.exists():
                    os.rename(old, target)
                raise
            shutil.rmtree(old, ignore_errors=True)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


@contextmanager
def files_of(path: str | Path) -> Iterator[Path]:
    """A folder to write into, whose files replace those of the same name in ``path``; others stay there.

    All are complete before the first is put in place.

    Raises:
        CheckpointError: they cannot be written; the old files stand as they were.
    """
    target = Path(os.path.realpath(path))
    aside = target / f".{os.getpid()}.part"  # inside: the folder above may be closed to us
    made = not target.exists()
    try:
        with writing(target):
            _refuse_file(target)
            _make_anew(aside)
            yield aside
            for item in sorted(aside.iterdir()):
                if item.is_dir():
                    shutil.rmtree(target / item.name, ignore_errors=True)
                os.replace(item, target / item.name)
            made = False
    finally:
        shutil.rmtree(aside, ignore_errors=True)
        if made and target.is_dir() and not any(target.iterdir()):
            target.rmdir()


def _make_anew(aside: Path) -> None:
    """What stands there is of a run that was killed: in a container process ids come again."""
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)


def _refuse_file(target: Path) -> None:
    if target.exists() and not target.is_dir():
        raise CheckpointError(f"{target}: a file, where a folder is to be written")
