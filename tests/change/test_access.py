"""Who sees what and who may do what: the provider, a client, a user, a supplier, a stranger."""

import pytest
from uuid_utils.compat import uuid7

from tests.change.desk import ALL_TESTS, NORMAL, RFC, desk
from tests.change.neighbours import BUYER, CLIENT, LEDGER, STRANGERS
from tests.change.test_requests import problem
from tests.world import World

READS = ("", "/moves", "/notes", "/links")


async def test_each_side_sees_its_own_and_404_for_the_rest(zeven: World) -> None:
    change = await desk(zeven).accepted(requester_id=str(BUYER), party_id=str(CLIENT))
    seeing = [
        desk(zeven, str(BUYER), "user", party=CLIENT),
        desk(zeven, "cl-1", "client", party=CLIENT),
        desk(zeven, "pr-1", "professional"),
    ]
    blind = [
        desk(zeven, "us-1", "user", party=CLIENT),
        desk(zeven, "cl-2", "client", party=STRANGERS),
        desk(zeven, "cl-3", "client"),
    ]
    paths = [f"changes/{change['id']}{more}" for more in (*READS, "/approvals", "/test-runs")]
    paths += [f"rfcs/{change['rfc_id']}{more}" for more in READS]
    for somebody in seeing:
        assert [each["id"] for each in (await somebody.get("changes", rfc_id=change["rfc_id"]))["items"]]
        for path in paths:
            await somebody.get(path)
    for somebody in blind:
        assert (await somebody.get("changes", rfc_id=change["rfc_id"]))["items"] == []
        assert change["rfc_id"] not in [each["id"] for each in (await somebody.get("rfcs"))["items"]]
        for path in paths:
            assert problem(await somebody.client.get(f"/change/v1/{path}")) == (404, "not-found")
        tests = await somebody.post(f"changes/{change['id']}/test-runs", {"kind": "acceptance", "result": "passed"})
        assert problem(tests) == (404, "not-found")
        move = await somebody.post(f"rfcs/{change['rfc_id']}/moves", {"trigger": "resubmit"}, **{"If-Match": '"1"'})
        assert problem(move) == (404, "not-found")


async def test_the_calendar_and_conflicts_hide_what_the_caller_may_not_see(zeven: World) -> None:
    admin, client = desk(zeven), desk(zeven, "cl-1", "client", party=CLIENT)
    window = {"planned_start": "2127-09-01T07:00:00Z", "planned_end": "2127-09-01T09:00:00Z"}
    other = await admin.authorised(request={"service_id": str(LEDGER)}, **window)
    own = await admin.planned(request={"party_id": str(CLIENT), "service_id": str(LEDGER)}, **window)
    assert [each["id"] for each in own["conflicts"]] == [other["id"]]
    assert (await client.get(f"changes/{own['id']}"))["conflicts"] == []
    period = {"from": "2127-09-01T00:00:00Z", "to": "2127-09-02T00:00:00Z"}
    assert [each["id"] for each in (await client.get("calendar", **period))["items"]] == [own["id"]]
    assert len((await admin.get("calendar", **period))["items"]) == 2


async def test_a_client_asks_in_the_own_name_only(zeven: World) -> None:
    client = desk(zeven, str(BUYER), "client", party=CLIENT)
    rfc = await client.submit()
    assert (rfc["requester_id"], rfc["party_id"]) == (str(BUYER), str(CLIENT))
    for field in ("requester_id", "party_id"):
        assert problem(await client.post("rfcs", {**RFC, field: str(uuid7())})) == (422, "invalid")


async def test_suppliers_and_strangers_have_nothing_to_do_here(zeven: World) -> None:
    supplier = desk(zeven, "su-1", "supplier", party=uuid7())
    assert problem(await supplier.post("rfcs", RFC)) == (403, "not-allowed")
    assert problem(await supplier.client.get("/change/v1/changes")) == (403, "not-allowed")
    assert problem(await zeven.as_().get("/change/v1/rfcs")) == (401, "not-signed-in")


