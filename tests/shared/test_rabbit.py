"""RabbitMQ: the broker may be down, be killed or close a channel, and no event is lost."""

import asyncio
from uuid import uuid4

import aio_pika
import pytest

from shared.bus import Bus, BusUnavailable
from shared.bus.rabbit import RabbitBus
from shared.contracts import Envelope
from tests.broker import Broker
from tests.shared.letters import SENDER, A, Subscriber, letter, letters, ready

pytestmark = pytest.mark.connected
NotConfirmed = (BusUnavailable, TimeoutError)


async def until_published(bus: Bus, sent: list[Envelope]) -> None:
    """Publish again and again, as a relay does."""
    while True:
        try:
            await bus.publish(sent)
        except NotConfirmed:
            await asyncio.sleep(0.2)
        else:
            return


async def test_what_was_confirmed_survives_the_killed_broker(bus: RabbitBus, broker: Broker) -> None:
    sent = letters(500)
    await bus.publish(sent)
    await asyncio.to_thread(broker.kill)
    await asyncio.to_thread(broker.start)
    a = Subscriber()
    await bus.subscribe(A, a)
    await a.has(*sent)


async def test_a_broker_killed_under_load_loses_no_confirmed_event(bus: RabbitBus, broker: Broker) -> None:
    a = Subscriber()
    await bus.subscribe(A, a)
    confirmed: list[Envelope] = []
    enough = asyncio.Event()

    async def load() -> None:
        while not enough.is_set():
            sent = letters(50)
            await until_published(bus, sent)
            confirmed.extend(sent)

    task = asyncio.create_task(load())
    for _ in range(2):
        before = len(confirmed)
        await a.until(lambda before=before: len(a.stored) > before + 200)
        await asyncio.to_thread(broker.kill)
        await asyncio.to_thread(broker.start)
    before = len(a.stored)
    await a.until(lambda: len(a.stored) > before + 200)
    enough.set()
    await task
    await a.has(*confirmed)


async def test_publishing_without_a_broker_says_so_and_goes_on_afterwards(bus: RabbitBus, broker: Broker) -> None:
    a = Subscriber()
    await bus.subscribe(A, a)
    await bus.publish([letter()])
    await asyncio.to_thread(broker.kill)
    with pytest.raises(NotConfirmed):
        await bus.publish([letter()])
    assert not bus.connected
    await asyncio.to_thread(broker.start)
    sent = letter()
    await until_published(bus, [sent])
    await a.has(sent)
    assert bus.connected


async def test_a_bus_that_begins_without_a_broker_connects_when_it_comes(broker: Broker, namespace: str) -> None:
    await asyncio.to_thread(broker.kill)
    early, a = RabbitBus(f"{broker.url}?namespace={namespace}", SENDER), Subscriber()
    await early.subscribe(A, a)
    with pytest.raises(NotConfirmed):
        await early.publish([letter()])
    await asyncio.to_thread(broker.start)
    await early.declare([SENDER], [A])
    sent = letter()
    await until_published(early, [sent])
    await a.has(sent)
    await early.close()


