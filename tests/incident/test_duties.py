"""One person's gap is the desk's: what waits for somebody is shown with whom to give it to, and given by its own rules."""

from typing import Any
from uuid import UUID, uuid4

import httpx2

from shared.contracts.defaults import CLIENT_ID
from tests.incident.conftest import BAKERY_ID, TEAM_ID, deliver
from tests.incident.desk import events, moved, read, register
from tests.incident.test_assignees import person, team
from tests.world import World, token


async def duties(client: httpx2.AsyncClient, somebody: UUID) -> dict[str, Any]:
    answer = await client.get(f"/incident/v1/people/{somebody}/duties")
    assert answer.status_code == 200, answer.text
    return {each["kind"]: each for each in answer.json()["items"]}


async def hand_over(client: httpx2.AsyncClient, somebody: UUID, to: UUID, **more: Any) -> httpx2.Response:
    return await client.post(f"/incident/v1/people/{somebody}/duties/handover", json={"to": str(to), **more})


async def a_team(zeven: World, *members: UUID) -> UUID:
    """A team of these people, all of whom are active."""
    night = uuid4()
    known = [person(each, active=True, sequence=1) for each in members]
    await deliver(zeven, *known, team(night, *members, active=True, sequence=1))
    return night


async def assigned(zeven: World, night: UUID, somebody: UUID, **more: Any) -> dict[str, Any]:
    incident = await register(zeven.admin, **more)
    team_id, assignee_id = str(night), str(somebody)
    return await moved(zeven.admin, incident, "classify", "assign", team_id=team_id, assignee_id=assignee_id)


async def test_what_waits_for_somebody_is_shown_with_whom_to_give_it_to(zeven: World) -> None:
    leaver, colleague, stranger = uuid4(), uuid4(), uuid4()
    night = await a_team(zeven, leaver, colleague)
    await deliver(zeven, person(stranger, active=True, sequence=1))
    first = await assigned(zeven, night, leaver)
    taken = await moved(zeven.admin, await assigned(zeven, night, leaver), "take", assignee_id=str(leaver))
    second = await moved(zeven.admin, taken, "pause")
    await moved(zeven.admin, await assigned(zeven, night, leaver), "take", "recover", "confirm")
    called = await register(zeven.admin, caller_id=str(leaver))
    shown = await duties(zeven.admin, leaver)
    assert [each["id"] for each in shown["assignee"]["records"]] == [first["id"], second["id"]]
    assert (shown["assignee"]["total"], shown["assignee"]["can_be_given"]) == (2, True)
    assert [each["id"] for each in shown["assignee"]["offered"]] == [str(colleague)]
    assert [each["number"] for each in shown["caller"]["records"]] == [called["number"]]
    assert str(stranger) in {each["id"] for each in shown["caller"]["offered"]}
    assert await duties(zeven.admin, stranger) == {}


async def test_all_of_it_is_given_at_once_each_record_by_its_own_event(zeven: World) -> None:
    leaver, heir = uuid4(), uuid4()
    night = await a_team(zeven, leaver, heir)
    incidents = [await assigned(zeven, night, leaver) for _ in range(2)]
    incidents[1] = await moved(zeven.admin, incidents[1], "take", assignee_id=str(leaver))
    called = await register(zeven.admin, caller_id=str(leaver))
    answer = await hand_over(zeven.admin, leaver, heir)
    assert answer.status_code == 200, answer.text
    outcomes = {each["record"]["id"]: (each["kind"], each["outcome"]) for each in answer.json()["items"]}
    assert outcomes == {
        incidents[0]["id"]: ("assignee", "given"),
        incidents[1]["id"]: ("assignee", "given"),
        called["id"]: ("caller", "given"),
    }
    assert answer.json()["left"] == 0
    for before in incidents:
        after = await read(zeven.admin, before["id"])
        assert (after["assignee_id"], after["state"], after["team_id"]) == (str(heir), before["state"], str(night))
        changed = (await events(zeven, before["correlation_id"], "incident.changed.v1"))[-1]
        assert changed["data"]["changes"] == [{"field": "assignee_id", "from": str(leaver), "to": str(heir)}]
    assert (await read(zeven.admin, called["id"]))["caller_id"] == str(heir)
    assert await duties(zeven.admin, leaver) == {}
    again = await hand_over(zeven.admin, leaver, heir)
    assert (again.status_code, again.json()["items"]) == (200, [])


async def test_what_the_rules_of_a_record_forbid_is_refused_and_the_rest_is_given(zeven: World) -> None:
    leaver, heir = uuid4(), uuid4()
    here, elsewhere = await a_team(zeven, leaver, heir), await a_team(zeven, leaver)
    given, kept = await assigned(zeven, here, leaver), await assigned(zeven, elsewhere, leaver)
    answer = (await hand_over(zeven.admin, leaver, heir, kinds=["assignee"])).json()
    assert {each["record"]["id"]: each["outcome"] for each in answer["items"]} == {
        given["id"]: "given",
        kept["id"]: "refused",
    }
    (refused,) = [each for each in answer["items"] if each["outcome"] == "refused"]
    assert refused["reason"] == "the person is no member of the team"
    assert answer["left"] == 1
    assert await read(zeven.admin, kept["id"]) == kept


async def test_it_is_given_to_somebody_else_who_is_there(zeven: World) -> None:
    leaver, gone = uuid4(), uuid4()
    await deliver(zeven, person(leaver, active=True, sequence=1), person(gone, active=False, sequence=1))
    for to, kinds in ((gone, None), (uuid4(), None), (leaver, None), (leaver, ["owner"])):
        refused = await hand_over(zeven.admin, leaver, to, **({"kinds": kinds} if kinds else {}))
        assert refused.status_code == 422, refused.text
        assert refused.json()["errors"][0]["pointer"] == ("/kinds" if kinds else "/to")


async def test_only_what_the_caller_sees_is_shown_and_given(zeven: World) -> None:
    leaver, heir = uuid4(), uuid4()
    night = await a_team(zeven, leaver, heir)
    ours = await assigned(zeven, night, leaver, party_id=str(CLIENT_ID))
    theirs = await assigned(zeven, night, leaver, party_id=str(BAKERY_ID))
    insider = zeven.as_(token(str(uuid4()), "professional", teams=[str(night)]))
    secret = await register(insider, confidential_team_id=str(night))
    secret = await moved(insider, secret, "classify", "assign", team_id=str(night), assignee_id=str(leaver))
    one_party = zeven.as_(token("p", "professional", roles=[{"role": "professional", "scope": f"party:{CLIENT_ID}"}]))
    assert [each["id"] for each in (await duties(one_party, leaver))["assignee"]["records"]] == [ours["id"]]
    assert {each["id"] for each in (await duties(zeven.admin, leaver))["assignee"]["records"]} == {
        ours["id"],
        theirs["id"],
    }
    given = (await hand_over(one_party, leaver, heir)).json()["items"]
    assert [each["record"]["id"] for each in given] == [ours["id"]]
    assert (await read(zeven.admin, theirs["id"]))["assignee_id"] == str(leaver)
    assert (await read(insider, secret["id"]))["assignee_id"] == str(leaver)
    for outsider in (token("u", "user", party=str(CLIENT_ID)), token("s", "supplier", teams=[str(TEAM_ID)])):
        path = f"/incident/v1/people/{leaver}/duties"
        assert (await zeven.as_(outsider).get(path)).status_code == 403
        assert (await hand_over(zeven.as_(outsider), leaver, heir)).status_code == 403
