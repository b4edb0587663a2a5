"""Rights that callers once had by mistake, and must not have again."""

from typing import Any

import pytest
from uuid_utils.compat import uuid7

from tests.change.desk import ALL_TESTS, NORMAL, RFC, Desk, Json, desk
from tests.change.neighbours import BUYER, CLIENT, LEDGER, STRANGERS, WEBSHOP, party, person
from tests.change.test_requests import problem, receive
from tests.world import World, token

HIGH: Json = {**NORMAL, "impact": "high", "likelihood": "high"}
PLANS = ("build_plan", "test_plan", "implementation_plan", "back_out_plan", "means_confirmed", "evaluation")


def holding(zeven: World, *grants: tuple[str, str | None], sub: str | None = None, party: Any = CLIENT) -> Desk:
    """Somebody with these roles, each with its scope."""
    roles = [{"role": role, "scope": scope} for role, scope in grants]
    return Desk(zeven.as_(token(sub or str(uuid7()), party=str(party), roles=roles)))


async def test_one_person_answers_a_plan_once_whatever_roles_he_or_she_holds(zeven: World) -> None:
    change = await desk(zeven).planned(request={"party_id": str(CLIENT)}, classes=HIGH)
    somebody = holding(zeven, ("change_coordinator", None), ("approver", None), ("client", None))
    assert (await somebody.approve(change, "change_coordinator")).status_code == 201
    for role in ("approver", "client"):
        assert problem(await somebody.approve(change, role)) == (409, "approval-not-awaited")
    assert (await desk(zeven).get(f"changes/{change['id']}/approvals"))["awaited"] == ["approver", "client"]


async def test_an_administrator_answers_a_plan_once_too(zeven: World) -> None:
    change = await desk(zeven).planned(classes=HIGH)
    assert (await desk(zeven).approve(change, "approver")).status_code == 201
    assert problem(await desk(zeven).approve(change, "change_coordinator")) == (409, "approval-not-awaited")


async def test_the_client_of_another_party_does_not_approve_although_the_change_is_seen(zeven: World) -> None:
    change = await desk(zeven).planned(request={"party_id": str(STRANGERS)}, classes=HIGH)
    for scope in (None, "process:incident"):
        for decision in ("approved", "denied"):
            somebody = holding(zeven, ("professional", scope), ("client", None))
            assert problem(await somebody.approve(change, "client", decision)) == (403, "not-allowed")
    assert (await desk(zeven).get(f"changes/{change['id']}"))["state"] == "planned"


async def test_a_program_approves_nothing(zeven: World) -> None:
    change = await desk(zeven).planned()
    program = Desk(zeven.as_(token("pipeline", "change_coordinator", kind="service_account")))
    assert problem(await program.approve(change, "change_coordinator")) == (403, "not-allowed")


@pytest.mark.parametrize("side", ["client", "user", None])
async def test_who_looks_on_rewrites_no_returned_request(zeven: World, side: str | None) -> None:
    rfc = await desk(zeven).submit(party_id=str(STRANGERS))
    await desk(zeven).move("rfcs", rfc, "return", reason="Which one?")
    somebody = holding(zeven, ("professional", "process:incident"), *([(side, None)] if side else []))
    assert (await somebody.get(f"rfcs/{rfc['id']}"))["state"] == "returned"
    assert (await somebody.get(f"rfcs/{rfc['id']}/moves"))["items"] == []
    assert problem(await somebody.try_move("rfcs", rfc, "resubmit", description="Mine.")) == (403, "not-allowed")


async def test_who_asked_and_the_provider_send_a_returned_request_in_again(zeven: World) -> None:
    asker, colleague = desk(zeven, str(BUYER), "user", party=CLIENT), desk(zeven, "us-9", "user", party=CLIENT)
    for somebody in (asker, desk(zeven, "cl-9", "client", party=CLIENT), desk(zeven, "pr-9", "professional")):
        rfc = await asker.submit()
        await desk(zeven).move("rfcs", rfc, "return", reason="Which one?")
        body = {"trigger": "resubmit"}
        refused = await colleague.post(f"rfcs/{rfc['id']}/moves", body, **{"If-Match": '"2"'})
        assert problem(refused) == (404, "not-found")
        assert (await somebody.move("rfcs", rfc, "resubmit"))["state"] == "submitted"


