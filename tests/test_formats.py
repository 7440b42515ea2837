import os

import pytest

from arabic_ie import Document, read, write
from arabic_ie.errors import FormatError, InputError


def test_round_trip(tmp_path):
    docs = [*read("seeds/seed.jsonl"), Document("سطر\u2028واحد \ud800", id="odd")]
    write(docs, tmp_path / "out.jsonl")
    assert read(tmp_path / "out.jsonl") == docs


def test_bom_and_empty_lines(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'\xef\xbb\xbf{"id": "1", "text": "x"}\r\n\n{"id": "2", "text": "y"}')
    assert [d.id for d in read(path)] == ["1", "2"]


@pytest.mark.parametrize(
    "line",
    [
        b"{",
        b'{"text": 3}',
        b'{"text": NaN}',
        b"\xff\xfe",
        b'{"text":"a","entities":[{"id":"E","type":"PER","start":0,"end":5}]}',
    ],
)
def test_bad_line_is_named(tmp_path, line):
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"id": "1", "text": "x"}\n' + line)
    with pytest.raises(FormatError) as caught:
        read(path)
    assert caught.value.line == 2 and f"{path}:2:" in str(caught.value)


def test_missing_file_and_unknown_suffix(tmp_path):
    with pytest.raises(InputError):
        read(tmp_path / "none.jsonl")
    with pytest.raises(FormatError, match="known"):
        read("pyproject.toml")


def test_failed_write_leaves_the_old_file(tmp_path):
    path = tmp_path / "a.jsonl"
    write([Document("قديم")], path)
    old = path.read_bytes()

    def broken():
        yield Document("جديد")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write(broken(), path)
    assert path.read_bytes() == old and os.listdir(tmp_path) == ["a.jsonl"]
