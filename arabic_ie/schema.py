"""A schema: which entity and event types there are, and which entity may fill which role."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from itertools import accumulate
from os.path import isfile  # False for any name that cannot be one, where Path.is_file raises
from pathlib import Path
from typing import Any, TypeGuard

import yaml

from .errors import SchemaError
from .types import REALIS, Document

SHIPPED = "news-events"
MOST_YAML = 1_000_000  # characters
ANNOTATES = 'must be like {"entities": ["PER", "ORG"], "events": []}: what of it the corpus marks'
MOST_DEPTH = 50  # open brackets: the time that PyYAML takes grows with the square of it


@dataclass(frozen=True)
class Schema:
    """Entity types, event types, and for each (event type, role) the entity types that may fill it.

    Args:
        name: name of the schema.
        entities: entity type names, in the order of the label ids.
        events: event type -> role -> allowed entity types.

    Raises:
        SchemaError: no entity type, a name used twice, or a role that takes an unknown type.
    """

    name: str
    entities: tuple[str, ...]
    events: Mapping[str, Mapping[str, tuple[str, ...]]]
    realis: tuple[str, ...] = REALIS

    def __post_init__(self) -> None:
        if not self.entities:
            raise SchemaError(f"schema {self.name!r}: name at least one entity type")
        if len(set(self.entities)) != len(self.entities):
            raise SchemaError(f"schema {self.name!r}: an entity type is named twice")
        for event, roles in self.events.items():
            for role, takes in roles.items():
                unknown = sorted(set(takes) - set(self.entities))
                if unknown:
                    raise SchemaError(
                        f"schema {self.name!r}: role {role} of {event} takes unknown entity"
                        f" types {', '.join(unknown)}"
                    )

    @property
    def event_types(self) -> tuple[str, ...]:
        """Event type names, in the order of the label ids."""
        return tuple(self.events)

    @cached_property
    def roles(self) -> tuple[str, ...]:
        """All role names, in order of first use; index + 1 is the label id of a role (0 = none)."""
        return tuple(dict.fromkeys(role for roles in self.events.values() for role in roles))

    def allows(self, event: str, role: str, entity: str) -> bool:
        """Whether an entity of this type may fill this role of this event type."""
        return entity in self.events.get(event, {}).get(role, ())

    def check(self, doc: Document, strict_fillers: bool = False) -> None:
        """Check that a document uses only what the schema names.

        Args:
            doc: the document.
            strict_fillers: also refuse entity types that a role does not take. Off by default:
                annotators may know better, and training only needs the names.

        Raises:
            SchemaError: an unknown entity type, event type or role.
        """
        types = {}
        for entity in doc.entities:
            types[entity.id] = entity.type
            # In documents of foreign corpora "GPE|LOC" is one of the two (see data.py).
            names = entity.type.split("|") if "annotates" in doc.meta else [entity.type]
            if not set(names) <= set(self.entities):
                self._refuse(doc, f"entity type {entity.type!r}", self.entities)
        for event in doc.events:
            if event.type not in self.events:
                self._refuse(doc, f"event type {event.type!r}", self.event_types)
            for argument in event.arguments:
                if argument.role not in self.events[event.type]:
                    what = f"role {argument.role!r} of {event.type}"
                    self._refuse(doc, what, tuple(self.events[event.type]))
                filler = types[argument.entity]
                if strict_fillers and not self.allows(event.type, argument.role, filler):
                    self._refuse(doc, f"filler {filler} of {event.type}/{argument.role}", ())

    def _refuse(self, doc: Document, what: str, known: tuple[str, ...]) -> None:
        hint = f"; it has {', '.join(known)}" if known else ""
        raise SchemaError(f"document {doc.id!r}: the schema {self.name!r} has no {what}{hint}")

    def to_dict(self) -> dict[str, Any]:
        """Plain lists, never mappings: the order is that of the label ids, and the files of
        transformers sort the keys of mappings."""
        events = [
            {
                "type": event,
                "roles": [{"role": role, "fillers": list(takes)} for role, takes in roles.items()],
            }
            for event, roles in self.events.items()
        ]
        return {"name": self.name, "entities": list(self.entities), "events": events}

    @classmethod
    def from_dict(cls, data: Any) -> Schema:
        """Read a schema from the form of ``to_dict`` or from that of the YAML files.

        In YAML, ``events`` maps event types to roles, and roles to the entity types they take; a
        role given no types takes every entity type.

        Raises:
            SchemaError: it has neither form.
        """
        if not isinstance(data, Mapping):
            raise SchemaError(f"a schema must be a mapping, not {type(data).__name__}")
        unknown = sorted(str(k) for k in set(data) - {"name", "entities", "events"})
        if unknown:
            raise SchemaError(f"unknown schema keys: {', '.join(unknown)}")
        entities, events = data.get("entities"), data.get("events") or {}
        name = data.get("name", "unnamed")
        if isinstance(name, (Mapping, list, tuple, set)):  # written out, that of a YAML bomb fills the memory
            raise SchemaError("'name' of a schema must be a name")
        if not _is_names(entities):
            raise SchemaError("'entities' of a schema must be a list of names")
        if isinstance(events, (list, tuple)):
            events = _as_mappings(events)
        if not isinstance(events, Mapping):
            raise SchemaError("'events' of a schema must map event types to roles")
        read: dict[str, dict[str, tuple[str, ...]]] = {}
        for event, roles in events.items():
            if _is_names(roles):  # short form: role names only
                roles = dict.fromkeys(roles)
            if not isinstance(event, str) or not isinstance(roles or {}, Mapping):
                raise SchemaError(f"event type {event!r}: give a mapping of roles")
            read[event] = {}
            for role, takes in (roles or {}).items():
                takes = list(entities) if takes is None else takes
                if not isinstance(role, str) or not _is_names(takes):
                    raise SchemaError(f"role {role!r} of {event}: give a list of entity types")
                read[event][role] = tuple(takes)
        return cls(str(name), tuple(entities), read)

    @classmethod
    def load(cls, source: str | Path = SHIPPED) -> Schema:
        """Read a schema from a YAML file, or a shipped one by its name (``news-events``).

        Raises:
            SchemaError: there is no such schema, or it is not well formed.
        """
        path = Path(source)
        if not isfile(path) and re.fullmatch(r"[\w-]+", str(source)):
            path = Path(str(files("arabic_ie") / "schemas" / f"{source}.yaml"))
        if not isfile(path):
            raise SchemaError(f"no schema file {str(source)!r}; the shipped one is {SHIPPED!r}")
        try:
            data = read_yaml(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as err:
            raise SchemaError(f"{source}: cannot be read: {err}") from err
        return cls.from_dict(data)


def annotated(doc: Document) -> Mapping[str, Sequence[str]] | None:
    """What the corpus of a document marks (see ``arabic_ie.data``); None: everything.

    Raises:
        SchemaError: ``meta["annotates"]`` is not a mapping of ``entities`` and ``events`` to lists of names.
    """
    known = doc.meta.get("annotates")
    if known is None:
        return None
    marked = {key: known.get(key, ()) for key in ("entities", "events")} if isinstance(known, Mapping) else {}
    if not marked or not all(
        isinstance(names, (list, tuple)) and all(isinstance(name, str) for name in names)
        for names in marked.values()
    ):
        raise SchemaError(f"document {doc.id!r}: meta.annotates {ANNOTATES}")
    return marked


def read_yaml(text: str) -> Any:
    """The value of a YAML text, without the tags that make objects.

    Raises:
        ValueError: it is not YAML, or too much of it.
    """
    if len(text) > MOST_YAML:
        raise ValueError(f"more than {MOST_YAML:,} characters")
    steps = accumulate((c in "[{") - (c in "]}") for c in text)
    if max(steps, default=0) > MOST_DEPTH:
        raise ValueError(f"brackets {MOST_DEPTH} deep")
    try:
        return yaml.safe_load(text)
    # Its constructors of dates and numbers raise what they meet: AttributeError, TypeError, OverflowError ...
    except Exception as err:
        raise ValueError(f"not YAML: {' '.join(str(err).split())[:300]}") from err


def _is_names(value: Any) -> TypeGuard[Sequence[str]]:
    return isinstance(value, (list, tuple)) and all(isinstance(name, str) for name in value)


def _as_mappings(events: Sequence[Any]) -> dict[Any, Any]:
    """The form of ``to_dict`` in that of the YAML files."""
    try:
        return {e["type"]: {r["role"]: r["fillers"] for r in e["roles"]} for e in events}
    except (TypeError, KeyError, IndexError) as err:
        raise SchemaError(
            "'events' of a schema, when a list, holds items {type, roles: [{role, fillers}]}"
        ) from err
