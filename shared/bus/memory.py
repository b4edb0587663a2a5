"""The bus of the embedded platform: publishing is calling, within one process."""

import asyncio
from collections.abc import Sequence

from shared.bus.port import BusUnavailable, Deliver, Queue
from shared.contracts import Envelope


class MemoryBus:
    """`publish` returns only when every subscriber has stored the envelopes; one failure fails the publish."""

    def __init__(self) -> None:
        self._subscribers: dict[str, tuple[Queue, Deliver]] = {}
        self._open = True

    async def declare(self, queues: Sequence[Queue]) -> None:
        """Nothing to declare: inboxes are the queues."""

    async def publish(self, envelopes: Sequence[Envelope]) -> None:
        """Store the envelopes with every subscriber that bound their types."""
        if not self._open:
            raise BusUnavailable("the bus is closed")
        storing = [
            _stored(queue, deliver, wanted)
            for queue, deliver in self._subscribers.values()
            if (wanted := [envelope for envelope in envelopes if queue.takes(envelope.type)])
        ]
        for failure in await asyncio.gather(*storing, return_exceptions=True):
            if failure is not None:
                raise failure

    async def subscribe(self, queue: Queue, deliver: Deliver) -> None:
        """Hear what is published from now on."""
        self._subscribers[queue.name] = (queue, deliver)

    async def close(self) -> None:
        """Refuse what is published later."""
        self._open = False
        self._subscribers.clear()

    @property
    def connected(self) -> bool:
        """Whether it is open."""
        return self._open


async def _stored(queue: Queue, deliver: Deliver, envelopes: Sequence[Envelope]) -> None:
    try:
        await deliver(envelopes)
    except Exception as error:
        raise BusUnavailable(f"{queue.name} could not store what it heard: {error}") from error
