"""What tokens are made of: who signs in with which claims, refresh tokens and signing keys."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Text, Uuid, delete, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from services.governance.models import Credential, Party, Person, RefreshToken, SigningKey
from shared.unit_of_work import Work

_CLAIMS = text("""
SELECT person.id, person.name, person.party_id,
  ARRAY(SELECT team.id FROM team WHERE team.state = 'active' AND team.member_ids @> ARRAY[person.id] ORDER BY team.id)
    AS teams,
  coalesce((SELECT jsonb_agg(jsonb_build_object('role', role, 'scope', nullif(place, '')) ORDER BY role, place)
    FROM role_assignment WHERE person_id = person.id AND withdrawn_at IS NULL), '[]') AS roles
FROM person JOIN party ON party.id = person.party_id
WHERE person.id = :person AND person.state = 'active' AND party.state = 'active'
""").columns(id=Uuid, name=Text, party_id=Uuid, teams=ARRAY(Uuid), roles=JSONB)


async def who_signs_in(work: Work, username: str) -> Any:
    """Id and password hash of whoever has this username and a password, also of somebody who is retired."""
    query = (
        select(Person.id, Credential.password_hash)
        .join(Credential, Credential.person_id == Person.id)
        .where(Person.username == username)
    )
    return (await work.session.execute(query)).first()


async def claims_of(work: Work, person_id: UUID) -> Any:
    """Id, name, party, teams and roles of an active person of an active party; `None` for anybody else."""
    return (await work.session.execute(_CLAIMS, {"person": person_id})).first()


async def refresh_token(work: Work, digest: str) -> RefreshToken | None:
    """A refresh token by its digest, locked."""
    return await work.session.get(RefreshToken, digest, with_for_update=True)


async def revoke_family(work: Work, family: UUID, now: datetime) -> None:
    """Make every refresh token of a sign-in useless."""
    await work.session.execute(
        update(RefreshToken)
        .where(RefreshToken.family == family, RefreshToken.revoked_at.is_(None))
        .values(revoked_at=now)
    )


async def revoke_all(work: Work, person_id: UUID, now: datetime) -> None:
    """Make every refresh token of a person useless."""
    await work.session.execute(
        update(RefreshToken)
        .where(RefreshToken.person_id == person_id, RefreshToken.revoked_at.is_(None))
        .values(revoked_at=now)
    )


async def forget_refresh_tokens(work: Work, now: datetime) -> None:
    """Drop the refresh tokens that have ended."""
    await work.session.execute(delete(RefreshToken).where(RefreshToken.expires_at < now))


async def signing_keys(work: Work) -> Sequence[SigningKey]:
    """Every signing key, oldest first."""
    return (await work.session.scalars(select(SigningKey).order_by(SigningKey.signs_from, SigningKey.kid))).all()


async def forget_keys(work: Work, kids: Sequence[str]) -> None:
    """Drop these signing keys."""
    await work.session.execute(delete(SigningKey).where(SigningKey.kid.in_(kids)))


async def person_and_party(work: Work, person_id: UUID) -> Any:
    """Name and username of a person, and the name of the party; `None` for somebody unknown here."""
    query = (
        select(Person.name, Person.username, Party.name.label("party_name"))
        .join(Party, Party.id == Person.party_id)
        .where(Person.id == person_id)
    )
    return (await work.session.execute(query)).first()
