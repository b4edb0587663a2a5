"""The machine's clock is set forwards or back by an hour, and corrected: stored clocks do not change, order stays."""

from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from services.__main__ import SERVICES
from shared.contracts.defaults import GENERAL_SUPPORT_ID
from tests.life.books import feeds_are_whole
from tests.life.desk import Desk, Json
from tests.world import World, token, world

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
ROUND_THE_CLOCK = {"zone": "UTC", "hours": {day: [["00:00", "24:00"]] for day in DAYS}}
#: so much that no warning falls within the hours of these tests
AMPLE = {"response_seconds": 200_000, "restore_seconds": 400_000}
PAUSED, HANDLED = {"pending_reason": "user"}, {"recovery": "repair", "solution": "It was plugged in."}


@pytest.fixture(scope="module")
async def zeven(make_database: Callable[[str], Any]) -> AsyncIterator[World]:
    """All services, with an agreement under which time always counts."""
    async with world(SERVICES, make_database) as platform:
        targets = dict.fromkeys(("P1", "P2", "P3", "P4"), AMPLE)
        agreed = {"service_id": str(GENERAL_SUPPORT_ID), "calendar": ROUND_THE_CLOCK, "targets": targets}
        await at(platform).make("/service-level/v1/agreements", name="Always", **agreed)
        yield platform


def at(platform: World) -> Desk:
    """The desk of somebody who signed in at the hour that the clock shows now."""
    return Desk(platform.as_(token()))


async def registered(zeven: World) -> str:
    """The id of a new incident."""
    words = {"title": "No light", "description": "It is dark.", "impact": "low", "urgency": "low"}
    call = await at(zeven).make("/incident/v1/calls", type="incident", **words)
    return str(call["record"]["id"])


async def move(zeven: World, incident: str, trigger: str, **fields: Any) -> None:
    """One move of the incident, ten minutes after whatever was before."""
    zeven.advance(minutes=10)
    await at(zeven).move(f"/incident/v1/incidents/{incident}", trigger, **fields)


async def clocks(zeven: World, incident: str) -> dict[str, Json]:
    """Both clocks of the incident as they explain themselves, without when that was."""
    await zeven.quiet()
    desk = at(zeven)
    found = (await desk.get("/service-level/v1/clocks", record_id=incident))["items"]
    assert sorted(clock["target"] for clock in found) == ["response", "restore"]
    answer = {clock["target"]: await desk.get(f"/service-level/v1/clocks/{clock['id']}") for clock in found}
    return {target: {name: clock[name] for name in clock if name != "measured_at"} for target, clock in answer.items()}


def settled(clock: Json) -> Json:
    """What of a running clock happened already: all but the stretch that lasts until now."""
    *past, present = clock["intervals"]
    assert sum(interval["seconds"] for interval in clock["intervals"]) == clock["elapsed_seconds"]
    begun = {name: present[name] for name in ("start", "counted", "why")}
    return clock | {
        "intervals": [*past, begun],
        "elapsed_seconds": sum(interval["seconds"] for interval in past if interval["counted"]),
    }


@pytest.mark.parametrize("jump", [1, -1], ids=["forwards", "back"])
async def test_no_stored_clock_moves_when_the_wall_clock_is_set(zeven: World, jump: int) -> None:
    stopped, running = await registered(zeven), await registered(zeven)
    await move(zeven, stopped, "take")
    await move(zeven, running, "take")
    await move(zeven, running, "pause", **PAUSED)
    await move(zeven, running, "resume")
    await move(zeven, stopped, "recover", **HANDLED)
    zeven.advance(minutes=20)
    ended, going = await clocks(zeven, stopped), (await clocks(zeven, running))["restore"]
    assert (ended["restore"]["state"], ended["restore"]["elapsed_seconds"] >= 50 * 60) == ("stopped", True)
    assert [interval["why"] for interval in going["intervals"]] == [
        "registered",
        "in_recovery",
        "pending:user",
        "in_recovery",
    ]
    for hours in (jump, -jump):
        zeven.advance(hours=hours)
        assert await clocks(zeven, stopped) == ended
        now = (await clocks(zeven, running))["restore"]
        assert settled(now) == settled(going)
        assert now["elapsed_seconds"] >= settled(going)["elapsed_seconds"] > 0
    assert going["due_at"] == now["due_at"]


@pytest.mark.parametrize("jump", [1, -1], ids=["forwards", "back"])
async def test_what_is_done_while_the_wall_clock_is_wrong_keeps_its_order_and_loses_no_clock(
    zeven: World, jump: int
) -> None:
    incident = await registered(zeven)
    await move(zeven, incident, "take")
    before = (await clocks(zeven, incident))["restore"]
    zeven.advance(hours=jump)
    await move(zeven, incident, "pause", **PAUSED)
    meanwhile = await registered(zeven)
    zeven.advance(hours=-jump)
    await move(zeven, incident, "resume")
    await move(zeven, incident, "recover", **HANDLED)

    after = (await clocks(zeven, incident))["restore"]
    # a state that lasted no time by the clock that was wrong leaves no interval; the others come in the order of the moves
    in_order = iter(("registered", "in_recovery", "pending:user", "in_recovery"))
    assert all(interval["why"] in in_order for interval in after["intervals"])
    assert after["intervals"][0] == before["intervals"][0]
    assert after["started_at"] == before["started_at"]
    for one, next_one in pairwise(after["intervals"]):
        assert one["end"] == next_one["start"]
    assert all(interval["seconds"] >= 0 for interval in after["intervals"])
    assert len(await clocks(zeven, meanwhile)) == len(("response", "restore"))

    timeline = (await at(zeven).get(f"/incident/v1/incidents/{incident}/timeline"))["items"]
    own = [(item["type"], datetime.fromisoformat(item["time"])) for item in timeline if item["subject"] == incident]
    words = ("registered", "taken", "paused", "resumed", "recovered")
    assert [kind for kind, _ in own] == [f"incident.{word}.v1" for word in words]
    assert all(later - earlier >= timedelta() for (_, earlier), (_, later) in pairwise(own))
    await feeds_are_whole(at(zeven).client)
