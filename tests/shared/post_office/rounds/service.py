"""Delivers: one stop for every parcel, handled in batches, whatever arrives twice or late."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from shared import database, records
from shared.http import router
from shared.inbox import ReceivedEvent
from shared.rebuilds import Derived
from shared.records import Record, table_of
from shared.runtime import Service
from shared.unit_of_work import Work
from tests.shared.post_office.contracts import ParcelCollected, ParcelRegistered, StopPlanned

TABLES = database.metadata()


class Model(records.Model):
    __abstract__ = True
    metadata = TABLES


class Stop(Record, Model):
    __tablename__ = "stop"
    parcel_id: Mapped[UUID] = mapped_column(unique=True)
    weight: Mapped[int]


class Collection(Model):
    __tablename__ = "collection"
    parcel_id: Mapped[UUID] = mapped_column(primary_key=True)
    sequence: Mapped[int]


async def plan_stops(work: Work, received: Sequence[ReceivedEvent]) -> None:
    known = set(
        (
            await work.session.scalars(
                select(Stop.parcel_id).where(Stop.parcel_id.in_([h.envelope.subject for h in received]))
            )
        ).all()
    )
    for each in received:
        if each.envelope.subject in known:
            continue
        if each.event.weight == 666:
            raise ValueError("this parcel cannot be carried")
        known.add(each.envelope.subject)
        stop = Stop(
            parcel_id=each.envelope.subject,
            weight=each.event.weight,
            correlation_id=each.envelope.correlationid,
            created_at=each.envelope.time,
        )
        work.insert(stop)
        work.emit(stop, StopPlanned(parcel_id=stop.parcel_id), cause=each.envelope)


async def note_collections(work: Work, received: Sequence[ReceivedEvent]) -> None:
    rows = [{"parcel_id": each.envelope.subject, "sequence": each.envelope.sequence} for each in received]
    await work.session.execute(insert(Collection).values(rows).on_conflict_do_nothing())


SERVICE = Service(
    name="rounds",
    package="tests.shared.post_office.rounds",
    title="Rounds",
    summary="Delivers parcels.",
    tables=TABLES,
    router=router(),
    handlers={ParcelRegistered: plan_stops, ParcelCollected: note_collections},
    derived=Derived((table_of(Stop), table_of(Collection))),
)
