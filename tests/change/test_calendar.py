"""The change calendar: which change reserves a window, and which one waits."""

import asyncio

from uuid_utils.compat import uuid7

from tests.change.desk import EMERGENCY, PLAN, Desk, Json, desk
from tests.change.neighbours import LEDGER, WEBSHOP, known
from tests.change.test_requests import problem
from tests.world import World

MORNING = {"planned_start": "2127-05-03T07:00:00Z", "planned_end": "2127-05-03T09:00:00Z"}
OVERLAPPING = {"planned_start": "2127-05-03T08:59:59Z", "planned_end": "2127-05-03T11:00:00Z"}
AFTERWARDS = {"planned_start": "2127-05-03T09:00:00Z", "planned_end": "2127-05-03T10:00:00Z"}


async def new_service(zeven: World) -> dict[str, str]:
    service = uuid7()
    await zeven.running("change").inbox.deliver([known("service", service)])
    await zeven.quiet()
    return {"service_id": str(service)}


async def approve(admin: Desk, change: Json) -> str:
    return str((await admin.approve_all(change))["state"])


async def test_whoever_was_authorised_first_holds_the_window(zeven: World) -> None:
    admin, request = desk(zeven), await new_service(zeven)
    first, second = [await admin.planned(request=request, **window) for window in (MORNING, OVERLAPPING)]
    assert [(each["number"], each["blocking"]) for each in second["conflicts"]] == [(first["number"], False)]
    assert await approve(admin, first) == "authorised"
    assert await approve(admin, second) == "planned"
    (conflict,) = (await admin.get(f"changes/{second['id']}"))["conflicts"]
    assert (conflict["blocking"], conflict["state"]) == (True, "authorised")
    refused = await admin.try_move("changes", second, "authorise")
    assert problem(refused) == (409, "move-not-permitted")
    assert first["number"] in refused.json()["detail"]
    moves = {each["trigger"]: each for each in (await admin.get(f"changes/{second['id']}/moves"))["items"]}
    assert first["number"] in moves["authorise"]["because"][0]

    await admin.move("changes", first, "cancel", reason="Not needed.")
    assert (await admin.move("changes", second, "authorise"))["state"] == "authorised"


async def test_another_window_frees_a_waiting_change(zeven: World) -> None:
    admin, request = desk(zeven), await new_service(zeven)
    await admin.authorised(request=request, **MORNING)
    second = await admin.planned(request=request, **OVERLAPPING)
    assert await approve(admin, second) == "planned"
    await admin.correct(second, **AFTERWARDS)
    assert await approve(admin, second) == "authorised"


async def test_what_goes_on_with_its_approvals_is_authorised_when_its_window_is_free(zeven: World) -> None:
    admin, request = desk(zeven), await new_service(zeven)
    first, second = await admin.authorised(request=request, **MORNING), await admin.planned(request=request, **MORNING)
    assert await approve(admin, second) == "planned"
    await admin.move("changes", second, "hold", reason="The first one goes before it.")
    await admin.move("changes", first, "cancel", reason="Not needed.")
    assert (await admin.move("changes", second, "resume"))["state"] == "authorised"


async def test_windows_that_touch_and_other_services_do_not_conflict(zeven: World) -> None:
    admin, request = desk(zeven), await new_service(zeven)
    first = await admin.authorised(request=request, **MORNING)
    assert (await admin.planned(request=request, **AFTERWARDS))["conflicts"] == []
    assert (await admin.get(f"changes/{first['id']}"))["conflicts"] == []
    assert (await admin.planned(request=await new_service(zeven), **OVERLAPPING))["conflicts"] == []
    assert (await admin.planned(**OVERLAPPING))["conflicts"] == []


async def test_an_emergency_goes_before_who_holds_the_window(zeven: World) -> None:
    admin, request = desk(zeven), await new_service(zeven)
    await admin.authorised(request=request, **MORNING)
    emergency = await admin.planned(request=request, classes=EMERGENCY, **MORNING)
    assert emergency["conflicts"][0]["blocking"]
    assert await approve(admin, emergency) == "authorised"


async def test_of_two_authorised_in_the_same_moment_one_gets_the_window(zeven: World) -> None:
    admin, request = desk(zeven), await new_service(zeven)
    changes = [await admin.planned(request=request, **MORNING) for _ in range(4)]
    states = await asyncio.gather(*(approve(admin, change) for change in changes))
    assert sorted(states) == ["authorised", "planned", "planned", "planned"]


async def test_the_calendar_shows_what_overlaps_the_period_in_order(zeven: World) -> None:
    admin, request = desk(zeven), await new_service(zeven)
    later = await admin.planned(request=request, **AFTERWARDS)
    first = await admin.authorised(request=request, **MORNING)
    given_up = await admin.planned(request=request, **MORNING)
    await admin.move("changes", given_up, "cancel", reason="Not needed.")

    async def shown(begin: str, end: str, **more: str) -> list[str]:
        found = await admin.get("calendar", **{"from": begin, "to": end, **request, **more})
        return [each["id"] for each in found["items"]]

    assert await shown("2127-05-01T00:00:00Z", "2127-06-01T00:00:00Z") == [first["id"], later["id"]]
    assert await shown("2127-05-03T08:00:00Z", "2127-05-03T09:00:00Z") == [first["id"]]
    assert await shown("2127-05-03T09:00:00Z", "2127-05-03T09:30:00Z") == [later["id"]]
    assert await shown("2127-05-03T10:00:00Z", "2127-05-04T00:00:00Z") == []
    page = await admin.get(
        "calendar", **{"from": "2127-05-01T00:00:00Z", "to": "2127-06-01T00:00:00Z"}, **request, limit=1
    )
    assert await shown("2127-05-01T00:00:00Z", "2127-06-01T00:00:00Z", cursor=page["next"]) == [later["id"]]


async def test_a_period_that_ends_before_it_begins_is_refused(zeven: World) -> None:
    path = "/change/v1/calendar?from=2127-05-02T00:00:00Z&to=2127-05-01T00:00:00Z"
    assert problem(await zeven.admin.get(path)) == (400, "bad-request")
    assert problem(await zeven.admin.get("/change/v1/calendar")) == (422, "invalid")


async def test_the_service_of_a_planned_change_may_be_corrected_and_its_conflicts_follow(zeven: World) -> None:
    admin = desk(zeven)
    other = await admin.planned(request={"service_id": str(LEDGER)}, **MORNING)
    change = await admin.planned(request={"service_id": str(WEBSHOP)}, **MORNING)
    corrected = await admin.correct(change, service_id=str(LEDGER))
    assert [each["id"] for each in corrected["conflicts"]] == [other["id"]]
    assert corrected["plan_round"] == change["plan_round"] + 1
    assert PLAN["build_plan"] == corrected["build_plan"]
