"""What the platform asks of a message bus: four methods, promised by every implementation and checked by one suite."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from shared.contracts import Envelope
from shared.contracts.envelope import EVERY_SERVICE

Deliver = Callable[[Sequence[Envelope]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Queue:
    """What one service receives: its name, and the types bound to it with the service that publishes each.

    `*` in a type stands for one word of it: `rfc.*.v1`. What every service publishes (EVERY_SERVICE) is received from those
    whose other events are, and must speak of the publisher's own records.
    """

    name: str
    types: Mapping[str, str] = field(default_factory=dict)
    _patterns: dict[str, str] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse what only some implementations of the bus understand."""
        if self.types and not self.publishers:
            raise ValueError(
                f"{', '.join(self.types)}: every service publishes this; bind another event of those meant"
            )
        for pattern, publisher in self.types.items():
            words = pattern.split(".")
            if any("#" in word or ("*" in word and word != "*") for word in words):
                raise ValueError(f"{pattern!r} is no type: only a whole word may be replaced, and by * alone")
            if "*" in words:
                self._patterns[pattern] = publisher

    @property
    def publishers(self) -> list[str]:
        """The services whose events it receives."""
        return sorted(set(self.types.values()) - {EVERY_SERVICE})

    @property
    def bindings(self) -> list[tuple[str, str]]:
        """Each type with each of the services that it is received from."""
        return sorted(
            (pattern, each)
            for pattern, publisher in self.types.items()
            for each in (self.publishers if publisher == EVERY_SERVICE else (publisher,))
        )

    def takes(self, type_name: str, publisher: str | None = None) -> bool:
        """Whether events of this type are delivered to the queue; given a `publisher`, only as far as it may publish them."""
        owner = self.types.get(type_name) or next(
            (owner for pattern, owner in self._patterns.items() if matches(pattern, type_name)), None
        )
        if owner is None or publisher is None:
            return owner is not None
        return publisher in self.types.values() if owner == EVERY_SERVICE else publisher == owner


def matches(pattern: str, type_name: str) -> bool:
    """Whether a type fits a pattern of words between dots, as topic exchanges read it: `rfc.*.v1`."""
    words, wanted = type_name.split("."), pattern.split(".")
    return len(words) == len(wanted) and all(each in ("*", word) for each, word in zip(wanted, words, strict=True))


class BusUnavailable(Exception):
    """The bus did not confirm; what was to be published is published again later."""


class Bus(Protocol):
    """One service's end of the bus: carries its envelopes to every inbox that bound their type, at least once."""

    async def declare(self, publishers: Collection[str], queues: Sequence[Queue]) -> None:
        """Make what publishers write to, the queues and their bindings exist; repeatable, complete before anybody publishes."""

    async def publish(self, envelopes: Sequence[Envelope]) -> None:
        """Return once every envelope is safe with the bus; `BusUnavailable` or `TimeoutError` when that is not certain."""

    async def subscribe(self, queue: Queue, deliver: Deliver) -> None:
        """Hand what arrives for `queue` to `deliver`; an envelope counts as received once `deliver` has returned."""

    async def close(self) -> None:
        """Stop delivering and let go of every connection."""

    @property
    def connected(self) -> bool:
        """Whether the bus can be reached now."""
