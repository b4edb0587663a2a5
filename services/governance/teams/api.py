"""Teams over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import Response

from services.governance import access
from services.governance.lifecycles import RETIREMENT
from services.governance.teams import commands
from services.governance.teams.queries import TEAMS
from services.governance.teams.schemas import ChangeTeam, RegisterTeam, TeamPage, TeamQuery, TeamView
from shared.http import Allowed, ExpectedVersion, created, etag
from shared.http import router as strict
from shared.http.reading import mount_reading
from shared.http.retirement import mount_retirement
from shared.unit_of_work import Work

router = strict(tags=["teams"])
Administering = Annotated[Work, Allowed(access.ADMINISTER)]


@router.post("/teams", status_code=201)
async def register_team(body: RegisterTeam, response: Response, work: Administering) -> TeamView:
    """Make a team known."""
    team = await commands.register_team(work, body.model_dump())
    created(response, team, "/governance/v1/teams")
    return TeamView.model_validate(team)


@router.patch("/teams/{team_id}")
async def change_team(
    team_id: UUID, body: ChangeTeam, expected: ExpectedVersion, response: Response, work: Administering
) -> TeamView:
    """Change a team; `member_ids` are all its members from now on."""
    team = await commands.change_team(work, team_id, expected, body.model_dump(exclude_unset=True))
    etag(response, team.version)
    return TeamView.model_validate(team)


address = "/teams/{team_id}"
mount_reading(router, address, TEAMS, TeamView, TeamPage, TeamQuery)
mount_retirement(router, address, TEAMS, TeamView, commands.move_team, lifecycle=RETIREMENT, act=access.ADMINISTER)
