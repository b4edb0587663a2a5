"""What a service's login may do in its database: use the tables and add to the event log, but not change the log.

The tables belong to another login, which migrations use. The first migration of the kernel says which functions number the
events and mark them as published; `shared/adr/0008` says why.
"""

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from shared import database
from shared.events import EVENT
from shared.inserts import given_columns

log = structlog.get_logger(__name__)

#: tables that a service reads and does not write
READ_ONLY = (EVENT.name, "kernel_version", "service_version")
FUNCTIONS = (
    "number_events(integer)",
    "mark_published(bigint[], timestamptz)",
    "prepare_rebuild(text[])",
    "end_rebuild()",
    "redacted(jsonb, jsonb)",
    "erase_texts(uuid, jsonb)",
    "erase_events(uuid)",
)
_TABLES = text(
    "SELECT format('%I', relname) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v')"
)
_HOLDS = text("""
SELECT NOT (
  has_any_column_privilege('event', 'UPDATE') OR has_table_privilege('event', 'DELETE')
  OR has_table_privilege('event', 'TRUNCATE') OR has_table_privilege('event', 'TRIGGER')
  OR has_column_privilege('event', 'position', 'INSERT') OR has_column_privilege('event', 'hash', 'INSERT')
  OR pg_has_role((SELECT relowner FROM pg_class WHERE oid = 'event'::regclass), 'MEMBER')
)
""")


async def login_of(url: str) -> str:
    """The login that connects by `url`."""
    connection = await database.connect(url)
    try:
        return str(await connection.fetchval("SELECT current_user"))
    finally:
        await connection.close()


async def grant(connection: AsyncConnection, login: str) -> None:
    """Grant `login` what a service needs on the tables of this connection's login, their owner; a second time changes nothing."""
    owner = await connection.scalar(text("SELECT current_user"))
    if await connection.scalar(text("SELECT pg_has_role(:login, :owner, 'MEMBER')"), {"login": login, "owner": owner}):
        log.warning("the login of the service can act as the owner of its tables and change the event log", login=login)
    if login == owner:
        return
    quoted = connection.dialect.identifier_preparer.quote(login)
    tables = set((await connection.scalars(_TABLES)).all())
    for right, what in (
        ("SELECT, INSERT, UPDATE, DELETE", ", ".join(sorted(tables.difference(READ_ONLY)))),
        ("SELECT", ", ".join(READ_ONLY)),
        (f"INSERT ({', '.join(given_columns(EVENT))})", EVENT.name),
        ("USAGE", "ALL SEQUENCES IN SCHEMA public"),
        ("EXECUTE", f"FUNCTION {', '.join(FUNCTIONS)}"),
    ):
        await connection.execute(text(f"GRANT {right} ON {what} TO {quoted}"))


async def history_is_protected(connection: AsyncConnection | AsyncSession) -> bool:
    """Whether this connection's login can only add to the event log; a superuser or the owner can also change it."""
    return bool(await connection.scalar(_HOLDS))
