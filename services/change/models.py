"""Every table of change, and the copies of other services' records."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, ForeignKey, Index, UniqueConstraint, and_, exists
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, MappedAsDataclass, mapped_column

from services.change.lifecycles import CHANGE, RESERVING, RFC
from shared import database, records
from shared.contracts.governance import PartyEvent, PersonEvent, RoleEvent
from shared.contracts.knowledge import KiEvent
from shared.contracts.service_level import ServiceEvent
from shared.erasure import PersonalTexts
from shared.records import Copy, Number, Record, null, table_of
from shared.retention import Owner, Retained

TABLES = database.metadata()


class Model(records.Model):
    """A row of this service."""

    __abstract__ = True
    metadata = TABLES


RFC_NUMBER = Number("RFC", "rfc_number", TABLES)
CHANGE_NUMBER = Number("CHG", "change_number", TABLES)


class RequestColumns(MappedAsDataclass, kw_only=True):
    """The columns that a change copies from its request: what is wanted, who wants it, and for which party.

    `origin` is the record of another process that led to it; `origin_id` is its id, for queries.
    """

    title: Mapped[str]
    description: Mapped[str]
    requester_id: Mapped[UUID | None] = null(index=True)
    registered_by: Mapped[str] = mapped_column(index=True)
    party_id: Mapped[UUID | None] = null(index=True)
    service_id: Mapped[UUID | None] = null()
    ki_ids: Mapped[list[str]] = mapped_column(default_factory=list)
    urgent: Mapped[bool] = mapped_column(default=False)
    value_stream: Mapped[str | None] = null()
    origin: Mapped[dict[str, Any] | None] = null(JSONB(none_as_null=True))
    origin_id: Mapped[UUID | None] = null(index=True)


class PlanColumns(MappedAsDataclass, kw_only=True):
    """What is decided about a change before work begins: its classes, its risk, and how and when it is done."""

    change_type: Mapped[str | None] = null()
    impact: Mapped[str | None] = null()
    likelihood: Mapped[str | None] = null()
    risk: Mapped[str | None] = null()
    build_plan: Mapped[str | None] = null()
    test_plan: Mapped[str | None] = null()
    implementation_plan: Mapped[str | None] = null()
    back_out_plan: Mapped[str | None] = null()
    planned_start: Mapped[datetime | None] = null()
    planned_end: Mapped[datetime | None] = null()
    means_confirmed: Mapped[bool | None] = null()


REQUEST_COLUMNS = tuple(RequestColumns.__annotations__)


class Rfc(Record, RequestColumns, Model):
    """A request for change; one that another process sent has its `request_id`, so that it is created once.

    `caller_id` is the caller of the incident that led to it; `impact` and `urgency` come from the call that led to it.
    """

    __tablename__ = "rfc"
    number: Mapped[str] = mapped_column(unique=True)
    state: Mapped[str] = mapped_column(default=RFC.initial)
    reason: Mapped[str | None] = null()
    request_id: Mapped[UUID | None] = null(unique=True)
    caller_id: Mapped[UUID | None] = null()
    impact: Mapped[str | None] = null()
    urgency: Mapped[str | None] = null()
    change_id: Mapped[UUID | None] = null()
    __table_args__ = (Index(None, "created_at", "id"), Index(None, "state", "created_at"))


class Change(Record, RequestColumns, PlanColumns, Model):
    """A change, from the accepted request to its evaluation.

    `plan_round` counts plans (approvals belong to one), `test_round` counts how often it was offered for testing.
    """

    __tablename__ = "change"
    number: Mapped[str] = mapped_column(unique=True)
    rfc_id: Mapped[UUID] = mapped_column(ForeignKey("rfc.id"), unique=True)
    state: Mapped[str] = mapped_column(default=CHANGE.initial)
    held_state: Mapped[str | None] = null()
    reason: Mapped[str | None] = null()
    parent_id: Mapped[UUID | None] = null(ForeignKey("change.id"), index=True)
    plan_round: Mapped[int] = mapped_column(default=0)
    test_round: Mapped[int] = mapped_column(default=0)
    goal_reached: Mapped[bool | None] = null()
    evaluation: Mapped[str | None] = null()
    __table_args__ = (
        Index(None, "created_at", "id"),
        Index(None, "state", "created_at"),
        Index(None, "service_id", "planned_start"),
        Index(None, "planned_start", "id"),
    )

    @property
    def blocking(self) -> bool:
        """Whether it reserves its window."""
        return self.state in RESERVING


class PlanVersion(Record, PlanColumns, Model):
    """A change as approvers saw it with one of its plans; the present plan has one too, unless an older version planned it."""

    __tablename__ = "change_plan"
    change_id: Mapped[UUID] = mapped_column(ForeignKey("change.id"))
    plan_round: Mapped[int]
    planned_by: Mapped[str | None] = null()
    title: Mapped[str]
    description: Mapped[str]
    requester_id: Mapped[UUID | None] = null()
    party_id: Mapped[UUID | None] = null()
    service_id: Mapped[UUID | None] = null()
    ki_ids: Mapped[list[str]] = mapped_column(default_factory=list)
    parent_id: Mapped[UUID | None] = null()
    value_stream: Mapped[str | None] = null()
    __table_args__ = (UniqueConstraint("change_id", "plan_round"),)


class Approval(Record, Model):
    """One person's answer to one plan of a change, in one role."""

    __tablename__ = "approval"
    change_id: Mapped[UUID] = mapped_column(ForeignKey("change.id"))
    plan_round: Mapped[int]
    role: Mapped[str]
    decision: Mapped[str]
    note: Mapped[str | None] = null()
    given_by: Mapped[str]
    __table_args__ = (
        UniqueConstraint("change_id", "plan_round", "role"),
        UniqueConstraint("change_id", "plan_round", "given_by"),
    )


