"""What was true when a change was planned is asked again when it is decided about and when it starts."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from services.change.checks.rules import CHECKS
from shared import clock
from tests.change.desk import ALL_TESTS, EMERGENCY, NORMAL, PLAN, Desk, Json, desk
from tests.change.neighbours import CLIENT, known, party, person
from tests.change.test_calendar import MORNING, new_service
from tests.change.test_requests import problem, receive
from tests.world import World


async def released(admin: Desk, change: Json) -> Json:
    await admin.move("changes", change, "prepare", "test")
    await admin.test(change, *ALL_TESTS)
    return await admin.move("changes", change, "release")


def soon() -> dict[str, str]:
    start = clock.now() + timedelta(minutes=10)
    return {"planned_start": start.isoformat(), "planned_end": (start + timedelta(minutes=20)).isoformat()}


async def forbidden(admin: Desk, change: Json, trigger: str, sentence: str) -> None:
    refused = await admin.try_move("changes", change, trigger)
    assert problem(refused) == (409, "move-not-permitted")
    assert sentence in refused.json()["detail"]
    moves = {each["trigger"]: each for each in (await admin.get(f"changes/{change['id']}/moves"))["items"]}
    assert any(sentence in because for because in moves[trigger]["because"])


async def cannot_be_approved(admin: Desk, change: Json, sentence: str) -> None:
    refused = await admin.approve(change, "change_coordinator")
    assert problem(refused) == (409, "plan-outdated")
    assert sentence in refused.json()["detail"]


def test_every_check_of_planning_is_asked_again_at_deciding_and_at_starting() -> None:
    for guard, acts in CHECKS.items():
        if "plan" in acts:
            assert {"approve", "authorise", "implement"} <= set(acts), guard.__name__


async def test_a_plan_whose_window_has_begun_is_denied_and_not_approved(zeven: World, clock_as_it_was: None) -> None:
    admin = desk(zeven)
    change = await admin.planned(**soon())
    zeven.advance(minutes=11)
    await cannot_be_approved(admin, change, "its window has begun")
    await forbidden(admin, change, "authorise", "its window has begun")
    assert (await admin.approve(change, "change_coordinator", "denied")).status_code == 201
    assert (await admin.get(f"changes/{change['id']}"))["state"] == "classified"


async def test_an_approved_plan_is_not_authorised_once_its_window_has_begun(
    zeven: World, clock_as_it_was: None
) -> None:
    admin, request, window = desk(zeven), await new_service(zeven), soon()
    first = await admin.authorised(request=request, **window)
    second = await admin.planned(request=request, **window)
    assert (await admin.approve_all(second))["state"] == "planned"
    zeven.advance(minutes=11)
    await admin.move("changes", first, "cancel", reason="Not needed.")
    await forbidden(admin, second, "authorise", "its window has begun")


async def test_an_emergency_is_decided_about_during_its_window(zeven: World, clock_as_it_was: None) -> None:
    admin = desk(zeven)
    change = await admin.planned(classes=EMERGENCY, **soon())
    late = await admin.planned(classes=EMERGENCY, **soon())
    zeven.advance(minutes=16)
    assert (await admin.approve_all(change))["state"] == "authorised"
    zeven.advance(minutes=16)
    await cannot_be_approved(admin, late, "its window is over")


async def test_a_change_starts_before_its_window_is_over(zeven: World, clock_as_it_was: None) -> None:
    admin = desk(zeven)
    changes = [await released(admin, await admin.authorised(**soon())) for _ in range(2)]
    zeven.advance(minutes=16)
    assert (await admin.move("changes", changes[0], "implement"))["state"] == "implementing"
    zeven.advance(minutes=16)
    await forbidden(admin, changes[1], "implement", "its window is over")
    later = {name: PLAN[name] for name in ("planned_start", "planned_end")}
    await admin.move("changes", changes[1], "replan", reason="It was missed.", **later)
    assert (await admin.approve_all(changes[1]))["state"] == "authorised"


def _gone(kind: str, identity: UUID, *, active: bool, sequence: int) -> Any:
    if kind == "requester":
        return person(identity, CLIENT, active=active, sequence=sequence)
    if kind == "party":
        return party(identity, active=active, sequence=sequence)
    return known({"service": "service", "item": "ki"}[kind], identity, active=active, sequence=sequence)


@pytest.mark.parametrize(
    ("kind", "shown"),
    [
        ("requester", "requester A buyer"),
        ("party", "party Willow Foods"),
        ("service", "service A service"),
        ("item", "knowledge item KI-000001"),
    ],
)
async def test_whoever_and_whatever_is_retired_meanwhile_is_replaced_before_it_is_decided_and_started(
    zeven: World, kind: str, shown: str
) -> None:
    admin, gone, other = desk(zeven), uuid7(), uuid7()
    for each in (gone, other):
        await receive(zeven, _gone(kind, each, active=True, sequence=1))
    field = {"requester": "requester_id", "party": "party_id", "service": "service_id", "item": "ki_ids"}[kind]
    old, new = [[str(each)] if kind == "item" else str(each) for each in (gone, other)]
    request: dict[str, Any] = {"party_id": str(CLIENT), **await new_service(zeven), field: old}
    classes = {name: value for name, value in NORMAL.items() if name != "ki_ids"}
    classified = await admin.accepted(**request)
    await admin.move("changes", classified, "classify", **classes)
    planned, going = [await admin.planned(request=request, classes=classes) for _ in range(2)]
    window = {"planned_start": "2127-03-02T07:00:00Z", "planned_end": "2127-03-02T09:00:00Z"}
    await admin.correct(going, **window)
    going = await released(admin, await admin.approve_all(going))

    await receive(zeven, _gone(kind, gone, active=False, sequence=2))
    refused = await admin.try_move("changes", classified, "plan", **PLAN)
    assert problem(refused) == (409, "move-not-permitted")
    assert shown in refused.json()["detail"]
    await cannot_be_approved(admin, planned, shown)
    await forbidden(admin, planned, "authorise", shown)
    await forbidden(admin, going, "implement", shown)

    await admin.correct(planned, **{field: new})
    assert (await admin.approve_all(planned))["state"] == "authorised"
    await admin.move("changes", going, "replan", reason="It is for somebody else.", **window)
    await admin.correct(going, **{field: new})
    going = await released(admin, await admin.approve_all(going))
    assert (await admin.move("changes", going, "implement"))["state"] == "implementing"


async def test_a_part_whose_release_has_ended_is_not_started(zeven: World) -> None:
    admin = desk(zeven)
    release = await admin.accepted()
    await admin.move("changes", release, "classify", **{**NORMAL, "change_type": "release"})
    waiting, going = [await admin.planned() for _ in range(2)]
    for part in (waiting, going):
        await admin.correct(part, parent_id=release["id"])
    going = await released(admin, await admin.approve_all(going))
    await admin.move("changes", release, "cancel", reason="Not this year.")
    await cannot_be_approved(admin, waiting, f"its release {release['number']} has ended")
    await forbidden(admin, going, "implement", f"its release {release['number']} has ended")
    await admin.correct(waiting, parent_id=None)
    assert (await admin.approve_all(waiting))["state"] == "authorised"


async def test_a_change_waits_for_the_emergency_that_overlaps_its_window(zeven: World) -> None:
    admin, request = desk(zeven), await new_service(zeven)
    going = await released(admin, await admin.authorised(request=request, **MORNING))
    emergency = await admin.authorised(request=request, classes=EMERGENCY, **MORNING)
    await forbidden(admin, going, "implement", f"the window is reserved by {emergency['number']}")
    emergency = await released(admin, emergency)
    await admin.move("changes", emergency, "implement", "complete")
    assert (await admin.move("changes", going, "implement"))["state"] == "implementing"
