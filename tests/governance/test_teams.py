"""Teams: stored with their members."""

from typing import Any
from uuid import uuid4

from shared.contracts.defaults import CLIENT_ID, PROVIDER_ID
from tests.governance.conftest import PASSWORD, events_of, made, move, person, sign_in
from tests.world import World, token

URL = "/governance/v1/teams"


async def team(zeven: World, *members: str, **fields: Any) -> dict[str, Any]:
    body = {"name": "Workplace", "kind": "service_team", "domain": "technical", "party_id": str(PROVIDER_ID)}
    return await made(zeven, "teams", **{**body, "member_ids": list(members), **fields})


async def test_a_team_is_published_with_its_members(zeven: World) -> None:
    one, two = await person(zeven, password=None), await person(zeven, password=None)
    crew = await team(zeven, two["id"], one["id"], one["id"])
    assert crew["number"].startswith("TEA-")
    assert crew["member_ids"] == sorted([one["id"], two["id"]])
    (event,) = await events_of(zeven, crew["id"])
    assert event["data"]["member_ids"] == crew["member_ids"]
    found = (await zeven.admin.get(URL, params={"member_id": one["id"]})).json()["items"]
    assert [each["id"] for each in found] == [crew["id"]]


async def test_members_are_replaced_as_a_whole(zeven: World) -> None:
    one, two = await person(zeven, password=None), await person(zeven, password=None)
    crew = await team(zeven, one["id"])
    change = {"member_ids": [two["id"]], "domain": "functional"}
    answer = await zeven.admin.patch(f"{URL}/{crew['id']}", json=change, headers={"If-Match": '"1"'})
    assert (answer.json()["member_ids"], answer.json()["domain"]) == ([two["id"]], "functional")
    assert [event["data"]["member_ids"] for event in await events_of(zeven, crew["id"])] == [[one["id"]], [two["id"]]]


async def test_a_member_is_an_active_known_person(zeven: World) -> None:
    gone = await person(zeven, password=None)
    await move(zeven, "people", gone, "retire")
    crew = await team(zeven)
    for nobody in (gone["id"], str(uuid4())):
        body = {"name": "X", "kind": "project_team", "domain": "business", "party_id": str(CLIENT_ID)}
        refused = await zeven.admin.post(URL, json={**body, "member_ids": [nobody]})
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/member_ids")
        assert nobody in refused.json()["detail"]
        change = {"member_ids": [nobody]}
        assert (
            await zeven.admin.patch(f"{URL}/{crew['id']}", json=change, headers={"If-Match": '"1"'})
        ).status_code == 422


async def test_a_client_sees_the_teams_of_its_party_and_members_their_own(zeven: World) -> None:
    robin = await person(zeven, password=None)
    ours, theirs = await team(zeven, robin["id"]), await team(zeven, party_id=str(CLIENT_ID))
    client = zeven.as_(token("c", "client", party=str(CLIENT_ID)))
    assert (await client.get(f"{URL}/{theirs['id']}")).status_code == 200
    assert (await client.get(f"{URL}/{ours['id']}")).status_code == 404
    member = zeven.as_(token(robin["id"], "user", teams=[ours["id"]]))
    assert [each["id"] for each in (await member.get(URL)).json()["items"]] == [ours["id"]]


async def test_a_retired_team_is_in_no_token(issuing: World) -> None:
    robin = await person(issuing)
    crew = await team(issuing, robin["id"])

    async def teams_of_robin() -> list[str]:
        tokens = await sign_in(issuing, robin["username"], PASSWORD)
        return (await issuing.as_(tokens["access_token"]).get("/governance/v1/me")).json()["team_ids"]

    assert await teams_of_robin() == [crew["id"]]
    assert (await move(issuing, "teams", crew, "retire")).json()["state"] == "retired"
    assert await teams_of_robin() == []
