"""The outermost layer: each request gets a trace id, a duration in the metrics, safe headers, and always a response."""

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
GONE = 499  # the client did not wait for the response; only in the metrics


class Observed:
    """Pure ASGI middleware around one service's application."""

    def __init__(self, app: ASGIApp, service: str) -> None:
        self.app, self.service = app, service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request; 503 when the database is unavailable, 500 after any other failure."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun, status, identity = time.perf_counter(), 0, new_trace_id()
        begin_trace(identity)
        structlog.contextvars.clear_contextvars()  # an earlier request on the same connection may have left values
        structlog.contextvars.bind_contextvars(trace_id=identity, service=self.service)

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*secured(message.get("headers", ())), (b"x-trace-id", identity.encode())]
            await send(message)

        try:
            await self.app(scope, receive, send_with_headers)
        except ClientDisconnect:
            status = GONE
        except Exception as error:
            if status:
                raise
            await self._answer_failure(scope, receive, send_with_headers, error)
        finally:
            route = getattr(scope.get("route"), "path", "none")
            REQUESTS.labels(self.service, scope["method"], route, str(status or 500)).observe(
                time.perf_counter() - begun
            )

    async def _answer_failure(self, scope: Scope, receive: Receive, send: Send, error: Exception) -> None:
        request = Request(scope)
        if is_platform_fault(error):
            log.warning(
                "the database could not handle a request",
                path=scope["path"],
                reason=f"{type(error).__name__}: {str(error)[:300]}",
            )
            refusal: Refusal = Unavailable(
                "The database is not available at the moment. Try again, with the same Idempotency-Key if you sent one.",
                headers={"Retry-After": "2"},
            )
        else:
            log.error("a request failed", path=scope["path"], exc_info=error)
            refusal = InternalError("Something went wrong on our side; the trace_id names it in the logs.")
        await answer(request, refusal)(scope, receive, send)
