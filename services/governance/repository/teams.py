"""Teams: the provider's people see all, a client or supplier its party's, anybody the own ones."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, false, or_, select, true

from services.governance.errors import TeamUnknown
from services.governance.models import Team
from shared.access import Caller
from shared.contracts.roles import SUPPLIERS
from shared.paging import Paging, Slice, Sorting, page
from shared.unit_of_work import Work

TEAM = Team.__table__
ORDER = Sorting(
    {"created_at": TEAM.c.created_at, "name": TEAM.c.name, "number": TEAM.c.number}, "created_at", TEAM.c.id
)


def visible(caller: Caller | None) -> ColumnElement[bool]:
    """What the caller may see; the service itself sees everything."""
    if caller is None or caller.works_for_provider:
        return true()
    mine: list[ColumnElement[bool]] = [TEAM.c.id.in_(caller.teams) if caller.teams else false()]
    if caller.party and not caller.roles.isdisjoint(("client", *SUPPLIERS)):
        mine.append(TEAM.c.party_id == caller.party)
    return or_(*mine)


async def team(work: Work, identity: UUID, *, lock: bool = False) -> Team:
    """A team that the caller may see; `TeamUnknown` otherwise."""
    query = select(Team).where(Team.id == identity, visible(work.caller))
    found = (await work.session.execute(query.with_for_update() if lock else query)).scalar_one_or_none()
    if found is None:
        raise TeamUnknown
    return found


async def teams(work: Work, paging: Paging, sort: str | None, filters: dict[str, Any]) -> Slice:
    """A page of the teams that the caller may see; `member_id` asks for those of one person."""
    query = select(TEAM).where(visible(work.caller))
    for name, value in filters.items():
        if value is None:
            continue
        query = query.where(TEAM.c.member_ids.contains([value]) if name == "member_id" else TEAM.c[name] == value)
    return await page(work.session, query, paging, ORDER, sort=sort)


async def teams_of(work: Work, person_id: UUID) -> Sequence[Team]:
    """The teams, active or not, that a person belongs to, locked."""
    query = select(Team).where(Team.member_ids.contains([person_id])).order_by(Team.id)
    return (await work.session.scalars(query.with_for_update())).all()
