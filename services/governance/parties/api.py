"""Parties over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import Response

from services.governance import access
from services.governance.lifecycles import RETIREMENT
from services.governance.parties import commands
from services.governance.parties.queries import PARTIES
from services.governance.parties.schemas import ChangeParty, PartyPage, PartyQuery, PartyView, RegisterParty
from shared.http import Allowed, ExpectedVersion, created, etag
from shared.http import router as strict
from shared.http.reading import mount_reading
from shared.http.retirement import mount_retirement
from shared.unit_of_work import Work

router = strict(tags=["parties"])
Administering = Annotated[Work, Allowed(access.ADMINISTER)]


@router.post("/parties", status_code=201)
async def register_party(body: RegisterParty, response: Response, work: Administering) -> PartyView:
    """Make a party known."""
    party = await commands.register_party(work, body.model_dump())
    created(response, party, "/governance/v1/parties")
    return PartyView.model_validate(party)


@router.patch("/parties/{party_id}")
async def change_party(
    party_id: UUID, body: ChangeParty, expected: ExpectedVersion, response: Response, work: Administering
) -> PartyView:
    """Rename a party."""
    party = await commands.change_party(work, party_id, expected, body.model_dump(exclude_unset=True))
    etag(response, party.version)
    return PartyView.model_validate(party)


address = "/parties/{party_id}"
mount_reading(router, address, PARTIES, PartyView, PartyPage, PartyQuery)
mount_retirement(router, address, PARTIES, PartyView, commands.move_party, lifecycle=RETIREMENT, act=access.ADMINISTER)
