"""Every table of service level management: agreements, observations, and the clocks that follow from both."""

from dataclasses import fields
from datetime import datetime
from types import UnionType
from typing import Any, get_args, get_type_hints
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, registry

from services.service_level.clocks.rules.incidents import Incident, IncidentObservation
from services.service_level.clocks.rules.projection import Clock
from services.service_level.lifecycles import AGREEMENT
from shared import clock, database, records
from shared.contracts.governance import PartyEvent
from shared.records import Copy, Number, Record, null
from shared.retention import Retained

TABLES = database.metadata()


class Model(records.Model):
    """A row of this service; events say whether a record with a `state` is `active`."""

    __abstract__ = True
    metadata = TABLES

    @property
    def active(self) -> bool:
        """Whether it is in use, or in force."""
        return getattr(self, "state", None) == "active"


CALENDAR_NUMBER = Number("CAL", "cal_number", TABLES)
SERVICE_NUMBER = Number("SVC", "svc_number", TABLES)
AGREEMENT_NUMBER = Number("AGR", "agr_number", TABLES)


class NamedCalendar(Record, Model):
    """A calendar under a name; agreements take a copy of it."""

    __tablename__ = "calendar"
    number: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    state: Mapped[str] = mapped_column(default="active")
    zone: Mapped[str]
    hours: Mapped[dict[str, Any]]
    holidays: Mapped[list[Any]] = mapped_column(default_factory=list)
    yearly_holidays: Mapped[list[Any]] = mapped_column(default_factory=list)
    open_days: Mapped[list[Any] | None] = null(JSONB(none_as_null=True))
    country: Mapped[str | None] = null()
    subdivision: Mapped[str | None] = null()


class OfferedService(Record, Model):
    """A service that is offered, or was."""

    __tablename__ = "service"
    number: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    description: Mapped[str]
    state: Mapped[str] = mapped_column(default="active")


class Agreement(Record, Model):
    """An agreement for a party, a service, both, or neither; its content is in its versions.

    `current` is the newest version, `in_force` the last one that was announced as in force (0: none yet).
    """

    __tablename__ = "agreement"
    number: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    state: Mapped[str] = mapped_column(default=AGREEMENT.initial)
    party_id: Mapped[UUID | None] = null()
    service_id: Mapped[UUID | None] = null(ForeignKey("service.id"))
    rank: Mapped[int]
    valid_from: Mapped[datetime]
    valid_until: Mapped[datetime | None] = null()
    current: Mapped[int] = mapped_column(default=1)
    in_force: Mapped[int] = mapped_column(default=0)
    __table_args__ = (Index(None, "state", "valid_from"),)


class PublicHolidays(Model):
    """The public holidays of a country as they were known when a version of an agreement was made; never changed.

    Versions that know the same days share a row; `digest` is computed from the days.
    """

    __tablename__ = "public_holidays"
    digest: Mapped[str] = mapped_column(primary_key=True)
    days: Mapped[list[str]]
    created_at: Mapped[datetime] = mapped_column(default_factory=clock.now)


class AgreementVersion(Model):
    """What an agreement says from `in_force_from` on; never changed, its calendar is a copy.

    `holidays_digest` names the public holidays of the calendar's country; a job sets it where an older version of this service
    did not.
    """

    __tablename__ = "agreement_version"
    agreement_id: Mapped[UUID] = mapped_column(ForeignKey("agreement.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    in_force_from: Mapped[datetime]
    calendar_id: Mapped[UUID | None] = null()
    calendar: Mapped[dict[str, Any]]
    targets: Mapped[dict[str, Any]]
    pause_reasons: Mapped[list[str]]
    holidays_digest: Mapped[str | None] = null(ForeignKey("public_holidays.digest"))
    created_at: Mapped[datetime] = mapped_column(default_factory=clock.now)


class KnownParty(Copy, Model, of=PartyEvent):
    """The parties that agreements are for."""

    __tablename__ = "known_party"
    name: Mapped[str]
    active: Mapped[bool]


_TYPES: dict[Any, Any] = {
    UUID: Uuid(),
    str: String(),
    int: Integer(),
    bool: Boolean(),
    datetime: DateTime(timezone=True),
    list[str]: ARRAY(Text),
}


def _projected(name: str, record: Any, key: tuple[str, ...], *indexes: Index, **options: Any) -> Table:
    """A table with a column for each field of a projected type; a field that may be None is nullable."""
    hints, columns = get_type_hints(record), []
    for field in fields(record):
        hint = hints[field.name]
        kind, *none = get_args(hint) if isinstance(hint, UnionType) else (hint,)
        columns.append(Column(field.name, _TYPES[kind], nullable=bool(none)))
    return Table(name, TABLES, *columns, PrimaryKeyConstraint(*key), *indexes, **options)


OBSERVATION = _projected("observation", IncidentObservation, ("incident_id", "subject", "sequence"))
INCIDENT = _projected(
    "incident",
    Incident,
    ("id",),
    Index(None, "registered_at"),
    Index("ix_incident_stale", "id", postgresql_where="stale"),
    postgresql_with={"fillfactor": 80},
)
CLOCK = _projected(
    "clock",
    Clock,
    ("id",),
    Index(None, "record_id"),
    Index(None, "created_at", "id"),
    Index("ix_clock_caller_id", "caller_id", postgresql_where="caller_id IS NOT NULL"),
    Index("ix_clock_registered_by", "registered_by", postgresql_where="registered_by IS NOT NULL"),
    Index("ix_clock_next_at", "next_at", postgresql_where="next_at IS NOT NULL"),
    postgresql_with={"fillfactor": 80},
)


@registry(metadata=TABLES).mapped
class StoredClock:
    """A clock as it is read, with every field that its list is filtered by."""

    __table__ = CLOCK


#: the records that a rule of retention may delete; performance no longer counts these incidents
RETAINED = (
    Retained(
        "clock",
        "clocks of incidents that are closed, cancelled or rerouted, with what was observed of these",
        INCIDENT,
        lambda incident: incident.state.in_(("closed", "cancelled", "rerouted")),
        parts=((OBSERVATION, "incident_id"), (CLOCK, "record_id")),
        since="observed_at",
    ),
)
