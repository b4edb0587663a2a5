"""Every table of incident, and the copies it keeps of what others own."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, Sequence, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from shared import database

TABLES = database.metadata()


class Model(database.Model):
    """A row of this service."""

    __abstract__ = True
    metadata = TABLES


CALL_NUMBER = Sequence("call_number", metadata=TABLES)
INCIDENT_NUMBER = Sequence("incident_number", metadata=TABLES)


def _reached_by(table: str, *columns: str) -> tuple[Index, ...]:
    """Indexes for people who see only what is theirs: they find it by any of several columns (`repository/scope.py`)."""
    theirs = (Index(f"ix_{table}_{name}", name, postgresql_where=f"{name} IS NOT NULL") for name in columns)
    return Index(f"ix_{table}_registered_by", "registered_by"), *theirs


class Call(database.Record, Model):
    """A contact, sorted by type, with the impact and urgency that the caller gave; `record_…` names what answers it.

    `reason` is what was said last about it there, in the record's version `record_sequence` or by what carries it out.
    """

    __tablename__ = "call"
    number: Mapped[str] = mapped_column(unique=True)
    call_type: Mapped[str]
    state: Mapped[str]
    title: Mapped[str]
    description: Mapped[str]
    channel: Mapped[str | None]
    service_id: Mapped[UUID | None]
    party_id: Mapped[UUID | None]
    caller_id: Mapped[UUID | None]
    impact: Mapped[str | None]
    urgency: Mapped[str | None]
    registered_by: Mapped[str]
    record_service: Mapped[str | None]
    record_type: Mapped[str | None]
    record_id: Mapped[UUID | None]
    record_number: Mapped[str | None]
    record_sequence: Mapped[int | None]
    reason: Mapped[str | None]
    __table_args__ = (Index(None, "created_at", "id"), *_reached_by("call", "caller_id", "party_id"))


class Incident(database.Record, Model):
    """A failure of the agreed service; one with a `source` was imported as history."""

    __tablename__ = "incident"
    number: Mapped[str] = mapped_column(unique=True)
    state: Mapped[str]
    pending_reason: Mapped[str | None]
    pending_until: Mapped[datetime | None]
    title: Mapped[str]
    description: Mapped[str]
    channel: Mapped[str | None]
    impact: Mapped[str | None]
    urgency: Mapped[str | None]
    priority: Mapped[str | None]
    classification: Mapped[list[str]]
    ki_ids: Mapped[list[str]]
    service_id: Mapped[UUID | None]
    party_id: Mapped[UUID | None]
    caller_id: Mapped[UUID | None]
    registered_by: Mapped[str]
    team_id: Mapped[UUID | None]
    assignee_id: Mapped[UUID | None]
    call_id: Mapped[UUID | None] = mapped_column(ForeignKey("call.id"))
    solution: Mapped[str | None]
    recovery: Mapped[str | None]
    recovered_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    source: Mapped[str | None]
    source_key: Mapped[str | None]
    source_digest: Mapped[str | None]
    foreign: Mapped[dict[str, Any]]
    __table_args__ = (
        UniqueConstraint("source", "source_key"),
        Index(None, "created_at", "id"),
        Index(None, "state", "created_at"),
        *_reached_by("incident", "caller_id", "party_id", "team_id"),
        Index(
            "ix_incident_undisputed", "recovered_at", postgresql_where="state = 'recovered' AND recovery IS NOT NULL"
        ),
        Index(
            "ix_incident_waiting", "pending_until", postgresql_where="state = 'pending' AND pending_until IS NOT NULL"
        ),
    )


class WorkLogEntry(database.Record, Model):
    """What somebody wrote about an incident; a public entry is seen by the client side too."""

    __tablename__ = "work_log_entry"
    incident_id: Mapped[UUID] = mapped_column(ForeignKey("incident.id"), index=True)
    public: Mapped[bool]
    text: Mapped[str]
    author_id: Mapped[str]
    by_provider: Mapped[bool]


class IncidentLink(database.Record, Model):
    """A record of another process or system that has to do with an incident, and how it stands with it."""

    __tablename__ = "incident_link"
    incident_id: Mapped[UUID] = mapped_column(ForeignKey("incident.id"))
    kind: Mapped[str]
    reference: Mapped[str]
    target_id: Mapped[UUID | None]
    target_state: Mapped[str | None]
    target_reason: Mapped[str | None]
    target_sequence: Mapped[int | None]
    __table_args__ = (UniqueConstraint("incident_id", "kind", "reference"),)


class ChangeRequest(database.Record, Model):
    """What an incident asked of change; the answers are links."""

    __tablename__ = "change_request"
    incident_id: Mapped[UUID] = mapped_column(ForeignKey("incident.id"), index=True)
    title: Mapped[str]
    description: Mapped[str]
    urgent: Mapped[bool]
    requested_by: Mapped[str]


class SuggestionSet(database.Record, Model):
    """One answer of knowledge to an incident; its id is that of the event that brought it."""

    __tablename__ = "suggestion_set"
    incident_id: Mapped[UUID] = mapped_column(ForeignKey("incident.id"), index=True)


class Suggestion(database.Record, Model):
    """A knowledge item that may help, and whether it did."""

    __tablename__ = "suggestion"
    incident_id: Mapped[UUID] = mapped_column(ForeignKey("incident.id"))
    ki_id: Mapped[UUID]
    ki_number: Mapped[str]
    ki_type: Mapped[str]
    title: Mapped[str]
    rank: Mapped[float]
    used_at: Mapped[datetime | None]
    __table_args__ = (UniqueConstraint("incident_id", "ki_id"),)


class IncidentImport(database.Record, Model):
    """A completed import of another system's history; `incidents` counts everything of that source."""

    __tablename__ = "incident_import"
    source: Mapped[str]
    incidents: Mapped[int]


class KnownService(database.Copy, Model):
    """Copy of a service of service_level."""

    __tablename__ = "known_service"
    name: Mapped[str]
    active: Mapped[bool]


class KnownParty(database.Copy, Model):
    """Copy of a party of governance."""

    __tablename__ = "known_party"
    name: Mapped[str]
    active: Mapped[bool]


class KnownPerson(database.Copy, Model):
    """Copy of a person of governance."""

    __tablename__ = "known_person"
    name: Mapped[str]
    party_id: Mapped[UUID]
    active: Mapped[bool]


class KnownTeam(database.Copy, Model):
    """Copy of a team of governance."""

    __tablename__ = "known_team"
    name: Mapped[str]
    member_ids: Mapped[list[str]]
    active: Mapped[bool]


class KnownItem(database.Copy, Model):
    """Copy of a knowledge item of knowledge."""

    __tablename__ = "known_item"
    title: Mapped[str]
    active: Mapped[bool]


class HeardEvent(Model):
    """Copy of an event of another service about an incident, which its timeline shows.

    `ordinal` is its place among the events of this service: both are counted as they are recorded here.
    """

    __tablename__ = "heard"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    ordinal: Mapped[int] = mapped_column(BigInteger, server_default=text("nextval('event_ordinal_seq')"))
    type: Mapped[str]
    source: Mapped[str]
    time: Mapped[datetime]
    subject: Mapped[UUID]
    about: Mapped[UUID] = mapped_column(index=True)
    sequence: Mapped[int]
    actor: Mapped[dict[str, Any]]
    correlationid: Mapped[UUID]
    causationid: Mapped[UUID | None]
    historical: Mapped[bool]
    data: Mapped[dict[str, Any]]


COPIES = (KnownService, KnownParty, KnownPerson, KnownTeam, KnownItem, HeardEvent)
