"""Reading brat standoff files.

Offsets are checked against the text that brat stores beside each span; they may count code points,
UTF-16 units, a byte order mark, or ``\\r\\n`` as one. A span parted only by spaces (brat parts spans at
line breaks) is one span; another is a discontinuous entity with ``fragments``. Lines that documents
have no word for (relations, notes, normalisations, equivalences) are kept in ``meta["brat"]`` and
written back.
"""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from ..errors import AlignmentError, FormatError, InputError
from ..types import REALIS, Document
from .files import Located, Options, decode, inside, is_plain, read_bytes
from .json_values import loads
from .offsets import OffsetsDoNotFit, RawSpan, resolve

NOTE = "ArabicIE"
UNITS = ("codepoint", "codepoint-lf", "utf16", "utf16-lf")
# Python's int() refuses thousands of digits; no offset has more than 18.
_PARTS = re.compile(r"\d{1,18} \d{1,18}(?:;\d{1,18} \d{1,18})*\Z")
# Attributes of other corpora that say what our realis says; their lines are kept too.
_REALIS = {"negation": "negated", "negated": "negated", "speculation": "other", "hypothetical": "other"}
Parts = list[tuple[int, int]]


def escape(name: str) -> str:
    """A type or role as brat can hold it: no spaces, no marks of its own syntax."""
    return "".join(quote(c, safe="") if c.isspace() or c in ":;,|%*?+<>#{}" else c for c in name)


def base_roles(roles: list[str]) -> list[str]:
    """Roles without the numbers brat gives to repeated ones: Place, Place2 -> Place, Place."""
    known = set(roles)
    return [b if (b := re.sub(r"\d+\Z", "", role)) in known else role for role in roles]


def read(path: Path, options: Options) -> Iterator[Located]:
    """Documents of a folder and the folders in it, or of one ``.ann`` or ``.txt`` file.

    Raises:
        InputError: a file is missing; or one of a folder is a link that leads out of it, which an
            archive from elsewhere may hold, or a pipe or device.
        FormatError: a line is not of the format, names an id that is not there, gives an id twice, or
            its offsets do not give its text; the file and the line are named.
    """
    if path.is_dir():
        files = sorted(path.rglob("*.ann"))
        # A text without annotations is a document too.
        files += [f for f in sorted(path.rglob("*.txt")) if not f.with_suffix(".ann").exists()]
        if not files:
            raise InputError(f"{path}: no .ann or .txt file in this folder")
    else:
        files = [path]
    for file in sorted(files):
        text_file = file.with_suffix(".txt")
        if path.is_dir():
            _check_place(path, text_file, file.with_suffix(".ann"))
        data = read_bytes(text_file)
        text = decode(data, str(text_file), options.encoding)
        units = (*UNITS, "codepoint-bom") if data.startswith(BOM_UTF8) else UNITS
        lines: list[str] = []
        ann = file.with_suffix(".ann")
        if ann.exists():
            lines = decode(read_bytes(ann), str(ann), options.encoding).split("\n")
        elif file.suffix == ".ann":
            raise InputError(f"{ann}: no such file")
        name = str(ann if lines else text_file)
        id = _id(file.relative_to(path).with_suffix("").as_posix() if path.is_dir() else file.stem)
        yield (
            f"{name}:1",
            _Reader(name, text, units if options.offsets == "auto" else (options.offsets,)).document(
                id, lines
            ),
        )


def _id(name: str) -> str:
    """The document id of a file name: the inverse of ``brat.file_name``."""
    try:
        return unquote(name, errors="surrogatepass")
    except UnicodeDecodeError:  # a name of others that only looks escaped
        return unquote(name)


def _check_place(folder: Path, *files: Path) -> None:
    for file in files:
        if not inside(folder, file):
            raise InputError(f"{file}: a link that leads out of the folder; read the folder it leads to")
        if not is_plain(file):
            raise InputError(f"{file}: not a plain file")


