"""Reading CoNLL files, our own and others': any BIO dialect, tokens put back into their text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from ..errors import FormatError
from ..types import DOCUMENT_KEYS, REALIS, Argument, Document, Entity, Event, Trigger, others
from .files import Located, Options, decode, read_bytes
from .json_values import MOST_DIGITS, json_dict, json_list, loads

_TAG = re.compile(r"(?:([BIESLU])-(\S.*)|O)\Z")
_COMMENT = re.compile(r"#\s*(newdoc(?: id)?|newpar(?: id)?|[\w.]+)\s*(?:= ?(.*))?\Z")
Span = tuple[int, int, str]  # first token, past the last, type


@dataclass
class _Block:
    """The lines of one document: tokens with their lines and columns, and what comments said."""

    line: int
    id: str | None = None
    text: str | None = None
    ids: dict[str, list[str]] = field(default_factory=dict)  # where they are not E1.. and T1..
    keys: dict[str, Any] = field(default_factory=dict)  # meta, warnings, extra
    rows: list[tuple[int, list[str]]] = field(default_factory=list)
    breaks: set[int] = field(default_factory=set)  # rows that begin a sentence


def read(path: Path, options: Options) -> Iterator[Located]:
    """Documents of a CoNLL file.

    ``# newdoc`` or ``-DOCSTART-`` begins a document; a file with neither has one document a sentence.
    Without ``# doc_text`` (or, for a sentence, ``# text``) the text is the tokens joined by spaces.

    Raises:
        FormatError: an unknown tag, a missing column, tokens that are not in the text; with
            ``strict``, an ``I-`` tag that continues nothing.
    """
    name = str(path)
    blocks, columns = _blocks(decode(read_bytes(path), name, options.encoding), name)
    tag_columns = [columns.index(c) for c in ("ENTITY", "TRIGGER") if c in columns] or [-1]
    scheme = _scheme(blocks, tag_columns[0])
    for number, block in enumerate(blocks, 1):
        text, spans = _text(block, name)
        made = _Maker(name, block, text, spans, columns, scheme, options.strict)
        yield f"{name}:{block.line}", made.document(block.id or f"{path.stem}-{number}", tag_columns)


def _blocks(text: str, name: str) -> tuple[list[_Block], list[str]]:
    """Parts a file into documents."""
    lines = text.split("\n")
    marked = any(re.match(r"#\s*newdoc|-DOCSTART-", line) for line in lines)
    blocks: list[_Block] = []
    columns: list[str] = []
    fresh = True  # the next token begins a sentence
    pending: dict[str, Any] = {}
    for number, line in enumerate(lines, 1):
        line = line.rstrip("\r")
        comment = _comment(line)
        if comment:
            key, value = comment
            if key == "global.columns":
                columns = value.split()
            elif key.startswith("newdoc"):
                blocks.append(_Block(number, _unquote(value) if value else None))
                fresh = True
            elif key == "doc_text" and blocks:
                blocks[-1].text = _json(value, str, name, number)
            elif key == "doc_keys" and blocks:
                blocks[-1].keys = _keys(_json(value, dict, name, number), f"{name}:{number}")
            elif key in ("entity_ids", "event_ids") and blocks:
                blocks[-1].ids[key] = [str(x) for x in _json(value, list, name, number)]
            elif key in ("id", "sent_id", "text") and not marked:
                pending[key] = value
            continue
        if not line.strip():
            fresh = True
            continue
        parts = line.split("\t") if "\t" in line else re.split(r" +", line.strip(" "))
        if parts[0] == "-DOCSTART-":
            blocks.append(_Block(number))
            fresh = True
            continue
        if len(parts) < max(2, len(columns)):
            raise FormatError(f"{len(parts)} columns, needs {max(2, len(columns))}", name, number)
        if not parts[0].strip():
            raise FormatError(f"not a token: {parts[0]!r}", name, number)
        if not blocks or (fresh and not marked):
            blocks.append(_Block(number, pending.get("id", pending.get("sent_id")), pending.get("text")))
            pending = {}
        if fresh:
            blocks[-1].breaks.add(len(blocks[-1].rows))
            fresh = False
        blocks[-1].rows.append((number, parts))
    kept = [b for b in blocks if b.rows or b.text is not None or b.id is not None]
    return kept, columns


def _comment(line: str) -> tuple[str, str] | None:
    """Key and value of a comment; a token ``#`` with its tag is none."""
    if not line.startswith("#") or "\t" in line:
        return None
    match = _COMMENT.match(line)
    if match and (match[2] is not None or match[1].startswith("new")):
        return match[1], match[2] or ""
    return None if _TAG.match(line.split(" ")[-1]) and len(line.split()) > 1 else ("", "")


def _unquote(value: str) -> str:
    """A document id; our own are escaped as in JSON, which changes no plain id."""
    try:
        return str(loads(f'"{value}"')) if "\\" in value else value
    except (ValueError, RecursionError):
        return value


def _json(value: str, kind: type, name: str, line: int) -> Any:
    try:
        found = loads(value)
    except (ValueError, RecursionError) as err:
        raise FormatError(f"not JSON: {err}", name, line) from err
    if not isinstance(found, kind):
        raise FormatError(f"needs a JSON {kind.__name__}", name, line)
    return found


