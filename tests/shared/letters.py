"""Letters to send over a bus, and a subscriber that remembers them."""

import asyncio
from collections.abc import Callable, Sequence
from uuid import UUID, uuid4

import aio_pika
from uuid_utils.compat import uuid7

from shared import clock
from shared.bus import Queue
from shared.contracts import Actor, Envelope
from tests.broker import Broker

HEARD_BY_A, HEARD_BY_BOTH, HEARD_BY_NOBODY = "letter.a.v1", "letter.both.v1", "letter.nobody.v1"
SENDER = "sender"
A = Queue("a", {HEARD_BY_A: SENDER, HEARD_BY_BOTH: SENDER})
B = Queue("b", {HEARD_BY_BOTH: SENDER})


def letter(kind: str = HEARD_BY_A, number: int = 1, *, source: str = SENDER) -> Envelope:
    return Envelope(
        id=uuid7(),
        type=kind,
        source=source,
        subject=uuid4(),
        sequence=number,
        time=clock.now(),
        correlationid=uuid4(),
        actor=Actor(type="system", id=source),
        data={"number": number},
    )


def letters(count: int, kind: str = HEARD_BY_A) -> list[Envelope]:
    return [letter(kind, number) for number in range(count)]


class Subscriber:
    """Remembers what it was given; refuses while `refusing`."""

    def __init__(self) -> None:
        self.stored: list[Envelope] = []
        self.refusing: Exception | None = None
        self.refused = 0
        self._changed = asyncio.Condition()

    async def __call__(self, envelopes: Sequence[Envelope]) -> None:
        async with self._changed:
            if self.refusing:
                self.refused += 1
                self._changed.notify_all()
                raise self.refusing
            self.stored += envelopes
            self._changed.notify_all()

    @property
    def ids(self) -> list[UUID]:
        return [envelope.id for envelope in self.stored]

    async def until(self, condition: Callable[[], bool], seconds: float = 60) -> None:
        async with asyncio.timeout(seconds), self._changed:
            await self._changed.wait_for(condition)

    async def has(self, *expected: Envelope) -> None:
        await self.until(lambda: {each.id for each in expected} <= set(self.ids))


async def ready(broker: Broker, name: str) -> int:
    """How many messages wait in a queue and are held by nobody."""
    connection = await aio_pika.connect(broker.url)
    async with connection:
        channel = await connection.channel()
        queue = await channel.declare_queue(name, passive=True)
        return queue.declaration_result.message_count or 0
