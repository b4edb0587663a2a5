"""Records that ended long ago are deleted by a rule; figures that rest on them stay, also in a rebuild, and the chain is whole."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from services.__main__ import SERVICES
from shared.contracts.defaults import ADMIN_ID
from tests.life.desk import Desk, Json, json_of
from tests.life.story import known_error
from tests.life.test_erasure import LEVELS, figures, found, the_chains_are_intact
from tests.world import World, token, world

REBUILT = ("incident", "change", "knowledge", "service_level")
DAYS = 400


@pytest.fixture
async def zeven(make_database: Callable[[str], Any]) -> AsyncIterator[World]:
    async with world(SERVICES, make_database) as zeven:
        zeven.admin = zeven.as_(token(str(ADMIN_ID)))
        yield zeven


async def an_incident(desk: Desk, title: str, *, closed: bool) -> str:
    """An incident that a known error solved, closed or not; its path."""
    call = await desk.make("/incident/v1/calls", type="incident", title=title, description=f"{title}!", **LEVELS)
    path = f"/incident/v1/incidents/{call['record']['id']}"
    suggestion = await desk.first(f"{path}/suggestions")
    await desk.make(f"{path}/suggestions/{suggestion['id']}/use")
    await desk.make(f"{path}/work-log", text=f"{title}?", public=True)
    await desk.move(path, "classify")
    if closed:
        await desk.move(path, "take")
        await desk.make(f"{path}/change-requests", title=f"{title}.", description="Soon.", urgent=False)
        await desk.move(path, "recover", recovery="workaround", solution=f"{title}...")
        await desk.move(path, "confirm")
    return path


async def rule(zeven: World, service: str, kind: str, days: int | None) -> Json:
    body = {"days": days, "reason": "Policy 12."}
    return json_of(await zeven.admin.put(f"/{service}/v1/retention/{kind}", json=body))


async def retired(zeven: World, service: str) -> int:
    """How many records were deleted, once no more are due."""
    count = 0
    while done := await zeven.running(service).run_job("retire"):
        count += done
    await zeven.quiet()
    await zeven.running(service).run_job("housekeeping")  # handled events are remembered for a day
    return count


async def derived(zeven: World) -> dict[str, Any]:
    """What other services have derived from incidents."""
    counted = await figures(zeven)
    uses = [item["use_count"] for item in (await Desk(zeven.admin).get("/knowledge/v1/items"))["items"]]
    return {"clocks": counted["clocks"], "performance": counted["performance"], "uses": uses}


async def test_old_incidents_go_and_what_rests_on_them_stays_also_in_rebuilds(zeven: World) -> None:
    desk = Desk(zeven.admin)
    await known_error(desk, "quartzwheel")
    old = [await an_incident(desk, f"quartzwheel {number} oldmark", closed=True) for number in range(3)]
    open_one = await an_incident(desk, "quartzwheel newmark", closed=False)
    await zeven.quiet()
    zeven.advance(days=DAYS + 1)
    zeven.admin = zeven.as_(token(str(ADMIN_ID)))
    desk = Desk(zeven.admin)
    young = await an_incident(desk, "quartzwheel youngmark", closed=True)
    await zeven.quiet()
    before, chains = await derived(zeven), await the_chains_are_intact(zeven)

    assert await retired(zeven, "incident") == 0, "nothing is deleted unless somebody asks for it"
    preview = json_of(await zeven.admin.get("/incident/v1/retention/incident/preview", params={"days": DAYS}))
    assert preview == {"kind": "incident", "days": DAYS, "records": 3}
    await rule(zeven, "incident", "incident", DAYS)
    assert await retired(zeven, "incident") == 3

    for path in old:
        assert (await zeven.admin.get(path)).status_code == 404
    for path in (open_one, young):
        assert (await zeven.admin.get(path)).is_success
    assert [each["title"] for each in (await desk.get("/incident/v1/calls"))["items"]] == [
        "quartzwheel youngmark",
        "quartzwheel newmark",
    ]
    assert {where for where in await found(zeven, "oldmark") if where.startswith("incident")} == set()
    assert await the_chains_are_intact(zeven) > chains
    assert await derived(zeven) == before
    receipts = (await desk.get("/incident/v1/events", type="records.retired.v1"))["items"]
    assert [(each["data"]["kind"], each["data"]["days"], len(each["data"]["records"])) for each in receipts] == [
        ("incident", DAYS, 6)
    ]
    for _ in range(2):
        for service in REBUILT:
            ended = await zeven.rebuild(service)
            assert ended["dead_letters"] == 0
        assert await derived(zeven) == before
        assert {where for where in await found(zeven, "oldmark") if where.startswith("incident")} == set()
    # what comes for a deleted incident changes nothing
    (rfc, *_) = (await desk.get("/change/v1/rfcs"))["items"]
    await desk.move(f"/change/v1/rfcs/{rfc['id']}", "reject", reason="Too late.")
    await zeven.quiet()
    for running in zeven.host.running.values():
        async with running.engine.connect() as connection:
            dead = "SELECT count(*) FROM inbox WHERE dead_at IS NOT NULL OR last_error IS NOT NULL"
            assert (await connection.exec_driver_sql(dead)).scalar_one() == 0


async def test_each_service_deletes_by_its_own_rule_and_does_not_bring_back_what_it_deleted(zeven: World) -> None:
    desk = Desk(zeven.admin)
    await known_error(desk, "quartzwheel")
    path = await an_incident(desk, "quartzwheel oldmark", closed=True)
    (rfc,) = (await desk.first("/change/v1/rfcs"),)
    await desk.move(f"/change/v1/rfcs/{rfc['id']}", "reject", reason="Not now.")
    await zeven.quiet()
    zeven.advance(days=DAYS + 1)
    zeven.admin = zeven.as_(token(str(ADMIN_ID)))
    desk = Desk(zeven.admin)
    await rule(zeven, "service-level", "clock", DAYS)
    await rule(zeven, "change", "rfc", DAYS)
    assert (await retired(zeven, "service_level"), await retired(zeven, "change")) == (1, 1)
    assert (await desk.get("/service-level/v1/clocks"))["items"] == []
    assert (await desk.get("/change/v1/rfcs"))["items"] == []
    assert (await zeven.admin.get(path)).is_success
    await desk.make(f"{path}/work-log", text="Found the invoice.", public=True)
    await zeven.quiet()
    async with zeven.running("service_level").engine.connect() as connection:
        for table in ("observation", "incident", "clock"):
            rows = await connection.exec_driver_sql(f"SELECT count(*) FROM {table}")
            assert rows.scalar_one() == 0, f"what comes later brings nothing of it back into {table}"
    timeline = (await desk.get(f"{path}/timeline", limit=200))["items"]
    for service in REBUILT:
        await zeven.rebuild(service)
    assert (await desk.get("/service-level/v1/clocks"))["items"] == []
    assert (await desk.get(f"{path}/timeline", limit=200))["items"] == timeline
    assert {where for where in await found(zeven, "oldmark") if where.startswith("change")} == set()
    await the_chains_are_intact(zeven)


async def test_rules_are_set_by_administrators_with_a_reason_and_recorded(zeven: World) -> None:
    desk = Desk(zeven.admin)
    shown = await rule(zeven, "change", "change", 30)
    assert (shown["days"], shown["reason"], shown["set_by"]) == (30, "Policy 12.", str(ADMIN_ID))
    assert (await rule(zeven, "change", "change", None))["days"] is None
    await zeven.quiet()
    told = (await desk.get("/change/v1/events", type="retention_rule.set.v1"))["items"]
    assert [(each["data"]["before"], each["data"]["days"]) for each in told] == [(None, 30), (30, None)]
    for body in ({"days": 0, "reason": "x"}, {"days": 10}, {"days": 10, "reason": ""}):
        assert (await zeven.admin.put("/change/v1/retention/change", json=body)).status_code == 422
    assert (await zeven.admin.put("/change/v1/retention/moon", json={"days": 9, "reason": "x"})).status_code == 404
    for roles in (("it_director",), ("operator",), ("user",)):
        other = zeven.as_(token("somebody", *roles))
        answers = [
            await other.get("/change/v1/retention"),
            await other.put("/change/v1/retention/change", json={"days": 1, "reason": "x"}),
            await other.get("/change/v1/retention/change/preview", params={"days": 1}),
        ]
        assert [answer.status_code for answer in answers] == [403] * 3
    assert (await zeven.admin.get("/governance/v1/retention")).status_code == 404
