"""Answers every refusal, of the platform, the validator or the framework, as problem details (RFC 9457)."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route

from shared.errors import (
    BY_STATUS,
    BadRequest,
    FieldProblem,
    Invalid,
    MethodNotAllowed,
    NoSuchPage,
    NotPermittedNow,
    Refusal,
)
from shared.http.refusals import answer, method_not_allowed
from shared.lifecycle import MoveNotPermitted

MOST_PROBLEMS = 50
#: the words between quotes in a validator's message
_QUOTED = re.compile(r"'([^']*)'")


def add_handlers(app: FastAPI) -> None:
    """Let `app` answer each kind of refusal as a problem."""
    for kind, handler in (
        (Refusal, _refusal),
        (MoveNotPermitted, _move_not_permitted),
        (RequestValidationError, _invalid_request),
        (HTTPException, _http_exception),
    ):
        app.add_exception_handler(kind, handler)  # type: ignore[arg-type]


async def _refusal(request: Request, refusal: Refusal) -> Response:
    return answer(request, refusal)


async def _move_not_permitted(request: Request, error: MoveNotPermitted) -> Response:
    permitted, lacking, because = list(error.permitted), list(error.lacking), list(error.because)
    return answer(request, NotPermittedNow(f"{error}.", permitted=permitted, lacking=lacking, because=because))


async def _invalid_request(request: Request, error: RequestValidationError) -> Response:
    problems = [field_problem(each, error.body) for each in error.errors()[:MOST_PROBLEMS]]
    if any(each.get("type") == "json_invalid" for each in error.errors()):
        return answer(request, BadRequest("The body is not valid JSON.", errors=problems))
    count = f"{len(problems)} value is" if len(problems) == 1 else f"{len(problems)} values are"
    return answer(request, Invalid(f"{count} not acceptable.", errors=problems))


async def _http_exception(request: Request, error: HTTPException) -> Response:
    if error.status_code == MethodNotAllowed.status:
        return answer(request, method_not_allowed(_methods_at(request) or (error.headers or {}).get("Allow", "")))
    kind = BY_STATUS.get(error.status_code, BadRequest)
    refusal = type(kind.__name__, (kind,), {"status": error.status_code})
    nothing_here = f"There is nothing at this address. Begin at / ; {request.app.openapi_url} lists what there is."
    detail = nothing_here if error.status_code == NoSuchPage.status else str(error.detail)
    return answer(request, refusal(detail, headers=error.headers))


def field_problem(error: Mapping[str, Any], body: Any) -> FieldProblem:
    """What is wrong with one value of `body`, from a validator's error: where it is, and what would be right."""
    kind, place, context = error["type"], tuple(error["loc"]), error.get("ctx", {})
    detail = "Field required" if kind == "union_tag_not_found" else str(error["msg"])
    lacking = kind in ("missing", "union_tag_not_found")
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        place = (*place, *_QUOTED.findall(context["discriminator"]))
    if known := _QUOTED.findall(
        context.get("expected_tags") or (kind == "literal_error" and context.get("expected")) or ""
    ):
        detail = f"one of {', '.join(known)}"
    return FieldProblem(pointer=_pointer(place, body, lacking=lacking), detail=detail)


def _pointer(place: tuple[int | str, ...], body: Any, *, lacking: bool) -> str:
    where, *rest = place or ("body",)
    if where == "body":
        parts = _parts_in_body(rest, body, lacking=lacking)
        return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')[:100]}" for part in parts) or "/"
    return f"#{where}/{'/'.join(map(str, rest))[:200]}"


def _parts_in_body(place: Sequence[int | str], body: Any, *, lacking: bool) -> Iterator[int | str]:
    """The parts of a place that lead through the body; the validator adds the variants that it tried."""
    for number, part in enumerate(place, 1):
        if isinstance(body, Mapping) and part in body:
            body = body[str(part)]
        elif isinstance(body, list) and isinstance(part, int) and part < len(body):
            body = body[part]
        elif not (lacking and number == len(place)):
            continue
        yield part


def _methods_at(request: Request) -> str:
    # the router names the methods of the first route that it meets; an address may have several routes
    routes = (route for route in request.app.routes if isinstance(route, Route))
    here = (route for route in routes if route.matches(request.scope)[0] is not Match.NONE)
    found = {method for route in here for method in route.methods or ()}
    if "GET" in found:
        found.add("HEAD")
    return ", ".join(sorted(found))
