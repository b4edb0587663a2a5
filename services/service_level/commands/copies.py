"""Keeps the copy of governance's parties."""

from collections.abc import Sequence
from uuid import UUID

from services.service_level.repository import parties
from shared.contracts.governance import PartyFacts
from shared.unit_of_work import Work


async def copy(work: Work, told: Sequence[tuple[UUID, int, PartyFacts]]) -> None:
    """Keep what was told of parties (id, sequence, facts); what is older than what is known changes nothing."""
    newest = {}
    for identity, sequence, fact in sorted(told, key=lambda one: one[1]):
        newest[identity] = {"id": identity, "sequence": sequence, **fact.model_dump()}
    async with work:
        await parties.copy(work.session, list(newest.values()))
