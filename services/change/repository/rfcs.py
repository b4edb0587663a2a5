"""Queries about requests for change."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select, text

from services.change.errors import RfcUnknown
from services.change.models import Rfc
from services.change.repository.scope import visible
from shared.paging import Paging, Slice, Sorting, page
from shared.unit_of_work import Work

RFC = Rfc.__table__.c
ORDER = Sorting(
    {"created_at": RFC.created_at, "updated_at": RFC.updated_at, "number": RFC.number}, "-created_at", RFC.id
)
_NUMBERS = text("SELECT nextval('rfc_number') FROM generate_series(1, :many)")


async def rfc_numbers(work: Work, many: int) -> list[str]:
    """The next so many numbers, e.g. `RFC-000042`."""
    return [f"RFC-{each:06d}" for each in (await work.session.execute(_NUMBERS, {"many": many})).scalars()]


async def rfc(work: Work, identity: UUID, *, lock: bool = False) -> Rfc:
    """One request, locked for writing when asked; `RfcUnknown` when there is none that the caller may see."""
    query = select(Rfc).where(Rfc.id == identity, visible(Rfc, work.caller))
    found = (await work.session.scalars(query.with_for_update() if lock else query)).one_or_none()
    if found is None:
        raise RfcUnknown
    return found


async def rfcs(work: Work, paging: Paging, sort: str | None, filters: Mapping[str, Any]) -> Slice:
    """A page of the requests that the caller may see; filters that are `None` do not count."""
    query = select(Rfc.__table__).where(visible(RFC, work.caller))
    for name, value in filters.items():
        if value is None:
            continue
        if name.startswith("origin_") and name != "origin_id":
            query = query.where(RFC.origin[name.removeprefix("origin_")].astext == value)
        elif name == "created_from":
            query = query.where(RFC.created_at >= value)
        elif name == "created_until":
            query = query.where(RFC.created_at < value)
        else:
            query = query.where(RFC[name] == value)
    return await page(work.session, query, paging, ORDER, sort=sort)


async def taken_in(work: Work, request_ids: Iterable[UUID]) -> set[UUID]:
    """Those of the requests of other processes that have their record already."""
    return set((await work.session.scalars(select(RFC.request_id).where(RFC.request_id.in_(list(request_ids))))).all())
