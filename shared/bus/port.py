"""What the platform asks of a message bus: four methods, promised by every implementation and checked by one suite."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from shared.contracts import Envelope

Deliver = Callable[[Sequence[Envelope]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Queue:
    """What one service receives: its name, and the types bound to it; `*` in a type stands for one word of it."""

    name: str
    types: frozenset[str]

    def takes(self, type_name: str) -> bool:
        """Whether events of this type are delivered to the queue."""
        return type_name in self.types or any(matches(pattern, type_name) for pattern in self.types)


def matches(pattern: str, type_name: str) -> bool:
    """Whether a type fits a pattern of words between dots, as topic exchanges read it: `rfc.*.v1`."""
    words, wanted = type_name.split("."), pattern.split(".")
    return len(words) == len(wanted) and all(each in ("*", word) for each, word in zip(wanted, words, strict=True))


class BusUnavailable(Exception):
    """The bus did not confirm; what was to be published is published again later."""


class Bus(Protocol):
    """Carries envelopes from a relay to every inbox that bound their type, at least once."""

    async def declare(self, queues: Sequence[Queue]) -> None:
        """Make the queues and bindings exist; repeatable, and complete before anybody publishes."""

    async def publish(self, envelopes: Sequence[Envelope]) -> None:
        """Return once every envelope is safe with the bus; `BusUnavailable` or `TimeoutError` when that is not certain."""

    async def subscribe(self, queue: Queue, deliver: Deliver) -> None:
        """Hand what arrives for `queue` to `deliver`; an envelope counts as received once `deliver` has returned."""

    async def close(self) -> None:
        """Stop delivering and let go of every connection."""

    @property
    def connected(self) -> bool:
        """Whether the bus can be reached now."""
