"""Calls over the API."""

import asyncio
from uuid import uuid4

import pytest

from shared.contracts.defaults import CLIENT_ID
from tests.incident.conftest import BAKERY_ID, PERSON_ID
from tests.incident.desk import events, moved, register
from tests.world import World, token

CALL = {
    "type": "incident",
    "title": "Printer is silent",
    "description": "Nothing comes out.",
    "impact": "high",
    "urgency": "medium",
}


async def test_a_call_of_type_incident_has_its_incident_at_once(zeven: World) -> None:
    answer = await zeven.admin.post("/incident/v1/calls", json=CALL)
    assert answer.status_code == 201, answer.text
    call = answer.json()
    assert call["number"].startswith("CALL-")
    assert call["record"]["service"] == "incident"
    incident = (await zeven.admin.get(f"/incident/v1/incidents/{call['record']['id']}")).json()
    assert (incident["state"], incident["priority"], incident["number"]) == (
        "registered",
        "P2",
        call["record"]["number"],
    )
    assert incident["correlation_id"] == call["id"]
    assert answer.headers["etag"] == f'"{call["version"]}"'


async def test_the_events_of_a_call_are_one_chain(zeven: World) -> None:
    call = (await zeven.admin.post("/incident/v1/calls", json=CALL)).json()
    await zeven.quiet()
    feed = (await zeven.admin.get("/incident/v1/events", params={"correlation_id": call["id"]})).json()["items"]
    assert [event["type"] for event in feed] == ["call.registered.v1", "call.routed.v1", "incident.registered.v1"]
    assert feed[2]["data"]["priority"] == "P2"


async def test_a_call_for_a_change_waits_for_the_record_of_change(zeven: World) -> None:
    call = (await zeven.admin.post("/incident/v1/calls", json={**CALL, "type": "rfc"})).json()
    assert (call["state"], call["record"]) == ("routed", None)


@pytest.mark.parametrize("kind", ["incident", "rfc"])
async def test_a_call_keeps_and_tells_the_impact_and_urgency_that_the_caller_gave(zeven: World, kind: str) -> None:
    call = (await zeven.admin.post("/incident/v1/calls", json={**CALL, "type": kind})).json()
    assert (call["impact"], call["urgency"]) == ("high", "medium")
    bare = {name: value for name, value in CALL.items() if name not in ("impact", "urgency")}
    other = (await zeven.admin.post("/incident/v1/calls", json={**bare, "type": kind})).json()
    assert (other["impact"], other["urgency"]) == (None, None)
    await zeven.quiet()
    for one, values in ((call, ("high", "medium")), (other, (None, None))):
        query = {"correlation_id": one["id"], "type": "call.routed.v1"}
        (routed,) = (await zeven.admin.get("/incident/v1/events", params=query)).json()["items"]
        assert (routed["data"]["impact"], routed["data"]["urgency"]) == values


async def test_a_rerouted_call_tells_the_impact_and_urgency_that_were_established(zeven: World) -> None:
    incident = await register(zeven.admin, impact="low", urgency="low")
    await moved(zeven.admin, incident, "classify", "reroute")
    call = (await zeven.admin.get(f"/incident/v1/calls/{incident['call_id']}")).json()
    assert (call["type"], call["impact"], call["urgency"]) == ("rfc", "low", "low")
    other = await register(zeven.admin, impact="low", urgency="low")
    classified = await moved(zeven.admin, other, "classify", impact="medium", urgency="high")
    await moved(zeven.admin, classified, "reroute")
    routed = (await events(zeven, other["correlation_id"], "call.routed.v1"))[-1]
    values = {name: routed["data"][name] for name in ("call_type", "impact", "urgency")}
    assert values == {"call_type": "rfc", "impact": "medium", "urgency": "high"}


async def test_an_unsupported_type_is_told_which_are_supported(zeven: World) -> None:
    answer = await zeven.admin.post("/incident/v1/calls", json={**CALL, "type": "wish"})
    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"pointer": "/type", "detail": "one of incident, rfc"}]


