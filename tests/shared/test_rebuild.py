"""Derived data can be rebuilt from the feeds: the same rows, in use until the end, and no event except about the rebuild."""

import random
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError

from shared import inbox
from shared.contracts import Envelope
from shared.rebuilds import Derived, beside
from shared.runtime import Running
from shared.unit_of_work import Work
from tests.shared.parcels import registered, rows
from tests.shared.test_requests import PARCELS, problem
from tests.world import World, token

DERIVED = "SELECT parcel_id, weight FROM stop ORDER BY parcel_id"
COLLECTIONS = "SELECT parcel_id, sequence FROM collection ORDER BY parcel_id"
OTHER_EVENTS = "SELECT count(*) FROM event WHERE type NOT LIKE 'rebuild.%'"
REBUILD = "/rounds/v1/rebuild"


async def feed(office: World) -> list[Envelope]:
    found = (await office.admin.get("/counter/v1/events", params={"limit": 1000})).json()["items"]
    return [Envelope.model_validate(each) for each in found]


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
    return (await rows(rounds, DERIVED), await rows(rounds, COLLECTIONS), await rows(rounds, OTHER_EVENTS))


async def test_a_rebuild_gives_the_same_rows_and_emits_nothing(office: World, before: tuple[Any, Any, Any]) -> None:
    rounds = office.running("rounds")
    await rows(rounds, "UPDATE stop SET weight = 99")
    await rows(rounds, "DELETE FROM collection")
    ended = await office.rebuild("rounds")
    assert await state(rounds) == before
    events = await feed(office)
    assert [each for each in ended["feeds"] if each["service"] == "counter"] == [
        {
            "service": "counter",
            "last": len(events),
            "position": len(events),
            "read": len(events),
            "handled": len(events),
        }
    ]


async def test_a_rebuild_in_any_order_with_repeats_gives_the_same_rows(
    office: World, before: tuple[Any, Any, Any]
) -> None:
    events, rounds = await feed(office), office.running("rounds")
    await rows(rounds, "DELETE FROM stop")
    await rows(rounds, "DELETE FROM collection")
    shuffled = random.Random(7).sample([*events, *events], len(events) * 2)
    for begin in range(0, len(shuffled), 5):
        async with rounds.work(rounds.service.actor, replaying=True) as work:
            await inbox.dispatch(work, rounds.service.routes, shuffled[begin : begin + 5])
    assert await state(rounds) == before


async def test_what_happens_meanwhile_is_not_lost(
    office: World, before: tuple[Any, Any, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.rebuilds.replay.READ_AT_ONCE", 1)
    assert (await office.admin.post(REBUILD)).status_code == 202
    made = [(await office.admin.post(PARCELS, json={"label": "books", "weight": 50})).json()["id"] for _ in range(5)]
    assert (await office.rebuilt("rounds"))["state"] == "completed"
    await office.quiet()
    derived = {str(parcel): weight for parcel, weight in await rows(office.running("rounds"), DERIVED)}
    assert derived == {str(parcel): weight for parcel, weight in before[0]} | dict.fromkeys(made, 50)


async def test_what_is_there_is_used_until_the_rebuilt_data_replaces_it(
    office: World, before: tuple[Any, Any, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    rounds, seen = office.running("rounds"), []
    replace = beside.replace

    async def watched(work: Work, derived: Derived, begun: datetime) -> None:
        await replace(work, derived, begun)
        seen.append(await state(rounds))  # by another connection, before the commit

    monkeypatch.setattr(beside, "replace", watched)
    await rows(rounds, "UPDATE stop SET weight = 99")
    assert (await office.rebuild("rounds"))["dropped_at"]
    assert [{weight for _, weight in derived} for derived, _, _ in seen] == [{99}]
    assert (await state(rounds))[:2] == before[:2]
    assert await rows(rounds, "SELECT count(*) FROM pg_namespace WHERE nspname = 'rebuilding'") == [0]


async def test_a_service_may_make_tables_for_a_rebuild_and_nothing_else(office: World) -> None:
    rounds = office.running("rounds")
    for statement in (
        "CREATE TABLE mine (id int)",
        "CREATE SCHEMA mine",
        "SELECT prepare_rebuild(ARRAY['no_such_table'])",
        """SELECT prepare_rebuild(ARRAY['stop" (LIKE public."stop"); DROP TABLE public.event; --'])""",
    ):
        with pytest.raises(DBAPIError):
            await rows(rounds, statement)
    assert await rows(rounds, "SELECT count(*) >= 0 FROM event") == [True]


async def test_a_rebuild_is_recorded_in_the_log_of_the_service_and_in_the_security_log(
    office: World, before: tuple[Any, Any, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    lines: list[tuple[str, dict[str, Any]]] = []
    monkeypatch.setattr("shared.security_log.record", lambda act, **details: lines.append((act, details)))
    ada = office.as_(token("ada"))
    ended = await office.rebuild("rounds", client=ada)
    found = (await office.admin.get("/rounds/v1/events", params={"subject": ended["id"]})).json()["items"]
    assert [(each["type"], each["actor"]["id"]) for each in found] == [
        ("rebuild.started.v1", "ada"),
        ("rebuild.completed.v1", "ada"),
    ]
    shown = [{name: value for name, value in each.items() if name != "last"} for each in ended["feeds"]]
    assert found[1]["data"]["feeds"] == shown
    mine = [line for line in lines if line[1].get("rebuild_id") == ended["id"]]
    assert [(act, details["actor"], details["service"]) for act, details in mine] == [
        ("rebuild_started", "ada", "rounds"),
        ("rebuild_ended", "ada", "rounds"),
    ]


async def test_events_in_the_body_of_a_client_are_never_handled(office: World, before: tuple[Any, Any, Any]) -> None:
    forged = {"events": [registered(weight=77).model_dump(mode="json")]}
    answer = await office.admin.post(f"{REBUILD}/events", json=forged)
    assert answer.status_code in (404, 405)
    problem(await office.admin.post(REBUILD, json=forged), 400, "bad-request")
    assert await state(office.running("rounds")) == before


@pytest.mark.parametrize("role", ["operator", "professional", "service_account", "client"])
async def test_only_administrators_rebuild(office: World, before: tuple[Any, Any, Any], role: str) -> None:
    somebody = office.as_(token("somebody", role))
    known = (await office.rebuild("rounds"))["id"]
    for attempt in (
        somebody.post(REBUILD),
        somebody.get(REBUILD),
        somebody.get(f"{REBUILD}/{known}"),
        somebody.post(f"{REBUILD}/{known}/continue"),
    ):
        problem(await attempt, 403, "not-allowed")
    problem(await office.as_().post(REBUILD), 401, "not-signed-in")


async def test_a_service_that_derives_nothing_has_nothing_to_rebuild(office: World) -> None:
    problem(await office.admin.post("/counter/v1/rebuild"), 404, "not-found")
