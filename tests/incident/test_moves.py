"""The lifecycle of an incident over the API: every move, the fields that it needs, the roles that may make it."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from services.incident.lifecycles import INCIDENT
from shared import clock
from shared.contracts.defaults import CLIENT_ID
from shared.contracts.governance import PersonRegistered
from tests.incident.conftest import PERSON_ID, TEAM_ID, deliver, envelope
from tests.incident.desk import CALL, GIVEN, events, fire, moved, read, register
from tests.world import World, token

#: how a fresh incident comes into each state
WAYS: dict[str, tuple[str, ...]] = {
    "registered": (),
    "classified": ("classify",),
    "assigned": ("classify", "assign"),
    "in_recovery": ("take",),
    "pending": ("take", "pause"),
    "recovered": ("take", "recover"),
    "closed": ("take", "recover", "confirm"),
    "cancelled": ("cancel",),
    "rerouted": ("reroute",),
}
ROWS = [(source, move) for move in INCIDENT.moves for source in move.sources]


def needs(trigger: str, source: str) -> dict[str, Any]:
    return {
        **GIVEN.get(trigger, {}),
        **({"pending_reason": "supplier"} if (trigger, source) == ("pause", "pending") else {}),
    }


@pytest.mark.parametrize(("source", "move"), ROWS, ids=[f"{source}-{move.trigger}" for source, move in ROWS])
async def test_every_row_of_the_table_is_a_move(zeven: World, source: str, move: Any) -> None:
    incident = await moved(zeven.admin, await register(zeven.admin), *WAYS[source])
    assert incident["state"] == source
    answer = await fire(zeven.admin, incident, move.trigger, **needs(move.trigger, source))
    assert answer.status_code == 200, answer.text
    after = answer.json()
    assert after["state"] == move.target
    assert answer.headers["etag"] == f'"{after["version"]}"'
    assert after == await read(zeven.admin, incident["id"])
    published = await events(zeven, incident["correlation_id"])
    mine = [event for event in published if event["subject"] == incident["id"]]
    assert (mine[-1]["sequence"], mine[-1]["data"]["state"]) == (after["version"], move.target)


@pytest.mark.parametrize("source", WAYS)
async def test_what_the_table_does_not_know_is_refused_with_what_is_possible(zeven: World, source: str) -> None:
    incident = await moved(zeven.admin, await register(zeven.admin), *WAYS[source])
    possible = [move.trigger for move in INCIDENT.leaving(source)]
    for trigger in {move.trigger for move in INCIDENT.moves} - set(possible):
        answer = await fire(zeven.admin, incident, trigger, **GIVEN.get(trigger, {}))
        assert answer.status_code == 409, answer.text
        problem = answer.json()
        assert problem["type"].endswith(":move-not-permitted")
        assert (problem["permitted"], problem["lacking"]) == (possible, [])
    assert await read(zeven.admin, incident["id"]) == incident


async def test_a_move_says_what_it_still_needs(zeven: World) -> None:
    incident = await register(zeven.admin, impact=None, urgency=None)
    assert incident["priority"] is None
    refused = (await fire(zeven.admin, incident, "take")).json()
    assert refused["lacking"] == ["impact", "urgency"]
    moves = {move["trigger"]: move for move in (await read(zeven.admin, incident["id"], "/moves"))["items"]}
    fields = {field["name"]: field["required"] for field in moves["take"].pop("fields")}
    assert {name for name in ("impact", "urgency") if fields[name]} == {"impact", "urgency"}
    assert moves["take"] == {
        "trigger": "take",
        "target": "in_recovery",
        "lacking": ["impact", "urgency"],
        "because": [],
    }
    assert moves["reroute"]["lacking"] == ["call_type"]
    taken = await moved(zeven.admin, incident, "take", impact="low", urgency="high")
    assert (taken["state"], taken["priority"]) == ("in_recovery", "P3")
    for trigger, lacking in (
        ("pause", ["pending_reason"]),
        ("recover", ["solution", "recovery"]),
        ("assign", ["team_id"]),
    ):
        assert (await fire(zeven.admin, taken, trigger)).json()["lacking"] == lacking


async def test_who_takes_an_incident_is_its_assignee(zeven: World) -> None:
    one, other = (zeven.as_(token(str(uuid4()), "professional")) for _ in range(2))
    assigned = await moved(
        one, await register(one), "classify", "assign", team_id=str(TEAM_ID), assignee_id=str(PERSON_ID)
    )
    assert assigned["assignee_id"] == str(PERSON_ID)
    taken = await moved(other, assigned, "take")
    assert taken["assignee_id"] not in (None, str(PERSON_ID))
    handed_over = await moved(one, taken, "assign", team_id=str(TEAM_ID))
    assert (handed_over["team_id"], handed_over["assignee_id"]) == (str(TEAM_ID), None)


async def test_a_machine_that_takes_an_incident_is_nobodys_assignee(zeven: World) -> None:
    machine = zeven.as_(token(str(uuid4()), "service_desk_agent", kind="service_account"))
    incident = await register(machine)
    assert incident["caller_id"] is None
    taken = await moved(machine, incident, "take")
    assert taken["assignee_id"] is None
    published = await events(zeven, incident["correlation_id"], "incident.taken.v1")
    assert (published[0]["data"]["by_person"], published[0]["actor"]["type"]) == (False, "service_account")


async def test_unknown_references_of_a_move_are_named(zeven: World) -> None:
    incident = await moved(zeven.admin, await register(zeven.admin), "classify")
    for given, pointer in (
        ({"team_id": str(uuid4())}, "/team_id"),
        ({"team_id": str(TEAM_ID), "assignee_id": str(uuid4())}, "/assignee_id"),
    ):
        answer = await fire(zeven.admin, incident, "assign", **given)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
    answer = await fire(zeven.admin, incident, "take", service_id=str(uuid4()))
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/service_id")


async def test_an_assignee_belongs_to_the_team(zeven: World) -> None:
    stranger = uuid4()
    joined = PersonRegistered(number="PER-2", name="Kim Reed", party_id=CLIENT_ID, active=True)
    await deliver(zeven, envelope("governance", stranger, joined))
    incident = await moved(zeven.admin, await register(zeven.admin), "classify")
    answer = await fire(zeven.admin, incident, "assign", team_id=str(TEAM_ID), assignee_id=str(stranger))
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/assignee_id")


async def test_a_pause_tells_its_reason_and_goes_on_at_its_instant(zeven: World) -> None:
    until = (clock.now() + timedelta(hours=2)).isoformat()
    incident = await moved(zeven.admin, await register(zeven.admin), "take")
    late = await fire(zeven.admin, incident, "pause", pending_reason="user", until="2020-01-01T00:00:00Z")
    assert (late.status_code, late.json()["errors"][0]["pointer"]) == (422, "/until")
    paused = await moved(zeven.admin, incident, "pause", pending_reason="supplier", until=until)
    assert (paused["pending_reason"], paused["pending_until"] is not None) == ("supplier", True)
    same = await fire(zeven.admin, paused, "pause", pending_reason="supplier")
    assert same.status_code == 409
    assert "another reason" in same.json()["detail"]
    assert await zeven.running("incident").run_job("resume_waiting") == 0
    zeven.advance(hours=2, seconds=1)
    await zeven.running("incident").run_job("resume_waiting")
    resumed = await read(zeven.as_(token()), incident["id"])
    assert (resumed["state"], resumed["pending_reason"], resumed["pending_until"]) == ("in_recovery", None, None)
    zeven.advance(hours=-2)
    published = await events(zeven, incident["correlation_id"], "incident.resumed.v1")
    assert (published[0]["data"]["by_person"], published[0]["actor"]["type"]) == (False, "system")


async def test_another_reason_replaces_the_one_before(zeven: World) -> None:
    paused = await moved(zeven.admin, await register(zeven.admin), "take", "pause")
    again = await moved(zeven.admin, paused, "pause", pending_reason="problem")
    assert (again["state"], again["pending_reason"]) == ("pending", "problem")
    recovered = await moved(zeven.admin, again, "recover")
    assert recovered["pending_reason"] is None


async def test_moves_need_the_version_that_was_seen(zeven: World) -> None:
    admin = zeven.admin
    incident = await register(admin)
    url = f"/incident/v1/incidents/{incident['id']}/moves"
    assert (await admin.post(url, json={"trigger": "take"})).status_code == 428
    for stale in ('"0"', '"99"', '"0", "99"', 'W/"1"', "1"):
        assert (await admin.post(url, json={"trigger": "take"}, headers={"If-Match": stale})).status_code == 412


async def test_of_two_people_moving_at_once_one_is_told_to_look_again(zeven: World) -> None:
    admin = zeven.admin
    incident = await register(admin)
    answers = await asyncio.gather(*(fire(admin, incident, "take") for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412, 412]


async def test_a_doubled_move_is_made_once(zeven: World) -> None:
    admin = zeven.admin
    incident = await register(admin)
    headers = {"If-Match": f'"{incident["version"]}"', "Idempotency-Key": uuid4().hex}
    url = f"/incident/v1/incidents/{incident['id']}/moves"
    answers = [await admin.post(url, json={"trigger": "take"}, headers=headers) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200] * 3
    assert len({answer.text for answer in answers}) == 1
    other = await admin.post(url, json={"trigger": "classify"}, headers=headers)
    assert other.status_code == 422
    assert len(await events(zeven, incident["correlation_id"], "incident.taken.v1")) == 1


async def test_an_unknown_trigger_is_refused(zeven: World) -> None:
    admin = zeven.admin
    incident = await register(admin)
    for body in (
        {"trigger": "explode"},
        {},
        {"trigger": "take", "state": "closed"},
        {"trigger": "cancel", "reason": "  "},
    ):
        answer = await admin.post(
            f"/incident/v1/incidents/{incident['id']}/moves", json=body, headers={"If-Match": '"1"'}
        )
        assert answer.status_code == 422, body


async def test_the_rules_are_read_as_data(zeven: World) -> None:
    admin = zeven.as_(token())
    table = (await admin.get("/incident/v1/lifecycle")).json()
    assert set(table["states"]) == set(WAYS)
    assert [(move["trigger"], move["target"]) for move in table["moves"]] == [
        (m.trigger, m.target) for m in INCIDENT.moves
    ]
    matrix = (await admin.get("/incident/v1/priority-matrix")).json()["items"]
    assert len(matrix) == 9
    for rule in matrix:
        made = await admin.post(
            "/incident/v1/calls", json={**CALL, "impact": rule["impact"], "urgency": rule["urgency"]}
        )
        assert (await read(admin, made.json()["record"]["id"]))["priority"] == rule["priority"]


@pytest.mark.parametrize("body", [{"trigger": "explode"}, {"trigger": None}, {"trigger": ["take"]}])
async def test_an_unknown_trigger_is_told_those_that_are_known(zeven: World, body: dict[str, Any]) -> None:
    incident = await register(zeven.admin)
    answer = await zeven.admin.post(
        f"/incident/v1/incidents/{incident['id']}/moves", json=body, headers={"If-Match": '"1"'}
    )
    (wrong,) = answer.json()["errors"]
    assert (answer.status_code, wrong["pointer"]) == (422, "/trigger")
    assert wrong["detail"] == f"one of {', '.join(move.trigger for move in INCIDENT.moves)}"
