"""How a request is read: the caller first, then known parameters only, strict JSON, versions and repeats."""

import re
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Depends, Header, Request, Response, params
from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import get_flat_params
from fastapi.routing import APIRoute, APIRouter

from shared.access.callers import Caller
from shared.access.policies import Policy
from shared.errors import BadRequest, FieldProblem, VersionNeeded, WrongMediaType
from shared.http.bodies import BoundedField, json_of, parse_form, receive_body
from shared.http.callers import Allow, AllowTechnical, Declaration, OpenToAnyone
from shared.http.limits import LARGEST_BODY, LARGEST_OPEN_BODY
from shared.idempotency import key_of
from shared.runtime import Router
from shared.texts import nfc
from shared.unit_of_work import Work
from shared.versions import Expected, versions_of

_CONTROL_IN_PATH = re.compile(rb"%(?:0[0-9a-fA-F]|1[0-9a-fA-F]|7[fF])")
_CONTROL_IN_QUERY = re.compile(rb"%(?:0[0-8bcefBCEF]|1[0-9a-fA-F]|7[fF])")  # tab and line breaks are text
_NOT_ASCII = re.compile(rb"%[89a-fA-F]|[\x80-\xff]")
LONGEST_KEY = 200
JSON, FORM = "application/json", "application/x-www-form-urlencoded"


