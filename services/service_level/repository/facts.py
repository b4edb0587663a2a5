"""Facts, figures and clocks: read and written for a whole batch of incidents at once, a statement per step."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Table, delete, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.service_level.domain.incidents import Noted
from services.service_level.models import ClockRow, FactRow, IncidentRow, Model, PartyRow, Rebuilding
from shared import database

#: whoever changes agreements (or drops what was folded) holds this lock alone; whoever folds shares it
AGREEMENTS = 0x5A67_7201
#: the server's table of locks is shared by all: whoever folds more incidents at once does so alone
LOCKED_APART = 500

_FACTS_OF = text(
    f"SELECT {', '.join(Noted._fields)} FROM fact WHERE incident_id = ANY(:ids)"  # noqa: S608 - names come from the model
)
# In the order of their ids, so that two replicas with overlapping batches wait for each other instead of embracing.
_LOCK = text("""
SELECT pg_advisory_xact_lock_shared(:agreements)
UNION ALL SELECT pg_advisory_xact_lock(hashtextextended(id::text, 0))
FROM (SELECT id FROM unnest(CAST(:ids AS uuid[])) AS id ORDER BY id) AS ordered
""")
_ALONE = text("SELECT pg_advisory_xact_lock(:agreements)")
_CLOCKS_OF = text("""
SELECT id, incident_id, version, updated_at, level, warned_at, target, target_seconds, priority, correlation_id,
  agreement_id, agreement_version
FROM clock WHERE incident_id = ANY(:ids) ORDER BY id FOR UPDATE
""")
_STARTED = text("""
SELECT about, max(sequence) AS sequence, jsonb_agg(data -> 'clocks') AS told
FROM event WHERE subject = ANY(:subjects) GROUP BY about
""")
_STALE = text("SELECT id FROM incident WHERE stale ORDER BY id LIMIT :limit")
_REBUILDING = text("""
INSERT INTO rebuilding (one, until) VALUES (true, :until) ON CONFLICT (one) DO UPDATE SET until = excluded.until
""")


async def hold(session: AsyncSession) -> None:
    """Keep anybody from folding until the commit, so that each fold sees all of a change of agreements or none."""
    await session.execute(_ALONE, {"agreements": AGREEMENTS})


async def lock(session: AsyncSession, incidents: Collection[UUID]) -> None:
    """Be the only one who folds these incidents until the commit, while no agreement changes."""
    if len(incidents) > LOCKED_APART:
        await hold(session)
        return
    await session.execute(_LOCK, {"ids": list(incidents), "agreements": AGREEMENTS})


async def facts_of(session: AsyncSession, incidents: Collection[UUID]) -> dict[UUID, list[Noted]]:
    """What is known of each of these incidents; nothing for one that was never heard of."""
    known: dict[UUID, list[Noted]] = defaultdict(list)
    for row in (await session.execute(_FACTS_OF, {"ids": list(incidents)})).all():
        known[row[0]].append(Noted(*row))
    return known


async def clocks_of(session: AsyncSession, incidents: Collection[UUID]) -> Mapping[UUID, Any]:
    """The clocks of these incidents by id, locked, with the warnings they have given."""
    return {row.id: row for row in (await session.execute(_CLOCKS_OF, {"ids": list(incidents)})).all()}


async def started(session: AsyncSession, subjects: Collection[UUID]) -> dict[UUID, tuple[int, set[UUID]]]:
    """What was told of clocks that started, by incident: how often, and the ids of those clocks; nothing where nothing was."""
    rows = (await session.execute(_STARTED, {"subjects": list(subjects)})).all()
    return {row.about: (row.sequence, {UUID(one["clock_id"]) for told in row.told for one in told}) for row in rows}


async def write(
    session: AsyncSession,
    *,
    facts: Iterable[Noted],
    incidents: Sequence[dict[str, Any]],
    clocks: Sequence[dict[str, Any]],
    gone: Collection[UUID],
) -> None:
    """Keep new facts and what follows from them; a fact that is known already changes nothing.

    `version` and `updated_at` of a clock are given as its facts alone make them; the events that it has told are added.
    """
    bound = {
        "fact": database.encode([fact._asdict() for fact in facts]),
        "incident": database.encode(incidents),
        "clock": database.encode(clocks),
        "gone": list(gone),
    }
    await session.execute(_WRITE, bound)


async def stale(session: AsyncSession, limit: int) -> list[UUID]:
    """Incidents whose agreement may have changed."""
    return list((await session.scalars(_STALE, {"limit": limit})).all())


async def note_rebuilding(session: AsyncSession, until: datetime) -> None:
    """Let no warning be given before `until`."""
    await session.execute(_REBUILDING, {"until": until})


async def forget(session: AsyncSession) -> None:
    """Drop everything that was derived from events, while nobody folds."""
    await hold(session)
    for row in (FactRow, IncidentRow, ClockRow, PartyRow, Rebuilding):
        await session.execute(delete(row))


def _insert(table: Table, computed: Mapping[str, str] | None = None) -> str:
    """SQL that inserts the rows of the JSON array bound under the table's name; `computed` gives expressions over a row."""
    names = database.given_columns(table)
    given = ", ".join((computed or {}).get(name, f'"{name}"') for name in names)
    return (
        f'INSERT INTO "{table.name}" ({", ".join(names)}) SELECT {given} '  # noqa: S608 - names come from the models
        f'FROM jsonb_populate_recordset(NULL::"{table.name}", CAST(:{table.name} AS jsonb)) AS told'
    )


def _upsert(table: Table, computed: Mapping[str, str] | None = None) -> str:
    """The same, where a row that is there is brought up to date."""
    changed = ", ".join(f'"{name}" = excluded."{name}"' for name in database.given_columns(table) if name != "id")
    return f"{_insert(table, computed)} ON CONFLICT (id) DO UPDATE SET {changed}"


def _table(model: type[Model]) -> Table:
    table = model.__table__
    assert isinstance(table, Table)
    return table


# Given are the number of facts and the last instant of one; events that the clock has told count as well. So both are the same
# after a rebuild, and never behind an event while facts are still missing.
_COUNTED_ON = {
    "version": "(SELECT greatest(told.version + count(*), max(sequence)) FROM event WHERE subject = told.id)",
    "updated_at": "(SELECT greatest(told.updated_at, max(time)) FROM event WHERE subject = told.id)",
}
_WRITE = text(f"""
WITH fact_kept AS ({_insert(_table(FactRow))} ON CONFLICT DO NOTHING),
incident_kept AS ({_upsert(_table(IncidentRow))}),
clock_gone AS (DELETE FROM clock WHERE id = ANY(:gone)),
clock_kept AS ({_upsert(_table(ClockRow), _COUNTED_ON)})
SELECT 1
""")  # noqa: S608 - names come from the models
