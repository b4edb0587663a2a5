"""Keeps copies of what other services own: what calls and incidents may name."""

from collections.abc import Sequence
from typing import Any

from services.incident import repository
from services.incident.models import KnownItem, KnownParty, KnownPerson, KnownService, KnownTeam
from shared.contracts.knowledge import KiRetired
from shared.inbox import ReceivedEvent
from shared.unit_of_work import Work


async def copy_services(work: Work, heard: Sequence[ReceivedEvent]) -> None:
    """Keep the services that calls may name."""
    async with work:
        await repository.copies.keep(work, KnownService, [_copy(each, "name", "active") for each in heard])


async def copy_parties(work: Work, heard: Sequence[ReceivedEvent]) -> None:
    """Keep the parties for whom calls are registered."""
    async with work:
        await repository.copies.keep(work, KnownParty, [_copy(each, "name", "active") for each in heard])


async def copy_people(work: Work, heard: Sequence[ReceivedEvent]) -> None:
    """Keep the people who call and recover."""
    async with work:
        await repository.copies.keep(work, KnownPerson, [_copy(each, "name", "party_id", "active") for each in heard])


async def copy_teams(work: Work, heard: Sequence[ReceivedEvent]) -> None:
    """Keep the teams that incidents are assigned to."""
    rows = [{**_copy(each, "name", "active"), "member_ids": list(map(str, each.event.member_ids))} for each in heard]
    async with work:
        await repository.copies.keep(work, KnownTeam, rows)


async def copy_items(work: Work, heard: Sequence[ReceivedEvent]) -> None:
    """Keep the knowledge items that incidents are about; a retired one is active no more."""
    rows = [{**_copy(each, "title"), "active": not isinstance(each.event, KiRetired)} for each in heard]
    async with work:
        await repository.copies.keep(work, KnownItem, rows)


async def keep_told(work: Work, heard: Sequence[ReceivedEvent]) -> None:
    """Keep what is said of incidents elsewhere, for their timelines."""
    async with work:
        await repository.timelines.keep(work, [each.envelope for each in heard if each.envelope.about])


async def forget(work: Work) -> None:
    """Drop the copies; the feeds bring them back."""
    async with work:
        await repository.copies.forget(work)


def _copy(heard: ReceivedEvent, *names: str) -> dict[str, Any]:
    return {
        "id": heard.envelope.subject,
        "sequence": heard.envelope.sequence,
        **{name: getattr(heard.event, name) for name in names},
    }
