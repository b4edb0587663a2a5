"""Which handlers an event goes to: by its own type, else by the family that it belongs to."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from shared.bus.port import matches
from shared.contracts import Envelope, Event
from shared.contracts.envelope import TYPES


@dataclass(frozen=True, slots=True)
class ReceivedEvent:
    """One event as a handler gets it: the envelope, and the typed event inside it."""

    envelope: Envelope
    event: Any


Handler = Callable[[Any, Sequence[ReceivedEvent]], Awaitable[None]]
#: an event class, or the base class of a family, and what handles it
Handlers = Mapping[type[Event], Handler]


class Routes:
    """The handlers of several tables; in each table only the most specific row handles an event."""

    def __init__(self, *tables: Handlers) -> None:
        self._tables = [table for table in tables if table]
        self._known: dict[str, list[tuple[type[Event], Handler]]] = {}

    @cached_property
    def patterns(self) -> Mapping[str, str]:
        """What a queue binds so that it receives everything that is handled, and which service publishes each."""
        return {kind.pattern(): kind.publisher for table in self._tables for kind in table}

    def of(self, type_name: str) -> list[tuple[type[Event], Handler]]:
        """How an event of this type is parsed, and what handles it; empty when no row matches."""
        if (known := self._known.get(type_name)) is None:
            found = (self._row(table, type_name) for table in self._tables)
            known = [row for row in found if row]
            if type_name in TYPES or known:  # types that others may invent are not cached
                self._known[type_name] = known
        return known

    @staticmethod
    def _row(table: Handlers, type_name: str) -> tuple[type[Event], Handler] | None:
        kind = TYPES.get(type_name)
        if kind is not None:
            base = next((base for base in kind.__mro__ if base in table), None)
            return (kind, table[base]) if base else None
        # a newer event of a family, unknown to this version, is parsed as the base class of the family
        family = next((each for each in table if not each.type and matches(each.pattern(), type_name)), None)
        return (family, table[family]) if family else None


async def dispatch(work: Any, routes: Routes, envelopes: Iterable[Envelope]) -> None:
    """Give each handler, in the order of the tables, all events that are its own."""
    groups: dict[Handler, list[ReceivedEvent]] = {}
    for envelope in envelopes:
        for kind, handler in routes.of(envelope.type):
            groups.setdefault(handler, []).append(ReceivedEvent(envelope, kind.model_validate(envelope.data)))
    for handler, events in groups.items():
        await handler(work, events)
