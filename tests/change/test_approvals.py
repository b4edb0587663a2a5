"""Approvals: by the roles of the table, in a role that the person has, once per plan, never for one's own request."""

import asyncio

import pytest
from uuid_utils.compat import uuid7

from services.change.approvals.rules import NEEDED
from services.change.changes.rules import MATRIX
from tests.change.desk import NORMAL, desk
from tests.change.neighbours import BUYER, CLIENT, party
from tests.change.test_requests import problem, receive
from tests.world import World

RISKS = {risk: pair for pair, risk in MATRIX.items()}
HIGH = {**NORMAL, "impact": "high", "likelihood": "high"}


@pytest.mark.parametrize(("change_type", "risk"), NEEDED)
async def test_work_begins_when_every_role_of_the_table_approved(zeven: World, change_type: str, risk: str) -> None:
    impact, likelihood = RISKS[risk]
    classes = {**NORMAL, "change_type": change_type, "impact": impact, "likelihood": likelihood}
    admin = desk(zeven)
    change = await admin.planned(classes=classes)
    assert change["risk"] == risk
    roles = NEEDED[change_type, risk]
    for index, role in enumerate(roles):
        shown = await admin.get(f"changes/{change['id']}/approvals")
        assert shown["needed"] == list(roles)
        assert shown["awaited"] == list(roles[index:])
        assert (await admin.get(f"changes/{change['id']}"))["state"] == "planned"
        assert problem(await admin.try_move("changes", change, "authorise")) == (409, "move-not-permitted")
        assert (await desk(zeven, f"admin-{index}").approve(change, role)).status_code == 201
    assert (await admin.get(f"changes/{change['id']}"))["state"] == "authorised"


async def test_a_type_that_is_not_offered_is_refused_with_those_that_are(zeven: World) -> None:
    change = await desk(zeven).accepted()
    refused = await desk(zeven).try_move("changes", change, "classify", **{**NORMAL, "change_type": "standard"})
    assert problem(refused) == (422, "invalid")
    (shown,) = refused.json()["errors"]
    assert shown["pointer"] == "/change_type"
    assert shown["detail"] == "one of normal, emergency, release, project"
    named = await desk(zeven).try_move("changes", change, "classify", **NORMAL, model="As in the recipe.")
    assert problem(named) == (422, "invalid")


async def test_a_role_must_be_held_here(zeven: World) -> None:
    change = await desk(zeven).planned()
    for role, scope in (("approver", None), ("change_coordinator", "process:incident")):
        answer = await desk(zeven, "p-1", role, scope=scope).approve(change, "change_coordinator")
        assert problem(answer) == (403, "not-allowed")
    somebody = desk(zeven, "p-2", "change_coordinator", scope="process:change")
    assert (await somebody.approve(change, "change_coordinator")).status_code == 201


async def test_nobody_approves_what_he_or_she_asked_for(zeven: World) -> None:
    asker = desk(zeven, "p-3", "change_coordinator")
    change = await desk(zeven).planned()
    own = await asker.planned()
    assert problem(await asker.approve(own, "change_coordinator")) == (403, "not-allowed")
    assert (await asker.approve(change, "change_coordinator")).status_code == 201
    buyer = desk(zeven, str(BUYER), "client", party=CLIENT)
    for_buyer = await desk(zeven).planned(request={"requester_id": str(BUYER), "party_id": str(CLIENT)}, classes=HIGH)
    assert problem(await buyer.approve(for_buyer, "client")) == (403, "not-allowed")


async def test_the_client_approves_for_its_own_party_only(zeven: World) -> None:
    change = await desk(zeven).planned(request={"party_id": str(CLIENT)}, classes=HIGH)
    stranger = desk(zeven, "cl-1", "client", party=uuid7())
    assert problem(await stranger.approve(change, "client")) == (404, "not-found")
    assert (await desk(zeven, "cl-2", "client", party=CLIENT).approve(change, "client")).status_code == 201


async def test_a_change_of_no_party_is_given_the_one_whose_client_approves(zeven: World) -> None:
    admin, client = desk(zeven), desk(zeven, "cl-3", "client", party=CLIENT)
    change = await admin.planned(classes=HIGH)
    for role in ("change_coordinator", "approver"):
        assert (await desk(zeven, f"p-{role}", role).approve(change, role)).status_code == 201
    assert problem(await client.approve(change, "client")) == (404, "not-found")
    corrected = await admin.correct(change, party_id=str(CLIENT))
    assert (corrected["party_id"], corrected["plan_round"]) == (str(CLIENT), change["plan_round"])
    assert (await client.approve(change, "client")).status_code == 201
    assert (await admin.get(f"changes/{change['id']}"))["state"] == "authorised"


