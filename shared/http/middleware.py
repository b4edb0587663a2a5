"""The outermost layer: each request gets a trace id, a duration in the metrics, safe headers, and always an answer."""

import time

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.database import is_platform_fault
from shared.errors import InternalError, Refusal, Unavailable
from shared.http.refusals import answer, begin_trace
from shared.http.security_headers import secured
from shared.observability import REQUESTS, new_trace_id

log = structlog.get_logger(__name__)
GONE = 499  # the client did not wait for an answer; only the metrics see it


class Observed:
    """Pure ASGI middleware around one service's application."""

    def __init__(self, app: ASGIApp, service: str) -> None:
        self.app, self.service = app, service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request; 503 when the database could not, 500 when we could not."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun, status, identity = time.perf_counter(), 0, new_trace_id()
        begin_trace(identity)
        structlog.contextvars.clear_contextvars()  # a request on the same connection may have left its own
        structlog.contextvars.bind_contextvars(trace_id=identity, service=self.service)

        async def observed_send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*secured(message.get("headers", ())), (b"x-trace-id", identity.encode())]
            await send(message)

        try:
            await self.app(scope, receive, observed_send)
        except ClientDisconnect:
            status = GONE
        except Exception as error:
            if status:
                raise
            await self._apologise(scope, receive, observed_send, error)
        finally:
            route = getattr(scope.get("route"), "path", "none")
            REQUESTS.labels(self.service, scope["method"], route, str(status or 500)).observe(
                time.perf_counter() - begun
            )

    async def _apologise(self, scope: Scope, receive: Receive, send: Send, error: Exception) -> None:
        request = Request(scope)
        if is_platform_fault(error):
            log.warning(
                "the database could not take a request",
                path=scope["path"],
                reason=f"{type(error).__name__}: {str(error)[:300]}",
            )
            refusal: Refusal = Unavailable(
                "The database cannot take this at the moment. Try again, with the same Idempotency-Key if you sent one.",
                headers={"Retry-After": "2"},
            )
        else:
            log.error("a request failed", path=scope["path"], exc_info=error)
            refusal = InternalError("Something went wrong on our side; the trace_id names it in the logs.")
        await answer(request, refusal)(scope, receive, send)
