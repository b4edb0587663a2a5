"""Incidents: moved along their lifecycle, corrected, and closed when nobody disputes the recovery."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.incident import repository
from services.incident.commands.calls import close_call, route
from services.incident.commands.facts import facts_of
from services.incident.domain.lifecycles import INCIDENT
from services.incident.domain.priority import priority_of
from services.incident.models import Call, Incident
from shared import clock
from shared.contracts import incident as said
from shared.contracts.envelope import Event
from shared.errors import check_version
from shared.lifecycle import Move
from shared.unit_of_work import Work

CORRECTABLE = ("title", "description", "impact", "urgency", "service_id", "caller_id", "classification", "ki_ids")
TRIGGER_EVENTS: Mapping[str, Callable[..., Event]] = {
    "classify": said.IncidentClassified,
    "take": said.IncidentTaken,
    "assign": said.IncidentAssigned,
    "pause": said.IncidentPaused,
    "resume": said.IncidentResumed,
    "recover": said.IncidentRecovered,
    "confirm": said.IncidentClosed,
    "reopen": said.IncidentReopened,
    "cancel": said.IncidentCancelled,
    "reroute": said.IncidentRerouted,
}


async def move_incident(
    work: Work, identity: UUID, expected: int, trigger: str, given: Mapping[str, Any], term: timedelta
) -> Incident:
    """The incident after `trigger`, with the fields `given` for it; `term` is how long a recovery may be disputed.

    Raises `MoveNotPermitted`, `Stale`, `IncidentUnknown`, or a refusal that points at a field.
    """
    async with work:
        if await work.made_before():
            return await repository.incident(work, identity)
        incident = await repository.incident(work, identity, lock=True)
        check_version(incident.version, expected)
        await _check_references(work, given)
        roles = None if work.caller is None or work.caller.administers else work.caller.roles
        move = INCIDENT.fire(incident.state, trigger, await _facts(work, incident, given, term), roles)
        await apply(work, incident, move, given)
        work.made(incident.id)
        return incident


async def apply(work: Work, incident: Incident, move: Move, given: Mapping[str, Any]) -> None:
    """Carry out a move that was permitted, and say so."""
    now = clock.now()
    for name in ("service_id", "impact", "urgency", "team_id", "assignee_id", "solution", "recovery"):
        if given.get(name) is not None:
            setattr(incident, name, given[name])
    incident.priority = priority_of(incident.impact, incident.urgency)  # type: ignore[arg-type]
    incident.state = move.target
    incident.pending_reason = given.get("pending_reason") if move.target == "pending" else None
    incident.pending_until = given.get("until") if move.target == "pending" else None
    incident.recovered_at = (
        now if move.target == "recovered" else incident.recovered_at if move.target == "closed" else None
    )
    incident.closed_at = now if move.target == "closed" else None
    if move.trigger == "take" and incident.assignee_id is None and work.caller:
        incident.assignee_id = work.caller.person
    if move.trigger == "assign":
        incident.assignee_id = given.get("assignee_id")
    work.emit(incident, _event(work, incident, move.trigger), value_stream="maintenance")
    if move.target == "rerouted":
        await _reroute_call(work, incident, given["call_type"])
    elif move.target in ("closed", "cancelled"):
        await close_call(work, incident.call_id)


async def correct_incident(work: Work, identity: UUID, expected: int, changes: Mapping[str, Any]) -> Incident:
    """The incident with corrected fields; its state stays."""
    async with work:
        incident = await repository.incident(work, identity, lock=True)
        check_version(incident.version, expected)
        await _check_references(work, changes)
        for name in CORRECTABLE:
            if name in changes:
                setattr(incident, name, changes[name])
        incident.priority = priority_of(incident.impact, incident.urgency)  # type: ignore[arg-type]
        work.emit(incident, said.IncidentChanged(**facts_of(work, incident)), value_stream="maintenance")
        return incident


async def close_undisputed(work: Work, term: timedelta, limit: int) -> int:
    """Close what was recovered longer than `term` ago; answers how many were closed."""
    async with work:
        found = await repository.undisputed(work, clock.now() - term, limit)
        for incident in found:
            await apply(work, incident, INCIDENT.fire(incident.state, "confirm", {}), {})
        return len(found)


async def resume_waiting(work: Work, limit: int) -> int:
    """Take up again what waited until an instant that has passed; answers how many."""
    async with work:
        found = await repository.waited_enough(work, clock.now(), limit)
        for incident in found:
            await apply(work, incident, INCIDENT.fire(incident.state, "resume", {}), {})
        return len(found)


async def resume_if_waiting_for(work: Work, incident: Incident, reason: str) -> None:
    """Take an incident up again when what it waited for has come."""
    if incident.state == "pending" and incident.pending_reason == reason:
        await apply(work, incident, INCIDENT.fire(incident.state, "resume", {}), {})


async def permitted_moves(
    work: Work, incident: Incident, term: timedelta
) -> list[tuple[Move, tuple[str, ...], tuple[str, ...]]]:
    """What the caller may do with an incident now: the move, the fields it still needs, what speaks against it."""
    roles = None if work.caller is None or work.caller.administers else work.caller.roles
    facts = await _facts(work, incident, {}, term)
    return [(move, move.lacking(facts), move.refusals(facts)) for move in INCIDENT.permitted(incident.state, roles)]


async def _facts(work: Work, incident: Incident, given: Mapping[str, Any], term: timedelta) -> dict[str, object]:
    known = {name: getattr(incident, name) for name in ("state", "service_id", "impact", "urgency")}
    facts = {
        **known,
        "waiting_for": incident.pending_reason,
        **{name: value for name, value in given.items() if value is not None},
    }
    since: datetime | None = incident.closed_at or incident.recovered_at
    facts["term_passed"] = since is not None and clock.now() - since > term
    if given.get("ki_altered"):
        facts["change_linked"] = await repository.change_is_linked(work, incident.id)
    return facts


async def _check_references(work: Work, given: Mapping[str, Any]) -> None:
    if given.get("service_id") is not None:
        await repository.service_for_call(work, given["service_id"], named=True)
    if given.get("team_id") is not None:
        await repository.team(work, given["team_id"], "/team_id")
    for name in ("assignee_id", "caller_id"):
        if given.get(name) is not None:
            await repository.person(work, given[name], f"/{name}")


def _event(work: Work, incident: Incident, trigger: str) -> Event:
    facts = facts_of(work, incident)
    if trigger == "classify":
        facts |= {"title": incident.title, "description": incident.description, "ki_ids": incident.ki_ids}
    if trigger == "recover":
        facts |= {"recovery": incident.recovery, "solution": incident.solution}
    return TRIGGER_EVENTS[trigger](**facts)


async def _reroute_call(work: Work, incident: Incident, call_type: str) -> None:
    call = await work.session.get(Call, incident.call_id, with_for_update=True) if incident.call_id else None
    if call is not None:
        call.call_type = call_type
        call.record_service = call.record_type = call.record_id = call.record_number = None
        route(work, call)
