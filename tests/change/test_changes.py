"""Changes: guarded moves, tests before release, putting on hold, rolling back, correcting."""

from datetime import timedelta

import pytest
from httpx2 import Response
from uuid_utils.compat import uuid7

from shared import clock
from tests.change.desk import ALL_TESTS, EMERGENCY, NORMAL, PLAN, desk
from tests.change.neighbours import PRINTER
from tests.change.test_requests import problem
from tests.world import World


async def test_what_a_move_lacks_is_told_before_and_after_it_is_tried(zeven: World) -> None:
    admin = desk(zeven)
    change = await admin.accepted(ki_ids=[str(PRINTER)])
    needs = {each["trigger"]: each for each in (await admin.get(f"changes/{change['id']}/moves"))["items"]}
    assert set(needs) == {"classify", "hold", "reject", "cancel"}
    assert needs["classify"]["lacking"] == ["change_type", "impact", "likelihood", "value_stream"]
    refused = await admin.try_move("changes", change, "classify", change_type="normal")
    assert problem(refused) == (409, "move-not-permitted")
    assert refused.json()["lacking"] == ["impact", "likelihood", "value_stream"]
    assert set(refused.json()["permitted"]) == set(needs)


@pytest.mark.parametrize("field", PLAN)
async def test_no_part_of_a_plan_can_be_left_out(zeven: World, field: str) -> None:
    admin = desk(zeven)
    change = await admin.accepted()
    await admin.move("changes", change, "classify", **NORMAL)
    refused = await admin.try_move("changes", change, "plan", **{**PLAN, field: None})
    assert problem(refused) == (409, "move-not-permitted")
    assert refused.json()["lacking"] == [field]


@pytest.mark.parametrize("wrong", [{"means_confirmed": False}, {"planned_end": PLAN["planned_start"]}])
async def test_a_plan_without_means_or_time_is_refused(zeven: World, wrong: dict[str, object]) -> None:
    admin = desk(zeven)
    change = await admin.accepted()
    await admin.move("changes", change, "classify", **NORMAL)
    assert problem(await admin.try_move("changes", change, "plan", **{**PLAN, **wrong})) == (409, "move-not-permitted")


PAST = {"planned_start": "2020-03-01T07:00:00Z", "planned_end": "2020-03-01T09:00:00Z"}


def points_at_the_start(answer: Response) -> bool:
    shown = {"pointer": "/planned_start", "detail": "a time in the future"}
    return problem(answer) == (422, "invalid") and answer.json()["errors"] == [shown]


async def test_no_plan_begins_in_the_past(zeven: World) -> None:
    admin = desk(zeven)
    change = await admin.accepted()
    assert points_at_the_start(await admin.try_correct(change, **PAST))
    await admin.move("changes", change, "classify", **NORMAL)
    assert points_at_the_start(await admin.try_move("changes", change, "plan", **{**PLAN, **PAST}))
    await admin.move("changes", change, "plan", **PLAN)
    assert points_at_the_start(await admin.try_correct(change, **PAST))
    await admin.approve(change, "change_coordinator")
    assert points_at_the_start(await admin.try_move("changes", change, "replan", reason="Earlier.", **PAST))
    assert (await admin.get(f"changes/{change['id']}"))["planned_start"] == PLAN["planned_start"]


async def test_a_start_that_has_passed_meanwhile_is_planned_again(zeven: World, clock_as_it_was: None) -> None:
    admin, soon = desk(zeven), clock.now() + timedelta(minutes=10)
    window = {"planned_start": soon.isoformat(), "planned_end": (soon + timedelta(hours=1)).isoformat()}
    change = await admin.authorised(**window)
    zeven.advance(minutes=5)
    await admin.move("changes", change, "prepare")
    zeven.advance(minutes=6)
    await admin.move("changes", change, "test")
    assert points_at_the_start(await admin.try_move("changes", change, "replan", reason="The part is late."))
    later = {name: PLAN[name] for name in window}
    assert (await admin.move("changes", change, "replan", reason="The part is late.", **later))["state"] == "planned"


async def test_what_was_written_before_need_not_be_sent_with_the_move(zeven: World) -> None:
    admin = desk(zeven)
    change = await admin.accepted()
    await admin.move("changes", change, "classify", **NORMAL)
    await admin.correct(change, **PLAN)
    assert (await admin.move("changes", change, "plan"))["state"] == "planned"


