"""What people add to an incident: work log entries, links, requests for a change, the word that a suggestion helped."""

from uuid import UUID

from services.incident import repository
from services.incident.commands.capacity import for_client, for_supplier
from services.incident.commands.entries import write
from services.incident.commands.facts import belonging_to
from services.incident.commands.moves import resume_if_waiting_for
from services.incident.domain.lifecycles import ENDED
from services.incident.errors import AlreadyLinked, IncidentEnded, SuggestionUnknown
from services.incident.models import ChangeRequest, IncidentLink, Suggestion, WorkLogEntry
from shared import clock
from shared.contracts.incident import IncidentChangeRequested, IncidentLinkAdded, SuggestionUsed
from shared.unit_of_work import Work


async def add_entry(work: Work, incident_id: UUID, *, text: str, public: bool) -> WorkLogEntry:
    """A new entry; one from the client's side is always public.

    It takes up again what waited for whoever wrote it: the user, when it comes from the client's side, or the supplier.
    """
    async with work:
        if made := await work.earlier_result():
            return await work.session.get_one(WorkLogEntry, made)
        incident = await repository.incidents.one(work, incident_id, lock=True)
        entry = write(work, incident, text=text, public=public)
        if for_client(work, incident):
            await resume_if_waiting_for(work, incident, "user")
        elif for_supplier(work, incident):
            await resume_if_waiting_for(work, incident, "supplier")
        work.remember_result(entry.id)
        return entry


async def add_link(work: Work, incident_id: UUID, *, kind: str, reference: str) -> IncidentLink:
    """A new link to a record of another system; `AlreadyLinked` when it is there."""
    async with work:
        if made := await work.earlier_result():
            return await work.session.get_one(IncidentLink, made)
        incident = await repository.incidents.one(work, incident_id, lock=True)
        if await repository.belongings.link_exists(work, incident.id, kind, reference):
            raise AlreadyLinked
        link = IncidentLink(
            **belonging_to(incident),
            kind=kind,
            reference=reference,
            target_id=None,
            target_state=None,
            target_reason=None,
            target_sequence=None,
        )
        work.insert(link)
        said = IncidentLinkAdded(incident_id=incident.id, kind=kind, reference=reference)
        work.emit(link, said, about=incident.id, value_stream="maintenance")
        work.remember_result(link.id)
        return link


async def request_change(work: Work, incident_id: UUID, *, title: str, description: str, urgent: bool) -> ChangeRequest:
    """A request that change will answer with a request for change; its progress is seen in the incident's links.

    `IncidentEnded` for an incident that is closed, cancelled or rerouted.
    """
    async with work:
        if made := await work.earlier_result():
            return await work.session.get_one(ChangeRequest, made)
        incident = await repository.incidents.one(work, incident_id, lock=True)
        if incident.state in ENDED:
            raise IncidentEnded(incident.state)
        request = ChangeRequest(
            **belonging_to(incident), title=title, description=description, urgent=urgent, requested_by=work.actor.id
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
            caller_id=incident.caller_id,
        )
        work.emit(request, said, about=incident.id, value_stream="maintenance")
        work.remember_result(request.id)
        return request


async def use_suggestion(work: Work, incident_id: UUID, suggestion_id: UUID) -> Suggestion:
    """Note that a suggestion solved the incident; saying it twice changes nothing."""
    async with work:
        incident = await repository.incidents.one(work, incident_id)
        suggestion = await repository.belongings.suggestion(work, incident.id, suggestion_id)
        if suggestion is None:
            raise SuggestionUnknown
        if suggestion.used_at is None:
            suggestion.used_at = clock.now()
            said = SuggestionUsed(incident_id=incident.id, ki_id=suggestion.ki_id)
            work.emit(suggestion, said, about=incident.id, value_stream="maintenance")
        return suggestion
