"""Who reads and writes which items: the provider's people, everybody else, and nobody without a role."""

from typing import Any
from uuid import uuid4

import httpx2
import pytest

from services.knowledge import access
from shared.access.policies import ALL, PUBLIC
from shared.contracts.defaults import CLIENT_ID, GENERAL_SUPPORT_ID
from shared.contracts.roles import ADMINISTRATOR, CLIENT_ROLES, PROVIDER_ROLES, ROLES, SERVICE_ACCOUNT
from tests.knowledge.conftest import ERROR, ITEMS, drafted, edited, move, published, seen
from tests.world import World, token

ELSEWHERE = [f"party:{CLIENT_ID}", f"team:{GENERAL_SUPPORT_ID}", f"service:{GENERAL_SUPPORT_ID}", "process:change"]
PUBLIC_ROLES = sorted({*ROLES} - {*PROVIDER_ROLES, ADMINISTRATOR})


def holding(zeven: World, *grants: tuple[str, str | None], sub: str | None = None, **more: Any) -> httpx2.AsyncClient:
    """Somebody with these roles, each within a scope."""
    roles = [{"role": role, "scope": scope} for role, scope in grants]
    return zeven.as_(token(sub or str(uuid4()), roles=roles, **more))


async def statuses(who: httpx2.AsyncClient, item: dict[str, Any]) -> dict[str, int]:
    """How each way to change this item, or to make one, is answered."""
    url = f"{ITEMS}/{item['id']}"
    return {
        "register": (await who.post(ITEMS, json=ERROR)).status_code,
        "edit": (await who.patch(url, json={"title": "Mine"}, headers=seen(item))).status_code,
        "move": (await who.post(f"{url}/moves", json={"trigger": "submit"}, headers=seen(item))).status_code,
        "note": (await who.post(f"{url}/notes", json={"text": "Seen."})).status_code,
    }


@pytest.mark.parametrize("roles", [[], [{"role": SERVICE_ACCOUNT, "scope": None}]], ids=["none", "kind of account"])
async def test_an_account_without_roles_reads_nothing_and_approves_nothing(
    zeven: World, author: httpx2.AsyncClient, roles: list[dict[str, Any]]
) -> None:
    account = zeven.as_(token("robot", kind=SERVICE_ACCOUNT, roles=roles))
    public, internal = await published(zeven, audience="public"), await published(zeven)
    waiting = await move(author, await drafted(author), "submit")
    for item in (public, internal, waiting):
        assert (await account.get(f"{ITEMS}/{item['id']}")).status_code == 403
    for path in (ITEMS, "/knowledge/v1/search?q=printers"):
        assert (await account.get(path)).status_code == 403
    approval = await account.post(f"{ITEMS}/{waiting['id']}/moves", json={"trigger": "approve"}, headers=seen(waiting))
    assert approval.status_code == 403
    assert set((await statuses(account, waiting)).values()) == {403}


@pytest.mark.parametrize("scope", ELSEWHERE)
async def test_the_providers_people_read_every_item_whatever_their_scope_and_write_none(
    zeven: World, author: httpx2.AsyncClient, scope: str
) -> None:
    item = await edited(author, await published(zeven), title="A better title")
    somebody = holding(zeven, ("professional", scope))
    read = (await somebody.get(f"{ITEMS}/{item['id']}")).json()
    assert (read["draft"]["title"], read["version"]) == ("A better title", item["version"])
    for path in ("/versions", "/versions/2", "/notes", "/timeline"):
        assert (await somebody.get(f"{ITEMS}/{item['id']}{path}")).status_code == 200, path
    assert (await somebody.get(f"{ITEMS}/{item['id']}/moves")).json()["items"] == []
    assert set((await statuses(somebody, item)).values()) == {403}


@pytest.mark.parametrize("scope", [None, "process:knowledge"])
async def test_a_role_that_holds_everywhere_or_for_knowledge_writes(zeven: World, scope: str | None) -> None:
    somebody = holding(zeven, ("process_manager", scope))
    item = await drafted(somebody)
    edition = await somebody.patch(f"{ITEMS}/{item['id']}", json={"title": "Mine"}, headers=seen(item))
    assert edition.status_code == 200
    assert (await somebody.post(f"{ITEMS}/{item['id']}/notes", json={"text": "Shorter?"})).status_code == 201
    assert (await move(somebody, edition.json(), "submit"))["state"] == "in_review"


