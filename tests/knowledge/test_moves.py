"""The lifecycle over the API: who may make a move, what it needs, and which events it emits."""

from uuid import uuid4

import httpx2

from tests.knowledge.conftest import ITEMS, drafted, edited, move, person, published, seen
from tests.world import World, token


async def refused(who: httpx2.AsyncClient, item: dict[str, object], trigger: str, **more: object) -> dict[str, object]:
    answer = await who.post(f"{ITEMS}/{item['id']}/moves", json={"trigger": trigger, **more}, headers=seen(item))
    assert answer.status_code == 409, answer.text
    problem: dict[str, object] = answer.json()
    assert problem["type"] == "urn:zeven:problem:move-not-permitted"
    return problem


async def test_a_reviewed_draft_becomes_current(author: httpx2.AsyncClient, reviewer: httpx2.AsyncClient) -> None:
    item = await move(author, await drafted(author), "submit")
    assert (item["state"], item["draft_state"]) == ("in_review", "in_review")
    item = await move(reviewer, item, "approve")
    assert (item["state"], item["current_version"], item["draft_version"], item["draft"]) == ("current", 1, None, None)
    assert item["current"]["reviewed_by"] != item["registered_by"]
    assert item["current"]["current_at"] is not None


async def test_a_draft_without_what_its_type_must_have_is_not_reviewed(zeven: World) -> None:
    stranger = zeven.as_(token("agent-7", "professional"))
    bare = {"symptom": None, "workaround": None, "owner_id": None}
    problem = await refused(stranger, await drafted(stranger, **bare), "submit")
    assert (problem["permitted"], problem["lacking"]) == (
        ["submit", "retire"],
        ["owner_id", "symptom", "workaround"],
    )
    server = await drafted(stranger, **bare, ki_type="configuration_item")
    assert (await refused(stranger, server, "submit"))["lacking"] == ["owner_id", "attributes"]
    moves = (await stranger.get(f"{ITEMS}/{server['id']}/moves")).json()["items"]
    assert [(each["trigger"], each["target"], each["lacking"]) for each in moves] == [
        ("submit", "in_review", ["owner_id", "attributes"]),
        ("retire", "retired", ["reason"]),
    ]


async def test_nobody_approves_what_he_or_she_wrote(
    author: httpx2.AsyncClient, reviewer: httpx2.AsyncClient, zeven: World
) -> None:
    item = await move(author, await edited(reviewer, await drafted(author), body="A word."), "submit")
    for writer in (author, reviewer):
        problem = await refused(writer, item, "approve")
        assert "somebody else" in str(problem["detail"])
        moves = (await writer.get(f"{ITEMS}/{item['id']}/moves")).json()["items"]
        assert [bool(each["because"]) for each in moves] == [False, True, False]
    third = zeven.as_(token("third", "professional"))
    assert (await move(third, item, "approve"))["state"] == "current"


async def test_a_knowledge_manager_approves_own_work_for_this_process_alone(zeven: World) -> None:
    elsewhere = [{"role": "knowledge_manager", "scope": "process:change"}, {"role": "professional", "scope": None}]
    here = [{"role": "knowledge_manager", "scope": "process:knowledge"}]
    manager = zeven.as_(token("manager", "knowledge_manager", roles=elsewhere))
    item = await move(manager, await drafted(manager), "submit")
    await refused(manager, item, "approve")
    assert (await move(zeven.as_(token("manager", roles=here)), item, "approve"))["state"] == "current"


async def test_a_returned_draft_says_why_and_is_editable_again(
    author: httpx2.AsyncClient, reviewer: httpx2.AsyncClient
) -> None:
    item = await move(author, await drafted(author), "submit")
    assert (await refused(reviewer, item, "return"))["lacking"] == ["reason"]
    item = await move(reviewer, item, "return", reason="Which spooler?")
    assert (item["state"], item["draft"]["reason"]) == ("draft", "Which spooler?")
    item = await edited(author, item, workaround="Restart spooler 2.")
    item = await move(reviewer, await move(author, item, "submit"), "approve")
    assert item["current"]["reason"] is None


async def test_readers_keep_what_is_current_while_the_next_version_is_reviewed(
    author: httpx2.AsyncClient, client: httpx2.AsyncClient, reviewer: httpx2.AsyncClient, zeven: World
) -> None:
    item = await published(zeven, audience="public")
    item = await move(author, await edited(author, item, title="Better"), "submit")
    assert (item["state"], item["draft_state"]) == ("current", "in_review")
    assert (await client.get(f"{ITEMS}/{item['id']}")).json()["title"] == "Printers are silent"
    assert (await refused(author, item, "submit"))["permitted"] == ["return", "retire"]
    await move(reviewer, item, "approve")
    read = (await client.get(f"{ITEMS}/{item['id']}")).json()
    assert (read["title"], read["current_version"]) == ("Better", 2)
    assert [each["number"] for each in (await client.get(f"{ITEMS}/{item['id']}/versions")).json()["items"]] == [2]


