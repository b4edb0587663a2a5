"""Tokens: who gets which, what they contain, and how a wrong request is answered."""

import base64
import json
from typing import Any

import pytest
from structlog.testing import capture_logs

from services.governance.passwords import commands as hashing
from services.governance.tokens import commands as tokens
from shared.contracts.defaults import ADMIN_ID, CLIENT_ID, PROVIDER_ID
from tests.governance.conftest import PASSWORD, ask, give, made, move, person, sign_in
from tests.world import ADMIN_PASSWORD, World


def claims_in(token: str) -> dict[str, Any]:
    """The claims of a token, unverified."""
    body = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))


async def test_a_name_and_password_give_tokens_that_open_routes(issuing: World) -> None:
    answer = await ask(issuing, grant_type="password", username=" admin".strip(), password=ADMIN_PASSWORD)
    tokens = answer.json()
    assert set(tokens) == {"access_token", "refresh_token", "token_type", "expires_in"}
    assert (tokens["token_type"], tokens["expires_in"]) == ("Bearer", 1800)
    assert answer.headers["cache-control"] == "no-store"
    me = (await issuing.as_(tokens["access_token"]).get("/governance/v1/me")).json()
    assert (me["id"], me["kind"], me["username"], me["party_name"]) == (
        str(ADMIN_ID),
        "person",
        "admin",
        "Own organisation",
    )
    assert me["roles"] == [{"role": "administrator", "scope": None}]


async def test_a_token_says_who_where_and_with_which_roles(issuing: World) -> None:
    robin = await person(issuing)
    await give(issuing, robin["id"], "client")
    await give(issuing, robin["id"], "approver", f"party:{CLIENT_ID}")
    withdrawn = await give(issuing, robin["id"], "user")
    await issuing.admin.delete(f"/governance/v1/role-assignments/{withdrawn['id']}", headers={"If-Match": '"1"'})
    team = await made(
        issuing,
        "teams",
        name="Crew",
        kind="service_team",
        domain="technical",
        party_id=str(PROVIDER_ID),
        member_ids=[robin["id"]],
    )
    given = await sign_in(issuing, robin["username"].upper(), PASSWORD)
    claims = claims_in(given["access_token"])
    assert claims | {"jti": "", "iat": 0, "nbf": 0, "exp": 0} == {
        "iss": issuing.running("governance").config.token_issuer,
        "aud": "zeven",
        "sub": robin["id"],
        "kind": "person",
        "name": "Robin Vale",
        "party": str(CLIENT_ID),
        "teams": [team["id"]],
        "roles": [{"role": "approver", "scope": f"party:{CLIENT_ID}"}, {"role": "client", "scope": None}],
        "jti": "",
        "iat": 0,
        "nbf": 0,
        "exp": 0,
    }
    assert (claims["exp"] - claims["nbf"], claims["nbf"]) == (1800, int(claims["iat"]))
    again = await sign_in(issuing, robin["username"], PASSWORD)
    assert claims_in(again["access_token"])["jti"] != claims["jti"]


async def test_a_fresh_person_may_read_the_own_party_and_nothing_else(issuing: World) -> None:
    robin = await person(issuing)
    robins = issuing.as_((await sign_in(issuing, robin["username"], PASSWORD))["access_token"])
    assert (await robins.get(f"/governance/v1/people/{robin['id']}")).status_code == 200
    assert (await robins.get(f"/governance/v1/people/{ADMIN_ID}")).status_code == 404
    assert (await robins.post("/governance/v1/parties", json={"name": "X", "kind": "client"})).status_code == 403


