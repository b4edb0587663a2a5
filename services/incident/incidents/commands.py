"""Corrects incidents and moves them along their lifecycle: for people, when time has passed, and when a wait ends."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.incident import access
from services.incident.calls.commands import close_call_of, follow_correction, reopen_call_of, reroute_call
from services.incident.incidents.queries import (
    INCIDENTS,
    change_is_linked,
    is_member,
    retired_of,
    undisputed,
    wait_is_over,
)
from services.incident.incidents.rules import priority_of
from services.incident.lifecycles import CLASSIFIED, ENDED, INCIDENT, RECOVERED
from services.incident.models import Incident, KnownItem, KnownPerson, KnownService, KnownTeam
from services.incident.settings import IncidentSettings
from shared import clock
from shared.contracts import Envelope
from shared.contracts import incident as events
from shared.errors import Conflict, invalid
from shared.lifecycle import Move, Option
from shared.records import Copy, check_references, correct, differing, event_of
from shared.records.notes import write_note
from shared.unit_of_work import Work
from shared.versions import Expected

REFERENCES: Mapping[str, type[Copy]] = {
    "service_id": KnownService,
    "assignee_id": KnownPerson,
    "caller_id": KnownPerson,
    "team_id": KnownTeam,
    "confidential_team_id": KnownTeam,
    "ki_ids": KnownItem,
}
#: what a move may set of the incident itself
_SET_BY_MOVES = ("service_id", "impact", "urgency", "team_id", "assignee_id", "solution", "recovery")


class IncidentEnded(Conflict):
    """The incident is closed, cancelled or rerouted, so it can no longer be changed."""

    slug, title = "incident-ended", "The incident has ended"

    def __init__(self, state: str) -> None:
        super().__init__(
            f"The incident is {state} and can no longer be changed; reopen it within the waiting term, or register a new one."
        )


async def correct_incident(work: Work, identity: UUID, expected: Expected, given: Mapping[str, Any]) -> Incident:
    """The incident with corrected fields; unchanged when nothing differs.

    Its party is that of its caller; its call changes too. Raises `NotFound`, `NotAllowed`, `VersionConflict`, `IncidentEnded`,
    or a refusal that points at a field: fields that classification needs can be replaced, but not removed.
    """
    async with work:
        incident = await INCIDENTS.to_change(work, identity, expected, access.CORRECT)
        if incident.state in ENDED:
            raise IncidentEnded(incident.state)
        items = {"ki_ids": list(dict.fromkeys(map(str, given["ki_ids"])))} if "ki_ids" in given else {}
        new = differing(incident, {**given, **items})
        if not new:
            return incident
        if incident.state != INCIDENT.initial:
            for name in CLASSIFIED:
                if name in new and new[name] is None:
                    raise invalid(f"/{name}", "needed once the incident is classified; give another value")
        await check_references(work, new, REFERENCES, before=incident)
        if "caller_id" in new:
            new["party_id"] = await _party_of(work, new["caller_id"])
        changes = correct(incident, new)
        INCIDENTS.check(work, incident, access.CORRECT)
        if new.keys() & {"impact", "urgency"}:  # an imported incident may have the priority of its other system
            incident.priority = priority_of(incident.impact, incident.urgency)
        await follow_correction(work, incident)
        emit(work, incident, events.IncidentChanged, changes=changes)
        return incident


async def reassign(work: Work, incident: Incident, assignee_id: UUID) -> None:
    """Give a locked incident to another assignee; its state and its team stay.

    Raises `NotAllowed`, `IncidentEnded`, or a refusal for somebody who is not active or not in its team.
    """
    async with work:
        INCIDENTS.check(work, incident, access.CORRECT)
        if incident.state in ENDED:
            raise IncidentEnded(incident.state)
        given = {"assignee_id": assignee_id}
        await check_references(work, given, REFERENCES, before=incident)
        await _check_assignee(work, given, incident)
        changes = correct(incident, given)
        emit(work, incident, events.IncidentChanged, changes=changes)


async def move_incident(
    work: Work, identity: UUID, expected: Expected, trigger: str, given: Mapping[str, Any]
) -> Incident:
    """The incident after `trigger`, with the fields `given` for it; a repeated request returns its present state.

    Raises `NotFound`, `NotAllowed`, `VersionConflict`, `MoveNotPermitted`, or a refusal that points at a field.
    """
    async with work:
        if await work.earlier_result():
            return await INCIDENTS.one(work, identity)
        incident = await INCIDENTS.to_change(work, identity, expected, access.MOVE)
        roles = access.MOVE.roles(work.caller, incident)
        _check_may_classify(work, incident, given)
        move = INCIDENT.fire(incident.state, trigger, await _facts(work, incident, given), roles)
        if given.get("until") is not None and given["until"] <= clock.now():
            raise invalid("/until", "a time in the future")
        # an item that it names may have been retired since, but not whoever gets it now
        await check_references(work, {name: given.get(name) for name in ("assignee_id", "team_id")}, REFERENCES)
        await check_references(work, given, REFERENCES, before=incident)
        await _check_assignee(work, given, incident)
        await carry_out(work, incident, move, given)
        work.remember_result(incident.id)
        return incident


async def options_for(work: Work, incident: Incident) -> tuple[Option, ...]:
    """What the caller may do with an incident now."""
    roles = access.MOVE.roles(work.caller, incident)
    return INCIDENT.options(incident.state, await _facts(work, incident, {}), roles)


async def close_undisputed(work: Work, limit: int) -> int:
    """Close incidents that were recovered longer ago than the waiting term; returns how many."""
    async with work:
        found = await undisputed(work, clock.now() - _term(work), limit)
        for incident in found:
            await carry_out(work, incident, INCIDENT.fire(incident.state, "confirm", {}), {})
        return len(found)


async def resume_waiting(work: Work, limit: int) -> int:
    """Resume incidents whose waiting time is over; returns how many."""
    async with work:
        found = await wait_is_over(work, clock.now(), limit)
        for incident in found:
            await _resume(work, incident)
        return len(found)


async def resume_if_waiting_for(work: Work, incident: Incident, reason: str, *, cause: Envelope | None = None) -> None:
    """Resume an incident if it waits for this; `cause` is the event that ends the wait."""
    if incident.state == "pending" and incident.pending_reason == reason:
        await _resume(work, incident, cause=cause)


async def dispute(work: Work, incident: Incident, text: str) -> None:
    """The person who waits for an incident wrote `text` after its recovery: the waiting term stops, and the desk decides.

    By setting it is reopened at once. A second time changes nothing, and neither does a text after the closed incident can no
    longer be reopened.
    """
    facts = await _facts(work, incident, {"reason": text})
    if incident.state not in RECOVERED or (facts["term_passed"] and incident.state == "closed"):
        return
    if IncidentSettings.of(work.config).reopen_disputed:
        facts["term_passed"] = False
        await carry_out(work, incident, INCIDENT.fire(incident.state, "reopen", facts), {"reason": text}, noted=True)
    elif incident.disputed_at is None:
        incident.disputed_at = clock.now()
        emit(work, incident, events.IncidentDisputed)


def settle_dispute(work: Work, incident: Incident) -> None:
    """The provider answered the user of a closed incident, which needs no other decision."""
    if incident.state == "closed" and incident.disputed_at is not None:
        incident.disputed_at = None
        emit(work, incident, events.IncidentChanged)


async def carry_out(
    work: Work,
    incident: Incident,
    move: Move,
    given: Mapping[str, Any],
    *,
    cause: Envelope | None = None,
    noted: bool = False,
) -> None:
    """Apply a permitted move; a given reason also becomes a public note, unless it is `noted` already.

    Nobody who was retired gets the work back: whoever looks for work finds it without an assignee, or without a team.
    """
    _apply_fields(work, incident, move, given)
    if move.target == "in_recovery" and (incident.team_id or incident.assignee_id not in (None, work.person)):
        assignee, team = await retired_of(work, incident)
        incident.assignee_id = None if assignee else incident.assignee_id
        incident.team_id = None if team else incident.team_id
    emit(work, incident, move.event, given, cause=cause)
    if given.get("reason") and not noted:
        write_note(work, incident, text=given["reason"], public=True, side=access.MOVE.side(work.caller, incident))
    if move.target == "rerouted":
        await reroute_call(work, incident, given["call_type"])
    elif move.target in ("closed", "cancelled"):
        await close_call_of(work, incident)
    elif move.trigger == "reopen":
        await reopen_call_of(work, incident)


def emit(
    work: Work,
    incident: Incident,
    kind: type[events.IncidentEvent],
    given: Mapping[str, Any] | None = None,
    *,
    cause: Envelope | None = None,
    **more: Any,
) -> None:
    """Emit an event about an incident."""
    by_client = access.MOVE.side(work.caller, incident) == "client"
    event = event_of(kind, incident, given, by_person=work.actor.type == "person", by_client=by_client, **more)
    work.emit(incident, event, cause=cause)


async def _resume(work: Work, incident: Incident, *, cause: Envelope | None = None) -> None:
    await carry_out(work, incident, INCIDENT.fire(incident.state, "resume", {}), {}, cause=cause)


def _apply_fields(work: Work, incident: Incident, move: Move, given: Mapping[str, Any]) -> None:
    now = clock.now()
    for name in _SET_BY_MOVES:
        if given.get(name) is not None:
            setattr(incident, name, given[name])
    if given.get("impact") or given.get("urgency"):
        incident.priority = priority_of(incident.impact, incident.urgency)
    incident.state = move.target
    incident.pending_reason = given.get("pending_reason") if move.target == "pending" else None
    incident.pending_until = given.get("until") if move.target == "pending" else None
    incident.closed_at = now if move.target == "closed" else None
    incident.disputed_at = None
    if move.target != "closed":
        incident.recovered_at = now if move.target == "recovered" else None
    if move.trigger == "take":
        incident.assignee_id = given.get("assignee_id") or work.person or incident.assignee_id
    elif move.trigger == "assign":
        incident.assignee_id = given.get("assignee_id")
    elif move.trigger == "reopen":
        incident.solution = incident.recovery = None


async def _facts(work: Work, incident: Incident, given: Mapping[str, Any]) -> dict[str, object]:
    """The facts that the lifecycle needs: fields of the incident, the given fields, and what the guards check."""
    names = ("state", "service_id", "impact", "urgency", "call_id", "confidential_team_id")
    facts: dict[str, object] = {name: getattr(incident, name) for name in names}
    facts |= {"waiting_for": incident.pending_reason}
    facts |= {name: value for name, value in given.items() if value is not None}
    since: datetime | None = incident.closed_at or incident.recovered_at
    in_time = since is None or incident.disputed_at is not None or clock.now() - since <= _term(work)
    facts["term_passed"] = not in_time
    if given.get("ki_altered"):
        facts["change_linked"] = await change_is_linked(work, incident.id)
    return facts


def _term(work: Work) -> timedelta:
    """How long the user may dispute a recovery, and after that the closing."""
    return timedelta(days=IncidentSettings.of(work.config).close_after_days)


def _check_may_classify(work: Work, incident: Incident, given: Mapping[str, Any]) -> None:
    """Refuse service, impact and urgency from a supplier, because the supplier's own target follows from them."""
    for name in CLASSIFIED:
        if given.get(name) not in (None, getattr(incident, name)) and not access.CORRECT.covers(work.caller, incident):
            raise invalid(f"/{name}", "is set by the provider; leave it out, or ask the provider to change it")


async def _check_assignee(work: Work, given: Mapping[str, Any], incident: Incident) -> None:
    """Refuse an assignee who is not in the team of the incident; without a team that is in use any team will do."""
    assignee_id, team_id = given.get("assignee_id"), given.get("team_id")
    if assignee_id is None:
        return
    if team_id is None and incident.team_id is not None:
        _, retired = await retired_of(work, incident)
        team_id = None if retired else incident.team_id
    if not await is_member(work, assignee_id, team_id):
        raise invalid("/assignee_id", f"the person is no member of {'the' if team_id else 'any'} team")


async def _party_of(work: Work, caller_id: UUID | None) -> UUID | None:
    return (await work.session.get_one(KnownPerson, caller_id)).party_id if caller_id else None
