"""The token endpoint: OAuth 2.0 with a form; refusals are problem details with OAuth's error code."""

import base64
import binascii
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import unquote_plus

from fastapi import Form, Request

from services.governance.people.rules import username_of
from services.governance.sign_in_limits.commands import SignInLimits
from services.governance.tokens import commands
from services.governance.tokens.queries import person_and_party
from services.governance.tokens.rules import GRANTS
from services.governance.tokens.schemas import Me, RequestToken, TokenView
from shared.contracts.governance import HeldRole
from shared.errors import BadRequest, FieldProblem
from shared.http import OpenWork, SignedInWork, address_of
from shared.http import router as strict

router = strict(tags=["tokens"])


class InvalidTokenRequest(BadRequest):
    """The fields of the request do not fit the grant."""

    slug, title = "invalid-request", "The token request does not fit its grant"

    def __init__(self, detail: str, errors: Sequence[FieldProblem]) -> None:
        super().__init__(detail, errors=errors, error="invalid_request")


class UnsupportedGrantType(BadRequest):
    """A kind of grant that is not offered."""

    slug, title = "unsupported-grant-type", "This kind of grant is not offered"

    def __init__(self) -> None:
        problem = FieldProblem(pointer="/grant_type", detail=f"one of {', '.join(GRANTS)}")
        super().__init__(f"grant_type is {problem.detail}.", errors=[problem], error="unsupported_grant_type")


@router.post("/token")
async def issue_token(form: Annotated[RequestToken, Form()], request: Request, work: OpenWork) -> TokenView:
    """A token for a name and password, for a service account (also with HTTP Basic), or for a refresh token."""
    given, address = _given(form, request.headers.get("authorization", "")), address_of(request)
    if form.grant_type == "password":
        with SignInLimits.of(request.app.state).attempt(username_of(given["username"]), address):
            issued = await commands.sign_in(work, given["username"], given["password"], address=address)
    elif form.grant_type == "client_credentials":
        issued = await commands.sign_in_client(work, given["client_id"], given["client_secret"], address=address)
    else:
        issued = await commands.renew(work, given["refresh_token"])
    return TokenView(
        access_token=issued.access_token,
        refresh_token=issued.refresh_token,
        token_type="Bearer",  # noqa: S106 - the kind of token
        expires_in=issued.expires_in,
    )


@router.get("/me")
async def read_me(work: SignedInWork) -> Me:
    """Who the token is for: the present names, and the roles and teams in the token."""
    caller = work.caller
    assert caller is not None
    async with work:
        known = await person_and_party(work, caller.person) if caller.person else None
    return Me(
        id=caller.id,
        kind=caller.kind,
        name=known.name if known else None,
        username=known.username if known else None,
        party_id=caller.party,
        party_name=known.party_name if known else None,
        team_ids=list(caller.teams),
        roles=[HeldRole(role=grant.role, scope=grant.scope) for grant in caller.grants],
        issued_at=datetime.fromtimestamp(caller.issued_at, UTC),
    )


def _given(form: RequestToken, authorization: str) -> dict[str, str]:
    """The fields that the grant needs, all of them and no others."""
    if not form.grant_type:
        problem = FieldProblem(pointer="/grant_type", detail=f"one of {', '.join(GRANTS)}")
        raise InvalidTokenRequest(f"grant_type is missing; use {problem.detail}.", [problem])
    if form.grant_type not in GRANTS:
        raise UnsupportedGrantType
    given: dict[str, str] = form.model_dump(exclude={"grant_type", "scope"}, exclude_none=True)
    scheme, _, encoded = authorization.partition(" ")
    if form.grant_type == "client_credentials" and scheme.lower() == "basic":
        given |= _basic(encoded)
    needed = GRANTS[form.grant_type]
    takes = f"{form.grant_type} takes {', '.join(needed)}"
    problems = [
        *(FieldProblem(pointer=f"/{name}", detail="needed for this grant") for name in needed if not given.get(name)),
        *(FieldProblem(pointer=f"/{name}", detail=takes) for name in sorted(set(given) - set(needed))),
    ]
    if problems:
        raise InvalidTokenRequest(f"The grant {takes}.", problems)
    return given


def _basic(encoded: str) -> dict[str, str]:
    """Client id and secret from HTTP Basic, decoded as RFC 6749 (2.3.1) says."""
    try:
        client_id, colon, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        raise commands.InvalidClient from None
    if not colon or not client_id.isprintable():
        raise commands.InvalidClient
    return {"client_id": unquote_plus(client_id), "client_secret": unquote_plus(secret)}
