"""People and their credentials: the provider's people see everybody, a client or supplier its party's, anybody oneself."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select, true

from services.governance.errors import PersonUnknown
from services.governance.models import Credential, Person
from shared.access import Caller
from shared.contracts.roles import SUPPLIERS
from shared.errors import invalid
from shared.paging import Paging, Slice, Sorting, page
from shared.unit_of_work import Work

PERSON = Person.__table__
ORDER = Sorting(
    {"created_at": PERSON.c.created_at, "name": PERSON.c.name, "number": PERSON.c.number}, "created_at", PERSON.c.id
)


def visible(caller: Caller | None) -> ColumnElement[bool]:
    """What the caller may see; the service itself sees everybody."""
    if caller is None or caller.works_for_provider:
        return true()
    mine: list[ColumnElement[bool]] = [PERSON.c.id == caller.person]
    if caller.party and not caller.roles.isdisjoint(("client", *SUPPLIERS)):
        mine.append(PERSON.c.party_id == caller.party)
    return or_(*mine)


async def person(work: Work, identity: UUID, *, lock: bool = False) -> Person:
    """A person whom the caller may see; `PersonUnknown` otherwise."""
    query = select(Person).where(Person.id == identity, visible(work.caller))
    found = (await work.session.execute(query.with_for_update() if lock else query)).scalar_one_or_none()
    if found is None:
        raise PersonUnknown
    return found


async def people(work: Work, paging: Paging, sort: str | None, filters: dict[str, Any]) -> Slice:
    """A page of the people whom the caller may see."""
    query = select(PERSON).where(visible(work.caller))
    for name, value in filters.items():
        if value is not None:
            query = query.where(PERSON.c[name] == value)
    return await page(work.session, query, paging, ORDER, sort=sort)


async def active_people(work: Work, ids: Collection[UUID], pointer: str) -> None:
    """Refuse people who are unknown or retired, and keep them from being retired until the commit."""
    query = select(Person.id).where(Person.id.in_(ids), Person.state == "active").order_by(Person.id)
    known = set((await work.session.scalars(query.with_for_update(read=True))).all())
    if missing := sorted(str(each) for each in set(ids) - known):
        raise invalid(pointer, f"not an active person: {', '.join(missing[:10])}")


async def credential(work: Work, person_id: UUID, *, lock: bool = False) -> Credential | None:
    """What a person signs in with, if anything."""
    query = select(Credential).where(Credential.person_id == person_id)
    return (await work.session.execute(query.with_for_update() if lock else query)).scalar_one_or_none()
