"""Calls: registered, routed by their type, answered by a record."""

from uuid import UUID

from uuid_utils.compat import uuid7

from services.incident import repository
from services.incident.commands.facts import facts_of
from services.incident.domain.lifecycles import INCIDENT
from services.incident.domain.priority import Level, priority_of
from services.incident.domain.routing import ROUTES
from services.incident.models import Call, Incident
from shared import clock
from shared.contracts.defaults import GENERAL_SUPPORT_ID
from shared.contracts.incident import CallClosed, CallFacts, CallRegistered, CallRouted, IncidentRegistered
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
    channel: str | None = None,
) -> Call:
    """A registered and routed call; one of type `incident` has its incident at once.

    Without `service_id` general support is meant. Raises a refusal that points at the field for a service or person unknown here.
    """
    async with work:
        if made := await work.made_before():
            return await repository.call(work, made)
        service = service_id or GENERAL_SUPPORT_ID
        await repository.service_for_call(work, service, named=service_id is not None)
        party_id = await _party(work, caller_id)
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
            caller_id=caller_id or (work.caller.person if work.caller else None),
            registered_by=work.actor.id,
            version=0,
            correlation_id=identity,
            created_at=now,
            updated_at=now,
            record_service=None,
            record_type=None,
            record_id=None,
            record_number=None,
        )
        if call_type == "incident":
            new.number, number = await repository.two_numbers(work)
            incident = _incident_of(new, number, impact, urgency)
            work.insert(new, incident)
            work.emit(new, CallRegistered(**call_facts(new)), value_stream="maintenance")
            answer(new, service="incident", kind="incident", identity=incident.id, number=number)
            work.emit(new, CallRouted(**call_facts(new)), value_stream="maintenance")
            work.emit(
                incident,
                IncidentRegistered(
                    **facts_of(work, incident), call_id=new.id, title=title, description=description, ki_ids=[]
                ),
                value_stream="maintenance",
            )
        else:
            new.number = await repository.call_number(work)
            work.insert(new)
            work.emit(new, CallRegistered(**call_facts(new)), value_stream=ROUTES[call_type].value_stream)
            route(work, new)
        work.made(new.id)
        return new


def route(work: Work, call: Call) -> None:
    """Send a call to the process that its type names."""
    call.state = "routed"
    work.emit(call, CallRouted(**call_facts(call)), value_stream=ROUTES[call.call_type].value_stream)


def answer(call: Call, *, service: str, kind: str, identity: UUID, number: str) -> None:
    """Note which record answers a call."""
    call.state, call.record_service, call.record_type, call.record_id, call.record_number = (
        "routed",
        service,
        kind,
        identity,
        number,
    )


async def close_call(work: Work, call_id: UUID | None) -> None:
    """Close the call whose record has ended; nothing for an incident without a call."""
    if call_id is None:
        return
    call = await work.session.get(Call, call_id, with_for_update=True)
    if call is not None and call.state != "closed":
        call.state = "closed"
        work.emit(call, CallClosed(**call_facts(call)))


def call_facts(call: Call) -> dict[str, object]:
    """The fields of a call's events."""
    return {name: getattr(call, name) for name in CallFacts.model_fields}


async def _party(work: Work, caller_id: UUID | None) -> UUID | None:
    if caller_id is not None:
        return (await repository.person(work, caller_id, "/caller_id")).party_id
    caller = work.caller
    return caller.party if caller and not caller.works_for_provider else None


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
