"""Who is asking and what they may do: bearer tokens verified against the issuer's keys, every route declares its callers."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal
from uuid import UUID

import structlog
from fastapi import Request
from fastapi.security import HTTPBearer
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from limits import RateLimitItemPerSecond
from limits.aio.strategies import MovingWindowRateLimiter

from shared import clock
from shared.contracts import Actor
from shared.contracts.roles import ADMINISTRATOR, CLIENT_ROLES, PROVIDER_ROLES, SERVICE_ACCOUNT
from shared.errors import Away, NotAllowed, NotSignedIn, TooMany

log = structlog.get_logger(__name__)

AUDIENCE = "zeven"
ALGORITHMS = ("RS256", "ES256", "EdDSA")
REMEMBERED_TOKENS = 5_000
KEYS_ASKED_EVERY = 10.0  # seconds; an unknown key id may not make us ask more often
KEYS_TRUSTED_FOR = 300.0  # seconds; then the issuer is asked whether it has withdrawn one
OPEN_LIMIT = RateLimitItemPerSecond(50)

FetchKeys = Callable[[], Awaitable[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Grant:
    """A role and where it holds (`None`: everywhere), e.g. `team:<id>` or `process:change`."""

    role: str
    scope: str | None = None

    @property
    def party(self) -> UUID | None:
        """The party to whose records it is bound; `None` when to none."""
        return UUID(self.scope[6:]) if self.scope and self.scope.startswith("party:") else None

    def holds_in(self, process: str | None) -> bool:
        """Whether it lets its holder act in a process: one that is scoped to another process does not."""
        return not (self.scope and self.scope.startswith("process:")) or self.scope == f"process:{process}"


@dataclass(frozen=True)
class Caller:
    """Whoever a verified token speaks for, in the process whose service is asked."""

    id: str
    kind: str
    party: UUID | None
    teams: tuple[UUID, ...]
    grants: tuple[Grant, ...]
    process: str | None = None

    @cached_property
    def roles(self) -> frozenset[str]:
        """The roles in which the caller acts here, without those that are bound to the records of one party.

        A client's own party binds nothing.
        """
        return frozenset(grant.role for grant in self._here if not self._bound(grant))

    @cached_property
    def bound_roles(self) -> Mapping[UUID, frozenset[str]]:
        """The roles that hold for the records of one party only, by party."""
        found: dict[UUID, frozenset[str]] = {}
        for grant in self._here:
            if self._bound(grant) and grant.party:
                found[grant.party] = found.get(grant.party, frozenset()) | {grant.role}
        return found

    @property
    def _here(self) -> Iterable[Grant]:
        return (grant for grant in self.grants if grant.holds_in(self.process))

    def _bound(self, grant: Grant) -> bool:
        return grant.party is not None and not (grant.role in CLIENT_ROLES and grant.party == self.party)

    def roles_for(self, party: UUID | None) -> frozenset[str]:
        """The roles that hold for a record of that party."""
        return self.roles | self.bound_roles.get(party, frozenset()) if party else self.roles

    @cached_property
    def parties(self) -> frozenset[UUID]:
        """The parties whose records the caller sees: the own one as its client, and those that roles are bound to."""
        own = {self.party} if self.party and "client" in self.roles else set()
        return frozenset(own | set(self.bound_roles))

    def here(self, process: str) -> "Caller":
        """The caller in a process: who acts for another one only looks on."""
        return self if all(grant.holds_in(None) for grant in self.grants) else replace(self, process=process)

    @cached_property
    def seeing_roles(self) -> frozenset[str]:
        """The roles in which the caller may look: those in which it acts, and those that it has in other processes."""
        return self.roles | {grant.role for grant in self.grants if not self._bound(grant)}

    @property
    def administers(self) -> bool:
        """Whether the caller may do everything."""
        return ADMINISTRATOR in self.roles

    @property
    def works_for_provider(self) -> bool:
        """Whether the caller is a professional or leader of the provider, a service account or an administrator.

        Such a role that is bound to one party shows that party's records and no more.
        """
        return self.administers or not self.seeing_roles.isdisjoint((*PROVIDER_ROLES, SERVICE_ACCOUNT))

    @cached_property
    def person(self) -> UUID | None:
        """The caller's id when it is a UUID, as people in governance have."""
        try:
            return UUID(self.id)
        except ValueError:
            return None

    def acting(self, wanted: Collection[str] = ()) -> Actor:
        """How events name the caller: with a role of those `wanted` that let it in, where it holds one."""
        held = self.roles.union(*self.bound_roles.values())
        fitting = sorted(held.intersection(wanted)) or ([ADMINISTRATOR] if self.administers else sorted(held))
        kind: Literal["person", "service_account"] = "service_account" if SERVICE_ACCOUNT in held else "person"
        return Actor(type=kind, id=self.id, role=fitting[0] if fitting else None)


