"""Withdrawal works: after a right ends no token gives it, neither here nor in another service."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from fastapi.routing import APIRoute

from services.governance.manifest import SERVICE as GOVERNANCE
from services.knowledge.manifest import SERVICE as KNOWLEDGE
from shared import clock
from shared.bus import Rejected
from shared.contracts.defaults import CLIENT_ID, PROVIDER_ID
from shared.http.callers import OpenToAnyone
from shared.inbox import INBOX
from tests.governance.conftest import PASSWORD, ask, events_of, give, made, move, person, sign_in
from tests.shared.test_withdrawals import ended, envelope
from tests.world import World, token, world

ITEMS, ME = "/knowledge/v1/items", "/governance/v1/me"
STALE = "urn:zeven:problem:not-signed-in"


@pytest.fixture(scope="module")
async def both(make_database: Callable[[str], Any]) -> AsyncIterator[World]:
    """Governance, whose tokens it and knowledge accept."""
    async with world((GOVERNANCE, KNOWLEDGE), make_database, own_issuer=False) as platform:
        platform.admin = platform.as_((await sign_in(platform))["access_token"])
        yield platform


async def signed_in(platform: World, who: dict[str, Any], password: str = PASSWORD) -> httpx2.AsyncClient:
    return platform.as_((await sign_in(platform, who["username"], password))["access_token"])


async def professional(platform: World, **fields: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Somebody of the provider who may read knowledge, and the assignment that says so."""
    robin = await person(platform, **{"party_id": str(PROVIDER_ID), **fields})
    return robin, await give(platform, robin["id"], "professional")


async def withdraw(platform: World, assignment: dict[str, Any]) -> None:
    url = f"/governance/v1/role-assignments/{assignment['id']}"
    assert (await platform.admin.delete(url, headers={"If-Match": '"1"'})).status_code == 204


async def ends(platform: World, who: httpx2.AsyncClient, act: Callable[[], Any]) -> None:
    """Somebody's token opens both services before the act and neither after it."""
    for address in (ITEMS, ME):
        assert (await who.get(address)).status_code == 200
    await act()
    await platform.quiet()
    for address in (ITEMS, ME):
        refused = await who.get(address)
        assert (refused.status_code, refused.json()["type"]) == (401, STALE), refused.text