async def test_only_what_passed_every_mandatory_test_is_released(zeven: World) -> None:
    admin = desk(zeven)
    change = await admin.authorised()
    early = await admin.post(f"changes/{change['id']}/test-runs", {"kind": "technical", "result": "passed"})
    assert problem(early) == (409, "not-in-test")
    await admin.move("changes", change, "prepare", "test")
    for kind in ALL_TESTS:
        refused = await admin.try_move("changes", change, "release")
        assert problem(refused) == (409, "move-not-permitted")
        assert kind in refused.json()["detail"]
        await admin.test(change, kind)
    await admin.test(change, "acceptance", result="failed")
    assert (await admin.get(f"changes/{change['id']}/test-runs"))["awaited"] == ["acceptance"]
    assert problem(await admin.try_move("changes", change, "release")) == (409, "move-not-permitted")
    await admin.test(change, "acceptance")
    assert (await admin.move("changes", change, "release"))["state"] == "released"


async def test_what_is_built_again_is_tested_again(zeven: World) -> None:
    admin = desk(zeven)
    change = await admin.authorised(classes=EMERGENCY)
    await admin.move("changes", change, "prepare", "test")
    await admin.test(change, "technical")
    await admin.move("changes", change, "fail_test", reason="It squeaks.")
    await admin.move("changes", change, "test")
    runs = await admin.get(f"changes/{change['id']}/test-runs")
    assert (runs["test_round"], runs["awaited"], len(runs["items"])) == (2, ["technical"], 1)
    assert problem(await admin.try_move("changes", change, "release")) == (409, "move-not-permitted")


@pytest.mark.parametrize("trigger", ["prepare", "test", "release", "implement", "complete"])
async def test_nothing_is_done_before_it_is_authorised(zeven: World, trigger: str) -> None:
    admin = desk(zeven)
    change = await admin.planned()
    assert problem(await admin.try_move("changes", change, trigger)) == (409, "move-not-permitted")


async def test_a_change_on_hold_goes_on_where_it_was(zeven: World) -> None:
    admin = desk(zeven)
    change = await admin.authorised()
    await admin.move("changes", change, "prepare")
    held = await admin.move("changes", change, "hold", reason="Frozen until January.")
    assert (held["state"], held["held_state"], held["reason"]) == ("on_hold", "in_preparation", "Frozen until January.")
    assert (await admin.try_move("changes", held, "test")).json()["because"] == ["it is on_hold"]
    moves = {each["trigger"]: each["target"] for each in (await admin.get(f"changes/{change['id']}/moves"))["items"]}
    assert moves == {"resume": "in_preparation", "cancel": "cancelled"}
    resumed = await admin.move("changes", change, "resume")
    assert (resumed["state"], resumed["held_state"]) == ("in_preparation", None)


async def test_what_failed_is_rolled_back_and_reworked_or_planned_again(zeven: World) -> None:
    admin = desk(zeven)
    change = await admin.authorised(classes=EMERGENCY)
    await admin.move("changes", change, "prepare", "test")
    await admin.test(change, "technical")
    await admin.move("changes", change, "release", "implement")
    assert (await admin.try_move("changes", change, "roll_back")).json()["lacking"] == ["reason"]
    assert (await admin.move("changes", change, "roll_back", reason="No power."))["state"] == "rolled_back"
    await admin.move("changes", change, "rework", reason="A new fuse.")
    await admin.move("changes", change, "test")
    await admin.test(change, "technical")
    await admin.move("changes", change, "release", "implement")
    await admin.move("changes", change, "roll_back", reason="Still no power.")
    replanned = await admin.move("changes", change, "replan", reason="Another room.")
    assert (replanned["state"], replanned["plan_round"]) == ("planned", 2)
    await zeven.quiet()
    kinds = [each["type"] for each in (await admin.get(f"changes/{change['id']}/timeline"))["items"]]
    assert kinds.count("change.rolled_back.v1") == 2
    assert kinds.count("change.reworked.v1") == 1
    assert kinds[-1] == "change.replanned.v1"


async def test_an_evaluation_says_whether_the_goal_was_reached(zeven: World) -> None:
    admin = desk(zeven)
    change = await admin.implemented()
    refused = await admin.try_move("changes", change, "evaluate", goal_reached=False)
    assert refused.json()["lacking"] == ["evaluation"]
    shown = await admin.move("changes", change, "evaluate", goal_reached=False, evaluation="No.")
    assert (shown["state"], shown["goal_reached"]) == ("evaluated", False)


