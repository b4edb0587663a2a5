"""The token endpoint: OAuth 2.0 over a form, refusals as problem details that carry OAuth's error code too."""

import base64
import binascii
from typing import Annotated
from urllib.parse import unquote_plus

from fastapi import Depends, Form, Request, Response

from services.governance.api.attempts import Counted, address
from services.governance.commands import tokens as commands
from services.governance.domain.names import username_of
from services.governance.errors import InvalidClient, InvalidTokenRequest, UnsupportedGrantType
from services.governance.schemas.tokens import GRANTS, AskToken, TokenView
from shared.errors import FieldProblem
from shared.http import router as strict
from shared.http.callers import OpenToAnyone
from shared.unit_of_work import Work

router = strict(tags=["tokens"])


def working(request: Request) -> Work:
    """A unit of work of the service itself: nobody has signed in yet."""
    running = request.app.state.running
    work: Work = running.work(running.service.actor)
    return work


@router.post("/token", dependencies=[Depends(OpenToAnyone())])
async def issue_token(
    form: Annotated[AskToken, Form()],
    request: Request,
    response: Response,
    work: Annotated[Work, Depends(working)],
    attempts: Counted,
) -> TokenView:
    """A token for a name and password, for a service account (also with HTTP Basic), or for a refresh token."""
    response.headers["Cache-Control"] = "no-store"
    asked = _asked(form, request.headers.get("authorization", ""))
    if form.grant_type == "password":
        name = username_of(asked["username"])
        await attempts.count(name, address(request))
        issued = await commands.sign_in(work, name, asked["password"])
        await attempts.succeeded(name)
    elif form.grant_type == "client_credentials":
        issued = await commands.sign_in_client(work, asked["client_id"], asked["client_secret"])
    else:
        issued = await commands.renew(work, asked["refresh_token"])
    return TokenView(
        access_token=issued.access_token,
        refresh_token=issued.refresh_token,
        token_type="Bearer",  # noqa: S106 - the kind of token
        expires_in=issued.expires_in,
    )


def _asked(form: AskToken, authorization: str) -> dict[str, str]:
    """The fields that the grant needs, all of them and no others."""
    if not form.grant_type:
        kinds = ", ".join(GRANTS)
        problem = FieldProblem(pointer="/grant_type", detail=f"one of {kinds}")
        raise InvalidTokenRequest(f"Say which grant: grant_type is one of {kinds}.", [problem])
    if form.grant_type not in GRANTS:
        raise UnsupportedGrantType(tuple(GRANTS))
    given: dict[str, str] = form.model_dump(exclude={"grant_type", "scope"}, exclude_none=True)
    scheme, _, encoded = authorization.partition(" ")
    if form.grant_type == "client_credentials" and scheme.lower() == "basic":
        given |= _basic(encoded)
    needed = GRANTS[form.grant_type]
    problems = [
        FieldProblem(pointer=f"/{name}", detail="needed for this grant") for name in needed if not given.get(name)
    ]
    told = f"{form.grant_type} takes {', '.join(needed)}"
    problems += [FieldProblem(pointer=f"/{name}", detail=told) for name in sorted(set(given) - set(needed))]
    if problems:
        raise InvalidTokenRequest(f"The grant {told}.", problems)
    return given


def _basic(encoded: str) -> dict[str, str]:
    """Client id and secret from HTTP Basic, decoded as RFC 6749 (2.3.1) asks."""
    try:
        client_id, colon, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        raise InvalidClient from None
    if not colon or not client_id.isprintable():
        raise InvalidClient
    return {"client_id": unquote_plus(client_id), "client_secret": unquote_plus(secret)}
