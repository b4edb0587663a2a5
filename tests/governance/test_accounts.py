"""Service accounts: a secret that is shown once, and tokens for programs."""

from typing import Any
from uuid import uuid4

import httpx2
import pytest

from shared.contracts.defaults import CLIENT_ID
from tests.governance.conftest import ask, events_of, made, move
from tests.world import World, token

URL = "/governance/v1/service-accounts"


async def account_token(platform: World, account: dict[str, Any], **other: str) -> httpx2.Response:
    form = {"client_id": account["client_id"], "client_secret": account["secret"], **other}
    return await ask(platform, grant_type="client_credentials", **form)


async def test_a_service_account_gets_a_token_by_its_secret(issuing: World) -> None:
    account = await made(issuing, "service-accounts", name="Monitoring", roles=[{"role": "feed_reader"}])
    answer = await account_token(issuing, account)
    assert (answer.status_code, answer.json()["refresh_token"]) == (200, None)
    me = (await issuing.as_(answer.json()["access_token"]).get("/governance/v1/me")).json()
    assert (me["id"], me["kind"]) == (account["id"], "service_account")
    assert me["roles"] == [{"role": "feed_reader", "scope": None}]
    feed = await issuing.as_(answer.json()["access_token"]).get("/governance/v1/events")
    assert feed.status_code == 200
    assert (await issuing.as_(answer.json()["access_token"]).get(URL)).status_code == 403


async def test_http_basic_serves_as_well(issuing: World) -> None:
    account = await made(issuing, "service-accounts", name="Basic")
    form = {"grant_type": "client_credentials"}
    who = httpx2.BasicAuth(account["client_id"], account["secret"])
    assert (await issuing.as_().post("/governance/v1/token", data=form, auth=who)).status_code == 200
    for header in ("Basic ???", "Basic bm9jb2xvbg==", "Basic AAA6AAA="):
        answer = await issuing.as_().post("/governance/v1/token", data=form, headers={"Authorization": header})
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
        assert answer.headers["www-authenticate"].startswith("Basic")


@pytest.mark.parametrize("wrong", [{"client_secret": "a guess"}, {"client_id": "zeven-nobody"}])
async def test_a_wrong_id_and_a_wrong_secret_are_told_alike(issuing: World, wrong: dict[str, str]) -> None:
    account = await made(issuing, "service-accounts", name="Guessed")
    answer = await account_token(issuing, account, **wrong)
    assert (answer.status_code, answer.json()["detail"]) == (401, "Client id or secret is wrong.")


async def test_the_secret_is_shown_once_and_kept_nowhere(zeven: World) -> None:
    key = {"Idempotency-Key": uuid4().hex}
    first = (await zeven.admin.post(URL, json={"name": "Once"}, headers=key)).json()
    again = (await zeven.admin.post(URL, json={"name": "Once"}, headers=key)).json()
    assert (again["id"], again["secret"]) == (first["id"], None)
    assert "secret" not in (await zeven.admin.get(f"{URL}/{first['id']}")).json()
    assert "secret" not in (await zeven.admin.get(URL)).json()["items"][0]
    events = await events_of(zeven, first["id"])
    assert first["secret"] not in str(events)
    async with zeven.running("governance").engine.connect() as connection:
        rows = (await connection.exec_driver_sql("SELECT * FROM service_account")).all()
    assert first["secret"] not in str(rows)


async def test_a_new_secret_makes_the_old_one_worthless(zeven: World) -> None:
    account = await made(zeven, "service-accounts", name="Rotated")
    answer = await zeven.admin.post(f"{URL}/{account['id']}/secret", headers={"If-Match": '"1"'})
    assert answer.status_code == 200, answer.text
    assert (await account_token(zeven, account)).status_code == 401
    assert (await account_token(zeven, answer.json())).status_code == 200
    assert [event["type"] for event in await events_of(zeven, account["id"])] == [
        "service_account.registered.v1",
        "service_account.secret_replaced.v1",
    ]