async def test_the_client_side_reads_what_it_needs_to_decide_and_no_plan(zeven: World) -> None:
    admin = desk(zeven)
    request = {"requester_id": str(BUYER), "party_id": str(CLIENT), "service_id": str(LEDGER)}
    change = await admin.planned(request=request, classes=HIGH)
    assert all(change[name] for name in PLANS[:-1])
    for somebody in (desk(zeven, str(BUYER), "user", party=CLIENT), desk(zeven, "cl-1", "client", party=CLIENT)):
        seen = await somebody.get(f"changes/{change['id']}")
        assert seen.keys().isdisjoint(PLANS)
        for name in (
            *("title", "description", "change_type", "impact", "likelihood", "risk", "service_id", "ki_ids"),
            *("planned_start", "planned_end", "plan_round", "state", "conflicts"),
        ):
            assert seen[name] == change[name], name
        (line,) = (await somebody.get("changes", rfc_id=change["rfc_id"]))["items"]
        assert line.keys().isdisjoint(PLANS)
        for path in (f"changes/{change['id']}", f"rfcs/{change['rfc_id']}"):
            assert problem(await somebody.client.get(f"/change/v1/{path}/timeline")) == (403, "not-allowed")
    assert (await admin.get(f"changes/{change['id']}/approvals"))["awaited"][-1] == "client"
    client = desk(zeven, "cl-1", "client", party=CLIENT)
    assert (await client.approve(change, "client", plan_round=change["plan_round"])).status_code == 201


async def test_notes_of_approvals_and_tests_stay_with_the_provider(zeven: World) -> None:
    client, secret = desk(zeven, "cl-1", "client", party=CLIENT), "The client must not know why."
    change = await desk(zeven).planned(request={"party_id": str(CLIENT)}, classes=HIGH)
    assert (await client.approve(change, "client", note="We are closed then.")).status_code == 201
    approver = desk(zeven, "ap-1", "approver")
    assert (await approver.approve(change, "approver", "denied", note=secret)).json()["note"] == secret
    seen = (await client.get(f"changes/{change['id']}/approvals"))["items"]
    assert [(each["role"], each["note"]) for each in seen] == [("client", "We are closed then."), ("approver", None)]
    assert secret in str((await approver.get(f"changes/{change['id']}/approvals"))["items"])
    denied = await client.get(f"changes/{change['id']}")
    assert denied["state"] == "classified"
    assert secret not in str(denied)
    await zeven.quiet()
    feed = await zeven.admin.get("/change/v1/events", params={"subject": change["id"], "limit": 1000})
    assert "change.authorisation_denied.v1" in feed.text
    assert secret not in feed.text

    other = await desk(zeven).authorised(request={"party_id": str(CLIENT)})
    await desk(zeven).move("changes", other, "prepare", "test")
    for somebody, kind in ((desk(zeven), "technical"), (client, "acceptance")):
        body = {"kind": kind, "result": "passed", "note": f"{kind} note"}
        assert (await somebody.post(f"changes/{other['id']}/test-runs", body)).status_code == 201
    runs = (await client.get(f"changes/{other['id']}/test-runs"))["items"]
    assert [each["note"] for each in runs] == [None, "acceptance note"]


async def acts(somebody: Desk, change: Json) -> set[int]:
    """How each act on a change is answered, none of which changes anything."""
    path, stale = f"/change/v1/changes/{change['id']}", {"If-Match": '"999999"'}
    answers = [
        await somebody.client.patch(path, json={"title": "Mine"}, headers=stale),
        await somebody.client.post(f"{path}/moves", json={"trigger": "cancel"}, headers=stale),
        await somebody.client.post(f"{path}/test-runs", json={"kind": "technical", "result": "passed"}),
    ]
    return {each.status_code for each in answers}


@pytest.mark.parametrize("role", ["change_coordinator", "professional"])
async def test_a_role_for_a_service_or_a_party_reads_and_acts_there_alone(zeven: World, role: str) -> None:
    ours = await desk(zeven).accepted(service_id=str(LEDGER), party_id=str(CLIENT))
    theirs = await desk(zeven).accepted(service_id=str(WEBSHOP))
    for scope in (f"service:{LEDGER}", f"party:{CLIENT}"):
        somebody = holding(zeven, (role, scope))
        assert (await somebody.get(f"changes/{ours['id']}"))["build_plan"] is None
        assert await acts(somebody, ours) <= {409, 412}
        assert await acts(somebody, theirs) == {404}
        for path in (f"changes/{theirs['id']}", f"rfcs/{theirs['rfc_id']}"):
            assert problem(await somebody.client.get(f"/change/v1/{path}")) == (404, "not-found")
        listed = (await somebody.get("changes", limit=200))["items"]
        assert ours["id"] in {each["id"] for each in listed}
        assert theirs["id"] not in {each["id"] for each in listed}


async def test_a_role_for_a_team_opens_nothing_where_nothing_has_a_team(zeven: World) -> None:
    change = await desk(zeven).accepted()
    somebody = holding(zeven, ("change_coordinator", f"team:{uuid7()}"), ("user", None))
    assert await acts(somebody, change) == {404}
    assert problem(await somebody.client.get(f"/change/v1/changes/{change['id']}")) == (404, "not-found")


