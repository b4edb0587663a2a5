"""The duties of people in governance, as a table: roles, and memberships of teams."""

from uuid import UUID

from services.governance.duties.queries import (
    colleagues,
    held_alone,
    held_with_others,
    joined,
    no_number,
    role_title,
    team_title,
)
from services.governance.models import RoleAssignment, Team
from services.governance.people.queries import PEOPLE
from services.governance.retirement.queries import check_active
from services.governance.roles.commands import give_role
from services.governance.roles.queries import ASSIGNMENTS
from services.governance.teams.commands import change_team
from services.governance.teams.queries import TEAMS
from shared.records.duties import Duty
from shared.unit_of_work import Work


async def check_person(work: Work, person_id: UUID) -> None:
    """Refuse somebody who is not an active person."""
    await check_active(work, PEOPLE, [person_id], "/to")


async def _give_role(work: Work, assignment: RoleAssignment, _: UUID, to: UUID) -> None:
    await give_role(work, assignment, to)


async def _give_membership(work: Work, team: Team, person_id: UUID, to: UUID) -> None:
    members = [to if each == person_id else each for each in team.member_ids]
    await change_team(work, team.id, team.version, {"member_ids": list(dict.fromkeys(members))})


DUTIES = (
    Duty(
        "role_alone",
        "Roles that nobody else has in this scope.",
        ASSIGNMENTS,
        held_alone,
        colleagues,
        _give_role,
        no_number,
        role_title,
    ),
    Duty(
        "role",
        "Roles that others have too.",
        ASSIGNMENTS,
        held_with_others,
        colleagues,
        _give_role,
        no_number,
        role_title,
    ),
    Duty("team", "Teams that the person is in.", TEAMS, joined, colleagues, _give_membership, title=team_title),
)
