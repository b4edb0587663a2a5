"""The message bus as an interface of four methods; one test suite checks every implementation."""

import re
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol
from uuid import UUID

from shared.contracts import Envelope
from shared.contracts.envelope import EVERY_SERVICE

Deliver = Callable[[Sequence[Envelope]], Awaitable[None]]
#: why something that was delivered is set apart: of an unknown type the events were handled as their family nevertheless
Reason = Literal["unreadable", "not storable", "later version", "unknown type"]


@dataclass(frozen=True, slots=True)
class Rejected:
    """Something that was delivered and is no event that this version of the service can store and handle by its type."""

    reason: Reason
    publisher: str | None
    message: bytes
    error: str
    type: str | None = None
    event_id: UUID | None = None


SetApart = Callable[[Sequence[Rejected]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Queue:
    """What one service receives: its name, and the types bound to it with the service that publishes each.

    `*` in a type matches one word: `rfc.*.v1`. Events that every service publishes (EVERY_SERVICE) are received from the
    services whose other events are received and from those `also` named, and must be about the publisher's own records.
    """

    name: str
    types: Mapping[str, str] = field(default_factory=dict)
    also: Collection[str] = ()
    _patterns: dict[str, str] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse what only some implementations of the bus understand."""
        if self.types and not self.publishers:
            raise ValueError(
                f"{', '.join(self.types)}: every service publishes this; also bind another event of the wanted services"
            )
        for pattern, publisher in self.types.items():
            words = pattern.split(".")
            if any("#" in word or ("*" in word and word != "*") for word in words):
                raise ValueError(f"{pattern!r} is not a valid type: only a whole word may be replaced, by *")
            if "*" in words:
                self._patterns[pattern] = publisher

    @property
    def publishers(self) -> list[str]:
        """The services whose events it receives."""
        return sorted({*self.types.values(), *self.also} - {EVERY_SERVICE})

    @property
    def bindings(self) -> list[tuple[str, str]]:
        """Each type, in any version, with each of the services that it is received from."""
        return sorted(
            (f"{pattern.rpartition('.')[0]}.*", each)
            for pattern, publisher in self.types.items()
            for each in (self.publishers if publisher == EVERY_SERVICE else (publisher,))
        )

    def takes_earlier(self, type_name: str, publisher: str | None) -> bool:
        """Whether an earlier version of this type is delivered to the queue."""
        name, _, version = type_name.rpartition(".v")
        latest = int(version) if re.fullmatch(r"[0-9]{1,3}", version) else 0
        return any(self.takes(f"{name}.v{number}", publisher) for number in range(1, latest))

    def takes(self, type_name: str, publisher: str | None = None) -> bool:
        """Whether events of this type are delivered to the queue; with a `publisher` also whether that one may publish them."""
        owner = self.types.get(type_name) or next(
            (owner for pattern, owner in self._patterns.items() if matches(pattern, type_name)), None
        )
        if owner is None or publisher is None:
            return owner is not None
        return publisher in self.publishers if owner == EVERY_SERVICE else publisher == owner


def matches(pattern: str, type_name: str) -> bool:
    """Whether a type fits a pattern of words between dots, as topic exchanges read it: `rfc.*.v1`."""
    words, wanted = type_name.split("."), pattern.split(".")
    return len(words) == len(wanted) and all(each in ("*", word) for each, word in zip(wanted, words, strict=True))


class BusUnavailable(Exception):
    """The bus did not confirm; the events are published again later."""


class Bus(Protocol):
    """One service's connection to the bus: delivers its envelopes to every inbox that bound their type, at least once."""

    async def declare(self, publishers: Collection[str], queues: Sequence[Queue]) -> None:
        """Create exchanges, queues and bindings where they are missing, before anything is published."""

    async def publish(self, envelopes: Sequence[Envelope]) -> None:
        """Return once the bus has stored every envelope; `BusUnavailable` or `TimeoutError` when that is not certain."""

    async def subscribe(self, queue: Queue, deliver: Deliver, set_apart: SetApart | None = None) -> None:
        """Give what arrives for `queue` to `deliver`; an envelope counts as received once `deliver` has returned.

        `set_apart` gets what is no event that can be delivered.
        """

    async def close(self) -> None:
        """Stop delivering and close every connection."""

    @property
    def connected(self) -> bool:
        """Whether the bus can be reached now."""

    @property
    def held(self) -> int:
        """How many deliveries have arrived and could not be stored yet."""
