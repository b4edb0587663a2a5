"""Queries of incidents."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select, text

from services.incident.errors import IncidentUnknown
from services.incident.models import Incident
from services.incident.repository.scope import own_values, reach, selected, within
from shared.paging import Listing, Paging, Slice, Sorting
from shared.statements import Statement, as_json
from shared.unit_of_work import Work

INCIDENT = Incident.__table__
INCIDENT_ORDER = Sorting(
    {"created_at": INCIDENT.c.created_at, "updated_at": INCIDENT.c.updated_at, "number": INCIDENT.c.number},
    "-created_at",
    INCIDENT.c.id,
)
_NUMBERS = text("SELECT nextval('incident_number') FROM generate_series(1, :many)")


async def one(work: Work, identity: UUID, *, lock: bool = False) -> Incident:
    """An incident that the caller may see, locked for a change when asked; `IncidentUnknown` otherwise."""
    mine = reach(work.caller)
    query = select(Incident).where(Incident.id == identity, within(INCIDENT.c, mine)).params(own_values(mine))
    found = (await work.session.execute(query.with_for_update() if lock else query)).scalar_one_or_none()
    if found is None:
        raise IncidentUnknown
    return found


async def shown(work: Work, fields: tuple[str, ...], identity: UUID) -> tuple[str, int]:
    """An incident as JSON text with those `fields`, and its version; `IncidentUnknown` when the caller may not see it."""
    mine = reach(work.caller)
    statement = _reading(fields, None if mine is None else frozenset(mine))
    rows = await work.query(statement, {"id": identity, **own_values(mine)})
    if not rows:
        raise IncidentUnknown
    return rows[0][0], rows[0][1]


async def listed(
    work: Work, fields: tuple[str, ...], paging: Paging, sort: str | None, filters: dict[str, Any]
) -> Slice:
    """A page of the incidents that the caller may see, each as JSON text with those `fields`.

    `opened_from` and `opened_until` bound the registration.
    """
    mine, given = reach(work.caller), {name: value for name, value in filters.items() if value is not None}
    listing = _listing(fields, None if mine is None else frozenset(mine), frozenset(given), sort)
    return await listing.page(work.query, {**own_values(mine), **given}, paging, INCIDENT_ORDER, sort)


@lru_cache(100)
def _reading(fields: tuple[str, ...], mine: frozenset[str] | None) -> Statement:
    return Statement(as_json(_with(fields, selected(INCIDENT, mine, ["id"])), "version"))


@lru_cache(1000)
def _listing(
    fields: tuple[str, ...], mine: frozenset[str] | None, filters: frozenset[str], sort: str | None
) -> Listing:
    return Listing.of(_with(fields, selected(INCIDENT, mine, filters)), INCIDENT_ORDER, sort)


def _with(fields: tuple[str, ...], query: Select[Any]) -> Select[Any]:
    return query.with_only_columns(*(INCIDENT.c[name] for name in fields))


async def several(work: Work, ids: Iterable[UUID]) -> Sequence[Incident]:
    """Those of the incidents that are here."""
    return (await work.session.scalars(select(Incident).where(Incident.id.in_(list(ids))))).all()


async def locked(work: Work, ids: Sequence[UUID]) -> Sequence[Incident]:
    """Those of the incidents that are here, locked for a change in an order that every handler keeps."""
    if not ids:
        return []
    query = select(Incident).where(Incident.id.in_(ids)).order_by(Incident.id).with_for_update()
    return (await work.session.scalars(query)).all()


async def undisputed(work: Work, before: datetime, limit: int) -> Sequence[Incident]:
    """Incidents recovered before that instant which nobody disputed; what was recovered elsewhere has no kind, and stays."""
    query = select(Incident).where(
        Incident.state == "recovered", Incident.recovery.is_not(None), Incident.recovered_at <= before
    )
    return (
        await work.session.scalars(query.order_by(Incident.recovered_at).limit(limit).with_for_update(skip_locked=True))
    ).all()


async def waited_enough(work: Work, now: datetime, limit: int) -> Sequence[Incident]:
    """Incidents whose waiting was bounded, and the bound has passed."""
    query = select(Incident).where(Incident.state == "pending", Incident.pending_until <= now)
    return (
        await work.session.scalars(
            query.order_by(Incident.pending_until).limit(limit).with_for_update(skip_locked=True)
        )
    ).all()


async def next_numbers(work: Work, many: int) -> list[str]:
    """The next numbers of that many incidents."""
    return [f"INC-{number:06d}" for number in (await work.session.execute(_NUMBERS, {"many": many})).scalars()]


async def imported_digests(work: Work, source: str, keys: Sequence[str]) -> dict[str, str]:
    """What was imported of a source: key and digest of the history."""
    query = select(INCIDENT.c.source_key, INCIDENT.c.source_digest).where(
        INCIDENT.c.source == source, INCIDENT.c.source_key.in_(keys)
    )
    return {row.source_key: row.source_digest for row in (await work.session.execute(query)).all()}


async def imported(work: Work, source: str) -> int:
    """How many incidents of a source are here."""
    query = select(func.count()).where(INCIDENT.c.source == source)
    return int((await work.session.execute(query)).scalar_one())


async def lock_source(work: Work, source: str) -> None:
    """Let one import of a source run at a time; the others wait."""
    await work.session.execute(
        text("SELECT pg_advisory_xact_lock(hashtext('import'), hashtext(:source))"), {"source": source}
    )