@pytest.mark.parametrize(
    ("form", "status", "error", "pointers"),
    [
        ({"grant_type": "password", "username": "admin"}, 400, "invalid_request", ["/password"]),
        ({"grant_type": "password"}, 400, "invalid_request", ["/username", "/password"]),
        ({"grant_type": "refresh_token", "username": "admin"}, 400, "invalid_request", ["/refresh_token", "/username"]),
        ({"grant_type": "client_credentials", "client_id": "x"}, 400, "invalid_request", ["/client_secret"]),
        ({"grant_type": "implicit"}, 400, "unsupported_grant_type", ["/grant_type"]),
        ({"grant_type": "refresh_token", "refresh_token": "unknown"}, 400, "invalid_grant", []),
        ({"grant_type": "password", "username": "admin", "password": "x", "otp": "1"}, 422, None, ["/otp"]),
        ({"grant_type": "password", "username": "ad\0min", "password": "x"}, 400, "invalid_request", []),
        ({"grant_type": "password", "username": "a" * 301, "password": "x"}, 422, None, ["/username"]),
        ({"grant_type": "password", "username": "admin", "password": "x" * 1001}, 422, None, ["/password"]),
        ({"username": "admin"}, 400, "invalid_request", ["/grant_type"]),
    ],
)
async def test_a_wrong_request_is_told_what_is_wrong(
    zeven: World, form: dict[str, str], status: int, error: str | None, pointers: list[str]
) -> None:
    answer = await ask(zeven, **form)
    assert (answer.status_code, answer.json().get("error")) == (status, error)
    assert answer.headers["content-type"] == "application/problem+json"
    assert [each["pointer"] for each in answer.json().get("errors", [])] == pointers


async def test_json_instead_of_a_form_is_refused(zeven: World) -> None:
    form = {"grant_type": "password", "username": "admin", "password": ADMIN_PASSWORD}
    assert (await zeven.as_().post("/governance/v1/token", json=form)).status_code == 415
    assert (await zeven.as_().post("/governance/v1/token", params=form)).status_code == 400
    assert (await zeven.as_().post("/governance/v1/token", data={"grant_type": "x" * 2_000_000})).status_code == 413


async def test_whoever_may_not_sign_in_is_told_the_same_after_the_same_work(
    zeven: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    known, without, gone = await person(zeven), await person(zeven, password=None), await person(zeven)
    await move(zeven, "people", gone, "retire")
    done: list[str] = []
    verify = hashing._verify
    monkeypatch.setattr(hashing, "_verify", lambda stored, given: (done.append(stored), verify(stored, given))[1])
    refusals = set()
    for username, password in (
        (known["username"], "a guess of mine"),
        (without["username"], PASSWORD),
        (gone["username"], PASSWORD),
        ("nobody-at-all", PASSWORD),
    ):
        done.clear()
        answer = await ask(zeven, grant_type="password", username=username, password=password)
        problem = answer.json()
        refusals.add((answer.status_code, problem["type"], problem["detail"]))
        assert len(done) == 1
        assert not hashing.HASHER.check_needs_rehash(done[0])
    assert refusals == {(400, "urn:zeven:problem:invalid-grant", "Name or password is wrong.")}


async def test_a_password_is_neither_logged_nor_answered(
    issuing: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    secret = "hush hush hush hush"
    robin = await person(issuing, password=secret)
    form = {"grant_type": "password", "username": robin["username"], "password": secret}

    async def fails(*_: object, **__: object) -> None:
        raise RuntimeError("something broke")

    with capture_logs() as logged:
        answers = [
            await ask(issuing, **form),
            await ask(issuing, **{**form, "username": "nobody-at-all"}),
            await ask(issuing, **{**form, "secret": secret}),
            await ask(issuing, **{**form, "password": secret * 100}),
            await issuing.as_().post("/governance/v1/token", params=form),
            await issuing.as_().post("/governance/v1/token", json=form),
        ]
        monkeypatch.setattr(tokens, "_for_person", fails)
        answers.append(await ask(issuing, **form))
    assert [answer.status_code for answer in answers] == [200, 400, 422, 422, 400, 415, 500]
    assert any(entry["event"] == "a request failed" for entry in logged)
    assert secret not in repr(logged) + caplog.text + "".join(answer.text for answer in answers)
    async with issuing.running("governance").engine.connect() as connection:
        rows = (await connection.exec_driver_sql("SELECT * FROM credential")).all()
    assert secret not in repr(rows)
