"""Notes at any record: internal ones for the provider and its suppliers, public ones for everybody who sees the record."""

from typing import Any
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import Index, Select, bindparam, or_, select
from sqlalchemy.orm import Mapped

from shared.access.policies import Policy, Side
from shared.contracts import Origin
from shared.contracts.records import NoteAdded
from shared.events import KERNEL
from shared.records.columns import Model, Record
from shared.records.events import event_of
from shared.records.lists import Listing, ListQuery, Page
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
    added = event_of(
        NoteAdded,
        record,
        record=reference_to(work, record),
        public=note.public,
        by_provider=note.by_provider,
        text=text if note.public else None,
    )
    work.emit(note, added, about=record.id, value_stream=getattr(record, "value_stream", None))
    return note


def _source(key: tuple[type[BaseModel], bool]) -> Select[Any]:
    (view, internal), note = key, Note.__table__.c
    query = select(*(note[name] for name in view.model_fields)).where(
        note.record_id == bindparam("record", type_=note.record_id.type)
    )
    if internal:
        return query
    return query.where(or_(note.public, note.author_id == bindparam("author", type_=note.author_id.type)))


NOTES = Listing("note", _source)


async def notes(work: Work, record: Any, query: ListQuery, view: type[BaseModel], internal: Policy) -> Page:
    """A page of the notes at a record, with the fields of `view`.

    All of them when `internal` opens the record to the caller, else public ones and the caller's own.
    """
    values = {"record": record.id, "author": work.caller.id if work.caller else None}
    return await NOTES.page(work, query, (view, internal.covers(work.caller, record)), values)
