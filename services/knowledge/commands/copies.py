"""Keeps copies of what other services own: who may own an item."""

from collections.abc import Sequence

from services.knowledge.repository import copies, uses
from shared.inbox import ReceivedEvent
from shared.unit_of_work import Work


async def copy_people(work: Work, heard: Sequence[ReceivedEvent]) -> None:
    """Keep the people who own items."""
    rows = [
        {"id": each.envelope.subject, "sequence": each.envelope.sequence, "active": each.event.active} for each in heard
    ]
    async with work:
        await copies.keep(work, rows)


async def forget(work: Work) -> None:
    """Drop what was heard from others: copies and uses; the feeds bring them back. Items and what was suggested stay."""
    async with work:
        await copies.forget(work)
        await uses.forget_uses(work)
