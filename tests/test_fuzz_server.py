"""Hostile requests: every answer is a result or a refusal that says why, never a 500, never a hang."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip("fastapi", reason="the server needs the extra 'server'")
from fastapi.testclient import TestClient
from hostile import HOSTILE, tries
from hypothesis import event, given
from hypothesis import strategies as st
from serving import serving
from test_fuzz_readers import DOCS, edited, edits, soon, spoiled, tokens

from arabic_ie import Document, Entity
from arabic_ie.integrations.guard import HEADERS
from arabic_ie.integrations.server import Limits, create_app

ANSWERS = {200, 404, 405, 408, 413, 422}
FORMATS = ["jsonl", "csv", "labelstudio", "html", "fragment"]
LAYERS = ["entities", "events", "arguments", "incidents"]
LIMITS = Limits(texts=8, characters=2000, body=40_000, spans=20_000, seconds=1.0)


class Words:
    """In place of the model: marks the first word."""

    path = "words"

    def pipe(self, texts: list[str], **_: Any) -> Iterator[Document]:
        for text in texts:
            word = text.split(" ")[0]
            yield Document(text, (Entity(0, len(word), "PER", "E1", 0.5),) if word else ())


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    app = create_app(Words(), LIMITS)  # type: ignore[arg-type]
    with TestClient(app, base_url="http://localhost", raise_server_exceptions=False) as client:
        yield client


def checked(answer: Any) -> int:
    """What holds for every answer, whatever was asked."""
    assert answer.status_code in ANSWERS, answer.text
    for name, value in HEADERS.items():
        assert answer.headers[name] == value
    if answer.status_code >= 400:
        assert answer.json()["detail"]
    return int(answer.status_code)


BODIES = st.one_of(
    st.binary(max_size=200),
    st.lists(tokens, max_size=8).map(b" ".join),
    HOSTILE.map(lambda text: json.dumps({"text": text}).encode()),
    edits.map(
        lambda changes: edited(
            b'[{"text": "\xd9\x86\xd8\xb5", "date": "2020-01-07", "id": "a"}, "b"]', changes
        )
    ),
)


@tries(60)
@given(body=BODIES, kind=st.sampled_from(["application/json", "text/plain", "application/x-www-form-urlencoded",
                                          "multipart/form-data; boundary=x", "application/json; charset=utf-16", "\x00", ""]))  # fmt: skip
@pytest.mark.parametrize("path", ["/extract", "/convert?format=html"])
def test_any_body(client: TestClient, path: str, body: bytes, kind: str) -> None:
    with soon():
        event(str(checked(client.post(path, content=body, headers={"Content-Type": kind} if kind else {}))))


@tries(60)
@given(text=HOSTILE)
def test_any_text(client: TestClient, text: str) -> None:
    content = json.dumps({"text": text}).encode()  # a lone surrogate as its escape
    answer = client.post("/extract", content=content, headers={"Content-Type": "application/json"})
    assert checked(answer) == (413 if len(text) > LIMITS.characters else 200)
    if answer.status_code == 200:
        assert Document.from_dict(answer.json()).text == text


@tries(60)
@given(data=st.data(), format=st.sampled_from(FORMATS), layer=st.sampled_from(LAYERS))
def test_documents_with_odd_values(client: TestClient, data: Any, format: str, layer: str) -> None:
    """What ``/convert`` is given is not what ``/extract`` gave."""
    made = spoiled(data, data.draw(st.sampled_from(DOCS)).to_dict())
    body = (
        json.dumps(made)
        .replace("0.5", data.draw(st.sampled_from(["0.5", "NaN", "1e999", "1" * 400])))
        .encode()
    )
    with soon():
        answer = client.post(f"/convert?format={format}&layer={layer}", content=body,
                             headers={"Content-Type": "application/json"})  # fmt: skip
        event(str(checked(answer)))


PATHS = st.sampled_from(["/", "/extract", "/convert", "/health", "/openapi.json", "/page.js", "/docs", "/../setup",
                         "/%2e%2e/%2e%2e/etc/passwd", "//etc/passwd", "/page.js/../../server.py", "/%00", "/extract/",
                         "/convert?format=pickle", "/convert?layer=x&format=csv", "/static/server.py", "/render.css"])  # fmt: skip
VALUES = st.sampled_from(["", "0", "-1", "1e9", "9" * 5000, "99999999999999999999", "\u0663", "a" * 3000, "*/*",
                          "gzip, deflate, br", "bytes=0-1,5-", "identity", "chunked"])  # fmt: skip
NAMES = st.sampled_from(["content-length", "accept", "accept-encoding", "range", "transfer-encoding", "content-encoding",
                         "if-none-match", "cookie", "authorization", "x-forwarded-host", "expect", "upgrade"])  # fmt: skip


@tries(60)
@given(method=st.sampled_from(["GET", "POST", "PUT", "HEAD", "OPTIONS", "TRACE", "X"]), path=PATHS,
       headers=st.dictionaries(NAMES, VALUES, max_size=3), body=st.sampled_from([b"", b'{"text": "a"}', b"\xff"]))  # fmt: skip
def test_any_method_path_and_header(
    client: TestClient, method: str, path: str, headers: Any, body: bytes
) -> None:
    headers = {k: v.encode("utf-8") for k, v in headers.items()}
    with soon():
        answer = client.request(method, path, headers=headers, content=body)
    assert answer.status_code in ANSWERS | {400}
    assert "root:" not in answer.text and "def " not in answer.text  # neither a file nor our source
    event(f"{answer.status_code}")


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "127.0.0.1.nip.io", "", "localhost@evil"]
)
def test_other_names_are_refused(client: TestClient, host: str) -> None:
    """A page elsewhere that points its own name at this machine must not read texts through a browser."""
    assert client.get("/health", headers={"Host": host}).status_code == 400


def test_a_small_request_has_no_huge_answer(client: TestClient) -> None:
    """A span costs 60 bytes to ask for, and is printed whole: a thousand of a whole text are refused."""
    text = "ن" * 1000
    entities = [{"id": f"E{n}", "type": "X", "start": 0, "end": 1000} for n in range(30)]
    trigger = {"start": 0, "end": 1000}
    roles = [{"role": "R", "entity": "E0"}] * 30
    events = [{"id": "T1", "type": "Y", "trigger": trigger, "arguments": roles}]
    for value in (
        {"text": text, "entities": entities},
        {"text": text, "entities": entities[:1], "events": events},
    ):
        for format in ("html", "labelstudio", "csv"):
            answer = client.post(f"/convert?format={format}&layer=arguments", json=value)
            assert checked(answer) == 413 and "spans" in answer.json()["detail"]


# Over a socket, where a client need not finish what it says


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with serving(create_app(Words(), LIMITS)) as port:  # type: ignore[arg-type]
        yield port


def talk(port: int, data: bytes, wait: float = 30) -> bytes:
    """Send bytes; what comes back until the server closes or answers."""
    with socket.create_connection(("127.0.0.1", port), timeout=wait) as line:
        line.sendall(data)
        answer = b""
        while part := line.recv(65536):
            answer += part
            if b"\r\n\r\n" in answer:
                break
        return answer


HEAD = b"POST /extract HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"


def test_a_body_that_never_comes_is_given_up(port: int) -> None:
    began = time.monotonic()
    assert b" 408 " in talk(port, HEAD + b"Content-Length: 1000\r\n\r\n{").split(b"\r\n")[0]
    assert time.monotonic() - began < 20
    assert b" 200 " in talk(port, HEAD + b'Content-Length: 13\r\n\r\n{"text": "a"}').split(b"\r\n")[0]


def test_half_a_body_is_not_read_as_a_whole_one(port: int) -> None:
    """The client is gone: what it sent is not what it meant."""
    with socket.create_connection(("127.0.0.1", port)) as line:
        line.sendall(HEAD + b'Content-Length: 100\r\n\r\n{"text": "a"}')
    assert b" 200 " in talk(port, b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n").split(b"\r\n")[0]


@tries(40)
@given(data=st.binary(max_size=60) | st.lists(tokens, max_size=6).map(b" ".join), cut=st.integers(0, 200))
def test_any_bytes_on_the_line(port: int, data: bytes, cut: int) -> None:
    """Not HTTP, or HTTP cut short: the connection ends, and the server goes on."""
    request = edited(HEAD + b'Content-Length: 13\r\n\r\n{"text": "a"}', [("put", cut, 0, data)])
    with socket.create_connection(("127.0.0.1", port), timeout=30) as line:
        line.sendall(request)
        line.shutdown(socket.SHUT_WR)
        answer = b""
        while part := line.recv(65536):
            answer += part
    assert not answer or answer.startswith(b"HTTP/1.1 "), answer[:80]
    assert not answer.startswith(b"HTTP/1.1 500"), answer
    event(answer[9:12].decode() or "closed")
