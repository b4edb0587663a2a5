"""Erasures as a service stores them: one task for each person, and the chains of events that are still to be read."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Index,
    Select,
    Table,
    Text,
    Uuid,
    bindparam,
    cast,
    delete,
    literal,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.ext.asyncio import AsyncSession
from uuid_utils.compat import uuid7

from shared import clock, database
from shared.contracts.erasure import ErasureAnswered, ErasureRecorded
from shared.contracts.governance import AccessEnded
from shared.erasure.chains import Chain, ChainEvent, PersonalTexts, StoredTexts
from shared.events import EVENT, KERNEL
from shared.redaction import ERASED, Path

TASK = Table(
    "erasure_task",
    KERNEL,
    Column("person_id", Uuid, primary_key=True),
    Column("id", Uuid, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("correlation_id", Uuid, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("updated_at", DateTime(timezone=True), nullable=False),
    #: the event log has been searched for the person up to this row; null: to its end
    Column("searched", BigInteger),
    Column("answered_at", DateTime(timezone=True)),
    Column("records", JSONB, nullable=False),
    Column("events", BigInteger, nullable=False),
    #: whether there is something that has not been answered
    Column("changed", Boolean, nullable=False),
    Index("ix_erasure_task_open", "updated_at", postgresql_where="answered_at IS NULL"),
)
CHAIN = Table(
    "erasure_chain",
    KERNEL,
    Column("person_id", Uuid, primary_key=True),
    Column("correlation_id", Uuid, primary_key=True),
)
SEARCHED_AT_ONCE = 50_000
#: events in which nobody writes: what looks like a text in them is one of a few values
WITHOUT_TEXTS = (ErasureRecorded.type, ErasureAnswered.type, AccessEnded.type)

_SEARCH = text("""
INSERT INTO erasure_chain (person_id, correlation_id)
SELECT DISTINCT CAST(:id AS uuid), correlationid FROM event
WHERE ordinal > :after AND ordinal <= :until AND (actor->>'id' = :person OR subject = :id OR about = :id)
ON CONFLICT DO NOTHING
""")
_LAST = text("SELECT coalesce(max(ordinal), 0) FROM event")
_DIGESTS = text("""
SELECT id, encode(sha256(convert_to(redacted(data, paths)::text, 'UTF8')), 'hex') AS digest
FROM jsonb_each(CAST(:paths AS jsonb)) AS erased(event_id, paths) JOIN event ON id = event_id::uuid
""")
_ERASE = text("SELECT erase_texts(:record, CAST(:paths AS jsonb))")


@dataclass(slots=True)
class Task:
    """The erasure of one person in this service, with what it has changed so far; it is the subject of its events."""

    person_id: UUID
    id: UUID
    version: int
    correlation_id: UUID
    created_at: datetime
    updated_at: datetime
    searched: int | None
    answered_at: datetime | None
    records: dict[str, int] = field(default_factory=dict)
    events: int = 0
    changed: bool = True

    def count(self, tables: Mapping[str, int], events: int) -> None:
        """Add to what was changed."""
        self.changed = self.changed or bool(tables or events)
        self.events += events
        for table, count in tables.items():
            self.records[table] = self.records.get(table, 0) + count


async def begin(session: AsyncSession, person_id: UUID, correlation_id: UUID) -> None:
    """Search everything for a person from now on; a second time it is searched again."""
    now = clock.now()
    new = insert(TASK).values(
        person_id=person_id,
        id=uuid7(),
        version=0,
        correlation_id=correlation_id,
        created_at=now,
        updated_at=now,
        searched=0,
        records={},
        events=0,
        changed=True,
    )
    again = {"searched": 0, "answered_at": None, "changed": True}
    await session.execute(new.on_conflict_do_update(index_elements=["person_id"], set_=again))


async def read_again(session: AsyncSession, person_id: UUID, chains: Collection[UUID]) -> None:
    """Read these chains for a person, because something in them was the person's in another service."""
    # first the task, which waits for the job: what it has read and is about to remove from the list is entered after that
    await session.execute(update(TASK).where(TASK.c.person_id == person_id).values(answered_at=None))
    if chains:
        rows = [{"person_id": person_id, "correlation_id": each} for each in sorted(chains)]
        await session.execute(insert(CHAIN).on_conflict_do_nothing(), rows)


async def due(session: AsyncSession) -> Task | None:
    """The task, locked, that was worked on longest ago; `None` when all are answered."""
    query = select(TASK).where(TASK.c.answered_at.is_(None)).order_by(TASK.c.updated_at).limit(1)
    row = (await session.execute(query.with_for_update(skip_locked=True))).mappings().first()
    return Task(**row) if row else None


async def save(session: AsyncSession, task: Task) -> None:
    """Store how far it is."""
    values = {column.name: getattr(task, column.name) for column in TASK.columns if column.name != "person_id"}
    await session.execute(update(TASK).where(TASK.c.person_id == task.person_id).values(values))