class TestRun(Record, Model):
    """One test of what was built for a change; `ordinal` counts them, so that their order does not depend on the clock."""

    __tablename__ = "test_run"
    change_id: Mapped[UUID] = mapped_column(ForeignKey("change.id"))
    ordinal: Mapped[int]
    test_round: Mapped[int]
    kind: Mapped[str]
    result: Mapped[str]
    note: Mapped[str | None] = null()
    recorded_by: Mapped[str]
    __table_args__ = (UniqueConstraint("change_id", "ordinal"),)


class KnownParty(Copy, Model, of=PartyEvent):
    """The parties that changes are for."""

    __tablename__ = "known_party"
    name: Mapped[str]
    active: Mapped[bool]


class KnownPerson(Copy, Model, of=PersonEvent, within=("party_id", KnownParty)):
    """The people who request changes."""

    __tablename__ = "known_person"
    name: Mapped[str]
    party_id: Mapped[UUID]
    active: Mapped[bool]


class KnownRole(Copy, Model, of=RoleEvent):
    """The roles in which people approve."""

    __tablename__ = "known_role"
    person_id: Mapped[UUID] = mapped_column(index=True)
    role: Mapped[str]
    scope: Mapped[str | None]
    held: Mapped[bool]


class KnownService(Copy, Model, of=ServiceEvent):
    """The services that changes touch."""

    __tablename__ = "known_service"
    name: Mapped[str]
    active: Mapped[bool]


class KnownItem(Copy, Model, of=KiEvent):
    """The knowledge items that changes touch; `current` when readers see a version and no draft or review is open."""

    __tablename__ = "known_item"
    number: Mapped[str]
    title: Mapped[str]
    active: Mapped[bool]
    current: Mapped[bool]


#: the copies that ids in requests and changes refer to
REFERENCES: Mapping[str, type[Copy]] = {
    "requester_id": KnownPerson,
    "party_id": KnownParty,
    "service_id": KnownService,
    "ki_ids": KnownItem,
}

_PLANS = ("build_plan", "test_plan", "implementation_plan", "back_out_plan")
_PLANNING = ("change.planned.v1", "change.replanned.v1")
#: the columns with texts that people wrote; whoever plans or evaluates a change writes what no event shows
PERSONAL = (
    PersonalTexts(Rfc, ("title", "description", "reason"), author="registered_by", original="request_id"),
    PersonalTexts(Change, ("title", "description", "reason")),
    PersonalTexts(Change, ("evaluation",), told_by=("change.evaluated.v1",)),
    PersonalTexts(Change, _PLANS, told_by=_PLANNING),
    PersonalTexts(PlanVersion, ("title", "description")),
    PersonalTexts(PlanVersion, _PLANS, author="planned_by", told_by=_PLANNING, record="change_id"),
    PersonalTexts(Approval, ("note",), author="given_by"),
    PersonalTexts(TestRun, ("note",), author="recorded_by"),
)


def _without_parts(change: Any) -> ColumnElement[bool]:
    """Whether a change has ended, and no part of it is there (any more)."""
    part = table_of(Change).alias().c
    return and_(change.state.in_(CHANGE.final), ~exists().where(part.parent_id == change.id))


#: the records that a rule of retention may delete
RETAINED = (
    Retained(
        "change",
        "closed, rejected and cancelled changes without parts, with their requests",
        table_of(Change),
        _without_parts,
        parts=tuple((table_of(part), "change_id") for part in (Approval, TestRun, PlanVersion)),
        owner=Owner(table_of(Rfc), "rfc_id", lambda rfc: rfc.state.in_(RFC.final)),
    ),
    Retained("rfc", "rejected requests for change", table_of(Rfc), lambda rfc: rfc.state == "rejected"),
)
