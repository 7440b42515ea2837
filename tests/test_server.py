"""The server: same results as the library, limits, and nothing shared between requests."""

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytest.importorskip("fastapi", reason="the server needs the extra 'server'")
from comparing import frames
from fastapi.testclient import TestClient

from arabic_ie import Document, Entity
from arabic_ie.integrations.batching import Batcher, Overloaded
from arabic_ie.integrations.guard import HEADERS
from arabic_ie.integrations.server import Limits, create_app

LIMITS = Limits(texts=4, characters=300, body=4000, waiting=600)


class Words:
    """In place of the model: marks the first word; can be made slow or to fail."""

    path = "words"

    def __init__(self):
        self.calls, self.gate = [], threading.Event()
        self.gate.set()

    def pipe(self, texts, **_):
        self.calls.append(list(texts))
        self.gate.wait(10)
        for text in texts:
            if text == "fail":
                raise RuntimeError("broken")
            word = text.split(" ")[0]
            yield Document(text, (Entity(0, len(word), "PER", "E1", 0.5),) if word else ())


@pytest.fixture
def words():
    return Words()


@pytest.fixture
def client(words):
    with TestClient(
        create_app(words, LIMITS), base_url="http://localhost", raise_server_exceptions=False
    ) as client:
        yield client


def until_waiting(client, count):
    """Wait until so many characters wait; each text counts as one more than it has."""
    deadline = time.monotonic() + 20  # the machine may be busy
    while client.get("/health").json()["waiting"] < count:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_one_and_many_like_the_library(random_extractor, seed_docs):
    texts = [d.text for d in seed_docs[:3]]
    with TestClient(create_app(random_extractor), base_url="http://localhost") as client:
        one = client.post("/extract", json={"text": texts[0], "id": "a", "date": "2020-01-07"})
        many = client.post("/extract", json=[{"text": texts[1]}, texts[2]])
    found = Document.from_dict(one.json())
    expected = list(random_extractor.pipe(texts))
    assert (found.id, found.meta["date"]) == ("a", "2020-01-07")
    got = [found, *map(Document.from_dict, many.json())]
    assert [frames(d) for d in got] == [frames(d) for d in expected]
    assert all(sum(len(getattr(d, name)) for d in expected) for name in ("entities", "events"))


def test_no_texts(client):
    assert client.post("/extract", json=[]).json() == []
    assert client.post("/extract", json={"text": ""}).json()["entities"] == []


def test_health(client):
    answer = client.get("/health").json()
    assert answer["status"] == "ok" and answer["model"] == "words" and answer["waiting"] == 0


def test_openapi_names_the_refusals(client):
    paths = client.get("/openapi.json").json()["paths"]
    assert set(paths) == {"/health", "/extract", "/convert"}
    assert {"413", "422", "503"} <= set(paths["/extract"]["post"]["responses"])


def test_page_and_its_files_ask_for_nothing_outside(client):
    for path in ("/", "/page.js", "/charts.js", "/page.css", "/render.css"):
        answer = client.get(path)
        assert answer.status_code == 200, path
        assert "://" not in answer.text.replace("http://www.w3.org/2000/svg", ""), path  # a name, no address
    assert client.get("/docs").status_code == 404  # FastAPI's would load scripts from a CDN


