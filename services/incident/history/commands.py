"""Another system's history, recorded as it happened: no step is refused, but steps that break today's lifecycle are counted."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from services.incident.history.queries import (
    REFERENCES,
    changed_here,
    imported,
    imported_digests,
    imported_incidents,
    lock_source,
    parties_of,
    retired_digests,
    unknown_references,
)
from services.incident.history.rules import digest_of, ids_in, steps_of, with_parties
from services.incident.incidents.rules import priority_of
from services.incident.lifecycles import INCIDENT
from services.incident.models import (
    INCIDENT_NUMBER,
    Incident,
    IncidentImport,
)
from shared.contracts import incident as events
from shared.records import event_of
from shared.records.links import emit_added, new_link
from shared.unit_of_work import Work

#: the values that mean the same here; all others go to `foreign` as they are
OURS = ("title", "description", "impact", "urgency", "channel", "classification", *REFERENCES)
RECORDED_IN_ONE_GO = 10
DIFFERS = "a different history was imported under this key before; the first one stays"
RETIRED = "its incident was deleted here by a rule of retention, so no further steps are added"
CHANGED_HERE = "it was changed here since it was imported, so no steps of the other system are added"

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


@dataclass(frozen=True, slots=True)
class Grown:
    """A history of which the first steps were imported before: `known` is their number."""

    history: Mapping[str, Any]
    digest: str
    known: int


@dataclass(slots=True)
class Outcome:
    """The result of an import; imported, unchanged and skipped together are all that was sent.

    `extended` counts those of the imported incidents that were here before, with fewer steps.
    """

    source: str
    imported: int = 0
    extended: int = 0
    unchanged: int = 0
    steps: int = 0
    skipped: list[dict[str, str]] = field(default_factory=list)
    outside_lifecycle: list[Outside] = field(default_factory=list)
    completed_event_id: UUID | None = None


async def import_incidents(work: Work, source: str, histories: Sequence[Mapping[str, Any]], *, last: bool) -> Outcome:
    """Record histories, each one completely or not at all; one that was imported before changes nothing.

    One that begins with the history imported before adds its further steps, unless somebody has changed the incident here.
    With `last` the import is completed: it emits a last event, so that a client can wait until all others were handled.
    """
    async with work:
        await lock_source(work, source)
        outcome = Outcome(source)
        keys = [history["key"] for history in histories]
        before, retired = await imported_digests(work, source, keys), await retired_digests(work, source, keys)
        digests, new, grown = dict(before), [], []
        parties = await parties_of(work, ids_in(histories, "caller_id"))
        refused = await unknown_references(work, histories)
        outcome.skipped += (
            {"key": one["key"], "reason": refused[one["key"]]} for one in histories if one["key"] in refused
        )
        for history in (one for one in histories if one["key"] not in refused):
            key, digest = history["key"], digest_of(history)
            recorded = with_parties(history, parties)
            if key in retired and retired[key] != digest:
                outcome.skipped.append({"key": key, "reason": RETIRED})
            elif retired.get(key, digests.get(key)) == digest:
                outcome.unchanged += 1
            elif key not in digests:
                digests[key] = digest
                new.append((recorded, digest))
            elif digests[key] == before.get(key) and (known := steps_of(history, before[key])) is not None:
                digests[key] = digest
                grown.append(Grown(recorded, digest, known))
            else:
                outcome.skipped.append({"key": key, "reason": DIFFERS})
        numbers = await INCIDENT_NUMBER.several(work, len(new)) if new else []
        for place, ((history, digest), number) in enumerate(zip(new, numbers, strict=True)):
            await _let_others_run(place)
            _record(work, outcome, history, digest, number)
        outcome.imported = len(new)
        if grown:
            await _extend(work, outcome, grown)
        if last:
            _complete(work, outcome, await imported(work, source) + len(new))
        return outcome


async def _let_others_run(place: int) -> None:
    """Let other requests run before the whole batch is done."""
    if place % RECORDED_IN_ONE_GO == 0:
        await asyncio.sleep(0)


def _record(work: Work, outcome: Outcome, history: Mapping[str, Any], digest: str, number: str) -> None:
    incident = Incident(
        number=number,
        title=f"{outcome.source} {history['key']}",
        description="",
        registered_by=f"import of {outcome.source}",
        created_at=history["registered_at"],
        source=outcome.source,
        source_key=history["key"],
        source_digest=digest,
    )
    _set(incident, history.get("values", {}))
    work.insert(incident)
    _emit(work, incident, events.IncidentRegistered, history["registered_at"])
    linked: set[tuple[str, str]] = set()
    _link(work, incident, history.get("links", ()), linked)
    _add_steps(work, outcome, incident, history.get("steps", ()), linked)


async def _extend(work: Work, outcome: Outcome, grown: Sequence[Grown]) -> None:
    """Add the further steps of histories whose first steps are here."""
    incidents = await imported_incidents(work, outcome.source, [one.history["key"] for one in grown])
    changed = await changed_here(work, [incident.id for incident in incidents.values()])
    for place, one in enumerate(grown):
        await _let_others_run(place)
        incident, steps = incidents[one.history["key"]], one.history["steps"]
        if incident.id in changed:
            outcome.skipped.append({"key": one.history["key"], "reason": CHANGED_HERE})
            continue
        named = [one.history.get("links", ()), *(step.get("links", ()) for step in steps[: one.known])]
        linked = {(link["kind"], link["key"]) for links in named for link in links}
        _add_steps(work, outcome, incident, steps[one.known :], linked)
        incident.source_digest = one.digest
        outcome.imported += 1
        outcome.extended += 1


def _add_steps(
    work: Work,
    outcome: Outcome,
    incident: Incident,
    steps: Sequence[Mapping[str, Any]],
    linked: set[tuple[str, str]],
) -> None:
    key = str(incident.source_key)
    for step in steps:
        outcome.steps += 1
        at, before, described = max(step["at"], incident.updated_at), incident.state, _described(incident)
        differs = _set(incident, step.get("set", {}))
        if _moved(incident, step, at):
            if not INCIDENT.knows(before, incident.state):
                outcome.outside_lifecycle.append(Outside(key, at, described, _described(incident)))
            _emit(work, incident, _entered(incident.state, before), at)
        elif differs:
            _emit(work, incident, events.IncidentChanged, at)
        _link(work, incident, step.get("links", ()), linked, at)


def _emit(work: Work, incident: Incident, kind: type[events.IncidentEvent], at: datetime) -> None:
    work.emit(incident, event_of(kind, incident, by_person=True), at=at, historical=True)


def _set(incident: Incident, values: Mapping[str, Any]) -> bool:
    """Apply foreign values; those without a meaning here stay as they are. Returns whether any value differed.

    A priority of the other system counts, until somebody classifies the incident here.
    """
    known = {name: value for name, value in values.items() if name in OURS}
    foreign = {name: value for name, value in values.items() if name not in OURS}
    differs = any(getattr(incident, name) != value for name, value in known.items())
    differs |= any(incident.foreign.get(name) != value for name, value in foreign.items())
    for name, value in known.items():
        setattr(incident, name, value)
    incident.foreign = {**incident.foreign, **foreign}
    incident.priority = incident.foreign.get("priority") or priority_of(incident.impact, incident.urgency)
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
