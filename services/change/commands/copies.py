"""Keeps copies of what other services own: what requests and changes may name."""

from collections.abc import Sequence
from typing import Any

from services.change.models import KnownItem, KnownParty, KnownPerson, KnownService
from services.change.repository import copies
from shared.contracts.knowledge import KiEvent, KiRetired
from shared.inbox import ReceivedEvent
from shared.unit_of_work import Work


async def copy_parties(work: Work, heard: Sequence[ReceivedEvent]) -> None:
    """Keep the parties for whom changes are asked."""
    async with work:
        await copies.keep(work, KnownParty, [_copy(each, active=each.event.active) for each in heard])


async def copy_people(work: Work, heard: Sequence[ReceivedEvent]) -> None:
    """Keep the people who ask for changes."""
    rows = [_copy(each, active=each.event.active, party_id=each.event.party_id) for each in heard]
    async with work:
        await copies.keep(work, KnownPerson, rows)


async def copy_services(work: Work, heard: Sequence[ReceivedEvent]) -> None:
    """Keep the services that changes touch."""
    async with work:
        await copies.keep(work, KnownService, [_copy(each, active=each.event.active) for each in heard])


async def copy_items(work: Work, heard: Sequence[ReceivedEvent]) -> None:
    """Keep the knowledge items that changes touch, and whether they are current; retired ones are active no more."""
    async with work:
        await copies.keep(work, KnownItem, [_item(each) for each in heard])


async def forget(work: Work) -> None:
    """Drop the copies; the feeds bring them back. Requests and changes hold what people decided and stay."""
    async with work:
        await copies.forget(work)


def _item(heard: ReceivedEvent) -> dict[str, Any]:
    fact: KiEvent = heard.event
    current = fact.current_version is not None and fact.draft_version is None
    return _copy(heard, number=fact.number, active=not isinstance(fact, KiRetired), current=current)


def _copy(heard: ReceivedEvent, **columns: Any) -> dict[str, Any]:
    return {"id": heard.envelope.subject, "sequence": heard.envelope.sequence, **columns}
