"""Issuers of tokens: their public keys, which stay in use while an issuer cannot be reached, and what their tokens must say."""

import asyncio
import base64
import binascii
import json
import time
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from shared import clock
from shared.errors import NotSignedIn, Unavailable
from shared.texts import all_nfc

log = structlog.get_logger(__name__)

#: the audience of the platform's own tokens
AUDIENCE = "zeven"
ALGORITHMS = ("RS256", "ES256", "EdDSA")
CHALLENGE = {"WWW-Authenticate": 'Bearer realm="zeven"'}
KEYS_READ_EVERY = 10.0  # seconds; unknown key ids do not cause more requests than that
KEYS_TRUSTED_FOR = 300.0  # seconds; then they are read again, since the issuer may have withdrawn one

NOT_READ_AGAIN_FOR = 2.0  # seconds after an attempt that failed; until then requests are refused at once

FetchKeys = Callable[[], Awaitable[dict[str, Any]]]


class Issuer:
    """An issuer that is trusted: its name (`iss`), how its keys are read, and the audience that its tokens must name."""

    def __init__(self, name: str, fetch: FetchKeys, audience: str = AUDIENCE) -> None:
        self.name, self._fetch = name, fetch
        self._keys: KeySet | None = None
        self._requested_at = self._failed_at = float("-inf")
        self._reading = asyncio.Lock()
        self._claims = jwt.JWTClaimsRegistry(
            now=lambda: int(clock.now().timestamp()),
            leeway=5,
            iss={"essential": True, "value": name},
            aud={"essential": True, "value": audience},
            exp={"essential": True},
            sub={"essential": True},
        )

    async def verified(self, token: str) -> dict[str, Any]:
        """The claims of `token`; `NotSignedIn` when it is expired, unsigned, broken or of somebody else."""
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
        came_at = time.monotonic()
        if self._keys is not None and not fresh and (self._reading.locked() or self._age <= KEYS_TRUSTED_FOR):
            return self._keys
        async with self._reading:
            if self._keys is None and self._failed_at > came_at - NOT_READ_AGAIN_FOR:
                pass  # whoever waited here must not wait for an attempt of their own
            elif self._keys is None or self._age > (KEYS_READ_EVERY if fresh else KEYS_TRUSTED_FOR):
                self._requested_at = time.monotonic()
                try:
                    self._keys = KeySet.import_key_set(await self._fetch())  # type: ignore[arg-type]
                except Exception as error:  # noqa: BLE001 - after any failure the known keys stay in use
                    self._failed_at = time.monotonic()
                    reason = f"{type(error).__name__}: {error}"
                    log.warning("the issuer's keys could not be read", issuer=self.name, reason=reason)
            if self._keys is None:
                raise Unavailable(
                    "Tokens cannot be verified yet: the issuer's keys could not be read.", headers={"Retry-After": "2"}
                )
            return self._keys

    @property
    def _age(self) -> float:
        """Seconds since the keys were last requested."""
        return time.monotonic() - self._requested_at


def named_in(token: str) -> str | None:
    """The issuer that a token names, which nobody has verified; `None` when it names none."""
    try:
        part = token.split(".")[1]
        return str(json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))["iss"])
    except (binascii.Error, IndexError, KeyError, TypeError, ValueError, RecursionError):
        return None


def _reason(error: Exception) -> str:
    name = type(error).__name__
    return {
        "ExpiredTokenError": "it has expired",
        "InvalidClaimError": "its issuer or audience is wrong",
        "BadSignatureError": "its signature is wrong",
        "MissingClaimError": "a claim is missing",
        "InvalidTokenError": "it is not valid yet",
    }.get(name, "it is not a token of this platform")
