"""What every bus promises, tried on both: in process and over RabbitMQ."""

import asyncio
from collections.abc import AsyncIterator, Callable
from uuid import uuid4

import pytest

from shared.bus import Bus, BusUnavailable, bus_for
from tests.shared.letters import HEARD_BY_A, HEARD_BY_BOTH, HEARD_BY_NOBODY, A, B, Subscriber, letter, letters

KINDS = ["memory", pytest.param("rabbit", marks=pytest.mark.connected)]

NewBus = Callable[[], Bus]


@pytest.fixture(params=KINDS)
async def new_bus(request: pytest.FixtureRequest) -> AsyncIterator[NewBus]:
    """Makes buses that reach each other; in process there is one."""
    made: list[Bus] = []
    if request.param == "memory":
        one = bus_for("memory:")
        made.append(one)
        yield lambda: one
    else:
        address = f"{request.getfixturevalue('broker_url')}?namespace=bus-{uuid4().hex[:8]}"

        def make() -> Bus:
            made.append(bus_for(address))
            return made[-1]

        yield make
    for bus in made:
        await bus.close()


async def test_an_event_reaches_every_queue_that_bound_its_type(new_bus: NewBus) -> None:
    bus, a, b = new_bus(), Subscriber(), Subscriber()
    await bus.declare([A, B])
    await bus.subscribe(A, a)
    await bus.subscribe(B, b)
    sent = letter(HEARD_BY_BOTH)
    await bus.publish([sent])
    await a.has(sent)
    await b.has(sent)
    assert a.stored == b.stored == [sent]


async def test_an_event_does_not_reach_a_queue_that_did_not_bind_its_type(new_bus: NewBus) -> None:
    bus, a, b = new_bus(), Subscriber(), Subscriber()
    await bus.declare([A, B])
    await bus.subscribe(A, a)
    await bus.subscribe(B, b)
    for_a, for_both = letter(HEARD_BY_A), letter(HEARD_BY_BOTH)
    await bus.publish([for_a, for_both])
    await a.has(for_a, for_both)
    await b.has(for_both)
    assert b.stored == [for_both]


async def test_an_event_that_nobody_binds_may_be_published(new_bus: NewBus) -> None:
    bus, a = new_bus(), Subscriber()
    await bus.declare([A])
    await bus.subscribe(A, a)
    await bus.publish([letter(HEARD_BY_NOBODY)])
    marker = letter()
    await bus.publish([marker])
    await a.has(marker)
    assert a.stored == [marker]


async def test_what_one_publisher_sends_arrives_in_its_order(new_bus: NewBus) -> None:
    bus, a = new_bus(), Subscriber()
    await bus.declare([A])
    await bus.subscribe(A, a)
    sent = letters(300)
    for begin in range(0, 300, 100):
        await bus.publish(sent[begin : begin + 100])
    await a.has(*sent)
    assert a.ids == [envelope.id for envelope in sent]


async def test_an_event_arrives_as_it_was_sent(new_bus: NewBus) -> None:
    bus, a = new_bus(), Subscriber()
    await bus.declare([A])
    await bus.subscribe(A, a)
    sent = letter().model_copy(
        update={
            "about": uuid4(),
            "causationid": uuid4(),
            "valuestream": "maintenance",
            "historical": True,
            "traceparent": "00-1-2-01",
            "data": {"text": "Sjöfartsverket 漢字 \U0001f4ee", "deep": [{"none": None, "number": 1.5, "yes": True}]},
        }
    )
    await bus.publish([sent])
    await a.has(sent)
    assert a.stored == [sent]


async def test_publishing_nothing_is_nothing(new_bus: NewBus) -> None:
    bus = new_bus()
    await bus.declare([A])
    await bus.publish([])


async def test_declaring_again_changes_nothing(new_bus: NewBus) -> None:
    bus, a = new_bus(), Subscriber()
    await bus.declare([A, B])
    await bus.declare([A, B])
    await bus.subscribe(A, a)
    sent = letter()
    await bus.publish([sent])
    await a.has(sent)
    assert a.stored == [sent]


async def test_a_closed_bus_publishes_nothing_more(new_bus: NewBus) -> None:
    bus, a = new_bus(), Subscriber()
    await bus.declare([A])
    await bus.subscribe(A, a)
    assert bus.connected
    await bus.close()
    assert not bus.connected
    with pytest.raises(BusUnavailable):
        await bus.publish([letter()])
    assert a.stored == []


async def test_what_a_subscriber_cannot_store_counts_as_received_by_nobody(new_bus: NewBus) -> None:
    """In process the publish fails and is repeated; a broker keeps the event until it could be stored."""
    bus, a = new_bus(), Subscriber()
    await bus.declare([A])
    await bus.subscribe(A, a)
    a.refusing = OSError("no room")
    sent = letter()
    try:
        await bus.publish([sent])
    except BusUnavailable as refusal:
        assert "no room" in str(refusal)  # noqa: PT017 - only the bus in process refuses
        a.refusing = None
        await bus.publish([sent])
    else:
        await a.until(lambda: a.refused >= 2)
        a.refusing = None
    await a.has(sent)
    assert a.stored == [sent]


async def test_one_subscriber_that_fails_takes_nothing_from_another(new_bus: NewBus) -> None:
    bus, a, b = new_bus(), Subscriber(), Subscriber()
    await bus.declare([A, B])
    await bus.subscribe(B, b)
    await bus.subscribe(A, a)
    b.refusing = RuntimeError("broken")
    sent = letter(HEARD_BY_BOTH)
    try:
        await bus.publish([sent])
    except BusUnavailable:
        b.refusing = None
        await bus.publish([sent])
    await a.has(sent)
    b.refusing = None
    await b.has(sent)


async def test_a_thousand_events_at_once_arrive_each(new_bus: NewBus) -> None:
    bus, a, b = new_bus(), Subscriber(), Subscriber()
    await bus.declare([A, B])
    await bus.subscribe(A, a)
    await bus.subscribe(B, b)
    sent = letters(1000, HEARD_BY_BOTH)
    await bus.publish(sent)
    await a.has(*sent)
    await b.has(*sent)


async def test_two_publishers_do_not_disturb_each_other(new_bus: NewBus) -> None:
    first, second, a = new_bus(), new_bus(), Subscriber()
    await first.declare([A])
    await first.subscribe(A, a)
    here, there = letters(100), letters(100)
    await asyncio.gather(first.publish(here), second.publish(there))
    await a.has(*here, *there)
    for sent in (here, there):
        mine = {envelope.id for envelope in sent}
        assert [identity for identity in a.ids if identity in mine] == [envelope.id for envelope in sent]


def test_the_address_names_the_bus() -> None:
    assert type(bus_for("memory:")).__name__ == "MemoryBus"
    assert type(bus_for("amqp://guest:guest@127.0.0.1/")).__name__ == "RabbitBus"