@pytest.mark.parametrize("path", ["/", "/health", "/openapi.json", "/nothing"])
def test_headers_on_every_answer(client, path):
    answer = client.get(path)
    for name, value in HEADERS.items():
        assert answer.headers[name] == value


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"null", b"3", b'"text"', b"[3]", b'{"text": 3}', b'{"text": null}', b"\xff\xfe", b'{"txt": "a"}',
        b'{"text": "a", "more": 1}', b'{"text": "a", "date": "yesterday"}', b'{"text": "a", "date": 7}',
        b'{"text": "a", "\\ud800": 1}', b"[" * 1500, b'{"text": NaN}', b'[{"text": "a"}, {}]',
    ],
)  # fmt: skip
def test_bad_bodies_answer_422(client, words, body):
    answer = client.post("/extract", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422, answer.text
    assert answer.json()["detail"]
    assert not words.calls


def test_a_lone_surrogate_survives(client):
    answer = client.post(
        "/extract", content=b'{"text": "a\\ud800"}', headers={"Content-Type": "application/json"}
    )
    assert answer.json()["text"] == "a\ud800"
    for format in ("jsonl", "csv", "labelstudio", "html", "fragment"):
        code = client.post(
            f"/convert?format={format}", content=answer.content, headers={"Content-Type": "application/json"}
        ).status_code
        assert code in (200, 422)


def test_a_day_in_the_answer_is_plain(client):
    answer = client.post("/extract", json={"text": "ا", "date": "20200107"}).json()
    assert answer["meta"]["date"] == "2020-01-07"


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (json.dumps({"text": "a" * 301}), "301 characters"),
        (json.dumps(["a"] * 5), "5 texts"),
        ("x" * 4001, "4000 bytes"),
    ],
)
def test_oversized_answers_413(client, content, what):
    answer = client.post("/extract", content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code == 413 and what in answer.json()["detail"]


def test_body_of_unknown_length_is_limited(client):
    def parts():
        for _ in range(100):
            yield b" " * 1000

    assert client.post("/extract", content=parts()).status_code == 413


def test_other_names_of_the_machine_are_refused(client):
    assert client.get("/health", headers={"Host": "evil.example"}).status_code == 400


def test_overload_answers_503_and_recovers(client, words):
    words.gate.clear()
    with ThreadPoolExecutor(4) as pool:
        held = [pool.submit(client.post, "/extract", json={"text": "a" * 250}) for _ in range(2)]
        until_waiting(client, 500)
        refused = client.post("/extract", json={"text": "b" * 250})
        words.gate.set()
        assert [h.result().status_code for h in held] == [200, 200]
    assert refused.status_code == 503
    assert int(refused.headers["Retry-After"]) >= 1
    assert client.post("/extract", json={"text": "c"}).status_code == 200
    assert client.get("/health").json()["waiting"] == 0


def test_requests_share_batches_and_leak_nothing(client, words):
    words.gate.clear()
    with ThreadPoolExecutor(12) as pool:
        asked = [f"{'ابتثجحخد'[i]}{i} خبر" for i in range(8)]
        held = [
            pool.submit(client.post, "/extract", json={"text": t, "id": str(i)}) for i, t in enumerate(asked)
        ]
        until_waiting(client, sum(len(t) + 1 for t in asked))
        words.gate.set()
        answers = [h.result().json() for h in held]
    assert [(a["id"], a["text"]) for a in answers] == [(str(i), t) for i, t in enumerate(asked)]
    assert all(a["entities"][0]["end"] == 2 for a in answers)
    assert len(words.calls) < 8  # what waited while the first was read was read together


def test_a_failing_request_fails_alone(client, words):
    words.gate.clear()
    asked = ("first", "fail", "good")
    with ThreadPoolExecutor(4) as pool:
        held = [pool.submit(client.post, "/extract", json={"text": t}) for t in asked]
        until_waiting(client, sum(len(t) + 1 for t in asked))
        words.gate.set()
        codes = {t: h.result().status_code for t, h in zip(asked, held, strict=True)}
    assert codes == {"first": 200, "fail": 500, "good": 200}


@pytest.mark.parametrize("format", ["jsonl", "csv", "labelstudio", "html", "fragment"])
def test_convert(client, seed_docs, format):
    answer = client.post(f"/convert?format={format}", json=seed_docs[0].to_dict())
    assert answer.status_code == 200
    small = Document("قتل جندي", (Entity(4, 8, "PER", "E1"),)).to_dict()
    answer = client.post(f"/convert?format={format}&layer=entities", json=small)
    assert answer.status_code == 200 and "جندي" in answer.text
    assert ("attachment" in answer.headers.get("content-disposition", "")) == (format != "fragment")


@pytest.mark.parametrize(
    "body",
    [
        {"text": "a", "entities": [{"id": "E1", "type": "PER", "start": 0, "end": 9}]},
        {"entities": []},
        [1],
        "text",
        {
            "text": "a",
            "events": [{"id": "T1", "type": "X", "trigger": {"start": 0, "end": 1}, "realis": "?"}],
        },
    ],
)
def test_convert_refuses_what_is_no_document(client, body):
    answer = client.post("/convert", json=body)
    assert answer.status_code == 422 and answer.json()["detail"]


@pytest.mark.parametrize("value", ["NaN", "[" * 900 + "]" * 900])
@pytest.mark.parametrize("format", ["jsonl", "html", "csv"])
def test_convert_survives_values_no_format_holds(client, value, format):
    entity = f'{{"id": "E1", "type": "PER", "start": 0, "end": 1, "value": {value}}}'
    body = f'{{"text": "a", "entities": [{entity}]}}'
    answer = client.post(
        f"/convert?format={format}", content=body, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code in (200, 422)


def test_convert_escapes(client):
    attack = "<img src=x onerror=alert(1)>"
    doc = Document(attack, (Entity(0, 4, attack, "E1"),), id=attack)
    answer = client.post("/convert?format=fragment", json=doc.to_dict())
    assert "<img" not in answer.text and "&lt;img" in answer.text


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["text", "entities", "events", "id", "start", "end", "type", "trigger", "meta"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(json_values)
def test_no_json_breaks_it(client, value):
    for path in ("/extract", "/convert?format=fragment", "/convert?format=jsonl"):
        assert client.post(path, json=value).status_code in (200, 413, 422), (path, value)


def test_batcher_stops_and_starts_again():
    batcher = Batcher(lambda items: [i * 2 for i in items], lambda i: 1)
    with pytest.raises(Overloaded):
        _stopped(batcher).submit([1])
    batcher.start()
    assert batcher.submit([1, 2]).result(5) == [2, 4]
    batcher.stop()


def _stopped(batcher):
    batcher.start()
    batcher.stop()
    return batcher


def test_a_single_large_request_on_an_idle_machine_is_served():
    batcher = Batcher(list, len, most_waiting=10, most_at_once=5)
    batcher.start()
    assert batcher.submit(["x" * 50]).result(5) == ["x" * 50]
    batcher.stop()


def test_cancelled_requests_are_not_run():
    seen, gate = [], threading.Event()

    def run(items):
        seen.extend(items)
        gate.wait(5)
        return items

    batcher = Batcher(run, len, most_at_once=1)
    batcher.start()
    first, second = batcher.submit(["a"]), batcher.submit(["b"])
    second.cancel()
    gate.set()
    assert first.result(5) == ["a"]
    assert batcher.submit(["c"]).result(5) == ["c"]
    batcher.stop()
    assert seen == ["a", "c"] and batcher.waiting == 0


def test_serving_binds_to_loopback(monkeypatch, words):
    import uvicorn

    from arabic_ie.integrations import server

    asked = {}
    monkeypatch.setattr(uvicorn, "run", lambda app, **options: asked.update(options, app=app))
    server.serve(words)
    assert asked["host"] == "127.0.0.1" and asked["access_log"] is False
    server.serve(words, host="0.0.0.0")
    with TestClient(asked["app"], base_url="http://any.example") as client:
        assert client.get("/health").status_code == 200
