"""Clocks as clients see them: short in lists, with every interval when read singly."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from services.service_level.clocks.rules.measurement import KINDS, State, Verdict
from services.service_level.schemas import Team, WrittenCalendar
from shared.contracts.incident import PendingReason, Priority
from shared.fields import Among, Instant, Known, ResponseModel
from shared.http import Names, PageView
from shared.records import From, ListQuery, OneOf, Reference, Until


class ClockQuery(ListQuery):
    """Which clocks, in which order; verdicts are those of this moment."""

    record_id: OneOf[UUID] = None
    target: OneOf[Annotated[str, Among(KINDS)]] = None
    state: OneOf[Annotated[str, Among(State)]] = None
    verdict: OneOf[Annotated[str, Among(Verdict)]] = None
    priority: OneOf[Priority] = None
    service_id: OneOf[Reference] = None
    party_id: OneOf[Reference] = None
    team: OneOf[Team] = None
    due_from: Annotated[Instant | None, From("due_at")] = None
    due_before: Annotated[Instant | None, Until("due_at")] = None
    sort: Literal["created_at", "-created_at"] = "created_at"


class Measured(ResponseModel):
    """The record that a clock measures."""

    service: str
    type: str
    id: UUID
    number: str


class ClockView(ResponseModel):
    """A clock. `elapsed_seconds` is open time up to `measured_at`; nothing is due while it is paused."""

    id: UUID
    record: Measured
    target: Annotated[str, Known(KINDS)]
    priority: Priority
    target_seconds: int
    agreement_id: UUID
    agreement_version: int
    state: Annotated[str, Known(State)]
    verdict: Annotated[str, Known(Verdict)]
    elapsed_seconds: int
    measured_at: datetime
    started_at: datetime
    ended_at: datetime | None
    due_at: datetime | None
    breached_at: datetime | None
    service_id: UUID | None
    party_id: UUID | None
    team: str | None
    historical: bool
    version: int
    created_at: datetime
    updated_at: datetime
    names: Names


class ClockPage(PageView):
    """A page of clocks."""

    items: list[ClockView]


class IntervalView(ResponseModel):
    """A part of the record's life; `seconds` is the open time in it that counts, `why` its state."""

    start: datetime
    end: datetime
    counted: bool
    why: str
    seconds: int


class ThresholdView(ResponseModel):
    """When this percentage of the target was used, or will be if nothing changes; null when neither is the case."""

    percent: int
    at: datetime | None
    reached: bool


class AgreementUsed(ResponseModel):
    """The version of the agreement that applies to the clock."""

    id: UUID
    number: str
    name: str
    version: int


class ExplainedClock(ClockView):
    """A clock at this moment with its reasons: the counted intervals add up to `elapsed_seconds` exactly."""

    ended_by: str | None
    intervals: list[IntervalView]
    thresholds: list[ThresholdView]
    agreement: AgreementUsed
    calendar: WrittenCalendar
    pause_reasons: list[PendingReason]
