"""Parties: stored, visible to the right people, never deleted."""

import asyncio
from uuid import uuid4

from shared.contracts.defaults import CLIENT_ID, PROVIDER_ID
from tests.governance.conftest import events_of, made, move
from tests.world import World, token

URL = "/governance/v1/parties"


async def test_a_registered_party_can_be_read_and_is_published(zeven: World) -> None:
    party = await made(zeven, "parties", name="Harbour Logistics", kind="client")
    assert party["number"].startswith("PTY-")
    assert (party["state"], party["version"]) == ("active", 1)
    answer = await zeven.admin.get(f"{URL}/{party['id']}")
    assert answer.json() == party
    assert answer.headers["etag"] == '"1"'
    (event,) = await events_of(zeven, party["id"])
    assert event["type"] == "party.registered.v1"
    expected = {"number": party["number"], "name": "Harbour Logistics", "kind": "client", "active": True}
    assert event["data"] == expected
    assert event["actor"]["id"] == "admin"


async def test_a_rename_needs_the_version_that_was_seen(zeven: World) -> None:
    party = await made(zeven, "parties", name="Old name", kind="supplier")
    url = f"{URL}/{party['id']}"
    assert (await zeven.admin.patch(url, json={"name": "X"})).status_code == 428
    changed = await zeven.admin.patch(url, json={"name": "New name"}, headers={"If-Match": '"1"'})
    assert (changed.status_code, changed.json()["name"], changed.headers["etag"]) == (200, "New name", '"2"')
    assert (await zeven.admin.patch(url, json={"name": "Lost"}, headers={"If-Match": '"1"'})).status_code == 412
    assert [event["type"] for event in await events_of(zeven, party["id"])] == [
        "party.registered.v1",
        "party.changed.v1",
    ]


async def test_a_party_is_retired_and_comes_back_but_is_never_deleted(zeven: World) -> None:
    party = await made(zeven, "parties", name="Passing", kind="supplier")
    url = f"{URL}/{party['id']}"
    assert (await zeven.admin.delete(url)).status_code == 428
    assert (await zeven.admin.delete(url, headers={"If-Match": '"1"'})).status_code == 204
    assert (await zeven.admin.get(url)).json()["state"] == "retired"
    refused = await zeven.admin.delete(url, headers={"If-Match": '"2"'})
    assert (refused.status_code, refused.json()["permitted"], refused.json()["lacking"]) == (409, ["reactivate"], [])
    moves = (await zeven.admin.get(f"{url}/moves")).json()["items"]
    assert moves == [{"trigger": "reactivate", "target": "active", "fields": [], "lacking": [], "because": []}]
    assert (await move(zeven, "parties", party, "reactivate")).json()["state"] == "active"
    assert [event["data"]["active"] for event in await events_of(zeven, party["id"])] == [True, False, True]


async def test_a_doubled_click_makes_one_party(zeven: World) -> None:
    body, key = {"name": "Twice", "kind": "client"}, {"Idempotency-Key": uuid4().hex}
    answers = await asyncio.gather(*(zeven.admin.post(URL, json=body, headers=key) for _ in range(5)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1


async def test_whoever_works_for_a_client_sees_the_own_party_alone(zeven: World) -> None:
    client = zeven.as_(token("c", "client", party=str(CLIENT_ID)))
    assert [party["id"] for party in (await client.get(URL)).json()["items"]] == [str(CLIENT_ID)]
    assert (await client.get(f"{URL}/{CLIENT_ID}")).status_code == 200
    assert (await client.get(f"{URL}/{PROVIDER_ID}")).status_code == 404
    stranger = zeven.as_(token("s", "user"))
    assert (await stranger.get(URL)).status_code == 403
    professional = zeven.as_(token("p", "professional", party=str(PROVIDER_ID)))
    assert (await professional.get(f"{URL}/{CLIENT_ID}")).status_code == 200


async def test_only_an_administrator_writes(zeven: World) -> None:
    manager = zeven.as_(token("m", "process_manager"))
    assert (await manager.post(URL, json={"name": "No", "kind": "client"})).status_code == 403
    assert (await manager.delete(f"{URL}/{CLIENT_ID}", headers={"If-Match": '"1"'})).status_code == 403
    moves = (await manager.get(f"{URL}/{CLIENT_ID}/moves")).json()
    assert moves == {"items": [], "next": None}
    assert (await zeven.as_().get(URL)).status_code == 401


async def test_lists_are_filtered_sorted_and_paged(zeven: World) -> None:
    for name in ("Alder", "Birch", "Cedar"):
        await made(zeven, "parties", name=f"zz {name}", kind="supplier")
    query = {"kind": "supplier", "sort": "-name", "limit": "2", "count": "true", "state": "active"}
    first = (await zeven.admin.get(URL, params=query)).json()
    assert [party["name"] for party in first["items"]] == ["zz Cedar", "zz Birch"]
    second = (await zeven.admin.get(URL, params={**query, "cursor": first["next"]})).json()
    assert second["items"][0]["name"] == "zz Alder"
    assert first["total"] >= 3
    assert (await zeven.admin.get(URL, params={"colour": "red"})).status_code == 400


async def test_unknown_fields_and_kinds_are_refused(zeven: World) -> None:
    for body in (
        {"name": "X", "kind": "bank"},
        {"name": "X", "kind": "client", "tax": 1},
        {"name": "", "kind": "client"},
    ):
        assert (await zeven.admin.post(URL, json=body)).status_code == 422
