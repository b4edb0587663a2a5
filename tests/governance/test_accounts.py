"""Service accounts: a secret that is shown once, and tokens for programs."""

from typing import Any
from uuid import uuid4

import httpx2
import pytest

from tests.governance.conftest import ask, events_of, made, move
from tests.world import World, token

URL = "/governance/v1/service-accounts"


async def account_token(platform: World, account: dict[str, Any], **other: str) -> httpx2.Response:
    form = {"client_id": account["client_id"], "client_secret": account["secret"], **other}
    return await ask(platform, grant_type="client_credentials", **form)


async def test_a_service_account_gets_a_token_by_its_secret(issuing: World) -> None:
    account = await made(issuing, "service-accounts", name="Monitoring", roles=["professional"])
    answer = await account_token(issuing, account)
    assert (answer.status_code, answer.json()["refresh_token"]) == (200, None)
    me = (await issuing.as_(answer.json()["access_token"]).get("/governance/v1/me")).json()
    assert (me["id"], me["kind"]) == (account["id"], "service_account")
    assert [held["role"] for held in me["roles"]] == ["service_account", "professional"]
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


async def test_roles_of_an_account_are_changed(zeven: World) -> None:
    account = await made(zeven, "service-accounts", name="Changing", roles=["user"])
    changed = await zeven.admin.patch(
        f"{URL}/{account['id']}", json={"roles": ["leader", "approver", "leader"]}, headers={"If-Match": '"1"'}
    )
    assert changed.json()["roles"] == ["approver", "leader"]


async def test_nobody_but_administrators_sees_accounts(zeven: World) -> None:
    assert (await zeven.as_(token("l", "it_director")).get(URL)).status_code == 403
