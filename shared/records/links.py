"""Links of any record to records of other processes and systems; those to other processes have the state of their record."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import Index, Select, UniqueConstraint, bindparam, select
from sqlalchemy.orm import Mapped

from shared import clock
from shared.contracts.records import LinkAdded
from shared.errors import Conflict, invalid
from shared.records.columns import Record, null
from shared.records.events import event_of
from shared.records.lists import Listing, ListQuery, Page
from shared.records.notes import KernelModel, reference_to
from shared.texts import stored_forms
from shared.unit_of_work import Work


class AlreadyLinked(Conflict):
    """The record has this link already."""

    slug, title = "already-linked", "The link is there already"

    def __init__(self) -> None:
        super().__init__("The record has this link already.")


class Link(Record, KernelModel):
    """A record of another process (`target_id` is its id) or system that a record is linked to, and its state."""

    __tablename__ = "link"
    record_id: Mapped[UUID]
    kind: Mapped[str]
    reference: Mapped[str]
    target_id: Mapped[UUID | None] = null()
    target_state: Mapped[str | None] = null()
    target_reason: Mapped[str | None] = null()
    target_sequence: Mapped[int | None] = null()
    __table_args__ = (UniqueConstraint("record_id", "kind", "reference"), Index(None, "record_id", "created_at"))


async def add_link(work: Work, record: Any, *, kind: str, reference: str) -> Link:
    """A new link; `AlreadyLinked` when it exists, and a refusal of a link of the record to itself."""
    if reference.strip().casefold() in (record.number.casefold(), str(record.id)):
        raise invalid("/reference", "names this record itself; a record is linked to others only")
    same = Link.reference.in_(stored_forms(reference))
    query = select(Link.id).where(Link.record_id == record.id, Link.kind == kind, same)
    if (await work.session.execute(query)).first() is not None:
        raise AlreadyLinked
    link = new_link(work, record, kind=kind, reference=reference)
    emit_added(work, record, link)
    return link


def new_link(work: Work, record: Any, *, kind: str, reference: str, at: datetime | None = None) -> Link:
    """A new link of the record, without its event."""
    link = Link(
        record_id=record.id,
        correlation_id=record.correlation_id,
        kind=kind,
        reference=reference,
        created_at=at or clock.now(),
    )
    work.insert(link)
    return link


def emit_added(work: Work, record: Any, link: Link, **options: Any) -> None:
    """Record that the link was added; `options` as for `emit`."""
    added = event_of(LinkAdded, record, record=reference_to(work, record), kind=link.kind, reference=link.reference)
    work.emit(link, added, about=record.id, value_stream=getattr(record, "value_stream", None), **options)


async def links_of(work: Work, record_ids: Sequence[UUID], kind: str) -> Sequence[Link]:
    """The links of one kind that these records have, locked."""
    if not record_ids:
        return []
    query = select(Link).where(Link.record_id.in_(record_ids), Link.kind == kind)
    return (await work.session.scalars(query.order_by(Link.id).with_for_update())).all()


def _source(view: type[BaseModel]) -> Select[Any]:
    link = Link.__table__.c
    return select(*(link[name] for name in view.model_fields)).where(
        link.record_id == bindparam("record", type_=link.record_id.type)
    )


LINKS = Listing("link", _source)


async def links(work: Work, record_id: UUID, query: ListQuery, view: type[BaseModel]) -> Page:
    """A page of everything that a record is linked to, with the fields of `view`."""
    return await LINKS.page(work, query, view, {"record": record_id})
