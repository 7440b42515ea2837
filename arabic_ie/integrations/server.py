"""``arabic-ie serve``: extraction over HTTP, and a page for people.

The server keeps nothing: no text is stored or logged, and a response holds what its request asked
for. The page is three files of ours; no byte comes from another host.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from importlib.resources import files
from typing import TYPE_CHECKING, Annotated, Any, Literal

from .. import __version__
from ..errors import ArabicIEError, InputError, MissingExtraError
from ..render import fragment, style, to_html
from ..resolve.foreign import iso_day
from ..types import Document
from .batching import Batcher, Overloaded

try:
    from fastapi import Body, FastAPI, HTTPException, Request, Response
    from fastapi.exceptions import RequestValidationError
    from pydantic import BaseModel, ConfigDict, Field
    from starlette.exceptions import HTTPException as StarletteHTTPException
    from starlette.middleware.trustedhost import TrustedHostMiddleware

    from .guard import Guard, problem
except ImportError as err:
    raise MissingExtraError(str(err.name), "server") from err

if TYPE_CHECKING:
    from ..extractor import Extractor

LOOPBACK = ("127.0.0.1", "localhost")
ASSETS = {
    "/": ("page.html", "text/html"),
    "/page.js": ("page.js", "text/javascript"),
    "/charts.js": ("charts.js", "text/javascript"),
    "/page.css": ("page.css", "text/css"),
}
MEDIA = {
    "jsonl": "application/jsonl",
    "csv": "text/csv",
    "labelstudio": "application/json",
    "html": "text/html",
}
SUFFIX = {"labelstudio": "labelstudio.json"}


@dataclass(frozen=True)
class Limits:
    """What a request, and all requests together, may ask for.

    Attributes:
        texts: texts in one request.
        characters: characters in one request.
        body: bytes of one request; JSON may spell a character in twelve.
        waiting: characters that may wait before the server answers 503.
        spans: characters that all spans of the documents to convert have together: each is printed,
            so that a small request could have an answer of any size.
        seconds: time in which the body of a request must have come.
    """

    texts: int = 256
    characters: int = 200_000
    body: int = 4_000_000
    waiting: int = 1_000_000
    spans: int = 1_000_000
    seconds: float = 60.0


class Text(BaseModel):
    """A text to extract from."""

    model_config = ConfigDict(extra="forbid")
    text: str = Field(description="The text; offsets in the answer are its code points.")
    date: Annotated[str | None, Field(description="Day of publication, YYYY-MM-DD.")] = None
    id: str | None = None

    def to_document(self) -> Document:
        """A document to extract from. Raises InputError when the date is none."""
        meta = {}
        if self.date is not None:
            try:
                meta["date"] = iso_day(self.date).isoformat()
            except ValueError as err:
                raise InputError(f"date must be a day, as 2020-01-07, not {self.date[:40]!r}") from err
        return Document(self.text, id=self.id or "", meta=meta)


def create_app(extractor: Extractor, limits: Limits = Limits(), hosts: Sequence[str] = LOOPBACK) -> FastAPI:
    """The server as an ASGI application.

    Args:
        extractor: the model; one thread runs it, for all requests.
        limits: sizes above which requests are refused.
        hosts: names under which it may be called; ``["*"]`` for any. A page of another site that
            points its own name at this machine is refused by it.

    Raises:
        MissingExtraError: FastAPI is not installed (on import of this module).
    """

    def run(items: Sequence[Document]) -> list[Document]:
        return extract_documents(extractor, items)

    batcher: Batcher[Document, Document] = Batcher(run, lambda doc: len(doc.text), limits.waiting)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        batcher.start()
        yield
        await asyncio.to_thread(batcher.stop)

    app = FastAPI(
        title="arabic_ie", version=__version__, docs_url=None, redoc_url=None, lifespan=lifespan,
        description="Arabic news text to entities and event frames.",
    )  # fmt: skip
    app.add_middleware(Guard, most=limits.body, seconds=limits.seconds)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(hosts), www_redirect=False)
    _add_errors(app)
    _add_assets(app)

    @app.get("/health")
    async def health() -> dict[str, Any]:
        """Whether the server is up, its model, and how much waits."""
        return {"status": "ok", "version": __version__, "model": extractor.path, "waiting": batcher.waiting}

    @app.post("/extract", responses=_refusals(408, 413, 422, 503))
    async def extract(request: Text | list[Text | str]) -> Response:
        """Entities and events of one text or of several: a document, or a list of documents."""
        many = request if isinstance(request, list) else [request]
        _check_size([t if isinstance(t, str) else t.text for t in many], limits)
        items = [(Text(text=t) if isinstance(t, str) else t).to_document() for t in many]
        docs = await asyncio.wrap_future(batcher.submit(items)) if items else []
        parts = [doc.to_json() for doc in docs]
        content = f"[{','.join(parts)}]" if isinstance(request, list) else parts[0]
        return Response(content.encode("utf-8"), media_type="application/json")

    @app.post("/convert", responses=_refusals(408, 413, 422))
    async def convert(
        documents: Annotated[Any, Body(description="A document as /extract gives it, or a list.")],
        format: Literal["jsonl", "csv", "labelstudio", "html", "fragment"] = "jsonl",
        layer: Literal["entities", "events", "arguments", "incidents"] = "events",
    ) -> Response:
        """Documents in another format; ``fragment`` is the HTML of a document without its page."""
        try:
            return await asyncio.to_thread(_convert, documents, format, layer, limits)
        except (ValueError, RecursionError) as err:  # NaN, or values nested too deeply
            raise HTTPException(422, str(err)) from err

    return app


def extract_documents(extractor: Extractor, items: Sequence[Document]) -> list[Document]:
    """Documents with the ids and dates of the given ones."""
    docs = extractor.pipe([item.text for item in items], date=[item.meta.get("date") for item in items])
    return [replace(d, id=i.id, meta={**i.meta, **d.meta}) for d, i in zip(docs, items, strict=True)]


def _convert(documents: Any, format: str, layer: str, limits: Limits) -> Response:
    many = documents if isinstance(documents, list) else [documents]
    docs = [Document.from_dict(value) for value in many]
    _check_spans(docs, limits)
    if format == "fragment":
        return Response("".join(map(fragment, docs)).encode(), media_type="text/html")
    if format == "html":
        content = to_html(docs)
    else:
        from ..formats import dump

        known: dict[str, dict[str, Any]] = {"csv": {"layer": layer}, "labelstudio": {"as_predictions": True}}
        content = "".join(dump(docs, format, **known.get(format, {})))
    name = f"arabic_ie.{SUFFIX.get(format, format)}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content.encode("utf-8"), media_type=MEDIA[format], headers=headers)


def _check_size(texts: Sequence[str], limits: Limits) -> None:
    total = sum(map(len, texts))
    if len(texts) > limits.texts or total > limits.characters:
        raise HTTPException(
            413,
            f"{len(texts)} texts of {total} characters; one request takes {limits.texts} texts"
            f" of {limits.characters} characters in all: send them in several",
        )


def _check_spans(docs: Sequence[Document], limits: Limits) -> None:
    total = 0
    for doc in docs:
        sizes = {entity.id: entity.end - entity.start for entity in doc.entities}
        total += sum(sizes.values())
        for event in doc.events:  # a role is told with its trigger and with its filler
            own = event.trigger.end - event.trigger.start
            total += own + sum(own + sizes[argument.entity] for argument in event.arguments)
        for incident in doc.incidents:
            total += sum(sizes[argument.entity] for argument in incident.arguments)
            # Each names its events, whose triggers are written out again.
            total += len(incident.events) * max(
                (v.trigger.end - v.trigger.start for v in doc.events), default=0
            )
    if total > limits.spans:
        detail = f"spans of {total} characters; one request takes {limits.spans}: send it in several"
        raise HTTPException(413, detail)


def _refusals(*codes: int) -> dict[int | str, dict[str, Any]]:
    what = {
        408: "The body did not come in time.",
        413: "More texts, characters, bytes or spans than a request may have.",
        422: "Not JSON, or not of the form asked for.",
        503: "Too much waits; try again after the seconds of Retry-After.",
    }
    return {code: {"description": what[code]} for code in codes}


def _add_errors(app: FastAPI) -> None:
    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> Response:
        # Without the input, which may be long, and may hold what JSON cannot carry.
        detail = [{key: part[key] for key in ("type", "loc", "msg")} for part in error.errors()[:20]]
        return problem(422, detail)

    @app.exception_handler(StarletteHTTPException)
    async def refused(_: Request, error: StarletteHTTPException) -> Response:
        # FastAPI answers 400 to a body that is not UTF-8, or is nested too deeply to be parsed.
        return problem(422 if error.status_code == 400 else error.status_code, error.detail)

    @app.exception_handler(Overloaded)
    async def busy(_: Request, error: Overloaded) -> Response:
        return problem(503, str(error), {"Retry-After": str(error.retry_after)})

    @app.exception_handler(ArabicIEError)
    async def known(_: Request, error: ArabicIEError) -> Response:
        return problem(422, str(error))


def _add_assets(app: FastAPI) -> None:
    folder = files("arabic_ie") / "integrations"
    assets = {path: ((folder / name).read_bytes(), kind) for path, (name, kind) in ASSETS.items()}
    assets["/render.css"] = (style().encode(), "text/css")

    def add(path: str, content: bytes, kind: str) -> None:
        async def send() -> Response:
            return Response(content, media_type=kind)

        app.add_api_route(path, send, include_in_schema=False)

    for path, (content, kind) in assets.items():
        add(path, content, kind)


def serve(extractor: Extractor, host: str = "127.0.0.1", port: int = 8000, limits: Limits = Limits()) -> None:
    """Serve until interrupted.

    Args:
        extractor: the model.
        host: address to listen on; others than this machine reach it only when told so here.
        port: TCP port.
        limits: see ``Limits``.

    Raises:
        MissingExtraError: uvicorn is not installed.
    """
    try:
        import uvicorn
    except ImportError as err:
        raise MissingExtraError(str(err.name), "server") from err
    hosts = LOOPBACK if host in LOOPBACK else ("*",)
    # No access log: the server keeps nothing of what it is asked.
    uvicorn.run(
        create_app(extractor, limits, hosts),
        host=host,
        port=port,
        access_log=False,
        log_level="warning",
        limit_concurrency=512,
    )
