"""One use case, one transaction: rows and the events that record them are committed together or not at all."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from types import TracebackType
from typing import Any, Protocol, Self
from uuid import UUID

import structlog
from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession
from sqlalchemy.orm import DeclarativeBase, make_transient_to_detached
from sqlalchemy.orm.attributes import set_committed_value
from uuid_utils.compat import uuid7

from shared import clock, database, inserts
from shared.access import Caller
from shared.contracts import Actor, Envelope, Event
from shared.contracts.envelope import EVERY_SERVICE
from shared.contracts.roles import ADMINISTRATOR
from shared.events import CHANNEL, EVENT
from shared.idempotency import Key, remember
from shared.observability import traceparent
from shared.security_log import record_event
from shared.settings import Settings
from shared.statements import Statement


class Subject(Protocol):
    """A record that events are about: it counts them with its version."""

    id: UUID
    version: int
    correlation_id: UUID
    updated_at: datetime


#: raises the refusal when the caller of a work that writes may not do so any more, whatever the token says
CheckCaller = Callable[["Work", Caller], Awaitable[None]]


@dataclass(frozen=True)
class Store:
    """Where units of work write: a service's database, a callback for when one has left events, and the process' settings.

    `check_caller` is asked first, in the transaction of each work that somebody writes by.
    """

    service: str
    engine: AsyncEngine
    committed: Callable[[], None]
    config: Settings
    notify: bool = False
    check_caller: CheckCaller | None = None

    @cached_property
    def reader(self) -> AsyncEngine:
        """The same connections without transactions around statements: a look costs one round trip, not three."""
        return self.engine.execution_options(isolation_level="AUTOCOMMIT")


class Work:
    """A transaction on one service's database, opened by `async with work:`.

    It is re-entrant: inbox, jobs and requests open it, a command called inside joins it, and only the outermost block
    commits (or rolls back, when an exception leaves it). New rows and events are written together in one statement;
    a work that did nothing else needs no more transaction than that. A `reading` work is for looking only.
    """

    def __init__(
        self,
        store: Store,
        actor: Actor,
        *,
        cause: Envelope | None = None,
        key: Key | None = None,
        replaying: bool = False,
        reading: bool = False,
    ) -> None:
        self._store, self._depth, self._cause, self._key = store, 0, cause, key
        self._replaying, self._reading = replaying, reading
        self._rows: dict[Table, list[DeclarativeBase | dict[str, Any]]] = {}
        self._emitted = False
        self._to_log: list[tuple[UUID, Event]] = []
        self._session: AsyncSession | None = None
        self._straight: AsyncConnection | None = None
        self.actor = actor
        self.caller: Caller | None = None

    @property
    def session(self) -> AsyncSession:
        """The open transaction's session."""
        if self._depth == 0:
            raise RuntimeError("no unit of work is open: use `async with work:`")
        if self._session is None:
            bind = self._straight or (self._store.reader if self._reading else self._store.engine)
            self._session = AsyncSession(bind, expire_on_commit=False, autoflush=False)
        return self._session

    @property
    def service(self) -> str:
        """The service whose database this is."""
        return self._store.service

    @property
    def config(self) -> Settings:
        """The settings of the process that works here."""
        return self._store.config

    @property
    def replaying(self) -> bool:
        """Whether events are handled again by a rebuild: what is emitted is not recorded, since it was recorded the first time."""
        return self._replaying

    @property
    def person(self) -> UUID | None:
        """The human being who asks; `None` for programs and the service itself."""
        return self.caller.person if self.caller and self.actor.type == "person" else None

    @property
    def correlation_id(self) -> UUID | None:
        """The chain that the event being handled belongs to; `None` outside handlers of a single event."""
        return self._cause.correlationid if self._cause else None

    async def __aenter__(self) -> Self:
        self._depth += 1
        check = self._store.check_caller
        if check is not None and self.caller is not None and self._depth == 1 and not self._reading:
            try:
                await check(self, self.caller)
            except BaseException as error:
                await self.__aexit__(type(error), error, error.__traceback__)
                raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._depth > 1:
            self._depth -= 1
            return
        try:
            if kind is None:
                await self._write()
                if self._session is not None:
                    await self._session.commit()
            elif self._session is not None:
                self._session.expunge_all()  # the rows keep their values for the account of what failed
                await self._session.rollback()
        finally:
            await self._let_go()
        emitted, to_log = self._emitted, self._to_log
        self._emitted, self._to_log = False, []
        if emitted and kind is None:
            self._store.committed()
            administers = self.actor.role == ADMINISTRATOR
            for subject, event in to_log:
                record_event(event.type, subject, event.__dict__, actor=self.actor.id, administers=administers)

    async def _let_go(self) -> None:
        self._depth = 0
        self._rows.clear()
        session, self._session = self._session, None
        straight, self._straight = self._straight, None
        if session is not None:
            await session.close()
        if straight is not None:
            if (await _driver(straight)).is_closed():
                await straight.invalidate()
            await straight.close()

    async def query(self, statement: Statement, values: Mapping[str, object]) -> Sequence[Any]:
        """The rows of a statement with these values."""
        return await self.execute_sql(statement.sql, *statement.values(values))

    async def execute_sql(self, sql: str, *values: object) -> Sequence[Any]:
        """The rows of a statement with `$1`-style values, in the transaction when there is one.

        The shortest way to the database, for the few statements that every request pays for.
        """
        if self._session is not None:
            connection = await self._session.connection()
            return (await connection.exec_driver_sql(sql, values)).all()
        if self._straight is None:
            self._straight = await self._store.engine.connect()
        rows: Sequence[Any] = await (await _driver(self._straight)).fetch(sql, *values)
        return rows

    def insert(self, *rows: DeclarativeBase) -> None:
        """Write these new rows when the work is flushed or committed."""
        for row in rows:
            self._rows.setdefault(row.__table__, []).append(row)  # type: ignore[arg-type]

    def emit(
        self,
        record: Subject,
        event: Event,
        *,
        about: UUID | None = None,
        at: datetime | None = None,
        value_stream: str | None = None,
        cause: Envelope | None = None,
        historical: bool = False,
    ) -> UUID:
        """Record that `event` happened to `record`, raising its version by one; answers the event's id.

        `at` is when it happened (now, when absent); time never runs backwards within a record. Without `value_stream` it
        belongs to the record's own, where the record has one. `cause` names the event that
        this one answers, where a handler works through several.
        """
        if event.publisher not in (self._store.service, EVERY_SERVICE):
            raise ValueError(f"{event.type} is published by {event.publisher}, not by {self._store.service}")
        cause = cause or self._cause
        if self.caller is not None:
            structlog.contextvars.bind_contextvars(correlation_id=str(record.correlation_id))
        record.version += 1
        record.updated_at = max(at or clock.now(), record.updated_at)
        identity = uuid7()
        if self._replaying:
            return identity
        self._rows.setdefault(EVENT, []).append(
            {
                "id": identity,
                "type": event.type,
                "source": self._store.service,
                "subject": record.id,
                "about": about,
                "sequence": record.version,
                "time": record.updated_at,
                "correlationid": record.correlation_id,
                "causationid": cause.id if cause else None,
                "actor": self.actor,
                "valuestream": value_stream or getattr(record, "value_stream", None),
                "historical": historical,
                "traceparent": cause.traceparent if cause and cause is not self._cause else traceparent(),
                "data": event,
            }
        )
        self._emitted = True
        if not historical:
            self._to_log.append((record.id, event))
        return identity

    async def earlier_result(self) -> UUID | None:
        """The id of what an earlier request with this Idempotency-Key made; `None` when this is the first.

        A request with the same key that runs at this moment is waited for. `KeyReused` when the key came with another body.
        """
        return await remember(self.session, self._key, clock.now()) if self._key else None

    def remember_result(self, identity: UUID) -> None:
        """Say what this request made, so that its repetition is answered with the same record."""
        if self._key:
            self._key.made = identity

    async def flush(self) -> None:
        """Write what is waiting, in one statement, without committing; later changes of the rows are written too."""
        await self.session.connection()  # from here on a transaction is needed: more may follow, or an exception
        written = [row for rows in self._rows.values() for row in rows if not isinstance(row, dict)]
        await self._write()
        for row in written:
            for name in inserts.given_columns(row.__table__):
                # a default of the constructor counts as missing, and would be read again when the session has ended
                set_committed_value(row, name, getattr(row, name))
            make_transient_to_detached(row)
            self.session.add(row)

    async def _write(self) -> None:
        if self._session is not None:
            await self._session.flush()
        if self._key and self._key.made:
            await self._key.keep(self.session)
        if self._rows:
            rows, self._rows = self._rows, {}
            values = [database.encode(inserts.values_of(table, new)) for table, new in rows.items()]
            # at commit the relay of another replica wakes up too
            last = f"SELECT pg_notify('{CHANNEL}', '')" if self._store.notify and EVENT in rows else "SELECT 1"
            await self.execute_sql(inserts.insert_together(tuple(rows), last), *values)


async def _driver(connection: AsyncConnection) -> Any:
    return (await connection.get_raw_connection()).driver_connection