async def test_a_doubled_click_makes_one_call(zeven: World) -> None:
    key = {"Idempotency-Key": uuid4().hex}
    answers = await asyncio.gather(*(zeven.admin.post("/incident/v1/calls", json=CALL, headers=key) for _ in range(8)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1


async def test_an_unknown_service_or_caller_is_named(zeven: World) -> None:
    for field in ("service_id", "caller_id"):
        answer = await zeven.admin.post("/incident/v1/calls", json={**CALL, field: str(uuid4())})
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == f"/{field}"


async def test_a_call_on_behalf_of_a_person_belongs_to_the_persons_party(zeven: World) -> None:
    call = (await zeven.admin.post("/incident/v1/calls", json={**CALL, "caller_id": str(PERSON_ID)})).json()
    assert (call["caller_id"], call["party_id"]) == (str(PERSON_ID), str(CLIENT_ID))


async def test_the_provider_says_for_which_party_somebody_calls(zeven: World) -> None:
    desk = zeven.as_(token(str(uuid4()), "service_desk_agent", party=str(uuid4())))
    client = zeven.as_(token(str(uuid4()), "client", party=str(BAKERY_ID)))
    for more in ({}, {"caller_id": str(PERSON_ID)}):
        answer = await desk.post("/incident/v1/calls", json={**CALL, "party_id": str(BAKERY_ID), **more})
        assert answer.status_code == 201, answer.text
        call = answer.json()
        assert call["party_id"] == str(BAKERY_ID)
        seen = await client.get(f"/incident/v1/incidents/{call['record']['id']}")
        assert (seen.status_code, seen.json()["party_id"]) == (200, str(BAKERY_ID))


async def test_a_party_that_is_not_known_or_not_ones_own_is_refused_by_its_field(zeven: World) -> None:
    desk = zeven.as_(token(str(uuid4()), "service_desk_agent"))
    user, client = (zeven.as_(token(str(uuid4()), role, party=str(CLIENT_ID))) for role in ("user", "client"))
    for somebody, party in ((desk, uuid4()), (user, BAKERY_ID), (client, BAKERY_ID), (client, uuid4())):
        answer = await somebody.post("/incident/v1/calls", json={**CALL, "party_id": str(party)})
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == "/party_id"
    for somebody in (user, client):
        answer = await somebody.post("/incident/v1/calls", json={**CALL, "party_id": str(CLIENT_ID)})
        assert (answer.status_code, answer.json()["party_id"]) == (201, str(CLIENT_ID))


@pytest.mark.parametrize("path", ["calls", "incidents"])
async def test_a_user_sees_own_records_only(zeven: World, path: str) -> None:
    me, other = uuid4(), uuid4()
    mine, theirs = (zeven.as_(token(str(sub), "user", party=str(CLIENT_ID))) for sub in (me, other))
    call = (await mine.post("/incident/v1/calls", json=CALL)).json()
    record = call["id"] if path == "calls" else call["record"]["id"]
    assert (await mine.get(f"/incident/v1/{path}/{record}")).status_code == 200
    assert (await theirs.get(f"/incident/v1/{path}/{record}")).status_code == 404
    assert [item["id"] for item in (await mine.get(f"/incident/v1/{path}")).json()["items"]] == [record]


async def test_a_client_sees_the_records_of_its_party(zeven: World) -> None:
    user = zeven.as_(token(str(uuid4()), "user", party=str(CLIENT_ID)))
    call = (await user.post("/incident/v1/calls", json=CALL)).json()
    client, stranger = (zeven.as_(token(str(uuid4()), "client", party=str(party))) for party in (CLIENT_ID, uuid4()))
    assert (await client.get(f"/incident/v1/calls/{call['id']}")).status_code == 200
    assert (await stranger.get(f"/incident/v1/calls/{call['id']}")).status_code == 404


async def test_calls_are_listed_in_pages(zeven: World) -> None:
    made = [
        (await zeven.admin.post("/incident/v1/calls", json={**CALL, "title": f"Call {n}"})).json()["id"]
        for n in range(5)
    ]
    seen: list[str] = []
    url: str | None = "/incident/v1/calls?limit=2&sort=-created_at"
    while url and len(seen) < 5:
        answer = await zeven.admin.get(url)
        seen += [item["id"] for item in answer.json()["items"]]
        url = answer.links.get("next", {}).get("url")
    assert seen[:5] == made[::-1]
