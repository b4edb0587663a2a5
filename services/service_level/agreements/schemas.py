"""Agreements as clients create, amend and see them."""

from datetime import date, datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import MISSING, ConfigDict, Field, model_validator

from services.service_level.lifecycles import AGREEMENT
from services.service_level.schemas import CalendarGiven, PauseReasons, Seconds, WrittenCalendar
from shared.contracts.incident import PendingReason, Priority
from shared.fields import Among, Instant, Known, Name, PartyId, RequestModel, ResponseModel, ServiceId, StrictInt
from shared.http import Names, PageView
from shared.records import ListQuery, OneOf, Reference

Rank = Annotated[StrictInt, Field(ge=-1000, le=1000, description="Of equally specific agreements the lowest wins.")]


class TargetsOf(RequestModel):
    """What was agreed for one priority: at least one target; the other, absent or null, is not measured."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})
    response_seconds: Seconds | None = None
    restore_seconds: Seconds | None = None

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        if self.response_seconds is None and self.restore_seconds is None:
            raise ValueError("give response_seconds or restore_seconds, or leave the priority out")
        return self


Targets = Annotated[
    dict[Priority, TargetsOf],
    Field(min_length=1, description="By priority; a priority that is absent is not measured."),
]
TERMS: dict[str, Any] = {
    "calendar": "00000000-0000-7000-8000-000000000005",
    "targets": {"P1": {"response_seconds": 900, "restore_seconds": 14400}},
    "pause_reasons": ["user"],
}


class _Terms(RequestModel):
    calendar: CalendarGiven
    targets: Targets
    pause_reasons: PauseReasons = Field(default=["user"])

    def given(self) -> dict[str, Any]:
        """The fields as plain values, with the form of a calendar."""
        calendar = self.calendar if isinstance(self.calendar, UUID) else self.calendar.values()
        return self.model_dump() | {"calendar": calendar}


class Agree(_Terms):
    """An agreement: for a party and a service, for one of them, or for neither (a standard one)."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Gold for everybody", **TERMS}]})
    name: Name
    party_id: PartyId | None = None
    service_id: ServiceId | None = None
    rank: Rank = 0
    valid_from: Annotated[Instant | None, Field(description="Now, when absent.")] = None
    valid_until: Instant | None = None


class Amend(_Terms):
    """A new version of an agreement, in force from now on or from a later moment on."""

    model_config = ConfigDict(json_schema_extra={"examples": [TERMS]})
    in_force_from: Annotated[Instant | None, Field(description="Now, when absent; never in the past.")] = None


class ChangeAgreement(RequestModel):
    """Fields to change; what is absent stays."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Gold, second edition"}]})
    name: Name | MISSING = MISSING
    valid_until: Instant | MISSING | None = MISSING


class End(RequestModel):
    """End the agreement now."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"trigger": "end"}]})
    trigger: Literal["end"]


class AgreementQuery(ListQuery):
    """Which agreements, in which order."""

    state: OneOf[Annotated[str, Among(AGREEMENT.states)]] = None
    party_id: OneOf[Reference] = None
    service_id: OneOf[Reference] = None
    sort: Literal["created_at", "-created_at", "name", "-name", "valid_from", "-valid_from"] = "created_at"


class TargetsView(ResponseModel):
    """The targets of one priority; null is not measured."""

    response_seconds: int | None
    restore_seconds: int | None


class VersionView(ResponseModel):
    """What an agreement says from a moment on; `calendar` is its own copy."""

    number: int
    in_force_from: datetime
    calendar_id: UUID | None
    calendar: WrittenCalendar
    targets: dict[Priority, TargetsView]
    pause_reasons: list[PendingReason]
    created_at: datetime


class VersionPage(PageView):
    """All versions of an agreement, oldest first."""

    items: list[VersionView]


class VersionHolidays(ResponseModel):
    """The public holidays that a version of an agreement knows, in their order; its own holidays are in its calendar."""

    items: list[date]
    next: None


class AgreementView(ResponseModel):
    """An agreement; `current` is the number of its newest version."""

    id: UUID
    number: str
    name: str
    state: Annotated[str, Known(AGREEMENT.states)]
    party_id: UUID | None
    service_id: UUID | None
    rank: int
    valid_from: datetime
    valid_until: datetime | None
    current: int
    version: int
    created_at: datetime
    updated_at: datetime
    names: Names


class AgreementPage(PageView):
    """A page of agreements."""

    items: list[AgreementView]
