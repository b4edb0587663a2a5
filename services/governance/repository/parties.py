"""Parties: the provider's people see all, anybody else the own one."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, false, select, true

from services.governance.errors import PartyUnknown
from services.governance.models import Party
from shared.access import Caller
from shared.errors import invalid
from shared.paging import Paging, Slice, Sorting, page
from shared.unit_of_work import Work

PARTY = Party.__table__
ORDER = Sorting(
    {"created_at": PARTY.c.created_at, "name": PARTY.c.name, "number": PARTY.c.number}, "created_at", PARTY.c.id
)


def visible(caller: Caller | None) -> ColumnElement[bool]:
    """What the caller may see; the service itself sees everything."""
    if caller is None or caller.works_for_provider:
        return true()
    return PARTY.c.id == caller.party if caller.party else false()


async def party(work: Work, identity: UUID, *, lock: bool = False) -> Party:
    """A party that the caller may see; `PartyUnknown` otherwise."""
    query = select(Party).where(Party.id == identity, visible(work.caller))
    found = (await work.session.execute(query.with_for_update() if lock else query)).scalar_one_or_none()
    if found is None:
        raise PartyUnknown
    return found


async def parties(work: Work, paging: Paging, sort: str | None, filters: dict[str, Any]) -> Slice:
    """A page of the parties that the caller may see."""
    query = select(PARTY).where(visible(work.caller))
    for name, value in filters.items():
        if value is not None:
            query = query.where(PARTY.c[name] == value)
    return await page(work.session, query, paging, ORDER, sort=sort)


async def active_party(work: Work, identity: UUID, pointer: str) -> None:
    """Refuse a party that is unknown or retired, and keep it from being retired until the commit."""
    query = select(Party.id).where(Party.id == identity, Party.state == "active").with_for_update(read=True)
    if (await work.session.execute(query)).first() is None:
        raise invalid(pointer, "no such party is active")
