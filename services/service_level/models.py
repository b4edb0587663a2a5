"""Every table of service level management: what people agreed, what was heard, and what follows from both."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ForeignKey, Index, Sequence, SmallInteger, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from shared import database

TABLES = database.metadata()


class Model(database.Model):
    """A row of this service."""

    __abstract__ = True
    metadata = TABLES


NUMBERS = {
    "CAL": Sequence("cal_number", metadata=TABLES),
    "SVC": Sequence("svc_number", metadata=TABLES),
    "AGR": Sequence("agr_number", metadata=TABLES),
}


#: by which columns users know their own incidents
OWNERS = ("caller_id", "registered_by")


class CalendarRow(database.Record, Model):
    """A calendar that people keep; `form` is its written form. Agreements take a copy of it."""

    __tablename__ = "calendar"
    number: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    state: Mapped[str]
    form: Mapped[dict[str, Any]]


class ServiceRow(database.Record, Model):
    """A service that is offered, or was."""

    __tablename__ = "service"
    number: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    description: Mapped[str]
    state: Mapped[str]


class AgreementRow(database.Record, Model):
    """An agreement for a party, a service, both, or neither; what it says stands in its versions.

    `current` is the newest version, `in_force` the last one of which was told that it came into force (0: none yet).
    """

    __tablename__ = "agreement"
    __table_args__ = (Index(None, "state", "valid_from"),)
    number: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    state: Mapped[str]
    party_id: Mapped[UUID | None]
    service_id: Mapped[UUID | None] = mapped_column(ForeignKey("service.id"))
    rank: Mapped[int]
    valid_from: Mapped[datetime]
    valid_until: Mapped[datetime | None]
    current: Mapped[int]
    in_force: Mapped[int]


class AgreementVersion(Model):
    """What an agreement said from `in_force_from` on; never changed, its calendar is a copy."""

    __tablename__ = "agreement_version"
    agreement_id: Mapped[UUID] = mapped_column(ForeignKey("agreement.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    in_force_from: Mapped[datetime]
    calendar_id: Mapped[UUID | None]
    calendar: Mapped[dict[str, Any]]
    targets: Mapped[dict[str, Any]]
    pause_reasons: Mapped[list[str]]
    created_at: Mapped[datetime]


class PartyRow(Model):
    """A copy of governance's parties, to know whom an agreement may name."""

    __tablename__ = "party"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    sequence: Mapped[int]
    number: Mapped[str]
    name: Mapped[str]
    kind: Mapped[str]
    active: Mapped[bool]


class FactRow(Model):
    """One thing heard about an incident; `subject` is the incident, or the work log entry that answered its user."""

    __tablename__ = "fact"
    incident_id: Mapped[UUID] = mapped_column(primary_key=True)
    subject: Mapped[UUID] = mapped_column(primary_key=True)
    sequence: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    number: Mapped[str | None]
    correlation_id: Mapped[UUID]
    state: Mapped[str | None]
    reason: Mapped[str | None]
    priority: Mapped[str | None]
    service_id: Mapped[UUID | None]
    party_id: Mapped[UUID | None]
    team: Mapped[str | None]
    by_person: Mapped[bool]
    caller_id: Mapped[UUID | None]
    registered_by: Mapped[str | None]
    historical: Mapped[bool]


class IncidentRow(Model):
    """The figures of one incident, folded from its facts; `stale` asks that its clocks be folded again."""

    __tablename__ = "incident"
    __table_args__ = (
        Index(None, "registered_at"),
        *(Index(f"ix_incident_{name}", name, postgresql_where=text(f"{name} IS NOT NULL")) for name in OWNERS),
        Index("ix_incident_stale", "id", postgresql_where=text("stale")),
        {"postgresql_with": {"fillfactor": 80}},
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[str]
    correlation_id: Mapped[UUID]
    sequence: Mapped[int]
    registered_at: Mapped[datetime]
    state: Mapped[str]
    pending_reason: Mapped[str | None]
    priority: Mapped[str | None]
    service_id: Mapped[UUID | None]
    party_id: Mapped[UUID | None]
    team: Mapped[str | None]
    caller_id: Mapped[UUID | None]
    registered_by: Mapped[str | None]
    responded_at: Mapped[datetime | None]
    restored_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    reopens: Mapped[int]
    handovers: Mapped[int]
    paused_for_user: Mapped[bool]
    historical: Mapped[bool]
    changes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    stale: Mapped[bool]


class ClockRow(database.Record, Model):
    """A clock as its facts leave it at `measured_at`, and which warnings were given.

    `limit_at` is the due second also where no due is shown, `late_at` the first second that is too late. `level` is the highest
    percentage warned of, `warned_at` when that was last looked at, `next_at` when the next warning is due.
    """

    __tablename__ = "clock"
    __table_args__ = (
        Index(None, "incident_id"),
        Index(None, "created_at", "id"),
        Index("ix_clock_next_at", "next_at", postgresql_where=text("next_at IS NOT NULL")),
        {"postgresql_with": {"fillfactor": 80}},
    )
    incident_id: Mapped[UUID]
    target: Mapped[str]
    priority: Mapped[str]
    target_seconds: Mapped[int]
    agreement_id: Mapped[UUID]
    agreement_version: Mapped[int]
    state: Mapped[str]
    verdict: Mapped[str]
    elapsed_seconds: Mapped[int]
    measured_at: Mapped[datetime]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    limit_at: Mapped[datetime | None]
    at_50: Mapped[datetime | None]
    at_75: Mapped[datetime | None]
    at_90: Mapped[datetime | None]
    late_at: Mapped[datetime | None]
    level: Mapped[int] = mapped_column(SmallInteger)
    warned_at: Mapped[datetime | None]
    next_at: Mapped[datetime | None]


class Rebuilding(Model):
    """At most one row: facts are being folded again, so no warning is given before `until`."""

    __tablename__ = "rebuilding"
    one: Mapped[bool] = mapped_column(primary_key=True)
    until: Mapped[datetime]
