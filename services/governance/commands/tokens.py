"""Tokens: given for a password, for a service account's secret, or for a refresh token that is used up by it."""

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import structlog
from joserfc import jwt
from uuid_utils.compat import uuid7

from services.governance.commands.hashing import matches
from services.governance.commands.keys import signing_key
from services.governance.domain.names import username_of
from services.governance.domain.sealing import ALGORITHM
from services.governance.errors import InvalidClient, InvalidGrant
from services.governance.models import RefreshToken
from services.governance.repository import accounts
from services.governance.repository import tokens as repository
from services.governance.settings import GovernanceSettings
from shared import clock
from shared.access import AUDIENCE
from shared.contracts.roles import SERVICE_ACCOUNT
from shared.unit_of_work import Work

log = structlog.get_logger(__name__)

REFRESHED_WITHIN = timedelta(days=14)
_OVER = "The refresh token is not good any more; sign in again."


@dataclass(frozen=True, slots=True)
class Issued:
    """An access token, its life in seconds, and for people the refresh token that continues it."""

    access_token: str
    refresh_token: str | None
    expires_in: int


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a token speaks for."""

    id: UUID
    kind: str
    name: str
    party: UUID | None
    teams: Sequence[UUID]
    roles: Sequence[dict[str, str | None]]


async def sign_in(work: Work, username: str, password: str) -> Issued:
    """Tokens for a person; `InvalidGrant` for an unknown name, a wrong password and a retired person alike."""
    async with work:
        found = await repository.who_signs_in(work, username_of(username))
    fits = await matches(password, found.password_hash if found else None)
    if found is None or not fits:
        raise InvalidGrant
    async with work:
        subject = await _person(work, found.id)
        if subject is None:
            raise InvalidGrant
        return await _with_refresh(work, subject, uuid7())


async def renew(work: Work, token: str) -> Issued:
    """Tokens for a refresh token, which is used up; one that was used before takes its whole family along.

    Raises `InvalidGrant` also when the person is not active any more.
    """
    async with work:
        now, found = clock.now(), await repository.refresh_token(work, digest_of(token))
        if found is None or found.revoked_at is not None or found.expires_at <= now:
            raise InvalidGrant(_OVER)
        if found.used_at is None:
            found.used_at = now
            if (subject := await _person(work, found.person_id)) is None:
                raise InvalidGrant(_OVER)
            return await _with_refresh(work, subject, found.family)
        await repository.revoke_family(work, found.family, now)
    log.warning("a refresh token came twice, its family is revoked", person=str(found.person_id))
    raise InvalidGrant(_OVER)


async def sign_in_client(work: Work, client_id: str, secret: str) -> Issued:
    """An access token for a service account; `InvalidClient` for an unknown id, a wrong secret and a retired account alike."""
    async with work:
        account = await accounts.account_of_client(work, client_id)
        fits = hmac.compare_digest(digest_of(secret), account.secret_digest if account else digest_of(""))
        if account is None or not fits or account.state != "active":
            raise InvalidClient
        roles = [{"role": role, "scope": None} for role in (SERVICE_ACCOUNT, *account.roles)]
        subject = Subject(account.id, SERVICE_ACCOUNT, account.name, None, (), roles)
        return Issued(await _access(work, subject), None, _seconds(work))


async def forget_ended(work: Work) -> int:
    """Drop the refresh tokens that have ended; answers 0, since one run does it all."""
    async with work:
        await repository.forget_refresh_tokens(work, clock.now())
        return 0


def digest_of(secret: str) -> str:
    """How a random secret is stored: it has 256 bits of its own, so a plain digest keeps it."""
    return sha256(secret.encode()).hexdigest()


async def _person(work: Work, person_id: UUID) -> Subject | None:
    found = await repository.claims_of(work, person_id)
    return found and Subject(found.id, "person", found.name, found.party_id, found.teams, found.roles)


async def _with_refresh(work: Work, subject: Subject, family: UUID) -> Issued:
    refresh = secrets.token_urlsafe(32)
    work.insert(
        RefreshToken(
            digest=digest_of(refresh),
            family=family,
            person_id=subject.id,
            expires_at=clock.now() + REFRESHED_WITHIN,
            used_at=None,
            revoked_at=None,
        )
    )
    return Issued(await _access(work, subject), refresh, _seconds(work))


async def _access(work: Work, subject: Subject) -> str:
    kid, key = await signing_key(work)
    now = int(clock.now().timestamp())
    claims: dict[str, Any] = {
        "iss": work.config.token_issuer,
        "aud": AUDIENCE,
        "sub": str(subject.id),
        "kind": subject.kind,
        "name": subject.name,
        "party": str(subject.party) if subject.party else None,
        "teams": [str(team) for team in subject.teams],
        "roles": list(subject.roles),
        "iat": now,
        "nbf": now,
        "exp": now + _seconds(work),
        "jti": str(uuid7()),
    }
    return jwt.encode({"alg": ALGORITHM, "kid": kid}, claims, key)


def _seconds(work: Work) -> int:
    return GovernanceSettings.of(work.config).token_minutes * 60