async def test_another_party_approves_anew(zeven: World) -> None:
    admin, other = desk(zeven), uuid7()
    await receive(zeven, party(other))
    change = await admin.planned(request={"party_id": str(CLIENT)}, classes=HIGH)
    await admin.approve(change, "client")
    assert (await admin.correct(change, party_id=str(other)))["plan_round"] == change["plan_round"] + 1
    assert "client" in (await admin.get(f"changes/{change['id']}/approvals"))["awaited"]
    authorised = await admin.authorised(request={"party_id": str(CLIENT)})
    assert problem(await admin.try_correct(authorised, party_id=str(other))) == (409, "plan-authorised")


async def test_a_party_that_is_not_known_is_refused_by_its_field(zeven: World) -> None:
    gone = uuid7()
    await receive(zeven, party(gone, active=False))
    change = await desk(zeven).accepted()
    for unknown in (str(uuid7()), str(gone), None):
        refused = await desk(zeven).try_correct(change, party_id=unknown)
        assert problem(refused) == (422, "invalid")
        assert refused.json()["errors"][0]["pointer"] == "/party_id"


async def test_each_role_answers_a_plan_once(zeven: World) -> None:
    admin = desk(zeven)
    change = await admin.planned(classes=HIGH)
    approvers = [desk(zeven, f"p-{number}", "approver") for number in range(2)]
    answers = await asyncio.gather(*(each.approve(change, "approver") for each in approvers))
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    assert problem(await admin.approve(change, "it_director")) == (409, "approval-not-awaited")
    key = {"Idempotency-Key": str(uuid7())}
    body = {"role": "client", "decision": "approved"}
    first, second = [await admin.post(f"changes/{change['id']}/approvals", body, **key) for _ in range(2)]
    assert first.json() == second.json()


async def test_a_new_plan_is_approved_anew(zeven: World) -> None:
    admin = desk(zeven)
    change = await admin.planned(classes=HIGH)
    await admin.approve(change, "approver")
    await desk(zeven, "admin-2").approve(change, "client")
    changed = await admin.correct(change, build_plan="Order two.")
    assert changed["plan_round"] == change["plan_round"] + 1
    assert len((await admin.get(f"changes/{change['id']}/approvals"))["awaited"]) == 3
    late = await admin.approve(change, "change_coordinator", plan_round=change["plan_round"])
    assert problem(late) == (409, "plan-changed")
    await admin.approve_all(change, plan_round=changed["plan_round"])
    replanned = await admin.move("changes", change, "replan", reason="The part is late.")
    assert (replanned["state"], replanned["plan_round"]) == ("planned", changed["plan_round"] + 1)
    assert len((await admin.get(f"changes/{change['id']}/approvals"))["items"]) == 5


async def test_a_denial_sends_the_change_back_to_be_planned_or_rejected(zeven: World) -> None:
    admin = desk(zeven)
    change = await admin.planned(classes=HIGH)
    assert (await admin.approve(change, "approver", "denied", note="Not in the sale.")).status_code == 201
    denied = await admin.get(f"changes/{change['id']}")
    assert (denied["state"], denied["reason"]) == ("classified", "approver denied it")
    (answer,) = (await admin.get(f"changes/{change['id']}/approvals"))["items"]
    assert (answer["decision"], answer["note"]) == ("denied", "Not in the sale.")
    assert problem(await admin.approve(change, "client")) == (409, "approval-not-awaited")
    await zeven.quiet()
    kinds = [each["type"] for each in (await admin.get(f"changes/{change['id']}/timeline"))["items"]]
    assert kinds[-2:] == ["change_approval.given.v1", "change.authorisation_denied.v1"]
    await admin.move("changes", change, "plan")
    assert len((await admin.get(f"changes/{change['id']}/approvals"))["awaited"]) == 3
    await admin.approve(change, "client", "denied")
    assert (await admin.move("changes", change, "reject", reason="It stays as it is."))["state"] == "rejected"


async def test_the_event_of_an_approval_says_who_answered_which_plan_in_which_role(zeven: World) -> None:
    change = await desk(zeven).planned(classes=HIGH)
    assert (await desk(zeven, "p-9", "approver").approve(change, "approver", note="Fine.")).status_code == 201
    await zeven.quiet()
    shown = (await desk(zeven).get(f"changes/{change['id']}/timeline", sort="-recorded", limit=1))["items"][0]
    assert (shown["type"], shown["actor"]["id"], shown["actor"]["role"]) == (
        "change_approval.given.v1",
        "p-9",
        "approver",
    )
    assert shown["data"] == {
        "change_id": change["id"],
        "role": "approver",
        "decision": "approved",
        "given_by": "p-9",
        "plan_round": change["plan_round"],
    }
