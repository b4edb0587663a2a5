"""What a service desk needs from incidents: names for ids, moves as forms, watchers, lists in both directions."""

from typing import Any
from uuid import uuid4

import pytest

from shared.contracts.defaults import CLIENT_ID, GENERAL_SUPPORT_ID
from tests.incident.conftest import ITEM_ID, PERSON_ID, TEAM_ID
from tests.incident.desk import moved, read, register
from tests.world import World, token

INCIDENTS = "/incident/v1/incidents"


async def listed(client: Any, **query: Any) -> list[str]:
    answer = await client.get(INCIDENTS, params={"limit": 200, **query})
    assert answer.status_code == 200, answer.text
    return [each["id"] for each in answer.json()["items"]]


async def test_ids_have_names_where_they_are_asked_for(zeven: World) -> None:
    incident = await register(zeven.admin, caller_id=str(PERSON_ID))
    incident = await moved(zeven.admin, incident, "classify", "assign")
    path = f"{INCIDENTS}/{incident['id']}"
    headers = {"If-Match": f'"{incident["version"]}"'}
    assert (await zeven.admin.patch(path, json={"ki_ids": [str(ITEM_ID)]}, headers=headers)).status_code == 200
    assert (await zeven.admin.get(path)).json()["names"] is None
    named = (await zeven.admin.get(path, params={"include": "names"})).json()["names"]
    assert named == {
        str(GENERAL_SUPPORT_ID): "General support",
        str(CLIENT_ID): "Willow Foods",
        str(PERSON_ID): "Robin Vale",
        str(TEAM_ID): "Desk",
        str(ITEM_ID): "Print server",
    }
    user = zeven.as_(token(str(PERSON_ID), "user", party=str(CLIENT_ID)))
    (item,) = (await user.get(INCIDENTS, params={"include": "names", "id": incident["id"]})).json()["items"]
    assert item["names"] == named
    (call,) = (await user.get("/incident/v1/calls", params={"include": "names", "id": incident["call_id"]})).json()[
        "items"
    ]
    assert call["names"][str(PERSON_ID)] == "Robin Vale"


async def test_moves_are_forms(zeven: World) -> None:
    incident = await register(zeven.admin, impact=None)
    items = (await read(zeven.admin, incident["id"], "/moves"))["items"]
    forms = {each["trigger"]: {field["name"]: field for field in each["fields"]} for each in items}
    classify = forms["classify"]
    assert (classify["impact"]["type"], classify["impact"]["required"]) == ("enum", True)
    assert classify["impact"]["options"] == ["high", "medium", "low"]
    assert (classify["urgency"]["required"], classify["service_id"]["of"]) == (False, "service")
    assert (forms["take"]["assignee_id"]["type"], forms["take"]["assignee_id"]["of"]) == ("reference", "person")
    assert (forms["cancel"]["reason"]["type"], forms["cancel"]["reason"]["max_length"]) == ("long_text", 20_000)
    incident = await moved(zeven.admin, incident, "take", impact="low")
    pause = next(
        each for each in (await read(zeven.admin, incident["id"], "/moves"))["items"] if each["trigger"] == "pause"
    )
    assert {field["name"]: field["type"] for field in pause["fields"]} == {"pending_reason": "enum", "until": "instant"}


async def test_people_follow_what_they_see_and_the_provider_adds_others(zeven: World) -> None:
    me, colleague = str(uuid4()), str(PERSON_ID)
    user = zeven.as_(token(me, "user", party=str(CLIENT_ID)))
    own, other = await register(user), await register(zeven.admin)
    path = f"{INCIDENTS}/{own['id']}/watchers"
    for _ in range(2):
        assert (await user.put(f"{path}/{me}")).status_code == 204
    assert (await user.put(f"{path}/{colleague}")).status_code == 403
    assert (await user.put(f"{INCIDENTS}/{other['id']}/watchers/{me}")).status_code == 404
    assert (await zeven.admin.put(f"{path}/{colleague}")).status_code == 204
    assert set((await user.get(path)).json()["items"]) == {me, colleague}
    assert await listed(user, watcher_id="me") == [own["id"]]
    assert await listed(zeven.admin, watcher_id=colleague) == [own["id"]]
    assert (await user.delete(f"{path}/{me}")).status_code == 204
    assert await listed(user, watcher_id="me") == []


async def test_filters_take_several_values_none_and_me(zeven: World) -> None:
    me = str(uuid4())
    agent = zeven.as_(token(me, "professional"))
    party = str(uuid4())
    client = zeven.as_(token(str(uuid4()), "user", party=party))
    first, second, third = [await register(client) for _ in range(3)]
    first = await moved(agent, first, "take")
    await moved(zeven.admin, second, "classify")
    mine = {"party_id": party}
    assert await listed(zeven.admin, **mine, assignee_id="none") == [third["id"], second["id"]]
    assert await listed(agent, **mine, assignee_id="me") == [first["id"]]
    assert set(await listed(agent, **mine, assignee_id=["me", "none"])) == {first["id"], second["id"], third["id"]}
    assert set(await listed(agent, **mine, state=["in_recovery", "classified"])) == {first["id"], second["id"]}
    assert await listed(client, assignee_id="none", state="registered") == [third["id"]]
    refused = await agent.get(INCIDENTS, params={"number": ["INC-1", "INC-2"]})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "#query/number")
    wrong = await agent.get(INCIDENTS, params={"assignee_id": ["me", "you"]})
    assert (wrong.status_code, len(wrong.json()["errors"])) == (422, 1)


@pytest.mark.parametrize("sort", ["priority", "-priority"])
@pytest.mark.parametrize("limit", [1, 2, 3])
async def test_pages_go_both_ways_with_nulls_last(zeven: World, sort: str, limit: int) -> None:
    client = zeven.as_(token(str(uuid4()), "user", party=str(uuid4())))
    for impact in ("low", None, "high", None, "medium"):
        await register(client, impact=impact)
    forward: list[str | None] = []
    pages: list[list[str]] = []
    query: dict[str, Any] = {"limit": limit, "sort": sort}
    while True:
        page = (await client.get(INCIDENTS, params=query)).json()
        pages.append([each["id"] for each in page["items"]])
        forward += [each["priority"] for each in page["items"]]
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
    known = sorted(each for each in forward if each)
    assert forward == [*(known[::-1] if sort == "-priority" else known), None, None]
    for expected in reversed(pages[:-1]):
        page = (await client.get(INCIDENTS, params={**query, "cursor": page["previous"]})).json()
        assert [each["id"] for each in page["items"]] == expected
        assert page["next"] is not None
    assert page["previous"] is None