async def test_an_authorised_plan_is_altered_by_planning_again_only(zeven: World) -> None:
    admin = desk(zeven)
    change = await admin.authorised()
    assert problem(await admin.try_correct(change, back_out_plan="None.")) == (409, "plan-authorised")
    await admin.move("changes", change, "hold", reason="Wait.")
    assert problem(await admin.try_correct(change, planned_end="2127-03-01T10:00:00Z")) == (409, "plan-authorised")


async def test_the_plan_of_a_resting_change_is_corrected_and_approved_again(zeven: World) -> None:
    admin = desk(zeven)
    change = await admin.planned()
    await admin.move("changes", change, "hold", reason="Wait.")
    assert problem(await admin.try_correct(change, build_plan=None)) == (422, "invalid")
    corrected = await admin.correct(change, build_plan="Order two.")
    assert (corrected["state"], corrected["plan_round"]) == ("on_hold", 2)


async def test_a_planned_change_keeps_a_whole_plan(zeven: World) -> None:
    admin = desk(zeven)
    change = await admin.planned()
    missing = await admin.try_correct(change, test_plan=None)
    assert problem(missing) == (422, "invalid")
    assert missing.json()["errors"][0]["pointer"] == "/test_plan"
    assert problem(await admin.try_correct(change, planned_end=PLAN["planned_start"])) == (422, "invalid")
    assert (await admin.get(f"changes/{change['id']}"))["plan_round"] == 1


async def test_a_correction_that_changes_nothing_is_no_event(zeven: World) -> None:
    admin = desk(zeven)
    change = await admin.planned()
    assert (await admin.correct(change, title=change["title"], build_plan=PLAN["build_plan"])) == change


async def test_a_correction_says_what_changed_with_the_values_before_and_after(zeven: World) -> None:
    admin = desk(zeven)
    change = await admin.planned()
    await admin.correct(change, title="Two print heads", planned_end="2127-03-01T10:00:00Z", ki_ids=[str(PRINTER)] * 2)
    await zeven.quiet()
    shown = (await admin.get(f"changes/{change['id']}/timeline", sort="-recorded", limit=1))["items"]
    assert [each["type"] for each in shown] == ["change.changed.v1"]
    assert shown[0]["data"]["changes"] == [
        {"field": "title", "from": change["title"], "to": "Two print heads"},
        {"field": "planned_end", "from": PLAN["planned_end"], "to": "2127-03-01T10:00:00Z"},
    ]


async def test_nothing_about_an_ended_change_is_corrected(zeven: World) -> None:
    admin = desk(zeven)
    change = await admin.accepted()
    await admin.move("changes", change, "cancel", reason="Not needed.")
    assert problem(await admin.try_correct(change, title="Other")) == (409, "change-ended")


async def test_a_correction_needs_the_version_that_was_seen_and_fields_that_exist(zeven: World) -> None:
    change = await desk(zeven).accepted()
    path = f"/change/v1/changes/{change['id']}"
    for headers, body, shown in (
        ({}, {"title": "Other"}, (428, "version-needed")),
        ({"If-Match": '"9"'}, {"title": "Other"}, (412, "version-conflict")),
        ({"If-Match": '"1"'}, {"colour": "red"}, (422, "invalid")),
        ({"If-Match": '"1"'}, {"title": None}, (422, "invalid")),
        ({"If-Match": '"1"'}, {"service_id": str(uuid7())}, (422, "invalid")),
        ({"If-Match": '"1"'}, {"means_confirmed": "yes"}, (422, "invalid")),
    ):
        assert problem(await zeven.admin.patch(path, json=body, headers=headers)) == shown


async def test_the_items_that_a_change_touches_are_named_when_it_is_classified_and_corrected(zeven: World) -> None:
    admin, items = desk(zeven), [str(PRINTER)]
    change = await admin.accepted()
    assert (await admin.correct(change, ki_ids=items))["ki_ids"] == items
    other = await admin.accepted()
    assert (await admin.move("changes", other, "classify", **{**NORMAL, "ki_ids": items}))["ki_ids"] == items
    refused = await admin.try_correct(other, ki_ids=[*items, str(uuid7())])
    assert problem(refused) == (422, "invalid")
    assert refused.json()["errors"][0]["pointer"] == "/ki_ids/1"


async def test_a_doubled_move_is_made_once(zeven: World) -> None:
    admin = desk(zeven)
    change = await admin.authorised()
    headers = {"If-Match": f'"{change["version"]}"', "Idempotency-Key": str(uuid7())}
    answers = [await admin.post(f"changes/{change['id']}/moves", {"trigger": "prepare"}, **headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()
