"""The timeline of an incident is complete: events of incident, and those of other services about it."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from shared.contracts import Envelope, Origin
from shared.contracts.service_level import ClockAtRisk, ClockBreached, ClocksStarted, StartedClock
from tests.incident.conftest import deliver, envelope
from tests.incident.desk import moved, read, register
from tests.world import World


def of_clocks(incident: dict[str, Any]) -> list[Envelope]:
    """The events of service level management about an incident, from its registration to a breach an hour later."""
    identity, at = UUID(incident["id"]), datetime.fromisoformat(incident["updated_at"])
    record = Origin(service="incident", type="incident", id=identity, number=incident["number"])
    facts = {"record": record, "priority": "P2"}
    clock = {
        "target": "restore",
        "target_seconds": 3600,
        "state": "running",
        "due_at": at + timedelta(hours=1),
        "agreement_id": uuid4(),
        "agreement_version": 1,
    }
    started = StartedClock(**clock, clock_id=uuid4(), started_at=at)
    events_of_clocks = [
        (at, ClocksStarted(**facts, clocks=[started])),
        (at + timedelta(minutes=30), ClockAtRisk(**facts, **clock, percent=50)),
        (at + timedelta(hours=1), ClockBreached(**facts, **clock)),
    ]
    chain = UUID(incident["correlation_id"])
    return [
        envelope("service_level", uuid4(), fact, about=identity, time=when, correlationid=chain)
        for when, fact in events_of_clocks
    ]


async def test_it_shows_what_its_clocks_said_with_time_and_service_each_once(zeven: World) -> None:
    incident = await register(zeven.admin)
    started, at_risk, breached = of_clocks(incident)
    await deliver(zeven, started)
    await deliver(zeven, at_risk, started)
    await moved(zeven.admin, incident, "take")
    await deliver(zeven, breached, at_risk)
    items = (await read(zeven.admin, incident["id"], "/timeline"))["items"]
    assert [(item["source"], item["type"]) for item in items] == [
        ("incident", "incident.registered.v1"),
        ("service_level", "clocks.started.v1"),
        ("service_level", "clock.at_risk.v1"),
        ("incident", "incident.taken.v1"),
        ("service_level", "clock.breached.v1"),
    ]
    assert [datetime.fromisoformat(item["time"]) for item in items[1:3]] == [started.time, at_risk.time]
    assert {item["correlationid"] for item in items} == {incident["correlation_id"]}
    following, found = "/timeline?limit=2", []
    while following:
        page = await read(zeven.admin, incident["id"], following)
        found += page["items"]
        following = page["next"] and f"/timeline?limit=2&cursor={page['next']}"
    assert found == items
    assert items[1]["data"]["clocks"][0]["due_at"] == breached.time.isoformat().replace("+00:00", "Z")


async def test_rebuilding_gives_the_same_timeline_again(zeven: World) -> None:
    incident = await register(zeven.admin)
    events_of_clocks = of_clocks(incident)
    await deliver(zeven, *events_of_clocks)
    before = await read(zeven.admin, incident["id"], "/timeline")
    await zeven.rebuild("incident")
    assert len((await read(zeven.admin, incident["id"], "/timeline"))["items"]) == 1
    for _ in range(2):
        await zeven.rebuild("incident", events_of_clocks)
    assert await read(zeven.admin, incident["id"], "/timeline") == before
