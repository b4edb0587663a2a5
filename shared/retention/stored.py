"""Rules of retention, the ids of records that have been deleted by one, and the statements that delete."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Integer,
    Select,
    Table,
    Text,
    Uuid,
    delete,
    exists,
    func,
    or_,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from shared import clock
from shared.erasure import PersonalTexts
from shared.events import EVENT, KERNEL
from shared.records.columns import table_of
from shared.records.notes import Note
from shared.retention.declared import OF_ANY_RECORD, Retained

NOTES = table_of(Note)
RULE = Table(
    "retention_rule",
    KERNEL,
    Column("kind", Text, primary_key=True),
    Column("id", Uuid, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("correlation_id", Uuid, nullable=False),
    Column("updated_at", DateTime(timezone=True), nullable=False),
    Column("days", Integer),
    Column("reason", Text, nullable=False),
    Column("set_by", Text, nullable=False),
)
#: the texts that administrators wrote, for when one of them is erased
PERSONAL = (PersonalTexts(RULE, ("reason",), author="set_by"),)
#: `here`: deleted by a rule of this service, else by one of the service that it belongs to
RETIRED = Table("retired_record", KERNEL, Column("id", Uuid, primary_key=True), Column("here", Boolean, nullable=False))
_ERASE = text("SELECT erase_events(:record)")


@dataclass(slots=True)
class Rule:
    """After how many days records of a kind are deleted (null: never), why, and who said so; the subject of its events."""

    kind: str
    id: UUID
    version: int
    correlation_id: UUID
    updated_at: datetime
    days: int | None
    reason: str
    set_by: str


async def rules(session: AsyncSession) -> dict[str, Rule]:
    """The rules that have been set, by kind."""
    return {row["kind"]: Rule(**row) for row in (await session.execute(select(RULE))).mappings()}


async def save(session: AsyncSession, rule: Rule) -> None:
    """Store a rule."""
    values = {column.name: getattr(rule, column.name) for column in RULE.columns}
    new = insert(RULE).values(values)
    await session.execute(new.on_conflict_do_update(index_elements=["kind"], set_=values))


async def lock_rules(session: AsyncSession) -> None:
    """Let nobody else change a rule until the commit."""
    await session.execute(text("SELECT pg_advisory_xact_lock(hashtext('zeven retention'))"))


def due(retained: Retained, days: int) -> Select[Any]:
    """The ids of the records of a kind that ended so many days ago, the oldest first."""
    table, before = retained.table, _before(days)
    since = table.c[retained.since]
    talked = exists().where(NOTES.c.record_id == table.c.id, NOTES.c.created_at >= before)
    return select(table.c.id).where(retained.final(table.c), since < before, ~talked).order_by(since, table.c.id)


def _before(days: int) -> datetime:
    return clock.now() - timedelta(days=days)


async def how_many_due(session: AsyncSession, retained: Retained, days: int) -> int:
    """How many records a rule with these days would delete now."""
    return (await session.execute(select(func.count()).select_from(due(retained, days).subquery()))).scalar_one()


async def take_due(session: AsyncSession, retained: Retained, days: int, limit: int) -> list[UUID]:
    """Some of the records that are due, locked; those that somebody is changing, or with events under way, are left out."""
    found = (await session.scalars(due(retained, days).limit(limit).with_for_update(skip_locked=True))).all()
    about = func.coalesce(EVENT.c.about, EVENT.c.subject)
    waiting = select(about).where(_about(found), EVENT.c.published_at.is_(None))
    busy = set((await session.scalars(waiting)).all())
    return [each for each in found if each not in busy]


async def delete_records(session: AsyncSession, retained: Retained, ids: Sequence[UUID], days: int) -> list[UUID]:
    """Delete records with all that belongs to them, and their owners if these ended so many days ago; returns all their ids."""
    deleted = list(ids)
    if retained.left is not None:
        names = [column.name for column in retained.left.columns]
        some = [retained.table.c[name] for name in names]
        rows = select(*some).where(retained.table.c.id.in_(ids), some[0].is_not(None))
        await session.execute(insert(retained.left).from_select(names, rows).on_conflict_do_nothing())
    for table, column in (*retained.parts, *OF_ANY_RECORD):
        await session.execute(delete(table).where(table.c[column].in_(ids)))
    owner, gone = retained.owner, delete(retained.table).where(retained.table.c.id.in_(ids))
    if owner is None:
        await session.execute(gone)
        return deleted
    owners = (await session.scalars(gone.returning(retained.table.c[owner.column]))).all()
    those = owner.table.c
    waiting = select(EVENT.c.id).where(
        or_(EVENT.c.subject == those.id, EVENT.c.about == those.id), EVENT.c.published_at.is_(None)
    )
    free = (
        those.id.in_({each for each in owners if each}),
        owner.free(those),
        those.updated_at < _before(days),
        ~exists().where(NOTES.c.record_id == those.id, NOTES.c.created_at >= _before(days)),
        ~waiting.exists(),
    )
    freed = list((await session.scalars(delete(owner.table).where(*free).returning(those.id))).all())
    for table, column in OF_ANY_RECORD:
        await session.execute(delete(table).where(table.c[column].in_(freed)))
    return deleted + freed


async def events_about(session: AsyncSession, ids: Collection[UUID]) -> list[UUID]:
    """The published events of these records and of what belongs to them."""
    query = select(EVENT.c.id).where(_about(ids), EVENT.c.published_at.is_not(None)).order_by(EVENT.c.ordinal)
    return list((await session.scalars(query)).all())


def _about(ids: Collection[UUID]) -> Any:
    return or_(EVENT.c.subject.in_(ids), EVENT.c.about.in_(ids))


async def erase_events(session: AsyncSession, record: UUID) -> None:
    """Erase the data of the events that the event `record` of this transaction names."""
    await session.execute(_ERASE, {"record": record})


async def retired_here(session: AsyncSession, ids: Collection[UUID]) -> set[UUID]:
    """Those of the records that a rule of this service has deleted."""
    query = select(RETIRED.c.id).where(RETIRED.c.id.in_(ids), RETIRED.c.here)
    return set((await session.scalars(query)).all())


async def remember_retired(session: AsyncSession, ids: Collection[UUID], *, here: bool) -> None:
    """Remember that these records were deleted, here or by the service that they belong to."""
    if ids:
        rows = [{"id": each, "here": here} for each in sorted(ids)]
        new = insert(RETIRED)
        again = new.on_conflict_do_update(index_elements=["id"], set_={"here": RETIRED.c.here | new.excluded.here})
        await session.execute(again, rows)
