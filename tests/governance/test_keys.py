"""Signing keys: rotated, published ahead, stored as long as needed, encrypted at rest."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from joserfc.jws import extract_compact

from services.governance.manifest import SERVICE
from services.governance.signing_keys.rules import (
    AHEAD,
    EVERY,
    LONGEST_TOKEN,
    expired,
    signing_order,
    successor_from,
)
from tests.governance.conftest import ask, sign_in
from tests.world import World, world

JWKS = "/governance/.well-known/jwks.json"


def kid_of(tokens: dict[str, Any]) -> str:
    return extract_compact(tokens["access_token"].encode()).headers()["kid"]


async def kids(platform: World) -> list[str]:
    return [key["kid"] for key in (await platform.as_().get(JWKS)).json()["keys"]]


def forget_when_keys_were_asked(platform: World) -> None:
    """Let the verifier ask again, as it would after ten seconds."""
    platform.running("governance").verifier.own._requested_at = float("-inf")


async def accepted(platform: World, tokens: dict[str, Any]) -> int:
    return (await platform.as_(tokens["access_token"]).get("/governance/v1/me")).status_code


async def test_the_world_sees_public_keys_alone(issuing: World) -> None:
    (key,) = (await issuing.as_().get(JWKS)).json()["keys"]
    assert set(key) == {"kty", "n", "e", "kid", "alg", "use"}
    assert (key["kty"], key["alg"], key["use"]) == ("RSA", "RS256", "sig")
    assert key["kid"] == kid_of(await sign_in(issuing))


async def test_discovery_leads_to_the_endpoints(issuing: World) -> None:
    answer = (await issuing.as_().get("/governance/.well-known/openid-configuration")).json()
    assert answer["issuer"] == issuing.running("governance").config.token_issuer
    assert answer["token_endpoint"].endswith("/governance/v1/token")
    assert answer["jwks_uri"].endswith(JWKS)
    assert answer["grant_types_supported"] == ["password", "client_credentials", "refresh_token"]
    document = (await issuing.as_().get("/governance/openapi.json")).json()
    assert {JWKS, "/governance/v1/token"} <= set(document["paths"])


async def test_a_month_of_rotation(make_database: Callable[[str], Any]) -> None:
    async with world((SERVICE,), make_database, own_issuer=False) as platform:
        rotate = platform.running("governance").run_job
        first = kid_of(await sign_in(platform))
        platform.advance(days=28)
        assert await rotate("rotate_keys") == 0
        platform.advance(days=1, hours=1)
        assert await rotate("rotate_keys") == 1
        assert await rotate("rotate_keys") == 0
        assert len(await kids(platform)) == 2
        assert kid_of(await sign_in(platform)) == first
        platform.advance(hours=23, minutes=50)
        old = await sign_in(platform)
        assert kid_of(old) == first
        platform.advance(minutes=15)
        new = await sign_in(platform)
        assert kid_of(new) != first
        forget_when_keys_were_asked(platform)
        assert await accepted(platform, new) == 200
        assert await accepted(platform, old) == 200
        platform.advance(hours=23)
        assert first in await kids(platform)
        platform.advance(hours=2)
        assert first not in await kids(platform)
        await rotate("rotate_keys")
        async with platform.running("governance").engine.connect() as connection:
            stored = (await connection.exec_driver_sql("SELECT kid, private FROM signing_key")).all()
        assert [row.kid for row in stored] == await kids(platform)
        assert "PRIVATE KEY" not in repr(stored)


async def test_a_clock_set_back_still_signs(make_database: Callable[[str], Any]) -> None:
    async with world((SERVICE,), make_database, own_issuer=False) as platform:
        platform.advance(hours=-1)
        assert await accepted(platform, await sign_in(platform)) == 200


async def test_another_secret_makes_a_key_of_its_own_and_breaks_no_token(
    make_database: Callable[[str], Any],
) -> None:
    async with world((SERVICE,), make_database, own_issuer=False) as platform:
        running = platform.running("governance")
        old = await sign_in(platform)
        object.__setattr__(running.store, "config", running.config.model_copy(update={"secret": _Other()}))
        new = await sign_in(platform)
        assert kid_of(new) != kid_of(old)
        assert kid_of(await sign_in(platform)) == kid_of(new)
        forget_when_keys_were_asked(platform)
        assert [await accepted(platform, tokens) for tokens in (old, new)] == [200, 200]


class _Other:
    @staticmethod
    def get_secret_value() -> str:
        return "another secret, of another installation"


async def test_known_keys_survive_the_issuers_absence(make_database: Callable[[str], Any]) -> None:
    async with world((SERVICE,), make_database, own_issuer=False) as platform:
        issuer = platform.running("governance").verifier.own
        first, second = await sign_in(platform), await sign_in(platform)
        assert await accepted(platform, first) == 200

        async def away() -> dict[str, Any]:
            raise ConnectionError("the issuer is away")

        issuer._fetch = away
        forget_when_keys_were_asked(platform)
        assert await accepted(platform, second) == 200
        foreign = await ask(platform, grant_type="refresh_token", refresh_token="x")
        assert foreign.status_code == 400


START = datetime(2026, 1, 1, tzinfo=UTC)


class Key:
    def __init__(self, signs_from: datetime) -> None:
        self.signs_from, self.signs_until = signs_from, None


@given(st.lists(st.integers(1, 60 * 24 * 40), max_size=60))
def test_whenever_the_job_runs_there_is_one_to_sign_with_and_each_is_known_a_day_ahead(waits: list[int]) -> None:
    now, keys, signer = START, [Key(START)], None
    for minutes in waits:
        now += timedelta(minutes=minutes)
        if due := successor_from(keys, now):
            assert due >= now + AHEAD
            keys[-1].signs_until = due
            keys.append(Key(due))
            assert successor_from(keys, now) is None
        previous, signer = signer, signing_order(keys, now)[0]
        assert signer.signs_from <= now
        assert previous is None or signer.signs_from >= previous.signs_from
        assert not expired(signer, now)
        assert now - signer.signs_from < EVERY + timedelta(days=41)


def test_the_first_key_signs_at_once_and_one_with_no_successor_is_kept() -> None:
    assert successor_from([], START) == START
    key = Key(START)
    assert not expired(key, START + timedelta(days=4000))
    key.signs_until = START
    assert not expired(key, START + LONGEST_TOKEN)
    assert expired(key, START + LONGEST_TOKEN + timedelta(seconds=1))
