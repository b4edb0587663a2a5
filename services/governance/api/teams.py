"""Teams over HTTP."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Body, Query, Request, Response

from services.governance.api.callers import Administering, Asking
from services.governance.commands import teams as commands
from services.governance.commands.activity import options_for
from services.governance.domain.lifecycles import ActivityState
from services.governance.repository import teams as repository
from services.governance.schemas.moves import ActivityMove
from services.governance.schemas.teams import ChangeTeam, RegisterTeam, TeamPage, TeamView
from shared.contracts.governance import Domain, TeamKind
from shared.http import ExpectedVersion, etag
from shared.http import router as strict
from shared.http.moves import PermittedMoves
from shared.paging import Pages, link_next

router = strict(tags=["teams"])
Order = Annotated[Literal["created_at", "-created_at", "name", "-name", "number", "-number"] | None, Query()]


@router.post("/teams", status_code=201)
async def register_team(body: RegisterTeam, response: Response, work: Administering) -> TeamView:
    """Make a team known."""
    team = await commands.register_team(
        work,
        name=body.name,
        kind=body.kind,
        domain=body.domain,
        party_id=body.party_id,
        member_ids=body.member_ids,
    )
    etag(response, team.version)
    return TeamView.model_validate(team)


@router.get("/teams")
async def list_teams(
    request: Request,
    response: Response,
    work: Asking,
    paging: Pages,
    state: ActivityState | None = None,
    kind: TeamKind | None = None,
    domain: Domain | None = None,
    party_id: UUID | None = None,
    member_id: UUID | None = None,
    sort: Order = None,
) -> TeamPage:
    """The teams that the caller may see."""
    filters = {"state": state, "kind": kind, "domain": domain, "party_id": party_id, "member_id": member_id}
    async with work:
        found = await repository.teams(work, paging, sort, filters)
    link_next(request, response, found.next)
    return TeamPage(items=[TeamView.model_validate(row) for row in found.rows], next=found.next, total=found.total)


@router.get("/teams/{team_id}")
async def read_team(team_id: UUID, response: Response, work: Asking) -> TeamView:
    """One team."""
    async with work:
        team = await repository.team(work, team_id)
    etag(response, team.version)
    return TeamView.model_validate(team)


@router.patch("/teams/{team_id}")
async def change_team(
    team_id: UUID, body: ChangeTeam, expected: ExpectedVersion, response: Response, work: Administering
) -> TeamView:
    """Change a team; `member_ids` are all its members from now on."""
    changes = {name: getattr(body, name) for name in body.model_fields_set}
    team = await commands.change_team(work, team_id, expected, changes)
    etag(response, team.version)
    return TeamView.model_validate(team)


@router.delete("/teams/{team_id}", status_code=204, response_class=Response)
async def retire_team(team_id: UUID, expected: ExpectedVersion, work: Administering) -> None:
    """Retire a team, as its move `retire` does; nothing is deleted."""
    await commands.move_team(work, team_id, expected, "retire")


@router.get("/teams/{team_id}/moves")
async def list_team_moves(team_id: UUID, response: Response, work: Asking) -> PermittedMoves:
    """What the caller may do with the team now."""
    async with work:
        team = await repository.team(work, team_id)
    etag(response, team.version)
    return PermittedMoves.of(options_for(work, team))


@router.post("/teams/{team_id}/moves")
async def move_team(
    team_id: UUID,
    body: Annotated[ActivityMove, Body(discriminator="trigger")],
    expected: ExpectedVersion,
    response: Response,
    work: Administering,
) -> TeamView:
    """Retire or reactivate a team."""
    team = await commands.move_team(work, team_id, expected, body.trigger)
    etag(response, team.version)
    return TeamView.model_validate(team)
