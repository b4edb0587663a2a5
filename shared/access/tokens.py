"""Bearer tokens: verified against the issuer's keys and turned into callers."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import structlog
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from shared import clock
from shared.access.callers import Caller, Grant
from shared.contracts.roles import ADMINISTRATOR, SERVICE_ACCOUNT
from shared.errors import NotSignedIn, Unavailable
from shared.texts import all_nfc

log = structlog.get_logger(__name__)

AUDIENCE = "zeven"
ALGORITHMS = ("RS256", "ES256", "EdDSA")
REMEMBERED_TOKENS = 5_000
KEYS_READ_EVERY = 10.0  # seconds; unknown key ids do not cause more requests than that
KEYS_TRUSTED_FOR = 300.0  # seconds; then they are read again, since the issuer may have withdrawn one

FetchKeys = Callable[[], Awaitable[dict[str, Any]]]


class Verifier:
    """Turns bearer tokens into callers with the issuer's public keys; known keys stay in use while the issuer cannot be reached."""

    def __init__(self, issuer: str, fetch: FetchKeys) -> None:
        self._fetch = fetch
        self._keys: KeySet | None = None
        self._requested_at = float("-inf")
        self._reading = asyncio.Lock()
        self._known: dict[str, tuple[Caller, float, float]] = {}
        self._claims = jwt.JWTClaimsRegistry(
            now=lambda: int(clock.now().timestamp()),
            leeway=5,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": AUDIENCE},
            exp={"essential": True},
            sub={"essential": True},
        )

    async def caller(self, token: str) -> Caller:
        """The caller of `token`; `NotSignedIn` when it is expired, unsigned, broken or of another issuer."""
        now = clock.now().timestamp()
        if known := self._known.get(token):
            caller, begins, ends = known
            if begins - 5 <= now < ends + 5:
                return caller
            del self._known[token]
        claims = await self._verified(token)
        caller, begins, ends = _caller(claims), *_validity(claims)
        if len(self._known) >= REMEMBERED_TOKENS:
            self._known.clear()
        self._known[token] = (caller, begins, ends)
        return caller

    async def _verified(self, token: str) -> dict[str, Any]:
        for fresh in (False, True):
            keys = await self._keyset(fresh=fresh)
            try:
                decoded = jwt.decode(token, keys, algorithms=list(ALGORITHMS))
                self._claims.validate(decoded.claims)
            except (JoseError, ValueError) as error:
                unknown_key = isinstance(error, ValueError) or "key" in type(error).__name__.lower()
                if fresh or not unknown_key:
                    raise NotSignedIn(f"The token is not accepted: {_reason(error)}.", headers=CHALLENGE) from None
            else:
                claims: dict[str, Any] = all_nfc(decoded.claims)
                return claims
        raise NotSignedIn("The token is not accepted.", headers=CHALLENGE)

    async def _keyset(self, *, fresh: bool) -> KeySet:
        if self._keys is not None and not fresh and (self._reading.locked() or self._age <= KEYS_TRUSTED_FOR):
            return self._keys
        async with self._reading:
            if self._keys is None or self._age > (KEYS_READ_EVERY if fresh else KEYS_TRUSTED_FOR):
                self._requested_at = time.monotonic()
                try:
                    self._keys = KeySet.import_key_set(await self._fetch())  # type: ignore[arg-type]
                except Exception as error:  # noqa: BLE001 - after any failure the known keys stay in use
                    log.warning("the issuer's keys could not be read", reason=f"{type(error).__name__}: {error}")
            if self._keys is None:
                raise Unavailable(
                    "Tokens cannot be verified yet: the issuer's keys could not be read.", headers={"Retry-After": "2"}
                )
            return self._keys

    @property
    def _age(self) -> float:
        """Seconds since the keys were last requested."""
        return time.monotonic() - self._requested_at


CHALLENGE = {"WWW-Authenticate": 'Bearer realm="zeven"'}


def _reason(error: Exception) -> str:
    name = type(error).__name__
    return {
        "ExpiredTokenError": "it has expired",
        "InvalidClaimError": "its issuer or audience is wrong",
        "BadSignatureError": "its signature is wrong",
        "MissingClaimError": "a claim is missing",
        "InvalidTokenError": "it is not valid yet",
    }.get(name, "it is not a token of this platform")


def _validity(claims: dict[str, Any]) -> tuple[float, float]:
    try:
        return float(claims.get("nbf", 0)), float(claims["exp"])
    except (OverflowError, TypeError, ValueError):
        raise NotSignedIn("The token's claims are not those of this platform.", headers=CHALLENGE) from None


def _counts(grant: Grant) -> bool:
    """Whether a grant counts: `service_account` is a kind of caller and no role, and an administrator's role has no scope."""
    return grant.role != SERVICE_ACCOUNT and (grant.role != ADMINISTRATOR or grant.scope is None)


def _caller(claims: dict[str, Any]) -> Caller:
    try:
        given = (Grant(str(each["role"]), each.get("scope")) for each in claims.get("roles", ()))
        grants = tuple(grant for grant in given if _counts(grant))
        party = UUID(claims["party"]) if claims.get("party") else None
        return Caller(
            str(claims["sub"]),
            str(claims.get("kind", "person")),
            party,
            tuple(map(UUID, claims.get("teams", ()))),
            grants,
            issued_at=float(claims.get("iat", 0)),
        )
    except (TypeError, KeyError, ValueError, AttributeError, OverflowError):
        raise NotSignedIn("The token's claims are not those of this platform.", headers=CHALLENGE) from None
