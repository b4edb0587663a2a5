"""Two processes of each service on the same databases and broker: no effect is doubled, and timers run once."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from shared.contracts.defaults import GENERAL_SUPPORT_ID, PROVIDER_ID
from tests.life.books import each_call_has_had_its_effects_once, everything, feeds_are_whole, once_each, subjects
from tests.life.desk import Desk, Json, eventually, json_of
from tests.life.load import Ledger, Load, insist
from tests.life.processes import SERVICES
from tests.life.separate import Platform, platform
from tests.life.story import known_error

pytestmark = [pytest.mark.connected, pytest.mark.timeout(400)]

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
ROUND_THE_CLOCK = {"zone": "UTC", "hours": {day: [["00:00", "24:00"]] for day in DAYS}}
WARNINGS = (50, 75, 90)
DOUBLED = 15


@pytest.fixture(scope="module")
async def zeven(make_database: Callable[[str], Any], broker_url: str, logs: Path) -> AsyncIterator[Platform]:
    """Two processes of every service; what is recovered closes after three seconds without a dispute."""
    few_seconds = f"{3 / 86_400:.6f}"
    async with platform(make_database, broker_url, logs, replicas=2, ZEVEN_CLOSE_AFTER_DAYS=few_seconds) as two_of_each:
        yield two_of_each


@pytest.fixture(scope="module")
async def client(zeven: Platform) -> AsyncIterator[httpx2.AsyncClient]:
    """A client whose requests go round the replicas."""
    async with zeven.client() as admin:
        yield admin


@pytest.fixture(scope="module")
async def both(zeven: Platform) -> AsyncIterator[tuple[httpx2.AsyncClient, httpx2.AsyncClient]]:
    """A client of either replica of incident."""
    async with zeven.client("incident", 0) as one, zeven.client("incident", 1) as other:
        yield one, other


@pytest.fixture(scope="module")
async def ledger(client: httpx2.AsyncClient) -> Ledger:
    """All calls of this module; knowledge has something to say about each of them."""
    about = "quartzwheel"
    await known_error(Desk(client), about)
    return Ledger(about)


def call_about(ledger: Ledger) -> Json:
    """A call like those of the load."""
    return {
        "type": "incident",
        "title": f"The {ledger.about} stands still",
        "description": f"Nobody can work without the {ledger.about}.",
        "impact": "high",
        "urgency": "high",
    }


def key() -> dict[str, str]:
    """The header of a request that may be repeated."""
    return {"Idempotency-Key": uuid4().hex}


async def twice(
    both: tuple[httpx2.AsyncClient, httpx2.AsyncClient], path: str, headers: dict[str, str], **fields: object
) -> list[httpx2.Response]:
    """The same request to both replicas at the same time."""
    sent: list[Coroutine[Any, Any, httpx2.Response]] = [each.post(path, json=fields, headers=headers) for each in both]
    return await asyncio.gather(*sent)


async def test_a_click_doubled_on_two_replicas_is_one_click(
    zeven: Platform,
    client: httpx2.AsyncClient,
    both: tuple[httpx2.AsyncClient, httpx2.AsyncClient],
    ledger: Ledger,
) -> None:
    for _ in range(DOUBLED):
        first, second = map(json_of, await twice(both, "/incident/v1/calls", key(), **call_about(ledger)))
        assert first == second
        ledger.calls.append(first)
        path = f"/incident/v1/incidents/{first['record']['id']}"

        request = {"title": "Replace it", "description": "It fails.", "urgent": False}
        first, second = map(json_of, await twice(both, f"{path}/change-requests", key(), **request))
        assert first["id"] == second["id"]
        ledger.requests += 1

        suggestion = await Desk(client).first(f"{path}/suggestions")
        for used in await twice(both, f"{path}/suggestions/{suggestion['id']}/use", {}):
            assert json_of(used)["used_at"] is not None

        moved = await twice(both, f"{path}/moves", {"If-Match": '"1"', **key()}, trigger="classify")
        assert [json_of(each)["state"] for each in moved] == ["classified", "classified"]
        moved = await twice(both, f"{path}/moves", {"If-Match": '"2"'}, trigger="take")
        assert sorted(each.status_code for each in moved) == [200, 412]
    await zeven.quiet()
    await each_call_has_had_its_effects_once(client, ledger)
    events = (await feeds_are_whole(client))["incident"]
    types = Counter(event["type"] for event in events)
    kinds = ("incident.classified.v1", "incident.taken.v1", "suggestion.used.v1", "incident.change_requested.v1")
    assert {kind: types[kind] for kind in kinds} == dict.fromkeys(kinds, DOUBLED)


async def test_load_through_all_replicas_has_its_effects_once_though_one_of_each_service_dies(
    zeven: Platform, client: httpx2.AsyncClient, ledger: Ledger
) -> None:
    async with Load(client, ledger) as load:
        for number, service in enumerate(SERVICES):
            await load.answered(15)
            zeven.of(service, number % 2).kill()
        await load.answered(15)
        for number, service in enumerate(SERVICES):
            zeven.of(service, number % 2).start()
        await load.answered(15)
    await zeven.ready()
    await zeven.quiet()
    await each_call_has_had_its_effects_once(client, ledger)


async def test_what_nobody_disputes_closes_once(zeven: Platform, client: httpx2.AsyncClient, ledger: Ledger) -> None:
    desk = Desk(client)
    async with Load(client, ledger) as load:
        await load.answered(10)
    waiting = [call["record"]["id"] for call in ledger.calls[-10:]]
    for path in (f"/incident/v1/incidents/{incident}" for incident in waiting):
        await desk.move(path, "classify")
        await desk.move(path, "take")
        await desk.move(path, "recover", recovery="workaround", solution="It was turned by hand.")
    zeven.of("incident", 1).kill()
    zeven.of("incident", 1).start()

    async def all_are_closed() -> bool:
        closed = await everything(client, "/incident/v1/events", limit=1000, type="incident.closed.v1")
        return {event["subject"] for event in closed} >= set(waiting)

    await zeven.ready()
    await eventually(all_are_closed, "incidents that nobody disputes to close")
    await zeven.quiet()
    events = (await feeds_are_whole(client))["incident"]
    assert once_each(waiting, subjects(events, "incident.closed.v1"))
    assert once_each([call["id"] for call in ledger.calls[-10:]], subjects(events, "call.closed.v1"))


async def test_warnings_are_given_once(zeven: Platform, client: httpx2.AsyncClient, ledger: Ledger) -> None:
    quick = {"response_seconds": 4, "restore_seconds": 8}
    await insist(
        client,
        "/service-level/v1/agreements",
        name="In seconds",
        service_id=str(GENERAL_SUPPORT_ID),
        calendar=ROUND_THE_CLOCK,
        targets=dict.fromkeys(("P1", "P2", "P3", "P4"), quick),
    )
    before = len(ledger.calls)
    async with Load(client, ledger) as load:
        await load.answered(20)
        zeven.of("service_level", 0).kill()
        await load.answered(20)
        zeven.of("service_level", 0).start()
        await load.answered(20)
        zeven.of("service_level", 1).again()
    await zeven.ready()
    await zeven.quiet()
    hurried = {call["record"]["id"] for call in ledger.calls[before:]}
    clocks = [
        clock["id"]
        for clock in await everything(client, "/service-level/v1/clocks")
        if clock["record"]["id"] in hurried
    ]
    assert len(clocks) == 2 * len(hurried)

    async def all_are_breached() -> bool:
        breached = await everything(client, "/service-level/v1/events", limit=1000, type="clock.breached.v1")
        return {event["subject"] for event in breached} >= set(clocks)

    await eventually(all_are_breached, "clocks to be breached")
    await zeven.quiet()
    events = (await feeds_are_whole(client))["service-level"]
    given = [(e["subject"], e["data"]["percent"]) for e in events if e["type"] == "clock.at_risk.v1"]
    assert once_each([(clock, percent) for clock in clocks for percent in WARNINGS], given)
    assert once_each(clocks, subjects(events, "clock.breached.v1"))
    assert subjects(events, "clock.breach_withdrawn.v1") == []
    await each_call_has_had_its_effects_once(client, ledger)


async def test_every_replica_refuses_a_withdrawn_token_within_two_seconds(
    zeven: Platform, client: httpx2.AsyncClient
) -> None:
    person = {"name": "Robin Vale", "party_id": str(PROVIDER_ID), "username": f"robin-{uuid4().hex[:8]}"}
    robin = (await client.post("/governance/v1/people", json=person)).json()
    await client.put(f"/governance/v1/people/{robin['id']}/password", json={"new_password": "seven quiet rivers"})
    role = (
        await client.post("/governance/v1/role-assignments", json={"person_id": robin["id"], "role": "professional"})
    ).json()
    form = {"grant_type": "password", "username": person["username"], "password": "seven quiet rivers"}
    tokens = (await client.post("/governance/v1/token", data=form)).json()
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    addresses = {
        "incident": "/incident/v1/incidents",
        "change": "/change/v1/changes",
        "knowledge": "/knowledge/v1/items",
        "governance": "/governance/v1/people",
    }

    async def statuses() -> set[int]:
        found = set()
        for service, address in addresses.items():
            for replica in (0, 1):
                async with zeven.client(service, replica) as one:
                    found.add((await one.get(address, headers=bearer)).status_code)
        return found

    assert await statuses() == {200}
    withdrawn = await client.delete(f"/governance/v1/role-assignments/{role['id']}", headers={"If-Match": '"1"'})
    assert withdrawn.status_code == 204
    await asyncio.sleep(2)
    assert await statuses() == {401}
