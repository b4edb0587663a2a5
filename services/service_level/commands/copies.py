"""Keeps copies of what other services own: for whom agreements are made."""

from collections.abc import Sequence

from services.service_level.repository import parties
from shared.inbox import ReceivedEvent
from shared.unit_of_work import Work


async def copy_parties(work: Work, heard: Sequence[ReceivedEvent]) -> None:
    """Keep the parties that agreements may name."""
    rows = [
        {"id": each.envelope.subject, "sequence": each.envelope.sequence, **each.event.model_dump()} for each in heard
    ]
    async with work:
        await parties.keep(work.session, rows)