async def test_a_role_of_one_grant_does_not_act_on_rows_of_another(zeven: World) -> None:
    both = holding(zeven, ("change_coordinator", f"party:{STRANGERS}"), ("client", None))
    rfc = await desk(zeven).submit(party_id=str(CLIENT))
    assert (await both.get(f"rfcs/{rfc['id']}/moves"))["items"] == []
    assert (await both.try_move("rfcs", rfc, "accept")).status_code in (403, 409)
    change = await desk(zeven).accepted(party_id=str(CLIENT))
    assert await acts(both, change) == {403}
    assert (await both.get(f"changes/{change['id']}")).keys().isdisjoint(PLANS)


async def test_nobody_asks_in_anothers_name_by_a_role_that_holds_elsewhere(zeven: World) -> None:
    other, colleague = uuid7(), uuid7()
    await receive(zeven, party(other), person(colleague, CLIENT))
    for side in ("client", "user"):
        somebody = holding(zeven, ("professional", f"party:{other}"), (side, None))
        for field, value in (("requester_id", colleague), ("party_id", STRANGERS)):
            assert problem(await somebody.post("rfcs", {**RFC, field: str(value)})) == (422, "invalid")
        assert (await somebody.submit())["party_id"] == str(CLIENT)
        assert (await somebody.submit(party_id=str(other)))["party_id"] == str(other)


async def test_a_role_takes_no_change_out_of_its_scope(zeven: World) -> None:
    somebody = holding(zeven, ("change_coordinator", f"service:{LEDGER}"))
    change = await desk(zeven).accepted(service_id=str(LEDGER))
    assert problem(await somebody.try_correct(change, service_id=str(WEBSHOP))) == (403, "not-allowed")
    classes = {**NORMAL, "service_id": str(WEBSHOP)}
    assert problem(await somebody.try_move("changes", change, "classify", **classes)) == (403, "not-allowed")
    assert (await desk(zeven).get(f"changes/{change['id']}"))["version"] == change["version"]


async def test_a_change_becomes_no_part_of_a_release_that_the_caller_may_not_steer(zeven: World) -> None:
    release, own = await desk(zeven).accepted(), await desk(zeven).accepted(party_id=str(CLIENT))
    await desk(zeven).move("changes", release, "classify", **{**NORMAL, "change_type": "release"})
    somebody = holding(zeven, ("change_coordinator", f"party:{CLIENT}"))
    refused = await somebody.try_correct(own, parent_id=release["id"])
    unknown = await somebody.try_correct(own, parent_id=str(uuid7()))
    assert problem(refused) == problem(unknown) == (422, "invalid")
    assert refused.json()["errors"] == unknown.json()["errors"]


async def test_who_holds_the_window_is_not_told_to_who_may_not_see_it(zeven: World) -> None:
    window = {"planned_start": "2127-11-01T07:00:00Z", "planned_end": "2127-11-01T09:00:00Z"}
    first = await desk(zeven).authorised(request={"service_id": str(LEDGER)}, **window)
    own = await desk(zeven).planned(request={"service_id": str(LEDGER), "party_id": str(CLIENT)}, **window)
    somebody = holding(zeven, ("change_coordinator", f"party:{CLIENT}"))
    assert (await somebody.approve(own, "change_coordinator")).status_code == 201
    refused = await somebody.try_move("changes", own, "authorise")
    assert problem(refused) == (409, "move-not-permitted")
    assert first["number"] not in refused.text
    moves = await somebody.get(f"changes/{own['id']}/moves")
    assert first["number"] not in str(moves)
    assert first["number"] in str(await desk(zeven).get(f"changes/{own['id']}/moves"))


@pytest.mark.parametrize("kind", ALL_TESTS)
async def test_an_acceptance_is_recorded_by_the_own_side_alone(zeven: World, kind: str) -> None:
    change = await desk(zeven).authorised(request={"party_id": str(STRANGERS)})
    await desk(zeven).move("changes", change, "prepare", "test")
    somebody = holding(zeven, ("professional", "process:incident"), ("client", None))
    refused = await somebody.post(f"changes/{change['id']}/test-runs", {"kind": kind, "result": "passed"})
    assert problem(refused) == (403, "not-allowed")


async def test_an_account_without_roles_reads_and_does_nothing(zeven: World) -> None:
    account = Desk(zeven.as_(token("robot", "service_account", kind="service_account")))
    change = await desk(zeven).accepted()
    for path in ("changes", "rfcs", f"changes/{change['id']}", f"rfcs/{change['rfc_id']}"):
        assert problem(await account.client.get(f"/change/v1/{path}")) == (403, "not-allowed")
    assert problem(await account.post("rfcs", RFC)) == (403, "not-allowed")
    assert await acts(account, change) == {403}
