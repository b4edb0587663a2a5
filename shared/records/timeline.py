"""What happened to a record and to what belongs to it, and what other services recorded about it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field
from sqlalchemy import BigInteger, Select, bindparam, or_, select, text, union_all
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from shared.events import EVENT
from shared.inbox import ReceivedEvent
from shared.records.lists import Listing, ListQuery, Page
from shared.records.notes import KernelModel
from shared.unit_of_work import Work


class ForeignEvent(KernelModel):
    """An event of another service about a record of this one, which the record's timeline shows.

    `ordinal` is its place among the events of this service: both are numbered in the order in which they are recorded here.
    """

    __tablename__ = "foreign_event"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    ordinal: Mapped[int] = mapped_column(BigInteger, server_default=text("nextval('event_ordinal_seq')"), init=False)
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


class TimelineItem(BaseModel):
    """One thing that happened to a record, or to what belongs to it; `source` is the service that recorded it."""

    id: UUID
    type: str
    source: str
    time: datetime
    subject: UUID
    about: UUID | None
    sequence: int
    actor: dict[str, Any]
    correlationid: UUID
    causationid: UUID | None
    historical: bool
    data: dict[str, Any]


class TimelineQuery(ListQuery):
    """A timeline in the order in which it was recorded, or from its end."""

    sort: Annotated[
        Literal["recorded", "-recorded"], Field(description="recorded: the first thing first; -recorded: the last.")
    ] = "recorded"


_NAMES = tuple(TimelineItem.model_fields)
_GIVEN = [column.name for column in ForeignEvent.__table__.columns if column.name != "ordinal"]


def _source(_: object) -> Select[Any]:
    record, foreign = bindparam("record", type_=EVENT.c.subject.type), ForeignEvent.__table__.c
    ours = select(*(EVENT.c[name] for name in _NAMES), EVENT.c.ordinal.label("recorded"))
    theirs = select(*(foreign[name] for name in _NAMES), foreign.ordinal.label("recorded"))
    together = union_all(
        ours.where(or_(EVENT.c.subject == record, EVENT.c.about == record)), theirs.where(foreign.about == record)
    ).subquery("timeline")
    return select(*(together.c[name] for name in _NAMES)).select_from(together)


TIMELINE = Listing("timeline", _source)


async def timeline(work: Work, record_id: UUID, query: TimelineQuery) -> Page:
    """A page of what happened to a record that the caller may see."""
    return await TIMELINE.page(work, query, None, {"record": record_id})


async def record_foreign_events(work: Work, events: Sequence[ReceivedEvent]) -> None:
    """Show these events of other services in the timelines of the records they are about; repeats change nothing."""
    rows = [
        {**{name: getattr(each.envelope, name) for name in _GIVEN}, "actor": each.envelope.actor.model_dump()}
        for each in sorted(events, key=lambda each: each.envelope.time)
        if each.envelope.about
    ]
    if rows:
        async with work:
            await work.session.execute(insert(ForeignEvent).on_conflict_do_nothing(), rows)