def _keys(value: dict[str, Any], where: str) -> dict[str, Any]:
    """The keys of a document that no column holds."""
    told = json_list(value.get("warnings"), "warnings", where)
    extra = json_dict(value.get("extra"), "extra", where)
    return {
        "meta": json_dict(value.get("meta"), "meta", where),
        "warnings": [str(w) for w in told],
        "extra": others(extra, DOCUMENT_KEYS),
    }


def _text(block: _Block, name: str) -> tuple[str, list[tuple[int, int]]]:
    """The text of a block and the span of each token."""
    tokens = [row[0] for _, row in block.rows]
    if block.text is None:
        text, spans = "", []
        for k, token in enumerate(tokens):
            if text:
                text += "\n" if k in block.breaks else " "
            spans.append((len(text), len(text) + len(token)))
            text += token
        return text, spans
    spans, end = [], 0
    for (line, _), token in zip(block.rows, tokens, strict=True):
        start = block.text.find(token, end)
        if start < 0 or block.text[end:start].strip():
            raise FormatError(f"token {token!r} does not follow in the text given for it", name, line)
        end = start + len(token)
        spans.append((start, end))
    return block.text, spans


def _scheme(blocks: list[_Block], column: int) -> str:
    """``IOB1`` when every ``B-`` follows a mention of its own type that it must part from."""
    stray = False
    for block in blocks:
        before = "O"
        for k, (_, row) in enumerate(block.rows):
            tag = row[column]
            if k in block.breaks:
                before = "O"
            same = before[1:] == tag[1:] and before != "O"
            if tag[:1] == "B" and not same:
                return "IOB2"
            stray = stray or (tag[:1] == "I" and not same)
            before = tag
    return "IOB1" if stray else "IOB2"


@dataclass
class _Maker:
    """Makes the document of a block."""

    name: str
    block: _Block
    text: str
    spans: list[tuple[int, int]]
    columns: list[str]
    scheme: str
    strict: bool
    mended: list[int] = field(default_factory=list)

    def document(self, id: str, tag_columns: list[int]) -> Document:
        found = self.mentions(tag_columns[0])
        ids = self.ids("entity_ids", "E", len(found))
        entities = [Entity(*self.chars(s), s[2], i) for s, i in zip(found, ids, strict=True)]
        events: list[Event] = []
        if len(tag_columns) > 1:
            events = self.events(self.mentions(tag_columns[1]), entities)
        keys = self.block.keys
        warnings = [*keys.get("warnings", [])]
        if self.mended:
            lines = ", ".join(map(str, self.mended))
            told = "IOB1 tags" if self.scheme == "IOB1" else "I- tags that continue nothing"
            warnings.append(f"{told}: read as B- in lines {lines} of {self.name}")
        meta, extra = keys.get("meta", {}), keys.get("extra", {})
        return Document(self.text, tuple(entities), tuple(events), id, meta, tuple(warnings), extra)

    def ids(self, key: str, letter: str, count: int) -> list[str]:
        """The ids a comment names, if it names one a mention (files get edited), else new ones."""
        named = self.block.ids.get(key, [])
        whole = len(named) == count == len(set(named))
        return named if whole else [f"{letter}{k}" for k in range(1, count + 1)]

    def chars(self, span: Span) -> tuple[int, int]:
        return self.spans[span[0]][0], self.spans[span[1] - 1][1]

    def mentions(self, column: int) -> list[Span]:
        """Spans of a tag column. ``I`` and ``E`` continue a mention of their type, else begin one."""
        found: list[Span] = []
        open_ = False
        for k, (line, row) in enumerate(self.block.rows):
            match = _TAG.match(row[column])
            if not match:
                raise FormatError(
                    f"unknown tag {row[column]!r}; tags are O, B-TYPE and I-TYPE", self.name, line
                )
            prefix, kind = match[1], self.label(match[2] or "")
            goes_on = open_ and k not in self.block.breaks and bool(found) and found[-1][2] == kind
            if prefix is None:
                open_ = False
            elif prefix in "IEL" and goes_on:
                found[-1] = (found[-1][0], k + 1, kind)
                open_ = prefix == "I"
            else:
                if prefix in "IEL":
                    self.stray(line, row[column])
                found.append((k, k + 1, kind))
                open_ = prefix in "BI"
        return found

    def stray(self, line: int, tag: str) -> None:
        if self.strict:
            raise FormatError(f"{tag} continues nothing: not IOB2", self.name, line)
        self.mended.append(line)

    def label(self, name: str) -> str:
        return unquote(name) if self.columns else name

    def events(self, triggers: list[Span], entities: list[Entity]) -> list[Event]:
        events = []
        ids = self.ids("event_ids", "T", len(triggers))
        for id, span in zip(ids, triggers, strict=True):
            line, row = self.block.rows[span[0]]
            cell = dict(zip(self.columns, row, strict=False))
            realis, filled = cell.get("REALIS", "actual"), cell.get("ARGS", "_")
            if realis not in REALIS:
                raise FormatError(f"realis {realis!r}: one of {', '.join(REALIS)}", self.name, line)
            arguments = []
            for item in filled.split("|") if filled != "_" else []:
                role, _, entity = item.rpartition(":")
                counted = entity.isdecimal() and len(entity) <= MOST_DIGITS
                if not role or not counted or not 1 <= int(entity) <= len(entities):
                    raise FormatError(f"argument {item!r}: write ROLE:number of an entity", self.name, line)
                arguments.append(Argument(self.label(role), entities[int(entity) - 1].id))
            trigger = Trigger(*self.chars(span))
            events.append(Event(span[2], trigger, realis, tuple(arguments), id))
        return events
