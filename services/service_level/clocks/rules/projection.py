"""Projects the observations of an incident to its figures, its clocks, and the announcements about them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any, ClassVar, NamedTuple
from uuid import UUID, uuid5

from services.service_level.agreements.rules import Terms, choose
from services.service_level.clocks.rules.incidents import Incident, IncidentObservation, incident_of
from services.service_level.clocks.rules.measurement import KINDS, PERCENTS, Measurement, Target, measure, reached_at
from shared.contracts import Origin
from shared.contracts.service_level import (
    ClockAtRisk,
    ClockBreached,
    ClockBreachWithdrawn,
    ClockChanged,
    ClockEvent,
    ClocksStarted,
    StartedClock,
)

BREACH = 100
#: the fields of a clock that events publish: any change of them is announced
_PUBLISHED = ("state", "due_at", "target_seconds", "priority", "agreement_id", "agreement_version")
#: the fields of measurement and incident that are stored with a clock, so that lists need no join
_MEASURED = ("state", "verdict", "elapsed_seconds", "measured_at", "started_at", "ended_at", "due_at", "late_at")
_OF_THE_INCIDENT = (
    "service_id",
    "party_id",
    "team",
    "caller_id",
    "registered_by",
    "confidential_team_id",
    "historical",
)


@dataclass(slots=True)
class EventSubject:
    """What events are about: a clock, or all clocks of an incident together."""

    value_stream: ClassVar[str] = "maintenance"
    id: UUID
    version: int
    correlation_id: UUID
    updated_at: datetime


@dataclass(slots=True, kw_only=True)
class Clock(EventSubject):
    """A clock after the last observation, and which of its levels (50, 75, 90 and 100 percent) have been announced.

    `version` counts observations and announcements. `limit_at` is the due second also where none is shown, `late_at` the first
    second that is too late. `level` is the highest level announced, `announced_until` the moment up to which
    levels were checked, `next_at` when the next one is reached.
    """

    created_at: datetime
    record_id: UUID
    record_number: str
    target: str
    priority: str
    target_seconds: int
    agreement_id: UUID
    agreement_version: int
    state: str
    verdict: str
    elapsed_seconds: int
    measured_at: datetime
    started_at: datetime
    ended_at: datetime | None
    due_at: datetime | None
    limit_at: datetime | None
    late_at: datetime | None
    level: int = 0
    announced_until: datetime
    next_at: datetime | None = None
    service_id: UUID | None
    party_id: UUID | None
    team: str | None
    caller_id: UUID | None
    registered_by: str | None
    confidential_team_id: UUID | None
    historical: bool


class Announced(NamedTuple):
    """What was announced about a subject: the number of events, the last sequence and time, and the last event of a clock."""

    events: int = 0
    sequence: int = 0
    at: datetime | None = None
    last: ClockEvent | None = None


class Before(NamedTuple):
    """What was stored about an incident: its clocks, and what was announced about each subject."""

    clocks: dict[UUID, Clock]
    announced: dict[UUID, Announced]

    def announced_about(self, subject: UUID) -> Announced:
        """What was announced about this subject."""
        return self.announced.get(subject, Announced())


class Announcement(NamedTuple):
    """An event to publish, and when it became true."""

    subject: EventSubject
    event: ClocksStarted | ClockEvent
    at: datetime
    historical: bool


class Projection(NamedTuple):
    """What follows from the observations of an incident; nothing while no state of it is known."""

    incident: Incident | None = None
    clocks: Sequence[Clock] = ()
    announcements: Sequence[Announcement] = ()


def project(
    observations: Sequence[IncidentObservation], agreements: Iterable[Terms], before: Before, now: datetime
) -> Projection:
    """The incident and its clocks, the same for any order of `observations`, and what is to be announced about them by `now`.

    A level is announced once it is reached; a clock when it starts, and when what others know of it differs from what was
    announced last. About imported history nothing is announced except that another agreement applies.
    """
    incident = incident_of(observations)
    if incident is None:
        return Projection()
    terms = choose(agreements, incident.party_id, incident.service_id, incident.registered_at)
    clocks: list[Clock] = []
    announcements: list[Announcement] = []
    for kind in KINDS:
        target = terms.targets.get((kind, incident.priority)) if terms and incident.priority else None
        if terms and target:
            measured = measure(target, terms.calendar, observations)
            clock = _clock(incident, terms, target, measured, now)
            _resume(clock, before.announced_about(clock.id), len(observations))
            moment = partial(reached_at, measured, target, terms.calendar)
            announcements += _reach_levels(clock, incident, moment, before.clocks.get(clock.id), now)
            announcements += _changed(clock, incident, before, now)
            clocks.append(clock)
    announcements += _started(clocks, incident, before)
    for stored in before.clocks.values():
        if stored.id not in {clock.id for clock in clocks}:
            announcements += _ended(stored, incident, before, len(observations), now)
    return Projection(incident, clocks, announcements)


def _clock(incident: Incident, terms: Terms, target: Target, measured: Measurement, now: datetime) -> Clock:
    return Clock(
        id=uuid5(incident.id, target.kind),
        version=0,
        correlation_id=incident.correlation_id,
        created_at=measured.started_at,
        updated_at=measured.started_at,
        record_id=incident.id,
        record_number=incident.number,
        target=target.kind,
        priority=incident.priority or "",
        target_seconds=target.seconds,
        agreement_id=terms.agreement_id,
        agreement_version=terms.version,
        limit_at=measured.breached_at or measured.due_at,
        announced_until=now,
        **{name: getattr(measured, name) for name in _MEASURED},
        **{name: getattr(incident, name) for name in _OF_THE_INCIDENT},
    )


def _resume(subject: EventSubject, announced: Announced, observations: int) -> None:
    """Continue the version of a subject after its announcements, so that it is never behind an event, even during a rebuild."""
    subject.version = max(observations + announced.events, announced.sequence)
    subject.updated_at = announced.at or subject.updated_at


def _reach_levels(
    clock: Clock, incident: Incident, moment: Callable[[int], datetime | None], stored: Clock | None, now: datetime
) -> list[Announcement]:
    """Bring the levels of the clock up to `now`. A level whose moment has moved into the future is open again."""
    given = stored.level if stored else 0
    # a level stays reached when the wall clock is set back
    until = clock.announced_until = max(now, stored.announced_until) if stored else now
    reached: dict[int, datetime] = {}
    for level in PERCENTS:
        at = clock.late_at if level == BREACH else moment(level)
        if at is not None and at > (until if level <= given else now):
            clock.next_at = at
            break
        if at is not None:
            reached[level] = at
    clock.level = max(reached, default=0)
    withdrawn = given == BREACH > clock.level and not incident.historical
    announcements = [_announcement(ClockBreachWithdrawn, clock, incident, now)] if withdrawn else []
    if incident.historical or clock.state == "cancelled":
        clock.level, clock.next_at = min(given, clock.level), None
        return announcements
    for level, at in reached.items():
        if level == BREACH > given:
            announcements.append(_announcement(ClockBreached, clock, incident, clock.limit_at or at))
        elif level > given:
            announcements.append(_announcement(ClockAtRisk, clock, incident, at, percent=level))
    return announcements


def _changed(clock: Clock, incident: Incident, before: Before, now: datetime) -> list[Announcement]:
    """The event that the published fields of a clock have changed, if they have."""
    known = before.clocks.get(clock.id) if incident.historical else before.announced_about(clock.id).last
    if known is None or all(getattr(known, name) == getattr(clock, name) for name in _PUBLISHED):
        return []
    if (known.agreement_id, known.agreement_version) != (clock.agreement_id, clock.agreement_version):
        return [_announcement(ClockChanged, clock, incident, now, reason="agreement")]
    if incident.historical:
        return []
    reason = "corrected"
    if known.priority != clock.priority:
        reason = "priority"
    elif known.state != clock.state:
        reason = "resumed" if clock.state == "running" else clock.state
    return [_announcement(ClockChanged, clock, incident, incident.observed_at, reason=reason)]


def _started(clocks: Iterable[Clock], incident: Incident, before: Before) -> list[Announcement]:
    """One event for all clocks about which nothing has been announced yet."""
    new = [clock for clock in clocks if clock.id not in before.announced]
    if not new or incident.historical:
        return []
    subject = EventSubject(uuid5(incident.id, "clocks"), 0, incident.correlation_id, incident.observed_at)
    _resume(subject, before.announced_about(subject.id), 0)
    started = [StartedClock(clock_id=clock.id, started_at=clock.started_at, **_published(clock)) for clock in new]
    event = ClocksStarted(record=_record(incident), priority=new[0].priority, clocks=started)
    return [Announcement(subject, event, incident.observed_at, historical=False)]


def _ended(stored: Clock, incident: Incident, before: Before, observations: int, now: datetime) -> list[Announcement]:
    """Announce a clock that is no longer agreed as cancelled."""
    clock = replace(stored, state="cancelled", due_at=None, updated_at=stored.started_at)
    _resume(clock, before.announced_about(clock.id), observations)
    withdrawn = []
    if clock.level == BREACH and not incident.historical:
        withdrawn.append(_announcement(ClockBreachWithdrawn, clock, incident, now))
    return [*_changed(clock, incident, before, now), *withdrawn]


def _announcement(
    kind: type[ClockEvent], clock: Clock, incident: Incident, at: datetime, **more: object
) -> Announcement:
    event = kind(record=_record(incident), **_published(clock), **more)
    return Announcement(clock, event, at, incident.historical)


def _record(incident: Incident) -> Origin:
    return Origin(service="incident", type="incident", id=incident.id, number=incident.number)


def _published(clock: Clock) -> dict[str, Any]:
    return {"target": clock.target, **{name: getattr(clock, name) for name in _PUBLISHED}}
