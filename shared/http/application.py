"""One service's HTTP application: its routes under its prefix, health, API pages, problem details for every refusal."""

import re
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from typing import Any, TypeGuard

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.openapi.utils import get_openapi
from fastapi.responses import HTMLResponse
from fastapi.routing import APIRoute
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match

from shared import observability
from shared.errors import BY_STATUS, MEDIA_TYPE, BadRequest, FieldProblem, Invalid, NotPermittedNow, Problem, Refusal
from shared.http import admin, audit, health
from shared.http.middleware import TOO_LARGE, Observed, SizeInForm, answer
from shared.http.requests import LONGEST_KEY, WorkFor, take_over
from shared.lifecycle import MoveNotPermitted
from shared.runtime import Running

VERSION = "0.1.0"
#: the words that a validator names, one by one between quotes
_WORDS = re.compile(r"'([^']*)'")
LARGEST_BODY = 1024 * 1024
REFUSALS = {
    "4XX": {"description": "Refused; the problem's type says why."},
    "5XX": {"description": "Not possible at the moment."},
}
WHO_ASKS = """\
Requests carry a bearer token (`Authorization: Bearer …`; here: **Authorize**). `zeven token` prints one, and
`POST /governance/v1/token` gives one for the form `grant_type=password&username=…&password=…`. Whoever changes a record sends the
`ETag` of the version that was seen as `If-Match`."""
IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Makes a repeated request safe for a day.",
    "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY},
}


#: the framework takes what we refuse with a sentence of our own (428) for something that may be left out
IF_MATCH = {"required": True, "schema": {"type": "string", "examples": ['"3"']}}


def application(running: Running) -> FastAPI:
    """The application of one running service."""
    service = running.service
    app = FastAPI(
        title=f"Zeven {service.title}",
        summary=service.summary,
        description=WHO_ASKS,
        version=VERSION,
        openapi_url=f"{service.prefix}/openapi.json",
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=operation_id,
        responses=REFUSALS,  # type: ignore[arg-type]
        telemetry={"tracing": observability.traces(), "operation_spans": False, "metrics": False, "logs": False},
        redirect_slashes=False,
        separate_input_output_schemas=True,
    )
    app.state.running = running
    take_over(app.router, service.router, f"{service.prefix}/v1")
    take_over(app.router, admin.router, f"{service.prefix}/v1", ["operating"])
    take_over(app.router, audit.router, f"{service.prefix}/v1", ["operating"])
    if service.rebuilds:
        take_over(app.router, admin.rebuilding, f"{service.prefix}/v1", ["operating"])
    take_over(app.router, health.router, service.prefix, ["health"])
    if service.well_known is not None:
        take_over(app.router, service.well_known, service.prefix)
    _pages(app, service.prefix)
    for kind, told in (
        (Refusal, _refused),
        (RequestValidationError, _not_valid),
        (HTTPException, _framework),
        (MoveNotPermitted, _not_now),
    ):
        app.add_exception_handler(kind, told)  # type: ignore[arg-type]
    # once for all routes: as an option of the application it would be checked anew on every floor
    app.add_middleware(RequestBodyLimitMiddleware, max_body_size=LARGEST_BODY)
    app.add_middleware(SizeInForm)
    app.add_middleware(Observed, service=service.name)
    app.openapi = lambda: _document(app)  # type: ignore[method-assign]
    return app


def operation_id(route: APIRoute) -> str:
    """The operation's id in OpenAPI: its function's name."""
    return route.name


async def _refused(request: Request, refusal: Refusal) -> Response:
    return answer(request, refusal)


async def _not_now(request: Request, error: MoveNotPermitted) -> Response:
    permitted, lacking, because = list(error.permitted), list(error.lacking), list(error.because)
    return answer(request, NotPermittedNow(f"{error}.", permitted=permitted, lacking=lacking, because=because))


async def _not_valid(request: Request, error: RequestValidationError) -> Response:
    problems = [_problem(each, error.body) for each in error.errors()[:50]]
    if any(each.get("type") == "json_invalid" for each in error.errors()):
        return answer(request, BadRequest("The body is not valid JSON.", errors=problems))
    count = f"{len(problems)} value is" if len(problems) == 1 else f"{len(problems)} values are"
    return answer(request, Invalid(f"{count} not acceptable.", errors=problems))


