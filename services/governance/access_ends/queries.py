"""What holds now of the access of people and service accounts, whatever their tokens say."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text

from services.governance.models import Person
from shared.access.withdrawals import WITHDRAWAL
from shared.unit_of_work import Work

# null for somebody whom governance does not know: another issuer answers for that token
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
# in the order in which ending access takes the same locks
_HOLD = text("SELECT FROM person JOIN party ON party.id = person.party_id WHERE person.id = :id FOR SHARE")


async def access_of(work: Work, subject: UUID, party: UUID | None) -> Any:
    """Until when tokens are withdrawn, whether somebody is active and administers; `None` for what is not known here."""
    return (await work.session.execute(_ACCESS, {"id": subject, "party": party})).one()


async def lock_subjects(work: Work, subjects: Collection[UUID]) -> datetime | None:
    """Wait for those who get a token now, and keep others waiting until the commit; answers the last moment of any subject."""
    await work.session.execute(select(Person.id).where(Person.id.in_(subjects)).order_by(Person.id).with_for_update())
    query = select(func.max(WITHDRAWAL.c.before)).where(WITHDRAWAL.c.subject.in_(subjects))
    latest: datetime | None = (await work.session.execute(query)).scalar_one()
    return latest


async def hold_person(work: Work, person_id: UUID) -> None:
    """Keep the access of a person from being ended until the commit."""
    await work.session.execute(_HOLD, {"id": person_id})
