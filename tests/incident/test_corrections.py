"""Incidents corrected over the API."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from services.incident.incidents.schemas import IncidentView
from shared.contracts.defaults import CLIENT_ID, GENERAL_SUPPORT_ID
from shared.contracts.governance import PersonRegistered
from tests.incident.conftest import ITEM_ID, PERSON_ID, deliver, envelope
from tests.incident.desk import events, moved, read, register
from tests.world import World, token


async def correct(zeven: World, incident: dict[str, Any], **changes: Any) -> Any:
    return await zeven.admin.patch(
        f"/incident/v1/incidents/{incident['id']}", json=changes, headers={"If-Match": f'"{incident["version"]}"'}
    )


async def test_what_is_known_is_corrected_and_the_priority_follows(zeven: World) -> None:
    incident = await register(zeven.admin)
    answer = await correct(
        zeven,
        incident,
        title="Printer and copier are silent",
        urgency="high",
        classification=["printing", "queue"],
        ki_ids=[str(ITEM_ID)],
        caller_id=str(PERSON_ID),
        service_id=str(GENERAL_SUPPORT_ID),
    )
    assert answer.status_code == 200, answer.text
    after = answer.json()
    assert answer.headers["etag"] == f'"{after["version"]}"'
    assert (after["state"], after["priority"], after["classification"]) == ("registered", "P1", ["printing", "queue"])
    assert (after["ki_ids"], after["party_id"]) == ([str(ITEM_ID)], str(CLIENT_ID))
    assert after == await read(zeven.admin, incident["id"])
    listed = (await zeven.admin.get("/incident/v1/incidents?limit=1")).json()["items"]
    assert [IncidentView.model_validate(one) for one in listed] == [IncidentView.model_validate(after)]
    assert list(listed[0]) == list(after)
    published = await events(zeven, incident["correlation_id"], "incident.changed.v1")
    assert [event["data"]["priority"] for event in published] == ["P1"]


async def test_a_correction_that_changes_nothing_tells_nothing(zeven: World) -> None:
    incident = await register(zeven.admin)
    first = (await correct(zeven, incident, ki_ids=[str(ITEM_ID), str(ITEM_ID)])).json()
    for changes in ({}, {"title": incident["title"]}, {"impact": incident["impact"], "ki_ids": [str(ITEM_ID)]}):
        assert (await correct(zeven, first, **changes)).json() == first
    assert len(await events(zeven, incident["correlation_id"], "incident.changed.v1")) == 1


async def test_what_was_established_is_replaced_but_not_emptied(zeven: World) -> None:
    fresh = await register(zeven.admin)
    assert (await correct(zeven, fresh, impact=None)).json()["priority"] is None
    classified = await moved(zeven.admin, await register(zeven.admin), "classify")
    answer = await correct(zeven, classified, impact=None)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/impact")
    assert (await correct(zeven, classified, impact="low")).json()["priority"] == "P4"


async def test_another_caller_takes_the_call_along(zeven: World) -> None:
    party, user = uuid4(), uuid4()
    fact = PersonRegistered(number="PER-8", name="Sam Hill", party_id=party, active=True)
    await deliver(zeven, envelope("governance", user, fact))
    incident = await register(zeven.admin, caller_id=str(PERSON_ID))
    before = zeven.as_(token(str(uuid4()), "client", party=str(CLIENT_ID)))
    after = zeven.as_(token(str(uuid4()), "client", party=str(party)))
    addresses = (f"/incident/v1/calls/{incident['call_id']}", f"/incident/v1/incidents/{incident['id']}")

    async def seen(somebody: Any) -> list[int]:
        return [(await somebody.get(address)).status_code for address in addresses]

    assert (await seen(before), await seen(after)) == ([200, 200], [404, 404])
    incident = (await correct(zeven, incident, caller_id=str(user))).json()
    assert (await seen(before), await seen(after)) == ([404, 404], [200, 200])
    call = (await zeven.admin.get(addresses[0])).json()
    assert (call["caller_id"], call["party_id"], call["state"]) == (str(user), str(party), "routed")
    (published,) = await events(zeven, incident["correlation_id"], "call.changed.v1")
    assert (published["data"]["party_id"], published["sequence"]) == (str(party), call["version"])
    assert (await events(zeven, incident["correlation_id"], "incident.changed.v1"))[-1]["data"]["caller_id"] == str(
        user
    )
    incident = (await correct(zeven, incident, caller_id=None)).json()
    assert (incident["caller_id"], incident["party_id"]) == (None, None)
    assert (await seen(before), await seen(after)) == ([404, 404], [404, 404])
    await correct(zeven, incident, title="Another title")
    assert len(await events(zeven, incident["correlation_id"], "call.changed.v1")) == 2


@pytest.mark.parametrize("way", [("cancel",), ("reroute",), ("take", "recover", "confirm")])
async def test_what_has_ended_stays_as_it_was(zeven: World, way: tuple[str, ...]) -> None:
    incident = await moved(zeven.admin, await register(zeven.admin), *way)
    answer = await correct(zeven, incident, title="Something else")
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:zeven:problem:incident-ended")
    response = await zeven.admin.post(
        f"/incident/v1/incidents/{incident['id']}/change-requests", json={"title": "Change", "description": "It."}
    )
    assert response.status_code == 409


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"title": "   "}, "/title"),
        ({"title": "two\nlines"}, "/title"),
        ({"title": "x" * 201}, "/title"),
        ({"title": None}, "/title"),
        ({"description": ""}, "/description"),
        ({"impact": "enormous"}, "/impact"),
        ({"impact": 1}, "/impact"),
        ({"classification": [""]}, "/classification/0"),
        ({"classification": ["a"] * 11}, "/classification"),
        ({"service_id": None}, "/service_id"),
        ({"service_id": str(uuid4())}, "/service_id"),
        ({"caller_id": str(uuid4())}, "/caller_id"),
        ({"ki_ids": [str(ITEM_ID), str(uuid4())]}, "/ki_ids/1"),
        ({"state": "closed"}, "/state"),
    ],
)
async def test_a_value_that_is_not_acceptable_is_named(zeven: World, changes: dict[str, Any], pointer: str) -> None:
    incident = await register(zeven.admin)
    answer = await correct(zeven, incident, **changes)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer, answer.json()
    assert await read(zeven.admin, incident["id"]) == incident


async def test_of_two_people_editing_at_once_one_is_told_to_look_again(zeven: World) -> None:
    incident = await register(zeven.admin)
    answers = await asyncio.gather(correct(zeven, incident, title="One"), correct(zeven, incident, title="Other"))
    assert sorted(answer.status_code for answer in answers) == [200, 412]
    assert (await read(zeven.admin, incident["id"]))["version"] == incident["version"] + 1


async def test_a_correction_needs_the_version_that_was_seen(zeven: World) -> None:
    incident = await register(zeven.admin)
    answer = await zeven.admin.patch(f"/incident/v1/incidents/{incident['id']}", json={"title": "New"})
    assert answer.status_code == 428


async def test_incidents_are_found_by_their_fields(zeven: World) -> None:
    incident = await moved(zeven.admin, await register(zeven.admin, impact="high", urgency="high"), "take", "pause")
    query = {
        "state": "pending",
        "priority": "P1",
        "service_id": str(GENERAL_SUPPORT_ID),
        "opened_from": incident["created_at"],
        "count": "true",
    }
    page = (await zeven.admin.get("/incident/v1/incidents", params=query)).json()
    assert [one["id"] for one in page["items"]] == [incident["id"]]
    assert page["total"] == 1
    later = {**query, "opened_from": "2199-01-01T00:00:00Z"}
    assert (await zeven.admin.get("/incident/v1/incidents", params=later)).json()["items"] == []
    for wrong in ("2026-01-01T00:00:00", "yesterday", "9999-12-31T23:59:59-12:00"):
        answer = await zeven.admin.get("/incident/v1/incidents", params={"opened_from": wrong})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "#query/opened_from")
    assert (await zeven.admin.get("/incident/v1/incidents", params={"colour": "red"})).status_code == 400
