"""Processes that are killed for real (SIGKILL) at a moment of one's choice, and disks that are full."""

from __future__ import annotations

import multiprocessing
import os
import resource
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

# A fork of a process that has the libraries loaded: a run begins in no time, and has no threads yet.
_SERVER = multiprocessing.get_context("forkserver")
_SERVER.set_forkserver_preload(["training.train", "training.pretrain", "arabic_ie.cli"])
FILE_EVENTS = ("open", "os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.truncate")


def die() -> None:
    """What a power cut, an out-of-memory killer or a scheduler does: no handler runs, no file is flushed."""
    os.kill(os.getpid(), signal.SIGKILL)


def die_at_file_event(number: int, folder: Path) -> None:
    """Die before the n-th time that a file under a folder is opened for writing, renamed or removed."""
    seen = 0

    def watch(event: str, args: tuple[Any, ...]) -> None:
        nonlocal seen
        if event not in FILE_EVENTS or not str(args[0]).startswith(str(folder)):
            return
        if event == "open" and not (args[2] or 0) & (os.O_WRONLY | os.O_RDWR):
            return
        seen += 1
        if seen == number:
            die()

    sys.addaudithook(watch)


def in_process(action: Callable[..., None], *args: Any) -> int | None:
    """Run an importable function in a process of its own; its exit code, -9 when it was killed."""
    process = _SERVER.Process(target=action, args=args)
    process.start()
    process.join(300)
    if process.exitcode is None:
        process.kill()
        raise AssertionError("the run hangs")
    return process.exitcode


@contextmanager
def full_disk(most: int) -> Iterator[None]:
    """No file may grow beyond so many bytes: writes fail half way, in C and in Rust as in Python."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # an error, as of a full disk, not a signal
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)


def contents(folder: Path) -> dict[str, bytes]:
    """All files under a folder."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}
