"""The bus of the embedded platform: publishing calls the subscribers, within one process."""

import asyncio
from collections.abc import Collection, Sequence

from shared.bus.acceptance import accepted
from shared.bus.port import BusUnavailable, Deliver, Queue, SetApart
from shared.contracts import Envelope

Subscribers = dict[str, tuple[Queue, Deliver]]


class MemoryBus:
    """One service's bus; `publish` returns only when every subscriber has stored the envelopes, one failure fails it.

    The buses of a process share `subscribers`.
    """

    def __init__(self, publisher: str, subscribers: Subscribers) -> None:
        self._publisher, self._subscribers = publisher, subscribers
        self._queues: list[str] = []
        self._open = True
        self.held = 0

    async def declare(self, publishers: Collection[str], queues: Sequence[Queue]) -> None:
        """Nothing to declare: inboxes are the queues."""

    async def publish(self, envelopes: Sequence[Envelope]) -> None:
        """Store the envelopes with every subscriber that bound their types and may take them from this publisher."""
        if not self._open:
            raise BusUnavailable("the bus is closed")
        storing = [
            _stored(queue, deliver, wanted)
            for queue, deliver in self._subscribers.values()
            if (wanted := accepted(queue, self._publisher, envelopes).envelopes)
        ]
        for failure in await asyncio.gather(*storing, return_exceptions=True):
            if failure is not None:
                raise failure

    async def subscribe(self, queue: Queue, deliver: Deliver, set_apart: SetApart | None = None) -> None:  # noqa: ARG002
        """Receive what is published from now on; one process has one version, so that nothing is set apart."""
        self._subscribers[queue.name] = (queue, deliver)
        self._queues.append(queue.name)

    async def close(self) -> None:
        """Refuse what is published later, and receive nothing more."""
        self._open = False
        for name in self._queues:
            self._subscribers.pop(name, None)

    @property
    def connected(self) -> bool:
        """Whether it is open."""
        return self._open


async def _stored(queue: Queue, deliver: Deliver, envelopes: Sequence[Envelope]) -> None:
    try:
        await deliver(envelopes)
    except Exception as error:
        raise BusUnavailable(f"{queue.name} could not store what was published: {error}") from error