def _problem(error: Mapping[str, Any], body: Any) -> FieldProblem:
    kind, place, context = error["type"], tuple(error["loc"]), error.get("ctx", {})
    detail = "Field required" if kind == "union_tag_not_found" else str(error["msg"])
    lacking = kind in ("missing", "union_tag_not_found")
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        place = (*place, *_WORDS.findall(context["discriminator"]))
    if known := _WORDS.findall(
        context.get("expected_tags") or (kind == "literal_error" and context.get("expected")) or ""
    ):
        detail = f"one of {', '.join(known)}"
    return FieldProblem(pointer=_pointer(place, body, lacking=lacking), detail=detail)


def _pointer(place: tuple[int | str, ...], body: Any, *, lacking: bool) -> str:
    where, *rest = place or ("body",)
    if where == "body":
        parts = _found(rest, body, lacking=lacking)
        return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')[:100]}" for part in parts) or "/"
    return f"#{where}/{'/'.join(map(str, rest))[:200]}"


def _found(place: Sequence[int | str], body: Any, *, lacking: bool) -> Iterator[int | str]:
    """The parts of a place that lead through the body; the validator also names the variants that it tried in between."""
    for number, part in enumerate(place, 1):
        if isinstance(body, Mapping) and part in body:
            body = body[str(part)]
        elif isinstance(body, list) and isinstance(part, int) and part < len(body):
            body = body[part]
        elif not (lacking and number == len(place)):
            continue
        yield part


async def _framework(request: Request, error: HTTPException) -> Response:
    kind = BY_STATUS.get(error.status_code, BadRequest)
    told = type(kind.__name__, (kind,), {"status": error.status_code})
    detail = {
        404: f"There is nothing at this address. Begin at / ; {request.app.openapi_url} lists what there is.",
        405: "This address knows other methods.",
        413: TOO_LARGE,
    }.get(error.status_code, str(error.detail))
    headers = dict(error.headers or {})
    if "Allow" in headers:
        headers["Allow"] = _methods_at(request)
    return answer(request, told(detail, headers=headers))


def _methods_at(request: Request) -> str:
    # the router names those of the first route that it meets; an address may have several
    routes = (route for route in request.app.routes if isinstance(route, APIRoute))
    here = (route for route in routes if route.matches(request.scope)[0] is not Match.NONE)
    return ", ".join(sorted({method for route in here for method in route.methods or ()}))


def _pages(app: FastAPI, prefix: str) -> None:
    assets = str(files("fastapi_swagger") / "resources")
    app.mount(f"{prefix}/assets", StaticFiles(directory=assets), name="assets")

    @app.get(f"{prefix}/docs", include_in_schema=False, response_class=HTMLResponse)
    async def docs() -> HTMLResponse:
        return get_swagger_ui_html(
            openapi_url=f"{prefix}/openapi.json",
            title=app.title,
            swagger_js_url=f"{prefix}/assets/swagger-ui-bundle.js",
            swagger_css_url=f"{prefix}/assets/swagger-ui.css",
            swagger_favicon_url=f"{prefix}/assets/favicon-32x32.png",
        )


def _knows_repeats(route: object) -> TypeGuard[APIRoute]:
    return isinstance(route, APIRoute) and any(isinstance(one.call, WorkFor) for one in route.dependant.dependencies)


def _document(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title,
            version=app.version,
            summary=app.summary,
            description=app.description,
            routes=app.routes,
            separate_input_output_schemas=True,
        )
        schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        schemas |= {**schema.pop("$defs"), "Problem": schema}
        body = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
        repeatable = {(route.path_format, "post") for route in app.routes if _knows_repeats(route)}
        for path, operations in document["paths"].items():
            for method, operation in operations.items():
                operation["responses"]["4XX"]["content"] = operation["responses"]["5XX"]["content"] = body
                for parameter in operation.get("parameters", ()):
                    if parameter["name"].lower() == "if-match":
                        parameter.update(IF_MATCH)
                if (path, method) in repeatable:
                    operation.setdefault("parameters", []).append(IDEMPOTENCY_KEY)
        app.openapi_schema = document
    return app.openapi_schema
