"""Events built from a record by the names of their fields, and what a correction really changes."""

from collections.abc import Mapping
from typing import Any, TypeVar

from shared.contracts import Event

E = TypeVar("E", bound=Event)


def event_of(kind: type[E], record: object, given: Mapping[str, Any] | None = None, **more: Any) -> E:
    """The event of this kind about the record as it is now.

    Each field of the event is taken from `more`, else from what a move was `given`, else from the record's attribute of that
    name; one that nobody gives keeps its default. `ValidationError` when a field without a default is given by nobody.
    """
    values = dict(more)
    for name in kind.model_fields.keys() - more.keys():
        if given and given.get(name) is not None:
            values[name] = given[name]
        elif hasattr(record, name):
            values[name] = getattr(record, name)
    return kind(**values)


def differing(record: object, given: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the `given` fields whose value the record does not have yet."""
    return {name: value for name, value in given.items() if getattr(record, name) != value}