async def search(session: AsyncSession, task: Task, declared: Sequence[PersonalTexts]) -> None:
    """Search a part of the event log for chains in which the person acted, and at first the tables for what is the person's."""
    if task.searched == 0:
        for each in declared:
            if each.author is not None:
                await session.execute(_of_author(each), {"person": str(task.person_id), "id": task.person_id})
    after, last = task.searched or 0, (await session.execute(_LAST)).scalar_one()
    until = after + SEARCHED_AT_ONCE
    bound = {"id": task.person_id, "person": str(task.person_id), "after": after, "until": until}
    await session.execute(_SEARCH, bound)
    task.searched = until if until < last else None


def _of_author(declared: PersonalTexts) -> Any:
    assert declared.author is not None
    table = declared.table
    author = table.c[declared.author]
    given = bindparam("id", type_=Uuid()) if isinstance(author.type, Uuid) else bindparam("person")
    theirs = (
        select(cast(bindparam("id", type_=Uuid()), Uuid), table.c[declared.chain]).where(author == given).distinct()
    )
    return insert(CHAIN).from_select(["person_id", "correlation_id"], theirs).on_conflict_do_nothing()


async def chains_to_read(session: AsyncSession, task: Task, limit: int) -> list[UUID]:
    """Some of the chains that are still to be read for a person."""
    query = select(CHAIN.c.correlation_id).where(CHAIN.c.person_id == task.person_id).limit(limit)
    return list((await session.scalars(query)).all())


async def chains_read(session: AsyncSession, task: Task, chains: Collection[UUID]) -> None:
    """These chains need not be read any more."""
    these = CHAIN.c.person_id == task.person_id, CHAIN.c.correlation_id.in_(chains)
    await session.execute(delete(CHAIN).where(*these))


async def load(session: AsyncSession, ids: Sequence[UUID], declared: Sequence[PersonalTexts]) -> dict[UUID, Chain]:
    """Those of the chains that nobody is changing, with their rows locked and all of their events numbered."""
    chains: dict[UUID, Chain] = {each: Chain() for each in ids}
    busy: set[UUID] = set()
    for each in declared:
        query = _rows_of(each, ids)
        locked = (await session.execute(query.with_for_update(skip_locked=True))).mappings().all()
        for row in locked:
            chains[row["chain"]].rows.append(_stored(each, row))
        counts: dict[UUID, int] = defaultdict(int)
        for row in (await session.execute(query)).mappings():
            counts[row["chain"]] += 1
        for row in locked:
            counts[row["chain"]] -= 1
        busy |= {chain for chain, count in counts.items() if count}
    events = select(EVENT).where(EVENT.c.correlationid.in_(ids), EVENT.c.type.not_in(WITHOUT_TEXTS))
    for row in (await session.execute(events.order_by(EVENT.c.ordinal))).mappings():
        if row["position"] is None:
            busy.add(row["correlationid"])
        chains[row["correlationid"]].events.append(
            ChainEvent(
                row["id"],
                row["type"],
                row["subject"],
                row["about"],
                row["causationid"],
                row["actor"]["id"],
                row["data"],
            )
        )
    return {identity: chain for identity, chain in chains.items() if identity not in busy}


def _rows_of(declared: PersonalTexts, chains: Sequence[UUID]) -> Select[Any]:
    table = declared.table
    columns = [table.c[declared.chain].label("chain"), table.c[declared.record].label("record")]
    columns += [column.label(f"key_{column.name}") for column in table.primary_key]
    columns += [table.c[name].label(f"text_{name}") for name in declared.columns]
    columns.append((cast(table.c[declared.author], Text) if declared.author else literal(None)).label("author"))
    columns.append((table.c[declared.original] if declared.original else literal(None)).label("original"))
    return select(*columns).where(table.c[declared.chain].in_(chains)).order_by(*table.primary_key)


def _stored(declared: PersonalTexts, row: Mapping[str, Any]) -> StoredTexts:
    key = tuple(row[f"key_{column.name}"] for column in declared.table.primary_key)
    texts = {name: row[f"text_{name}"] for name in declared.columns if row[f"text_{name}"] is not None}
    return StoredTexts(declared, key, texts, row["author"], row["original"], row["record"])


async def erase_columns(session: AsyncSession, row: StoredTexts, columns: Collection[str]) -> None:
    """Replace the texts of these columns of a row."""
    table = row.declared.table
    this = (column == value for column, value in zip(table.primary_key, row.key, strict=True))
    await session.execute(update(table).where(*this).values(dict.fromkeys(columns, ERASED)))


async def digests_without(session: AsyncSession, paths: Mapping[UUID, Collection[Path]]) -> dict[UUID, str]:
    """The digest of what is left of the data of each event without the texts at these paths."""
    return {row.id: row.digest for row in await session.execute(_DIGESTS, {"paths": _as_json(paths)})}


async def erase_data(session: AsyncSession, record: UUID, paths: Mapping[UUID, Collection[Path]]) -> None:
    """Erase the texts at these paths from the data of events; the event `record` of this transaction names them."""
    await session.execute(_ERASE, {"record": record, "paths": _as_json(paths)})


def _as_json(paths: Mapping[UUID, Collection[Path]]) -> str:
    return database.encode({str(event): list(places) for event, places in paths.items()})
