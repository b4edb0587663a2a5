"""How a refusal is answered: as problem details that say what is wrong, with a line in the security log for some kinds."""

from contextvars import ContextVar

from starlette.requests import Request
from starlette.responses import Response

from shared import security_log
from shared.errors import (
    MEDIA_TYPE,
    AddressTooLong,
    HeadersTooLarge,
    MethodNotAllowed,
    NotAllowed,
    NotSignedIn,
    Refusal,
    RequestTimeout,
    TooLarge,
    TooMany,
    TooManyValues,
    problem_of,
)
from shared.http.control import CALLER, CONTROL, AdmissionControl, caller_of

_BEYOND_LIMITS = (TooMany, TooManyValues, TooLarge, RequestTimeout, AddressTooLong, HeadersTooLarge)
_trace_id: ContextVar[str] = ContextVar("trace_id", default="")


def trace_id() -> str:
    """The id of the request that is being answered."""
    return _trace_id.get()


def begin_trace(identity: str) -> None:
    """Set the id of the request that is being answered."""
    _trace_id.set(identity)


def answer(request: Request, refusal: Refusal) -> Response:
    """The response for `refusal`."""
    _log(request, refusal)
    problem = problem_of(refusal, instance=request.scope["path"], trace_id=trace_id())
    return Response(problem.model_dump_json(exclude_none=True), refusal.status, refusal.headers, MEDIA_TYPE)


def _log(request: Request, refusal: Refusal) -> None:
    act = _act(request, refusal)
    control: AdmissionControl | None = request.scope.get(CONTROL)
    if act is None or control is None:
        return
    address, times = control.lines_about(request)
    if times:
        caller, details = caller_of(request), {"method": request.method, "path": request.scope["path"][:200]}
        actor, reason = caller.id if caller else None, refusal.detail[:200]
        security_log.record(act, actor=actor, address=address, **details, reason=reason, times=times)


def _act(request: Request, refusal: Refusal) -> security_log.Act | None:
    if isinstance(refusal, NotAllowed):
        return "not_allowed"
    if isinstance(refusal, NotSignedIn):
        return "token_refused" if CALLER in request.scope else None
    return "limit_exceeded" if isinstance(refusal, _BEYOND_LIMITS) else None


def method_not_allowed(methods: str) -> MethodNotAllowed:
    """The refusal of a method that an address does not have."""
    return MethodNotAllowed(f"This address accepts {methods}.", headers={"Allow": methods})
