"""Every table of incident, and the copies of other services' records."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import ColumnElement, ForeignKey, Index, UniqueConstraint, and_, exists
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.incident.calls.rules import ROUTES
from services.incident.lifecycles import ENDED, INCIDENT
from shared import database, records
from shared.contracts.governance import PartyEvent, PersonEvent, TeamEvent
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


CALL_NUMBER = Number("CALL", "call_number", TABLES)
INCIDENT_NUMBER = Number("INC", "incident_number", TABLES)


def _own_lists(table: str, *columns: str) -> tuple[Index, ...]:
    """Indexes for people who see only their own records, which are found by any of several columns."""
    indexes = (Index(f"ix_{table}_{name}", name, postgresql_where=f"{name} IS NOT NULL") for name in columns)
    return Index(f"ix_{table}_registered_by", "registered_by"), *indexes


class Call(Record, Model):
    """A contact, sorted by type, with the impact and urgency that the caller gave; `record` is the record that answers it.

    `reason` is the last one of the process that answers it, from version `record_sequence` of the record. The desk holds it
    since `held_at`, when that process has handed it back and no other one has taken it.
    """

    __tablename__ = "call"
    number: Mapped[str] = mapped_column(unique=True)
    call_type: Mapped[str]
    state: Mapped[str] = mapped_column(default="registered")
    title: Mapped[str]
    description: Mapped[str]
    channel: Mapped[str | None] = null()
    service_id: Mapped[UUID | None] = null()
    party_id: Mapped[UUID | None] = null()
    caller_id: Mapped[UUID | None] = null()
    impact: Mapped[str | None] = null()
    urgency: Mapped[str | None] = null()
    registered_by: Mapped[str]
    confidential_team_id: Mapped[UUID | None] = null()
    record: Mapped[dict[str, Any] | None] = null(JSONB(none_as_null=True))
    record_sequence: Mapped[int | None] = null()
    reason: Mapped[str | None] = null()
    held_at: Mapped[datetime | None] = null()
    __table_args__ = (Index(None, "created_at", "id"), *_own_lists("call", "caller_id", "party_id"))

    @property
    def type(self) -> str:
        """Its type, as clients call it."""
        return self.call_type

    @property
    def value_stream(self) -> str:
        """The value stream that calls of this type belong to."""
        return ROUTES[self.call_type].value_stream


class Incident(Record, Model):
    """A failure of the agreed service; one with a `source` was imported as history.

    Only the team of `confidential_team_id` and the person who reported it see one that has it. Since `disputed_at` that person
    says that it still fails, although it is recovered or closed.
    """

    __tablename__ = "incident"
    value_stream: ClassVar[str] = "maintenance"
    number: Mapped[str] = mapped_column(unique=True)
    state: Mapped[str] = mapped_column(default=INCIDENT.initial)
    pending_reason: Mapped[str | None] = null()
    pending_until: Mapped[datetime | None] = null()
    title: Mapped[str]
    description: Mapped[str]
    channel: Mapped[str | None] = null()
    impact: Mapped[str | None] = null()
    urgency: Mapped[str | None] = null()
    priority: Mapped[str | None] = null()
    classification: Mapped[list[str]] = mapped_column(default_factory=list)
    ki_ids: Mapped[list[str]] = mapped_column(default_factory=list)
    service_id: Mapped[UUID | None] = null()
    party_id: Mapped[UUID | None] = null()
    caller_id: Mapped[UUID | None] = null()
    registered_by: Mapped[str]
    team_id: Mapped[UUID | None] = null()
    assignee_id: Mapped[UUID | None] = null()
    confidential_team_id: Mapped[UUID | None] = null()
    call_id: Mapped[UUID | None] = null(ForeignKey("call.id"))
    solution: Mapped[str | None] = null()
    recovery: Mapped[str | None] = null()
    recovered_at: Mapped[datetime | None] = null()
    closed_at: Mapped[datetime | None] = null()
    disputed_at: Mapped[datetime | None] = null()
    source: Mapped[str | None] = null()
    source_key: Mapped[str | None] = null()
    source_digest: Mapped[str | None] = null()
    foreign: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)
    __table_args__ = (
        UniqueConstraint("source", "source_key"),
        Index(None, "created_at", "id"),
        Index(None, "state", "created_at"),
        *_own_lists("incident", "caller_id", "party_id", "team_id"),
        Index(
            "ix_incident_undisputed", "recovered_at", postgresql_where="state = 'recovered' AND recovery IS NOT NULL"
        ),
        Index(
            "ix_incident_waiting", "pending_until", postgresql_where="state = 'pending' AND pending_until IS NOT NULL"
        ),
    )

    @property
    def team(self) -> str | None:
        """The id of its team, or the team's name in the other system for an imported one."""
        return str(self.team_id) if self.team_id else self.foreign.get("team")


