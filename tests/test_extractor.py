import json
from dataclasses import replace

import pytest
from hostile import Hashes
from hypothesis import given, settings
from hypothesis import strategies as st

from arabic_ie import Extractor, Schema, reading
from arabic_ie.errors import CheckpointError, InputError
from arabic_ie.text import words

ODD = [
    "",
    " \n\t",
    "؟!...،",
    "Only Latin words here.",
    "ا" * 10_000,
    "\ud83d نص \udc00",
    "\x00",
    "\u0651",
    "😀" * 50,
]


@pytest.mark.parametrize("text", ODD)
def test_odd_text_gives_a_document(random_extractor, text):
    doc = random_extractor(text)
    assert doc.text == text
    json.loads(doc.to_json())


@settings(max_examples=60)
@given(st.text("ابتسلمن \u064b\u0651\u0640\u200f\u200d\ufdfaﻻ9٣x.،\n\r\x00😀\ud800", max_size=120))
def test_every_span_is_whole_words(random_extractor, text):
    doc = random_extractor(text)
    begins, ends = {a for a, _ in words(text)}, {b for _, b in words(text)}
    for span in (*doc.entities, *(e.trigger for e in doc.events)):
        assert span.start in begins and span.end in ends


@pytest.mark.parametrize("bad", [None, b"bytes", 3, ["text", None], ["text", b"x"]])
def test_not_text_is_a_typed_error(random_extractor, bad):
    with pytest.raises(InputError):
        random_extractor(bad)


@pytest.mark.parametrize("one", ["نص", b"text", bytearray(b"text")])
def test_one_text_is_no_list_of_texts(random_extractor, one):
    with pytest.raises(InputError, match=r"pipe\(\[text\]\)"):
        next(random_extractor.pipe(one))


@pytest.mark.parametrize("device", ["gpu", "cuda:99", "mps:9", "cpu:x"])
def test_a_device_that_is_not_there_is_a_typed_error(random_extractor, device):
    with pytest.raises(InputError, match=f"device '{device}' cannot be used"):
        Extractor(random_extractor.model, random_extractor.tokenizer, device)


def test_batch_of_1_and_of_32_agree(random_extractor, seed_docs):
    texts = [d.text for d in seed_docs]
    one, many = random_extractor(texts, batch_size=1), random_extractor(texts, batch_size=32)
    strip = lambda d: [(e.start, e.end, e.type) for e in d.entities]
    assert [strip(d) for d in one] == [strip(d) for d in many]
    for a, b in zip(one, many, strict=True):
        assert [e.score for e in a.entities] == pytest.approx([e.score for e in b.entities], abs=1e-3)
        assert [(e.type, e.realis) for e in a.events] == [(e.type, e.realis) for e in b.events]


def test_pipe_is_lazy_and_ordered(random_extractor):
    taken = []

    def texts():
        for i in range(2000):
            taken.append(i)
            yield f"نص {i}"

    stream = random_extractor.pipe(texts(), batch_size=2)
    assert next(stream).text == "نص 0" and len(taken) < 2000
    assert [d.text for d in stream] == [f"نص {i}" for i in range(1, 2000)]


class Recorder(Hashes):
    """Keeps the shapes that the encoder is given; a role's probability tells which window it was read in."""

    def __init__(self):
        super().__init__(Schema.load())
        self.shapes = []

    def encode(self, batch):
        self.shapes.append(batch["input_ids"].shape)
        return replace(super().encode(batch), first=batch["input_ids"].sum(-1))

    def link(self, encoded, rows, triggers, entities):
        seen = 1 - encoded.first[list(rows)] % 97 / 1000
        return super().link(encoded, rows, triggers, entities) * seen[:, None, None, None]


@pytest.mark.parametrize("kept", [0, 9, 1000])
@pytest.mark.parametrize("batch_size", [1, 4, 32])
def test_a_sentence_without_stops_is_encoded_in_batches(wordpiece, monkeypatch, kept, batch_size):
    text = " ".join(["قصفت طائرات حربية مطار المدينة أمس وقتل عشرة من السكان في بغداد"] * 60)
    backend = Recorder()
    extract = Extractor(backend, wordpiece, resolve=False)
    whole, sure = extract(text, batch_size=1000), extract.sureness([text], 1000)
    most, _ = max(backend.shapes)
    assert most > 32 and sum(len(e.arguments) for e in whole.events) > 100
    backend.shapes.clear()
    monkeypatch.setattr(reading, "KEPT", kept)
    assert extract(text, batch_size) == whole and extract.sureness([text], batch_size) == sure
    assert max(rows for rows, _ in backend.shapes) == batch_size
    assert all(rows == 1 or rows * w <= batch_size * reading.TOKENS_PER_ROW for rows, w in backend.shapes)
    twice = sum(rows for rows, _ in backend.shapes) - 2 * most  # encoded again for their roles
    assert (twice == 0) == (kept >= most)


def break_folder(folder, how):
    weights, config = folder / "model.safetensors", folder / "config.json"
    if how == "missing":
        weights.unlink()
    elif how == "truncated":
        weights.write_bytes(weights.read_bytes()[:5000])
    elif how == "newer":
        config.write_text(json.dumps({**json.loads(config.read_text()), "format_version": 99}))
    elif how == "broken":
        config.write_text("{")
    else:
        config.write_text(json.dumps({**json.loads(config.read_text()), "model_type": "bert"}))


@pytest.mark.parametrize("how", ["missing", "truncated", "newer", "broken", "other"])
def test_damaged_checkpoint_is_a_typed_error(random_extractor, tmp_path, how):
    random_extractor.save_pretrained(tmp_path)
    break_folder(tmp_path, how)
    with pytest.raises(CheckpointError):
        Extractor.from_pretrained(tmp_path)


def test_missing_folder(tmp_path):
    with pytest.raises(CheckpointError, match="config.json"):
        Extractor.from_pretrained(tmp_path / "none")
