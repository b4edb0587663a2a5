"""Who may call a route: every route declares it, and the declaration is checked before anything of the request is read."""

import hmac
from abc import ABC, abstractmethod
from typing import Any

from fastapi import Request
from fastapi.security import HTTPBearer

from shared.access.callers import Caller
from shared.access.issuers import CHALLENGE
from shared.contracts.defaults import TOKEN_ADDRESS
from shared.contracts.roles import ADMINISTRATOR, OPERATOR
from shared.errors import NotAllowed, NotSignedIn, Refusal
from shared.http.addresses import address_of
from shared.http.control import CALLER, caller_of, control_of
from shared.runtime import Running

#: where a request's scope holds the caller that a declaration admitted
_ADMITTED = "zeven.admitted"


class Declaration(ABC):
    """Says who may call a route; a dependency of the route, checked before the rest of the request is read."""

    @abstractmethod
    async def admit(self, request: Request) -> Any:
        """Let the request in; raises the refusal otherwise."""


class Allow(Declaration, HTTPBearer):
    """A route's declaration that everybody who is signed in may call it, as a dependency that gives the `Caller`.

    Derived classes admit fewer callers; `roles` are the roles that they need.
    """

    def __init__(self, *roles: str) -> None:
        super().__init__(auto_error=False, scheme_name="token", bearerFormat="JWT")
        self.roles = frozenset(roles)

    async def admit(self, request: Request) -> Caller:
        """The verified caller; 401 without a valid token, 403 without one of the roles."""
        running = request.app.state.running
        caller = signed_in(request).here(running.service.name)
        running.withdrawals.check(caller)
        if not self.admits(caller):
            roles = f"one of the roles {', '.join(sorted(self.roles))}" if self.roles else "a role that you do not hold"
            raise NotAllowed(f"This needs {roles}.")
        request.scope.setdefault(_ADMITTED, {})[self] = caller
        return caller

    def admits(self, caller: Caller) -> bool:  # noqa: ARG002 - derived classes use the caller
        """Whether the caller may use the route at all; which rows are open is decided in each query."""
        return True

    async def __call__(self, request: Request) -> Caller:  # type: ignore[override]
        """The verified caller, who was admitted before the request was read."""
        caller: Caller | None = request.scope.get(_ADMITTED, {}).get(self)
        if caller is None:
            return await self.admit(request)
        # the access may have ended while the body arrived
        request.app.state.running.withdrawals.check(caller)
        return caller


class AllowAdministrators(Allow):
    """The same for administrators only."""

    def __init__(self) -> None:
        super().__init__(ADMINISTRATOR)

    def admits(self, caller: Caller) -> bool:
        """Whether the caller administers."""
        return caller.administers


class AllowTechnical(Allow):
    """The same for roles of programs and operators: without a scope or with this process as scope, no other scope counts."""

    def admits(self, caller: Caller) -> bool:
        """Whether the caller holds one of the roles here, or administers."""
        here = (None, f"process:{caller.process}")
        return caller.administers or any(each.role in self.roles and each.scope in here for each in caller.grants)


def signed_in(request: Request) -> Caller:
    """The caller of the request's token; 401 without a valid token."""
    found = request.scope.get(CALLER)
    if isinstance(found, Refusal):
        raise found
    if found is None:
        raise NotSignedIn(
            f"Send a token: `Authorization: Bearer …`; POST {TOKEN_ADDRESS} gives one.", headers=CHALLENGE
        )
    caller: Caller = found
    return caller


class OpenToAnyone(Declaration):
    """A route's declaration that no token is needed; each address may call it 50 times a second."""

    async def admit(self, request: Request) -> None:
        """`TooMany` when the address calls too often."""
        await control_of(request).limiter.count_open_call(request.scope["path"], address_of(request))

    async def __call__(self) -> None:
        """Give nothing: `admit` has checked the request before its dependencies run."""


class OpenToOperators(Declaration):
    """A route's declaration that it is for operators of the platform."""

    async def admit(self, request: Request) -> None:
        """401 or 403 unless `operates` is true."""
        if not operates(request, request.app.state.running):
            signed_in(request)
            raise NotAllowed(
                "Operating figures are for administrators, operators and Prometheus (ZEVEN_METRICS_NETWORKS)."
            )

    async def __call__(self) -> None:
        """Give nothing."""


def operates(request: Request, running: Running) -> bool:
    """Whether the request comes from this machine or a network for operators, has the token for metrics, or comes from an
    administrator or operator of this service.
    """
    control = control_of(request)
    if control.peers.operates(request.scope):
        return True
    wanted, given = control.config.metrics_token, request.headers.get("authorization", "").partition(" ")[2]
    if wanted is not None and hmac.compare_digest(given.encode(), wanted.get_secret_value().encode()):
        return True
    caller = caller_of(request)
    if caller is None:
        return False
    caller = caller.here(running.service.name)
    try:
        running.withdrawals.check(caller)
    except Refusal:
        return False
    return _OPERATORS.admits(caller)


_OPERATORS = AllowTechnical(OPERATOR)
