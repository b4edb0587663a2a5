"""Confidential incidents: for their team and the reporter; for an administrator only by an act that is recorded."""

from typing import Any
from uuid import uuid4

import httpx2
import pytest

from shared.contracts.defaults import CLIENT_ID
from tests.incident.conftest import SUPPLIER_TEAM_ID, TEAM_ID, deliver
from tests.incident.desk import CALL, events, fire, moved, read, register
from tests.incident.test_answers import Demand
from tests.shared.test_security_log import Lines, lines
from tests.world import World, token

__all__ = ["lines"]
INCIDENTS = "/incident/v1/incidents"
SECRET = {"title": "Salaries were mailed to everybody", "description": "All of them, by the payroll job."}


def user(zeven: World, **more: Any) -> httpx2.AsyncClient:
    return zeven.as_(token(str(uuid4()), "user", party=str(CLIENT_ID), **more))


def insider(zeven: World, *roles: str) -> httpx2.AsyncClient:
    return zeven.as_(token(str(uuid4()), *(roles or ("security_officer",)), teams=[str(TEAM_ID)]))


async def confidential(client: httpx2.AsyncClient) -> dict[str, Any]:
    return await register(client, **SECRET, confidential_team_id=str(TEAM_ID))


def others(zeven: World) -> dict[str, httpx2.AsyncClient]:
    return {
        "administrator": zeven.admin,
        "professional": zeven.as_(token(str(uuid4()), "professional")),
        "another team's": zeven.as_(token(str(uuid4()), "security_officer", teams=[str(SUPPLIER_TEAM_ID)])),
        "client of the party": zeven.as_(token(str(uuid4()), "client", party=str(CLIENT_ID))),
        "colleague": user(zeven),
        "member of the team without a role": zeven.as_(token(str(uuid4()), "gardener", teams=[str(TEAM_ID)])),
    }


async def test_the_team_and_who_reported_it_see_it_and_nobody_else(zeven: World) -> None:
    reporter = user(zeven)
    incident = await confidential(reporter)
    call = f"/incident/v1/calls/{incident['call_id']}"
    for somebody in (reporter, insider(zeven)):
        assert (await read(somebody, incident["id"]))["title"] == SECRET["title"]
        assert (await somebody.get(call)).status_code == 200
        assert incident["id"] in (await somebody.get(INCIDENTS, params={"limit": 200})).text
    for who, somebody in others(zeven).items():
        wanted = {403} if "without a role" in who else {404}
        for what in ("", "/moves", "/work-log", "/links", "/watchers"):
            assert (await somebody.get(f"{INCIDENTS}/{incident['id']}{what}")).status_code in wanted, (who, what)
        for what in ("/timeline", "/suggestions"):  # which the client's side never sees
            assert (await somebody.get(f"{INCIDENTS}/{incident['id']}{what}")).status_code in {403, *wanted}, (
                who,
                what,
            )
        assert (await somebody.get(call)).status_code in wanted, who
        for query in ({}, {"number": incident["number"]}, {"id": incident["id"]}):
            answer = await somebody.get(INCIDENTS, params={"limit": 200, "count": True, **query})
            assert incident["id"] not in answer.text, (who, query)
            if query and answer.status_code == 200:
                assert answer.json()["total"] == 0, (who, query)


async def test_nobody_else_acts_on_it(zeven: World) -> None:
    incident = await confidential(user(zeven))
    for who, somebody in others(zeven).items():
        wanted = {403} if "without a role" in who else {403, 404}
        assert (await fire(somebody, incident, "cancel", reason="Nothing to see.")).status_code in wanted, who
        note = await somebody.post(f"{INCIDENTS}/{incident['id']}/work-log", json={"text": "Seen."})
        assert note.status_code in wanted, who
    taken = await moved(insider(zeven), incident, "classify", "take")
    assert taken["state"] == "in_recovery"


async def test_events_carry_none_of_its_text(zeven: World) -> None:
    incident = await confidential(user(zeven))
    member = insider(zeven)
    incident = await moved(member, incident, "classify", "take")
    answer = await member.post(
        f"{INCIDENTS}/{incident['id']}/work-log", json={"text": "The payroll job was stopped.", "public": True}
    )
    assert answer.status_code == 201
    incident = await read(member, incident["id"])
    link = {"kind": "other", "reference": "payroll-2231"}
    assert (await member.post(f"{INCIDENTS}/{incident['id']}/links", json=link)).status_code == 201
    incident = await read(member, incident["id"])
    incident = await moved(member, incident, "recover", solution="The payroll job asks first.", recovery="repair")
    correction = await member.patch(
        f"{INCIDENTS}/{incident['id']}",
        json={"title": "Salaries went round"},
        headers={"If-Match": f'"{incident["version"]}"'},
    )
    assert correction.status_code == 200, correction.text
    await moved(member, await read(member, incident["id"]), "reopen", reason="The payroll job mails again.")
    published = str(await events(zeven, incident["correlation_id"]))
    for text in ("alaries", "payroll", "All of them"):
        assert text not in published
    assert "link.added.v1" in published
    assert str(TEAM_ID) in published
    assert (await read(member, incident["id"], "/links"))["items"][0]["reference"] == link["reference"]