class ChangeRequest(Record, Model):
    """A request of an incident to change; the answers are links."""

    __tablename__ = "change_request"
    incident_id: Mapped[UUID] = mapped_column(ForeignKey("incident.id"), index=True)
    title: Mapped[str]
    description: Mapped[str]
    urgent: Mapped[bool]
    requested_by: Mapped[str]


class SuggestionSet(Record, Model):
    """One answer of knowledge to an incident; its id is that of the event that brought it."""

    __tablename__ = "suggestion_set"
    incident_id: Mapped[UUID] = mapped_column(ForeignKey("incident.id"), index=True)


class Suggestion(Record, Model):
    """A knowledge item that may help, and whether it did; only the provider sees items that are not public."""

    __tablename__ = "suggestion"
    incident_id: Mapped[UUID] = mapped_column(ForeignKey("incident.id"))
    ki_id: Mapped[UUID]
    ki_number: Mapped[str]
    ki_type: Mapped[str]
    title: Mapped[str]
    public: Mapped[bool]
    rank: Mapped[float]
    used_at: Mapped[datetime | None] = null()
    __table_args__ = (UniqueConstraint("incident_id", "ki_id"),)


class IncidentImport(Record, Model):
    """A completed import of another system's history; `incidents` counts all incidents of that source."""

    __tablename__ = "incident_import"
    source: Mapped[str]
    incidents: Mapped[int]


class KnownService(Copy, Model, of=ServiceEvent):
    """The services that calls may name."""

    __tablename__ = "known_service"
    name: Mapped[str]
    active: Mapped[bool]


class KnownParty(Copy, Model, of=PartyEvent):
    """The parties that calls are for."""

    __tablename__ = "known_party"
    name: Mapped[str]
    active: Mapped[bool]


class KnownPerson(Copy, Model, of=PersonEvent, within=("party_id", KnownParty)):
    """The people who call and recover."""

    __tablename__ = "known_person"
    name: Mapped[str]
    party_id: Mapped[UUID]
    active: Mapped[bool]


class KnownTeam(Copy, Model, of=TeamEvent):
    """The teams that recover, with their members."""

    __tablename__ = "known_team"
    name: Mapped[str]
    member_ids: Mapped[list[str]]
    active: Mapped[bool]


class KnownItem(Copy, Model, of=KiEvent):
    """The knowledge items that incidents are about."""

    __tablename__ = "known_item"
    title: Mapped[str]
    active: Mapped[bool]


#: the columns with texts that people wrote
PERSONAL = (
    PersonalTexts(Call, ("title", "description", "reason"), author="registered_by"),
    PersonalTexts(Incident, ("title", "description"), author="registered_by"),
    PersonalTexts(Incident, ("solution",), told_by=("incident.recovered.v1",)),
    PersonalTexts(ChangeRequest, ("title", "description"), author="requested_by"),
)


def _without_incident(call: Any) -> ColumnElement[bool]:
    """Whether a call is closed, and no incident answers it here (any more)."""
    incident = table_of(Incident).alias().c
    return and_(call.state == "closed", ~exists().where(incident.call_id == call.id))


class RetiredHistory(Model):
    """An imported history whose incident was deleted by a rule of retention, so that it is not imported again."""

    __tablename__ = "retired_history"
    source: Mapped[str] = mapped_column(primary_key=True)
    source_key: Mapped[str] = mapped_column(primary_key=True)
    source_digest: Mapped[str]


#: the records that a rule of retention may delete
RETAINED = (
    Retained(
        "incident",
        "closed, cancelled and rerouted incidents that nobody disputes, with their calls once these are closed",
        table_of(Incident),
        lambda incident: incident.state.in_(ENDED) & incident.disputed_at.is_(None),
        parts=tuple((table_of(part), "incident_id") for part in (Suggestion, SuggestionSet, ChangeRequest)),
        owner=Owner(table_of(Call), "call_id", _without_incident),
        left=table_of(RetiredHistory),
    ),
    Retained("call", "closed calls that no incident answers", table_of(Call), _without_incident),
)
