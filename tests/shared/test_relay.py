"""From the event log to the bus: in order, at least once, by one relay at a time."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from shared import clock, database
from shared.bus import Bus, BusUnavailable, Deliver, Queue
from shared.contracts import Envelope
from shared.events import Relay, _decode_json, publish_waiting
from shared.runtime import Running
from tests.shared.parcels import TESTS, parcel, rows
from tests.shared.post_office.contracts import ParcelCollected, ParcelRegistered
from tests.shared.post_office.counter.service import SERVICE as COUNTER
from tests.world import World, as_owner, world

REGISTERED = ParcelRegistered(number="PAR-1", weight=1)


class Recorder:
    """A bus that remembers what was published on it and refuses while `away`."""

    def __init__(self) -> None:
        self.published: list[Envelope] = []
        self.away = False
        self.connected = True

    async def declare(self, queues: Sequence[Queue]) -> None: ...

    async def publish(self, envelopes: Sequence[Envelope]) -> None:
        if self.away:
            raise BusUnavailable("away")
        self.published += envelopes

    async def subscribe(self, queue: Queue, deliver: Deliver) -> None: ...

    async def close(self) -> None: ...


@pytest.fixture(scope="module")
async def counter_only(make_database: Callable[[str], Any]) -> AsyncIterator[World]:
    async with world((COUNTER,), make_database) as zeven:
        await zeven.running("counter").relay.stop()
        yield zeven


@pytest.fixture
async def counter(counter_only: World) -> Running:
    """The counter alone, with an empty log that nobody publishes."""
    one = counter_only.running("counter")
    await as_owner(one, "TRUNCATE event RESTART IDENTITY")
    return one


@pytest.fixture
async def connection(counter: Running) -> AsyncIterator[Any]:
    one = await database.connect(url_of(counter))
    await _decode_json(one)
    yield one
    await one.close()


def url_of(one: Running) -> str:
    return one.engine.url.render_as_string(hide_password=False)


async def emit(counter: Running, count: int = 1, *, historical: bool = False) -> list[UUID]:
    """Events of as many new records; answers their ids in order."""
    async with counter.work(TESTS) as work:
        return [work.emit(parcel(), REGISTERED, historical=historical) for _ in range(count)]


async def all_published(connection: Any, bus: Recorder) -> list[UUID]:
    while await publish_waiting(connection, bus.publish):
        pass
    return [envelope.id for envelope in bus.published]


async def test_events_are_published_in_the_order_of_their_commits(counter: Running, connection: Any) -> None:
    expected = [*(await emit(counter, 250)), *(await emit(counter, 250)), *(await emit(counter))]
    assert await all_published(connection, Recorder()) == expected
    assert await rows(counter, "SELECT count(*) FROM event WHERE published_at IS NULL OR position IS NULL") == [0]


async def test_positions_rise_without_gaps(counter: Running, connection: Any) -> None:
    for _ in range(3):
        await emit(counter, 30)
        await all_published(connection, Recorder())
    assert await rows(counter, "SELECT position FROM event ORDER BY ordinal") == list(range(1, 91))


async def test_a_commit_that_comes_late_is_not_skipped(counter: Running, connection: Any) -> None:
    """An ordinal is taken before the commit: a relay that continued after the last one seen would lose a slower transaction."""
    slow, bus = counter.work(TESTS), Recorder()
    async with slow:
        late = slow.emit(parcel(), REGISTERED)
        await slow.flush()
        (early,) = await emit(counter)
        assert await all_published(connection, bus) == [early]
    assert await all_published(connection, bus) == [early, late]
    assert await rows(counter, "SELECT id FROM event ORDER BY position") == [early, late]


async def test_live_events_are_published_before_historical_ones(counter: Running, connection: Any) -> None:
    past = await emit(counter, 300, historical=True)
    now = await emit(counter, 2)
    assert await all_published(connection, Recorder()) == [*now, *past]


async def test_a_live_event_overtakes_an_import_that_is_under_way(counter: Running, connection: Any) -> None:
    bus, past = Recorder(), await emit(counter, 500, historical=True)
    await publish_waiting(connection, bus.publish)
    now = await emit(counter)
    published = await all_published(connection, bus)
    assert published == [*past[:100], *now, *past[100:]]


async def test_what_the_bus_refused_is_published_later_in_the_same_order(counter: Running, connection: Any) -> None:
    expected, bus = await emit(counter, 10), Recorder()
    bus.away = True
    with pytest.raises(BusUnavailable):
        await publish_waiting(connection, bus.publish)
    assert await rows(counter, "SELECT count(*) FROM event WHERE published_at IS NOT NULL") == [0]
    assert await rows(counter, "SELECT id FROM event WHERE position IS NOT NULL ORDER BY position") == expected
    bus.away = False
    expected += await emit(counter)
    assert await all_published(connection, bus) == expected


async def test_a_crash_between_publishing_and_marking_publishes_again(counter: Running, connection: Any) -> None:
    expected, bus = await emit(counter, 3), Recorder()

    class Crash(Exception):
        pass

    async def crash(envelopes: Sequence[Envelope]) -> None:
        await bus.publish(envelopes)
        raise Crash

    with pytest.raises(Crash):
        await publish_waiting(connection, crash)
    assert await all_published(connection, bus) == [*expected, *expected]


@pytest.mark.parametrize("jump", [timedelta(hours=1), timedelta(hours=-1)], ids=["forward", "back"])
async def test_a_clock_that_jumps_does_not_change_the_order(counter: Running, connection: Any, jump: timedelta) -> None:
    before = await emit(counter, 5)
    clock.shift(jump)
    after = await emit(counter, 5)
    assert await all_published(connection, Recorder()) == [*before, *after]


async def test_what_travels_is_what_was_emitted(counter: Running, connection: Any) -> None:
    new, bus = parcel(), Recorder()
    async with counter.work(TESTS) as work:
        work.insert(new)
        work.emit(new, REGISTERED)
        identity = work.emit(new, ParcelCollected(collector="Zoë \U0001f4ee"), value_stream="renewal")
    await all_published(connection, bus)
    published = bus.published[-1]
    assert (published.id, published.type, published.source, published.subject) == (
        identity,
        "parcel.collected.v1",
        "counter",
        new.id,
    )
    assert (published.sequence, published.time, published.valuestream) == (2, new.updated_at, "renewal")
    assert (published.data, published.actor, published.historical) == ({"collector": "Zoë \U0001f4ee"}, TESTS, False)


@asynccontextmanager
async def relays(counter: Running, *buses: Bus) -> AsyncIterator[list[Relay]]:
    made = [Relay(url_of(counter), bus, "counter") for bus in buses]
    for relay in made:
        relay.start()
    try:
        yield made
    finally:
        for relay in made:
            await relay.stop()


async def all_marked(counter: Running) -> None:
    async with asyncio.timeout(30):
        while await rows(counter, "SELECT count(*) FROM event WHERE published_at IS NULL") != [0]:
            await asyncio.sleep(0.02)


async def until_one_leads(*candidates: Relay) -> Relay:
    async with asyncio.timeout(30):
        while not any(relay.leading for relay in candidates):
            await asyncio.sleep(0.01)
    return next(relay for relay in candidates if relay.leading)


async def test_of_two_replicas_one_publishes_and_the_other_takes_over(counter: Running) -> None:
    first, second = Recorder(), Recorder()
    async with relays(counter, first, second) as (one, other):
        leader = await until_one_leads(one, other)
        led, waiting = (first, second) if leader is one else (second, first)
        before = await emit(counter, 20)
        await all_marked(counter)
        assert [relay.leading for relay in (one, other)].count(True) == 1
        assert waiting.published == []
        await leader.stop()
        after = await emit(counter, 20)
        await all_marked(counter)
    assert [envelope.id for envelope in led.published] == before
    assert [envelope.id for envelope in waiting.published] == after


async def test_a_leader_whose_connection_is_cut_is_followed_and_nothing_is_lost(counter: Running) -> None:
    first, second = Recorder(), Recorder()
    async with relays(counter, first, second) as candidates:
        await until_one_leads(*candidates)
        expected = await emit(counter, 5)
        kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'zeven-relay'"
        await rows(counter, f"{kill} AND datname = current_database()")
        expected += await emit(counter, 5)
        await all_marked(counter)
    assert {envelope.id for envelope in [*first.published, *second.published]} == set(expected)


async def test_a_relay_goes_on_when_the_bus_comes_back(counter: Running) -> None:
    bus = Recorder()
    bus.away = True
    async with relays(counter, bus) as (relay,):
        expected = await emit(counter, 3)
        await until_one_leads(relay)
        async with asyncio.timeout(30):
            while await rows(counter, "SELECT count(*) FROM event WHERE position IS NULL") != [0]:
                await asyncio.sleep(0.02)
        bus.away = False
        await all_marked(counter)
    assert [envelope.id for envelope in bus.published] == expected


async def test_a_commit_elsewhere_wakes_the_relay_of_another_replica(
    counter: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    asleep = asyncio.Event()

    async def until_woken(event: asyncio.Event, *, seconds: float) -> None:
        asleep.set()
        await event.wait()

    monkeypatch.setattr("shared.events._wait", until_woken)
    bus = Recorder()
    elsewhere = Running(
        COUNTER, url=url_of(counter), bus=bus, verifier=counter.verifier, config=counter.config, several=True
    )
    async with relays(counter, bus):
        await asyncio.wait_for(asleep.wait(), 30)
        expected = await emit(elsewhere)
        await all_marked(counter)
    assert [envelope.id for envelope in bus.published] == expected
    await elsewhere.engine.dispose()


async def test_the_feed_shows_events_in_order_of_position_broker_or_no_broker(
    counter_only: World, counter: Running, connection: Any
) -> None:
    bus, expected = Recorder(), await emit(counter, 450)
    bus.away = True
    for _ in range(2):
        with pytest.raises(BusUnavailable):
            await publish_waiting(connection, bus.publish)
    shown: list[dict[str, Any]] = []
    after: int | None = 0
    while after is not None:
        page = (await counter_only.admin.get("/counter/v1/events", params={"after": after, "limit": 200})).json()
        shown += page["items"]
        after = page["next"]
    assert [UUID(item["id"]) for item in shown] == expected
    assert [item["position"] for item in shown] == list(range(1, 451))


async def test_the_feed_can_be_narrowed(counter_only: World, counter: Running, connection: Any) -> None:
    new = parcel()
    await emit(counter, 3)
    async with counter.work(TESTS) as work:
        work.emit(new, REGISTERED)
        work.emit(new, ParcelCollected(collector="Ada"))
    await all_published(connection, Recorder())

    async def sequences(**wanted: Any) -> list[int]:
        found = (await counter_only.admin.get("/counter/v1/events", params=wanted)).json()["items"]
        return [item["sequence"] for item in found]

    assert await sequences(subject=new.id) == [1, 2]
    assert await sequences(correlation_id=new.id) == [1, 2]
    assert await sequences(type="parcel.collected.v1") == [2]
    assert await sequences(after=4) == [2]
