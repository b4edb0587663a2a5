"""Messages on RabbitMQ: one message for all events published together, and what happens to an unreadable one."""

import asyncio

import aio_pika
import pytest

from shared.bus import Queue
from shared.bus.rabbit import RabbitBus
from tests.broker import Broker
from tests.shared.letters import (
    HEARD_BY_A,
    HEARD_BY_BOTH,
    HEARD_BY_NOBODY,
    SENDER,
    A,
    B,
    Subscriber,
    letter,
    letters,
    ready,
)

pytestmark = pytest.mark.connected


async def test_unreadable_bytes_are_put_aside(bus: RabbitBus, broker: Broker, namespace: str) -> None:
    a = Subscriber()
    await bus.subscribe(A, a)
    garbage = [b"", b"\xff\xfe", b"{", b"null", b'{"id": 1}', letter().model_dump_json().encode()[:-3]]
    connection = await aio_pika.connect(broker.url)
    async with connection:
        channel = await connection.channel()
        exchange = await channel.get_exchange(f"{namespace}.events.{SENDER}")
        for body in garbage:
            await exchange.publish(aio_pika.Message(body), routing_key=HEARD_BY_A)
        good = letter()
        await bus.publish([good])
        await a.has(good)
        assert a.stored == [good]
        aside = await channel.get_queue(f"{namespace}.unreadable")
        found = []
        async with asyncio.timeout(30), aside.iterator(no_ack=True) as messages:
            async for message in messages:
                found.append(message.body)
                if len(found) == len(garbage):
                    break
    assert sorted(found) == sorted(garbage)


async def test_what_is_readable_of_a_batch_is_stored_and_the_rest_put_aside_with_it(
    bus: RabbitBus, broker: Broker, namespace: str
) -> None:
    a, first, last = Subscriber(), letter(), letter()
    await bus.subscribe(A, a)
    mixed = b"[" + b",".join([first.model_dump_json().encode(), b'{"id": 1}', last.model_dump_json().encode()]) + b"]"
    connection = await aio_pika.connect(broker.url)
    async with connection:
        channel = await connection.channel()
        exchange = await channel.get_exchange(f"{namespace}.events.{SENDER}")
        await exchange.publish(aio_pika.Message(mixed), routing_key=HEARD_BY_A)
        await a.has(first, last)
        aside = await channel.get_queue(f"{namespace}.unreadable")
        async with asyncio.timeout(30), aside.iterator(no_ack=True) as messages:
            async for message in messages:
                assert message.body == mixed
                break


async def test_a_batch_comes_once_to_each_queue_that_hears_any_of_it(
    bus: RabbitBus, broker: Broker, namespace: str
) -> None:
    await bus.declare([SENDER], [B])
    spy = Queue("spy", A.types)
    await bus.declare([SENDER], [spy])
    a, b = Subscriber(), Subscriber()
    await bus.subscribe(A, a)
    await bus.subscribe(B, b)
    sent = [letter(kind, number) for number in range(20) for kind in (HEARD_BY_NOBODY, HEARD_BY_A, HEARD_BY_BOTH)]
    await bus.publish(sent)
    await a.until(lambda: len(a.stored) == 40)
    await b.until(lambda: len(b.stored) == 20)
    assert a.stored == [each for each in sent if each.type in A.types]
    assert b.stored == [each for each in sent if each.type in B.types]
    assert await ready(broker, f"{namespace}.spy") == 1


async def test_large_events_are_not_put_into_one_message(bus: RabbitBus, broker: Broker, namespace: str) -> None:
    await bus.declare([SENDER], [Queue("spy", A.types)])
    large = [letter().model_copy(update={"data": {"text": "x" * 100_000}}) for _ in range(3)]
    await bus.publish([*large, *letters(50)])
    assert await ready(broker, f"{namespace}.spy") == 3
    a = Subscriber()
    await bus.subscribe(Queue("spy", A.types), a)
    await a.has(*large)
