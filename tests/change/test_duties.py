"""What waits for a person in change: requests, changes, and approvals in the roles that the person holds."""

from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from shared.contracts import Envelope, governance
from tests.change.desk import NORMAL, Desk, desk
from tests.change.neighbours import CLIENT, envelope, person
from tests.change.test_requests import receive
from tests.world import World

HIGH = {**NORMAL, "impact": "high", "likelihood": "high"}


def role(identity: UUID, person_id: UUID, name: str, *, scope: str | None = None, held: bool = True) -> Envelope:
    kind = governance.RoleAssigned if held else governance.RoleWithdrawn
    fact = kind(person_id=person_id, role=name, scope=scope)
    return envelope(fact, identity, source="governance", sequence=1 if held else 2)


async def duties(admin: Desk, somebody: UUID) -> dict[str, Any]:
    return {each["kind"]: each for each in (await admin.get(f"people/{somebody}/duties"))["items"]}


async def people(zeven: World) -> tuple[UUID, UUID]:
    leaver, heir = uuid7(), uuid7()
    await receive(zeven, person(leaver, CLIENT), person(heir, CLIENT))
    return leaver, heir


async def test_requests_and_changes_of_somebody_are_given_to_somebody_else_by_their_own_rules(zeven: World) -> None:
    admin, (leaver, heir) = desk(zeven), await people(zeven)
    request = {"requester_id": str(leaver)}
    rfc = await admin.submit(**request)
    planned, authorised = await admin.planned(request=request), await admin.authorised(request=request)
    shown = await duties(admin, leaver)
    assert [each["id"] for each in shown["request"]["records"]] == [rfc["id"]]
    assert {each["id"] for each in shown["requester"]["records"]} == {planned["id"], authorised["id"]}
    assert str(heir) in {each["id"] for each in shown["request"]["offered"]}
    answer = await admin.post(f"people/{leaver}/duties/handover", {"to": str(heir)})
    assert answer.status_code == 200, answer.text
    outcomes = {each["record"]["id"]: (each["outcome"], each["reason"]) for each in answer.json()["items"]}
    assert outcomes[rfc["id"]] == outcomes[planned["id"]] == ("given", None)
    refused, reason = outcomes[authorised["id"]]
    assert (refused, "use replan" in reason) == ("refused", True)
    assert (await admin.get(f"rfcs/{rfc['id']}"))["requester_id"] == str(heir)
    assert (await admin.get(f"changes/{planned['id']}"))["plan_round"] == planned["plan_round"] + 1
    assert (await admin.get(f"changes/{authorised['id']}"))["requester_id"] == str(leaver)
    await zeven.quiet()
    (event,) = (await admin.get(f"rfcs/{rfc['id']}/timeline", sort="-recorded", limit=1))["items"]
    assert (event["type"], event["data"]["changes"]) == (
        "rfc.changed.v1",
        [{"field": "requester_id", "from": str(leaver), "to": str(heir)}],
    )


async def test_approvals_that_wait_for_somebody_are_shown_with_who_else_may_give_them(zeven: World) -> None:
    admin, (leaver, other) = desk(zeven), await people(zeven)
    mine, theirs = uuid7(), uuid7()
    await receive(zeven, role(mine, leaver, "approver"), role(theirs, other, "approver"))
    low = await admin.planned()
    waiting, answered = [await admin.planned(classes=HIGH) for _ in range(2)]
    assert (await desk(zeven, "p-1", "approver").approve(answered, "approver")).status_code == 201
    shown = (await duties(admin, leaver))["approval"]
    ids = {each["id"] for each in shown["records"]}
    assert waiting["id"] in ids
    assert ids.isdisjoint({low["id"], answered["id"]})
    assert (shown["can_be_given"], [each["id"] for each in shown["offered"]]) == (False, [str(other)])
    answer = await admin.post(f"people/{leaver}/duties/handover", {"to": str(other)})
    assert (answer.json()["items"], answer.json()["left"]) == ([], 0)
    await receive(zeven, role(mine, leaver, "approver", held=False))
    assert "approval" not in await duties(admin, leaver)


async def test_a_role_for_one_party_waits_for_that_party_s_plans_only(zeven: World) -> None:
    admin, (leaver, _) = desk(zeven), await people(zeven)
    await receive(zeven, role(uuid7(), leaver, "client", scope=f"party:{CLIENT}"))
    await receive(zeven, role(uuid7(), leaver, "approver", scope="process:incident"))
    ours = await admin.planned(request={"party_id": str(CLIENT)}, classes=HIGH)
    nobodys = await admin.planned(classes=HIGH)
    ids = {each["id"] for each in (await duties(admin, leaver))["approval"]["records"]}
    assert (ours["id"] in ids, nobodys["id"] in ids) == (True, False)