async def test_a_broker_that_hangs_is_given_up_in_time(
    bus: RabbitBus, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.bus.rabbit.CONFIRM_SECONDS", 0.5)
    await bus.publish([letter()])
    broker.pause()
    try:
        with pytest.raises(NotConfirmed):
            await bus.publish([letter()])
    finally:
        broker.go_on()
    a = Subscriber()
    await bus.subscribe(A, a)
    sent = letter()
    await until_published(bus, [sent])
    await a.has(sent)


async def test_a_connection_given_up_for_stuck_counts_as_not_confirmed(bus: RabbitBus, broker: Broker) -> None:
    """The library cancels tasks that wait on such a connection; this must not count as a cancellation of the caller."""
    await bus.publish([letter()])
    broker.pause()
    assert bus._connection is not None
    assert bus._connection.transport is not None
    try:
        waiting = asyncio.create_task(bus.publish([letter()]))
        await asyncio.sleep(0.1)
        stuck = asyncio.create_task(bus._connection.transport.connection.close(asyncio.CancelledError()))
        with pytest.raises(NotConfirmed):
            await waiting
    finally:
        broker.go_on()
    await asyncio.gather(stuck, return_exceptions=True)
    await until_published(bus, [letter()])


async def test_events_wait_for_a_subscriber_that_comes_later(bus: RabbitBus) -> None:
    sent = letters(10)
    await bus.publish(sent)
    a = Subscriber()
    await bus.subscribe(A, a)
    await a.has(*sent)
    assert a.stored == sent


async def test_a_delivery_that_cannot_be_stored_is_held_and_never_requeued(
    bus: RabbitBus, broker: Broker, namespace: str
) -> None:
    a = Subscriber()
    a.refusing = OSError("no database")
    await bus.subscribe(A, a)
    sent = letters(3)
    await bus.publish(sent)
    await a.until(lambda: a.refused >= 3)
    assert await ready(broker, f"{namespace}.a") == 0
    a.refusing = None
    await a.has(*sent)
    assert a.stored == sent


async def test_what_was_held_when_the_bus_closed_is_delivered_to_the_next(
    bus: RabbitBus, broker: Broker, namespace: str
) -> None:
    refusing, a = Subscriber(), Subscriber()
    refusing.refusing = OSError("no database")
    await bus.subscribe(A, refusing)
    sent = letters(3)
    await bus.publish(sent)
    await refusing.until(lambda: refusing.refused >= 1)
    await bus.close()
    following = RabbitBus(f"{broker.url}?namespace={namespace}", SENDER)
    await following.subscribe(A, a)
    await a.has(*sent)
    await following.close()


async def test_two_replicas_of_a_service_share_its_queue(bus: RabbitBus, broker: Broker, namespace: str) -> None:
    other = RabbitBus(f"{broker.url}?namespace={namespace}", SENDER)
    a, b = Subscriber(), Subscriber()
    await bus.subscribe(A, a)
    await other.subscribe(A, b)
    sent = letters(200)
    for one in sent:
        await bus.publish([one])
    async with asyncio.timeout(60):
        while len(a.stored) + len(b.stored) < len(sent):
            await asyncio.sleep(0.02)
    assert sorted([*a.ids, *b.ids]) == sorted(envelope.id for envelope in sent)
    assert a.stored
    assert b.stored
    await other.close()


async def test_a_channel_that_the_broker_closes_is_opened_again(bus: RabbitBus) -> None:
    a = Subscriber()
    await bus.subscribe(A, a)
    await bus.publish([letter()])
    await a.until(lambda: len(a.stored) == 1)
    assert bus._connection is not None
    for channel in [each for each in bus._connection._RobustConnection__channels if not each.is_closed]:  # type: ignore[attr-defined]
        underlay = await channel.get_underlay_channel()
        await underlay.basic_ack(4711)  # a tag that was never given: the broker closes the channel
    sent = letter()
    async with asyncio.timeout(60):
        await until_published(bus, [sent])
    await a.has(sent)


async def test_platforms_on_one_broker_do_not_hear_each_other(bus: RabbitBus, broker: Broker) -> None:
    other = RabbitBus(f"{broker.url}?namespace=other-{uuid4().hex[:8]}", SENDER)
    await other.declare([SENDER], [A])
    here, there = Subscriber(), Subscriber()
    await bus.subscribe(A, here)
    await other.subscribe(A, there)
    mine, theirs = letter(), letter()
    await bus.publish([mine])
    await other.publish([theirs])
    await here.has(mine)
    await there.has(theirs)
    assert (here.stored, there.stored) == ([mine], [theirs])
    await other.close()


async def test_an_event_survives_a_publisher_that_is_killed_before_it_hears_the_confirm(bus: RabbitBus) -> None:
    """Whoever does not hear the confirm publishes again: the event comes twice rather than never."""
    a = Subscriber()
    await bus.subscribe(A, a)
    sent = letter()
    unheard = asyncio.create_task(bus.publish([sent]))
    await asyncio.sleep(0)
    unheard.cancel()
    await asyncio.gather(unheard, return_exceptions=True)
    await bus.publish([sent])
    await a.has(sent)
    assert set(a.ids) == {sent.id}


async def test_a_queue_that_was_deleted_is_consumed_again_once_it_is_declared_again(
    bus: RabbitBus, broker: Broker, namespace: str
) -> None:
    a = Subscriber()
    await bus.subscribe(A, a)
    await bus.publish([letter()])
    await a.until(lambda: len(a.stored) == 1)
    connection = await aio_pika.connect(broker.url)
    async with connection:
        await (await connection.channel()).queue_delete(f"{namespace}.a")
    await asyncio.sleep(2)
    await bus.declare([SENDER], [A])
    sent = letter()
    await until_published(bus, [sent])
    await a.has(sent)


async def test_a_service_that_starts_before_the_queues_are_declared_waits_for_them(
    broker: Broker, namespace: str
) -> None:
    early, a = RabbitBus(f"{broker.url}?namespace={namespace}", SENDER), Subscriber()
    await early.subscribe(A, a)
    for _ in range(3):
        with pytest.raises(NotConfirmed):
            await early.publish([letter()])
        await asyncio.sleep(0.7)
    await early.declare([SENDER], [A])
    sent = letter()
    await until_published(early, [sent])
    await a.has(sent)
    await early.close()
