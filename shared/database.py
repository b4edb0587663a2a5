"""One PostgreSQL database per service: engine, sessions, rows as JSON, and which faults are the platform's own."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import asyncpg
import msgspec
from pydantic import BaseModel
from sqlalchemy import MetaData, event, make_url
from sqlalchemy.dialects.postgresql.asyncpg import dialect as AsyncpgDialect  # noqa: N812
from sqlalchemy.exc import DBAPIError, InterfaceError, InternalError, InvalidatePoolError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


#: a server notices within half a minute that a client's machine is gone, and lets go of its locks
LET_GO_OF_THE_LOST = {"tcp_keepalives_idle": "10", "tcp_keepalives_interval": "5", "tcp_keepalives_count": "4"}


@dataclass(frozen=True, slots=True)
class Databases:
    """Where each service's database is, by two logins: the service's own, and the owner of the tables, which migrations use."""

    url_of: Callable[[str], str]
    owner_url_of: Callable[[str], str]


def metadata() -> MetaData:
    """An empty collection of tables with the project's constraint names."""
    return MetaData(naming_convention=NAMES)


def encode(value: object) -> str:
    """`value` as JSON text: UUIDs, instants, dates and models included."""
    return msgspec.json.encode(value, enc_hook=_fields).decode()


def _fields(value: object) -> dict[str, Any]:
    if isinstance(value, BaseModel):
        return value.__dict__
    raise TypeError(f"{type(value).__name__} has no place in JSON")


def engine(url: str, *, pool: int = 10) -> AsyncEngine:
    """Connections to one service's database; lost ones are replaced before use, a full pool refuses after 10 s."""
    made = create_async_engine(
        url,
        pool_size=pool,
        max_overflow=0,
        pool_timeout=10,
        pool_pre_ping=False,
        hide_parameters=True,  # errors are logged; hashes, keys and people's texts are not
        json_serializer=encode,
        json_deserializer=msgspec.json.decode,
        connect_args={"timeout": 10, "server_settings": {"timezone": "UTC", "application_name": "zeven"}},
    )
    event.listen(made.sync_engine, "checkout", _refuse_lost)
    return made


def _refuse_lost(_: object, record: ConnectionPoolEntry, __: object) -> None:
    # the server has closed it while it lay in the pool, and the others with it: asking for that costs no round trip
    if record.driver_connection is not None and record.driver_connection.is_closed():
        raise InvalidatePoolError


def connection_arguments(url: str) -> dict[str, Any]:
    """What asyncpg itself needs to connect to `url`."""
    _, arguments = AsyncpgDialect().create_connect_args(make_url(url))  # type: ignore[no-untyped-call]
    return dict(arguments)


async def connect(url: str) -> "asyncpg.Connection[Any]":
    """A connection of its own, outside every pool: for locks that a session holds, and for LISTEN."""
    settings = {"timezone": "UTC", "application_name": "zeven-relay", **LET_GO_OF_THE_LOST}
    return await asyncpg.connect(**connection_arguments(url), timeout=10, server_settings=settings)


#: SQLSTATE classes and codes about the platform's condition, never about the statement: connection lost, out of
#: resources (disk full is 53100), operator's intervention, system error, deadlock, serialisation, read-only after a fail-over
_CONDITIONS = ("08", "53", "57", "58", "40", "25006", "XX", "F0")


def is_platform_fault(error: BaseException) -> bool:
    """Whether `error` says that the database is away, full or overloaded rather than that the work itself is wrong."""
    drivers = asyncpg.InterfaceError | asyncpg.InternalClientError
    if isinstance(error, PoolTimeout | InterfaceError | OSError | TimeoutError | drivers):
        return True
    if isinstance(error, DBAPIError):
        state = str(getattr(error.orig, "sqlstate", "") or "")
        # without a code the error comes from the driver, about a lost connection
        return (
            error.connection_invalidated
            or (isinstance(error, OperationalError | InternalError) and not state)
            or state.startswith(_CONDITIONS)
        )
    return isinstance(error, asyncpg.PostgresError) and str(error.sqlstate or "").startswith(_CONDITIONS)
