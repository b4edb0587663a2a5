"""The layer around every application: it identifies the caller and checks limits and budget before anything else is read."""

import asyncio
import re
from ipaddress import ip_address
from random import uniform

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.errors import AddressTooLong, BadRequest, HeadersTooLarge, Refusal, TooMany
from shared.http import limits
from shared.http.budgets import Tier, retry_after
from shared.http.control import CONTROL, AdmissionControl
from shared.http.costs import Cost, measured
from shared.http.refusals import answer

_HOST = re.compile(rb"(?:[A-Za-z0-9._-]{1,255}|\[([0-9A-Fa-f:.]{2,45})\])(?::\d{1,5})?")
#: headers with one value: of two, one would be dropped
_SINGLE = (b"authorization", b"host", b"content-type", b"idempotency-key")


class Admission:
    """Pure ASGI middleware that admits a request, or answers with its refusal."""

    def __init__(self, app: ASGIApp, control: AdmissionControl) -> None:
        self.app, self.control = app, control

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        scope[CONTROL] = self.control
        self.control.peers.set_client(scope)
        cost = Cost()
        try:
            # a new token may have to wait for the keys of its issuer, which costs nothing
            tier, key = await measured(self.control.identify(scope, _checked_head(scope)), cost)
            await self._take_place(tier, key)
        except Refusal as refusal:
            await answer(Request(scope), refusal)(scope, receive, send)
            return
        try:
            work = self._answered(scope, receive, send)
            await (work if tier.budgets.unlimited else measured(work, cost))
        finally:
            tier.places.leave(key)
            if not tier.budgets.unlimited:
                tier.budgets.spend(key, cost.seconds)

    async def _answered(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] == "HEAD":
            await self._head(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _take_place(self, tier: Tier, key: str) -> None:
        """Wait for a place; `TooMany` when too many wait already, and after a pause when the budget is used up."""
        if not tier.budgets.wait(key):
            if not await tier.places.enter(key):
                raise TooMany(
                    "Too many requests of yours are under way; wait for their answers.", headers=retry_after(1)
                )
            if not tier.budgets.wait(key):
                return
            tier.places.leave(key)  # earlier requests in the line have used up the budget
        refusals = self.control.limiter.refusals
        if await refusals.enter(key):
            try:
                await asyncio.sleep(limits.REFUSED_AFTER * uniform(0.5, 1.5))  # noqa: S311 - not all of them at once
            finally:
                refusals.leave(key)
        raise TooMany(
            "You have used more processing time than one caller may; wait, and send fewer requests.",
            headers=retry_after(tier.budgets.wait(key)),
        )

    async def _head(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as to GET, without the body: every address that has GET has HEAD (RFC 9110, 9.3.2)."""

        async def without_body(message: Message) -> None:
            await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

        inner = {**scope, "method": "GET"}
        await self.app(inner, receive, without_body)
        scope["route"] = inner.get("route")


def _checked_head(scope: Scope) -> bytes:
    """The Authorization header; a `Refusal` when address or headers are too large or not valid."""
    query: bytes = scope.get("query_string", b"")
    if len(query) + len(scope.get("raw_path", b"")) > limits.LONGEST_TARGET:
        raise AddressTooLong(f"Path and query have at most {limits.LONGEST_TARGET:,} bytes.")
    if query.count(b"&") >= limits.MOST_PARAMETERS:
        raise BadRequest(f"An address has at most {limits.MOST_PARAMETERS} parameters.")
    headers: list[tuple[bytes, bytes]] = scope["headers"]
    size, single = 0, dict.fromkeys(_SINGLE, b"")
    twice = ""
    for name, value in headers:
        size += len(name) + len(value)
        if name in single:
            twice = name.decode() if single[name] else twice
            single[name] = value
    if size > limits.LARGEST_HEADERS or len(headers) > limits.MOST_HEADERS:
        raise HeadersTooLarge(
            f"At most {limits.MOST_HEADERS} headers with {limits.LARGEST_HEADERS:,} bytes are accepted."
        )
    if twice:
        raise BadRequest(f"The header {twice} came more than once; it takes one value.")
    if (host := single[b"host"]) and not _is_host(host):
        raise BadRequest("The Host header is not a valid host name.")
    return single[b"authorization"]


def _is_host(host: bytes) -> bool:
    found = _HOST.fullmatch(host)
    if found is None or found[1] is None:
        return found is not None
    try:
        ip_address(found[1].decode())
    except ValueError:
        return False
    return True
