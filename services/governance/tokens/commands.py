"""Issues tokens: for a password, for a service account's secret, or for a refresh token, which works once."""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from joserfc import jwt
from uuid_utils.compat import uuid7

from services.governance.access_ends.commands import INSTANT
from services.governance.access_ends.queries import access_of, lock_person
from services.governance.models import RefreshToken
from services.governance.passwords.commands import matches
from services.governance.passwords.queries import who_signs_in
from services.governance.people.rules import username_of
from services.governance.service_accounts.queries import account_of_client
from services.governance.settings import GovernanceSettings
from services.governance.signing_keys.commands import signing_key
from services.governance.signing_keys.rules import ALGORITHM
from services.governance.tokens import queries
from services.governance.tokens.rules import REFRESHED_WITHIN, SIGNED_IN_FOR, digest_of
from shared import clock, security_log
from shared.access import AUDIENCE
from shared.contracts.roles import SERVICE_ACCOUNT
from shared.errors import BadRequest, NotSignedIn
from shared.unit_of_work import Work


class InvalidGrant(BadRequest):
    """Name or password is wrong, or the refresh token is no longer valid; the answer does not say which."""

    slug, title = "invalid-grant", "The credentials are not accepted"

    def __init__(self, detail: str = "Name or password is wrong.") -> None:
        super().__init__(detail, error="invalid_grant")


class InvalidClient(NotSignedIn):
    """Client id or secret is wrong."""

    slug, title = "invalid-client", "The service account is not accepted"

    def __init__(self) -> None:
        challenge = {"WWW-Authenticate": 'Basic realm="zeven"'}
        super().__init__("Client id or secret is wrong.", headers=challenge, error="invalid_client")


@dataclass(frozen=True, slots=True)
class Issued:
    """An access token, its life in seconds, and for people the refresh token that renews it."""

    access_token: str
    refresh_token: str | None
    expires_in: int


async def sign_in(work: Work, username: str, password: str, *, address: str) -> Issued:
    """Tokens for a person; raises the same `InvalidGrant` for an unknown name, a wrong password and a retired person."""
    username = username_of(username)
    async with work:
        found = await who_signs_in(work, username)
    fits = await matches(password, found.password_hash if found else None)
    issued = await _after_sign_in(work, username, found) if found and fits else None
    _record(found, issued, "password", address)
    if issued is None:
        raise InvalidGrant
    return issued


async def _after_sign_in(work: Work, username: str, found: Any) -> Issued | None:
    async with work:
        await lock_person(work, found.id)
        if await who_signs_in(work, username) != found:  # the password was replaced while it was being verified
            return None
        return await _for_person(work, found.id, uuid7(), clock.now())


async def renew(work: Work, token: str) -> Issued:
    """Tokens for a refresh token, which works once; a second use ends its whole family.

    Raises `InvalidGrant`, also when the person is no longer active.
    """
    refused = InvalidGrant("The refresh token is no longer valid; sign in again.")
    async with work:
        if owner := await queries.owner_of(work, digest_of(token)):
            await lock_person(work, owner)
        now, found = clock.now(), await queries.refresh_token(work, digest_of(token))
        if found is None or found.revoked_at is not None or found.expires_at <= now:
            raise refused
        if found.used_at is None:
            found.used_at = now
            issued = await _for_person(work, found.person_id, found.family, found.signed_in_at)
            if issued is None:
                raise refused
            return issued
        await queries.revoke_family(work, found.family, now)
    security_log.record("refresh_token_reused", actor=str(found.person_id), family=str(found.family))
    raise refused


async def sign_in_client(work: Work, client_id: str, secret: str, *, address: str) -> Issued:
    """An access token for a service account.

    Raises the same `InvalidClient` for an unknown id, a wrong secret and a retired account.
    """
    issued = None
    async with work:
        account = await account_of_client(work, client_id)
        fits = hmac.compare_digest(digest_of(secret), account.secret_digest if account else digest_of(""))
        if account and fits and account.active:
            ended_before = (await access_of(work, account.id, None)).before
            claims = {"sub": str(account.id), "kind": SERVICE_ACCOUNT, "name": account.name, "roles": account.roles}
            issued = Issued(await _access_token(work, claims, ended_before), None, _seconds(work))
    _record(account, issued, "client_credentials", address)
    if issued is None:
        raise InvalidClient
    return issued


async def delete_ended(work: Work) -> int:
    """Delete the refresh tokens that have ended; returns 0, since one run deletes all."""
    async with work:
        await queries.delete_ended(work, clock.now())
        return 0


def _record(found: Any, issued: Issued | None, grant: str, address: str) -> None:
    act: security_log.Act = "signed_in" if issued else "sign_in_refused"
    security_log.record(act, actor=str(found.id) if found else None, grant=grant, address=address)


async def _for_person(work: Work, person_id: UUID, family: UUID, signed_in_at: datetime) -> Issued | None:
    found = await queries.claims_of(work, person_id)
    if found is None:
        return None
    refresh = secrets.token_urlsafe(32)
    expires_at = min(clock.now() + REFRESHED_WITHIN, signed_in_at + SIGNED_IN_FOR)
    work.insert(
        RefreshToken(
            digest=digest_of(refresh),
            family=family,
            person_id=person_id,
            signed_in_at=signed_in_at,
            expires_at=expires_at,
        )
    )
    claims = {
        "sub": str(person_id),
        "kind": "person",
        "name": found.name,
        "party": str(found.party_id),
        "teams": [str(team) for team in found.team_ids],
        "roles": found.roles,
    }
    return Issued(await _access_token(work, claims, found.ended_before), refresh, _seconds(work))


async def _access_token(work: Work, claims: dict[str, Any], ended_before: datetime | None) -> str:
    """A signed token; its `iat` is later than the moment until which the subject's tokens are withdrawn."""
    kid, key = await signing_key(work)
    issued = max(clock.now(), ended_before + INSTANT) if ended_before else clock.now()
    now = int(issued.timestamp())
    given: dict[str, Any] = {
        "iss": work.config.token_issuer,
        "aud": AUDIENCE,
        "party": None,
        "teams": [],
        **claims,
        "iat": issued.timestamp(),
        "nbf": now,
        "exp": now + _seconds(work),
        "jti": str(uuid7()),
    }
    return jwt.encode({"alg": ALGORITHM, "kid": kid}, given, key)


def _seconds(work: Work) -> int:
    return GovernanceSettings.of(work.config).token_minutes * 60