async def test_what_change_answers_carries_no_text_once_it_is_confidential(zeven: World) -> None:
    member, incident = insider(zeven), await register(zeven.admin)
    demand = Demand("incident", incident["id"])
    await deliver(zeven, demand.registered())
    version = {"If-Match": f'"{(await read(member, incident["id"]))["version"]}"'}
    body = {"confidential_team_id": str(TEAM_ID)}
    assert (await member.patch(f"{INCIDENTS}/{incident['id']}", json=body, headers=version)).status_code == 200
    await deliver(zeven, demand.rejected("The payroll job stays as it is."))
    (event,) = await events(zeven, incident["correlation_id"], "link.changed.v1")
    assert (event["data"]["state"], event["data"]["reason"]) == ("rejected", None)
    (link,) = (await read(member, incident["id"], "/links"))["items"]
    assert link["target_reason"] == "The payroll job stays as it is."


async def test_an_administrator_opens_it_with_a_reason_that_stays(zeven: World, lines: Lines) -> None:
    incident, who = await confidential(user(zeven)), str(uuid4())
    admin = zeven.as_(token(who))
    path = f"{INCIDENTS}/{incident['id']}"
    assert (await admin.get(path)).status_code == 404
    assert (await admin.post(f"{path}/confidential-access", json={})).status_code == 422
    agent = zeven.as_(token(str(uuid4()), "professional"))
    assert (await agent.post(f"{path}/confidential-access", json={"reason": "I want to."})).status_code == 403
    opened = await admin.post(f"{path}/confidential-access", json={"reason": "Complaint 17."})
    assert opened.status_code == 200, opened.text
    assert (await admin.get(path)).json()["title"] == SECRET["title"]
    assert (await zeven.admin.get(path)).status_code == 404
    (line,) = lines.of("confidential_record_opened", record=incident["id"], reason="Complaint 17.")
    (event,) = await events(zeven, incident["correlation_id"], "confidential_record.opened.v1")
    assert (event["data"]["reason"], event["about"]) == ("Complaint 17.", incident["id"])
    assert line["actor"] == event["actor"]["id"]
    for minutes, status in ((59, 200), (2, 404)):
        zeven.advance(minutes=minutes)
        assert (await zeven.as_(token(who)).get(path)).status_code == status


async def test_what_is_open_needs_no_opening(zeven: World) -> None:
    incident = await register(zeven.admin)
    path = f"{INCIDENTS}/{incident['id']}/confidential-access"
    answer = await zeven.admin.post(path, json={"reason": "Because."})
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:zeven:problem:not-confidential")


async def test_it_asks_no_other_process_for_anything(zeven: World) -> None:
    member = insider(zeven)
    incident = await confidential(user(zeven))
    answer = await member.post(
        f"{INCIDENTS}/{incident['id']}/change-requests", json={"title": "Ask first", "description": "Before mailing."}
    )
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:zeven:problem:incident-confidential")
    assert (await fire(member, incident, "reroute", call_type="rfc")).status_code == 409
    wish = {**CALL, **SECRET, "type": "rfc", "confidential_team_id": str(TEAM_ID)}
    refused = await user(zeven).post("/incident/v1/calls", json=wish)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/confidential_team_id")


@pytest.mark.parametrize("team", ["019acd5e-2c00-7000-8000-00000000ffff", "none"])
async def test_its_team_is_one_that_is_known(zeven: World, team: str) -> None:
    answer = await user(zeven).post("/incident/v1/calls", json={**CALL, "confidential_team_id": team})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/confidential_team_id")


async def test_it_is_made_confidential_and_open_again_with_its_call(zeven: World) -> None:
    member = insider(zeven)
    incident = await register(zeven.admin)
    path = f"{INCIDENTS}/{incident['id']}"
    made = await member.patch(
        path, json={"confidential_team_id": str(TEAM_ID)}, headers={"If-Match": f'"{incident["version"]}"'}
    )
    assert made.status_code == 200, made.text
    stranger = zeven.as_(token(str(uuid4()), "professional"))
    call = f"/incident/v1/calls/{incident['call_id']}"
    assert [(await stranger.get(each)).status_code for each in (path, call)] == [404, 404]
    again = await member.patch(path, json={"confidential_team_id": None}, headers={"If-Match": made.headers["etag"]})
    assert again.status_code == 200
    assert [(await stranger.get(each)).status_code for each in (path, call)] == [200, 200]
