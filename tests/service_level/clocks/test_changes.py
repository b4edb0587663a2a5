"""Every change of the published fields of a clock is announced, with its reason and its new values."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from services.service_level.manifest import SERVICE
from shared import clock
from tests.service_level.clocks.test_warnings import ALWAYS, TARGETS
from tests.service_level.publishing import Incident, deliver, published, signed_in
from tests.world import World, world

URL = "/service-level/v1"


@pytest.fixture(scope="module")
async def zeven(make_database: Callable[[str], Any]) -> AsyncIterator[World]:
    async with world((SERVICE,), make_database) as zeven:
        body = {"name": "Around the clock", "calendar": ALWAYS, "targets": TARGETS, "rank": -1}
        body["valid_from"] = "2000-01-01T00:00:00Z"
        assert (await signed_in(zeven).post(f"{URL}/agreements", json=body)).status_code == 201
        yield zeven


async def restore(zeven: World, incident: Incident) -> dict[str, Any]:
    """The restore clock as it is shown."""
    found = await signed_in(zeven).get(f"{URL}/clocks?record_id={incident.id}&target=restore")
    (shown,) = found.json()["items"]
    return dict(shown)


async def changes(zeven: World, incident: Incident) -> list[dict[str, Any]]:
    """What was announced about the restore clock."""
    return [one for one in await published(zeven, incident.id) if one["data"]["target"] == "restore"]


async def test_each_change_is_announced_as_the_clock_shows_it(zeven: World) -> None:
    at = clock.now().replace(microsecond=0)
    incident = Incident("INC-000001", at, priority="P1")
    await deliver(zeven, [incident.event()])
    steps = [
        ("paused", incident.event(at + timedelta(minutes=1), "pending", pending_reason="user")),
        ("resumed", incident.event(at + timedelta(minutes=31), "in_recovery")),
        ("priority", incident.event(at + timedelta(minutes=32), priority="P4")),
        ("stopped", incident.event(at + timedelta(minutes=33), "recovered")),
    ]
    for number, (reason, event) in enumerate(steps, 1):
        await deliver(zeven, [event])
        announced, shown = await changes(zeven, incident), await restore(zeven, incident)
        assert [one["data"]["reason"] for one in announced] == [name for name, _ in steps[:number]]
        last = announced[-1]
        assert (last["type"], last["data"]["reason"], last["causationid"]) == (
            "clock.changed.v1",
            reason,
            str(event.id),
        )
        known = ("state", "due_at", "target_seconds", "priority", "agreement_id", "agreement_version")
        assert {name: last["data"][name] for name in known} == {name: shown[name] for name in known}
        assert (last["sequence"], last["time"]) == (shown["version"], shown["updated_at"])


async def test_a_change_that_moves_nothing_announces_nothing(zeven: World) -> None:
    incident = Incident("INC-000002", clock.now(), priority="P1")
    await deliver(zeven, [incident.event()])
    await deliver(zeven, [incident.event(team="second line"), incident.event(team="third line")])
    assert await changes(zeven, incident) == []


async def test_another_agreement_is_announced_whether_the_record_or_the_agreement_changed(zeven: World) -> None:
    offered = (await signed_in(zeven).post(f"{URL}/services", json={"name": "Payroll"})).json()["id"]
    body = {"name": "Payroll", "calendar": ALWAYS, "targets": {"P1": {"restore_seconds": 60}}, "service_id": offered}
    body["valid_from"] = "2000-01-01T00:00:00Z"
    first, second = (Incident(f"INC-00000{n}", clock.now(), priority="P1") for n in (3, 4))
    await deliver(zeven, [first.event(), second.event(service_id=UUID(offered))])
    assert (await signed_in(zeven).post(f"{URL}/agreements", json=body)).status_code == 201
    await zeven.running("service_level").run_job("update_clocks")
    await deliver(zeven, [first.event(service_id=UUID(offered))])
    for incident in (first, second):
        (announced,) = await changes(zeven, incident)
        assert (announced["data"]["reason"], announced["data"]["target_seconds"]) == ("agreement", 60)


async def test_an_incident_that_is_in_the_middle_of_a_rebuild_is_announced_right_in_the_end(zeven: World) -> None:
    at = clock.now().replace(microsecond=0)
    incident = Incident("INC-000005", at, priority="P1")
    events = [incident.event(), incident.event(at, "pending", pending_reason="user"), incident.event(at, "in_recovery")]
    await deliver(zeven, events)
    await signed_in(zeven).post("/service-level/v1/rebuild")
    await deliver(zeven, [incident.event(at + timedelta(minutes=5), "pending", pending_reason="user")])
    running = zeven.running("service_level")
    async with running.work(SERVICE.actor, replaying=True) as work:
        from shared import inbox

        await inbox.dispatch(work, running.service.routes, events)
    await deliver(zeven, [incident.event(at + timedelta(minutes=10), "in_recovery")])
    shown = await restore(zeven, incident)
    assert (await changes(zeven, incident))[-1]["data"]["due_at"] == shown["due_at"]
