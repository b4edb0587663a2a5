"""Knowledge items over the API: registered, edited, listed, and who sees what."""

import asyncio
from uuid import uuid4

import httpx2
import pytest

from tests.knowledge.conftest import (
    AUTHOR_ID,
    ERROR,
    ITEMS,
    REVIEWER_ID,
    drafted,
    edited,
    move,
    person,
    published,
    seen,
)
from tests.world import World, token


async def test_a_new_item_is_a_draft_of_whoever_registers_it(author: httpx2.AsyncClient) -> None:
    answer = await author.post(ITEMS, json=ERROR)
    assert answer.status_code == 201, answer.text
    item = answer.json()
    assert item["number"].startswith("KI-")
    assert (item["state"], item["draft_state"], item["draft_version"], item["current_version"]) == (
        "draft",
        "draft",
        1,
        None,
    )
    assert item["owner_id"] == str(AUTHOR_ID)
    assert item["current"] is None
    assert item["draft"]["workaround"] == "Restart the spooler."
    assert answer.headers["etag"] == f'"{item["version"]}"'


async def test_a_doubled_click_makes_one_item(author: httpx2.AsyncClient) -> None:
    key = {"Idempotency-Key": uuid4().hex}
    answers = await asyncio.gather(*(author.post(ITEMS, json=ERROR, headers=key) for _ in range(6)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1


async def test_an_owner_whom_nobody_knows_is_refused(author: httpx2.AsyncClient) -> None:
    answer = await author.post(ITEMS, json={**ERROR, "owner_id": str(uuid4())})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/owner_id"


@pytest.mark.parametrize("together", [True, False])
async def test_of_a_person_the_newest_counts_whatever_is_heard_last(
    author: httpx2.AsyncClient, zeven: World, together: bool
) -> None:
    gone = uuid4()
    changes = [person(8, gone, active=False, sequence=2), person(8, gone)]
    for events in [changes] if together else [[each] for each in changes]:
        await zeven.replay("knowledge", events)
    assert (await author.post(ITEMS, json={**ERROR, "owner_id": str(gone)})).status_code == 422


@pytest.mark.parametrize(
    ("ki_type", "field", "value"),
    [
        ("configuration_item", "workaround", "Restart."),
        ("work_instruction", "symptom", "Smoke."),
        ("known_error", "attributes", {"cpu": "8"}),
    ],
)
async def test_a_field_that_the_type_does_not_have_is_refused(
    author: httpx2.AsyncClient, ki_type: str, field: str, value: object
) -> None:
    answer = await author.post(ITEMS, json={"ki_type": ki_type, "title": "Odd", field: value})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == f"/{field}"


async def test_a_draft_is_written_in_place_and_remembers_its_authors(
    author: httpx2.AsyncClient, reviewer: httpx2.AsyncClient
) -> None:
    item = await edited(reviewer, await drafted(author), title="All printers are silent", keywords=["spooler"])
    assert (item["title"], item["draft_version"]) == ("All printers are silent", 1)
    assert len(item["draft"]["authors"]) == 2
    assert item["draft"]["symptom"] == ERROR["symptom"]


async def test_editing_what_is_current_makes_a_draft_and_changes_nothing_that_readers_see(
    author: httpx2.AsyncClient, client: httpx2.AsyncClient, zeven: World
) -> None:
    item = await published(zeven, audience="public")
    before = (await client.get(f"{ITEMS}/{item['id']}/versions/1")).json()
    item = await edited(author, item, title="New title", audience="internal", body="More.")
    assert (item["state"], item["title"], item["current_version"], item["draft_version"], item["draft_state"]) == (
        "current",
        ERROR["title"],
        1,
        2,
        "draft",
    )
    assert item["draft"]["workaround"] == ERROR["workaround"]
    read = (await client.get(f"{ITEMS}/{item['id']}")).json()
    assert (read["title"], read["draft"], read["draft_version"], read["draft_state"]) == (
        ERROR["title"],
        None,
        None,
        None,
    )
    assert (await client.get(f"{ITEMS}/{item['id']}/versions/1")).json() == before
    assert (await client.get(f"{ITEMS}/{item['id']}/versions/2")).status_code == 404


async def test_an_approved_version_never_changes_again(author: httpx2.AsyncClient, zeven: World) -> None:
    item = await published(zeven)
    first = (await author.get(f"{ITEMS}/{item['id']}/versions/1")).json()
    item = await edited(author, item, title="Second", workaround="Another one.")
    item = await edited(author, item, title="Second, better", workaround="Yet another one.")
    item = await move(zeven.admin, await move(author, item, "submit"), "approve")
    assert (item["title"], item["current_version"], item["draft_version"]) == ("Second, better", 2, None)
    versions = (await author.get(f"{ITEMS}/{item['id']}/versions")).json()["items"]
    assert [(each["number"], each["state"]) for each in versions] == [(2, "current"), (1, "retired")]
    changing = ("state", "reason", "retired_at")
    assert {k: v for k, v in versions[1].items() if k not in changing} == {
        k: v for k, v in first.items() if k not in changing
    }


async def test_a_change_that_changes_nothing_makes_no_version(author: httpx2.AsyncClient, zeven: World) -> None:
    item = await published(zeven)
    same = await edited(author, item, title=item["title"])
    assert (same["version"], same["draft_version"]) == (item["version"], None)


async def test_the_event_of_an_edit_says_what_changed_and_leaves_long_texts_out(
    author: httpx2.AsyncClient, zeven: World
) -> None:
    item = await edited(author, await published(zeven), title="Louder", body="Long.", owner_id=str(REVIEWER_ID))
    item = await edited(author, item, title="Loudest")
    timeline = (await author.get(f"{ITEMS}/{item['id']}/timeline")).json()["items"]
    first, second = [event["data"]["changes"] for event in timeline if event["type"] == "ki.edited.v1"]
    assert sorted(first, key=lambda change: change["field"]) == [
        {"field": "body", "from": None, "to": None},
        {"field": "owner_id", "from": str(AUTHOR_ID), "to": str(REVIEWER_ID)},
        {"field": "title", "from": ERROR["title"], "to": "Louder"},
    ]
    assert second == [{"field": "title", "from": "Louder", "to": "Loudest"}]


async def test_an_item_says_what_its_owner_is_called_when_asked(author: httpx2.AsyncClient) -> None:
    item = await drafted(author)
    url = f"{ITEMS}/{item['id']}"
    assert (await author.get(url)).json()["names"] is None
    assert (await author.get(url, params={"include": "names"})).json()["names"] == {str(AUTHOR_ID): "Person 1"}


async def test_notes_at_an_item_are_written_and_read_by_the_provider(
    author: httpx2.AsyncClient, reviewer: httpx2.AsyncClient, client: httpx2.AsyncClient, zeven: World
) -> None:
    item = await published(zeven, audience="public")
    url = f"{ITEMS}/{item['id']}/notes"
    written = await author.post(url, json={"text": "Does this hold for the new printers?"})
    assert written.status_code == 201, written.text
    assert (await reviewer.get(url)).json()["items"] == [written.json()]
    assert (await client.get(url)).status_code == 403
    assert (await author.get(f"{ITEMS}/{item['id']}")).json()["version"] == item["version"]


async def test_a_new_owner_needs_no_new_version(author: httpx2.AsyncClient, zeven: World) -> None:
    changed = await edited(author, await published(zeven), owner_id=str(REVIEWER_ID))
    assert (changed["owner_id"], changed["draft_version"]) == (str(REVIEWER_ID), None)


async def test_who_saw_an_older_version_is_told_so(author: httpx2.AsyncClient) -> None:
    item = await drafted(author)
    await edited(author, item, title="Mine")
    url = f"{ITEMS}/{item['id']}"
    assert (await author.patch(url, json={"title": "Yours"}, headers=seen(item))).status_code == 412
    assert (await author.patch(url, json={"title": "Yours"})).status_code == 428
    assert (await author.post(f"{url}/moves", json={"trigger": "submit"}, headers=seen(item))).status_code == 412


async def test_what_is_reviewed_or_retired_is_not_edited(author: httpx2.AsyncClient) -> None:
    item = await move(author, await drafted(author), "submit")
    answer = await author.patch(f"{ITEMS}/{item['id']}", json={"title": "Late"}, headers=seen(item))
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:zeven:problem:draft-in-review")
    item = await move(author, item, "retire", reason="Wrong.")
    answer = await author.patch(f"{ITEMS}/{item['id']}", json={"title": "Late"}, headers=seen(item))
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:zeven:problem:item-retired")


async def test_outside_the_provider_only_what_is_current_and_public_exists(
    author: httpx2.AsyncClient, client: httpx2.AsyncClient, zeven: World
) -> None:
    supplier = zeven.as_(token(str(uuid4()), "supplier"))
    public, internal = await published(zeven, audience="public"), await published(zeven)
    draft = await drafted(author, audience="public")
    retired = await move(author, await published(zeven, audience="public"), "retire", reason="Old.")
    for who in (client, supplier):
        for hidden in (internal, draft, retired):
            for path in ("", "/versions", "/versions/1"):
                assert (await who.get(f"{ITEMS}/{hidden['id']}{path}")).status_code == 404
        assert (await who.get(f"{ITEMS}/{public['id']}")).status_code == 200
        listed = (await who.get(ITEMS, params={"limit": 200})).json()["items"]
        assert public["id"] in {item["id"] for item in listed}
        assert {(item["state"], item["audience"]) for item in listed} == {("current", "public")}
    assert (await author.get(f"{ITEMS}/{retired['id']}/versions/1")).json()["state"] == "retired"


async def test_only_the_provider_writes(client: httpx2.AsyncClient, zeven: World) -> None:
    item = await published(zeven, audience="public")
    url = f"{ITEMS}/{item['id']}"
    assert (await client.post(ITEMS, json=ERROR)).status_code == 403
    assert (await client.patch(url, json={"title": "Ours"}, headers=seen(item))).status_code == 403
    assert (
        await client.post(f"{url}/moves", json={"trigger": "retire", "reason": "No."}, headers=seen(item))
    ).status_code == 403
    assert (await zeven.as_().get(url)).status_code == 401


async def test_lists_are_filtered_sorted_and_paged(author: httpx2.AsyncClient, zeven: World) -> None:
    mark = f"tag{uuid4().hex[:8]}"
    server = {"ki_type": "configuration_item", "symptom": None, "workaround": None, "attributes": {"cpu": mark}}
    made = [
        await published(zeven, **server, title="Server B"),
        await drafted(author, **server, title="Server A"),
        await published(zeven, title=f"Error with {mark}", keywords=[mark]),
    ]
    await move(author, made[1], "submit")

    async def titles(**filters: object) -> list[str]:
        answer = await author.get(ITEMS, params={"text": mark, "sort": "title", **filters})
        assert answer.status_code == 200, answer.text
        return [item["title"] for item in answer.json()["items"]]

    assert await titles() == [f"Error with {mark}", "Server A", "Server B"]
    assert await titles(type="configuration_item") == ["Server A", "Server B"]
    assert await titles(state="current") == [f"Error with {mark}", "Server B"]
    assert await titles(draft_state="in_review") == ["Server A"]
    assert await titles(owner_id=str(uuid4())) == []
    assert await titles(owner_id=["me", "none"]) == await titles() == await titles(state=["current", "in_review"])
    assert await titles(number=made[0]["number"]) == ["Server B"]
    page = (await author.get(ITEMS, params={"text": mark, "sort": "-title", "limit": 2, "count": True})).json()
    assert ([item["title"] for item in page["items"]], page["total"]) == (["Server B", "Server A"], 3)
    rest = await author.get(ITEMS, params={"text": mark, "sort": "-title", "limit": 2, "cursor": page["next"]})
    assert [item["title"] for item in rest.json()["items"]] == [f"Error with {mark}"]
    assert (await author.get(ITEMS, params={"colour": "red"})).status_code == 400


async def test_text_that_is_as_long_as_allowed_is_indexed(author: httpx2.AsyncClient) -> None:
    words = " ".join(f"wörd{number}é" for number in range(2100))[:20_000]
    many = {f"name {number}": "ü" * 500 for number in range(50)}
    await drafted(author, body=words, symptom=words[:5000], workaround=words[:5000])
    item = await drafted(
        author, ki_type="configuration_item", symptom=None, workaround=None, attributes=many, body=words
    )
    assert item["draft"]["body"] == words
    assert (await author.post(ITEMS, json={**ERROR, "body": "a" * 20_001})).status_code == 422
