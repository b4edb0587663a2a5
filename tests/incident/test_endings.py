"""How incidents end, and reopen: recovered, confirmed, undisputed, reopened, rerouted."""

from uuid import uuid4

from shared.contracts.defaults import CLIENT_ID
from tests.incident.desk import GIVEN, events, fire, moved, read, register
from tests.world import World, token


async def test_the_user_confirms_and_reopens_own_incidents_and_nothing_else(zeven: World) -> None:
    user = zeven.as_(token(str(uuid4()), "user", party=str(CLIENT_ID)))
    incident = await register(user)
    refused = await fire(user, incident, "take")
    assert (refused.status_code, refused.json()["permitted"]) == (409, ["cancel"])
    assert "roles" in refused.json()["detail"]
    recovered = await moved(zeven.admin, incident, "take", "recover")
    assert {move["trigger"] for move in (await read(user, incident["id"], "/moves"))["items"]} == {"confirm", "reopen"}
    reopened = await moved(user, recovered, "reopen")
    closed = await moved(user, await moved(zeven.admin, reopened, "recover"), "confirm")
    assert closed["state"] == "closed"


async def test_a_reopened_incident_begins_its_recovery_anew(zeven: World) -> None:
    closed = await moved(zeven.admin, await register(zeven.admin), "take", "recover", "confirm")
    assert closed["recovered_at"] is not None
    assert closed["closed_at"] is not None
    call = f"/incident/v1/calls/{closed['call_id']}"
    assert (await zeven.admin.get(call)).json()["state"] == "closed"
    reopened = await moved(zeven.admin, closed, "reopen", reason="The queue is full again.")
    assert [reopened[name] for name in ("recovered_at", "closed_at", "solution", "recovery")] == [None] * 4
    assert (await zeven.admin.get(call)).json()["state"] == "routed"
    published = await events(zeven, closed["correlation_id"], "incident.reopened.v1")
    assert published[0]["data"]["reason"] == "The queue is full again."
    log = (await read(zeven.admin, closed["id"], "/work-log"))["items"]
    assert [(entry["text"], entry["public"]) for entry in log] == [("The queue is full again.", True)]
    again = await moved(zeven.admin, reopened, "recover", "confirm")
    assert again["state"] == "closed"
    assert (await zeven.admin.get(call)).json()["state"] == "closed"


async def test_a_recovery_is_disputed_within_the_term_only(zeven: World) -> None:
    early, late = [
        await moved(zeven.admin, await register(zeven.admin), "take", "recover", "confirm") for _ in range(2)
    ]
    zeven.advance(days=4, hours=23)
    assert (await fire(zeven.as_(token()), early, "reopen", reason="No.")).status_code == 200
    zeven.advance(hours=2)
    answer = await fire(zeven.as_(token()), late, "reopen", reason="No.")
    assert answer.status_code == 409
    assert "register a new incident" in answer.json()["detail"]


async def test_what_nobody_disputes_is_closed_with_its_call(zeven: World) -> None:
    admin = zeven.as_(token())
    incident = await moved(admin, await register(admin), "take", "recover")
    await zeven.running("incident").run_job("close_undisputed")
    assert (await read(admin, incident["id"]))["state"] == "recovered"
    zeven.advance(days=5, seconds=1)
    admin = zeven.as_(token())
    await zeven.running("incident").run_job("close_undisputed")
    closed = await read(admin, incident["id"])
    assert closed["state"] == "closed"
    assert (await admin.get(f"/incident/v1/calls/{closed['call_id']}")).json()["state"] == "closed"
    await zeven.quiet()
    published = (await admin.get("/incident/v1/events", params={"correlation_id": closed["correlation_id"]})).json()[
        "items"
    ]
    assert [event["type"] for event in published[-2:]] == ["incident.closed.v1", "call.closed.v1"]
    assert all(event["valuestream"] == "maintenance" for event in published)


async def test_an_altered_item_needs_a_change(zeven: World) -> None:
    admin = zeven.admin
    incident = await moved(admin, await register(admin), "take")
    answer = await fire(admin, incident, "recover", **GIVEN["recover"], ki_altered=True)
    assert answer.status_code == 409
    assert "change must be linked" in answer.json()["detail"]
    typed = await admin.post(
        f"/incident/v1/incidents/{incident['id']}/links", json={"kind": "rfc", "reference": "OLD-1"}
    )
    assert typed.status_code == 201
    assert (await fire(admin, incident, "recover", **GIVEN["recover"], ki_altered=True)).status_code == 409
    response = await admin.post(
        f"/incident/v1/incidents/{incident['id']}/change-requests",
        json={"title": "Replace the spooler", "description": "It hangs."},
    )
    assert response.status_code == 202
    assert (await moved(admin, incident, "recover", ki_altered=True))["state"] == "recovered"


async def test_a_rerouted_incident_sends_its_call_to_change(zeven: World) -> None:
    admin = zeven.admin
    incident = await register(admin)
    wrong = await fire(admin, incident, "reroute", call_type="incident")
    assert wrong.status_code == 409
    assert (await moved(admin, incident, "reroute"))["state"] == "rerouted"
    call = (await admin.get(f"/incident/v1/calls/{incident['call_id']}")).json()
    assert (call["type"], call["state"], call["record"]) == ("rfc", "routed", None)
    published = await events(zeven, incident["correlation_id"], "call.routed.v1")
    assert [event["data"]["call_type"] for event in published] == ["incident", "rfc"]
