"""Tokens that are refused: expired, too early, foreign, unsigned, signed with a public key."""

import base64
import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from services.governance.signing_keys.commands import signing_key
from shared import clock
from tests.governance.conftest import sign_in
from tests.world import World

Sign = Callable[..., Awaitable[str]]


def part(value: dict[str, Any] | bytes) -> bytes:
    return base64.urlsafe_b64encode(value if isinstance(value, bytes) else json.dumps(value).encode()).rstrip(b"=")


def claims(platform: World, **other: Any) -> dict[str, Any]:
    now = int(clock.now().timestamp())
    return {
        "iss": platform.running("governance").config.token_issuer,
        "aud": "zeven",
        "sub": str(uuid4()),
        "roles": [{"role": "administrator", "scope": None}],
        "iat": now,
        "nbf": now,
        "exp": now + 600,
        **other,
    }


@pytest.fixture
async def sign(issuing: World) -> Sign:
    """Signs any claims with the key that governance itself signs with."""
    running = issuing.running("governance")
    async with (work := running.work(running.service.actor)):
        kid, key = await signing_key(work)

    async def signed(**other: Any) -> str:
        return jwt.encode({"alg": "RS256", "kid": kid}, claims(issuing, **other), key)

    return signed


async def status(platform: World, token: str) -> int:
    answer = await platform.as_(token).get("/governance/v1/me")
    if answer.status_code == 401:
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert answer.json()["type"] == "urn:zeven:problem:not-signed-in"
    return answer.status_code


async def test_a_token_of_ours_is_accepted(issuing: World, sign: Sign) -> None:
    assert await status(issuing, await sign()) == 200


@pytest.mark.parametrize(
    "other",
    [
        {"exp": 1_000_000_000},
        {"nbf": 4_000_000_000, "exp": 4_000_000_600},
        {"iss": "https://elsewhere.example"},
        {"aud": "somebody else"},
        {"aud": None},
        {"exp": None},
        {"sub": None},
        {"iss": None},
        {"teams": ["no id"]},
        {"roles": "administrator"},
    ],
)
async def test_wrong_claims_open_nothing_even_when_signed_by_us(
    issuing: World, sign: Sign, other: dict[str, Any]
) -> None:
    assert await status(issuing, await sign(**other)) == 401


async def test_a_token_ends_when_its_time_is_over(issuing: World, sign: Sign) -> None:
    token = await sign()
    assert await status(issuing, token) == 200
    issuing.advance(minutes=11)
    assert await status(issuing, token) == 401
    issuing.advance(minutes=-11)


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE"])
async def test_an_unsigned_token_opens_nothing(issuing: World, algorithm: str) -> None:
    kid = (await issuing.as_().get("/governance/.well-known/jwks.json")).json()["keys"][0]["kid"]
    head = part({"alg": algorithm, "kid": kid, "typ": "JWT"})
    assert await status(issuing, b".".join([head, part(claims(issuing)), b""]).decode()) == 401


async def test_a_public_key_is_no_secret_to_sign_with(issuing: World) -> None:
    (published,) = (await issuing.as_().get("/governance/.well-known/jwks.json")).json()["keys"]
    key = RSAKey.import_key(published)
    for secret in (key.as_pem(private=False), key.as_pem(private=False).strip(), json.dumps(published).encode()):
        signed = part({"alg": "HS256", "kid": published["kid"]}) + b"." + part(claims(issuing))
        mark = part(hmac.new(secret, signed, hashlib.sha256).digest())
        assert await status(issuing, (signed + b"." + mark).decode()) == 401


async def test_another_key_under_our_kid_opens_nothing(issuing: World) -> None:
    kid = (await issuing.as_().get("/governance/.well-known/jwks.json")).json()["keys"][0]["kid"]
    foreign = RSAKey.generate_key(2048)
    assert await status(issuing, jwt.encode({"alg": "RS256", "kid": kid}, claims(issuing), foreign)) == 401
    assert await status(issuing, jwt.encode({"alg": "RS256", "kid": "theirs"}, claims(issuing), foreign)) == 401
    carried = {"alg": "RS256", "kid": kid, "jwk": foreign.as_dict(private=False)}
    assert await status(issuing, jwt.encode(carried, claims(issuing), foreign)) == 401


async def test_an_altered_token_opens_nothing(issuing: World) -> None:
    head, _, mark = (await sign_in(issuing))["access_token"].split(".")
    assert await status(issuing, ".".join([head, part(claims(issuing)).decode(), mark])) == 401
    for broken in ("x", "a.b", "a.b.c", "....", "é.ö.ü".encode().hex()):
        assert await status(issuing, broken) == 401