async def test_a_withdrawn_role_ends_tokens_everywhere_and_the_next_sign_in_works_at_once(both: World) -> None:
    robin, role = await professional(both)
    tokens = await sign_in(both, robin["username"], PASSWORD)
    await ends(both, both.as_(tokens["access_token"]), lambda: withdraw(both, role))
    renewed = await ask(both, grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    again = both.as_(renewed.json()["access_token"])
    assert (await again.get(ME)).json()["roles"] == []
    assert (await again.get(ITEMS)).status_code in (200, 403)


async def test_retirement_ends_tokens_everywhere(both: World) -> None:
    robin, _ = await professional(both)
    await ends(both, await signed_in(both, robin), lambda: move(both, "people", robin, "retire"))
    await move(both, "people", robin, "reactivate")
    assert (await (await signed_in(both, robin)).get(ME)).status_code == 200


async def test_a_new_password_ends_tokens_everywhere(both: World) -> None:
    robin, _ = await professional(both)
    url = f"/governance/v1/people/{robin['id']}/password"

    async def replaced() -> None:
        assert (await both.admin.put(url, json={"new_password": "eight restless seas"})).status_code == 204

    await ends(both, await signed_in(both, robin), replaced)
    assert (await (await signed_in(both, robin, "eight restless seas")).get(ITEMS)).status_code == 200


async def test_a_retired_party_ends_the_tokens_of_its_people(both: World) -> None:
    party = await made(both, "parties", name="Harbour", kind="supplier")
    robin, _ = await professional(both, party_id=party["id"])
    await ends(both, await signed_in(both, robin), lambda: move(both, "parties", party, "retire"))
    await move(both, "parties", party, "reactivate")
    assert (await (await signed_in(both, robin)).get(ITEMS)).status_code == 200


async def test_another_party_and_a_team_that_was_left_end_tokens(both: World) -> None:
    robin, _ = await professional(both)

    async def moved() -> None:
        url = f"/governance/v1/people/{robin['id']}"
        change = {"party_id": str(CLIENT_ID)}
        assert (await both.admin.patch(url, json=change, headers={"If-Match": '"1"'})).status_code == 200

    await ends(both, await signed_in(both, robin), moved)
    crew = {"name": "Crew", "kind": "service_team", "domain": "technical", "party_id": str(PROVIDER_ID)}
    stays, _ = await professional(both)
    team = await made(both, "teams", **crew, member_ids=[robin["id"], stays["id"]])
    staying = await signed_in(both, stays)

    async def left() -> None:
        url = f"/governance/v1/teams/{team['id']}"
        change = {"member_ids": [stays["id"]]}
        assert (await both.admin.patch(url, json=change, headers={"If-Match": '"1"'})).status_code == 200

    await ends(both, await signed_in(both, robin), left)
    await ends(both, staying, lambda: move(both, "teams", team, "retire"))


async def account(platform: World, *roles: str) -> tuple[dict[str, Any], httpx2.AsyncClient]:
    robot = await made(platform, "service-accounts", name="Robot", roles=[{"role": role} for role in roles])
    return robot, await account_client(platform, robot)


async def account_client(platform: World, robot: dict[str, Any]) -> httpx2.AsyncClient:
    form = {"client_id": robot["client_id"], "client_secret": robot["secret"]}
    answer = await ask(platform, grant_type="client_credentials", **form)
    return platform.as_(answer.json()["access_token"])


async def test_tokens_of_an_account_end_with_a_role_its_secret_and_its_retirement(both: World) -> None:
    robot, client = await account(both, "professional", "feed_reader")
    url = f"/governance/v1/service-accounts/{robot['id']}"

    async def loses_a_role() -> None:
        change = {"roles": [{"role": "professional"}]}
        assert (await both.admin.patch(url, json=change, headers={"If-Match": '"1"'})).status_code == 200

    async def another_secret() -> None:
        answer = await both.admin.post(f"{url}/secret", headers={"If-Match": '"2"'})
        robot["secret"] = answer.json()["secret"]

    await ends(both, client, loses_a_role)
    await ends(both, await account_client(both, robot), another_secret)
    await ends(both, await account_client(both, robot), lambda: move(both, "service-accounts", robot, "retire"))


async def test_what_takes_nothing_away_ends_no_token(both: World) -> None:
    robin, _ = await professional(both)
    robot, program = await account(both, "professional")
    robins = await signed_in(both, robin)
    await give(both, robin["id"], "approver")
    change = {"name": "Robin Veil"}
    await both.admin.patch(f"/governance/v1/people/{robin['id']}", json=change, headers={"If-Match": '"1"'})
    more = {"name": "Robot 2", "roles": [{"role": "professional"}, {"role": "operator"}]}
    url = f"/governance/v1/service-accounts/{robot['id']}"
    assert (await both.admin.patch(url, json=more, headers={"If-Match": '"1"'})).status_code == 200
    await both.quiet()
    for client in (robins, program):
        assert (await client.get(ITEMS)).status_code == 200


async def test_the_event_names_whom_it_concerns_and_why(both: World) -> None:
    robin, role = await professional(both)
    await withdraw(both, role)
    await both.quiet()
    feed = await both.admin.get("/governance/v1/events", params={"type": "access.ended.v1", "limit": 1000})
    (event,) = [each for each in feed.json()["items"] if each["about"] == role["id"]]
    assert (event["data"]["subjects"], event["data"]["reason"]) == ([robin["id"]], "role_withdrawn")
    assert [each["type"] for each in await events_of(both, role["id"])] == ["role.assigned.v1", "role.withdrawn.v1"]


async def test_a_sign_in_at_the_same_moment_survives_only_when_it_is_later(both: World) -> None:
    robin, first = await professional(both)
    for assignment in [first, *[await give(both, robin["id"], role) for role in ("approver", "architect", "leader")]]:
        tokens, _ = await asyncio.gather(sign_in(both, robin["username"], PASSWORD), withdraw(both, assignment))
        await both.quiet()
        me = await both.as_(tokens["access_token"]).get(ME)
        if me.status_code == 200:
            assert assignment["role"] not in [held["role"] for held in me.json()["roles"]]
    assert (await (await signed_in(both, robin)).get(ME)).status_code == 200


async def test_a_password_that_is_replaced_while_it_is_verified_gives_no_token(
    both: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from services.governance.tokens import commands as tokens

    robin, _ = await professional(both)
    verify = tokens.matches

    async def meanwhile(password: str, stored: str | None) -> bool:
        fits = await verify(password, stored)
        monkeypatch.undo()
        url = f"/governance/v1/people/{robin['id']}/password"
        assert (await both.admin.put(url, json={"new_password": "eight restless seas"})).status_code == 204
        return fits

    monkeypatch.setattr(tokens, "matches", meanwhile)
    answer = await ask(both, grant_type="password", username=robin["username"], password=PASSWORD)
    assert answer.status_code == 400


def writes(platform: World) -> list[tuple[str, str]]:
    """Every route of governance that changes something in somebody's name."""
    return sorted(
        (method, route.path)
        for route in platform.host.applications["governance"].routes  # type: ignore[attr-defined]
        if isinstance(route, APIRoute)
        if not any(isinstance(each.call, OpenToAnyone) for each in route.dependant.dependencies)
        for method in route.methods - {"GET"}
    )


BODIES: dict[str, Any] = {
    "people": {"name": "X", "party_id": str(CLIENT_ID)},
    "teams": {"name": "X", "kind": "service_team", "domain": "technical", "party_id": str(CLIENT_ID)},
    "parties": {"name": "X", "kind": "client"},
    "service-accounts": {"name": "X"},
}


async def dead_letter(platform: World) -> str:
    """The id of an event that governance could not handle."""
    letter, now = envelope(ended(uuid4())), clock.now()
    row = {"event_id": letter.id, "type": letter.type, "historical": False, "envelope": letter.model_dump(mode="json")}
    async with platform.running("governance").engine.begin() as connection:
        await connection.execute(INBOX.insert().values(**row, received_at=now, dead_at=now, attempts=9))
    return str(letter.id)


async def message_apart(platform: World) -> str:
    """The id of a message that governance set apart, and that is an event which it can handle after all."""
    running = platform.running("governance")
    letter = envelope(ended(uuid4()))
    apart = Rejected(
        "later version", "governance", letter.model_dump_json().encode(), "unknown", letter.type, letter.id
    )
    await running.inbox.set_apart([apart])
    return str(letter.id)


def _account(person_id: str) -> dict[str, str]:
    return {"person_id": person_id, "issuer": "https://login.harbour.example", "subject": uuid4().hex}


async def records(platform: World) -> dict[str, str]:
    """The ids of records to write to."""
    robin = await person(platform, password=None)
    return {
        "event_id": await dead_letter(platform),
        "message_id": await message_apart(platform),
        "heir_id": (await person(platform, password=None))["id"],
        "party_id": (await made(platform, "parties", **BODIES["parties"]))["id"],
        "person_id": robin["id"],
        "erased_id": await erased(platform),
        "team_id": (await made(platform, "teams", **BODIES["teams"]))["id"],
        "account_id": (await made(platform, "service-accounts", name="Y"))["id"],
        "provider_account_id": (await made(platform, "provider-accounts", **_account(robin["id"])))["id"],
        "assignment_id": (await give(platform, robin["id"], "user"))["id"],
    }


async def erased(platform: World) -> str:
    """The id of somebody who has been erased."""
    robin = await person(platform, password=None)
    await move(platform, "people", robin, "retire")
    await platform.admin.post(f"/governance/v1/people/{robin['id']}/erasure", json={"reason": "a test"})
    return str(robin["id"])


async def written(who: httpx2.AsyncClient, method: str, path: str, ids: dict[str, str]) -> httpx2.Response:
    """What a write that fits the route is answered with."""
    noun = path.split("/")[3]
    body = {"trigger": "retire"} if path.endswith("moves") else {} if method == "PATCH" else BODIES.get(noun)
    if noun == "role-assignments":
        body = {"role": "approver", "person_id": ids["person_id"]}
    if noun == "provider-accounts":
        body = _account(ids["heir_id"])
    if path.endswith("password"):
        body = {"new_password": "eight restless seas"}
    if path.endswith(("discard", "erasure")):
        body = {"reason": "a test"}
    if path.endswith("handover"):
        body = {"to": ids["heir_id"]}
    if "/erasure" in path:
        path = path.replace("{person_id}", "{erased_id}")
    sent = {} if method == "DELETE" or path.endswith(("secret", "retry", "repeat")) else {"json": body}
    return await who.request(method, path.format(**ids), headers={"If-Match": '"1"'}, **sent)


@pytest.mark.parametrize(
    "lost", ["role", "activity", "password", "party", "party for a while", "nothing, since it never had the role"]
)
async def test_a_right_that_ended_writes_nothing_here_before_any_event_is_handled(zeven: World, lost: str) -> None:
    """Governance asks its own database in the transaction that writes: the copy in this process is emptied."""
    party = await made(zeven, "parties", name="Harbour", kind="supplier")
    robin = await person(zeven, party_id=party["id"], password=PASSWORD if lost == "password" else None)
    stale = zeven.as_(token(robin["id"], party=party["id"]))
    if lost in ("role", "activity", "party", "party for a while"):
        role = await give(zeven, robin["id"], "administrator")
    match lost:
        case "role":
            await withdraw(zeven, role)
        case "activity":
            await move(zeven, "people", robin, "retire")
        case "password":
            url = f"/governance/v1/people/{robin['id']}/password"
            assert (await zeven.admin.put(url, json={"new_password": "eight restless seas"})).status_code == 204
            await give(zeven, robin["id"], "administrator")
        case "party" | "party for a while":
            await move(zeven, "parties", party, "retire")
            if "while" in lost:
                assert (await move(zeven, "parties", party, "reactivate")).status_code == 200
    ids = await records(zeven)
    await zeven.quiet()
    zeven.running("governance").withdrawals._before.clear()
    for method, path in writes(zeven):
        answer = await written(stale, method, path, ids)
        assert (answer.status_code, answer.json()["type"]) == (401, STALE), (method, path, answer.text)


async def test_an_administrator_may_write_all_that(zeven: World) -> None:
    robin = await person(zeven, password=None)
    await give(zeven, robin["id"], "administrator")
    admin = zeven.as_(token(robin["id"], party=robin["party_id"]))
    assert len(writes(zeven)) > 19
    for method, path in writes(zeven):
        answer = await written(admin, method, path, await records(zeven))
        assert answer.is_success, (method, path, answer.text)


async def test_a_stolen_token_sets_no_password_after_the_owner_has_set_one(zeven: World) -> None:
    robin = await person(zeven)
    stolen = zeven.as_(token(robin["id"], "user", party=robin["party_id"]))
    url = f"/governance/v1/people/{robin['id']}/password"
    await zeven.admin.put(url, json={"new_password": "eight restless seas"})
    await zeven.quiet()
    zeven.running("governance").withdrawals._before.clear()
    body = {"new_password": "nine silent lakes", "old_password": "eight restless seas"}
    assert (await stolen.put(url, json=body)).status_code == 401


async def test_somebody_whom_another_issuer_vouches_for_is_not_concerned(zeven: World) -> None:
    stranger = zeven.as_(token(str(uuid4())))
    assert (await stranger.post("/governance/v1/parties", json={"name": "Z", "kind": "client"})).status_code == 201
