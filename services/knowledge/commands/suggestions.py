"""Answers to incidents: items that may help, said once, and again only when something else would be said."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from services.knowledge.models import SuggestionSet
from services.knowledge.repository import suggestions as repository
from services.knowledge.repository import uses
from shared import clock
from shared.contracts.knowledge import Suggestion, SuggestionsFound
from shared.inbox import ReceivedEvent
from shared.unit_of_work import Work

#: so much of what an incident says is read, its title first
READ_CHARACTERS = 2000


async def answer_incidents(work: Work, heard: Sequence[ReceivedEvent]) -> None:
    """Suggest items for incidents that were registered or classified; history is not answered.

    An incident is answered by its newest version that was heard of. What is said is stored with that version, so that repeats
    and late-comers change nothing, and the same outcome is not said twice.
    """
    latest: dict[UUID, ReceivedEvent] = {}
    for each in heard:
        known = latest.get(each.envelope.subject)
        if not each.envelope.historical and (known is None or known.envelope.sequence < each.envelope.sequence):
            latest[each.envelope.subject] = each
    if not latest or work.replaying:
        return
    async with work:
        found = await repository.suggestions(work, map(_asked, latest.values()))
        if not found:
            return
        before = await repository.suggested_before(work, found)
        for incident_id, rows in found.items():
            _answer(work, latest[incident_id], before.get(incident_id), rows)


async def count_uses(work: Work, heard: Sequence[ReceivedEvent]) -> None:
    """Count the incidents that an item solved, each once, however often it is said."""
    async with work:
        await uses.count_uses(
            work,
            [
                {"incident_id": each.event.incident_id, "ki_id": each.event.ki_id, "used_at": each.envelope.time}
                for each in heard
            ],
        )


def _asked(heard: ReceivedEvent) -> dict[str, Any]:
    fact = heard.event
    words = f"{fact.title} {fact.description}"[:READ_CHARACTERS]
    return {"incident_id": heard.envelope.subject, "words": words, "named": fact.ki_ids}


def _answer(work: Work, heard: ReceivedEvent, said: SuggestionSet | None, rows: Sequence[Any]) -> None:
    envelope, ki_ids = heard.envelope, [str(row.id) for row in rows]
    if said is None:
        now = clock.now()
        said = SuggestionSet(
            id=uuid7(),
            incident_id=envelope.subject,
            incident_sequence=envelope.sequence,
            ki_ids=ki_ids,
            version=0,
            correlation_id=envelope.correlationid,
            created_at=now,
            updated_at=now,
        )
        work.insert(said)
    elif envelope.sequence <= said.incident_sequence or said.ki_ids == ki_ids:
        return
    else:
        said.incident_sequence, said.ki_ids = envelope.sequence, ki_ids
    suggestions = [
        Suggestion(ki_id=row.id, number=row.number, ki_type=row.ki_type, title=row.title, rank=row.rank) for row in rows
    ]
    work.emit(
        said,
        SuggestionsFound(incident_id=envelope.subject, suggestions=suggestions),
        about=envelope.subject,
        cause=envelope,
        value_stream=envelope.valuestream,
    )
