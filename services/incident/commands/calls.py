"""Calls: registered, routed by their type, answered by a record."""

from uuid import UUID

from uuid_utils.compat import uuid7

from services.incident import repository
from services.incident.commands.facts import facts_of, person_of
from services.incident.domain.lifecycles import INCIDENT
from services.incident.domain.priority import Level, priority_of
from services.incident.domain.routing import ROUTES
from services.incident.models import Call, Incident
from shared import clock
from shared.contracts import Envelope
from shared.contracts.defaults import GENERAL_SUPPORT_ID
from shared.contracts.incident import (
    CallChanged,
    CallClosed,
    CallEvent,
    CallRegistered,
    CallReopened,
    CallRouted,
    IncidentRegistered,
)
from shared.errors import invalid
from shared.unit_of_work import Work


async def register_call(
    work: Work,
    *,
    call_type: str,
    title: str,
    description: str,
    impact: Level | None = None,
    urgency: Level | None = None,
    service_id: UUID | None = None,
    caller_id: UUID | None = None,
    party_id: UUID | None = None,
    channel: str | None = None,
) -> Call:
    """A registered and routed call; one that is answered here has its incident at once.

    Without `service_id` general support is meant. Raises a refusal that points at the field for a service, person or
    party unknown here, and for a person of another party, or another party itself, when a client asks.
    """
    async with work:
        if made := await work.earlier_result():
            return await repository.calls.one(work, made)
        service = service_id or GENERAL_SUPPORT_ID
        party_id = await _party(work, caller_id, party_id)
        now, identity = clock.now(), uuid7()
        new = Call(
            id=identity,
            call_type=call_type,
            state="registered",
            title=title,
            description=description,
            channel=channel,
            service_id=service,
            party_id=party_id,
            caller_id=caller_id or person_of(work),
            impact=impact,
            urgency=urgency,
            registered_by=work.actor.id,
            version=0,
            correlation_id=identity,
            created_at=now,
            updated_at=now,
            record_service=None,
            record_type=None,
            record_id=None,
            record_number=None,
            record_sequence=None,
            reason=None,
        )
        if ROUTES[call_type].here:
            new.number, number = await repository.calls.basics(work, service, named=service_id is not None)
            incident = _incident_of(new, number, impact, urgency)
            work.insert(new, incident)
            link_record(new, identity=incident.id, number=number)
            _register(work, new)
            begun = IncidentRegistered(
                **facts_of(work, incident),
                call_id=new.id,
                registered_by=new.registered_by,
                title=title,
                description=description,
                ki_ids=[],
            )
            work.emit(incident, begun, value_stream="maintenance")
        else:
            await repository.copies.check_service(work, service, named=service_id is not None)
            new.number = await repository.calls.next_number(work)
            work.insert(new)
            _register(work, new)
        work.remember_result(new.id)
        return new


def link_record(call: Call, *, identity: UUID, number: str) -> None:
    """Note which record answers a call, in the process and of the type that its route names."""
    route = ROUTES[call.call_type]
    call.record_service, call.record_type = route.service, route.record_type
    call.record_id, call.record_number = identity, number


async def reroute_call(work: Work, incident: Incident, call_type: str) -> None:
    """Send an incident's call to another process: it keeps its number, and waits for the record that answers it there.

    It takes along the impact and urgency that were established.
    """
    call = await repository.calls.locked_one(work, incident.call_id)
    if call is not None:
        call.call_type, call.state = call_type, "routed"
        call.impact, call.urgency = incident.impact, incident.urgency
        call.record_service = call.record_type = call.record_id = call.record_number = None
        call.record_sequence = call.reason = None
        work.emit(call, CallRouted(**call_facts(call)), value_stream=value_stream_of(call))


async def change_caller(work: Work, call_id: UUID | None, caller_id: UUID | None, party_id: UUID | None) -> None:
    """Let a call be that of another person and party, as the record that answers it is."""
    call = await repository.calls.locked_one(work, call_id)
    if call is not None and (call.caller_id, call.party_id) != (caller_id, party_id):
        call.caller_id, call.party_id = caller_id, party_id
        work.emit(call, CallChanged(**call_facts(call)), value_stream=value_stream_of(call))


async def close_call(work: Work, call_id: UUID | None) -> None:
    """Close the call whose record has ended; nothing for a record without a call."""
    call = await repository.calls.locked_one(work, call_id)
    if call is not None:
        end_call(work, call)


def end_call(work: Work, call: Call, *, cause: Envelope | None = None) -> None:
    """Close a call; one that is closed stays as it is."""
    if call.state != "closed":
        call.state = "closed"
        work.emit(call, CallClosed(**call_facts(call)), value_stream=value_stream_of(call), cause=cause)


async def reopen_call(work: Work, call_id: UUID | None) -> None:
    """Open the call again whose record goes on."""
    call = await repository.calls.locked_one(work, call_id)
    if call is not None and call.state == "closed":
        call.state = "routed"
        work.emit(call, CallReopened(**call_facts(call)), value_stream=value_stream_of(call))


def value_stream_of(call: Call) -> str:
    """The value stream that a call of this type belongs to."""
    return ROUTES[call.call_type].value_stream


def call_facts(call: Call) -> dict[str, object]:
    """The fields of a call's events."""
    return {name: getattr(call, name) for name in CallEvent.model_fields}


def _register(work: Work, call: Call) -> None:
    """Say that a call came in, and that it goes to the process that its type names."""
    work.emit(call, CallRegistered(**call_facts(call)), value_stream=value_stream_of(call))
    call.state = "routed"
    work.emit(call, CallRouted(**call_facts(call)), value_stream=value_stream_of(call))


async def _party(work: Work, caller_id: UUID | None, named: UUID | None) -> UUID | None:
    """The party that a call is for: the one that the provider names, that of the person who calls, or of the client who asks."""
    caller = work.caller
    client = caller if caller and not caller.works_for_provider else None
    own = client.party if client else None
    if client and named not in (None, own, *client.parties):
        raise invalid("/party_id", "you call for your own party")
    if named is not None and not client:
        await repository.copies.check_party(work, named, "/party_id")
    if caller_id is None:
        return named or own
    person = await repository.copies.person(work, caller_id, "/caller_id")
    if client and person.party_id not in (own, *client.parties) and caller_id != client.person:
        raise repository.copies.no_such_person("/caller_id")
    return named or person.party_id


def _incident_of(call: Call, number: str, impact: Level | None, urgency: Level | None) -> Incident:
    return Incident(
        id=uuid7(),
        number=number,
        state=INCIDENT.initial,
        title=call.title,
        description=call.description,
        channel=call.channel,
        impact=impact,
        urgency=urgency,
        priority=priority_of(impact, urgency),
        service_id=call.service_id,
        party_id=call.party_id,
        caller_id=call.caller_id,
        registered_by=call.registered_by,
        call_id=call.id,
        version=0,
        correlation_id=call.correlation_id,
        created_at=call.created_at,
        updated_at=call.created_at,
        classification=[],
        ki_ids=[],
        foreign={},
        pending_reason=None,
        pending_until=None,
        team_id=None,
        assignee_id=None,
        solution=None,
        recovery=None,
        recovered_at=None,
        closed_at=None,
        source=None,
        source_key=None,
        source_digest=None,
    )
