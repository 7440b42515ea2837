"""The server on a port of its own, in a thread."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest


@contextmanager
def serving(app: Any) -> Iterator[int]:
    """The port at which an app answers; skips where uvicorn is not installed."""
    uvicorn = pytest.importorskip("uvicorn", reason="needs the extra 'server'")
    with socket.socket() as bound:  # kept, so that no other process takes the port meanwhile
        bound.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True)
        thread.start()
        try:
            deadline = time.monotonic() + 20
            while not server.started and thread.is_alive() and time.monotonic() < deadline:
                time.sleep(0.05)
            assert server.started
            yield bound.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join(10)
