"""Suggestions for incidents: stored once, and again only when they differ."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from services.knowledge.models import SuggestionSet
from services.knowledge.suggestions.queries import add_uses, count_again, earlier_sets, fitting_items
from shared.contracts.knowledge import Suggestion, SuggestionsFound
from shared.inbox import ReceivedEvent
from shared.unit_of_work import Work

#: the number of characters of an incident's description that are compared
READ_CHARACTERS = 2000


async def suggest_items(work: Work, events: Sequence[ReceivedEvent]) -> None:
    """Suggest items for incidents that were registered or classified, except for imported and confidential ones.

    The newest version of an incident counts. What is suggested is stored with that version, so that repeats and late events
    change nothing, and the same items are not suggested twice.
    """
    latest: dict[UUID, ReceivedEvent] = {}
    for each in events:
        known = latest.get(each.envelope.subject)
        if not each.envelope.historical and (known is None or known.envelope.sequence < each.envelope.sequence):
            latest[each.envelope.subject] = each
    read = [_read(each) for each in latest.values() if each.event.confidential_team_id is None]
    if not read or work.replaying:
        return
    async with work:
        found = await fitting_items(work, read)
        if not found:
            return
        before = await earlier_sets(work, found)
        for incident_id, items in found.items():
            _suggest(work, latest[incident_id], before.get(incident_id), items)


async def count_uses(work: Work, events: Sequence[ReceivedEvent]) -> None:
    """Count the incidents that an item solved, each once, even when an event is received twice."""
    uses = [
        {"incident_id": each.event.incident_id, "ki_id": each.event.ki_id, "used_at": each.envelope.time}
        for each in events
    ]
    async with work:
        await add_uses(work, uses)


async def count_rebuilt_uses(work: Work, _: datetime) -> None:
    """Count the uses of each item again, once a rebuild has replaced them."""
    await count_again(work)


def _read(received: ReceivedEvent) -> dict[str, Any]:
    event = received.event
    description = event.description[:READ_CHARACTERS]
    return {
        "incident_id": received.envelope.subject,
        "title": event.title,
        "description": description,
        "named": event.ki_ids,
    }


def _suggest(work: Work, received: ReceivedEvent, before: SuggestionSet | None, items: Sequence[Any]) -> None:
    envelope, ki_ids = received.envelope, [str(item["ki_id"]) for item in items]
    if before is None:
        before = SuggestionSet(incident_id=envelope.subject, correlation_id=envelope.correlationid)
        work.insert(before)
    elif envelope.sequence <= before.incident_sequence or before.ki_ids == ki_ids:
        return
    before.incident_sequence, before.ki_ids = envelope.sequence, ki_ids
    suggestions = [Suggestion.model_validate(dict(item)) for item in items]
    found = SuggestionsFound(incident_id=envelope.subject, suggestions=suggestions)
    work.emit(before, found, about=envelope.subject, cause=envelope, value_stream=envelope.valuestream)
