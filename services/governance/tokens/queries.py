"""Queries about the claims of tokens, and about refresh tokens."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, Text, Uuid, bindparam, delete, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from services.governance.models import Party, Person, RefreshToken
from shared.unit_of_work import Work

_CLAIMS = (
    text("""
SELECT person.id, person.name, person.party_id, person.team_ids,
  (SELECT max(before) FROM access_withdrawal WHERE subject IN (person.id, person.party_id)) AS ended_before,
  coalesce((SELECT jsonb_agg(jsonb_build_object('role', role, 'scope', scope) ORDER BY role, scope NULLS FIRST)
    FROM role_assignment
    WHERE person_id = person.id AND withdrawn_at IS NULL AND (provider IS NULL OR provider = :provider)), '[]') AS roles
FROM person JOIN party ON party.id = person.party_id
WHERE person.id = :person AND person.state = 'active' AND party.state = 'active'
""")
    .bindparams(bindparam("provider", type_=Text))
    .columns(id=Uuid, name=Text, party_id=Uuid, team_ids=ARRAY(Uuid), ended_before=DateTime(timezone=True), roles=JSONB)
)


async def claims_of(work: Work, person_id: UUID, *, provider: str | None = None) -> Any:
    """Id, name, party, teams and roles of an active person of an active party; `None` for anybody else.

    Roles that groups of a provider give are among them only in what a token of this provider says.
    """
    return (await work.session.execute(_CLAIMS, {"person": person_id, "provider": provider})).first()


async def owner_of(work: Work, digest: str) -> UUID | None:
    """The id of the person whose refresh token it is."""
    return (await work.session.execute(select(RefreshToken.person_id).where(RefreshToken.digest == digest))).scalar()


async def refresh_token(work: Work, digest: str) -> RefreshToken | None:
    """A refresh token by its digest, locked."""
    return await work.session.get(RefreshToken, digest, with_for_update=True)


async def revoke_family(work: Work, family: UUID, now: datetime) -> None:
    """Revoke every refresh token of a sign-in."""
    await _revoke(work, RefreshToken.family == family, now)


async def revoke_all(work: Work, person_id: UUID, now: datetime) -> None:
    """Revoke every refresh token of a person."""
    await _revoke(work, RefreshToken.person_id == person_id, now)


async def _revoke(work: Work, whose: Any, now: datetime) -> None:
    unrevoked = update(RefreshToken).where(whose, RefreshToken.revoked_at.is_(None))
    await work.session.execute(unrevoked.values(revoked_at=now))


async def delete_ended(work: Work, now: datetime) -> None:
    """Delete the refresh tokens that have ended."""
    await work.session.execute(delete(RefreshToken).where(RefreshToken.expires_at < now))


async def person_and_party(work: Work, person_id: UUID) -> Any:
    """Name and username of a person, and the name of the party; `None` when the person is not known here."""
    query = select(Person.name, Person.username, Party.name.label("party_name")).join(
        Party, Party.id == Person.party_id
    )
    return (await work.session.execute(query.where(Person.id == person_id))).first()
