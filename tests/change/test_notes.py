"""Notes, links and watchers of requests and changes, and who reads them."""

from typing import Any

import pytest
from uuid_utils.compat import uuid7

from tests.change.desk import Desk, desk
from tests.change.neighbours import BUYER, CLIENT, PRINTER, change_requested
from tests.change.test_requests import problem, receive
from tests.world import World

LINK = {"kind": "supplier", "reference": "CASE-2231"}


async def paths(zeven: World) -> list[str]:
    """A change of the client's party, and its request."""
    change = await desk(zeven).accepted(party_id=str(CLIENT), requester_id=str(BUYER), ki_ids=[str(PRINTER)])
    return [f"changes/{change['id']}", f"rfcs/{change['rfc_id']}"]


async def texts(somebody: Desk, path: str) -> list[tuple[str, bool, bool]]:
    found = (await somebody.get(f"{path}/notes"))["items"]
    return [(each["text"], each["public"], each["by_provider"]) for each in found]


async def test_notes_are_internal_or_public_and_those_of_the_client_side_public(zeven: World) -> None:
    provider, client = desk(zeven, "pr-1", "professional"), desk(zeven, "cl-1", "client", party=CLIENT)
    for path in await paths(zeven):
        for somebody, body in (
            (provider, {"text": "The supplier is late.", "public": False}),
            (provider, {"text": "Next week.", "public": True}),
            (client, {"text": "Please hurry.", "public": False}),
        ):
            assert (await somebody.post(f"{path}/notes", body)).status_code == 201
        public = [("Next week.", True, True), ("Please hurry.", True, False)]
        assert await texts(client, path) == public
        assert await texts(provider, path) == [("The supplier is late.", False, True), *public]
        stranger = desk(zeven, "cl-2", "client", party=uuid7())
        assert problem(await stranger.post(f"{path}/notes", {"text": "Mine."})) == (404, "not-found")
        await zeven.quiet()
        shown = [each["data"] for each in (await provider.get(f"{path}/timeline"))["items"]]
        assert [each["text"] for each in shown if "text" in each] == [None, "Next week.", "Please hurry."]


async def test_who_called_about_the_incident_reads_public_notes_and_writes_none(zeven: World) -> None:
    caller, incident = uuid7(), uuid7()
    await receive(zeven, change_requested(uuid7(), incident, caller_id=caller))
    user = desk(zeven, str(caller), "user", party=CLIENT)
    (rfc,) = (await user.get("rfcs", origin_id=str(incident)))["items"]
    assert await texts(user, f"rfcs/{rfc['id']}") == []
    assert problem(await user.post(f"rfcs/{rfc['id']}/notes", {"text": "Mine."})) == (403, "not-allowed")


async def test_links_are_added_by_the_provider_once_and_seen_by_everybody(zeven: World) -> None:
    provider, client = desk(zeven, "pr-1", "professional"), desk(zeven, "cl-1", "client", party=CLIENT)
    for path in await paths(zeven):
        assert problem(await client.post(f"{path}/links", LINK)) == (403, "not-allowed")
        assert (await provider.post(f"{path}/links", LINK)).status_code == 201
        assert problem(await provider.post(f"{path}/links", LINK)) == (409, "already-linked")
        for somebody in (provider, client):
            (link,) = (await somebody.get(f"{path}/links"))["items"]
            assert (link["kind"], link["reference"], link["target_state"]) == ("supplier", "CASE-2231", None)


@pytest.mark.parametrize("noun", ["changes", "rfcs"])
async def test_watchers_find_what_they_follow(zeven: World, noun: str) -> None:
    change, request = await paths(zeven)
    path = change if noun == "changes" else request
    buyer: Any = desk(zeven, str(BUYER), "user", party=CLIENT)
    assert (await buyer.client.put(f"/change/v1/{path}/watchers/{BUYER}")).status_code == 204
    assert problem(await buyer.client.put(f"/change/v1/{path}/watchers/{uuid7()}")) == (403, "not-allowed")
    assert path.rpartition("/")[2] in {each["id"] for each in (await buyer.get(noun, watcher_id="me"))["items"]}
    assert (await buyer.client.delete(f"/change/v1/{path}/watchers/{BUYER}")).status_code == 204
    assert (await buyer.get(f"{path}/watchers"))["items"] == []


async def test_notes_and_links_leave_the_version_of_the_record_alone(zeven: World) -> None:
    provider = desk(zeven, "pr-1", "professional")
    for path in await paths(zeven):
        before = (await provider.get(path))["version"]
        await provider.post(f"{path}/notes", {"text": "Seen."})
        await provider.post(f"{path}/links", LINK)
        assert (await provider.get(path))["version"] == before