class Verifier:
    """Turns bearer tokens into callers with the issuer's public keys; keys once known survive the issuer's absence."""

    def __init__(self, issuer: str, fetch: FetchKeys) -> None:
        self._fetch = fetch
        self._keys: KeySet | None = None
        self._asked = float("-inf")
        self._asking = asyncio.Lock()
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
        """Whoever `token` speaks for; `NotSignedIn` when it is expired, foreign, unsigned or broken."""
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
                return decoded.claims
        raise NotSignedIn("The token is not accepted.", headers=CHALLENGE)

    async def _keyset(self, *, fresh: bool) -> KeySet:
        if self._keys is not None and not fresh and (self._asking.locked() or self._age <= KEYS_TRUSTED_FOR):
            return self._keys
        async with self._asking:
            if self._keys is None or self._age > (KEYS_ASKED_EVERY if fresh else KEYS_TRUSTED_FOR):
                self._asked = time.monotonic()
                try:
                    self._keys = KeySet.import_key_set(await self._fetch())  # type: ignore[arg-type]
                except Exception as error:  # noqa: BLE001 - whatever keeps the keys away, the known ones go on working
                    log.warning("the issuer's keys could not be read", reason=f"{type(error).__name__}: {error}")
            if self._keys is None:
                raise Away(
                    "Tokens cannot be verified yet: the issuer's keys could not be read.", headers={"Retry-After": "2"}
                )
            return self._keys

    @property
    def _age(self) -> float:
        """Seconds since the issuer was last asked."""
        return time.monotonic() - self._asked


CHALLENGE = {"WWW-Authenticate": 'Bearer realm="zeven"'}


def _reason(error: Exception) -> str:
    name = type(error).__name__
    return {
        "ExpiredTokenError": "it has expired",
        "InvalidClaimError": "issuer or audience is not ours",
        "BadSignatureError": "its signature is wrong",
        "MissingClaimError": "a claim is missing",
        "InvalidTokenError": "it is not valid yet",
    }.get(name, "it is not a token of this platform")


def _validity(claims: dict[str, Any]) -> tuple[float, float]:
    try:
        return float(claims.get("nbf", 0)), float(claims["exp"])
    except (OverflowError, TypeError, ValueError):
        raise NotSignedIn("The token's claims are not those of this platform.", headers=CHALLENGE) from None


def _caller(claims: dict[str, Any]) -> Caller:
    try:
        grants = tuple(Grant(str(g["role"]), g.get("scope")) for g in claims.get("roles", ()))
        party = UUID(claims["party"]) if claims.get("party") else None
        return Caller(
            str(claims["sub"]),
            str(claims.get("kind", "person")),
            party,
            tuple(map(UUID, claims.get("teams", ()))),
            grants,
        )
    except (TypeError, KeyError, ValueError, AttributeError):
        raise NotSignedIn("The token's claims are not those of this platform.", headers=CHALLENGE) from None


class Allow(HTTPBearer):
    """A route's declaration of who may call it, as a dependency that gives the `Caller`.

    A role that is bound to one party opens only what is `by_party`: routes whose every row is held against the caller.
    """

    def __init__(self, roles: Iterable[str], *, by_party: bool = False) -> None:
        super().__init__(auto_error=False, scheme_name="token", bearerFormat="JWT")
        self.roles, self.by_party = frozenset(roles), by_party

    async def __call__(self, request: Request) -> Caller:  # type: ignore[override]
        """The verified caller; 401 without a valid token, 403 without one of the roles."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise NotSignedIn(
                "Send a token: `Authorization: Bearer …`; POST /governance/v1/token gives one.", headers=CHALLENGE
            )
        running = request.app.state.running
        caller: Caller = (await running.verifier.caller(token)).here(running.service.name)
        held = caller.seeing_roles if request.method == "GET" else caller.roles
        if self.by_party:
            held = held.union(*caller.bound_roles.values())
        if self.roles and not caller.administers and self.roles.isdisjoint(held):
            raise NotAllowed(f"This needs one of the roles: {', '.join(sorted(self.roles))}.")
        return caller


class OpenToAnyone:
    """A route's declaration that no token is needed; each address may call it 50 times a second.

    What was asked lately is counted with the service at work, not with the route, which outlives it in tests.
    """

    async def __call__(self, request: Request) -> None:
        """`TooMany` when the address asks too often."""
        asked: MovingWindowRateLimiter = request.app.state.running.asked_openly
        if not await asked.hit(OPEN_LIMIT, request.url.path, request.client.host if request.client else "unknown"):
            raise TooMany("This address asks too often; wait a second.", headers={"Retry-After": "1"})
