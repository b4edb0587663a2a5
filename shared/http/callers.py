"""Who may call a route: every route declares it, as a dependency that gives the caller."""

from collections.abc import Iterable
from typing import Any

from fastapi import Request
from fastapi.security import HTTPBearer
from limits import RateLimitItemPerSecond
from limits.aio.strategies import MovingWindowRateLimiter

from shared import security_log
from shared.access.callers import Caller
from shared.access.tokens import CHALLENGE
from shared.contracts.defaults import TOKEN_ADDRESS
from shared.errors import NotAllowed, NotSignedIn, TooMany

OPEN_LIMIT = RateLimitItemPerSecond(50)


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
                f"Send a token: `Authorization: Bearer …`; POST {TOKEN_ADDRESS} gives one.", headers=CHALLENGE
            )
        running = request.app.state.running
        caller = await self._caller(running, token)
        if not self.admits(caller, reading=request.method == "GET"):
            security_log.record("not_allowed", actor=caller.id, method=request.method, path=request.url.path)
            raise NotAllowed(f"This needs one of the roles: {', '.join(sorted(self.roles))}.")
        return caller

    def admits(self, caller: Caller, *, reading: bool) -> bool:
        """Whether the caller may use the route at all; which rows are open is decided in each query."""
        held = caller.seeing_roles if reading else caller.roles
        if self.by_party:
            held = held.union(*caller.bound_roles.values())
        return not self.roles or caller.administers or not self.roles.isdisjoint(held)

    @staticmethod
    async def _caller(running: Any, token: str) -> Caller:
        actor = None
        try:
            caller: Caller = (await running.verifier.caller(token)).here(running.service.name)
            actor = caller.id
            running.withdrawals.check(caller)
        except NotSignedIn as refusal:
            security_log.record("token_refused", actor=actor, reason=refusal.detail)
            raise
        return caller


def address_of(request: Request) -> str:
    """Where the request comes from."""
    return request.client.host if request.client else "unknown"


class OpenToAnyone:
    """A route's declaration that no token is needed; each address may call it 50 times a second.

    What was asked lately is counted with the service at work, not with the route, which outlives it in tests.
    """

    async def __call__(self, request: Request) -> None:
        """`TooMany` when the address asks too often."""
        asked: MovingWindowRateLimiter = request.app.state.running.asked_openly
        if not await asked.hit(OPEN_LIMIT, request.url.path, address_of(request)):
            raise TooMany("This address asks too often; wait a second.", headers={"Retry-After": "1"})


class AllowTechnical(Allow):
    """The same for roles of programs and operators: they hold everywhere or in this process, and no other scope fits them."""

    def admits(self, caller: Caller, *, reading: bool) -> bool:  # noqa: ARG002 - looking on is no right here
        """Whether the caller holds one of the roles here, or administers."""
        here = (None, f"process:{caller.process}")
        return caller.administers or any(each.role in self.roles and each.scope in here for each in caller.grants)
