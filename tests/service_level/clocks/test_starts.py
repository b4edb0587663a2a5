"""The start of a record's clocks is announced once, with due moments; not for history, and not again in a rebuild."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any
from uuid import uuid5

import pytest

from services.service_level.manifest import SERVICE
from shared import clock
from shared.rebuilds import Derived, beside
from shared.unit_of_work import Work
from tests.service_level.clocks.test_warnings import ALWAYS
from tests.service_level.publishing import Incident, deliver, dispatch, published, signed_in
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
    return await published(zeven, incident.id, "clocks.")


def targets(events: list[dict[str, Any]]) -> list[list[str]]:
    return [[one["target"] for one in each["data"]["clocks"]] for each in events]


async def test_one_event_announces_both_clocks_with_their_due_times_in_the_chain_of_the_incident(zeven: World) -> None:
    incident = Incident("INC-000001", clock.now().replace(microsecond=0), priority="P1")
    registered = incident.event()
    await deliver(zeven, [registered])
    (events,) = await started(zeven, incident)
    assert (events["type"], events["correlationid"], events["causationid"]) == (
        "clocks.started.v1",
        str(registered.correlationid),
        str(registered.id),
    )
    shown = (await signed_in(zeven).get(f"/service-level/v1/clocks?record_id={incident.id}")).json()["items"]
    assert {
        one["clock_id"]: (one["target"], one["target_seconds"], one["due_at"]) for one in events["data"]["clocks"]
    } == {one["id"]: (one["target"], one["target_seconds"], one["due_at"]) for one in shown}
    assert len(shown) == 2
    assert events["data"]["record"] == {
        "service": "incident",
        "type": "incident",
        "id": str(incident.id),
        "number": "INC-000001",
    }


async def test_it_comes_once_the_priority_is_known_and_not_again_with_later_events(zeven: World) -> None:
    incident = Incident("INC-000002", clock.now())
    await deliver(zeven, [incident.event()])
    assert await started(zeven, incident) == []
    await deliver(zeven, [incident.event(priority="P1")])
    await deliver(zeven, [incident.event(state="in_recovery"), incident.answer(clock.now())])
    assert targets(await started(zeven, incident)) == [["response", "restore"]]


async def test_a_clock_that_is_attached_later_is_announced_by_itself_and_one_that_comes_back_is_not(
    zeven: World,
) -> None:
    incident = Incident("INC-000003", clock.now(), priority="P4")
    await deliver(zeven, [incident.event()])
    for priority in ("P1", "P4", "P1"):
        await deliver(zeven, [incident.event(priority=priority)])
    events = await started(zeven, incident)
    assert targets(events) == [["restore"], ["response"]]
    assert [one["subject"] for one in events] == [str(uuid5(incident.id, "clocks"))] * 2
    assert [one["sequence"] for one in events] == [1, 2]


async def test_nothing_is_announced_of_imported_history(zeven: World) -> None:
    incident = Incident("INC-000004", clock.now() - HOUR, historical=True, priority="P1")
    await deliver(zeven, [incident.event(), incident.event(state="in_recovery")])
    assert await started(zeven, incident) == []


async def test_a_rebuild_announces_nothing_again_nor_do_events_that_arrive_meanwhile(zeven: World) -> None:
    incident = Incident("INC-000005", clock.now(), priority="P1")
    events = [incident.event(), incident.event(state="in_recovery")]
    await deliver(zeven, events)
    announced = await started(zeven, incident)
    await zeven.rebuild("service_level", client=signed_in(zeven))
    await deliver(zeven, [incident.event(team="second line")])
    await dispatch(zeven.running("service_level"), events, replaying=True)
    await deliver(zeven, [incident.event(state="recovered")])
    assert await started(zeven, incident) == announced
    assert targets(announced) == [["response", "restore"]]


async def test_an_event_that_a_rebuild_has_read_before_it_is_delivered_is_announced_all_the_same(zeven: World) -> None:
    incident = Incident("INC-000006", clock.now().replace(microsecond=0), priority="P1")
    registered = incident.event()
    await zeven.rebuild("service_level", [registered], signed_in(zeven))
    assert await started(zeven, incident) == []
    await deliver(zeven, [registered])
    await deliver(zeven, [registered])
    assert targets(await started(zeven, incident)) == [["response", "restore"]]


async def test_an_agreement_that_is_made_while_a_rebuild_runs_applies_to_what_was_rebuilt(
    zeven: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    incident = Incident("INC-000007", clock.now().replace(microsecond=0), priority="P1")
    events, block = [incident.event()], beside.block
    await deliver(zeven, events)
    body = {"name": "Faster", "calendar": ALWAYS, "targets": {"P1": {"restore_seconds": 600}}, "rank": -2}

    async def agreed_meanwhile(work: Work, derived: Derived) -> None:
        made = await signed_in(zeven).post(
            "/service-level/v1/agreements", json={**body, "valid_from": "2000-01-01T00:00:00Z"}
        )
        assert made.status_code == 201, made.text
        await block(work, derived)

    monkeypatch.setattr(beside, "block", agreed_meanwhile)
    await zeven.rebuild("service_level", events, signed_in(zeven))
    await zeven.running("service_level").run_job("update_clocks")
    shown = (await signed_in(zeven).get(f"/service-level/v1/clocks?record_id={incident.id}")).json()["items"]
    assert [one["target_seconds"] for one in shown if one["target"] == "restore"] == [600]
