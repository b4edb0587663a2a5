"""Queries about agreements and their versions."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select, text

from services.service_level.access import READ_AGREEMENTS
from services.service_level.models import Agreement, AgreementVersion, KnownParty, OfferedService
from shared.records import Noun
from shared.unit_of_work import Work

AGREEMENTS = Noun(Agreement, "agreement", READ_AGREEMENTS, names={"party_id": KnownParty, "service_id": OfferedService})

_STALE = text("""
UPDATE incident SET stale = true WHERE registered_at >= :since AND NOT stale
  AND (CAST(:party AS uuid) IS NULL OR party_id = :party) AND (CAST(:service AS uuid) IS NULL OR service_id = :service)
""")
_STALE_SINCE = text("""
UPDATE incident SET stale = true FROM agreement
WHERE agreement.created_at >= :begun AND registered_at >= valid_from AND NOT stale
  AND (agreement.party_id IS NULL OR incident.party_id = agreement.party_id)
  AND (agreement.service_id IS NULL OR incident.service_id = agreement.service_id)
""")


async def versions(work: Work, identities: Collection[UUID]) -> dict[UUID, list[AgreementVersion]]:
    """All versions of these agreements, oldest first."""
    query = select(AgreementVersion).where(AgreementVersion.agreement_id.in_(identities))
    found: dict[UUID, list[AgreementVersion]] = {identity: [] for identity in identities}
    for version in (await work.session.scalars(query.order_by(AgreementVersion.number))).all():
        found[version.agreement_id].append(version)
    return found


async def due(work: Work, now: datetime, limit: int) -> Sequence[Agreement]:
    """Agreements whose state no longer fits their validity, or with a version that is in force and not yet announced."""
    begun = (Agreement.state == "agreed") & (Agreement.valid_from <= now)
    over = (Agreement.state != "ended") & (Agreement.valid_until <= now)
    unannounced = select(AgreementVersion.number).where(
        AgreementVersion.agreement_id == Agreement.id,
        AgreementVersion.number > Agreement.in_force,
        AgreementVersion.in_force_from <= now,
    )
    amended = (Agreement.state == "active") & unannounced.exists()
    query = select(Agreement).where(or_(begun, over, amended)).order_by(Agreement.id).limit(limit)
    return (await work.session.scalars(query.with_for_update(skip_locked=True))).all()


async def without_holidays(work: Work, limit: int) -> Sequence[AgreementVersion]:
    """Versions whose calendar names a country, without the public holidays that they were made with, locked."""
    country = AgreementVersion.calendar["country"].astext
    query = select(AgreementVersion).where(AgreementVersion.holidays_digest.is_(None), country.is_not(None))
    return (await work.session.scalars(query.limit(limit).with_for_update(skip_locked=True))).all()


async def party_is_retired(work: Work, identity: UUID) -> bool:
    """Whether a party is known here and retired."""
    query = select(KnownParty.id).where(KnownParty.id == identity, KnownParty.active.is_(False))
    return (await work.session.execute(query)).first() is not None


async def mark_stale(work: Work, agreement: Agreement) -> None:
    """Mark the incidents that a new agreement may apply to, so that a job updates their clocks."""
    bound = {"since": agreement.valid_from, "party": agreement.party_id, "service": agreement.service_id}
    await work.session.execute(_STALE, bound)


async def mark_stale_since(work: Work, begun: datetime) -> None:
    """The same for all agreements that were made since then."""
    await work.session.execute(_STALE_SINCE, {"begun": begun})
