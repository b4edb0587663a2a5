"""Every table of change, and the copies it keeps of what others own."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Sequence, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from shared import database

TABLES = database.metadata()


class Model(database.Model):
    """A row of this service."""

    __abstract__ = True
    metadata = TABLES


RFC_NUMBER = Sequence("rfc_number", metadata=TABLES)
CHANGE_NUMBER = Sequence("change_number", metadata=TABLES)


class Demand:
    """What is asked, by whom and for whom: the columns that a request hands on to its change.

    `origin` is the record of another process that asked; `origin_id` is its id once more, to be searched by.
    """

    title: Mapped[str]
    description: Mapped[str]
    requester_id: Mapped[UUID | None]
    registered_by: Mapped[str]
    party_id: Mapped[UUID | None]
    service_id: Mapped[UUID | None]
    ki_ids: Mapped[list[Any]]
    urgent: Mapped[bool]
    value_stream: Mapped[str | None]
    origin: Mapped[dict[str, Any] | None]
    origin_id: Mapped[UUID | None] = mapped_column(index=True)


class Rfc(database.Record, Demand, Model):
    """A request for change; `request_id` names what another process asked, so that it is taken in once.

    `caller_id` is who called about the incident that asked: he or she looks on. `impact` and `urgency` are what the caller
    gave for a call that asked.
    """

    __tablename__ = "rfc"
    number: Mapped[str] = mapped_column(unique=True)
    state: Mapped[str]
    reason: Mapped[str | None]
    request_id: Mapped[UUID | None] = mapped_column(unique=True)
    caller_id: Mapped[UUID | None]
    impact: Mapped[str | None]
    urgency: Mapped[str | None]
    change_id: Mapped[UUID | None]
    __table_args__ = (Index(None, "created_at", "id"), Index(None, "state", "created_at"))


class Change(database.Record, Demand, Model):
    """A change, from the accepted request to its evaluation.

    `plan_round` counts plans (approvals belong to one), `test_round` counts what was offered for testing.
    """

    __tablename__ = "change"
    number: Mapped[str] = mapped_column(unique=True)
    rfc_id: Mapped[UUID] = mapped_column(ForeignKey("rfc.id"), unique=True)
    state: Mapped[str]
    held_state: Mapped[str | None]
    reason: Mapped[str | None]
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("change.id"), index=True)
    change_type: Mapped[str | None]
    impact: Mapped[str | None]
    likelihood: Mapped[str | None]
    risk: Mapped[str | None]
    build_plan: Mapped[str | None]
    test_plan: Mapped[str | None]
    implementation_plan: Mapped[str | None]
    back_out_plan: Mapped[str | None]
    planned_start: Mapped[datetime | None]
    planned_end: Mapped[datetime | None]
    means_confirmed: Mapped[bool | None]
    plan_round: Mapped[int]
    test_round: Mapped[int]
    goal_reached: Mapped[bool | None]
    evaluation: Mapped[str | None]
    __table_args__ = (
        Index(None, "created_at", "id"),
        Index(None, "state", "created_at"),
        Index(None, "service_id", "planned_start"),
        Index(None, "planned_start", "id"),
    )


class Approval(database.Record, Model):
    """One role's answer to one plan of a change."""

    __tablename__ = "approval"
    change_id: Mapped[UUID] = mapped_column(ForeignKey("change.id"))
    plan_round: Mapped[int]
    role: Mapped[str]
    decision: Mapped[str]
    note: Mapped[str | None]
    given_by: Mapped[str]
    __table_args__ = (UniqueConstraint("change_id", "plan_round", "role"),)


class TestRun(database.Record, Model):
    """One test of what was built for a change; `ordinal` counts them, whatever the clock does."""

    __tablename__ = "test_run"
    change_id: Mapped[UUID] = mapped_column(ForeignKey("change.id"))
    ordinal: Mapped[int]
    test_round: Mapped[int]
    kind: Mapped[str]
    result: Mapped[str]
    note: Mapped[str | None]
    recorded_by: Mapped[str]
    __table_args__ = (UniqueConstraint("change_id", "ordinal"),)


class Copy(database.Copy):
    """The columns of every copy: of whatever it is, only what is active may be named."""

    active: Mapped[bool]


class KnownParty(Copy, Model):
    """Copy of a party of governance."""

    __tablename__ = "known_party"


class KnownPerson(Copy, Model):
    """Copy of a person of governance."""

    __tablename__ = "known_person"
    party_id: Mapped[UUID]


class KnownService(Copy, Model):
    """Copy of a service of service_level."""

    __tablename__ = "known_service"


class KnownItem(Copy, Model):
    """Copy of a knowledge item of knowledge; `current` says that a version holds and no other one is on its way."""

    __tablename__ = "known_item"
    number: Mapped[str]
    current: Mapped[bool]


COPIES = (KnownParty, KnownPerson, KnownService, KnownItem)