@dataclass
class _Reader:
    name: str
    text: str
    units: tuple[str, ...]
    line: int = 0
    spans: dict[str, tuple[str, Parts, int]] = field(default_factory=dict)  # T id -> type, parts, line
    events: dict[str, tuple[str, str, list[tuple[str, str]], int]] = field(default_factory=dict)
    realis: dict[str, str] = field(default_factory=dict)
    notes: dict[str, dict[str, Any]] = field(default_factory=dict)
    kept: list[str] = field(default_factory=list)
    named: set[str] = field(default_factory=set)  # words of the kept lines, ids among them
    seen: set[str] = field(default_factory=set)

    def error(self, message: str, line: int | None = None) -> FormatError:
        return FormatError(message, self.name, line or self.line)

    def document(self, id: str, lines: list[str]) -> Document:
        raw: list[tuple[str, Parts, str | None]] = []
        for self.line, row in enumerate(lines, 1):
            row = row.rstrip("\r")
            if row.strip():
                self.parse(row, raw)
        self.resolve(raw)
        self.named = {word for row in self.kept for word in re.findall(r"\w+|[^\s:]+", row)}
        triggers = {trigger for _, trigger, _, _ in self.events.values()}
        filled = {target for _, _, roles, _ in self.events.values() for _, target in roles}
        # A trigger that fills a role itself is a mention too.
        entities = [self.entity(t) for t in self.spans if t not in triggers or t in filled]
        events = [self.event(e) for e in self.events]
        form: dict[str, Any] = {"id": id, "text": self.text, "entities": entities, "events": events}
        if self.kept:
            form["meta"] = {"brat": self.kept}
        try:
            return Document.from_dict(form)
        except (InputError, AlignmentError) as err:
            raise FormatError(str(err), self.name) from err

    def parse(self, row: str, raw: list[tuple[str, Parts, str | None]]) -> None:
        id, _, rest = row.partition("\t")
        if not rest or not re.fullmatch(r"[TEARMN#]\S*|\*", id):
            raise self.error(f"not a brat line: {row[:60]!r}")
        if id in self.seen and id != "*":
            raise self.error(f"the id {id} is given twice")
        self.seen.add(id)
        data, _, tail = rest.partition("\t")
        if id[0] == "T":
            kind, _, parts = data.strip().partition(" ")
            if not _PARTS.match(parts):
                raise self.error(f"{id}: offsets {parts!r}; write START END or START END;START END")
            edges = [(int(a), int(b)) for a, b in (p.split(" ") for p in parts.split(";"))]
            if any(left[1] > right[0] for left, right in zip(edges, edges[1:], strict=False)):
                raise self.error(f"{id}: its parts {parts} overlap or are out of order")
            self.spans[id] = (unquote(kind), edges, self.line)
            raw.append((id, edges, tail if "\t" in rest else None))
        elif id[0] == "E":
            pairs = [item.partition(":") for item in data.split()]
            if not pairs or not all(role and target for role, _, target in pairs):
                raise self.error(f"{id}: write TYPE:TRIGGER ROLE:ID ...")
            roles = [(unquote(role), target) for role, _, target in pairs]
            self.events[id] = (*roles[0], roles[1:], self.line)
        elif id[0] in "AM" and len(parts_ := data.split()) in (2, 3) and parts_[1][0] == "E":
            self.attribute(row, *parts_)
        elif id[0] == "#" and data.startswith(f"{NOTE} "):
            self.notes[data.split(" ", 1)[1].strip()] = self.note(id, tail)
        else:
            self.kept.append(row)

    def note(self, id: str, tail: str) -> dict[str, Any]:
        """What we wrote beside a mention: its keys, some of them in forms that are relied on."""
        try:
            note = loads(tail)
        except (ValueError, RecursionError) as err:
            raise self.error(f"{id}: a note of {NOTE} must be a JSON object") from err
        trigger, arguments = (
            (note.get(k) for k in ("trigger", "arguments")) if isinstance(note, dict) else (0, 0)
        )
        forms = arguments if isinstance(arguments, list) else [arguments or {}]
        if not isinstance(trigger or {}, dict) or not all(isinstance(form, dict) for form in forms):
            raise self.error(f"{id}: a note of {NOTE} must be a JSON object")
        return dict(note)

    def attribute(self, row: str, name: str, event: str, value: str = "") -> None:
        if name == "Realis":
            if value not in REALIS:
                raise self.error(f"Realis {value!r}: one of {', '.join(REALIS)}")
            self.realis[event] = value
            return
        if name.lower() in _REALIS and value.lower() not in ("false", "no"):
            self.realis.setdefault(event, _REALIS[name.lower()])
        self.kept.append(row)

    def resolve(self, raw: list[tuple[str, Parts, str | None]]) -> None:
        """Offsets of all parts -> code points, checked with the text of each line."""
        flat: list[RawSpan] = []
        owners: list[str] = []
        for id, edges, stored in raw:
            surfaces = _surfaces(edges, stored)
            flat += [RawSpan(a, b, s) for (a, b), s in zip(edges, surfaces, strict=True)]
            owners += [id] * len(edges)
        try:
            found = resolve(self.text, flat, self.units)
        except OffsetsDoNotFit as err:
            id = owners[err.index]
            raise self.error(f"{id}: {err}", self.spans[id][2]) from err
        by_id: dict[str, Parts] = {}
        for owner, span in zip(owners, found, strict=True):
            by_id.setdefault(owner, []).append(span)
        for id, parts in by_id.items():
            kind, _, line = self.spans[id]
            joined = [parts[0]]
            for start, end in parts[1:]:
                if self.text[joined[-1][1] : start].strip():
                    joined.append((start, end))
                else:
                    joined[-1] = (joined[-1][0], end)
            self.spans[id] = (kind, joined, line)

    def entity(self, id: str) -> dict[str, Any]:
        kind, parts, _ = self.spans[id]
        form = {"type": kind, "start": parts[0][0], "end": parts[-1][1]}
        if len(parts) > 1:
            form["fragments"] = [list(p) for p in parts]
        note = self.notes.get(id, {})
        # What the line says goes before our note: a person may have changed it in brat.
        return {"id": f"E{id[1:]}", **note, **form}

    def event(self, id: str) -> dict[str, Any]:
        kind, trigger, roles, line = self.events[id]
        if trigger not in self.spans:
            raise self.error(f"{id}: its trigger {trigger} is not there", line)
        _, parts, _ = self.spans[trigger]
        if len(parts) > 1:
            raise self.error(f"{id}: its trigger {trigger} is discontinuous; a trigger is one span", line)
        note = dict(self.notes.get(id, {}))
        own = {**(note.pop("trigger", None) or {}), "start": parts[0][0], "end": parts[0][1]}
        if trigger in self.named:
            own["brat_id"] = trigger  # a kept line names it
        arguments, others = [], []
        names = base_roles([role for role, _ in roles])
        for role, (_, target) in zip(names, roles, strict=True):
            if target in self.spans:
                entity = self.notes.get(target, {}).get("id", f"E{target[1:]}")
                arguments.append({"role": role, "entity": entity})
            elif target in self.events:
                others.append({"role": role, "event": target})
            else:
                raise self.error(f"{id}: {role}:{target} names an id that is not there", line)
        kept = note.pop("arguments", None) or []
        if len(kept) == len(arguments):
            arguments = [{**a, **k, "entity": a["entity"]} for a, k in zip(arguments, kept, strict=True)]
        form = {"type": kind, "trigger": own, "arguments": arguments, "realis": self.realis.get(id, "actual")}
        if others:  # an event that fills a role of another
            form["brat_events"] = others
        return {"id": f"T{id[1:]}", **note, **form}


def _surfaces(edges: Parts, stored: str | None) -> list[str | None]:
    """The stored text of each part; the parts are joined by spaces. None where it cannot be parted."""
    if stored is None or stored == "":
        return [None] * len(edges)
    if len(edges) == 1:
        return [stored]
    sizes = [b - a for a, b in edges]
    if len(stored) != sum(sizes) + len(edges) - 1:
        return [stored] * len(edges)  # fits no part: refused, as the text and the offsets disagree
    found: list[str | None] = []
    at = 0
    for size in sizes:
        found.append(stored[at : at + size])
        at += size + 1
    return found