class StrictRoute(APIRoute):
    """A route that admits the callers it declares, and refuses unknown parameters, NaN and control characters.

    The token is checked first: a caller without access learns nothing about a body.
    """

    def __init__(self, *args: Any, max_body_size: int | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        # here instead of in the framework, which would check the size before the caller is known
        is_open = any(isinstance(each, OpenToAnyone) for each in declarations(self.dependant))
        self.max_body_size = max_body_size or (LARGEST_OPEN_BODY if is_open else LARGEST_BODY)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler behind these checks."""
        self.dependant.body_params = [BoundedField.of(field) for field in self.dependant.body_params]
        handle = super().get_route_handler()
        declared = tuple(declarations(self.dependant))
        elsewhere = (params.Path, params.Header, params.Cookie)
        fields = [each for each in get_flat_params(self.dependant) if not isinstance(each.field_info, elsewhere)]
        known = {field.alias: "list[" in str(field.field_info.annotation).lower() for field in fields}

        async def checked(request: Request) -> Response:
            for each in declared:
                await each.admit(request)
            _refuse_unknown_parameters(request, known)
            headers = {name for name, _ in request.scope["headers"]}
            if b"content-encoding" in headers:
                _refuse_content_coding(request)
            if self.body_field is not None:
                await self._take_body(request, form=isinstance(self.body_field.field_info, params.Form))
            elif b"content-length" in headers or b"transfer-encoding" in headers:
                await _refuse_unused_body(request)
            return await handle(request)

        return checked

    async def _take_body(self, request: Request, *, form: bool) -> None:
        assert self.max_body_size is not None
        wanted, kind = FORM if form else JSON, request.headers.get("content-type", "").lower()
        if wanted.rpartition("/")[2].rpartition("-")[2] not in kind:
            if kind or await receive_body(request, self.max_body_size):
                given = f", not {kind[:100]!r}" if kind else ""
                raise WrongMediaType(f"Send it with `Content-Type: {wanted}`{given}.", headers={"Accept": wanted})
            return
        body = await receive_body(request, self.max_body_size)
        # where Starlette keeps what it parsed
        if form:
            request._form = parse_form(body)  # noqa: SLF001
        else:
            request._json = await json_of(body, self.max_body_size)  # noqa: SLF001


def declarations(dependant: Dependant) -> Iterator[Declaration]:
    """What a route declares about its callers, in itself and in its dependencies."""
    if isinstance(dependant.call, Declaration):
        yield dependant.call
    for inner in dependant.dependencies:
        yield from declarations(inner)


class StrictRouter(APIRouter):
    """A router of strict routes that takes another one's routes as its own, so that a request is matched only once."""

    def include_router(self, router: APIRouter, *, prefix: str = "", **_: Any) -> None:
        """Take over the routes of `router` under `prefix`."""
        take_over(self, router, prefix)


def take_over(target: APIRouter, router: Router, prefix: str, tags: Sequence[str] = ()) -> None:
    """Add the routes of `router` to `target` under `prefix`, one by one instead of as a router within a router."""
    for route in router.routes:
        assert isinstance(route, APIRoute)
        target.add_api_route(
            prefix + route.path,
            route.endpoint,
            response_model=route.response_model,
            status_code=route.status_code,
            tags=[*tags, *route.tags],
            dependencies=route.dependencies,
            responses=route.responses,
            methods=route.methods,
            include_in_schema=route.include_in_schema,
            response_class=route.response_class,
            name=route.name,
            summary=route.summary,
            max_body_size=route.max_body_size,
            route_class_override=StrictRoute,
        )


def router(**options: Any) -> APIRouter:
    """A router of strict routes."""
    return StrictRouter(route_class=StrictRoute, **options)


def routers(*several: APIRouter) -> APIRouter:
    """One router with the routes of all of these."""
    together = router()
    for each in several:
        together.include_router(each)
    return together


def _refuse_content_coding(request: Request) -> None:
    """Refuse a compressed body; the answer says that only bodies as they are can be sent (RFC 9110, 12.5.3)."""
    codings = ", ".join(request.headers.getlist("content-encoding")).lower()
    if any(coding.strip() not in ("", "identity") for coding in codings.split(",")):
        raise WrongMediaType(
            f"Send the body as it is, without `Content-Encoding: {codings[:100]}`.",
            headers={"Accept-Encoding": "identity"},
        )


async def _refuse_unused_body(request: Request) -> None:
    """Refuse a body where none is used, unless there is nothing in it: what is sent is never dropped without a word."""
    body = await receive_body(request, LARGEST_OPEN_BODY)
    if body.strip() not in (b"", b"{}", b"null"):
        raise BadRequest("This address takes no body; leave it out.")


def _refuse_unknown_parameters(request: Request, known: Mapping[str, bool]) -> None:
    """Refuse parameters that are not `known`, and a second value for one that takes a single one; their texts become NFC."""
    query, path = request.scope.get("query_string", b""), request.scope.get("raw_path", b"")
    if _CONTROL_IN_QUERY.search(query) or _CONTROL_IN_PATH.search(path):
        raise BadRequest("The address holds a control character.")
    if not query:
        return
    if _NOT_ASCII.search(query):
        given = [(nfc(name), nfc(value)) for name, value in request.query_params.multi_items()]
        request.scope["query_string"] = urlencode(given).encode()
        del request._query_params  # noqa: SLF001 - what Starlette read from the address as it came
    if unknown := sorted(set(request.query_params) - known.keys()):
        detail = f"not known here; known: {', '.join(sorted(known)) or 'none'}"
        raise BadRequest(
            f"Unknown parameter: {', '.join(unknown)[:200]}.",
            errors=[FieldProblem(pointer=f"#query/{name[:100]}", detail=detail) for name in unknown[:20]],
        )
    for name, count in Counter(name for name, _ in request.query_params.multi_items()).items():
        if count > 1 and not known[name]:
            problem = FieldProblem(pointer=f"#query/{name}", detail="takes one value")
            raise BadRequest(f"The parameter {name} came {count} times; it takes one value.", errors=[problem])


async def expected_version(
    request: Request,
    if_match: Annotated[
        str | None, Header(description='Version from ETag, e.g. "3", several of them, or *; 428 without it.')
    ] = None,
) -> Expected:
    """The versions that the client saw, from `If-Match`; 428 without it, 412 when it names no version."""
    if if_match is None:
        raise VersionNeeded(
            "Send If-Match with the ETag of the record that you saw, so that nobody's change is overwritten."
        )
    return versions_of(", ".join(request.headers.getlist("if-match")))  # a list may come in several lines


ExpectedVersion = Annotated[Expected, Depends(expected_version)]


def etag(response: Response, version: int) -> None:
    """Name the record's version in the `ETag` header."""
    response.headers["ETag"] = f'"{version}"'


class WorkFor(Allow):
    """A route's declaration that everybody who is signed in may call it, as a dependency that gives its unit of work."""

    async def __call__(self, request: Request) -> Work:  # type: ignore[override]
        """A unit of work in the caller's name; a repeated POST is recognised by its `Idempotency-Key`."""
        caller = await super().__call__(request)
        running, key = request.app.state.running, None
        if request.method == "POST" and (given := request.headers.get("idempotency-key")) is not None:
            if not 0 < len(given) <= LONGEST_KEY:
                raise BadRequest(f"An Idempotency-Key has 1 to {LONGEST_KEY} characters.")
            key = key_of(
                caller.id,
                given,
                method=request.method,
                path=request.scope["path"],
                body=await receive_body(request, LARGEST_BODY),
            )
        work: Work = running.work(caller.acting(frozenset(self.roles)), key=key, reading=request.method == "GET")
        work.caller = caller
        return work


class WorkForAnyone(OpenToAnyone):
    """A route's declaration that no token is needed, as a dependency that gives a unit of work of the service itself."""

    async def __call__(self, request: Request) -> Work:  # type: ignore[override]
        """A unit of work in the name of the service."""
        running = request.app.state.running
        work: Work = running.work(running.service.actor)
        return work


#: the unit of work of a route that needs no token
OpenWork = Annotated[Work, Depends(WorkForAnyone())]
#: the unit of work, with `work.caller`, of a route for everybody who is signed in
SignedInWork = Annotated[Work, Depends(WorkFor())]


class WorkForTechnical(AllowTechnical, WorkFor):
    """The same for roles of programs and operators."""


def work_for_technical(*roles: str) -> Any:
    """The dependency that gives a route its unit of work, for programs and operators with one of these roles."""
    return Depends(WorkForTechnical(*roles))


class WorkUnder(WorkFor):
    """The same for the callers to which a policy can open any row."""

    def __init__(self, policy: Policy) -> None:
        super().__init__(*policy.wanted)
        self.policy = policy

    def admits(self, caller: Caller) -> bool:
        """Whether the policy opens anything to the caller."""
        return self.policy.admits(caller)


def Allowed(policy: Policy) -> Any:  # noqa: N802 - named like the classes of declarations
    """The dependency that gives a route its unit of work, for the callers that the policy admits."""
    return Depends(WorkUnder(policy))
