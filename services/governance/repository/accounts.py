"""Service accounts: only administrators ask for them."""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from services.governance.errors import ServiceAccountUnknown
from services.governance.models import ServiceAccount
from shared.paging import Paging, Slice, Sorting, page
from shared.unit_of_work import Work

ACCOUNT = ServiceAccount.__table__
ORDER = Sorting(
    {"created_at": ACCOUNT.c.created_at, "name": ACCOUNT.c.name, "number": ACCOUNT.c.number},
    "created_at",
    ACCOUNT.c.id,
)


async def account(work: Work, identity: UUID, *, lock: bool = False) -> ServiceAccount:
    """A service account; `ServiceAccountUnknown` otherwise."""
    query = select(ServiceAccount).where(ServiceAccount.id == identity)
    found = (await work.session.execute(query.with_for_update() if lock else query)).scalar_one_or_none()
    if found is None:
        raise ServiceAccountUnknown
    return found


async def accounts(work: Work, paging: Paging, sort: str | None, filters: dict[str, Any]) -> Slice:
    """A page of the service accounts."""
    query = select(ACCOUNT)
    for name, value in filters.items():
        if value is not None:
            query = query.where(ACCOUNT.c[name] == value)
    return await page(work.session, query, paging, ORDER, sort=sort)


async def account_of_client(work: Work, client_id: str) -> ServiceAccount | None:
    """The service account that signs in with this id."""
    return (await work.session.scalars(select(ServiceAccount).where(ServiceAccount.client_id == client_id))).first()
