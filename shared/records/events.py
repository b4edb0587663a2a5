"""Events built from a record by the names of their fields, and what a correction really changes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from shared.access.policies import CONFIDENTIAL
from shared.contracts import Event, FieldChange
from shared.unit_of_work import Work

E = TypeVar("E", bound=Event)
#: what events of a confidential record do not carry; the record itself shows it to those who may see it
_TEXTS = ("title", "description", "solution", "reason", "evaluation", "note", "text", "reference")
_ABSENT = object()


def event_of(kind: type[E], record: object, given: Mapping[str, Any] | None = None, /, **more: Any) -> E:
    """The event of this kind about the record as it is now.

    Each field of the event is taken from `more`, else from what a move was `given`, else from the record's attribute of that
    name, else it has its default. `ValidationError` when a field without a default is given by none of them. The
    texts of a confidential record are left out.
    """
    values = dict(more)
    for name in kind.model_fields:
        if name in more:
            continue
        value = given.get(name) if given else None
        if value is None:
            value = getattr(record, name, _ABSENT)
        if value is not _ABSENT:
            values[name] = value
    if getattr(record, CONFIDENTIAL, None) is not None:
        values |= {name: _hidden(kind, name) for name in _TEXTS if name in kind.model_fields}
    return kind(**values)


def register(work: Work, record: Any, kind: type[Event], *, about: UUID | None = None) -> None:
    """Write a new record with the event that it was registered, as the result of this request."""
    work.insert(record)
    work.emit(record, event_of(kind, record), about=about)
    work.remember_result(record.id)


def differing(record: object, given: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the `given` fields whose value the record does not have yet."""
    return {name: value for name, value in given.items() if getattr(record, name) != value}


def correct(record: object, new: Mapping[str, Any]) -> list[FieldChange]:
    """Give the record these values; answers what changed, without the values of a confidential record."""
    shown = getattr(record, CONFIDENTIAL, None) is None and new.get(CONFIDENTIAL) is None
    changes: list[FieldChange] = []
    for name, value in new.items():
        before = getattr(record, name)
        if before != value:
            setattr(record, name, value)
            changes.append({"field": name, "from": before if shown else None, "to": value if shown else None})
    return changes


def _hidden(kind: type[Event], name: str) -> str | None:
    return "confidential" if kind.model_fields[name].annotation is str else None


@dataclass(slots=True)
class EventSubject:
    """Something that events are about without being a row of its own."""

    id: UUID
    version: int
    correlation_id: UUID
    updated_at: datetime
