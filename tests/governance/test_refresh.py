"""Refresh tokens: they work once, and are all revoked after misuse."""

import asyncio

from shared import clock
from tests.governance.conftest import PASSWORD, ask, person, sign_in
from tests.world import World


async def renew(platform: World, refresh: str) -> tuple[int, dict[str, str]]:
    answer = await ask(platform, grant_type="refresh_token", refresh_token=refresh)
    return answer.status_code, answer.json()


async def test_a_refresh_token_gives_new_tokens_with_the_roles_of_now(issuing: World) -> None:
    robin = await person(issuing)
    tokens = await sign_in(issuing, robin["username"], PASSWORD)
    await issuing.admin.post("/governance/v1/role-assignments", json={"person_id": robin["id"], "role": "user"})
    status, renewed = await renew(issuing, tokens["refresh_token"])
    assert status == 200
    assert renewed["refresh_token"] != tokens["refresh_token"]
    me = (await issuing.as_(renewed["access_token"]).get("/governance/v1/me")).json()
    assert [held["role"] for held in me["roles"]] == ["user"]


async def test_using_a_refresh_token_twice_ends_its_whole_family(zeven: World) -> None:
    tokens, other = await sign_in(zeven), await sign_in(zeven)
    _, second = await renew(zeven, tokens["refresh_token"])
    _, third = await renew(zeven, second["refresh_token"])
    assert (await renew(zeven, tokens["refresh_token"]))[0] == 400
    assert (await renew(zeven, third["refresh_token"]))[0] == 400
    assert (await renew(zeven, other["refresh_token"]))[0] == 200


async def test_of_two_uses_at_once_one_is_served(zeven: World) -> None:
    tokens = await sign_in(zeven)
    answers = await asyncio.gather(*(renew(zeven, tokens["refresh_token"]) for _ in range(2)))
    assert sorted(status for status, _ in answers) == [200, 400]
    (served,) = [answer for status, answer in answers if status == 200]
    assert (await renew(zeven, served["refresh_token"]))[0] == 400


async def test_a_refresh_token_lasts_fourteen_days_and_is_then_forgotten(zeven: World) -> None:
    tokens, unused = await sign_in(zeven), await sign_in(zeven)
    zeven.advance(days=13, hours=23)
    status, renewed = await renew(zeven, tokens["refresh_token"])
    assert status == 200
    zeven.advance(hours=2)
    assert (await renew(zeven, unused["refresh_token"]))[0] == 400
    await zeven.running("governance").run_job("delete_ended_refresh_tokens")
    assert (await renew(zeven, renewed["refresh_token"]))[0] == 200


async def test_a_sign_in_ends_after_ninety_days_however_often_it_was_refreshed(zeven: World) -> None:
    start = clock.shifted()
    refresh = (await sign_in(zeven))["refresh_token"]
    try:
        for _ in range(7):
            zeven.advance(days=12)
            status, renewed = await renew(zeven, refresh)
            assert status == 200
            refresh = renewed["refresh_token"]
        zeven.advance(days=5, hours=23)  # 89 days and 23 hours after the sign-in
        status, renewed = await renew(zeven, refresh)
        assert status == 200
        zeven.advance(hours=2)
        assert (await renew(zeven, renewed["refresh_token"]))[0] == 400
        assert (await renew(zeven, (await sign_in(zeven))["refresh_token"]))[0] == 200
    finally:
        clock.shift(start)


async def test_only_digests_of_refresh_tokens_are_stored(zeven: World) -> None:
    tokens = await sign_in(zeven)
    async with zeven.running("governance").engine.connect() as connection:
        rows = (await connection.exec_driver_sql("SELECT * FROM refresh_token")).all()
    assert rows
    assert tokens["refresh_token"] not in repr(rows)
