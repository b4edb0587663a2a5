"""Every refusal of governance; those of the token endpoint also carry the error code of OAuth 2.0 (RFC 6749, 5.2)."""

from collections.abc import Sequence

from shared.errors import BadRequest, Conflict, FieldProblem, NotFound, NotSignedIn, TooMany


class PartyUnknown(NotFound):
    """No such party, or not one the caller may see."""

    def __init__(self) -> None:
        super().__init__("There is no such party.")


class PersonUnknown(NotFound):
    """No such person, or not one the caller may see."""

    def __init__(self) -> None:
        super().__init__("There is no such person.")


class TeamUnknown(NotFound):
    """No such team, or not one the caller may see."""

    def __init__(self) -> None:
        super().__init__("There is no such team.")


class RoleAssignmentUnknown(NotFound):
    """No such assignment of a role, or not one the caller may see."""

    def __init__(self) -> None:
        super().__init__("There is no such role assignment.")


class ServiceAccountUnknown(NotFound):
    """No such service account."""

    def __init__(self) -> None:
        super().__init__("There is no such service account.")


class UsernameTaken(Conflict):
    """Somebody else signs in with this name."""

    slug, title = "username-taken", "The username belongs to somebody else"

    def __init__(self) -> None:
        detail = "somebody, perhaps retired, has this username"
        super().__init__("Choose another username.", errors=[FieldProblem(pointer="/username", detail=detail)])


class AlreadyAssigned(Conflict):
    """The person holds the role in this scope already."""

    slug, title = "already-assigned", "The person holds this role already"

    def __init__(self) -> None:
        super().__init__("The person holds this role in this scope already.")


class AlreadyWithdrawn(Conflict):
    """The role was withdrawn before."""

    slug, title = "already-withdrawn", "The role was withdrawn before"

    def __init__(self) -> None:
        super().__init__("This role was withdrawn before; assign it anew where it is needed.")


class LastAdministrator(Conflict):
    """Nobody would be left who may do everything."""

    slug, title = "last-administrator", "Somebody must remain administrator"

    def __init__(self) -> None:
        super().__init__("Without this nobody would be administrator; give another active person the role first.")


class WrongPassword(Conflict):
    """The old password is not the one that holds."""

    slug, title = "wrong-password", "The old password is wrong"

    def __init__(self) -> None:
        detail = "not the password that holds now"
        super().__init__("The old password is wrong.", errors=[FieldProblem(pointer="/old_password", detail=detail)])


class TooManyAttempts(TooMany):
    """So many sign-ins with this name, or from this address, that the next ones have to wait."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"Too many attempts; wait {seconds} s.", headers={"Retry-After": str(seconds)})


class InvalidTokenRequest(BadRequest):
    """A token was asked for with fields that do not fit the grant."""

    slug, title = "invalid-request", "The request for a token is incomplete"

    def __init__(self, detail: str, errors: Sequence[FieldProblem]) -> None:
        super().__init__(detail, errors=errors, error="invalid_request")


class UnsupportedGrantType(BadRequest):
    """A kind of grant that is not offered."""

    slug, title = "unsupported-grant-type", "This kind of grant is not offered"

    def __init__(self, offered: Sequence[str]) -> None:
        detail = f"one of {', '.join(offered)}"
        super().__init__(
            f"grant_type is {detail}.",
            errors=[FieldProblem(pointer="/grant_type", detail=detail)],
            error="unsupported_grant_type",
        )


class InvalidGrant(BadRequest):
    """Name or password is wrong, or the refresh token is not good any more; which of it, is told to nobody."""

    slug, title = "invalid-grant", "The credentials are not accepted"

    def __init__(self, detail: str = "Name or password is wrong.") -> None:
        super().__init__(detail, error="invalid_grant")


class InvalidClient(NotSignedIn):
    """Client id or secret is wrong."""

    slug, title = "invalid-client", "The service account is not accepted"

    def __init__(self) -> None:
        super().__init__(
            "Client id or secret is wrong.",
            headers={"WWW-Authenticate": 'Basic realm="zeven"'},
            error="invalid_client",
        )
