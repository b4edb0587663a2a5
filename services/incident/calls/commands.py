"""Calls: registered, routed by their type, and linked to the record that answers them."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from services.incident import access
from services.incident.calls.queries import CALLS, check_service, numbers_and_service
from services.incident.calls.rules import ROUTES
from services.incident.incidents.rules import priority_of
from services.incident.lifecycles import CALL
from services.incident.models import CALL_NUMBER, Call, Incident, KnownParty, KnownPerson, KnownTeam
from shared.contracts import Envelope, Origin
from shared.contracts import incident as events
from shared.contracts.defaults import GENERAL_SUPPORT_ID
from shared.contracts.roles import PROVIDER_ROLES
from shared.errors import invalid
from shared.lifecycle import Option
from shared.records import check_references, event_of
from shared.unit_of_work import Work
from shared.versions import Expected


async def register_call(work: Work, given: Mapping[str, Any]) -> Call:
    """A registered and routed call with the `given` fields; one of type `incident` gets its incident at once.

    Without `service_id` the service is General support. Raises a refusal that points at the field for a service, person, party or
    team that is not known here, and for a person or party that the caller may not call for.
    """
    async with work:
        if earlier := await work.earlier_result():
            return await CALLS.one(work, earlier)
        route, named = ROUTES[given["call_type"]], given.get("service_id") is not None
        service_id = given.get("service_id") or GENERAL_SUPPORT_ID
        who = given.get("caller_id"), given.get("party_id")
        party_id = await _party(work, *who)
        await check_references(work, given, {"confidential_team_id": KnownTeam})
        if given.get("confidential_team_id") and not route.here:
            raise invalid(
                "/confidential_team_id",
                "leave it out: only incidents can be confidential, other processes show the text to everybody",
            )
        call = Call(
            number="",
            registered_by=work.actor.id,
            **{
                **given,
                "service_id": service_id,
                "party_id": party_id,
                "caller_id": given.get("caller_id") or work.person,
            },
        )
        await _check_who_calls(work, call, *who)
        CALLS.check(work, call, access.REGISTER_CALL)
        work.insert(call)
        if route.here:
            call.number, number = await numbers_and_service(work, service_id, named=named)
            incident = _incident_of(call, number)
            work.insert(incident)
            answer(call, incident.id, number)
            _route(work, call)
            begun = event_of(
                events.IncidentRegistered, incident, by_person=work.person is not None, by_client=_by_client(work, call)
            )
            work.emit(incident, begun)
        else:
            await check_service(work, service_id, named=named)
            call.number = await CALL_NUMBER.next(work)
            _route(work, call)
        work.remember_result(call.id)
        return call


async def move_call(work: Work, identity: UUID, expected: Expected, trigger: str, given: Mapping[str, Any]) -> Call:
    """The call after `trigger`: the desk answers one that it holds, with the answer as `reason`.

    Raises `NotFound`, `NotAllowed`, `VersionConflict` or `MoveNotPermitted`.
    """
    async with work:
        if await work.earlier_result():
            return await CALLS.one(work, identity)
        call = await CALLS.to_change(work, identity, expected, access.ANSWER_CALL)
        move = CALL.fire(call.state, trigger, {**_facts(call), **given}, access.ANSWER_CALL.roles(work.caller, call))
        call.state, call.reason, call.held_at = move.target, given["reason"], None
        emit(work, call, move.event)
        work.remember_result(call.id)
        return call


def options_for(work: Work, call: Call) -> tuple[Option, ...]:
    """What the caller may do with a call now."""
    roles = access.ANSWER_CALL.roles(work.caller, call)
    return CALL.options(call.state, _facts(call), PROVIDER_ROLES if roles is None else roles)


def answer(call: Call, identity: UUID, number: str) -> None:
    """Store which record answers a call; its process and type follow from the route."""
    route = ROUTES[call.call_type]
    record = Origin(service=route.service, type=route.record_type, id=identity, number=number)
    call.record = record.model_dump(mode="json")


async def reroute_call(work: Work, incident: Incident, call_type: str) -> None:
    """Send an incident's call to another process with the incident's impact and urgency; its number stays."""
    if call := await _call_of(work, incident):
        call.call_type, call.state = call_type, "routed"
        call.impact, call.urgency = incident.impact, incident.urgency
        call.record = call.record_sequence = call.reason = call.held_at = None
        emit(work, call, events.CallRouted)


async def follow_correction(work: Work, incident: Incident) -> None:
    """Copy caller, party and confidentiality from an incident to its call."""
    call = await _call_of(work, incident)
    followed = ("caller_id", "party_id", "confidential_team_id")
    if call and any(getattr(call, name) != getattr(incident, name) for name in followed):
        for name in followed:
            setattr(call, name, getattr(incident, name))
        emit(work, call, events.CallChanged)


async def close_call_of(work: Work, incident: Incident) -> None:
    """Close the call whose incident has ended."""
    if call := await _call_of(work, incident):
        close_call(work, call)


def close_call(work: Work, call: Call, *, cause: Envelope | None = None) -> None:
    """Close a call, unless it is closed already."""
    if call.state != "closed":
        call.state, call.held_at = "closed", None
        emit(work, call, events.CallClosed, cause=cause)


async def reopen_call_of(work: Work, incident: Incident) -> None:
    """Reopen the call of an incident that was reopened."""
    call = await _call_of(work, incident)
    if call and call.state == "closed":
        call.state = "routed"
        emit(work, call, events.CallReopened)


def emit(work: Work, call: Call, kind: type[events.CallEvent], *, cause: Envelope | None = None) -> None:
    """Emit an event about a call."""
    work.emit(call, event_of(kind, call), cause=cause)


def _facts(call: Call) -> dict[str, object]:
    return {"held": call.held_at is not None}


def _route(work: Work, call: Call) -> None:
    emit(work, call, events.CallRegistered)
    call.state = "routed"
    emit(work, call, events.CallRouted)


async def _call_of(work: Work, incident: Incident) -> Call | None:
    if incident.call_id is None:
        return None
    return (await CALLS.several(work, [incident.call_id], lock=True)).get(incident.call_id)


async def _party(work: Work, caller_id: UUID | None, named: UUID | None) -> UUID | None:
    """The party that a call is for: the one given, else that of the person who calls, else the caller's own."""
    if named is not None:
        return named
    if caller_id is not None:
        person = await work.session.get(KnownPerson, caller_id)
        return person.party_id if person else None
    return work.caller.party if work.caller and access.CALL_AS_CLIENT.admits(work.caller) else None


