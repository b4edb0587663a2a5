"""Clocks as clients see them: short in lists, with every interval one by one."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from services.service_level.schemas.calendars import CalendarSays
from shared.contracts.incident import PendingReason, Priority
from shared.contracts.service_level import Target
from shared.fields import ResponseModel
from shared.paging import Page

ClockState = Literal["running", "paused", "stopped", "cancelled"]
Verdict = Literal["running", "met", "breached", "cancelled"]


class Measured(ResponseModel):
    """The record that a clock measures."""

    service: Literal["incident"]
    type: Literal["incident"]
    id: UUID
    number: str


class ClockView(ResponseModel):
    """A clock. `elapsed_seconds` is open time up to `measured_at`; nothing is due while it is paused."""

    id: UUID
    record: Measured
    target: Target
    priority: Priority
    target_seconds: int
    agreement_id: UUID
    agreement_version: int
    state: ClockState
    verdict: Verdict
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


class ClockPage(Page):
    """A page of clocks."""

    items: list[ClockView]


class IntervalView(ResponseModel):
    """A stretch of the record's life; `seconds` is the open time in it that counted, `why` its state."""

    start: datetime
    end: datetime
    counted: bool
    why: str
    seconds: int


class ThresholdView(ResponseModel):
    """When so much of the target was used, or will be as things stand; null when neither."""

    percent: int
    at: datetime | None
    reached: bool


class AgreementUsed(ResponseModel):
    """The version of the agreement that the clock goes by."""

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
    calendar: CalendarSays
    pause_reasons: list[PendingReason]
