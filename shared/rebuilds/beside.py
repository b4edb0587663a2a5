"""The tables of a rebuild: empty ones beside those in use, in a schema of their own, whose rows replace the others at the end."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Table, text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.inbox import block_handling
from shared.unit_of_work import Work

SCHEMA = "rebuilding"
#: of records deleted by a rule only what is in use can be kept; what this service has deleted itself does not come back
_CARRY_OVER = (
    'DELETE FROM {schema}."{table}" WHERE "{record}" IN (SELECT id FROM public.retired_record)',
    """
    INSERT INTO {schema}."{table}" ({columns}) OVERRIDING SYSTEM VALUE
    SELECT {columns} FROM public."{table}" WHERE "{record}" IN (SELECT id FROM public.retired_record WHERE NOT here)
    """,
)


@dataclass(frozen=True, slots=True)
class Derived:
    """The tables that a service fills from events alone, so that a rebuild can replace all their rows.

    `block` lets nobody else update them until the commit, where others than handlers do. `finish` is called in the transaction
    that replaces the rows, with the moment at which the rebuild began: it adds what depends on more than events.
    `rests_on` names by table the column with the id of the record that a row was derived from: rows that rest on records
    deleted elsewhere by a rule of retention are carried over, since the events of these have no data any more.
    """

    tables: tuple[Table, ...] = ()
    block: Callable[[Work], Awaitable[None]] | None = None
    finish: Callable[[Work, datetime], Awaitable[None]] | None = None
    rests_on: Mapping[str, str] = field(default_factory=dict)


async def prepare(session: AsyncSession, tables: Sequence[Table]) -> None:
    """Create an empty copy of each table; those of an earlier rebuild are dropped."""
    await session.execute(text("SELECT prepare_rebuild(:tables)"), {"tables": [table.name for table in tables]})


async def enter(session: AsyncSession) -> None:
    """Let every statement until the commit read and write the copies, and for other tables those in use."""
    await session.execute(text(f"SET LOCAL search_path = {SCHEMA}, public"))


async def block(work: Work, derived: Derived) -> None:
    """Let everybody else only read the tables in use until the commit; handlers wait."""
    await block_handling(work.session)
    if derived.block is not None:
        await derived.block(work)
    names = ", ".join(f'public."{table.name}"' for table in derived.tables)
    await work.session.execute(text(f"LOCK TABLE {names} IN EXCLUSIVE MODE"))


async def replace(work: Work, derived: Derived, begun: datetime) -> None:
    """Give the tables in use the rows of their copies, and drop the copies; readers see the old rows until the commit."""
    session = work.session
    for table in derived.tables:
        columns = ", ".join(f'"{column.name}"' for column in table.columns if column.computed is None)
        if (record := derived.rests_on.get(table.name)) is not None:
            for statement in _CARRY_OVER:
                sql = statement.format(table=table.name, columns=columns, record=record, schema=SCHEMA)
                await session.execute(text(sql))
        await session.execute(text(f'DELETE FROM public."{table.name}"'))  # noqa: S608 - names come from the models
        await session.execute(
            text(
                f'INSERT INTO public."{table.name}" ({columns}) OVERRIDING SYSTEM VALUE '  # noqa: S608 - the same
                f'SELECT {columns} FROM {SCHEMA}."{table.name}"'
            )
        )
    await session.execute(text("SELECT end_rebuild()"))
    await session.execute(text("SET LOCAL search_path = public"))
    if derived.finish is not None:
        await derived.finish(work, begun)
