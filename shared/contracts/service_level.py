"""What service_level publishes: services, calendars, agreements, and the clocks of records."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from shared.contracts.envelope import Event
from shared.contracts.origin import Origin


class ServiceEvent(Event, family="service"):
    """A service as it is after the change."""

    number: str
    name: str
    active: bool


class ServiceRegistered(ServiceEvent, type="service.registered.v1"):
    """A service is offered."""


class ServiceChanged(ServiceEvent, type="service.changed.v1"):
    """A service was renamed, or is no longer offered (`active` is false)."""


class CalendarEvent(Event, family="calendar"):
    """A calendar as it is after the change; agreements use their own copy of it."""

    number: str
    name: str
    active: bool


class CalendarRegistered(CalendarEvent, type="calendar.registered.v1"):
    """A calendar may be used in agreements."""


class CalendarChanged(CalendarEvent, type="calendar.changed.v1"):
    """A calendar was changed, or may no longer be used (`active` is false)."""


class AgreementEvent(Event, family="agreement"):
    """An agreement as it is after the change."""

    number: str
    name: str
    party_id: UUID | None
    service_id: UUID | None
    active: bool
    valid_from: datetime | None = None
    valid_until: datetime | None = None


class AgreementRegistered(AgreementEvent, type="agreement.registered.v1"):
    """An agreement was made for a later time; it is not in force yet."""


class AgreementAgreed(AgreementEvent, type="agreement.agreed.v1"):
    """An agreement came into force."""


class AgreementAmended(AgreementEvent, type="agreement.amended.v1"):
    """A new version of an agreement came into force."""


class AgreementChanged(AgreementEvent, type="agreement.changed.v1"):
    """Its name or validity changed, or a version was made for a later time; what is in force did not change."""


class AgreementEnded(AgreementEvent, type="agreement.ended.v1"):
    """An agreement no longer holds."""


class StartedClock(BaseModel):
    """A clock at the moment when it was attached to a record."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    clock_id: UUID
    target: str
    target_seconds: int
    state: str
    started_at: datetime
    due_at: datetime | None
    agreement_id: UUID
    agreement_version: int


class ClocksStarted(Event, type="clocks.started.v1"):
    """Clocks were attached to a record for the first time. The subject is its clocks together; `about` names the record."""

    record: Origin
    priority: str
    clocks: list[StartedClock]


class ClockEvent(Event, family="clock"):
    """A clock of a record as it is after the change; `time` of the event is the second in which that became true.

    `target` is `response` or `restore`, `state` is `running`, `paused`, `stopped` or `cancelled`; readers must accept others.
    `due_at` is null while nothing is due: the clock is paused or cancelled.
    """

    record: Origin
    target: str
    target_seconds: int
    priority: str
    state: str
    due_at: datetime | None
    agreement_id: UUID
    agreement_version: int


class ClockChanged(ClockEvent, type="clock.changed.v1"):
    """A clock was paused, resumed, stopped or cancelled, or is due at another moment.

    `reason`: what happened to the record (`paused`, `resumed`, `stopped`, `cancelled`), another `priority` or `agreement` applies,
    or an event that arrived late `corrected` the history. A clock that is no longer agreed is cancelled.
    """

    reason: str


class ClockAtRisk(ClockEvent, type="clock.at_risk.v1"):
    """This percentage of the agreed time is used up: 50, 75 or 90."""

    percent: int


class ClockBreached(ClockEvent, type="clock.breached.v1"):
    """The agreed time has passed."""


class ClockBreachWithdrawn(ClockEvent, type="clock.breach_withdrawn.v1"):
    """An event that arrived late, or another target, shows that the agreed time has not passed."""
