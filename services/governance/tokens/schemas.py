"""What the token endpoint accepts and returns, with the names of OAuth 2.0, and who a token is for."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from shared.contracts.governance import HeldRole
from shared.fields import RequestModel, ResponseModel

Plain = Annotated[str, Field(max_length=300, pattern=r"^[^\x00-\x1f\x7f]*$")]
Hidden = Annotated[str, Field(max_length=1000, json_schema_extra={"format": "password"})]


class RequestToken(RequestModel):
    """A grant and its fields, and no others (`scope` is accepted and has no effect: roles decide)."""

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
    """An access token, its life in seconds, and the refresh token that renews it (null for a service account)."""

    access_token: str
    refresh_token: str | None
    token_type: Literal["Bearer"]
    expires_in: int


class Me(ResponseModel):
    """Who the token is for, with the rights that it has; `issued_at` is when it got them, and what is withdrawn later ends it."""

    id: str
    kind: str
    name: str | None
    username: str | None
    party_id: UUID | None
    party_name: str | None
    team_ids: list[UUID]
    roles: list[HeldRole]
    issued_at: datetime
