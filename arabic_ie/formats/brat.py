"""brat standoff: a ``.txt`` and an ``.ann`` file for each document, in one folder.

Entities are text-bound annotations, events are event annotations, realis is the attribute ``Realis`` of
the event. Our ``E1`` is brat's ``T1`` and our event ``T1`` is brat's ``E1``. What brat has no word for
(scores, values, other ids) stands in notes of the type ``ArabicIE``. ``annotation.conf`` is written
beside the files, so that brat opens the folder as it is.
"""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ..errors import FormatError, InputError
from ..types import REALIS, Document, Entity, Event, Trigger
from . import brat_read
from .brat_read import NOTE, escape
from .files import Located, Losses, LossyWarning, Options, attempt, inside, write_chunks, write_pair

Json = dict[str, Any]


def read(path: Path, options: Options) -> Iterator[Located]:
    """Documents of a folder, of one ``.ann`` file or of one ``.txt`` file; see ``brat_read``."""
    return brat_read.read(path, options)


def write(docs: Iterable[Document], path: Path) -> None:
    """Write a folder; the two files of a document are written aside, then renamed together.

    Raises:
        InputError: the folder cannot be written, or a file of it is a link that leads out of it.
        FormatError: two documents share an id, or an id is too long for a file name.
    """
    attempt(path, lambda: path.mkdir(parents=True, exist_ok=True))
    losses = Losses("brat")
    seen: set[str] = set()
    types: dict[str, set[str]] = {"entities": set()}
    for number, doc in enumerate(docs, 1):
        name = file_name(doc.id) if doc.id else f"doc-{number:05d}"
        if name in seen:
            raise FormatError(f"two documents have the id {doc.id!r}; give each its own")
        seen.add(name)
        types["entities"].update(e.type for e in doc.entities)
        for event in doc.events:
            types.setdefault(f"event {event.type}", set()).update(a.role for a in event.arguments)
        kept = set(doc.meta) - {"brat"} or doc.warnings or doc.extra
        losses.add("other keys of documents", doc, int(bool(kept)))
        losses.add("clusters and incidents", doc, len(doc.clusters) + len(doc.incidents))
        text, annotations = _inside(path, f"{name}.txt"), _inside(path, f"{name}.ann")
        lines = (line + "\n" for line in Annotations(doc).lines())
        write_pair(text, annotations, ([doc.text], lines))
    write_chunks(configuration(types), _inside(path, "annotation.conf"))
    losses.warn()
    others = sum(file.stem not in seen for file in path.glob("*.ann"))
    if others:  # someone's work, so it is not ours to delete
        warnings.warn(f"{path}: {others} other documents stand in this folder", LossyWarning, stacklevel=2)


def _inside(folder: Path, name: str) -> Path:
    file = folder / name
    if not inside(folder, file):
        raise InputError(f"{file}: a link that leads out of the folder; delete it")
    return file


def file_name(id: str) -> str:
    """A document id as a file name; ``brat_read`` undoes it.

    Raises:
        FormatError: it is too long.
    """
    safe = "".join(c if c.isalnum() or c in "-_. " else quote(c, safe="", errors="surrogatepass") for c in id)
    safe = re.sub(r"^[. ]|[. ]$", lambda m: f"%{ord(m[0]):02X}", safe)
    if len(safe.encode("utf-8")) > 240:
        raise FormatError(f"document id {id[:40]!r}... is too long for a file name")
    return safe


def configuration(types: dict[str, set[str]]) -> Iterator[str]:
    """``annotation.conf`` for the types and roles that were written."""
    yield "[entities]\n"
    yield from (f"{escape(name)}\n" for name in sorted(types["entities"]))
    yield "\n[relations]\n\n[events]\n"
    for name in sorted(set(types) - {"entities"}):
        roles = ", ".join(f"{escape(role)}*:<ENTITY>" for role in sorted(types[name]))
        yield f"{escape(name.removeprefix('event '))}\t{roles}\n"
    yield f"\n[attributes]\nRealis\tArg:<EVENT>, Value:{'|'.join(REALIS)}\n"


