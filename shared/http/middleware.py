"""The outermost layer: each request gets a trace id, a duration in the metrics, and an answer whatever happens inside."""

import time
from contextvars import ContextVar

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.database import is_platform_fault
from shared.errors import MEDIA_TYPE, InternalError, Refusal, TooLarge, Unavailable, problem_of
from shared.observability import REQUESTS, new_trace_id

log = structlog.get_logger(__name__)
TOO_LARGE = "The body is larger than this address takes."
GONE = 499  # the client did not wait for an answer; only the metrics see it
_trace_id: ContextVar[str] = ContextVar("trace_id", default="")


def trace_id() -> str:
    """The id of the request that is being answered."""
    return _trace_id.get()


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
        _trace_id.set(identity)
        structlog.contextvars.clear_contextvars()  # a request on the same connection may have left its own
        structlog.contextvars.bind_contextvars(trace_id=identity, service=self.service)

        async def observed_send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (b"x-trace-id", identity.encode())]
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


class SizeInForm:
    """Pure ASGI middleware that tells the framework's own refusal of a large body as a problem like any other."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request."""
        told = False

        async def in_form(message: Message) -> None:
            nonlocal told
            if (
                message.get("status") == TooLarge.status
                and (b"content-type", MEDIA_TYPE.encode()) not in message["headers"]
            ):
                told = True
                await answer(Request(scope), TooLarge(TOO_LARGE))(scope, receive, send)
            elif not told:
                await send(message)

        await self.app(scope, receive, in_form)


def answer(request: Request, refusal: Refusal) -> Response:
    """The response that tells `refusal`."""
    problem = problem_of(refusal, instance=request.url.path, trace_id=trace_id())
    return Response(problem.model_dump_json(exclude_none=True), refusal.status, refusal.headers, MEDIA_TYPE)
