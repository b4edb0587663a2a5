"""From an inbox to its effects: each parcel has one stop, also when events arrive twice, late or fail."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared import clock
from shared.contracts import Envelope
from shared.inbox import MAX_ATTEMPTS, Inbox, Routes
from shared.runtime import Running
from tests.shared.parcels import collected, registered, rows
from tests.shared.post_office.rounds.service import SERVICE as ROUNDS
from tests.world import World, as_owner

POISON = 666
WAITING = "SELECT count(*) FROM inbox WHERE done_at IS NULL AND dead_at IS NULL"


async def stops(rounds: Running) -> list[UUID]:
    return await rows(rounds, "SELECT parcel_id FROM stop ORDER BY parcel_id")


async def delivery_status(rounds: Running, event: Envelope) -> tuple[Any, ...]:
    """Attempts, whether done, whether dead, whether claimed."""
    columns = "attempts, done_at IS NOT NULL, dead_at IS NOT NULL, claimed_at IS NOT NULL"
    (found,) = await rows(rounds, f"SELECT {columns} FROM inbox WHERE event_id = :id", id=event.id)
    return tuple(found)


def with_handlers(rounds: Running, **changed: Any) -> Inbox:
    """Another inbox over the same table, as a replica has."""
    handlers = {kind: changed.get(kind.__name__, handler) for kind, handler in rounds.service.handlers.items()}
    return Inbox("rounds", rounds.engine, Routes(handlers), lambda cause: rounds.work(ROUNDS.actor, cause=cause))


@asynccontextmanager
async def every_statement_fails(rounds: Running, state: str) -> AsyncIterator[None]:
    """Writing a stop fails with an SQLSTATE, as it would on a full disk or after a deadlock."""
    fails = f"BEGIN RAISE EXCEPTION 'invented' USING ERRCODE = '{state}'; END"
    await as_owner(rounds, f"CREATE FUNCTION fails() RETURNS trigger LANGUAGE plpgsql AS $${fails}$$")
    await as_owner(rounds, "CREATE TRIGGER fails BEFORE INSERT ON stop EXECUTE FUNCTION fails()")
    yield
    await as_owner(rounds, "DROP FUNCTION fails CASCADE")


async def test_an_event_is_handled_once_however_often_it_comes(rounds: Running) -> None:
    event = registered()
    await rounds.inbox.deliver([event])
    await rounds.inbox.deliver([event, event])
    await rounds.inbox.handle_due()
    await rounds.inbox.deliver([event])
    assert await rounds.inbox.handle_due() == 0
    assert await stops(rounds) == [event.subject]
    assert await rows(rounds, "SELECT sequence FROM event") == [1]


async def test_a_repeat_within_one_delivery_is_one_event(rounds: Running) -> None:
    event = registered()
    await rounds.inbox.deliver([event, event, event])
    assert await rounds.inbox.handle_due() == 1
    assert await stops(rounds) == [event.subject]


async def test_an_event_told_again_under_another_id_has_no_second_effect(rounds: Running) -> None:
    first = registered()
    await rounds.inbox.deliver([first, registered(first.subject)])
    await rounds.inbox.handle_due()
    assert await stops(rounds) == [first.subject]


async def test_what_comes_in_the_wrong_order_has_the_same_effects(rounds: Running) -> None:
    parcels = [uuid4() for _ in range(10)]
    for parcel in reversed(parcels):
        await rounds.inbox.deliver([collected(parcel)])
        await rounds.inbox.handle_due()
    await rounds.inbox.deliver([registered(parcel) for parcel in reversed(parcels)])
    await rounds.inbox.handle_due()
    assert await stops(rounds) == sorted(parcels)
    assert await rows(rounds, "SELECT parcel_id FROM collection ORDER BY parcel_id") == sorted(parcels)


async def test_a_batch_is_handed_over_in_the_order_of_subject_and_sequence(rounds: Running) -> None:
    seen: list[tuple[UUID, int]] = []

    async def note(_: Any, received: Any) -> None:
        seen.extend((each.envelope.subject, each.envelope.sequence) for each in received)

    parcels = [uuid4() for _ in range(4)]
    events = [collected(parcel, sequence=number) for number in (3, 1, 2) for parcel in parcels]
    await rounds.inbox.deliver(events)
    await with_handlers(rounds, ParcelCollected=note).handle_due()
    assert seen == sorted(seen)
    assert len(seen) == len(events)


async def test_what_arrived_first_is_claimed_first_whatever_the_clock_said(rounds: Running) -> None:
    seen: list[UUID] = []

    async def note(_: Any, received: Any) -> None:
        seen.extend(each.envelope.subject for each in received)

    early, late = [registered() for _ in range(50)], [registered() for _ in range(10)]
    await rounds.inbox.deliver(early)
    clock.shift(timedelta(hours=-1))
    await rounds.inbox.deliver(late)
    inbox = with_handlers(rounds, ParcelRegistered=note)
    assert (await inbox.handle_due(), await inbox.handle_due()) == (50, 10)
    assert set(seen[:50]) == {event.subject for event in early}


async def test_live_events_are_handled_before_historical_ones(rounds: Running) -> None:
    past = [registered(historical=True) for _ in range(111)]
    await rounds.inbox.deliver(past)
    now = registered()
    await rounds.inbox.deliver([now])
    await rounds.inbox.handle_due()
    assert (await delivery_status(rounds, now))[1]
    assert await rows(rounds, WAITING) == [11]


async def test_a_type_that_nobody_handles_is_done_without_effect(rounds: Running) -> None:
    event = registered().model_copy(update={"type": "parcel.weighed.v9"})
    await rounds.inbox.deliver([event])
    await rounds.inbox.handle_due()
    assert await delivery_status(rounds, event) == (1, True, False, False)


async def test_a_poison_event_does_not_hold_up_its_neighbours(rounds: Running) -> None:
    good = [registered() for _ in range(10)]
    poison = registered(weight=POISON)
    await rounds.inbox.deliver([*good[:5], poison, *good[5:]])
    await rounds.inbox.handle_due()
    assert await stops(rounds) == sorted(event.subject for event in good)
    assert await delivery_status(rounds, poison) == (1, False, False, False)
    for event in good:
        assert (await delivery_status(rounds, event))[:2] == (1, True)


async def test_an_event_whose_fact_cannot_be_read_is_poison_like_any_other(rounds: Running) -> None:
    good, broken = registered(), registered().model_copy(update={"data": {"number": None}})
    await rounds.inbox.deliver([good, broken])
    await rounds.inbox.handle_due()
    assert await stops(rounds) == [good.subject]
    assert "ValidationError" in (await rows(rounds, "SELECT last_error FROM inbox WHERE last_error IS NOT NULL"))[0]


async def test_a_poison_event_is_counted_as_failing_and_not_as_a_service_that_stands_still(
    by_hand: World, rounds: Running
) -> None:
    poison = registered(weight=POISON)
    await rounds.inbox.deliver([poison])
    await rounds.inbox.handle_due()
    World.advance(hours=3)
    found = (await by_hand.admin.get("/rounds/readyz")).json()["delivery"]
    assert (found["inbox"]["oldest_live_seconds"], found["failing"]) == (0, 1)
    assert 'zeven_inbox_failing_events{service="rounds"} 1.0' in (await by_hand.admin.get("/rounds/metrics")).text
    await rounds.inbox.deliver([registered()])
    World.advance(minutes=5)
    assert (await by_hand.admin.get("/rounds/readyz")).json()["delivery"]["inbox"]["oldest_live_seconds"] >= 300


async def test_a_failure_that_cannot_be_written_down_is_still_counted(rounds: Running) -> None:
    async def fails(_: Any, __: Any) -> None:
        raise ValueError("\x00 \ud800 \U0001f4ee")

    event = registered()
    await rounds.inbox.deliver([event])
    await with_handlers(rounds, ParcelRegistered=fails).handle_due()
    assert await delivery_status(rounds, event) == (1, False, False, False)
    assert await rows(rounds, "SELECT last_error FROM inbox") == ["ValueError: \\0 \\ud800 \U0001f4ee"]


async def test_a_poison_event_rests_longer_each_time(rounds: Running) -> None:
    poison = registered(weight=POISON)
    await rounds.inbox.deliver([poison])
    for seconds in (2, 4, 8, 16):
        assert await rounds.inbox.handle_due() == 1
        World.advance(seconds=seconds - 0.5)
        assert await rounds.inbox.handle_due() == 0
        World.advance(seconds=0.6)


async def test_a_poison_event_ends_as_a_dead_letter_after_a_day(rounds: Running) -> None:
    poison, begun = registered(weight=POISON), clock.shifted()
    await rounds.inbox.deliver([poison])
    for attempt in range(1, MAX_ATTEMPTS + 1):
        assert await rounds.inbox.handle_due() == 1
        assert await delivery_status(rounds, poison) == (attempt, False, attempt == MAX_ATTEMPTS, False)
        World.advance(minutes=10)
    assert timedelta(hours=23) < clock.shifted() - begun < timedelta(hours=26)
    World.advance(days=30)
    assert await rounds.inbox.handle_due() == 0
    assert "cannot be carried" in (await rows(rounds, "SELECT last_error FROM inbox"))[0]


@pytest.mark.parametrize("state", ["53100", "40P01", "40001", "57P01", "08006", "25006", "53300"])
async def test_a_fault_of_the_platform_costs_no_attempt(rounds: Running, state: str) -> None:
    events = [registered() for _ in range(3)]
    await rounds.inbox.deliver(events)
    async with every_statement_fails(rounds, state):
        for _ in range(3):
            assert await rounds.inbox.handle_due() == 3
            assert {await delivery_status(rounds, event) for event in events} == {(0, False, False, False)}
            World.advance(seconds=2)
    await rounds.inbox.handle_due()
    assert await stops(rounds) == sorted(event.subject for event in events)


async def test_a_fault_of_the_statement_costs_one(rounds: Running) -> None:
    event = registered()
    await rounds.inbox.deliver([event])
    async with every_statement_fails(rounds, "22003"):
        await rounds.inbox.handle_due()
    assert await delivery_status(rounds, event) == (1, False, False, False)


async def test_a_handler_that_fails_leaves_nothing_behind(rounds: Running) -> None:
    async def half(work: Any, received: Any) -> None:
        await rounds.service.handlers[type(received[0].event)](work, received)
        await work.flush()
        raise RuntimeError("the other half")

    await rounds.inbox.deliver([registered()])
    await with_handlers(rounds, ParcelRegistered=half).handle_due()
    assert await stops(rounds) == []
    assert await rows(rounds, "SELECT count(*) FROM event") == [0]


async def test_handled_events_are_forgotten_after_a_day(rounds: Running) -> None:
    old, poison = registered(), registered(weight=POISON)
    await rounds.inbox.deliver([old, poison])
    await rounds.inbox.handle_due()
    World.advance(hours=23)
    young = registered()
    await rounds.inbox.deliver([young])
    await rounds.inbox.handle_due()
    async with rounds.work(ROUNDS.actor) as work:
        assert await rounds._housekeeping(work) == 0
    World.advance(hours=2)
    async with rounds.work(ROUNDS.actor) as work:
        assert await rounds._housekeeping(work) == 1
        assert await rounds._housekeeping(work) == 0
    remaining = await rows(rounds, "SELECT event_id FROM inbox ORDER BY event_id")
    assert remaining == sorted([young.id, poison.id])