async def _check_who_calls(work: Work, call: Call, caller_id: UUID | None, named: UUID | None) -> None:
    """Only people who may register calls for others may name any person or party; clients and users name their own."""
    own = None
    if work.caller is not None and not access.CALL_FOR_OTHERS.covers(work.caller, call):
        own = access.REGISTER_CALL.parties(work.caller)
    if named is not None and own is not None and named not in own:
        raise invalid("/party_id", "you may call for your own party only")
    if own is None:
        await check_references(work, {"party_id": named}, {"party_id": KnownParty})
    await check_references(work, {"caller_id": caller_id}, {"caller_id": KnownPerson})
    if caller_id is not None and own is not None and caller_id != work.person:
        person = await work.session.get_one(KnownPerson, caller_id)
        if person.party_id not in own:
            raise invalid("/caller_id", "no active person with this id is known here")


def _by_client(work: Work, call: Call) -> bool:
    return access.REGISTER_CALL.side(work.caller, call) == "client"


def _incident_of(call: Call, number: str) -> Incident:
    same = (
        "title",
        "description",
        "channel",
        "impact",
        "urgency",
        "service_id",
        "party_id",
        "caller_id",
        "registered_by",
    )
    return Incident(
        number=number,
        call_id=call.id,
        correlation_id=call.correlation_id,
        created_at=call.created_at,
        confidential_team_id=call.confidential_team_id,
        priority=priority_of(call.impact, call.urgency),
        **{name: getattr(call, name) for name in same},
    )
