"""Warnings are published once, in order, with the second in which they became true, and withdrawn when they were wrong."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.service_level.clocks.commands import update_due
from services.service_level.manifest import SERVICE
from shared import clock
from shared.runtime import Running
from tests.service_level.publishing import Incident, deliver, published, signed_in
from tests.world import World, world

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
ALWAYS = {
    "zone": "UTC",
    "hours": {
        day: [["00:00", "24:00"]]
        for day in ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    },
}
TARGETS = {"P1": {"response_seconds": 900, "restore_seconds": 14400}, "P4": {"restore_seconds": 172800}}


@pytest.fixture(scope="module")
async def zeven(make_database: Callable[[str], Any]) -> AsyncIterator[World]:
    """A platform whose standard agreement runs around the clock, so that no test waits for an opening."""
    async with world((SERVICE,), make_database) as zeven:
        body = {"name": "Around the clock", "calendar": ALWAYS, "targets": TARGETS, "rank": -1}
        body["valid_from"] = "2000-01-01T00:00:00Z"
        assert (await signed_in(zeven).post("/service-level/v1/agreements", json=body)).status_code == 201
        yield zeven


def now() -> datetime:
    return clock.now().replace(microsecond=0)


def restore(events: list[dict[str, Any]]) -> list[tuple[str, int | None, str]]:
    """Type, percentage and time of the warnings about a restore clock."""
    return [
        (one["type"].split(".")[1], one["data"].get("percent"), one["time"])
        for one in events
        if one["data"]["target"] == "restore" and one["type"] != "clock.changed.v1"
    ]


def written(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


async def live(zeven: World, at: datetime) -> Incident:
    """An incident of priority 1 that was registered and taken at that moment."""
    incident = Incident("INC-000042", at, priority="P1")
    await deliver(zeven, [incident.event(), incident.event(at, "in_recovery")])
    return incident


async def test_each_level_is_announced_once_in_order_with_its_own_second(zeven: World) -> None:
    at = now()
    incident = await live(zeven, at)
    zeven.advance(hours=5)
    running = zeven.running("service_level")
    await running.run_job("update_clocks")
    await running.run_job("update_clocks")
    assert restore(await published(zeven, incident.id)) == [
        ("at_risk", 50, written(at + 2 * HOUR)),
        ("at_risk", 75, written(at + 3 * HOUR)),
        ("at_risk", 90, written(at + 3.6 * HOUR)),
        ("breached", None, written(at + 4 * HOUR)),
    ]


async def test_nothing_is_announced_at_the_due_second_and_the_breach_one_second_later(zeven: World) -> None:
    at = now()
    incident = await live(zeven, at)
    running = zeven.running("service_level")
    shift = (at + 4 * HOUR - clock.now()).total_seconds()
    zeven.advance(seconds=shift)
    await running.run_job("update_clocks")
    assert "breached" not in [kind for kind, _, _ in restore(await published(zeven, incident.id))]
    zeven.advance(seconds=1)
    await running.run_job("update_clocks")
    assert restore(await published(zeven, incident.id))[-1] == ("breached", None, written(at + 4 * HOUR))


async def test_two_replicas_announce_each_level_once(zeven: World) -> None:
    at = now()
    incidents = [await live(zeven, at - n * MINUTE) for n in range(20)]
    one = zeven.running("service_level")
    url = one.engine.url.render_as_string(hide_password=False)
    two = Running(SERVICE, url=url, bus=one.bus, verifier=one.verifier, config=one.store.config)
    zeven.advance(hours=6)

    async def warn(running: Running) -> None:
        async with running.work(SERVICE.actor) as work:
            await update_due(work)

    try:
        await asyncio.gather(*(warn(running) for running in (one, two) * 4), return_exceptions=False)
        await one.run_job("update_clocks")
    finally:
        await two.engine.dispose()
    events = await published(zeven)
    for incident in incidents:
        own = restore([one for one in events if one["about"] == str(incident.id)])
        assert [percent for _, percent, _ in own] == [50, 75, 90, None]
    times = [time for _, _, time in restore(events)]
    assert times == sorted(times)


async def test_a_recovery_that_arrives_late_withdraws_the_breach(zeven: World) -> None:
    at = now()
    incident = await live(zeven, at)
    zeven.advance(hours=5)
    await zeven.running("service_level").run_job("update_clocks")
    await deliver(zeven, [incident.event(at + HOUR, "recovered")])
    await zeven.running("service_level").run_job("update_clocks")
    events = await published(zeven, incident.id)
    assert [kind for kind, _, _ in restore(events)][-2:] == ["breached", "breach_withdrawn"]
    (found,) = (await signed_in(zeven).get(f"/service-level/v1/clocks?record_id={incident.id}&target=restore")).json()[
        "items"
    ]
    assert (found["verdict"], found["elapsed_seconds"]) == ("met", 3600)


async def test_a_breach_known_only_after_the_recovery_is_still_announced(zeven: World) -> None:
    at = now()
    incident = Incident("INC-000043", at - 6 * HOUR, priority="P1")
    await deliver(zeven, [incident.event(), incident.event(at - HOUR, "recovered")])
    await zeven.running("service_level").run_job("update_clocks")
    assert restore(await published(zeven, incident.id))[-1] == ("breached", None, written(at - 2 * HOUR))


async def test_a_paused_clock_has_no_due_moment_and_gives_no_warning(zeven: World) -> None:
    at = now()
    incident = await live(zeven, at)
    await deliver(zeven, [incident.event(at + MINUTE, "pending", pending_reason="user")])
    zeven.advance(hours=9)
    await zeven.running("service_level").run_job("update_clocks")
    assert restore(await published(zeven, incident.id)) == []
    (found,) = (await signed_in(zeven).get(f"/service-level/v1/clocks?record_id={incident.id}&target=restore")).json()[
        "items"
    ]
    assert (found["state"], found["due_at"], found["elapsed_seconds"]) == ("paused", None, 60)


async def test_the_wall_clock_forward_and_back_announces_nothing_twice(zeven: World) -> None:
    at = now()
    incident = await live(zeven, at)
    zeven.advance(hours=4, minutes=1)
    await zeven.running("service_level").run_job("update_clocks")
    events = restore(await published(zeven, incident.id))
    assert events[-1][0] == "breached"
    zeven.advance(hours=-1)
    await deliver(zeven, [incident.event(now(), team="second line")])
    await zeven.running("service_level").run_job("update_clocks")
    zeven.advance(hours=2)
    await zeven.running("service_level").run_job("update_clocks")
    assert restore(await published(zeven, incident.id)) == events


async def test_imported_history_is_measured_and_nothing_is_announced_about_it(zeven: World) -> None:
    at = now() - 100 * HOUR
    incident = Incident("INC-000044", at, historical=True, priority="P1")
    await deliver(zeven, [incident.event(), incident.event(at + HOUR, "in_recovery")])
    await zeven.running("service_level").run_job("update_clocks")
    assert await published(zeven, incident.id) == []
    found = (await signed_in(zeven).get(f"/service-level/v1/clocks?record_id={incident.id}&target=restore")).json()
    assert found["items"][0]["verdict"] == "breached"


async def test_a_higher_priority_brings_the_due_forward_and_a_lower_one_takes_the_breach_back(zeven: World) -> None:
    at = now()
    incident = Incident("INC-000045", at, priority="P4")
    await deliver(zeven, [incident.event()])
    zeven.advance(hours=6)
    running = zeven.running("service_level")
    await running.run_job("update_clocks")
    assert restore(await published(zeven, incident.id)) == []
    await deliver(zeven, [incident.event(now(), priority="P1")])
    await running.run_job("update_clocks")
    assert restore(await published(zeven, incident.id))[-1] == ("breached", None, written(at + 4 * HOUR))
    await deliver(zeven, [incident.event(now(), priority="P4")])
    await running.run_job("update_clocks")
    assert [kind for kind, _, _ in restore(await published(zeven, incident.id))][-1] == "breach_withdrawn"


async def test_a_rebuild_takes_passed_levels_as_announced_and_later_ones_are_announced_once(zeven: World) -> None:
    at = now()
    incident = Incident("INC-000046", at, priority="P1")
    events = [incident.event(), incident.event(at, "in_recovery")]
    await deliver(zeven, events)
    zeven.advance(hours=2, minutes=1)
    running = zeven.running("service_level")
    await running.run_job("update_clocks")
    announced = await published(zeven, incident.id)
    await zeven.rebuild("service_level", events, signed_in(zeven))
    zeven.advance(minutes=1)
    await running.run_job("update_clocks")
    assert await published(zeven, incident.id) == announced
    zeven.advance(hours=3)
    await running.run_job("update_clocks")
    assert [percent for _, percent, _ in restore(await published(zeven, incident.id))] == [50, 75, 90, None]
