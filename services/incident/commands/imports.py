"""Another system's history, recorded as fact: what was is not refused, but what breaks today's lifecycle is counted."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import msgspec
from uuid_utils.compat import uuid7

from services.incident import repository
from services.incident.commands.facts import belonging_to, facts_of
from services.incident.domain.lifecycles import INCIDENT
from services.incident.domain.priority import priority_of
from services.incident.models import Incident, IncidentImport, IncidentLink
from shared import clock
from shared.contracts import incident as said
from shared.contracts.envelope import Event
from shared.unit_of_work import Work

#: the values that mean the same here; all others stay the other system's
OURS = ("impact", "urgency", "channel", "classification")
RECORDED_IN_ONE_GO = 10
DIFFERS = "another history was imported under this key before; it stays as it is"

#: which event says that an imported incident entered a state; `in_recovery` is told by where it came from
ENTERED: Mapping[str, type[said.IncidentEvent]] = {
    "assigned": said.IncidentAssigned,
    "pending": said.IncidentPaused,
    "closed": said.IncidentClosed,
    "cancelled": said.IncidentCancelled,
    "rerouted": said.IncidentRerouted,
}
TAKEN_UP: Mapping[str, type[said.IncidentEvent]] = {
    "recovered": said.IncidentReopened,
    "closed": said.IncidentReopened,
    "pending": said.IncidentResumed,
}


@dataclass(frozen=True, slots=True)
class Outside:
    """A step that today's lifecycle does not know."""

    key: str
    at: datetime
    from_state: str
    to_state: str


@dataclass(slots=True)
class Outcome:
    """What an import did; imported, unchanged and skipped add up to what was sent."""

    source: str
    imported: int = 0
    unchanged: int = 0
    steps: int = 0
    skipped: list[dict[str, str]] = field(default_factory=list)
    outside_lifecycle: list[Outside] = field(default_factory=list)
    completed_event_id: UUID | None = None


async def import_incidents(work: Work, source: str, histories: Sequence[Mapping[str, Any]], *, last: bool) -> Outcome:
    """Record histories, each whole or not at all; one that is here already changes nothing.

    With `last` the import is completed: an event follows everything that it caused, so that one can wait for it.
    """
    async with work:
        await repository.incidents.lock_source(work, source)
        outcome = Outcome(source)
        known = await repository.incidents.imported_digests(work, source, [history["key"] for history in histories])
        new: list[tuple[Mapping[str, Any], str]] = []
        for history in histories:
            digest = sha256(msgspec.json.encode(history, order="sorted")).hexdigest()
            if history["key"] not in known:
                known[history["key"]] = digest
                new.append((history, digest))
            elif known[history["key"]] == digest:
                outcome.unchanged += 1
            else:
                outcome.skipped.append({"key": history["key"], "reason": DIFFERS})
        numbers = await repository.incidents.next_numbers(work, len(new)) if new else []
        for place, ((history, digest), number) in enumerate(zip(new, numbers, strict=True)):
            if place % RECORDED_IN_ONE_GO == 0:
                await asyncio.sleep(0)  # whoever calls meanwhile need not wait for the whole batch
            _record(work, outcome, source, history, digest, number)
        outcome.imported = len(new)
        if last:
            _complete(work, outcome, await repository.incidents.imported(work, source) + len(new))
        return outcome


def _record(work: Work, outcome: Outcome, source: str, history: Mapping[str, Any], digest: str, number: str) -> None:
    incident = _incident_of(source, history, digest, number)
    work.insert(incident)
    begun = said.IncidentRegistered(
        **_facts(work, incident), call_id=None, title=incident.title, description="", ki_ids=[]
    )
    work.emit(incident, begun, at=history["registered_at"], value_stream="maintenance", historical=True)
    linked: set[tuple[str, str]] = set()
    _link(work, incident, history.get("links", ()), linked)
    for step in history.get("steps", ()):
        outcome.steps += 1
        at, before, stood = max(step["at"], incident.updated_at), incident.state, _told(incident)
        differs = _set(incident, step.get("set", {}))
        if _moved(incident, step, at):
            if not INCIDENT.knows(before, incident.state):
                outcome.outside_lifecycle.append(Outside(history["key"], at, stood, _told(incident)))
            _say(work, incident, _entered(work, incident, before), at)
        elif differs:
            _say(work, incident, said.IncidentChanged(**_facts(work, incident)), at)
        _link(work, incident, step.get("links", ()), linked, at)