@pytest.mark.parametrize(
    ("roles", "scope", "allowed"),
    [
        (("change_coordinator",), None, True),
        (("process_manager",), "process:change", True),
        (("process_manager",), "process:incident", False),
        (("change_coordinator",), "party:its own", True),
        (("professional",), None, False),
        (("service_desk_agent",), None, False),
    ],
)
async def test_who_steers_is_decided_by_role_and_scope(
    zeven: World, roles: tuple[str, ...], scope: str | None, allowed: bool
) -> None:
    scope = scope.replace("its own", str(CLIENT)) if scope else None
    somebody = desk(zeven, "so-1", *roles, scope=scope)
    rfc = await desk(zeven).submit(party_id=str(CLIENT))
    triggers = {each["trigger"] for each in (await somebody.get(f"rfcs/{rfc['id']}/moves"))["items"]}
    assert ("accept" in triggers) == allowed
    answer = await somebody.try_move("rfcs", rfc, "accept")
    assert answer.status_code in ((200,) if allowed else (403, 409))


async def test_a_professional_builds_but_does_not_steer(zeven: World) -> None:
    professional = desk(zeven, "pr-1", "professional")
    change = await desk(zeven).authorised()
    refused = await professional.try_move("changes", change, "hold", reason="No.")
    assert problem(refused) == (409, "move-not-permitted")
    assert "it takes one of the roles change_coordinator" in refused.json()["because"][0]
    assert (await professional.move("changes", change, "prepare", "test"))["state"] == "in_test"
    assert problem(await professional.try_move("changes", change, "release")) == (409, "move-not-permitted")


async def test_a_client_moves_no_change_but_records_its_acceptance(zeven: World) -> None:
    client = desk(zeven, "cl-1", "client", party=CLIENT)
    change = await desk(zeven).authorised(request={"party_id": str(CLIENT)})
    assert problem(await client.try_move("changes", change, "prepare")) == (403, "not-allowed")
    await desk(zeven).move("changes", change, "prepare", "test")
    await client.test(change, "acceptance")
    assert (await client.get(f"changes/{change['id']}/moves"))["items"] == []


@pytest.mark.parametrize("kind", ALL_TESTS)
@pytest.mark.parametrize(
    ("role", "scope", "may_all"),
    [
        ("client", None, False),
        ("user", None, False),
        ("professional", None, True),
        ("professional", "process:change", True),
        ("professional", "party:its own", True),
    ],
)
async def test_clients_and_users_record_acceptance_and_nothing_else(
    zeven: World, kind: str, role: str, scope: str | None, may_all: bool
) -> None:
    scope = scope.replace("its own", str(CLIENT)) if scope else None
    somebody = desk(zeven, str(BUYER), role, party=CLIENT, scope=scope)
    change = await desk(zeven).authorised(request={"party_id": str(CLIENT), "requester_id": str(BUYER)})
    await desk(zeven).move("changes", change, "prepare", "test")
    answer = await somebody.post(f"changes/{change['id']}/test-runs", {"kind": kind, "result": "passed"})
    if may_all or kind == "acceptance":
        assert answer.status_code == 201
    else:
        assert problem(answer) == (403, "not-allowed")
        assert (await somebody.get(f"changes/{change['id']}/test-runs"))["items"] == []


@pytest.mark.parametrize("kind", ALL_TESTS)
async def test_a_role_that_holds_for_another_process_records_no_test_here(zeven: World, kind: str) -> None:
    change = await desk(zeven).authorised()
    await desk(zeven).move("changes", change, "prepare", "test")
    elsewhere = desk(zeven, "pr-2", "professional", scope="process:incident")
    answer = await elsewhere.post(f"changes/{change['id']}/test-runs", {"kind": kind, "result": "passed"})
    assert problem(answer) == (403, "not-allowed")


async def test_a_classified_change_tells_its_risk_to_everybody_who_sees_it(zeven: World) -> None:
    change = await desk(zeven).accepted(party_id=str(CLIENT))
    await desk(zeven).move("changes", change, "classify", **{**NORMAL, "impact": "high"})
    assert (await desk(zeven, "cl-1", "client", party=CLIENT).get(f"changes/{change['id']}"))["risk"] == "medium"
