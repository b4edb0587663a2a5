"""Whole scenarios: from the request of another process to a closed change, in one chain of events."""

from typing import Any

import pytest
from uuid_utils.compat import uuid7

from shared.contracts.incident import Level
from tests.change.desk import ALL_TESTS, NORMAL, PLAN, desk
from tests.change.neighbours import CLIENT, PRINTER, WEBSHOP, change_requested, routed
from tests.world import World


async def chain(zeven: World, correlation: Any) -> list[dict[str, Any]]:
    await zeven.quiet()
    answer = await zeven.admin.get("/change/v1/events", params={"correlation_id": str(correlation), "limit": 1000})
    return answer.json()["items"]


async def test_an_incidents_request_comes_back_implemented_and_closed_in_its_own_chain(zeven: World) -> None:
    incident, request, call = uuid7(), uuid7(), uuid7()
    received = change_requested(request, incident, chain=call)
    await zeven.running("change").inbox.deliver([received, routed(uuid7())])
    await zeven.quiet()
    admin = desk(zeven)
    (rfc,) = (await admin.get("rfcs", origin_id=str(incident), origin_service="incident"))["items"]
    assert rfc["origin"] == {"service": "incident", "type": "incident", "id": str(incident), "number": "INC-000009"}
    assert rfc["number"].startswith("RFC-")
    assert (rfc["urgent"], rfc["service_id"], rfc["ki_ids"]) == (True, str(WEBSHOP), [str(PRINTER)])

    rfc = await admin.move("rfcs", rfc, "accept")
    change = await admin.get(f"changes/{rfc['change_id']}")
    assert change["number"].startswith("CHG-")
    await admin.move("changes", change, "classify", **NORMAL)
    await admin.move("changes", change, "plan", **PLAN)
    assert (await admin.approve(change, "change_coordinator")).status_code == 201
    await admin.move("changes", change, "prepare", "test")
    await admin.test(change, *ALL_TESTS)
    await admin.move("changes", change, "release", "implement", "complete")
    await admin.move("changes", change, "evaluate", goal_reached=False, evaluation="A stripe is left.")
    assert (await admin.move("changes", change, "close"))["state"] == "closed"

    events = await chain(zeven, call)
    assert [event["type"] for event in events] == [
        "rfc.registered.v1",
        "rfc.accepted.v1",
        "change.registered.v1",
        "change.classified.v1",
        "change.planned.v1",
        "change_approval.given.v1",
        "change.authorised.v1",
        "change.prepared.v1",
        "change.test_started.v1",
        *["change_test.recorded.v1"] * 4,
        "change.released.v1",
        "change.implementation_started.v1",
        "change.implemented.v1",
        "change.evaluated.v1",
        "change.closed.v1",
    ]
    assert events[0]["causationid"] == str(received.id)
    assert events[0]["valuestream"] == "maintenance"
    assert {event["valuestream"] for event in events[3:]} == {"renewal"}
    assert events[1]["data"]["change_id"] == change["id"]
    assert events[1]["data"]["change_number"] == change["number"]
    shown = [event for event in events if event["type"].startswith(("rfc.", "change."))]
    assert all(event["data"]["origin"]["id"] == str(incident) for event in shown)
    assert all(event["data"]["rfc_id"] == rfc["id"] for event in shown if event["type"].startswith("change."))

    timeline = (await admin.get(f"rfcs/{rfc['id']}/timeline"))["items"]
    assert timeline[-1]["type"] == "change.closed.v1"
    mine = (await admin.get(f"changes/{change['id']}/timeline"))["items"]
    assert [each["type"] for each in mine] == [each["type"] for each in events if not each["type"].startswith("rfc.")]


async def test_a_call_for_a_change_becomes_a_request_of_its_party(zeven: World) -> None:
    call = uuid7()
    await zeven.running("change").inbox.deliver([routed(call, party_id=CLIENT)])
    await zeven.quiet()
    (rfc,) = (await desk(zeven).get("rfcs", origin_type="call", origin_id=str(call)))["items"]
    assert rfc["origin"] == {"service": "incident", "type": "call", "id": str(call), "number": "CALL-000007"}
    assert (rfc["urgent"], rfc["party_id"], rfc["correlation_id"]) == (False, str(CLIENT), str(call))


@pytest.mark.parametrize(
    ("impact", "urgency", "urgent"), [("low", "high", True), ("high", "medium", False), (None, None, False)]
)
async def test_a_call_that_is_urgent_becomes_an_urgent_request(
    zeven: World, impact: Level | None, urgency: Level | None, urgent: bool
) -> None:
    call = uuid7()
    await zeven.running("change").inbox.deliver([routed(call, impact=impact, urgency=urgency)])
    await zeven.quiet()
    (rfc,) = (await desk(zeven).get("rfcs", origin_id=str(call), urgent=str(urgent).lower()))["items"]
    assert (rfc["impact"], rfc["urgency"], rfc["urgent"]) == (impact, urgency, urgent)
    accepted = await desk(zeven).move("rfcs", rfc, "accept")
    change = await desk(zeven).get(f"changes/{accepted['change_id']}")
    assert (change["urgent"], change["impact"]) == (urgent, None)


async def test_what_will_not_be_done_reaches_whoever_asked(zeven: World) -> None:
    incident, admin = uuid7(), desk(zeven)
    await zeven.running("change").inbox.deliver([change_requested(uuid7(), incident, chain=incident) for _ in range(4)])
    await zeven.quiet()
    first, second, third, fourth = (await admin.get("rfcs", origin_id=str(incident)))["items"]
    await admin.move("rfcs", first, "reject", reason="Too dear.")
    await admin.move("rfcs", second, "forward", reason="Not agreed.")
    for rfc, trigger in ((third, "reject"), (fourth, "cancel")):
        accepted = await admin.move("rfcs", rfc, "accept")
        await admin.move("changes", {"id": accepted["change_id"]}, trigger, reason="Not now.")
    events = {event["type"]: event["data"] for event in await chain(zeven, incident)}
    for kind, reason in (
        ("rfc.rejected.v1", "Too dear."),
        ("rfc.forwarded.v1", "Not agreed."),
        ("change.rejected.v1", "Not now."),
        ("change.cancelled.v1", "Not now."),
    ):
        assert events[kind]["origin"]["id"] == str(incident)
        assert events[kind]["reason"] == reason