async def test_a_retired_account_gets_no_token_until_it_comes_back(zeven: World) -> None:
    account = await made(zeven, "service-accounts", name="Resting")
    assert (await zeven.admin.delete(f"{URL}/{account['id']}", headers={"If-Match": '"1"'})).status_code == 204
    assert (await account_token(zeven, account)).status_code == 401
    assert (await move(zeven, "service-accounts", account, "reactivate")).status_code == 200
    assert (await account_token(zeven, account)).status_code == 200


async def test_roles_of_an_account_have_scopes_and_each_is_held_once(zeven: World) -> None:
    party = f"party:{str(CLIENT_ID).upper()}"
    account = await made(zeven, "service-accounts", name="Changing", roles=[{"role": "user", "scope": party}])
    assert account["roles"] == [{"role": "user", "scope": f"party:{CLIENT_ID}"}]
    both = [{"role": "leader", "scope": "process:change"}, {"role": "approver"}, {"role": "approver", "scope": None}]
    changed = await zeven.admin.patch(f"{URL}/{account['id']}", json={"roles": both}, headers={"If-Match": '"1"'})
    assert changed.json()["roles"] == [
        {"role": "approver", "scope": None},
        {"role": "leader", "scope": "process:change"},
    ]
    published = (await events_of(zeven, account["id"]))[-1]
    assert (published["type"], published["data"]["roles"]) == ("service_account.changed.v1", changed.json()["roles"])


@pytest.mark.parametrize(
    ("held", "pointer"),
    [
        ({"role": "service_account"}, "/roles/1/role"),
        ({"role": "king"}, "/roles/1/role"),
        ({"role": "administrator", "scope": "process:change"}, "/roles/1/scope"),
        ({"role": "feed_reader", "scope": f"party:{CLIENT_ID}"}, "/roles/1/scope"),
        ({"role": "operator", "scope": "process:cooking"}, "/roles/1/scope"),
        ({"role": "leader", "scope": f"team:{uuid4()}"}, "/roles/1/scope"),
    ],
)
async def test_a_role_that_no_account_can_have_is_refused(zeven: World, held: dict[str, str], pointer: str) -> None:
    body = {"name": "X", "roles": [{"role": "user"}, held]}
    refused = await zeven.admin.post(URL, json=body)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, pointer)


async def reached(platform: World, *roles: dict[str, str]) -> set[str]:
    """What a program with these roles may ask of governance."""
    account = await made(platform, "service-accounts", name="Reaching", roles=roles)
    client = platform.as_((await account_token(platform, account)).json()["access_token"])
    answers = {noun: await client.get(f"/governance/v1/{noun}") for noun in NOUNS}
    assert all(answer.status_code in (200, 403) for answer in answers.values())
    return {noun for noun, answer in answers.items() if answer.status_code == 200 and answer.json().get("items", True)}


NOUNS = ("people", "parties", "teams", "role-assignments", "service-accounts", "events", "delivery", "dead-letters")


async def test_a_program_without_a_role_reads_and_does_nothing(issuing: World) -> None:
    assert await reached(issuing) == set()


async def test_the_technical_roles_open_what_they_are_for_and_no_more(issuing: World) -> None:
    assert await reached(issuing, {"role": "feed_reader"}) == {"events", "delivery"}
    assert await reached(issuing, {"role": "operator"}) - {"dead-letters"} == {"delivery"}
    assert await reached(issuing, {"role": "history_importer"}) == set()
    assert await reached(issuing, {"role": "feed_reader", "scope": "process:governance"}) == {"events", "delivery"}
    assert await reached(issuing, {"role": "feed_reader", "scope": "process:incident"}) == set()


async def test_a_kind_of_caller_is_no_role(zeven: World) -> None:
    """Another issuer may still write `service_account` among the roles."""
    machine = zeven.as_(token("machine", "service_account", kind="service_account"))
    assert (await machine.get("/governance/v1/events")).status_code == 403
    assert (await machine.get("/governance/v1/people")).json().get("items", []) == []


async def test_nobody_but_administrators_sees_accounts(zeven: World) -> None:
    assert (await zeven.as_(token("l", "it_director")).get(URL)).status_code == 403
