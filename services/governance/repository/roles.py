"""Who holds which role: the provider's people see all assignments, anybody the own ones."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, true

from services.governance.errors import RoleAssignmentUnknown
from services.governance.models import Party, Person, RoleAssignment, Team
from shared.access import Caller
from shared.contracts.roles import ADMINISTRATOR
from shared.errors import invalid
from shared.paging import Paging, Slice, Sorting, page
from shared.unit_of_work import Work

ASSIGNMENT = RoleAssignment.__table__
ORDER = Sorting({"created_at": ASSIGNMENT.c.created_at, "role": ASSIGNMENT.c.role}, "created_at", ASSIGNMENT.c.id)


def visible(caller: Caller | None) -> ColumnElement[bool]:
    """What the caller may see; the service itself sees everything."""
    if caller is None or caller.works_for_provider:
        return true()
    return ASSIGNMENT.c.person_id == caller.person


async def assignment(work: Work, identity: UUID, *, lock: bool = False) -> RoleAssignment:
    """An assignment that the caller may see; `RoleAssignmentUnknown` otherwise."""
    query = select(RoleAssignment).where(RoleAssignment.id == identity, visible(work.caller))
    found = (await work.session.execute(query.with_for_update() if lock else query)).scalar_one_or_none()
    if found is None:
        raise RoleAssignmentUnknown
    return found


async def assignments(work: Work, paging: Paging, sort: str | None, filters: dict[str, Any]) -> Slice:
    """A page of the assignments that the caller may see."""
    query = select(ASSIGNMENT).where(visible(work.caller))
    for name, value in filters.items():
        if value is not None:
            query = query.where(ASSIGNMENT.c[name] == value)
    return await page(work.session, query, paging, ORDER, sort=sort)


async def record_in_scope(work: Work, kind: str, identity: UUID) -> None:
    """Refuse a scope whose party or team is not known here."""
    if await work.session.get(Party if kind == "party" else Team, identity) is None:
        raise invalid("/scope", f"no such {kind}")


async def administrators(work: Work) -> int:
    """How many people could act as administrator now: active, of an active party, with the role."""
    await work.session.flush()
    query = (
        select(func.count(func.distinct(Person.id)))
        .join(RoleAssignment, RoleAssignment.person_id == Person.id)
        .join(Party, Party.id == Person.party_id)
        .where(
            RoleAssignment.role == ADMINISTRATOR,
            RoleAssignment.withdrawn_at.is_(None),
            Person.state == "active",
            Party.state == "active",
        )
    )
    return (await work.session.execute(query)).scalar_one()
