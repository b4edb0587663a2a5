"""Requests of incidents and calls to change, and the answers of change."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from services.incident import access
from services.incident.calls.commands import answer, close_call, emit
from services.incident.calls.queries import CALLS
from services.incident.calls.rules import ROUTES
from services.incident.incidents.commands import IncidentEnded
from services.incident.incidents.queries import INCIDENTS
from services.incident.lifecycles import ENDED
from services.incident.links.commands import update_links
from services.incident.models import Call, ChangeRequest
from shared import clock
from shared.contracts.incident import CallChanged, CallHeld, CallLinked, IncidentChangeRequested
from shared.errors import Conflict
from shared.inbox import ReceivedEvent
from shared.records import event_of
from shared.unit_of_work import Work

#: the states in which a request or a change has ended
DONE = frozenset({"rejected", "cancelled", "closed"})
#: the states in which change has handed a request to a process that has not taken it yet: its call is the desk's
HANDED_BACK = frozenset({"forwarded_to_service_level"})


class IncidentConfidential(Conflict):
    """The incident is confidential, and change would show its text to people outside its team."""

    slug, title = "incident-confidential", "The incident is confidential"

    def __init__(self) -> None:
        super().__init__(
            "The incident is confidential, and change would show the text to others. Register a request for change there "
            "(POST /change/v1/rfcs) with the text that others may read."
        )


async def request_change(work: Work, incident_id: UUID, given: Mapping[str, Any]) -> ChangeRequest:
    """A request that change will answer with a request for change; its progress is seen in the incident's links.

    `IncidentEnded` for an incident that is closed, cancelled or rerouted, `IncidentConfidential` for a confidential one.
    """
    async with work:
        if earlier := await work.earlier_result():
            return await work.session.get_one(ChangeRequest, earlier)
        incident = await INCIDENTS.one(work, incident_id, lock=True)
        INCIDENTS.check(work, incident, access.REQUEST_CHANGE)
        if incident.state in ENDED:
            raise IncidentEnded(incident.state)
        if incident.confidential_team_id is not None:
            raise IncidentConfidential
        request = ChangeRequest(
            incident_id=incident.id,
            correlation_id=incident.correlation_id,
            requested_by=work.actor.id,
            **given,
        )
        work.insert(request)
        requested = event_of(
            IncidentChangeRequested, incident, given, incident_id=incident.id, incident_number=incident.number
        )
        work.emit(request, requested, about=incident.id, value_stream=incident.value_stream)
        work.remember_result(request.id)
        return request


async def follow_requests(work: Work, events: Sequence[ReceivedEvent]) -> None:
    """Update links and calls from the requests for change that they led to."""
    async with work:
        await update_links(work, _requested_by("incident", events), kind="rfc")
        requested = _requested_by("call", events)
        calls = await CALLS.several(work, [each.event.origin.id for each in requested], lock=True)
        for each in requested:
            call, subject = calls.get(each.event.origin.id), str(each.envelope.subject)
            if call is None or ROUTES[call.call_type].service != each.envelope.source:
                continue
            if call.record is not None and call.record["id"] != subject:
                continue
            _follow_request(work, call, each)


async def follow_changes(work: Work, events: Sequence[ReceivedEvent]) -> None:
    """Update links and calls from the changes that they led to."""
    async with work:
        await update_links(work, _requested_by("incident", events), kind="change")
        ended = [each for each in _requested_by("call", events) if each.event.state in DONE]
        calls = await CALLS.several(work, [each.event.origin.id for each in ended], lock=True)
        for each in ended:
            call = calls.get(each.event.origin.id)
            if call is not None and (call.record is None or call.record["id"] == str(each.event.rfc_id)):
                call.reason = call.reason if call.state == "closed" else each.event.reason
                close_call(work, call, cause=each.envelope)


def _requested_by(kind: str, events: Sequence[ReceivedEvent]) -> list[ReceivedEvent]:
    origins = [(each, each.event.origin) for each in events]
    return [each for each, origin in origins if origin and (origin.service, origin.type) == ("incident", kind)]


def _follow_request(work: Work, call: Call, received: ReceivedEvent) -> None:
    """Link the request that answers a call, and store its last reason and whether it was handed back.

    Events that come late change nothing but the link, and so do all of them once the call is closed.
    """
    linked, before, state = call.record is not None, (call.reason, call.held_at), received.event.state
    if not linked:
        answer(call, received.envelope.subject, received.event.number)
    if call.state != "closed" and received.envelope.sequence > (call.record_sequence or 0):
        call.reason, call.record_sequence = received.event.reason, received.envelope.sequence
        call.held_at = (call.held_at or clock.now()) if state in HANDED_BACK else None
    if not linked:
        emit(work, call, CallLinked, cause=received.envelope)
    if state in DONE:
        close_call(work, call, cause=received.envelope)
    elif call.held_at is not None and before[1] is None:
        emit(work, call, CallHeld, cause=received.envelope)
    elif linked and (call.reason, call.held_at) != before:
        emit(work, call, CallChanged, cause=received.envelope)
