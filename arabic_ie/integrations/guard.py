"""What stands before the application: a limit on bodies, and headers that keep the page to itself."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self';"
        " img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def problem(code: int, detail: Any, headers: dict[str, str] | None = None) -> Response:
    """An error as JSON."""
    content = json.dumps({"detail": detail})  # ASCII: a message may quote a lone surrogate
    return Response(content, code, headers, "application/json")


class _Gone(Exception):
    """The client closed the connection."""


class Guard:
    """Reads the body whole before the application sees the request, and adds the safety headers.

    A body of unknown length is refused as soon as it passes the limit, and one that does not come in
    time, so that slow clients cannot hold all connections.

    Args:
        app: what stands behind.
        most: bytes of a body.
        seconds: time in which it must have come.
    """

    def __init__(self, app: ASGIApp, most: int, seconds: float) -> None:
        self.app, self.most, self.seconds = app, most, seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                extra = [(k.lower().encode(), v.encode()) for k, v in HEADERS.items()]
                message = {**message, "headers": [*message.get("headers", ()), *extra]}
            await send(message)

        try:
            body = await asyncio.wait_for(self._read(scope, receive), self.seconds)
        except asyncio.TimeoutError:
            detail = f"the body did not come in {self.seconds:g} s"
            await problem(408, detail, {"Connection": "close"})(scope, receive, send_guarded)
            return
        except _Gone:  # nobody to answer, and half a body is no request
            return
        if body is None:
            detail = f"the body has more than {self.most} bytes; send less in one request"
            await problem(413, detail)(scope, receive, send_guarded)
            return
        parts: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def replay() -> Message:
            return parts.pop() if parts else await receive()

        await self.app(scope, replay, send_guarded)

    async def _read(self, scope: Scope, receive: Receive) -> bytes | None:
        told = dict(scope["headers"]).get(b"content-length", b"0")
        if not told.isdigit() or len(told) > 18 or int(told) > self.most:
            return None
        body = bytearray()
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise _Gone
            body += message.get("body", b"")
            if len(body) > self.most:
                return None
            if not message.get("more_body"):
                return bytes(body)
