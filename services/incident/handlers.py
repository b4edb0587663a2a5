"""What incident does when another process speaks: the table at the end says which function hears which event."""

from collections.abc import Sequence
from typing import Any

from services.incident import repository
from services.incident.commands.answers import follow_changes, follow_requests, store_suggestions
from services.incident.models import KnownItem, KnownPerson, KnownService, KnownTeam
from shared.contracts import change, governance, knowledge, service_level
from shared.contracts.envelope import Event
from shared.inbox import Handler, Heard
from shared.unit_of_work import Work


async def copy_services(work: Work, heard: Sequence[Heard]) -> None:
    """Keep the services that calls may name."""
    await repository.copies.keep(work, KnownService, [_copy(each, "name", "active") for each in heard])


async def copy_people(work: Work, heard: Sequence[Heard]) -> None:
    """Keep the people who call and recover."""
    await repository.copies.keep(work, KnownPerson, [_copy(each, "name", "party_id", "active") for each in heard])


async def copy_teams(work: Work, heard: Sequence[Heard]) -> None:
    """Keep the teams that incidents are assigned to."""
    rows = [{**_copy(each, "name", "active"), "member_ids": list(map(str, each.fact.member_ids))} for each in heard]
    await repository.copies.keep(work, KnownTeam, rows)


async def copy_items(work: Work, heard: Sequence[Heard]) -> None:
    """Keep the knowledge items that incidents are about; a retired one is active no more."""
    rows = [{**_copy(each, "title"), "active": not isinstance(each.fact, knowledge.KiRetired)} for each in heard]
    await repository.copies.keep(work, KnownItem, rows)


async def forget(work: Work) -> None:
    """Drop the copies; the feeds bring them back."""
    await repository.copies.forget(work)


def _copy(heard: Heard, *names: str) -> dict[str, Any]:
    return {
        "id": heard.envelope.subject,
        "sequence": heard.envelope.sequence,
        **{name: getattr(heard.fact, name) for name in names},
    }


HANDLERS: dict[type[Event], Handler] = {
    service_level.ServiceRegistered: copy_services,
    service_level.ServiceChanged: copy_services,
    governance.PersonRegistered: copy_people,
    governance.PersonChanged: copy_people,
    governance.TeamRegistered: copy_teams,
    governance.TeamChanged: copy_teams,
    knowledge.KiRegistered: copy_items,
    knowledge.KiSubmitted: copy_items,
    knowledge.KiReturned: copy_items,
    knowledge.KiChanged: copy_items,
    knowledge.KiRetired: copy_items,
    knowledge.SuggestionsFound: store_suggestions,
    change.RfcRegistered: follow_requests,
    change.RfcAccepted: follow_requests,
    change.RfcReturned: follow_requests,
    change.RfcResubmitted: follow_requests,
    change.RfcRejected: follow_requests,
    change.RfcForwarded: follow_requests,
    change.ChangeRegistered: follow_changes,
    change.ChangeImplemented: follow_changes,
    change.ChangeRolledBack: follow_changes,
    change.ChangeRejected: follow_changes,
    change.ChangeCancelled: follow_changes,
    change.ChangeClosed: follow_changes,
}
