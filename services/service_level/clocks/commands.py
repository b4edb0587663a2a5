"""Updates clocks: loads the observations of incidents, projects them, publishes and stores the result."""

from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import Any
from uuid import UUID

from services.service_level.agreements.queries import mark_stale_since
from services.service_level.clocks import queries
from services.service_level.clocks.rules.incidents import IncidentObservation
from services.service_level.clocks.rules.projection import Announcement, Projection, project
from services.service_level.models import CLOCK, INCIDENT, OBSERVATION
from shared import clock as wall
from shared.contracts import Envelope
from shared.contracts.incident import IncidentEvent
from shared.contracts.records import NoteAdded
from shared.contracts.service_level import ClockEvent
from shared.inbox import ReceivedEvent
from shared.rebuilds import Derived
from shared.retention import retired_here
from shared.unit_of_work import Work

#: what is derived from events; an agreement made while it is rebuilt may apply to incidents that were rebuilt before
DERIVED = Derived(
    (OBSERVATION, INCIDENT, CLOCK),
    block=queries.lock_all,
    finish=mark_stale_since,
    rests_on={"observation": "incident_id", "incident": "id", "clock": "record_id"},
)
UPDATED_AT_ONCE = 50
_key = attrgetter("subject", "sequence")
_OBSERVED = ("number", "state", "priority", "service_id", "party_id", "team", "caller_id", "confidential_team_id")


async def observe(work: Work, events: Sequence[ReceivedEvent]) -> None:
    """Update the clocks of incidents after their events; the first public answer of the provider ends a response clock."""
    observed = [each for each in events if isinstance(each.event, IncidentEvent) or _is_answer(each.event)]
    if not observed:
        return
    observations = [_observation(each.envelope, each.event) for each in observed]
    causes = {one.incident_id: each.envelope for one, each in zip(observations, observed, strict=True)}
    async with work:
        await queries.lock(work, causes)
        histories = await queries.histories_of(work, causes)
        # of an incident that is not known, the first event is missing: it is late, or a rule of retention has deleted the rest
        unknown = {each.incident_id for each in observations if not histories[each.incident_id] and _is_later(each)}
        gone = await retired_here(work.session, unknown) if unknown else set()
        observations = [each for each in observations if each.incident_id not in gone]
        known = {_key(each) for history in histories.values() for each in history}
        fresh = list({_key(each): each for each in observations if _key(each) not in known}.values())
        for each in fresh:
            histories[each.incident_id].append(each)
        # known ones too: a rebuild that had read them earlier than this service received them announced nothing
        await _update(work, {each.incident_id: histories[each.incident_id] for each in observations}, fresh, causes)


async def update_due(work: Work) -> int:
    """Update the incidents that have reached a level of a clock, or fall under another agreement; returns how many."""
    async with work:
        incidents = await queries.due(work, wall.now(), UPDATED_AT_ONCE)
        if incidents:
            await queries.lock(work, incidents)
            await _update(work, await queries.histories_of(work, incidents), (), {})
        return len(incidents)


def _is_answer(note: NoteAdded) -> bool:
    return note.public and note.by_provider and note.record.type == "incident"


def _is_later(observation: IncidentObservation) -> bool:
    return observation.subject != observation.incident_id or observation.sequence > 1


def _observation(envelope: Envelope, event: IncidentEvent | NoteAdded) -> IncidentObservation:
    observed: dict[str, Any] = {"incident_id": envelope.about, "by_person": True}
    if isinstance(event, IncidentEvent):
        observed = {name: getattr(event, name) for name in _OBSERVED}
        observed["incident_id"], observed["reason"] = envelope.subject, event.pending_reason
        observed["by_person"] = event.by_person and not event.by_client
        observed["registered_by"] = getattr(event, "registered_by", None)
    return IncidentObservation(
        subject=envelope.subject,
        sequence=envelope.sequence,
        at=envelope.time,
        correlation_id=envelope.correlationid,
        historical=envelope.historical,
        **observed,
    )


async def _update(
    work: Work,
    histories: Mapping[UUID, Sequence[IncidentObservation]],
    fresh: Sequence[IncidentObservation],
    causes: Mapping[UUID, Envelope],
) -> None:
    if not histories:
        return
    now = wall.now()
    agreements = await queries.agreements_for(work, histories.values())
    before = await queries.before(work, histories)
    projections = [project(history, agreements, before[incident], now) for incident, history in histories.items()]
    for subject, event, at, historical in _to_publish(work, projections):
        incident_id = event.record.id
        cause = causes.get(incident_id)
        work.emit(subject, event, about=incident_id, at=at, cause=cause, historical=historical)
    for incident, clocks, _ in projections:
        for clock in clocks:
            clock.updated_at = max(clock.updated_at, incident.observed_at) if incident else clock.updated_at
    await queries.store(work, fresh, projections)


def _to_publish(work: Work, projections: Sequence[Projection]) -> list[Announcement]:
    """The announcements in the order in which they became true; nothing in a rebuild."""
    if work.replaying:
        return []
    announcements = [each for projection in projections for each in projection.announcements]
    return sorted(announcements, key=lambda each: (isinstance(each.event, ClockEvent), each.at))
