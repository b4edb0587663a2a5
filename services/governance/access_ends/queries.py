"""The present access of people and service accounts, whatever their tokens say."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text

from services.governance.models import Person
from shared.access.withdrawals import WITHDRAWAL
from shared.unit_of_work import Work

# null for somebody not known here: the token is from another issuer
_ACCESS = text("""
SELECT
  (SELECT max(before) FROM access_withdrawal WHERE subject IN (:id, :party)) AS before,
  coalesce(person.active, account.state = 'active') AS active,
  coalesce(person.administers, account.roles @> '[{"role": "administrator"}]') AS administers
FROM (SELECT 1) AS one
LEFT JOIN service_account AS account ON account.id = :id
LEFT JOIN LATERAL (
  SELECT person.state = 'active' AND party.state = 'active' AS active,
    EXISTS (
      SELECT FROM role_assignment
      WHERE person_id = person.id AND role = 'administrator' AND withdrawn_at IS NULL
    ) AS administers
  FROM person JOIN party ON party.id = person.party_id WHERE person.id = :id
) AS person ON true
""")
# in the same order as `end_access` locks, to avoid deadlocks
_LOCK_PERSON = text("SELECT FROM person JOIN party ON party.id = person.party_id WHERE person.id = :id FOR SHARE")


async def access_of(work: Work, subject: UUID, party: UUID | None) -> Any:
    """Until when tokens are withdrawn, whether somebody is active and administers; `None` for what is not known here."""
    return (await work.session.execute(_ACCESS, {"id": subject, "party": party})).one()


async def lock_subjects(work: Work, subjects: Collection[UUID]) -> datetime | None:
    """Lock these people until the commit, so that no token is issued meanwhile; returns their latest withdrawal."""
    await work.session.execute(select(Person.id).where(Person.id.in_(subjects)).order_by(Person.id).with_for_update())
    query = select(func.max(WITHDRAWAL.c.before)).where(WITHDRAWAL.c.subject.in_(subjects))
    latest: datetime | None = (await work.session.execute(query)).scalar_one()
    return latest


async def lock_person(work: Work, person_id: UUID) -> None:
    """Lock a person until the commit, so that his or her access does not end meanwhile."""
    await work.session.execute(_LOCK_PERSON, {"id": person_id})
