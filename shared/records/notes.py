"""Notes at any record: internal ones for the provider and its suppliers, public ones for everybody who sees the record."""

from typing import Any
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from shared.access.policies import CONFIDENTIAL, Side
from shared.contracts import Origin
from shared.contracts.records import NoteAdded
from shared.events import KERNEL
from shared.records.columns import Model, Record
from shared.unit_of_work import Work


class KernelModel(Model):
    """A row that every service has."""

    __abstract__ = True
    metadata = KERNEL


class Note(Record, KernelModel):
    """What somebody wrote about a record."""

    __tablename__ = "note"
    record_id: Mapped[UUID]
    public: Mapped[bool]
    text: Mapped[str]
    author_id: Mapped[str]
    by_provider: Mapped[bool]
    __table_args__ = (Index(None, "record_id", "created_at"),)


def reference_to(work: Work, record: Any) -> Origin:
    """How events name a record of this service."""
    return Origin(service=work.service, type=record.__tablename__, id=record.id, number=record.number)


def write_note(work: Work, record: Any, *, text: str, public: bool, side: Side) -> Note:
    """A new note in the caller's name; what the client's side writes is always public."""
    note = Note(
        record_id=record.id,
        correlation_id=record.correlation_id,
        public=public or side == "client",
        text=text,
        author_id=work.actor.id,
        by_provider=side != "client",
    )
    work.insert(note)
    told = note.public and getattr(record, CONFIDENTIAL, None) is None
    added = NoteAdded(
        record=reference_to(work, record),
        public=note.public,
        by_provider=note.by_provider,
        text=text if told else None,
    )
    work.emit(note, added, about=record.id, value_stream=record.value_stream)
    return note
