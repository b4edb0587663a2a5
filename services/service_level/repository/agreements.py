"""Agreements and their versions: as records that people keep, and as the rules choose among them."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.service_level.domain.agreements import Agreement, Version
from services.service_level.domain.calendars import calendar_of
from services.service_level.domain.clocks import KINDS, Target
from services.service_level.errors import AgreementUnknown
from services.service_level.models import AgreementRow, AgreementVersion
from shared.access import Caller
from shared.paging import Paging, Slice, Sorting, page

_COLUMNS = AgreementRow.__table__.c
_SORTING = Sorting(
    {"created_at": _COLUMNS.created_at, "name": _COLUMNS.name, "valid_from": _COLUMNS.valid_from},
    "created_at",
    _COLUMNS.id,
)
_IN_REACH = text("""
SELECT agreement.id, party_id, service_id, rank, valid_until, version.number AS number, version.in_force_from,
  version.calendar, version.targets, version.pause_reasons
FROM agreement JOIN agreement_version AS version ON version.agreement_id = agreement.id
WHERE (party_id IS NULL OR party_id = ANY(:parties)) AND (service_id IS NULL OR service_id = ANY(:services))
""").columns(
    calendar=AgreementVersion.calendar.type,
    targets=AgreementVersion.targets.type,
    pause_reasons=AgreementVersion.pause_reasons.type,
)
_STALE = text("""
UPDATE incident SET stale = true WHERE registered_at >= :since AND NOT stale
  AND (CAST(:party AS uuid) IS NULL OR party_id = :party) AND (CAST(:service AS uuid) IS NULL OR service_id = :service)
""")


async def agreement(
    session: AsyncSession, identity: UUID, caller: Caller | None, *, lock: bool = False
) -> AgreementRow:
    """One agreement that the caller may see; `AgreementUnknown` otherwise."""
    query = _seen_by(select(AgreementRow).where(AgreementRow.id == identity), caller)
    found: AgreementRow | None = await session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise AgreementUnknown
    return found


async def agreements(
    session: AsyncSession,
    caller: Caller | None,
    paging: Paging,
    sort: str | None,
    *,
    state: str | None,
    party_id: UUID | None,
    service_id: UUID | None,
) -> Slice:
    """A page of the agreements that the caller may see."""
    query = _seen_by(select(*_COLUMNS), caller)
    for column, value in (
        (_COLUMNS.state, state),
        (_COLUMNS.party_id, party_id),
        (_COLUMNS.service_id, service_id),
    ):
        if value is not None:
            query = query.where(column == value)
    return await page(session, query, paging, _SORTING, sort=sort)


async def versions(session: AsyncSession, identities: Collection[UUID]) -> dict[UUID, list[AgreementVersion]]:
    """All versions of these agreements, oldest first."""
    query = select(AgreementVersion).where(AgreementVersion.agreement_id.in_(identities))
    found: dict[UUID, list[AgreementVersion]] = {identity: [] for identity in identities}
    for row in (await session.scalars(query.order_by(AgreementVersion.number))).all():
        found[row.agreement_id].append(row)
    return found


async def version(session: AsyncSession, identity: UUID, number: int) -> AgreementVersion:
    """One version of an agreement that is known to be there."""
    return await session.get_one(AgreementVersion, (identity, number))


async def exists(session: AsyncSession, identity: UUID) -> bool:
    """Whether there is or was such an agreement."""
    return await session.scalar(select(AgreementRow.id).where(AgreementRow.id == identity)) is not None


async def in_reach(
    session: AsyncSession, parties: Collection[UUID | None], services: Collection[UUID | None]
) -> list[Agreement]:
    """Every agreement under which records of these parties and services may fall, with all its versions."""
    bound = {"parties": [party for party in parties if party], "services": [each for each in services if each]}
    found: dict[UUID, tuple[Any, list[Version]]] = {}
    for row in (await session.execute(_IN_REACH, bound)).all():
        found.setdefault(row.id, (row, []))[1].append(_version(row))
    return [
        Agreement(str(row.id), _text(row.party_id), _text(row.service_id), row.rank, tuple(told))
        for row, told in found.values()
    ]


def version_of(row: AgreementVersion) -> Version:
    """A stored version as the rules read it."""
    return Version(
        row.number, row.in_force_from, None, calendar_of(row.calendar), _targets(row.targets, row.pause_reasons)
    )


async def due_to_turn(session: AsyncSession, now: datetime, limit: int) -> Sequence[AgreementRow]:
    """Agreements whose state no longer fits their validity, or that have a version whose time has come untold."""
    begun = (AgreementRow.state == "agreed") & (AgreementRow.valid_from <= now)
    over = (AgreementRow.state != "ended") & (AgreementRow.valid_until <= now)
    untold = select(AgreementVersion.number).where(
        AgreementVersion.agreement_id == AgreementRow.id,
        AgreementVersion.number > AgreementRow.in_force,
        AgreementVersion.in_force_from <= now,
    )
    amended = (AgreementRow.state == "active") & untold.exists()
    query = select(AgreementRow).where(or_(begun, over, amended)).order_by(AgreementRow.id).limit(limit)
    return (await session.scalars(query.with_for_update(skip_locked=True))).all()


async def mark_stale(session: AsyncSession, since: datetime, party: UUID | None, service: UUID | None) -> None:
    """Ask that the clocks of records registered since then, of that party and service, be folded again."""
    await session.execute(_STALE, {"since": since, "party": party, "service": service})


def _seen_by(query: Select[Any], caller: Caller | None) -> Select[Any]:
    if caller is None or caller.works_for_provider:
        return query
    return query.where(or_(AgreementRow.party_id.is_(None), AgreementRow.party_id == caller.party))


def _version(row: Any) -> Version:
    return Version(
        row.number,
        row.in_force_from,
        row.valid_until,
        calendar_of(row.calendar),
        _targets(row.targets, row.pause_reasons),
    )


def _targets(targets: dict[str, Any], pause_reasons: Iterable[str]) -> dict[tuple[str, str], Target]:
    reasons = frozenset(pause_reasons)
    return {
        (kind, priority): Target(kind, seconds, pause_reasons=reasons)
        for priority, amounts in targets.items()
        for kind in KINDS
        if (seconds := amounts.get(f"{kind}_seconds")) is not None
    }


def _text(identity: UUID | None) -> str | None:
    return str(identity) if identity else None
