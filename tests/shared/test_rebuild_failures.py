"""A rebuild that cannot continue: what is there stays, a false feed is refused, and it says why."""

import asyncio
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from starlette.responses import JSONResponse, Response

from shared import database
from shared.contracts import Envelope
from shared.feed import FeedUnavailable, FeedUnusable, TokenRejected
from shared.neighbours import Neighbours
from shared.rebuilds import Derived, beside, stored
from shared.settings import Settings
from shared.unit_of_work import Work
from tests.feeds import PretendedFeed
from tests.serving import listening
from tests.shared.parcels import collected, registered, rows
from tests.shared.test_requests import PARCELS, problem
from tests.world import World, as_owner, token

REBUILD = "/rounds/v1/rebuild"
LETTERS = "/rounds/v1/dead-letters"
WEIGHTS = "SELECT weight FROM stop ORDER BY weight"
EVENTS = "SELECT type FROM event ORDER BY ordinal"


def nowhere(_: str) -> None:
    """No service is in this process."""


@pytest.fixture
def refused(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the security log says of refused events."""
    lines: list[dict[str, Any]] = []

    def record(act: str, **details: Any) -> None:
        if act == "envelope_refused":
            lines.append(details)

    monkeypatch.setattr("shared.security_log.record", record)
    return lines


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.rebuilds.reading.RETRY_SECONDS", 0.5)
    monkeypatch.setattr("shared.rebuilds.reading.FIRST_PAUSE", 0.01)


@pytest.fixture
def by_twos(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.rebuilds.replay.READ_AT_ONCE", 2)


@pytest.fixture
async def counter(by_hand: World) -> PretendedFeed:
    """The feed of the counter, which does not run; the rounds have derived one stop from it, which no record explains."""
    await as_owner(by_hand.running("rounds"), "TRUNCATE rebuild")
    await by_hand.rebuild("rounds", [registered(weight=1)])
    await as_owner(by_hand.running("rounds"), "TRUNCATE rebuild, event")
    return by_hand.feeds["counter"]


async def ended(office: World, admin: httpx2.AsyncClient | None = None) -> dict[str, Any]:
    """The rebuild that is started now, once it runs no longer."""
    started = await (admin or office.admin).post(REBUILD)
    assert started.status_code == 202, started.text
    assert started.headers["Location"] == f"{REBUILD}/{started.json()['id']}"
    last = await office.rebuilt("rounds")
    assert last["id"] == started.json()["id"]
    return last


def of_counter(last: dict[str, Any]) -> dict[str, Any]:
    """How far the feed of the counter was read."""
    (found,) = [feed for feed in last["feeds"] if feed["service"] == "counter"]
    return dict(found)


async def nothing_was_begun(office: World, last: dict[str, Any]) -> None:
    assert (last["state"], last["dropped_at"]) == ("failed", None)
    assert last["ended_at"]
    rounds = office.running("rounds")
    assert await rows(rounds, WEIGHTS) == [1]
    assert await rows(rounds, EVENTS) == []


async def test_an_event_of_another_source_is_refused_before_anything_is_begun(
    by_hand: World, counter: PretendedFeed, refused: list[dict[str, Any]]
) -> None:
    forged = registered(weight=9).model_copy(update={"source": "governance"})
    counter.publish([forged, registered(weight=2)])
    last = await ended(by_hand)
    assert f"holds an event of another source ({forged.id})" in last["reason"]
    await nothing_was_begun(by_hand, last)
    assert [(each["actor"], each["source"]) for each in refused] == [("counter", "governance")]


async def test_an_event_of_another_source_on_a_later_page_ends_the_rebuild(
    by_hand: World, counter: PretendedFeed, refused: list[dict[str, Any]], by_twos: None
) -> None:
    forged = registered(weight=9).model_copy(update={"source": "governance"})
    counter.publish([registered(weight=2), registered(weight=3), registered(weight=4), forged])
    last = await ended(by_hand)
    assert (last["state"], of_counter(last)["position"]) == ("failed", 2)
    rounds = by_hand.running("rounds")
    assert await rows(rounds, WEIGHTS) == [1]
    assert await rows(rounds, EVENTS) == ["rebuild.started.v1", "rebuild.failed.v1"]
    assert len(refused) == 1


async def test_a_type_that_the_service_asked_may_not_publish_is_left_out(
    by_hand: World, counter: PretendedFeed
) -> None:
    foreign = [
        registered(weight=9).model_copy(update={"type": kind})
        for kind in ("stop.planned.v1", "parcel.weighed.v1", "access.ended.v1")
    ]
    counter.publish([*foreign, registered(weight=2)])
    last = await ended(by_hand)
    assert (last["state"], of_counter(last)["read"], of_counter(last)["handled"]) == ("completed", 4, 1)
    assert await rows(by_hand.running("rounds"), WEIGHTS) == [2]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Response("<html>", 200), "the response of counter is not a feed"),
        (JSONResponse({"items": [{}], "next": None, "last": 1}), "the response of counter is not a feed"),
        (JSONResponse({"items": [], "next": 5, "last": 9}), "not in the order of its positions"),
        (Response("", 403), "counter answers 403 when its feed is read"),
        (Response("", 404), "counter answers 404 when its feed is read"),
        (Response("", 302, {"Location": "http://elsewhere.example/"}), "counter answers 302 when its feed is read"),
        (Response("", 503, {"Retry-After": "0"}), "counter answers 503"),
    ],
)
async def test_a_feed_that_is_no_feed_ends_it_before_anything_is_begun(
    by_hand: World, counter: PretendedFeed, impatient: None, answer: Response, reason: str
) -> None:
    counter.publish([registered(weight=2)])
    counter.interrupt = lambda _: answer
    last = await ended(by_hand)
    assert reason in last["reason"]
    await nothing_was_begun(by_hand, last)


async def test_a_feed_that_repeats_itself_ends_the_rebuild(by_hand: World, counter: PretendedFeed) -> None:
    counter.publish([registered(weight=2)])
    page = counter._page(0, 1).model_dump(mode="json")
    counter.interrupt = lambda _: JSONResponse({**page, "next": 1})
    assert "not in the order of its positions" in (await ended(by_hand))["reason"]


async def test_a_feed_that_is_away_for_a_moment_is_asked_again(
    by_hand: World, counter: PretendedFeed, by_twos: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.rebuilds.reading.FIRST_PAUSE", 0.01)
    counter.publish(registered(weight=weight) for weight in (2, 3, 4))
    answers = [None, None, Response("", 503), Response("", 429), None]
    counter.interrupt = lambda _: answers.pop(0) if answers else None
    assert (await ended(by_hand))["state"] == "completed"
    assert await rows(by_hand.running("rounds"), WEIGHTS) == [2, 3, 4]


async def test_an_event_that_cannot_be_handled_becomes_a_dead_letter_and_everything_else_is_rebuilt(
    by_hand: World, counter: PretendedFeed, by_twos: None
) -> None:
    poison = registered(weight=666)
    counter.publish([registered(weight=2), registered(weight=3), poison, registered(weight=4)])
    rounds = by_hand.running("rounds")
    for attempt in ("first", "second"):
        last = await ended(by_hand)
        assert (last["state"], last["dead_letters"], of_counter(last)["read"]) == ("completed", 1, 4), attempt
        assert await rows(rounds, WEIGHTS) == [2, 3, 4]
        (letter,) = (await by_hand.admin.get(LETTERS)).json()["items"]
        assert (letter["event_id"], letter["state"]) == (str(poison.id), "dead")
        assert letter["last_error"] == "ValueError: this parcel cannot be carried"
    (_, completed) = await rows(rounds, "SELECT data FROM event WHERE type LIKE 'rebuild.%' ORDER BY ordinal LIMIT 2")
    assert completed["dead_letters"] == 1


async def test_an_event_that_was_discarded_fails_no_later_rebuild_again(by_hand: World, counter: PretendedFeed) -> None:
    poison = registered(weight=666)
    counter.publish([poison, registered(weight=4)])
    await ended(by_hand)
    reason = {"reason": "a test parcel"}
    assert (await by_hand.admin.post(f"{LETTERS}/{poison.id}/discard", json=reason)).status_code == 204
    last = await ended(by_hand)
    assert (last["state"], last["dead_letters"], of_counter(last)["handled"]) == ("completed", 0, 1)
    assert (await by_hand.admin.get(LETTERS)).json()["items"] == []
    assert await rows(by_hand.running("rounds"), WEIGHTS) == [4]


async def test_an_event_that_fails_when_everything_else_has_been_rebuilt_becomes_a_dead_letter_too(
    by_hand: World, counter: PretendedFeed, monkeypatch: pytest.MonkeyPatch
) -> None:
    early, late = [registered(weight=2)], [registered(weight=666), registered(weight=3)]
    counter.publish(early)
    block, rounds = beside.block, by_hand.running("rounds")
    await rounds.inbox.deliver([*early, *late])
    await rows(rounds, "UPDATE inbox SET done_at = received_at")

    async def published_late(work: Work, derived: Derived) -> None:
        if late:
            counter.publish([*early, *late])
            late.clear()
        await block(work, derived)

    monkeypatch.setattr(beside, "block", published_late)
    last = await ended(by_hand)
    assert (last["state"], last["dead_letters"], of_counter(last)["read"]) == ("completed", 1, 3)
    assert await rows(rounds, WEIGHTS) == [2, 3]


async def test_what_is_not_handled_yet_is_left_to_its_delivery(by_hand: World, counter: PretendedFeed) -> None:
    """A rebuild that handled it first would let its delivery find everything known, and announce nothing."""
    rounds, waiting, handled = by_hand.running("rounds"), registered(weight=5), registered(weight=6)
    await rounds.inbox.deliver([waiting, handled])
    await rows(rounds, "UPDATE inbox SET done_at = received_at WHERE event_id = :id", id=handled.id)
    counter.publish([registered(weight=2), waiting, handled])
    assert (await ended(by_hand))["state"] == "completed"
    assert await rows(rounds, WEIGHTS) == [2, 6]
    await rounds.inbox.handle_due()
    assert await rows(rounds, WEIGHTS) == [2, 5, 6]
    planned = "SELECT count(*) FROM event WHERE type = 'stop.planned.v1'"
    assert await rows(rounds, planned) == [1]


async def test_an_event_that_may_be_on_its_way_is_waited_for_before_it_counts_as_forgotten(
    by_hand: World, counter: PretendedFeed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.rebuilds.replay.SETTLED_AFTER_SECONDS", 60.0)
    rounds, late = by_hand.running("rounds"), registered(weight=5)
    counter.publish([late])
    started = (await by_hand.admin.post(REBUILD)).json()
    await asyncio.sleep(0.3)
    assert (await by_hand.admin.get(f"{REBUILD}/{started['id']}")).json()["state"] == "running"
    await rounds.inbox.deliver([late])
    await rounds.inbox.handle_due()
    assert (await by_hand.rebuilt("rounds"))["state"] == "completed"
    assert await rows(rounds, WEIGHTS) == [5]


async def test_a_rebuild_whose_token_ends_waits_and_continues_where_it_was_with_another_one(
    by_hand: World, counter: PretendedFeed, by_twos: None
) -> None:
    first, second = token("ada"), token("grace")
    counter.publish(registered(weight=weight) for weight in (2, 3, 4, 5, 6))
    counter.tokens.clear()
    counter.interrupt = lambda after: Response("", 401) if after >= 2 and counter.tokens[-1] == first else None
    last = await ended(by_hand, by_hand.as_(first))
    assert (last["state"], of_counter(last)["position"], last["ended_at"]) == ("waiting", 2, None)
    assert "token" in last["reason"]
    assert await rows(by_hand.running("rounds"), WEIGHTS) == [1]
    continued = await by_hand.as_(second).post(f"{REBUILD}/{last['id']}/continue")
    assert (continued.status_code, continued.json()["id"]) == (202, last["id"])
    last = await by_hand.rebuilt("rounds")
    assert (last["state"], last["reason"], of_counter(last)["read"]) == ("completed", None, 5)
    assert await rows(by_hand.running("rounds"), WEIGHTS) == [2, 3, 4, 5, 6]
    assert await rows(by_hand.running("rounds"), EVENTS) == ["rebuild.started.v1", "rebuild.completed.v1"]
    assert set(counter.tokens) == {first, second}
    problem(await by_hand.admin.post(f"{REBUILD}/{last['id']}/continue"), 409, "conflict")
    problem(await by_hand.admin.post(f"{REBUILD}/{uuid4()}/continue"), 404, "not-found")


async def test_the_token_is_nowhere_in_the_database(by_hand: World, counter: PretendedFeed, by_twos: None) -> None:
    secret = token("ada")
    counter.publish(registered(weight=weight) for weight in (2, 3, 4))
    counter.interrupt = lambda after: Response("", 401) if after >= 2 else None
    assert (await ended(by_hand, by_hand.as_(secret)))["state"] == "waiting"
    for table in ("rebuild", "event"):
        stored_rows = await rows(by_hand.running("rounds"), f"SELECT CAST({table} AS text) FROM {table}")
        assert stored_rows
        assert not any(secret.rpartition(".")[2] in row for row in stored_rows)


async def test_a_waiting_rebuild_that_is_started_again_begins_from_the_first_event(
    by_hand: World, counter: PretendedFeed, by_twos: None
) -> None:
    counter.publish(registered(weight=weight) for weight in (2, 3, 4))
    counter.interrupt = lambda after: Response("", 401) if after >= 2 else None
    waiting = await ended(by_hand)
    counter.publish([registered(weight=7)])
    assert (await ended(by_hand))["state"] == "completed"
    assert await rows(by_hand.running("rounds"), WEIGHTS) == [7]
    given_up = (await by_hand.admin.get(f"{REBUILD}/{waiting['id']}")).json()
    assert (given_up["state"], given_up["reason"]) == ("failed", "another rebuild was started")


@pytest.fixture
def held(counter: PretendedFeed) -> Iterator[asyncio.Event]:
    """The feed answers nothing before this is set."""
    go_on = asyncio.Event()
    answer = PretendedFeed.__call__

    async def slowly(self: PretendedFeed, scope: Any, receive: Any, send: Any) -> None:
        await go_on.wait()
        await answer(self, scope, receive, send)

    patch = pytest.MonkeyPatch()
    patch.setattr(PretendedFeed, "__call__", slowly)
    yield go_on
    go_on.set()
    patch.undo()


async def test_one_rebuild_runs_at_a_time(by_hand: World, counter: PretendedFeed, held: asyncio.Event) -> None:
    counter.publish([registered(weight=2)])
    first = (await by_hand.admin.post(REBUILD)).json()
    problem(await by_hand.admin.post(REBUILD), 409, "conflict")
    running = (await by_hand.admin.get(f"{REBUILD}/{first['id']}")).json()
    assert (running["state"], running["dropped_at"]) == ("running", None)
    held.set()
    assert (await by_hand.rebuilt("rounds"))["state"] == "completed"
    assert (await ended(by_hand))["state"] == "completed"


async def test_a_rebuild_whose_process_ended_says_so_and_can_be_started_again(
    by_hand: World, counter: PretendedFeed, held: asyncio.Event
) -> None:
    counter.publish([registered(weight=2)])
    first = (await by_hand.admin.post(REBUILD)).json()
    await by_hand.running("rounds").rebuilds.stop()
    last = (await by_hand.admin.get(f"{REBUILD}/{first['id']}")).json()
    assert (last["state"], last["reason"]) == ("failed", "the process that it ran in has ended; start it again")
    held.set()
    assert (await ended(by_hand))["state"] == "completed"


async def test_a_rebuild_in_another_process_is_seen_and_kept_apart(by_hand: World, counter: PretendedFeed) -> None:
    rounds = by_hand.running("rounds")
    elsewhere = await database.connect(rounds.engine.url.render_as_string(hide_password=False))
    try:
        assert await stored.take_lock(elsewhere)
        problem(await by_hand.admin.post(REBUILD), 409, "conflict")
    finally:
        await elsewhere.close()
    problem(await by_hand.admin.get(REBUILD), 404, "not-found")


async def test_a_rebuild_ends_when_it_loses_its_lock_with_the_database(
    by_hand: World, counter: PretendedFeed, by_twos: None
) -> None:
    counter.publish(registered(weight=weight) for weight in (2, 3, 4))
    rounds = by_hand.running("rounds")
    killing = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objid = :lock"
    url = rounds.engine.url.render_as_string(hide_password=False)

    async def cut() -> None:
        connection = await database.connect(url)
        await connection.execute(killing.replace(":lock", str(stored.LOCK)))
        await connection.close()

    cutting: list[asyncio.Task[None]] = []

    def interrupt(after: int) -> None:
        if after == 2:
            cutting.append(asyncio.create_task(cut()))

    counter.interrupt = interrupt
    monkey = pytest.MonkeyPatch()
    answer = PretendedFeed.__call__

    async def slowly(self: PretendedFeed, scope: Any, receive: Any, send: Any) -> None:
        await answer(self, scope, receive, send)
        if cutting:
            await cutting[0]
            await asyncio.sleep(0.2)

    monkey.setattr(PretendedFeed, "__call__", slowly)
    try:
        last = await ended(by_hand)
    finally:
        monkey.undo()
    assert last["state"] == "failed"
    assert await rows(rounds, WEIGHTS) == [1]


async def test_the_feed_of_another_process_is_read_over_http_with_the_token_given(office: World) -> None:
    await office.admin.post(PARCELS, json={"label": "books"})
    await office.quiet()
    async with listening(office) as address:
        neighbours = Neighbours(Settings(services_url=address), nowhere, everything=False)
        page = await neighbours.read_feed("counter", 0, 10, token())
        assert page.items
        assert {event.source for event in page.items} == {"counter"}
        assert all(isinstance(event, Envelope) for event in page.items)
        with pytest.raises(TokenRejected):
            await neighbours.read_feed("counter", 0, 10, "no token")
        with pytest.raises(FeedUnusable, match="answers 403"):
            await neighbours.read_feed("counter", 0, 10, token("somebody", "user"))
        with pytest.raises(FeedUnusable, match="answers 404"):
            await neighbours.read_feed("counters", 0, 10, token())
        await neighbours.close()
    neighbours = Neighbours(Settings(services_url=address), nowhere, everything=False)
    with pytest.raises(FeedUnavailable, match="cannot be reached"):
        await neighbours.read_feed("counter", 0, 10, token())
    await neighbours.close()


async def test_a_service_that_the_platform_does_not_have_is_no_empty_feed() -> None:
    neighbours = Neighbours(Settings(), nowhere, everything=True)
    with pytest.raises(FeedUnusable, match="counter is not part of this platform"):
        await neighbours.read_feed("counter", 0, 10, token())


async def test_collections_come_back_as_well(by_hand: World, counter: PretendedFeed) -> None:
    parcel = uuid4()
    last = await by_hand.rebuild("rounds", [registered(parcel), collected(parcel)])
    assert of_counter(last)["handled"] == 2
    assert await rows(by_hand.running("rounds"), "SELECT parcel_id FROM collection") == [parcel]
