"""Parties over HTTP."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Body, Query, Request, Response

from services.governance.api.callers import Administering, Asking
from services.governance.commands import parties as commands
from services.governance.commands.activity import options_for
from services.governance.domain.lifecycles import ActivityState
from services.governance.repository import parties as repository
from services.governance.schemas.moves import ActivityMove
from services.governance.schemas.parties import ChangeParty, PartyPage, PartyView, RegisterParty
from shared.contracts.governance import PartyKind
from shared.http import ExpectedVersion, etag
from shared.http import router as strict
from shared.http.moves import PermittedMoves
from shared.paging import Pages, link_next

router = strict(tags=["parties"])
Order = Annotated[Literal["created_at", "-created_at", "name", "-name", "number", "-number"] | None, Query()]


@router.post("/parties", status_code=201)
async def register_party(body: RegisterParty, response: Response, work: Administering) -> PartyView:
    """Make a party known."""
    party = await commands.register_party(work, name=body.name, kind=body.kind)
    etag(response, party.version)
    return PartyView.model_validate(party)


@router.get("/parties")
async def list_parties(
    request: Request,
    response: Response,
    work: Asking,
    paging: Pages,
    state: ActivityState | None = None,
    kind: PartyKind | None = None,
    sort: Order = None,
) -> PartyPage:
    """The parties that the caller may see."""
    async with work:
        found = await repository.parties(work, paging, sort, {"state": state, "kind": kind})
    link_next(request, response, found.next)
    return PartyPage(items=[PartyView.model_validate(row) for row in found.rows], next=found.next, total=found.total)


@router.get("/parties/{party_id}")
async def read_party(party_id: UUID, response: Response, work: Asking) -> PartyView:
    """One party."""
    async with work:
        party = await repository.party(work, party_id)
    etag(response, party.version)
    return PartyView.model_validate(party)


@router.patch("/parties/{party_id}")
async def change_party(
    party_id: UUID, body: ChangeParty, expected: ExpectedVersion, response: Response, work: Administering
) -> PartyView:
    """Rename a party."""
    changes = {name: getattr(body, name) for name in body.model_fields_set}
    party = await commands.change_party(work, party_id, expected, changes)
    etag(response, party.version)
    return PartyView.model_validate(party)


@router.delete("/parties/{party_id}", status_code=204, response_class=Response)
async def retire_party(party_id: UUID, expected: ExpectedVersion, work: Administering) -> None:
    """Retire a party, as its move `retire` does; nothing is deleted."""
    await commands.move_party(work, party_id, expected, "retire")


@router.get("/parties/{party_id}/moves")
async def list_party_moves(party_id: UUID, response: Response, work: Asking) -> PermittedMoves:
    """What the caller may do with the party now."""
    async with work:
        party = await repository.party(work, party_id)
    etag(response, party.version)
    return PermittedMoves.of(options_for(work, party))


@router.post("/parties/{party_id}/moves")
async def move_party(
    party_id: UUID,
    body: Annotated[ActivityMove, Body(discriminator="trigger")],
    expected: ExpectedVersion,
    response: Response,
    work: Administering,
) -> PartyView:
    """Retire or reactivate a party."""
    party = await commands.move_party(work, party_id, expected, body.trigger)
    etag(response, party.version)
    return PartyView.model_validate(party)
