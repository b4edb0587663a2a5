"""An OpenID Connect provider says who somebody is, governance what he or she may do; its own tokens go on."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest

from services.governance.manifest import SERVICE
from services.incident.manifest import SERVICE as INCIDENT
from shared import clock
from shared.contracts.defaults import ADMIN_ID, CLIENT_ID
from tests.governance.conftest import events_of, give, made, move, person, sign_in
from tests.governance.provider import Provider, provider
from tests.serving import listening
from tests.world import World, world

ME, CALLS = "/governance/v1/me", "/incident/v1/calls"
GROUPS = {
    "Service desk": (("service_desk_agent", None),),
    "Harbour IT": (("client", f"party:{CLIENT_ID}"),),
    "Chiefs": (("administrator", None),),
    "Elsewhere": (("client", f"party:{uuid4()}"), ("approver", None)),
}


@pytest.fixture(scope="module")
def harbour() -> Iterator[Provider]:
    """The provider of an organisation."""
    with provider() as found:
        yield found


@pytest.fixture(scope="module")
async def both(make_database: Callable[[str], Any], harbour: Provider) -> AsyncIterator[World]:
    """Governance and incident, with a provider whose new people and groups are welcome."""
    async with world(
        (SERVICE, INCIDENT),
        make_database,
        own_issuer=False,
        issuer=harbour.issuer,
        new_people_party=CLIENT_ID,
        claim_groups="realm.groups",
        group_roles=GROUPS,
    ) as zeven:
        zeven.admin = zeven.as_((await sign_in(zeven))["access_token"])
        yield zeven


@pytest.fixture(scope="module")
async def closed(make_database: Callable[[str], Any], harbour: Provider) -> AsyncIterator[World]:
    """Governance with a provider, without new people and groups."""
    async with world((SERVICE,), make_database, own_issuer=False, issuer=harbour.issuer) as zeven:
        zeven.admin = zeven.as_((await sign_in(zeven))["access_token"])
        yield zeven


def groups(*names: str) -> dict[str, Any]:
    return {"realm": {"groups": list(names)}}


async def me(zeven: World, bearer: str) -> dict[str, Any]:
    answer = await zeven.as_(bearer).get(ME)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def refused(zeven: World, bearer: str) -> str:
    answer = await zeven.as_(bearer).get(ME)
    assert answer.status_code == 401, answer.text
    return str(answer.json()["detail"])


def some_name() -> str:
    return f"vale-{uuid4().hex[:8]}"


async def test_a_known_person_comes_in_with_the_account_of_the_same_username(closed: World, harbour: Provider) -> None:
    robin = await person(closed)
    await give(closed, robin["id"], "approver", "process:change")
    found = await me(closed, harbour.token(robin["username"].upper()))
    assert (found["id"], found["party_id"], found["username"]) == (robin["id"], robin["party_id"], robin["username"])
    assert found["roles"] == [{"role": "approver", "scope": "process:change"}]
    # from then on the account counts, whatever it is called
    assert (await me(closed, harbour.token("married", sub=f"subject of {robin['username'].upper()}")))["id"] == robin[
        "id"
    ]
    # a password, and the tokens of governance, go on
    own = await sign_in(closed, robin["username"], "seven quiet rivers")
    assert (await me(closed, own["access_token"]))["id"] == robin["id"]


async def test_the_keys_are_where_the_discovery_document_says(closed: World, harbour: Provider) -> None:
    robin = await person(closed)
    await me(closed, harbour.token(robin["username"]))
    assert {"/realms/harbour/.well-known/openid-configuration", "/realms/harbour/certificates"} <= set(harbour.read)


async def test_somebody_unknown_is_told_what_to_ask_for(closed: World, harbour: Provider) -> None:
    assert "an administrator can register you" in await refused(closed, harbour.token(some_name()))
    assert "preferred_username" in await refused(closed, harbour.token(None, sub="nameless"))


async def test_a_username_is_not_enough_to_become_administrator(closed: World, harbour: Provider) -> None:
    assert "another one has to link" in await refused(closed, harbour.token("admin"))
    body = {"person_id": str(ADMIN_ID), "issuer": harbour.issuer, "subject": "chief"}
    await made(closed, "provider-accounts", **body)
    assert (await me(closed, harbour.token("whoever", sub="chief")))["id"] == str(ADMIN_ID)


async def test_one_account_belongs_to_one_person(closed: World, harbour: Provider) -> None:
    robin, sam = await person(closed), await person(closed)
    await me(closed, harbour.token(robin["username"]))
    # another account with the name of somebody who has one
    assert "Another account" in await refused(closed, harbour.token(robin["username"], sub="a thief"))
    for body in (
        {"person_id": sam["id"], "subject": f"subject of {robin['username']}"},
        {"person_id": robin["id"], "subject": "a second one"},
    ):
        answer = await closed.admin.post("/governance/v1/provider-accounts", json={**body, "issuer": harbour.issuer})
        assert (answer.status_code, answer.json()["type"]) == (409, "urn:zeven:problem:account-linked")


async def test_an_account_that_is_unlinked_speaks_for_nobody(closed: World, harbour: Provider) -> None:
    robin = await person(closed)
    bearer = harbour.token(robin["username"])
    await me(closed, bearer)
    listed = await closed.admin.get("/governance/v1/provider-accounts", params={"person_id": robin["id"]})
    (link,) = listed.json()["items"]
    address = f"/governance/v1/provider-accounts/{link['id']}"
    await move(closed, "people", robin, "retire")
    gone = await closed.admin.delete(address, headers={"If-Match": f'"{link["version"]}"'})
    assert gone.status_code == 204, gone.text
    await closed.quiet()
    assert (await closed.as_(bearer).get(ME)).status_code == 401
    assert "unlinked" in await refused(closed, harbour.token(robin["username"], jti="2"))
    # the username of somebody who is retired opens nothing either
    assert "retired" in await refused(closed, harbour.token(robin["username"], sub="another account"))
    types = [each["type"] for each in await events_of(closed, link["id"])]
    assert types == ["provider_account.linked.v1", "provider_account.unlinked.v1"]
    again = await closed.admin.delete(address, headers={"If-Match": f'"{link["version"] + 1}"'})
    assert again.status_code == 409


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "another-platform"},
        {"iss": "http://127.0.0.1:1/realms/harbour"},
        {"exp": 1},
        {"sub": "x" * 256},
    ],
)
async def test_tokens_that_are_not_for_this_platform_are_refused(
    closed: World, harbour: Provider, claims: dict[str, Any]
) -> None:
    robin = await person(closed)
    await refused(closed, harbour.token(robin["username"], **claims))


async def test_an_account_that_was_unlinked_is_not_linked_again_by_its_name(closed: World, harbour: Provider) -> None:
    robin = await person(closed)
    await me(closed, harbour.token(robin["username"]))
    (link,) = (await closed.admin.get("/governance/v1/provider-accounts", params={"person_id": robin["id"]})).json()[
        "items"
    ]
    address = f"/governance/v1/provider-accounts/{link['id']}"
    assert (await closed.admin.delete(address, headers={"If-Match": f'"{link["version"]}"'})).status_code == 204
    assert "was unlinked" in await refused(closed, harbour.token(robin["username"], jti="2"))
    body = {"person_id": robin["id"], "issuer": harbour.issuer, "subject": f"subject of {robin['username']}"}
    await made(closed, "provider-accounts", **body)
    assert (await me(closed, harbour.token(robin["username"], jti="3")))["id"] == robin["id"]


@pytest.mark.parametrize("spelling", ["ｒｏｂｉｎ-{}", "ﬁnn-{}", "weiß-{}"])
async def test_a_name_that_is_stored_in_another_spelling_is_nobodys(
    closed: World, harbour: Provider, spelling: str
) -> None:
    theirs = spelling.format(uuid4().hex[:8])
    await person(closed, username=theirs)
    assert "preferred_username" in await refused(closed, harbour.token(theirs))


@pytest.mark.parametrize("claims", [{"name": "Kim\x00"}, {"email": "a\x00@b"}, {"email": "a\u202e@b"}, {"name": 7}])
async def test_a_claim_that_cannot_be_shown_is_left_out(both: World, harbour: Provider, claims: dict[str, Any]) -> None:
    name = some_name()
    found = await me(both, harbour.token(name, **claims))
    seen = (await both.admin.get(f"/governance/v1/people/{found['id']}")).json()
    assert (seen["name"], seen["email"]) == (name, None)


async def test_a_retired_person_is_refused_and_a_reactivated_one_comes_in(closed: World, harbour: Provider) -> None:
    robin = await person(closed)
    bearer = harbour.token(robin["username"])
    await me(closed, bearer)
    await move(closed, "people", robin, "retire")
    await closed.quiet()
    assert (await closed.as_(bearer).get(ME)).status_code == 401
    assert "retired" in await refused(closed, harbour.token(robin["username"], jti="2"))
    await move(closed, "people", robin, "reactivate")
    assert (await me(closed, harbour.token(robin["username"], jti="3")))["id"] == robin["id"]


async def test_only_administrators_see_and_link_accounts(closed: World, harbour: Provider) -> None:
    robin = await person(closed)
    client = closed.as_(harbour.token(robin["username"]))
    body = {"person_id": robin["id"], "issuer": harbour.issuer, "subject": "x"}
    assert (await client.post("/governance/v1/provider-accounts", json=body)).status_code == 403
    assert (await client.get("/governance/v1/provider-accounts")).json().get("items", []) == []


async def test_new_people_are_registered_once_however_often_they_knock(both: World, harbour: Provider) -> None:
    name = some_name()
    tokens = [harbour.token(name, name="Kim Vale", email="kim@harbour.example", jti=str(n)) for n in range(8)]
    found = await asyncio.gather(*(me(both, bearer) for bearer in tokens))
    assert len({each["id"] for each in found}) == 1
    assert (found[0]["name"], found[0]["username"], found[0]["party_id"]) == ("Kim Vale", name, str(CLIENT_ID))
    assert found[0]["roles"] == []


async def test_groups_give_roles_and_take_them_back(both: World, harbour: Provider) -> None:
    name = some_name()
    first = harbour.token(name, **groups("Service desk", "Harbour IT", "Choir"))
    roles = (await me(both, first))["roles"]
    assert {(each["role"], each["scope"]) for each in roles} == {
        ("service_desk_agent", None),
        ("client", f"party:{CLIENT_ID}"),
    }
    robin = await me(both, first)
    by_hand = await give(both, robin["id"], "approver")
    call = {
        "type": "incident",
        "title": "Crane 4 stands still",
        "description": "Since 8.",
        "impact": "high",
        "urgency": "high",
    }
    agent = both.as_(first)
    answer = await agent.post(CALLS, json=call)
    assert answer.status_code == 201, answer.text
    assert (await agent.get("/incident/v1/incidents")).json()["items"]

    second = harbour.token(name, **groups("Harbour IT"))
    roles = (await me(both, second))["roles"]
    assert {each["role"] for each in roles} == {"client", "approver"}
    await both.quiet()
    # the earlier token had a role that is gone
    assert (await both.as_(first).get(ME)).status_code == 401
    assert (await both.as_(first).get("/incident/v1/incidents")).status_code == 401
    held = await both.admin.get(
        "/governance/v1/role-assignments", params={"person_id": robin["id"], "state": "assigned"}
    )
    assert {each["id"] for each in held.json()["items"] if each["provider"] is None} == {by_hand["id"]}
    assert {each["role"] for each in held.json()["items"] if each["provider"] == harbour.issuer} == {"client"}


async def test_an_older_token_does_not_bring_back_what_a_newer_one_took_away(both: World, harbour: Provider) -> None:
    name, now = some_name(), int(clock.now().timestamp())
    older = harbour.token(name, iat=now - 20, **groups("Chiefs"))
    await me(both, harbour.token(name, iat=now - 30, **groups("Chiefs")))
    found = await me(both, harbour.token(name, iat=now - 10, **groups()))
    assert found["roles"] == []
    # this process has not seen it yet, like any other replica
    assert "A newer token" in await refused(both, older)
    held = await both.admin.get(
        "/governance/v1/role-assignments", params={"person_id": found["id"], "state": "assigned"}
    )
    assert held.json()["items"] == []


async def test_what_groups_give_is_in_tokens_of_the_provider_alone(both: World, harbour: Provider) -> None:
    robin = await person(both)
    assert (await me(both, harbour.token(robin["username"], **groups("Service desk"))))["roles"]
    own = await sign_in(both, robin["username"], "seven quiet rivers")
    assert (await me(both, own["access_token"]))["roles"] == []
    (link,) = (await both.admin.get("/governance/v1/provider-accounts", params={"person_id": robin["id"]})).json()[
        "items"
    ]
    gone = await both.admin.delete(
        f"/governance/v1/provider-accounts/{link['id']}", headers={"If-Match": f'"{link["version"]}"'}
    )
    assert gone.status_code == 204, gone.text
    held = await both.admin.get(
        "/governance/v1/role-assignments", params={"person_id": robin["id"], "state": "assigned"}
    )
    assert held.json()["items"] == []


async def test_an_account_is_recognised_again_after_a_while(both: World, harbour: Provider) -> None:
    bearer = harbour.token(some_name(), exp=int(clock.now().timestamp()) + 100_000)
    found = await me(both, bearer)
    await give(both, found["id"], "approver")
    both.advance(minutes=6)
    assert [each["role"] for each in (await me(both, bearer))["roles"]] == ["approver"]


async def test_a_scope_that_is_not_active_here_costs_nobody_the_other_roles(both: World, harbour: Provider) -> None:
    roles = (await me(both, harbour.token(some_name(), **groups("Elsewhere"))))["roles"]
    assert [each["role"] for each in roles] == ["approver"]


async def test_more_groups_than_a_token_holds_take_no_role_away(both: World, harbour: Provider) -> None:
    name = some_name()
    await me(both, harbour.token(name, **groups("Service desk")))
    overfull = harbour.token(name, realm=None, _claim_names={"realm.groups": "src1"})
    assert "more groups than a token holds" in await refused(both, overfull)


async def test_an_administrator_by_group_may_administer_until_the_group_is_left(both: World, harbour: Provider) -> None:
    name = some_name()
    chief = both.as_(harbour.token(name, **groups("Chiefs")))
    assert (await chief.post("/governance/v1/parties", json={"name": "Quay", "kind": "client"})).status_code == 201
    later = both.as_(harbour.token(name, **groups()))
    assert (await later.post("/governance/v1/parties", json={"name": "Pier", "kind": "client"})).status_code == 403
    assert (await chief.post("/governance/v1/parties", json={"name": "Pier", "kind": "client"})).status_code == 401


async def test_a_service_elsewhere_asks_governance_whose_token_it_is(
    both: World, harbour: Provider, make_database: Callable[[str], Any]
) -> None:
    bearer = harbour.token(some_name(), **groups("Service desk"))
    async with (
        listening(both) as address,
        world((INCIDENT,), make_database, own_issuer=False, issuer=harbour.issuer, services_url=address) as alone,
    ):
        agent = alone.as_(bearer)
        answers = await asyncio.gather(*(agent.get("/incident/v1/incidents") for _ in range(5)))
        assert [each.status_code for each in answers] == [200] * 5
        stranger = await alone.as_(harbour.token("x" * 101)).get("/incident/v1/incidents")
        assert (stranger.status_code, "preferred_username" in stranger.json()["detail"]) == (401, True)
    # who was recognised stays so while governance is away, a new token has to wait
    async with world(
        (INCIDENT,), make_database, own_issuer=False, issuer=harbour.issuer, services_url="http://127.0.0.1:9"
    ) as lonely:
        answer = await lonely.as_(harbour.token(some_name())).get("/incident/v1/incidents")
        assert (answer.status_code, "Retry-After" in answer.headers) == (503, True)


async def test_a_provider_that_calls_itself_something_else_is_not_trusted(make_database: Callable[[str], Any]) -> None:
    with provider() as odd:
        odd.named = "https://login.elsewhere.example"
        async with world((SERVICE,), make_database, own_issuer=False, issuer=odd.issuer) as zeven:
            assert (await zeven.as_(odd.token("admin")).get(ME)).status_code == 503
            assert await sign_in(zeven)  # governance goes on
