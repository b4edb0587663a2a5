"""Events of agreements: each coming into force once and with its time, other changes once, and none without a change."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from services.service_level.manifest import SERVICE
from shared import clock
from tests.service_level.publishing import published, signed_in
from tests.world import World, world

URL = "/service-level/v1/agreements"
TERMS = {
    "calendar": {"zone": "UTC", "hours": {"monday": [["08:00", "18:00"]]}},
    "targets": {"P1": {"restore_seconds": 3600}},
}


@pytest.fixture(scope="module")
async def zeven(make_database: Callable[[str], Any]) -> AsyncIterator[World]:
    async with world((SERVICE,), make_database) as zeven:
        yield zeven


def later(hours: float, since: datetime | None = None) -> str:
    at = (since or clock.now()).replace(microsecond=0) + timedelta(hours=hours)
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


async def agreed(zeven: World, **fields: Any) -> dict[str, Any]:
    answer = await signed_in(zeven).post(URL, json={"name": "An agreement", **TERMS, **fields})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def send(zeven: World, method: str, agreement: dict[str, Any], path: str = "", **body: Any) -> dict[str, Any]:
    """The agreement after a request on its newest version."""
    version = (await signed_in(zeven).get(f"{URL}/{agreement['id']}")).json()["version"]
    answer = await signed_in(zeven).request(
        method, f"{URL}/{agreement['id']}{path}", json=body, headers={"If-Match": f'"{version}"'}
    )
    assert answer.is_success, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


async def later_applied(zeven: World, hours: float) -> None:
    """So many hours later, its job twice done."""
    zeven.advance(hours=hours)
    for _ in range(2):
        await zeven.running("service_level").run_job("apply_agreements")


async def announced(zeven: World, agreement: dict[str, Any]) -> list[tuple[str, bool]]:
    """What was said about it: the word, and whether it was in force then."""
    events = [one for one in await published(zeven, kind="agreement.") if one["subject"] == agreement["id"]]
    assert [one["sequence"] for one in events] == list(range(1, len(events) + 1))
    return [(one["type"].split(".")[1], one["data"]["active"]) for one in events]


async def test_one_that_holds_at_once_is_agreed_and_one_for_later_when_its_time_comes(zeven: World) -> None:
    assert await announced(zeven, await agreed(zeven)) == [("agreed", True)]
    begins = later(1)
    made = await agreed(zeven, valid_from=begins)
    assert await announced(zeven, made) == [("registered", False)]
    await later_applied(zeven, 2)
    assert await announced(zeven, made) == [("registered", False), ("agreed", True)]
    event = (await published(zeven, kind="agreement.agreed"))[-1]
    assert (event["subject"], event["time"], event["data"]["valid_from"]) == (made["id"], begins, begins)


async def test_one_of_the_past_came_into_force_and_ended(zeven: World) -> None:
    made = await agreed(zeven, valid_from="2020-01-01T00:00:00Z", valid_until="2021-01-01T00:00:00Z")
    assert made["state"] == "ended"
    assert await announced(zeven, made) == [("agreed", True), ("ended", False)]


async def test_a_rename_or_another_end_changes_it_and_an_empty_correction_says_nothing(zeven: World) -> None:
    made = await agreed(zeven)
    until = later(500)
    await send(zeven, "PATCH", made, name="Gold")
    after = await send(zeven, "PATCH", made, valid_until=until)
    for nothing in ({}, {"name": "Gold"}, {"name": "Gold", "valid_until": until}):
        assert await send(zeven, "PATCH", made, **nothing) == after
    assert await announced(zeven, made) == [("agreed", True), ("changed", True), ("changed", True)]
    assert (await published(zeven, kind="agreement.changed"))[-1]["data"]["valid_until"] == until


async def test_a_version_is_announced_when_it_comes_into_force_and_only_then(zeven: World) -> None:
    made = await agreed(zeven)
    await send(zeven, "POST", made, "/versions", **TERMS)
    assert await announced(zeven, made) == [("agreed", True), ("amended", True)]
    begins = later(1)
    await send(zeven, "POST", made, "/versions", **TERMS, in_force_from=begins)
    assert (await announced(zeven, made))[2:] == [("changed", True)]
    await later_applied(zeven, 0.5)
    assert (await announced(zeven, made))[3:] == []
    await later_applied(zeven, 1)
    assert (await announced(zeven, made))[3:] == [("amended", True)]
    assert (await published(zeven, kind="agreement.amended"))[-1]["time"] == begins


async def test_what_came_and_went_while_nobody_looked_is_announced_in_its_order(zeven: World) -> None:
    now = clock.now()
    made = await agreed(zeven, valid_from=later(1, now), valid_until=later(4, now))
    for hours in (2, 3, 3, 5):
        await send(zeven, "POST", made, "/versions", **TERMS, in_force_from=later(hours, now))
    await later_applied(zeven, 6)
    assert (await announced(zeven, made))[5:] == [
        ("agreed", True),
        ("amended", True),
        ("amended", True),
        ("ended", False),
    ]
    times = [datetime.fromisoformat(one["time"]) for one in (await published(zeven, kind="agreement."))[-4:]]
    assert [after - before for before, after in pairwise(times)] == [timedelta(hours=1)] * 3


async def test_a_version_that_holds_from_the_beginning_is_no_amendment(zeven: World) -> None:
    begins = later(1)
    made = await agreed(zeven, valid_from=begins)
    await send(zeven, "POST", made, "/versions", **TERMS, in_force_from=begins)
    await later_applied(zeven, 2)
    assert await announced(zeven, made) == [("registered", False), ("changed", False), ("agreed", True)]
