"""What people add to an incident: work log entries, links, requests for a change, the word that a suggestion helped."""

from uuid import UUID

from uuid_utils.compat import uuid7

from services.incident import repository
from services.incident.commands.incidents import resume_if_waiting_for
from services.incident.errors import AlreadyLinked, SuggestionUnknown
from services.incident.models import ChangeRequest, Incident, IncidentLink, Suggestion, WorkLogEntry
from shared import clock
from shared.contracts.incident import IncidentChangeRequested, IncidentLinkAdded, SuggestionUsed, WorkLogEntryAdded
from shared.unit_of_work import Work


async def add_entry(work: Work, incident_id: UUID, *, text: str, public: bool) -> WorkLogEntry:
    """A new entry; one from the client's side is always public, and takes up again what waited for the user."""
    async with work:
        if made := await work.made_before():
            return await _entry(work, made)
        incident = await repository.incident(work, incident_id, lock=True)
        by_provider = work.caller is None or work.caller.works_for_provider
        entry = WorkLogEntry(
            **_belonging_to(incident),
            public=public or not by_provider,
            text=text,
            author_id=work.actor.id,
            by_provider=by_provider,
        )
        work.insert(entry)
        said = WorkLogEntryAdded(incident_id=incident.id, public=entry.public, by_provider=by_provider)
        work.emit(entry, said, about=incident.id, value_stream="maintenance")
        if not by_provider:
            await resume_if_waiting_for(work, incident, "user")
        work.made(entry.id)
        return entry


async def add_link(work: Work, incident_id: UUID, *, kind: str, reference: str) -> IncidentLink:
    """A new link to a record of another system; `AlreadyLinked` when it is there."""
    async with work:
        incident = await repository.incident(work, incident_id, lock=True)
        if await repository.link_exists(work, incident.id, kind, reference):
            raise AlreadyLinked("The incident has this link already.")
        link = IncidentLink(
            **_belonging_to(incident),
            kind=kind,
            reference=reference,
            target_id=None,
            target_state=None,
            target_sequence=None,
        )
        work.insert(link)
        said = IncidentLinkAdded(incident_id=incident.id, kind=kind, reference=reference)
        work.emit(link, said, about=incident.id, value_stream="maintenance")
        return link


async def request_change(work: Work, incident_id: UUID, *, title: str, description: str, urgent: bool) -> ChangeRequest:
    """A request that change will answer with a request for change; its progress is seen in the incident's links."""
    async with work:
        if made := await work.made_before():
            return await _request(work, made)
        incident = await repository.incident(work, incident_id, lock=True)
        request = ChangeRequest(
            **_belonging_to(incident), title=title, description=description, urgent=urgent, requested_by=work.actor.id
        )
        work.insert(request)
        said = IncidentChangeRequested(
            incident_id=incident.id,
            incident_number=incident.number,
            title=title,
            description=description,
            service_id=incident.service_id,
            party_id=incident.party_id,
            ki_ids=incident.ki_ids,
            urgent=urgent,
        )
        work.emit(request, said, about=incident.id, value_stream="maintenance")
        work.made(request.id)
        return request


async def use_suggestion(work: Work, incident_id: UUID, suggestion_id: UUID) -> Suggestion:
    """Note that a suggestion solved the incident; saying it twice changes nothing."""
    async with work:
        incident = await repository.incident(work, incident_id)
        suggestion = await repository.suggestion(work, incident.id, suggestion_id)
        if suggestion is None:
            raise SuggestionUnknown
        if suggestion.used_at is None:
            suggestion.used_at = clock.now()
            said = SuggestionUsed(incident_id=incident.id, ki_id=suggestion.ki_id)
            work.emit(suggestion, said, about=incident.id, value_stream="maintenance")
        return suggestion


async def _entry(work: Work, identity: UUID) -> WorkLogEntry:
    return await work.session.get_one(WorkLogEntry, identity)


async def _request(work: Work, identity: UUID) -> ChangeRequest:
    return await work.session.get_one(ChangeRequest, identity)


def _belonging_to(incident: Incident) -> dict[str, object]:
    now = clock.now()
    return {
        "id": uuid7(),
        "incident_id": incident.id,
        "version": 0,
        "correlation_id": incident.correlation_id,
        "created_at": now,
        "updated_at": now,
    }
