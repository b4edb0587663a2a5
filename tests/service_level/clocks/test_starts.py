"""That clocks were attached to a record is said once, with when each is due; never of history, never again in a rebuild."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any
from uuid import uuid5

import pytest

from services.service_level.manifest import SERVICE
from shared import clock
from tests.service_level.telling import Incident, fold, said, signed_in, tell
from tests.service_level.test_warnings import ALWAYS
from tests.world import World, world

HOUR = timedelta(hours=1)
TARGETS = {"P1": {"response_seconds": 900, "restore_seconds": 14400}, "P4": {"restore_seconds": 172800}}


@pytest.fixture(scope="module")
async def zeven(make_database: Callable[[str], Any]) -> AsyncIterator[World]:
    async with world((SERVICE,), make_database) as zeven:
        body = {"name": "Around the clock", "calendar": ALWAYS, "targets": TARGETS, "rank": -1}
        body["valid_from"] = "2000-01-01T00:00:00Z"
        assert (await signed_in(zeven).post("/service-level/v1/agreements", json=body)).status_code == 201
        yield zeven


async def started(zeven: World, incident: Incident) -> list[dict[str, Any]]:
    return await said(zeven, incident.id, "clocks.")


def targets(told: list[dict[str, Any]]) -> list[list[str]]:
    return [[one["target"] for one in each["data"]["clocks"]] for each in told]


async def test_one_event_tells_both_clocks_with_their_due_times_in_the_chain_of_the_incident(zeven: World) -> None:
    incident = Incident("INC-000001", clock.now().replace(microsecond=0), priority="P1")
    registered = incident.told()
    await tell(zeven, [registered])
    (told,) = await started(zeven, incident)
    assert (told["type"], told["correlationid"], told["causationid"]) == (
        "clocks.started.v1",
        str(registered.correlationid),
        str(registered.id),
    )
    shown = (await signed_in(zeven).get(f"/service-level/v1/clocks?record_id={incident.id}")).json()["items"]
    assert {
        one["clock_id"]: (one["target"], one["target_seconds"], one["due_at"]) for one in told["data"]["clocks"]
    } == {one["id"]: (one["target"], one["target_seconds"], one["due_at"]) for one in shown}
    assert len(shown) == 2
    assert told["data"]["record"] == {
        "service": "incident",
        "type": "incident",
        "id": str(incident.id),
        "number": "INC-000001",
    }


async def test_it_is_told_once_the_priority_is_known_and_not_again_when_facts_follow(zeven: World) -> None:
    incident = Incident("INC-000002", clock.now())
    await tell(zeven, [incident.told()])
    assert await started(zeven, incident) == []
    await tell(zeven, [incident.told(priority="P1")])
    await tell(zeven, [incident.told(state="in_recovery"), incident.answered(clock.now())])
    assert targets(await started(zeven, incident)) == [["response", "restore"]]


async def test_a_clock_that_is_attached_later_is_told_by_itself_and_one_that_comes_back_is_not(zeven: World) -> None:
    incident = Incident("INC-000003", clock.now(), priority="P4")
    await tell(zeven, [incident.told()])
    for priority in ("P1", "P4", "P1"):
        await tell(zeven, [incident.told(priority=priority)])
    told = await started(zeven, incident)
    assert targets(told) == [["restore"], ["response"]]
    assert [one["subject"] for one in told] == [str(uuid5(incident.id, "clocks"))] * 2
    assert [one["sequence"] for one in told] == [1, 2]


async def test_nothing_is_told_of_history(zeven: World) -> None:
    incident = Incident("INC-000004", clock.now() - HOUR, historical=True, priority="P1")
    await tell(zeven, [incident.told(), incident.told(state="in_recovery")])
    assert await started(zeven, incident) == []


async def test_a_rebuild_tells_nothing_again_nor_does_what_is_heard_meanwhile(zeven: World) -> None:
    incident = Incident("INC-000005", clock.now(), priority="P1")
    events = [incident.told(), incident.told(state="in_recovery")]
    await tell(zeven, events)
    told = await started(zeven, incident)
    await zeven.rebuild("service_level", client=signed_in(zeven))
    await tell(zeven, [incident.told(team="second line")])
    await fold(zeven.running("service_level"), events, replaying=True)
    await tell(zeven, [incident.told(state="recovered")])
    assert await started(zeven, incident) == told
    assert targets(told) == [["response", "restore"]]
