"""What approvers saw of a change stays as it is, and each of its plans stays readable with its answers."""

import pytest
from uuid_utils.compat import uuid7

from services.change.changes.schemas import CorrectChange
from services.change.lifecycles import BOUND
from services.change.models import PlanVersion
from tests.change.desk import NORMAL, PLAN, desk
from tests.change.neighbours import BUYER, CLIENT, LEDGER, PRINTER, known, person
from tests.change.test_requests import problem, receive
from tests.world import World, as_owner

HIGH = {**NORMAL, "impact": "high", "likelihood": "high"}
OTHER = {
    "title": "Another title",
    "description": "Another reason.",
    "ki_ids": [],
    "service_id": str(LEDGER),
    "party_id": str(CLIENT),
    "requester_id": str(BUYER),
    "means_confirmed": False,
    **{name: f"Another {name}." for name in PLAN if name.endswith("_plan")},
    "planned_start": "2127-03-01T06:00:00Z",
    "planned_end": "2127-03-01T10:00:00Z",
}


def test_every_field_that_can_be_corrected_is_bound_by_its_approval() -> None:
    assert set(CorrectChange.model_fields) <= set(BOUND)
    assert set(BOUND) <= set(PlanVersion.__table__.columns.keys())


@pytest.mark.parametrize("field", [*OTHER, "parent_id"])
async def test_after_authorisation_nothing_that_approvers_saw_is_corrected(zeven: World, field: str) -> None:
    admin = desk(zeven)
    release = await admin.accepted()
    await admin.move("changes", release, "classify", **{**NORMAL, "change_type": "release"})
    given = {**OTHER, "parent_id": release["id"]}[field]
    change = await admin.authorised(request={"service_id": None})
    refused = await admin.try_correct(change, **{field: given})
    assert problem(refused) == (409, "plan-authorised")
    assert "replan" in refused.json()["detail"]
    assert field in refused.json()["detail"]
    assert await admin.get(f"changes/{change['id']}") == change


async def test_what_was_done_stays_as_it_was_approved(zeven: World) -> None:
    admin = desk(zeven)
    change = await admin.implemented()
    refused = await admin.try_correct(change, title="Something else")
    assert problem(refused) == (409, "plan-authorised")
    assert "stays as it is" in refused.json()["detail"]


@pytest.mark.parametrize("field", ["title", "description", "service_id", "build_plan", "requester_id"])
async def test_what_is_corrected_while_it_is_approved_is_approved_again(zeven: World, field: str) -> None:
    admin = desk(zeven)
    change = await admin.planned(classes=HIGH)
    assert (await admin.approve(change, "approver")).status_code == 201
    corrected = await admin.correct(change, **{field: OTHER[field]})
    assert corrected["plan_round"] == change["plan_round"] + 1
    assert "approver" in (await admin.get(f"changes/{change['id']}/approvals"))["awaited"]


async def test_after_replanning_it_is_corrected_and_approved_again(zeven: World) -> None:
    admin = desk(zeven)
    change = await admin.authorised()
    await admin.move("changes", change, "replan", reason="It is another head.")
    assert (await admin.correct(change, title="Two print heads"))["state"] == "planned"
    assert (await admin.approve_all(change))["state"] == "authorised"


async def test_a_plan_that_was_replaced_stays_readable_with_its_answers(zeven: World) -> None:
    admin = desk(zeven)
    change = await admin.authorised(request={"party_id": str(CLIENT)})
    await admin.move("changes", change, "replan", reason="The part is late.", build_plan="Order two.")
    await admin.correct(change, title="Two print heads")
    await admin.approve(change, "change_coordinator", "denied", note="Too dear.")
    await admin.correct(change, build_plan="Order one and a half.")
    first, second, third = (await admin.get(f"changes/{change['id']}/plans"))["items"]
    assert [each["plan_round"] for each in (first, second, third)] == [1, 2, 3]
    assert [each["present"] for each in (first, second, third)] == [False, False, False]
    assert {name: first[name] for name in PLAN} == PLAN
    assert (first["title"], second["title"], third["title"]) == (change["title"], change["title"], "Two print heads")
    assert (second["build_plan"], third["build_plan"]) == ("Order two.", "Order two.")
    assert [each["decision"] for each in first["approvals"]] == ["approved"]
    assert [each["note"] for each in third["approvals"]] == ["Too dear."]
    assert second["approvals"] == []
    await admin.move("changes", change, "plan")
    plans = (await admin.get(f"changes/{change['id']}/plans"))["items"]
    assert [(each["build_plan"], each["present"]) for each in plans[2:]] == [
        ("Order two.", False),
        ("Order one and a half.", True),
    ]


async def test_the_client_reads_the_plans_as_it_saw_them(zeven: World) -> None:
    admin = desk(zeven)
    change = await admin.planned(request={"party_id": str(CLIENT)}, classes=HIGH)
    await admin.approve(change, "approver", note="Fits.")
    await admin.correct(change, title="Two print heads")
    client = desk(zeven, "cl-9", "client", party=CLIENT)
    first, second = (await client.get(f"changes/{change['id']}/plans"))["items"]
    assert (first["title"], second["title"]) == (change["title"], "Two print heads")
    assert not {name for name in first if name.endswith("_plan")}
    assert [(each["role"], each["note"]) for each in first["approvals"]] == [("approver", None)]
    stranger = await desk(zeven, "cl-8", "client", party=uuid7()).client.get(f"/change/v1/changes/{change['id']}/plans")
    assert problem(stranger) == (404, "not-found")


async def test_the_first_party_of_a_planned_change_is_seen_in_its_plan(zeven: World) -> None:
    admin = desk(zeven)
    change = await admin.planned(classes=HIGH)
    await admin.correct(change, party_id=str(CLIENT))
    (plan,) = (await admin.get(f"changes/{change['id']}/plans"))["items"]
    assert (plan["party_id"], plan["present"]) == (str(CLIENT), True)


async def test_a_plan_that_an_older_version_made_is_kept_when_another_one_takes_its_place(zeven: World) -> None:
    admin = desk(zeven)
    change = await admin.authorised()
    await as_owner(zeven.running("change"), f"DELETE FROM change_plan WHERE change_id = '{change['id']}'")
    (plan,) = (await admin.get(f"changes/{change['id']}/plans"))["items"]
    assert (plan["build_plan"], plan["present"], plan["created_at"]) == (PLAN["build_plan"], True, None)
    await admin.move("changes", change, "replan", reason="The part is late.", build_plan="Order two.")
    plans = (await admin.get(f"changes/{change['id']}/plans"))["items"]
    assert [each["build_plan"] for each in plans] == [PLAN["build_plan"], "Order two."]


async def test_whoever_asked_first_still_does_not_approve_after_somebody_else_was_named(zeven: World) -> None:
    admin, asker, other = desk(zeven), uuid7(), uuid7()
    await receive(zeven, person(asker, CLIENT), person(other, CLIENT), known("ki", PRINTER, sequence=1))
    change = await admin.planned(request={"requester_id": str(asker), "party_id": str(CLIENT)}, classes=HIGH)
    await admin.correct(change, requester_id=str(other))
    for somebody in (asker, other):
        client = desk(zeven, str(somebody), "client", party=CLIENT)
        assert problem(await client.approve(change, "client")) == (403, "not-allowed")
