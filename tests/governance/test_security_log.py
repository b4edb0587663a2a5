"""The security log of accounts: a line for each act, and no secrets."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from services.governance.manifest import SERVICE
from shared import security_log
from shared.contracts.defaults import ADMIN_ID
from tests.governance.conftest import PASSWORD, ask, give, made, move, person, sign_in
from tests.shared.test_security_log import Lines, lines
from tests.world import ADMIN_PASSWORD, World, token, world

__all__ = ["lines"]
NEW = "eight restless seas"


@pytest.fixture(scope="module")
async def logged(make_database: Callable[[str], Any]) -> AsyncIterator[World]:
    async with world((SERVICE,), make_database, own_issuer=False) as platform:
        platform.admin = platform.as_((await sign_in(platform))["access_token"])
        yield platform


async def test_sign_ins_and_their_refusals(logged: World, lines: Lines) -> None:
    robin = await person(logged)
    tokens = await sign_in(logged, robin["username"], PASSWORD)
    (line,) = lines.of("signed_in", actor=robin["id"], grant="password")
    assert line["address"]
    await ask(logged, grant_type="password", username=robin["username"], password="a guess of mine")
    assert lines.of("sign_in_refused", actor=robin["id"], grant="password")
    await ask(logged, grant_type="password", username="hunter2 typed here", password="a guess of mine")
    assert lines.of("sign_in_refused", actor=None, grant="password")
    await ask(logged, grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    await ask(logged, grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert lines.of("refresh_token_reused", actor=robin["id"])
    # the waits grow with each guess, so that a slow machine comes to one that has not passed
    for _ in range(12):
        await ask(logged, grant_type="password", username="nobody-here", password="a guess of mine")
    assert lines.of("sign_in_refused", reason="too many attempts")
    written = lines.path.read_text("utf-8")
    for secret in (PASSWORD, "a guess of mine", "hunter2", *tokens.values()):
        assert str(secret) not in written or secret in ("Bearer", 1800)


async def test_programs_too(logged: World, lines: Lines) -> None:
    robot = await made(logged, "service-accounts", name="Robot", roles=[{"role": "operator"}])
    assert lines.of("role_changed", actor=str(ADMIN_ID), subject=robot["id"])[0]["roles"] == [
        {"role": "operator", "scope": None}
    ]
    form = {"grant_type": "client_credentials", "client_id": robot["client_id"]}
    await ask(logged, **form, client_secret=robot["secret"])
    await ask(logged, **form, client_secret="a guess of mine")
    assert lines.of("signed_in", actor=robot["id"], grant="client_credentials")
    assert lines.of("sign_in_refused", actor=robot["id"], grant="client_credentials")
    url = f"/governance/v1/service-accounts/{robot['id']}/secret"
    new = (await logged.admin.post(url, headers={"If-Match": '"1"'})).json()["secret"]
    assert lines.of("password_changed", subject=robot["id"])
    assert lines.of("access_ended", subjects=[robot["id"]], reason="secret_replaced")
    written = lines.path.read_text("utf-8")
    assert robot["secret"] not in written
    assert new not in written


async def test_roles_passwords_and_retirement(logged: World, lines: Lines) -> None:
    robin = await person(logged)
    assert lines.of("administrator_act", type="person.registered.v1", subject=robin["id"])
    assert lines.of("password_changed", person_id=robin["id"])
    role = await give(logged, robin["id"], "approver")
    assert lines.of("role_changed", type="role.assigned.v1", person_id=robin["id"], role="approver")
    url = f"/governance/v1/role-assignments/{role['id']}"
    await logged.admin.delete(url, headers={"If-Match": '"1"'})
    assert lines.of("role_changed", type="role.withdrawn.v1", person_id=robin["id"], role="approver")
    assert lines.of("access_ended", subjects=[robin["id"]], reason="role_withdrawn")
    await move(logged, "people", robin, "retire")
    assert lines.of("access_ended", subjects=[robin["id"]], reason="retired", actor=str(ADMIN_ID))
    assert PASSWORD not in lines.path.read_text("utf-8")


async def test_an_act_that_was_rolled_back_leaves_no_line(logged: World, lines: Lines) -> None:
    body = {"name": "X", "party_id": str((await person(logged, password=None))["party_id"]), "username": "admin"}
    before = len(lines.of("administrator_act", type="person.registered.v1"))
    assert (await logged.admin.post("/governance/v1/people", json=body)).status_code == 409
    assert len(lines.of("administrator_act", type="person.registered.v1")) == before


async def test_people_read_in_bulk(zeven: World, lines: Lines, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        await person(zeven, password=None)
    reader = zeven.as_(token("leader", "it_director"))
    url = "/governance/v1/people"
    first = (await reader.get(url, params={"limit": 2})).json()
    assert not lines.of("personal_data_read_in_bulk")
    await reader.get(url, params={"limit": 2, "cursor": first["next"]})
    (line,) = lines.of("personal_data_read_in_bulk", actor="leader")
    assert (line["noun"], line["rows"]) == ("person", 2)
    monkeypatch.setattr(security_log, "BULK", 2)
    await reader.get(url, params={"limit": 200})
    assert len(lines.of("personal_data_read_in_bulk", actor="leader")) == 2


async def test_a_refusal_of_what_the_database_knows_better(logged: World, zeven: World, lines: Lines) -> None:
    robin = await person(zeven, password=None)
    stale = zeven.as_(token(robin["id"]))
    assert (await stale.post("/governance/v1/parties", json={"name": "X", "kind": "client"})).status_code == 401
    (line,) = lines.of("token_refused", actor=robin["id"])
    assert "rights that you no longer have" in line["reason"]
    assert ADMIN_PASSWORD not in lines.path.read_text("utf-8")
