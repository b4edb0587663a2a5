"""Suggestions: stored when knowledge answers, and used by the people who recover."""

from collections.abc import Sequence
from uuid import UUID

from services.incident import access
from services.incident.incidents.queries import INCIDENTS
from services.incident.models import Suggestion, SuggestionSet
from services.incident.suggestions.queries import is_retired, stored_sets, suggestion, suggestions_of
from shared import clock
from shared.contracts.incident import SuggestionsReceived, SuggestionUsed
from shared.errors import Conflict, NotFound
from shared.inbox import ReceivedEvent
from shared.unit_of_work import Work


class ItemRetired(Conflict):
    """The suggested knowledge item is no longer valid."""

    slug, title = "item-retired", "The knowledge item is retired"

    def __init__(self) -> None:
        super().__init__("The knowledge item was retired since it was suggested; use another one.")


async def store_suggestions(work: Work, events: Sequence[ReceivedEvent]) -> None:
    """Store what knowledge suggests: each item once per incident, with the highest rank it ever got, in any order of arrival."""
    async with work:
        ids = [each.event.incident_id for each in events]
        incidents = await INCIDENTS.several(work, ids)
        known = {(one.incident_id, one.ki_id): one for one in await suggestions_of(work, ids)}
        stored = await stored_sets(work, [each.envelope.id for each in events])
        for each in events:
            incident = incidents.get(each.event.incident_id)
            if incident is None or each.envelope.id in stored:
                continue
            stored.add(each.envelope.id)
            new = 0
            for item in each.event.suggestions:
                before = known.get((incident.id, item.ki_id))
                if before is not None:
                    before.rank = max(before.rank, item.rank)
                    continue
                new += 1
                known[incident.id, item.ki_id] = one = Suggestion(
                    ki_id=item.ki_id,
                    ki_number=item.number,
                    ki_type=item.ki_type,
                    title=item.title,
                    public=item.public,
                    rank=item.rank,
                    incident_id=incident.id,
                    correlation_id=incident.correlation_id,
                )
                work.insert(one)
            answer = SuggestionSet(id=each.envelope.id, incident_id=incident.id, correlation_id=incident.correlation_id)
            work.insert(answer)
            if new:
                received = SuggestionsReceived(incident_id=incident.id, count=new)
                work.emit(answer, received, about=incident.id, cause=each.envelope, value_stream=incident.value_stream)


async def use_suggestion(work: Work, incident_id: UUID, suggestion_id: UUID) -> Suggestion:
    """Record that a suggestion solved the incident; a second time changes nothing. `ItemRetired` for an item that is retired."""
    async with work:
        incident = await INCIDENTS.one(work, incident_id)
        INCIDENTS.check(work, incident, access.USE_SUGGESTION)
        found = await suggestion(work, incident.id, suggestion_id)
        if found is None:
            raise NotFound("There is no such suggestion for this incident.")
        if found.used_at is None:
            if await is_retired(work, found.ki_id):
                raise ItemRetired
            found.used_at = clock.now()
            used = SuggestionUsed(incident_id=incident.id, ki_id=found.ki_id)
            work.emit(found, used, about=incident.id, value_stream=incident.value_stream)
        return found