async def test_retiring_ends_the_item_and_its_unfinished_draft(author: httpx2.AsyncClient, zeven: World) -> None:
    item = await edited(author, await published(zeven), title="Next")
    assert (await refused(author, item, "retire"))["lacking"] == ["reason"]
    item = await move(author, item, "retire", reason="The printers are gone.")
    assert (item["state"], item["draft_version"], item["draft_state"]) == ("retired", None, None)
    versions = (await author.get(f"{ITEMS}/{item['id']}/versions")).json()["items"]
    assert [(each["state"], each["reason"]) for each in versions] == [("retired", "The printers are gone.")] * 2
    assert (await refused(author, item, "submit"))["permitted"] == []
    assert (await author.get(f"{ITEMS}/{item['id']}/moves")).json()["items"] == []


async def test_every_step_is_told_in_order(zeven: World, author: httpx2.AsyncClient) -> None:
    item = await move(author, await drafted(author), "submit")
    item = await edited(author, await move(zeven.admin, item, "return", reason="Shorter."), title="Short")
    item = await move(zeven.admin, await move(author, item, "submit"), "approve")
    item = await move(author, item, "retire", reason="Old.")
    await zeven.quiet()
    feed = (await zeven.admin.get("/knowledge/v1/events", params={"subject": item["id"]})).json()["items"]
    assert [(event["type"], event["sequence"], event["data"]["current_version"]) for event in feed] == [
        ("ki.registered.v1", 1, None),
        ("ki.submitted.v1", 2, None),
        ("ki.returned.v1", 3, None),
        ("ki.edited.v1", 4, None),
        ("ki.submitted.v1", 5, None),
        ("ki.changed.v1", 6, 1),
        ("ki.retired.v1", 7, None),
    ]
    assert feed[2]["data"]["reason"] == "Shorter."
    assert feed[5]["data"]["title"] == "Short"
    assert item["version"] == 7


async def test_what_is_current_and_what_is_on_its_way_are_told(zeven: World, author: httpx2.AsyncClient) -> None:
    item = await move(zeven.admin, await move(author, await drafted(author), "submit"), "approve")
    item = await move(author, await edited(author, item, title="Better"), "submit")
    item = await move(author, await move(zeven.admin, item, "approve"), "retire", reason="Old.")
    never = await move(author, await drafted(author), "retire", reason="A slip.")
    await zeven.quiet()
    shown_versions = []
    for each in (item, never):
        feed = (await zeven.admin.get("/knowledge/v1/events", params={"subject": each["id"]})).json()["items"]
        shown_versions.append([(event["data"]["current_version"], event["data"]["draft_version"]) for event in feed])
    assert shown_versions == [
        [(None, 1), (None, 1), (1, None), (1, 2), (1, 2), (2, None), (None, None)],
        [(None, 1), (None, None)],
    ]


async def test_a_doubled_move_moves_once(author: httpx2.AsyncClient) -> None:
    item = await drafted(author)
    url, key = f"{ITEMS}/{item['id']}/moves", {"Idempotency-Key": item["id"], **seen(item)}
    answers = [await author.post(url, json={"trigger": "submit"}, headers=key) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[1].json()["version"] == 2


async def test_an_item_is_reviewed_and_approved_with_an_owner_who_is_still_there(
    zeven: World, author: httpx2.AsyncClient, reviewer: httpx2.AsyncClient
) -> None:
    gone, heir = uuid4(), uuid4()
    inbox = zeven.running("knowledge").inbox
    await inbox.deliver([person(11, gone), person(12, heir)])
    await zeven.quiet()
    waiting = await move(author, await drafted(author, owner_id=str(gone)), "submit")
    draft = await drafted(author, owner_id=str(gone))
    await inbox.deliver([person(11, gone, active=False, sequence=2)])
    await zeven.quiet()
    for who, item, trigger in ((reviewer, waiting, "approve"), (author, draft, "submit")):
        assert "its owner is no longer active" in str((await refused(who, item, trigger))["detail"])
        moves = {each["trigger"]: each for each in (await who.get(f"{ITEMS}/{item['id']}/moves")).json()["items"]}
        assert moves[trigger]["because"] == ["its owner is no longer active: name another one (owner_id)"]
    given = await edited(author, waiting, owner_id=str(heir))
    assert (await move(reviewer, given, "approve"))["state"] == "current"
