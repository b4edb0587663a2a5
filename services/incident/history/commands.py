"""Another system's history, recorded as it happened: no step is refused, but steps that break today's lifecycle are counted."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import msgspec

from services.incident.history.queries import imported, imported_digests, lock_source
from services.incident.incidents.rules import priority_of
from services.incident.lifecycles import INCIDENT
from services.incident.models import INCIDENT_NUMBER, Incident, IncidentImport
from shared.contracts import incident as events
from shared.records import event_of
from shared.records.links import emit_added, new_link
from shared.unit_of_work import Work

#: the values that mean the same here; all others go to `foreign` as they are
OURS = ("impact", "urgency", "channel", "classification")
RECORDED_IN_ONE_GO = 10
DIFFERS = "a different history was imported under this key before; the first one stays"

#: the event to emit when an imported incident enters a state; for `in_recovery` it depends on the state before
ENTERED: Mapping[str, type[events.IncidentEvent]] = {
    "classified": events.IncidentClassified,
    "assigned": events.IncidentAssigned,
    "pending": events.IncidentPaused,
    "recovered": events.IncidentRecovered,
    "closed": events.IncidentClosed,
    "cancelled": events.IncidentCancelled,
    "rerouted": events.IncidentRerouted,
}
RESUMED: Mapping[str, type[events.IncidentEvent]] = {
    "recovered": events.IncidentReopened,
    "closed": events.IncidentReopened,
    "pending": events.IncidentResumed,
}


@dataclass(frozen=True, slots=True)
class Outside:
    """A step that today's lifecycle does not allow."""

    key: str
    at: datetime
    from_state: str
    to_state: str


@dataclass(slots=True)
class Outcome:
    """The result of an import; imported, unchanged and skipped together are all that was sent."""

    source: str
    imported: int = 0
    unchanged: int = 0
    steps: int = 0
    skipped: list[dict[str, str]] = field(default_factory=list)
    outside_lifecycle: list[Outside] = field(default_factory=list)
    completed_event_id: UUID | None = None


async def import_incidents(work: Work, source: str, histories: Sequence[Mapping[str, Any]], *, last: bool) -> Outcome:
    """Record histories, each one completely or not at all; one that was imported before changes nothing.

    With `last` the import is completed: it emits a last event, so that a client can wait until all others were handled.
    """
    async with work:
        await lock_source(work, source)
        outcome = Outcome(source)
        known = await imported_digests(work, source, [history["key"] for history in histories])
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
        numbers = await INCIDENT_NUMBER.several(work, len(new)) if new else []
        for place, ((history, digest), number) in enumerate(zip(new, numbers, strict=True)):
            if place % RECORDED_IN_ONE_GO == 0:
                await asyncio.sleep(0)  # lets other requests run before the whole batch is done
            _record(work, outcome, source, history, digest, number)
        outcome.imported = len(new)
        if last:
            _complete(work, outcome, await imported(work, source) + len(new))
        return outcome


def _record(work: Work, outcome: Outcome, source: str, history: Mapping[str, Any], digest: str, number: str) -> None:
    incident = Incident(
        number=number,
        title=f"{source} {history['key']}",
        description="",
        registered_by=f"import of {source}",
        created_at=history["registered_at"],
        source=source,
        source_key=history["key"],
        source_digest=digest,
    )
    _set(incident, history.get("values", {}))
    work.insert(incident)
    _emit(work, incident, events.IncidentRegistered, history["registered_at"])
    linked: set[tuple[str, str]] = set()
    _link(work, incident, history.get("links", ()), linked)
    for step in history.get("steps", ()):
        outcome.steps += 1
        at, before, described = max(step["at"], incident.updated_at), incident.state, _described(incident)
        differs = _set(incident, step.get("set", {}))
        if _moved(incident, step, at):
            if not INCIDENT.knows(before, incident.state):
                outcome.outside_lifecycle.append(Outside(history["key"], at, described, _described(incident)))
            _emit(work, incident, _entered(incident.state, before), at)
        elif differs:
            _emit(work, incident, events.IncidentChanged, at)
        _link(work, incident, step.get("links", ()), linked, at)


def _emit(work: Work, incident: Incident, kind: type[events.IncidentEvent], at: datetime) -> None:
    work.emit(incident, event_of(kind, incident, by_person=True), at=at, historical=True)


def _set(incident: Incident, values: Mapping[str, Any]) -> bool:
    """Apply foreign values; teams, people and callers stay names of the other system. Returns whether any value differed."""
    known = {name: value for name, value in values.items() if name in OURS}
    foreign = {name: value for name, value in values.items() if name not in OURS}
    differs = any(getattr(incident, name) != value for name, value in known.items())
    differs |= any(incident.foreign.get(name) != value for name, value in foreign.items())
    for name, value in known.items():
        setattr(incident, name, value)
    incident.foreign = {**incident.foreign, **foreign}
    incident.priority = priority_of(incident.impact, incident.urgency)
    return differs


def _moved(incident: Incident, step: Mapping[str, Any], at: datetime) -> bool:
    """Set the state of the step; returns whether the state, or what the incident waits for, differed."""
    state, reason = step.get("state", incident.state), step.get("reason")
    if (state, reason) == (incident.state, incident.pending_reason) or "state" not in step:
        return False
    incident.state, incident.pending_reason = state, reason
    incident.closed_at = at if state == "closed" else None
    if state != "closed":
        incident.recovered_at = at if state == "recovered" else None
    return True


def _described(incident: Incident) -> str:
    return f"{incident.state}:{incident.pending_reason}" if incident.pending_reason else incident.state


def _entered(state: str, before: str) -> type[events.IncidentEvent]:
    """The event to emit when an incident enters a state, coming from `before`."""
    if state == "in_recovery":
        return RESUMED.get(before, events.IncidentTaken)
    return ENTERED.get(state, events.IncidentChanged)


def _link(
    work: Work,
    incident: Incident,
    links: Sequence[Mapping[str, str]],
    linked: set[tuple[str, str]],
    at: datetime | None = None,
) -> None:
    """Add links that are not in `linked` yet, since another system may name the same record more than once."""
    for named in links:
        if (named["kind"], named["key"]) in linked:
            continue
        linked.add((named["kind"], named["key"]))
        link = new_link(work, incident, kind=named["kind"], reference=named["key"], at=at or incident.created_at)
        emit_added(work, incident, link, at=link.created_at, historical=True)


def _complete(work: Work, outcome: Outcome, incidents: int) -> None:
    record = IncidentImport(source=outcome.source, incidents=incidents)
    work.insert(record)
    completed = events.ImportCompleted(source=outcome.source, incidents=incidents)
    outcome.completed_event_id = work.emit(record, completed, value_stream=Incident.value_stream, historical=True)