@pytest.mark.parametrize("role", PUBLIC_ROLES)
async def test_everybody_else_reads_what_is_current_and_public_whatever_the_scope(zeven: World, role: str) -> None:
    public, internal = await published(zeven, audience="public"), await published(zeven)
    draft = await drafted(zeven.admin, audience="public")
    for scope in (None, *ELSEWHERE, "process:knowledge"):
        somebody = holding(zeven, (role, scope))
        assert (await somebody.get(f"{ITEMS}/{public['id']}")).status_code == 200
        for hidden in (internal, draft):
            for path in ("", "/versions", "/versions/1"):
                assert (await somebody.get(f"{ITEMS}/{hidden['id']}{path}")).status_code == 404
        listed = (await somebody.get(ITEMS, params={"limit": 200})).json()["items"]
        assert {(item["state"], item["audience"]) for item in listed} == {("current", "public")}
        found = (await somebody.get("/knowledge/v1/search", params={"q": "printers", "limit": 50})).json()["items"]
        assert {hit["audience"] for hit in found} == {"public"}
        assert set((await statuses(somebody, public)).values()) == {403}
        for path in ("/moves", "/notes", "/timeline"):
            assert (await somebody.get(f"{ITEMS}/{public['id']}{path}")).status_code == 403


async def test_a_search_finds_no_more_than_is_read_where_a_role_opens_a_part_of_what_is_internal(
    zeven: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a policy would say it that is bounded by the scope of the role: no item is of a party."""
    internal, public = await published(zeven), await published(zeven, audience="public")
    monkeypatch.setattr(access.READ_INTERNAL, "rules", {"professional": ALL})
    monkeypatch.setattr(access.READ, "rules", {"professional": (PUBLIC,)})
    somebody = holding(zeven, ("professional", f"party:{CLIENT_ID}"))
    assert (await somebody.get(f"{ITEMS}/{internal['id']}")).status_code == 404
    found = (await somebody.get("/knowledge/v1/search", params={"q": "printers", "limit": 50})).json()["items"]
    assert {hit["audience"] for hit in found} == {"public"}
    assert (await somebody.get(f"{ITEMS}/{public['id']}")).status_code == 200


async def test_no_filter_and_no_order_shows_whether_a_public_item_has_a_draft(
    zeven: World, author: httpx2.AsyncClient, client: httpx2.AsyncClient
) -> None:
    mark = f"mark{uuid4().hex[:8]}"
    plain, drafty = [await published(zeven, audience="public", keywords=[mark]) for _ in range(2)]
    drafty = await edited(author, drafty, title="Hidden", audience="internal", keywords=["quartzwheel", mark])
    both = [plain["id"], drafty["id"]]

    async def found(**query: Any) -> list[str]:
        answer = await client.get(ITEMS, params={"text": mark, **query})
        assert answer.status_code == 200, answer.text
        return [item["id"] for item in answer.json()["items"]]

    for state in ("draft", "in_review"):
        assert await found(draft_state=state) == await found(state=state) == []
    assert await found(text="quartzwheel") == await found(audience="internal") == []
    assert await found(sort="updated_at") == both
    assert await found(sort="-updated_at") == both[::-1]
    await move(author, drafty, "submit")
    assert await found(draft_state=["draft", "in_review"]) == []
    assert await found(sort="-updated_at") == both[::-1]


@pytest.mark.parametrize("role", [*CLIENT_ROLES, "supplier", "feed_reader"])
async def test_what_the_public_sees_of_an_item_is_the_same_until_another_version_is_current(
    zeven: World, author: httpx2.AsyncClient, reviewer: httpx2.AsyncClient, role: str
) -> None:
    somebody = holding(zeven, (role, None))

    async def shown() -> tuple[Any, ...]:
        answer = await somebody.get(f"{ITEMS}/{item['id']}")
        listed = (await somebody.get(ITEMS, params={"text": mark})).json()["items"]
        versions = (await somebody.get(f"{ITEMS}/{item['id']}/versions")).json()["items"]
        return answer.headers["etag"], answer.json(), listed, versions

    mark = f"mark{uuid4().hex[:8]}"
    item = await published(zeven, audience="public", keywords=[mark])
    before = await shown()
    assert before[0] == f'"{before[1]["version"]}"'
    item = await edited(author, item, title="Draft")
    assert await shown() == before
    item = await move(reviewer, await move(author, item, "submit"), "return", reason="Longer.")
    item = await move(author, item, "submit")
    assert await shown() == before
    await move(reviewer, item, "approve")
    etag, read, (line,), (version,) = await shown()
    assert etag != before[0]
    assert read["updated_at"] == version["current_at"] > before[1]["updated_at"]
    assert (read["title"], line["title"], version["title"]) == ("Draft",) * 3


@pytest.mark.parametrize("scope", [*ELSEWHERE, "process:incident"])
async def test_a_knowledge_manager_for_something_else_approves_no_own_work(zeven: World, scope: str) -> None:
    sub = str(uuid4())
    somebody = holding(zeven, ("knowledge_manager", scope), ("professional", None), sub=sub)
    item = await move(somebody, await drafted(somebody), "submit")
    answer = await somebody.post(f"{ITEMS}/{item['id']}/moves", json={"trigger": "approve"}, headers=seen(item))
    assert answer.status_code == 409
    assert "somebody else" in answer.json()["detail"]
    assert (await move(holding(zeven, ("architect", None)), item, "approve"))["state"] == "current"
