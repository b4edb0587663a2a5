"""Registers, renames, retires and reactivates parties."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from services.governance import access
from services.governance.models import PARTY_NUMBER, Party
from services.governance.parties.queries import PARTIES
from services.governance.retirement import commands as retirement
from shared.contracts.governance import PartyChanged, PartyRegistered
from shared.records import correct, event_of, register
from shared.unit_of_work import Work
from shared.versions import Expected


async def register_party(work: Work, given: Mapping[str, Any]) -> Party:
    """A new, active party with the `given` fields."""
    async with work:
        if earlier := await work.earlier_result():
            return await PARTIES.one(work, earlier)
        party = Party(number=await PARTY_NUMBER.next(work), **given)
        register(work, party, PartyRegistered)
        return party


async def change_party(work: Work, identity: UUID, expected: Expected, given: Mapping[str, Any]) -> Party:
    """The party with its new name; unchanged when it has that name already. Raises `NotFound` or `VersionConflict`."""
    async with work:
        party = await PARTIES.to_change(work, identity, expected, access.ADMINISTER)
        if changes := correct(party, given):
            work.emit(party, event_of(PartyChanged, party, changes=changes))
        return party


async def move_party(work: Work, identity: UUID, expected: Expected, trigger: str) -> Party:
    """The party after `trigger`; people of a retired party cannot sign in, and their tokens are refused."""
    return await retirement.move(
        work, PARTIES, identity, expected, trigger, PartyChanged, whose_access=lambda party: [party.id]
    )