def _say(work: Work, incident: Incident, event: Event, at: datetime) -> None:
    work.emit(incident, event, at=at, value_stream="maintenance", historical=True)


def _incident_of(source: str, history: Mapping[str, Any], digest: str, number: str) -> Incident:
    identity, values, at = uuid7(), history.get("values", {}), history["registered_at"]
    incident = Incident(
        id=identity,
        number=number,
        state=INCIDENT.initial,
        title=f"{source} {history['key']}",
        description="",
        channel=None,
        impact=None,
        urgency=None,
        priority=None,
        service_id=None,
        party_id=None,
        caller_id=None,
        registered_by=f"import of {source}",
        call_id=None,
        version=0,
        correlation_id=identity,
        created_at=at,
        updated_at=at,
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
        source=source,
        source_key=history["key"],
        source_digest=digest,
    )
    _set(incident, values)
    return incident


def _set(incident: Incident, values: Mapping[str, Any]) -> bool:
    """Bring foreign values in; teams, people and callers stay names of the other system. Answers whether any differed."""
    known = {name: value for name, value in values.items() if name in OURS}
    foreign = {name: value for name, value in values.items() if name not in OURS}
    differs = any(getattr(incident, name) != value for name, value in known.items())
    differs |= any(incident.foreign.get(name) != value for name, value in foreign.items())
    for name, value in known.items():
        setattr(incident, name, value)
    incident.foreign = {**incident.foreign, **foreign}
    incident.priority = priority_of(incident.impact, incident.urgency)  # type: ignore[arg-type]
    return differs


def _moved(incident: Incident, step: Mapping[str, Any], at: datetime) -> bool:
    """Bring the incident to the step's state; answers whether it was in another one before, or waited for something else."""
    state, reason = step.get("state", incident.state), step.get("reason")
    if (state, reason) == (incident.state, incident.pending_reason) or "state" not in step:
        return False
    incident.state, incident.pending_reason = state, reason
    incident.closed_at = at if state == "closed" else None
    if state != "closed":
        incident.recovered_at = at if state == "recovered" else None
    return True


def _told(incident: Incident) -> str:
    return f"{incident.state}:{incident.pending_reason}" if incident.pending_reason else incident.state


def _entered(work: Work, incident: Incident, before: str) -> Event:
    """The event that says into which state the incident came, from `before`."""
    facts = _facts(work, incident)
    if incident.state == "classified":
        return said.IncidentClassified(**facts, title=incident.title, description="", ki_ids=[])
    if incident.state == "recovered":
        return said.IncidentRecovered(**facts, recovery=None, solution=None)
    if incident.state == "in_recovery":
        return TAKEN_UP.get(before, said.IncidentTaken)(**facts)
    return ENTERED.get(incident.state, said.IncidentChanged)(**facts)


def _facts(work: Work, incident: Incident) -> dict[str, Any]:
    return {**facts_of(work, incident), "by_person": True}


def _link(
    work: Work,
    incident: Incident,
    links: Sequence[Mapping[str, str]],
    linked: set[tuple[str, str]],
    at: datetime | None = None,
) -> None:
    """Add what is not `linked` yet; another system may name a record, then another, then the first again."""
    for link in links:
        if (link["kind"], link["key"]) in linked:
            continue
        linked.add((link["kind"], link["key"]))
        when = at or incident.created_at
        row = IncidentLink(
            **{**belonging_to(incident), "created_at": when, "updated_at": when},
            kind=link["kind"],
            reference=link["key"],
            target_id=None,
            target_state=None,
            target_reason=None,
            target_sequence=None,
        )
        work.insert(row)
        added = said.IncidentLinkAdded(incident_id=incident.id, kind=row.kind, reference=row.reference)
        work.emit(row, added, about=incident.id, at=when, value_stream="maintenance", historical=True)


def _complete(work: Work, outcome: Outcome, incidents: int) -> None:
    identity, now = uuid7(), clock.now()
    record = IncidentImport(
        id=identity,
        source=outcome.source,
        incidents=incidents,
        version=0,
        correlation_id=identity,
        created_at=now,
        updated_at=now,
    )
    work.insert(record)
    completed = said.ImportCompleted(source=outcome.source, incidents=incidents)
    outcome.completed_event_id = work.emit(record, completed, value_stream="maintenance", historical=True)
