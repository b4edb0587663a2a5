"""Bearer tokens: verified against the keys of their issuer and turned into callers."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from shared import clock
from shared.access.callers import Caller, Grant
from shared.access.issuers import CHALLENGE, KEYS_TRUSTED_FOR, Issuer, named_in
from shared.contracts.roles import ADMINISTRATOR, SERVICE_ACCOUNT
from shared.errors import NotSignedIn

REMEMBERED_TOKENS = 5_000
REFUSED_FOR = 10.0  # seconds; a token of the provider that is refused is not looked up again within them

#: gives the caller for whom a verified token of the provider speaks; `NotSignedIn` when it speaks for nobody here
Recognise = Callable[[str, dict[str, Any]], Awaitable[Caller]]


@dataclass(frozen=True, slots=True)
class Provider:
    """The OpenID Connect provider beside governance: its tokens say who somebody is, governance says what they may do."""

    issuer: Issuer
    recognise: Recognise


class Verifier:
    """Turns bearer tokens into callers: those of governance by what they say, those of the provider by whom governance knows."""

    def __init__(self, own: Issuer, provider: Provider | None = None) -> None:
        self.own, self._provider = own, provider
        self._known: dict[str, tuple[Caller, float, float]] = {}
        self._refused: dict[str, tuple[str, float]] = {}
        self._under_way: dict[str, asyncio.Task[Caller]] = {}

    async def caller(self, token: str) -> Caller:
        """The caller of `token`; `NotSignedIn` when it is expired, unsigned, broken or of another issuer."""
        now = clock.now().timestamp()
        if known := self._known.get(token):
            caller, begins, ends = known
            if begins - 5 <= now < ends + 5:
                return caller
            del self._known[token]
        if self._provider is not None and named_in(token) == self._provider.issuer.name:
            claims = await self._provider.issuer.verified(token)
            caller = await self._recognised(self._provider, token, claims)
            begins, ends = _validity(claims)
            # recognised again after a while: the provider may have withdrawn a key, and governance given other roles
            ends = min(ends, now + KEYS_TRUSTED_FOR)
        else:
            claims = await self.own.verified(token)
            caller = caller_of(claims)
            begins, ends = _validity(claims)
        if len(self._known) >= REMEMBERED_TOKENS:
            self._known.clear()
        self._known[token] = (caller, begins, ends)
        return caller

    async def _recognised(self, provider: Provider, token: str, claims: dict[str, Any]) -> Caller:
        """Whom governance knows by this token; asked once however many requests bring it at the same time."""
        now = asyncio.get_running_loop().time()
        if refused := self._refused.get(token):
            detail, until = refused
            if now < until:
                raise NotSignedIn(detail, headers=CHALLENGE)
            del self._refused[token]
        task = self._under_way.get(token)
        if task is None:
            task = self._under_way[token] = asyncio.create_task(provider.recognise(token, claims))  # type: ignore[arg-type]
            task.add_done_callback(lambda done: self._end(token, done))
        try:
            # one request that is given up must not end the others' wait
            return await asyncio.shield(task)
        except NotSignedIn as refusal:
            if len(self._refused) >= REMEMBERED_TOKENS:
                self._refused.clear()
            self._refused[token] = (refusal.detail, now + REFUSED_FOR)
            raise

    def _end(self, token: str, done: asyncio.Task[Caller]) -> None:
        self._under_way.pop(token, None)
        if not done.cancelled():
            done.exception()  # nobody may be waiting for it any more


def _validity(claims: dict[str, Any]) -> tuple[float, float]:
    try:
        return float(claims.get("nbf", 0)), float(claims["exp"])
    except (OverflowError, TypeError, ValueError):
        raise NotSignedIn("The token's claims are not those of this platform.", headers=CHALLENGE) from None


def _counts(grant: Grant) -> bool:
    """Whether a grant counts: `service_account` is a kind of caller and no role, and an administrator's role has no scope."""
    return grant.role != SERVICE_ACCOUNT and (grant.role != ADMINISTRATOR or grant.scope is None)


def caller_of(claims: dict[str, Any]) -> Caller:
    """The caller whom the claims of a token of governance describe; `NotSignedIn` when they are not such claims."""
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
