"""Queries about teams."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from services.governance import access
from services.governance.models import Team
from shared.records import Noun
from shared.unit_of_work import Work

TEAMS = Noun(Team, "team", access.READ_TEAMS)


async def teams_of(work: Work, person_id: UUID) -> Sequence[Team]:
    """The teams, active or not, that a person belongs to, locked."""
    query = select(Team).where(Team.member_ids.contains([person_id])).order_by(Team.id)
    return (await work.session.scalars(query.with_for_update())).all()
