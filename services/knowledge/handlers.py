"""What knowledge does when another process speaks: the table at the end says which function hears which event."""

from collections.abc import Sequence

from services.knowledge.commands.suggestions import answer_incidents, count_uses
from services.knowledge.repository import copies, uses
from shared.contracts import governance, incident
from shared.contracts.envelope import Event
from shared.inbox import Handler, Heard
from shared.unit_of_work import Work


async def copy_people(work: Work, heard: Sequence[Heard]) -> None:
    """Keep the people who own items."""
    await copies.keep_people(
        work,
        [
            {"id": each.envelope.subject, "sequence": each.envelope.sequence, "active": each.fact.active}
            for each in heard
        ],
    )


async def forget(work: Work) -> None:
    """Drop what was heard from others: copies and uses; the feeds bring them back. Items and what was suggested stay."""
    await copies.forget_people(work)
    await uses.forget_uses(work)


HANDLERS: dict[type[Event], Handler] = {
    governance.PersonRegistered: copy_people,
    governance.PersonChanged: copy_people,
    incident.IncidentRegistered: answer_incidents,
    incident.IncidentClassified: answer_incidents,
    incident.SuggestionUsed: count_uses,
}
