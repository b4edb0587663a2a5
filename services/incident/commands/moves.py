"""Incidents moved along their lifecycle: by people, by time, and by what they waited for."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.incident import repository
from services.incident.commands.calls import close_call, reopen_call, reroute_call
from services.incident.commands.capacity import roles_for
from services.incident.commands.entries import write
from services.incident.commands.facts import facts_of, person_of
from services.incident.commands.references import check_references
from services.incident.domain.lifecycles import INCIDENT
from services.incident.domain.priority import priority_of
from services.incident.models import Incident
from services.incident.settings import IncidentSettings
from shared import clock
from shared.contracts import Envelope
from shared.contracts import incident as said
from shared.contracts.envelope import Event
from shared.errors import check_version, invalid
from shared.lifecycle import Move, Option
from shared.unit_of_work import Work

SAID: Mapping[str, Callable[..., Event]] = {
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
KEPT = ("service_id", "impact", "urgency", "team_id", "assignee_id", "solution", "recovery")


async def move_incident(work: Work, identity: UUID, expected: int, trigger: str, given: Mapping[str, Any]) -> Incident:
    """The incident after `trigger`, with the fields `given` for it; a repeated request is answered with it as it is now.

    Raises `MoveNotPermitted`, `VersionConflict`, `IncidentUnknown`, or a refusal that points at a field.
    """
    async with work:
        if await work.earlier_result():
            return await repository.incidents.one(work, identity)
        incident = await repository.incidents.one(work, identity, lock=True)
        check_version(incident.version, expected)
        move = INCIDENT.fire(incident.state, trigger, await _facts(work, incident, given), roles_for(work, incident))
        if given.get("until") is not None and given["until"] <= clock.now():
            raise invalid("/until", "an instant to come")
        await check_references(work, given, team_id=incident.team_id)
        await _apply(work, incident, move, given)
        work.remember_result(incident.id)
        return incident


async def options_for(work: Work, incident: Incident) -> tuple[Option, ...]:
    """What the caller may do with an incident now."""
    return INCIDENT.options(incident.state, await _facts(work, incident, {}), roles_for(work, incident))


async def close_undisputed(work: Work, limit: int) -> int:
    """Close what was recovered longer than the waiting term ago; answers how many were closed."""
    async with work:
        found = await repository.incidents.undisputed(work, clock.now() - _term(work), limit)
        for incident in found:
            await _apply(work, incident, INCIDENT.fire(incident.state, "confirm", {}), {})
        return len(found)


async def resume_waiting(work: Work, limit: int) -> int:
    """Take up again what waited until an instant that has passed; answers how many."""
    async with work:
        found = await repository.incidents.waited_enough(work, clock.now(), limit)
        for incident in found:
            await _apply(work, incident, INCIDENT.fire(incident.state, "resume", {}), {})
        return len(found)


async def resume_if_waiting_for(work: Work, incident: Incident, reason: str, *, cause: Envelope | None = None) -> None:
    """Take an incident up again when what it waited for has come; `cause` is the event that brought it."""
    if incident.state == "pending" and incident.pending_reason == reason:
        await _apply(work, incident, INCIDENT.fire(incident.state, "resume", {}), {}, cause=cause)


async def _apply(
    work: Work, incident: Incident, move: Move, given: Mapping[str, Any], *, cause: Envelope | None = None
) -> None:
    """Carry out a move that was permitted, and say so; a reason that was given is read in the work log too."""
    _place(work, incident, move, given)
    work.emit(incident, _event(work, incident, move.trigger, given), value_stream="maintenance", cause=cause)
    if given.get("reason"):
        write(work, incident, text=given["reason"], public=True)
    if move.target == "rerouted":
        await reroute_call(work, incident, given["call_type"])
    elif move.target in ("closed", "cancelled"):
        await close_call(work, incident.call_id)
    elif move.trigger == "reopen":
        await reopen_call(work, incident.call_id)


def _place(work: Work, incident: Incident, move: Move, given: Mapping[str, Any]) -> None:
    """Bring an incident to where the move leads, with what was given for it."""
    now = clock.now()
    for name in KEPT:
        if given.get(name) is not None:
            setattr(incident, name, given[name])
    incident.priority = priority_of(incident.impact, incident.urgency)  # type: ignore[arg-type]
    incident.state = move.target
    incident.pending_reason = given.get("pending_reason") if move.target == "pending" else None
    incident.pending_until = given.get("until") if move.target == "pending" else None
    incident.closed_at = now if move.target == "closed" else None
    if move.target != "closed":
        incident.recovered_at = now if move.target == "recovered" else None
    if move.trigger == "take":
        incident.assignee_id = given.get("assignee_id") or person_of(work) or incident.assignee_id
    elif move.trigger == "assign":
        incident.assignee_id = given.get("assignee_id")
    elif move.trigger == "reopen":
        incident.solution = incident.recovery = None


async def _facts(work: Work, incident: Incident, given: Mapping[str, Any]) -> dict[str, object]:
    known = {name: getattr(incident, name) for name in ("state", "service_id", "impact", "urgency", "call_id")}
    facts = {
        **known,
        "waiting_for": incident.pending_reason,
        **{name: value for name, value in given.items() if value is not None},
    }
    since: datetime | None = incident.closed_at or incident.recovered_at
    facts["term_passed"] = since is not None and clock.now() - since > _term(work)
    if given.get("ki_altered"):
        facts["change_linked"] = await repository.belongings.change_is_linked(work, incident.id)
    return facts


def _term(work: Work) -> timedelta:
    """How long a recovery, and then its closing, may be disputed."""
    return timedelta(days=IncidentSettings.of(work.config).close_after_days)


def _event(work: Work, incident: Incident, trigger: str, given: Mapping[str, Any]) -> Event:
    facts = facts_of(work, incident)
    if trigger == "classify":
        facts |= {"title": incident.title, "description": incident.description, "ki_ids": incident.ki_ids}
    elif trigger == "recover":
        facts |= {"recovery": incident.recovery, "solution": incident.solution}
    elif trigger in ("reopen", "cancel"):
        facts["reason"] = given["reason"]
    return SAID[trigger](**facts)