class Annotations:
    """Makes the lines of one ``.ann`` file."""

    def __init__(self, doc: Document) -> None:
        self.doc = doc
        kept = doc.meta.get("brat", [])
        self.kept = [line for line in kept if _is_line(line)] if isinstance(kept, list | tuple) else []
        self.ids: dict[str, str] = {}  # our ids -> brat's; the two name spaces do not meet
        used = {t for line in self.kept for t in re.findall(r"\b[TEARMN#]\d+\b|#\d+", line)}
        for letter, theirs, items in (("E", "T", doc.entities), ("T", "E", doc.events)):
            for item in items:
                if re.fullmatch(rf"{letter}[1-9]\d{{0,17}}", item.id, re.ASCII):
                    self.ids[f"{theirs}:{item.id}"] = theirs + item.id[1:]
        taken = set(self.ids.values())
        # Triggers that a kept line names keep their id, unless an entity has it.
        self.triggers: dict[tuple[str, int, int], str] = {}
        for event in doc.events:
            id, key = event.trigger.extra.get("brat_id"), _key(event)
            if (
                isinstance(id, str)
                and re.fullmatch(r"T\S+", id)
                and id not in taken
                and key not in self.triggers
            ):
                self.triggers[key] = id
                taken.add(id)
        used |= taken
        self.last = {"T": 0, "E": 0, "A": 0, "#": 0}  # the highest number in use
        for id in used:
            if id[0] in self.last and re.fullmatch(r"\d{1,18}", id[1:]):
                self.last[id[0]] = max(self.last[id[0]], int(id[1:]))

    def fresh(self, letter: str) -> str:
        self.last[letter] += 1
        return f"{letter}{self.last[letter]}"

    def lines(self) -> Iterator[str]:
        """Text-bound lines, then events, attributes, notes, and the lines kept from a brat file."""
        doc, notes, rest = self.doc, [], []
        for entity in doc.entities:
            id = self.ids[f"T:{entity.id}"] = self.ids.get(f"T:{entity.id}") or self.fresh("T")
            yield self.text_bound(id, entity.type, entity.fragments or ((entity.start, entity.end),))
            notes.append((id, _entity_note(entity, id)))
        triggers: dict[tuple[str, int, int], str] = {}
        for event in doc.events:
            key = _key(event)
            if key not in triggers:
                triggers[key] = self.triggers.get(key) or self.fresh("T")
                yield self.text_bound(triggers[key], event.type, (key[1:],))
            id = self.ids.get(f"E:{event.id}") or self.fresh("E")
            roles = _numbered([a.role for a in event.arguments])
            filled = [
                f"{escape(role)}:{self.ids['T:' + a.entity]}"
                for role, a in zip(roles, event.arguments, strict=True)
            ]
            other = [f"{escape(a['role'])}:{a['event']}" for a in _others(event)]
            rest.append(f"{id}\t{' '.join([f'{escape(event.type)}:{triggers[key]}', *filled, *other])}")
            if event.realis != "actual":
                rest.append(f"{self.fresh('A')}\tRealis {id} {event.realis}")
            notes.append((id, _event_note(event, id, roles)))
        yield from rest
        for id, note in notes:
            if note:
                yield f"{self.fresh('#')}\t{NOTE} {id}\t{json.dumps(note, ensure_ascii=False, allow_nan=False)}"
        yield from self.kept

    def text_bound(self, id: str, kind: str, parts: Iterable[tuple[int, int]]) -> str:
        """brat parts a span at line breaks."""
        text = self.doc.text
        pieces: list[tuple[int, int]] = []
        for start, end in parts:
            found = [(start + m.start(), start + m.end()) for m in re.finditer(r"[^\r\n]+", text[start:end])]
            pieces += found or [(start, end)]
        offsets = ";".join(f"{a} {b}" for a, b in pieces)
        words = " ".join(re.sub(r"[\t\r\n]", " ", text[a:b]) for a, b in pieces)
        return f"{id}\t{escape(kind)} {offsets}\t{words}"


def _key(event: Event) -> tuple[str, int, int]:
    """Events of one type at one place share a trigger."""
    return event.type, event.trigger.start, event.trigger.end


def _is_line(line: Any) -> bool:
    """Whether a kept line may be written as it is: it must not begin another."""
    return isinstance(line, str) and bool(line.strip()) and not re.search(r"[\r\n]", line)


def _others(event: Event) -> list[Json]:
    """Roles of an event that other events fill, as brat_read keeps them."""
    kept = event.extra.get("brat_events", ())
    forms = [form for form in kept if isinstance(form, dict)] if isinstance(kept, list | tuple) else []
    return [
        form
        for form in forms
        if isinstance(form.get("role"), str) and re.fullmatch(r"E\d{1,18}", str(form.get("event")))
    ]


def _entity_note(entity: Entity, id: str) -> Json:
    own = "E" + id[1:]
    note = {k: v for k, v in entity.to_dict().items() if k not in ("id", "type", "start", "end", "fragments")}
    return note | ({"id": entity.id} if entity.id != own else {})


def _event_note(event: Event, id: str, roles: list[str]) -> Json:
    own = ("id", "type", "trigger", "realis", "arguments", "brat_events")
    note = {k: v for k, v in event.to_dict().items() if k not in own}
    if event.id != "T" + id[1:]:
        note["id"] = event.id
    trigger = _without(event.trigger, "brat_id")
    if trigger:
        note["trigger"] = trigger
    forms = [a.to_dict() for a in event.arguments]
    plain = all(set(form) == {"role", "entity"} for form in forms)
    if not plain or brat_read.base_roles(roles) != [a.role for a in event.arguments]:
        note["arguments"] = [{k: v for k, v in form.items() if k != "entity"} for form in forms]
    return note


def _without(trigger: Trigger, key: str) -> Json:
    return {k: v for k, v in trigger.extra.items() if k != key}


def _numbered(roles: list[str]) -> list[str]:
    """brat numbers a role that an event has more than once: Place, Place2, Place3."""
    seen: dict[str, int] = {}
    out = []
    for role in roles:
        seen[role] = seen.get(role, 0) + 1
        out.append(role if seen[role] == 1 else f"{role}{seen[role]}")
    return out
