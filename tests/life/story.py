"""The scenario of one call, from the telephone to the closed incident, through all five services."""

from datetime import UTC, datetime
from uuid import uuid4

import httpx2

from tests.life.desk import PATIENCE, Desk, Json

PLAN = {
    "build_plan": "Order a disk of the same size.",
    "test_plan": "Print a hundred pages.",
    "implementation_plan": "Replace it after closing time.",
    "back_out_plan": "Put the old disk back.",
    "planned_start": "2035-03-01T19:00:00Z",
    "planned_end": "2035-03-01T21:00:00Z",
    "means_confirmed": True,
}
TESTS = ("technical", "functional", "acceptance", "operational_readiness")


async def run_story(client: httpx2.AsyncClient, patience: float = PATIENCE) -> Json:
    """A call becomes an incident, gets a priority, clocks and suggestions, a change repairs it, and it is closed.

    `client` speaks for an administrator, and waits so many seconds for each effect. The answer is the closed incident.
    """
    desk, word = Desk(client, patience), f"quartzwheel{uuid4().hex[:8]}"
    error = await known_error(desk, word)

    call = await desk.make(
        "/incident/v1/calls",
        type="incident",
        title=f"The {word} printer stands still",
        description=f"Since this morning the {word} does not turn and nobody can print.",
        impact="medium",
        urgency="high",
        channel="phone",
    )
    assert call["record"]["service"] == "incident"
    assert call["record"]["number"].startswith("INC-")
    incident = await desk.get(path := f"/incident/v1/incidents/{call['record']['id']}")
    assert (incident["state"], incident["priority"]) == ("registered", "P2")

    await a_clock_that_is_due(desk, incident)
    suggestion = await desk.first(f"{path}/suggestions", lambda each: bool(each["ki_id"] == error["id"]))
    await desk.move(path, "classify")
    await desk.move(path, "take")
    used = await desk.make(f"{path}/suggestions/{suggestion['id']}/use")
    assert used["used_at"] is not None

    change = await a_change_that_repairs_it(desk, path)
    await desk.move(path, "recover", recovery="repair", solution="A new disk.", ki_altered=True)
    closed = await desk.move(path, "confirm")
    assert closed["state"] == "closed"

    await everything_hangs_together(desk, call, closed, change)
    return closed


async def known_error(desk: Desk, word: str) -> Json:
    """A known error about `word` that is current, so that it can be suggested."""
    item = await desk.make_once_known(
        "/knowledge/v1/items",
        ki_type="known_error",
        title=f"The {word} jams",
        symptom=f"The {word} does not turn.",
        workaround="Turn it by hand.",
        language="en",
        owner_id=(await desk.get("/governance/v1/me"))["id"],
    )
    await desk.move(f"/knowledge/v1/items/{item['id']}", "submit")
    return await desk.move(f"/knowledge/v1/items/{item['id']}", "approve")


async def a_clock_that_is_due(desk: Desk, incident: Json) -> None:
    """To respond and to restore: both run, and both say until when there is time."""
    for target in ("response", "restore"):
        clock = await desk.first("/service-level/v1/clocks", record_id=incident["id"], target=target)
        assert (clock["state"], clock["verdict"], clock["priority"]) == ("running", "running", "P2")
        assert datetime.fromisoformat(clock["due_at"]) > datetime.now(UTC)


async def a_change_that_repairs_it(desk: Desk, path: str) -> Json:
    """Asked for by the incident at `path`, which waits for it, accepted, planned, tested and implemented.

    The incident's links show it, and the incident goes on by itself.
    """
    await desk.make(f"{path}/change-requests", title="Replace the disk", description="It fails.", urgent=True)
    incident = await desk.get(path)
    await desk.move(path, "pause", pending_reason="change")
    rfc = await desk.first("/change/v1/rfcs", origin_id=incident["id"])
    assert rfc["origin"]["number"] == incident["number"]
    accepted = await desk.move(f"/change/v1/rfcs/{rfc['id']}", "accept")
    change = f"/change/v1/changes/{accepted['change_id']}"
    await desk.move(
        change, "classify", change_type="normal", impact="low", likelihood="low", value_stream="maintenance"
    )
    await desk.move(change, "plan", **PLAN)
    await desk.make(f"{change}/approvals", role="change_coordinator", decision="approved")
    await desk.move(change, "prepare")
    await desk.move(change, "test")
    for kind in TESTS:
        await desk.make(f"{change}/test-runs", kind=kind, result="passed")
    for trigger in ("release", "implement", "complete"):
        await desk.move(change, trigger)
    await desk.first(f"{path}/links", lambda link: bool(link["target_state"] == "implemented"))
    assert (await desk.get(path))["state"] == "in_recovery"
    await desk.move(change, "evaluate", goal_reached=True, evaluation="It turns.")
    return await desk.move(change, "close")


async def everything_hangs_together(desk: Desk, call: Json, incident: Json, change: Json) -> None:
    """Clocks stop and are met, the call is closed, and one correlation id strings what every service did together."""
    chain = incident["correlation_id"]
    assert chain == call["id"]
    assert change["correlation_id"] == chain

    for target in ("response", "restore"):
        clock = await desk.first(
            "/service-level/v1/clocks", lambda each: each["state"] == "stopped", record_id=incident["id"], target=target
        )
        assert clock["verdict"] == "met"
    await desk.first("/incident/v1/events", lambda each: each["type"] == "call.closed.v1", correlation_id=chain)

    path = f"/incident/v1/incidents/{incident['id']}"
    started = await desk.first(f"{path}/timeline", lambda each: each["type"] == "clocks.started.v1")
    assert (started["source"], started["about"]) == ("service_level", incident["id"])
    assert {each["target"] for each in started["data"]["clocks"] if each["due_at"]} == {"response", "restore"}
    timeline = (await desk.get(f"{path}/timeline"))["items"]
    event_types = [item["type"] for item in timeline]
    expected = ("registered", "classified", "taken", "change_requested", "paused", "resumed", "recovered", "closed")
    places = [event_types.index(f"incident.{word}.v1") for word in expected]
    assert places == sorted(places), event_types
    assert {"suggestions.received.v1", "suggestion.used.v1", "link.added.v1"} <= set(event_types)
    assert {item["correlationid"] for item in timeline} == {chain}

    for service, types in {
        "knowledge": {"suggestions.found.v1"},
        "service-level": {"clocks.started.v1"},
        "change": {"rfc.registered.v1", "rfc.accepted.v1", "change.implemented.v1", "change.closed.v1"},
    }.items():
        events = (await desk.get(f"/{service}/v1/events", correlation_id=chain, limit=1000))["items"]
        assert types <= {event["type"] for event in events}, service
