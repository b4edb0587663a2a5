"""Claims on events: a claim that is never resolved, replicas side by side, a clock that jumps, retried dead letters."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from shared import clock
from shared.inbox import MAX_ATTEMPTS
from shared.inbox.stored import claim
from shared.runtime import Running
from tests.shared.parcels import registered, rows
from tests.shared.post_office.rounds.service import SERVICE as ROUNDS
from tests.shared.test_delivery import POISON, delivery_status, stops, with_handlers
from tests.world import World

HOUR = timedelta(hours=1)


async def claimed_and_died(rounds: Running) -> int:
    """What a process does that is killed right after claiming."""
    async with rounds.engine.begin() as connection:
        return len(await claim(connection))


async def test_an_event_whose_handler_died_is_handled_after_its_lease(rounds: Running) -> None:
    event = registered()
    await rounds.inbox.deliver([event])
    assert await claimed_and_died(rounds) == 1
    assert await rounds.inbox.handle_due() == 0
    World.advance(minutes=1, seconds=1)
    assert await rounds.inbox.handle_due() == 1
    assert await delivery_status(rounds, event) == (2, True, False, False)


async def test_an_event_whose_handler_died_is_handled_alone(rounds: Running) -> None:
    sizes: list[int] = []

    async def note(_: Any, received: Any) -> None:
        sizes.append(len(received))

    await rounds.inbox.deliver([registered(), registered()])
    await claimed_and_died(rounds)
    World.advance(minutes=2)
    await rounds.inbox.deliver([registered(), registered(), registered()])
    await with_handlers(rounds, ParcelRegistered=note).handle_due()
    assert sizes == [3, 1, 1]


async def test_an_event_that_ends_every_process_is_counted_and_ends_as_a_dead_letter(rounds: Running) -> None:
    killer, good = registered(), registered()
    await rounds.inbox.deliver([killer])
    for attempt in range(1, MAX_ATTEMPTS + 1):
        assert await claimed_and_died(rounds) == 1
        assert (await delivery_status(rounds, killer))[0] == attempt
        World.advance(minutes=2)
    await rounds.inbox.deliver([good])
    await rounds.inbox.handle_due()
    assert (await delivery_status(rounds, killer))[2]
    assert await stops(rounds) == [good.subject]
    assert (
        "the process ended every time"
        in (await rows(rounds, "SELECT last_error FROM inbox WHERE dead_at IS NOT NULL"))[0]
    )


async def test_a_new_process_takes_over_what_its_predecessor_held(rounds: Running) -> None:
    events = [registered() for _ in range(5)]
    await rounds.inbox.deliver(events)
    await claimed_and_died(rounds)
    rounds.inbox.start()
    async with asyncio.timeout(30):
        while len(await stops(rounds)) < len(events):
            await asyncio.sleep(0.05)
    assert {await delivery_status(rounds, event) for event in events} == {(2, True, False, False)}


async def test_what_ended_a_process_again_and_again_rests_before_the_next_one_tries(rounds: Running) -> None:
    event = registered()
    await rounds.inbox.deliver([event])
    for _ in range(6):
        await claimed_and_died(rounds)
        World.advance(minutes=2)
    await claimed_and_died(rounds)
    before = clock.now()
    await rounds.inbox._take_over("live")
    (due,) = await rows(rounds, "SELECT due_at FROM inbox")
    assert timedelta(seconds=120) < due - before < timedelta(seconds=140)


async def test_an_expired_lease_does_not_give_an_event_two_handlers(rounds: Running) -> None:
    began, go_on = asyncio.Event(), asyncio.Event()
    handled: list[str] = []

    async def slow(work: Any, received: Any) -> None:
        began.set()
        await go_on.wait()
        handled.append("slow")
        await ROUNDS.handlers[type(received[0].event)](work, received)

    async def quick(work: Any, received: Any) -> None:
        handled.append("quick")
        await ROUNDS.handlers[type(received[0].event)](work, received)

    event = registered()
    await rounds.inbox.deliver([event])
    first = asyncio.create_task(with_handlers(rounds, ParcelRegistered=slow).handle_due())
    await began.wait()
    World.advance(minutes=5)
    assert await with_handlers(rounds, ParcelRegistered=quick).handle_due() == 0
    go_on.set()
    await first
    assert handled == ["slow"]
    assert await delivery_status(rounds, event) == (1, True, False, False)


async def test_a_claim_that_was_lost_while_its_holder_slept_is_not_handled(rounds: Running) -> None:
    event = registered()
    await rounds.inbox.deliver([event])
    async with rounds.engine.begin() as connection:
        asleep = await claim(connection)
    World.advance(minutes=5)
    assert await rounds.inbox.handle_due() == 1
    assert await rounds.inbox._handle(asleep)
    await rounds.inbox._put_back(asleep, RuntimeError("too late"), uncounted=False)
    assert await delivery_status(rounds, event) == (2, True, False, False)
    assert await rows(rounds, "SELECT count(*) FROM stop") == [1]


async def test_of_two_who_claimed_one_after_the_other_the_second_handles(rounds: Running) -> None:
    event = registered()
    await rounds.inbox.deliver([event])
    async with rounds.engine.begin() as connection:
        first = await claim(connection)
    World.advance(minutes=5)
    async with rounds.engine.begin() as connection:
        second = await claim(connection)
    assert await rounds.inbox._handle(first)
    assert await stops(rounds) == []
    assert await rounds.inbox._handle(second)
    assert await stops(rounds) == [event.subject]


async def test_replicas_share_the_work_and_each_event_is_handled_once(rounds: Running) -> None:
    events = [registered() for _ in range(300)]
    await rounds.inbox.deliver(events)
    handled: list[Any] = []

    async def note(work: Any, received: Any) -> None:
        handled.extend(each.envelope.id for each in received)
        await ROUNDS.handlers[type(received[0].event)](work, received)

    async def replica() -> None:
        inbox = with_handlers(rounds, ParcelRegistered=note)
        while await inbox.handle_due():
            pass

    await asyncio.gather(*(replica() for _ in range(4)))
    assert sorted(handled) == sorted(event.id for event in events)
    assert await rows(rounds, "SELECT DISTINCT attempts FROM inbox") == [1]


@pytest.mark.parametrize("jump", [HOUR, -HOUR], ids=["forward", "back"])
async def test_a_clock_that_jumps_by_an_hour_loses_and_repeats_nothing(rounds: Running, jump: timedelta) -> None:
    fresh, resting, held = registered(), registered(weight=POISON), registered()
    await rounds.inbox.deliver([resting])
    await rounds.inbox.handle_due()
    await rounds.inbox.deliver([held])
    await claimed_and_died(rounds)
    await rounds.inbox.deliver([fresh])
    clock.shift(jump)
    await rounds.inbox.handle_due()
    World.advance(minutes=13)
    await rounds.inbox.handle_due()
    assert (await delivery_status(rounds, fresh))[:2] == (1, True)
    assert (await delivery_status(rounds, held))[:2] == (2, True)
    assert not (await delivery_status(rounds, resting))[2]
    assert await stops(rounds) == sorted([fresh.subject, held.subject])
    assert await rows(rounds, "SELECT sequence FROM event") == [1, 1]


async def test_a_dead_letter_that_is_retried_gets_a_days_patience_again(by_hand: World, rounds: Running) -> None:
    poison = registered(weight=POISON)
    await rounds.inbox.deliver([poison])
    await rows(rounds, "UPDATE inbox SET attempts = :n", n=MAX_ATTEMPTS - 1)
    await rounds.inbox.handle_due()
    (dead,) = (await by_hand.admin.get("/rounds/v1/dead-letters")).json()["items"]
    assert (dead["event_id"], dead["attempts"]) == (str(poison.id), MAX_ATTEMPTS)
    assert dead["envelope"]["subject"] == str(poison.subject)
    assert (await by_hand.admin.get(f"/rounds/v1/dead-letters/{poison.id}")).json() == dead
    assert (await by_hand.admin.get(f"/rounds/v1/dead-letters/{poison.subject}")).status_code == 404
    assert (await by_hand.admin.get("/rounds/readyz")).json()["delivery"]["dead_letters"] == 1
    assert 'zeven_dead_letters{service="rounds"} 1.0' in (await by_hand.admin.get("/rounds/metrics")).text

    url = f"/rounds/v1/dead-letters/{poison.id}/retry"
    assert (await by_hand.admin.post(url)).status_code == 204
    assert (await by_hand.admin.post(url)).status_code == 404
    assert await rounds.inbox.handle_due() == 1
    assert await delivery_status(rounds, poison) == (1, False, False, False)


async def test_dead_letters_are_listed_page_by_page(by_hand: World, rounds: Running) -> None:
    poisons = [registered(weight=POISON) for _ in range(5)]
    await rounds.inbox.deliver(poisons)
    await rows(rounds, "UPDATE inbox SET dead_at = received_at, attempts = 9")

    async def ids(way: str, **more: str) -> tuple[list[str], str | None]:
        query = {"limit": "2", "count": "true", **more}
        page = (await by_hand.admin.get("/rounds/v1/dead-letters", params=query)).json()
        assert page["total"] == 5
        return [one["event_id"] for one in page["items"]], page[way]

    first, cursor = await ids("next")
    found, last = [*first], ""
    while cursor:
        last = cursor
        page, cursor = await ids("next", cursor=cursor)
        found += page
    assert found == sorted(str(poison.id) for poison in poisons)
    _, back = await ids("previous", cursor=last)
    assert (await ids("previous", cursor=back or ""))[0] == found[2:4]
    assert (await ids("next", sort="-received_at"))[0] == found[:2:-1]


async def test_a_dead_letter_whose_cause_is_gone_is_handled_when_it_is_retried(by_hand: World, rounds: Running) -> None:
    async def fails(_: Any, __: Any) -> None:
        raise RuntimeError("a mistake of ours")

    event = registered()
    await rounds.inbox.deliver([event])
    await rows(rounds, "UPDATE inbox SET attempts = :n", n=MAX_ATTEMPTS - 1)
    await with_handlers(rounds, ParcelRegistered=fails).handle_due()
    assert (await delivery_status(rounds, event))[2]
    await by_hand.admin.post(f"/rounds/v1/dead-letters/{event.id}/retry")
    await rounds.inbox.handle_due()
    assert await stops(rounds) == [event.subject]
    assert (await by_hand.admin.get("/rounds/v1/dead-letters")).json()["items"] == []
