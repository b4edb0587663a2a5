"""Every refusal of the platform, as RFC 9457 problem details: a stable slug, a sentence that helps, no internals."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from pydantic import BaseModel, Field

MEDIA_TYPE = "application/problem+json"


class FieldProblem(BaseModel):
    """What is wrong with one part of the request."""

    pointer: str = Field(
        description="JSON pointer into the body, or the parameter's name after #query/, #path/ or #header/."
    )
    detail: str


class Problem(BaseModel):
    """RFC 9457 problem details, the body of every refusal."""

    type: str = Field(description="Stable URI of the kind of problem; its last part is the slug to decide by.")
    title: str
    status: int
    detail: str
    instance: str
    trace_id: str = Field(description="Names this request in the logs.")
    errors: list[FieldProblem] | None = None
    error: str | None = Field(None, description="OAuth 2.0 error code (RFC 6749), on the token endpoint.")
    permitted: list[str] | None = Field(None, description="The moves that are possible now (move-not-permitted).")
    lacking: list[str] | None = Field(None, description="The fields that the move still needs (move-not-permitted).")
    because: list[str] | None = Field(None, description="Why the move is not possible (move-not-permitted).")


class Refusal(Exception):
    """A request that cannot be granted; subclasses give `status`, `slug` and `title`."""

    status: ClassVar[int] = 400
    slug: ClassVar[str] = "bad-request"
    title: ClassVar[str] = "The request cannot be understood"

    def __init__(
        self, detail: str, *, errors: Sequence[FieldProblem] = (), headers: Mapping[str, str] | None = None, **more: Any
    ) -> None:
        super().__init__(detail)
        self.detail, self.errors, self.headers, self.more = detail, list(errors), dict(headers or {}), more


class BadRequest(Refusal):
    """The request is malformed: syntax, an unknown parameter, a broken cursor."""


class TooManyValues(BadRequest):
    """The body holds more values, or is nested more deeply, than its address accepts."""


class NotSignedIn(Refusal):
    status, slug, title = 401, "not-signed-in", "A valid token is needed"


class NotAllowed(Refusal):
    status, slug, title = 403, "not-allowed", "Your roles do not allow this"


class NotFound(Refusal):
    status, slug, title = 404, "not-found", "There is no such record"


class NoSuchPage(NotFound):
    title = "There is no such page"


class MethodNotAllowed(Refusal):
    status, slug, title = 405, "method-not-allowed", "This address does not accept this method"


class RequestTimeout(Refusal):
    status, slug, title = 408, "request-timeout", "The request did not arrive in time"


class Conflict(Refusal):
    status, slug, title = 409, "conflict", "This conflicts with the present state"


class NotPermittedNow(Refusal):
    status, slug, title = 409, "move-not-permitted", "The move is not permitted now"


class VersionConflict(Refusal):
    status, slug, title = 412, "version-conflict", "Somebody changed the record in the meantime"


class TooLarge(Refusal):
    status, slug, title = 413, "too-large", "The request is too large"


class AddressTooLong(Refusal):
    status, slug, title = 414, "address-too-long", "The address is too long"


class WrongMediaType(Refusal):
    status, slug, title = 415, "wrong-media-type", "This address does not accept bodies of this type"


class Invalid(Refusal):
    status, slug, title = 422, "invalid", "A value is not acceptable"


class VersionNeeded(Refusal):
    status, slug, title = 428, "version-needed", "If-Match is needed"


class TooMany(Refusal):
    status, slug, title = 429, "too-many-requests", "Too many requests"


class HeadersTooLarge(Refusal):
    status, slug, title = 431, "headers-too-large", "The headers are too large"


class InternalError(Refusal):
    status, slug, title = 500, "internal-error", "Something went wrong on our side"


class Unavailable(Refusal):
    status, slug, title = 503, "unavailable", "The service cannot do this at the moment"


def invalid(pointer: str, detail: str) -> Invalid:
    """A refusal that points at one value, e.g. `invalid("/service_id", "no such service")`."""
    return Invalid(detail, errors=[FieldProblem(pointer=pointer, detail=detail)])


def problem_of(refusal: Refusal, *, instance: str, trace_id: str) -> Problem:
    """The body that answers `refusal`."""
    return Problem(
        type=f"urn:zeven:problem:{refusal.slug}",
        title=refusal.title,
        status=refusal.status,
        detail=refusal.detail,
        instance=instance,
        trace_id=trace_id,
        errors=refusal.errors or None,
        **refusal.more,
    )


#: the refusal for each status that the framework answers by itself
BY_STATUS: Mapping[int, type[Refusal]] = {
    401: NotSignedIn,
    403: NotAllowed,
    404: NoSuchPage,
    405: MethodNotAllowed,
    408: RequestTimeout,
    409: Conflict,
    412: VersionConflict,
    413: TooLarge,
    414: AddressTooLong,
    415: WrongMediaType,
    422: Invalid,
    428: VersionNeeded,
    429: TooMany,
    431: HeadersTooLarge,
    503: Unavailable,
}
