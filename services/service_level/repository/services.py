"""The services that are offered, or were."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.service_level.errors import ServiceUnknown
from services.service_level.models import ServiceRow
from shared.paging import Paging, Slice, Sorting, page

_COLUMNS = ServiceRow.__table__.c
_SORTING = Sorting({"created_at": _COLUMNS.created_at, "name": _COLUMNS.name}, "created_at", _COLUMNS.id)


async def service(session: AsyncSession, identity: UUID, *, lock: bool = False) -> ServiceRow:
    """One service; `ServiceUnknown` when there is none."""
    query = select(ServiceRow).where(ServiceRow.id == identity)
    found: ServiceRow | None = await session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise ServiceUnknown
    return found


async def services(session: AsyncSession, paging: Paging, sort: str | None, *, state: str | None) -> Slice:
    """A page of the services."""
    query = select(*_COLUMNS)
    if state is not None:
        query = query.where(_COLUMNS.state == state)
    return await page(session, query, paging, _SORTING, sort=sort)


async def offered(session: AsyncSession, identity: UUID) -> bool:
    """Whether the service is offered now."""
    return await session.scalar(select(ServiceRow.state).where(ServiceRow.id == identity)) == "active"


async def exists(session: AsyncSession, identity: UUID) -> bool:
    """Whether there is or was such a service."""
    return await session.scalar(select(ServiceRow.id).where(ServiceRow.id == identity)) is not None
