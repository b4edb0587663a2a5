"""What was derived can be thrown away and folded again: the same rows, and nobody hears of it."""

import random
from typing import Any
from uuid import uuid4

import pytest

from shared.runtime import Running
from tests.shared.parcels import collected, registered, rows
from tests.shared.test_requests import PARCELS, problem
from tests.world import World

DERIVED = "SELECT parcel_id, weight FROM stop ORDER BY parcel_id"
COLLECTIONS = "SELECT parcel_id, sequence FROM collection ORDER BY parcel_id"


async def feed(office: World) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await office.admin.get("/counter/v1/events", params={"limit": 1000})).json()["items"]
    return found


async def fold(office: World, events: list[dict[str, Any]]) -> int:
    answer = await office.admin.post("/rounds/v1/rebuild/events", json={"events": events})
    assert answer.status_code == 200, answer.text
    return int(answer.json()["folded"])


@pytest.fixture
async def before(office: World) -> tuple[Any, Any, Any]:
    """Rows and the number of events once some parcels have been registered and collected."""
    for number in range(6):
        made = (await office.admin.post(PARCELS, json={"label": "books", "weight": number})).json()
        if number % 2:
            url, seen = f"{PARCELS}/{made['id']}/moves", {"If-Match": '"1"'}
            assert (await office.admin.post(url, json={"collector": "Ada"}, headers=seen)).status_code == 200
    await office.quiet()
    return await state(office.running("rounds"))


async def state(rounds: Running) -> tuple[Any, Any, Any]:
    return (
        await rows(rounds, DERIVED),
        await rows(rounds, COLLECTIONS),
        await rows(rounds, "SELECT count(*) FROM event"),
    )


async def test_a_rebuild_gives_the_same_rows_and_tells_nobody(office: World, before: tuple[Any, Any, Any]) -> None:
    rounds, events = office.running("rounds"), await feed(office)
    assert (await office.admin.post("/rounds/v1/rebuild")).status_code == 204
    assert await rows(rounds, DERIVED) == []
    assert await fold(office, events) == len(events)
    assert await state(rounds) == before


async def test_a_rebuild_in_pieces_of_any_order_with_repeats_gives_the_same_rows(
    office: World, before: tuple[Any, Any, Any]
) -> None:
    events = await feed(office)
    await office.admin.post("/rounds/v1/rebuild")
    shuffled = random.Random(7).sample([*events, *events], len(events) * 2)
    for begin in range(0, len(shuffled), 5):
        await fold(office, shuffled[begin : begin + 5])
    assert await state(office.running("rounds")) == before


async def test_events_of_other_kinds_are_left_out(office: World) -> None:
    foreign = registered().model_copy(update={"type": "parcel.weighed.v1"}).model_dump(mode="json")
    assert await fold(office, [foreign]) == 0


async def test_a_feed_that_is_no_feed_is_refused(office: World) -> None:
    url = "/rounds/v1/rebuild/events"
    whole = registered().model_dump(mode="json")
    wrong = [{"id": "x"}, {"historical": 0}, {"sequence": "1"}, {"sequence": 2**31}, {"data": {}}]
    wrong += [{"time": "0"}, {"time": "2026-03-02T09:00:00"}]
    for broken in ({}, {"events": [{}]}, {"events": [whole] * 1001}, *({"events": [whole | each]} for each in wrong)):
        problem(await office.admin.post(url, json=broken), 422)


async def test_a_page_of_a_thousand_large_events_is_taken(office: World) -> None:
    event = collected(uuid4()).model_dump(mode="json")
    events = [{**event, "id": str(uuid4()), "data": {"collector": "x" * 4000}} for _ in range(1000)]
    assert await fold(office, events) == 1000


async def test_a_service_that_derives_nothing_has_nothing_to_rebuild(office: World) -> None:
    problem(await office.admin.post("/counter/v1/rebuild"), 404, "not-found")
