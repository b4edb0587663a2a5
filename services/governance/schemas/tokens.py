"""The token endpoint and what tells about it, in the words of OAuth 2.0 and OpenID Connect Discovery."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from shared.fields import RequestModel, ResponseModel

GRANTS = {
    "password": ("username", "password"),
    "client_credentials": ("client_id", "client_secret"),
    "refresh_token": ("refresh_token",),
}
Plain = Annotated[str, Field(max_length=300, pattern=r"^[^\x00-\x1f\x7f]*$")]
Hidden = Annotated[str, Field(max_length=1000, json_schema_extra={"format": "password"})]


class AskToken(RequestModel):
    """What a token is asked for with; each grant has its fields and takes no others (`scope` is accepted, roles decide)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"grant_type": "password", "username": "admin", "password": "the password in <data>/admin-password"},
                {"grant_type": "client_credentials", "client_id": "zeven-…", "client_secret": "…"},
                {"grant_type": "refresh_token", "refresh_token": "…"},
            ]
        }
    )
    grant_type: Annotated[Plain | None, Field(description="password, client_credentials or refresh_token.")] = None
    username: Plain | None = None
    password: Hidden | None = None
    client_id: Plain | None = None
    client_secret: Hidden | None = None
    refresh_token: Plain | None = None
    scope: Plain | None = None


class TokenView(ResponseModel):
    """An access token, its life in seconds, and what continues it (null for a service account)."""

    access_token: str
    refresh_token: str | None
    token_type: Literal["Bearer"]
    expires_in: int


class Keys(ResponseModel):
    """JSON Web Key Set (RFC 7517): whatever verifies tokens of this issuer."""

    keys: list[dict[str, Any]]


class Discovery(ResponseModel):
    """What OpenID Connect Discovery tells about the issuer."""

    issuer: str
    token_endpoint: str
    jwks_uri: str
    grant_types_supported: list[str]
    response_types_supported: list[str]
    subject_types_supported: list[str]
    id_token_signing_alg_values_supported: list[str]
    token_endpoint_auth_methods_supported: list[str]
    claims_supported: list[str]


class HeldRole(ResponseModel):
    """A role, and where it holds (null: everywhere)."""

    role: str
    scope: str | None


class Me(ResponseModel):
    """Whoever the token speaks for; names are null for somebody whom another issuer knows."""

    id: str
    kind: str
    name: str | None
    username: str | None
    party_id: UUID | None
    party_name: str | None
    team_ids: list[UUID]
    roles: list[HeldRole]
