"""The event log of a service (outbox, audit trail, timeline and feed in one table) and the relay that publishes it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import asyncpg
import structlog
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    FetchedValue,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB

from shared import clock, database
from shared.bus.port import Bus, BusUnavailable
from shared.contracts import Envelope

log = structlog.get_logger(__name__)

KERNEL = database.metadata()

EVENT = Table(
    "event",
    KERNEL,
    Column("ordinal", BigInteger, Identity(always=True), primary_key=True),
    Column("id", Uuid, nullable=False, unique=True),
    Column("type", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("subject", Uuid, nullable=False),
    Column("about", Uuid),
    Column("sequence", Integer, nullable=False),
    Column("time", DateTime(timezone=True), nullable=False),
    Column("correlationid", Uuid, nullable=False),
    Column("causationid", Uuid),
    Column("actor", JSONB, nullable=False),
    Column("valuestream", Text),
    Column("historical", Boolean, nullable=False),
    Column("traceparent", Text),
    Column("data", JSONB, nullable=False),
    # a service's login may not write these; functions in the database write them once (shared/adr/0008)
    Column("position", BigInteger, server_default=FetchedValue(), unique=True),
    Column("data_salt", Uuid, server_default=FetchedValue()),
    Column("data_digest", LargeBinary, server_default=FetchedValue()),
    Column("hash", LargeBinary, server_default=FetchedValue()),
    Column("published_at", DateTime(timezone=True), server_default=FetchedValue()),
    #: the event that records what was erased from this one's data
    Column("erased_by", Uuid, server_default=FetchedValue()),
    Index("uq_event_subject_sequence", "subject", "sequence", unique=True),
    Index("ix_event_about", "about", postgresql_where="about IS NOT NULL"),
    Index("ix_event_correlationid", "correlationid"),
    Index("ix_event_unnumbered", "historical", "ordinal", postgresql_where="position IS NULL"),
    Index(
        "ix_event_unpublished",
        "historical",
        "position",
        postgresql_where="published_at IS NULL AND position IS NOT NULL",
    ),
    postgresql_with={"fillfactor": 80},
)
FIELDS = (
    "id",
    "type",
    "source",
    "subject",
    "about",
    "sequence",
    "time",
    "correlationid",
    "causationid",
    "actor",
    "valuestream",
    "historical",
    "traceparent",
    "data",
)
CHANNEL = "zeven_event"
LOCK = 0x7A65_7665  # the advisory lock of a service's one relay ("zeve")
NUMBERED_AT_ONCE = 1000
PUBLISHED_AT_ONCE = 100

_NUMBER = "SELECT number_events($1)"
_WAITING = f"""
SELECT ordinal, {", ".join(FIELDS)} FROM event WHERE published_at IS NULL AND position IS NOT NULL AND historical = $1
ORDER BY position LIMIT $2
"""  # noqa: S608 - column names of ours
_PUBLISHED = "SELECT mark_published($1, $2)"


def envelope_of(row: Any) -> Envelope:
    """The envelope that an event row holds."""
    return Envelope.model_validate(dict(row))


class Relay:
    """Publishes a service's unpublished events in order; only one replica does so at a time.

    The rows are numbered (`position`) and chained by their hashes, published in batches, and marked after the broker's confirm.
    No transaction is open while it waits, and live events go before historical ones. After a crash events may be published
    twice, but none is lost.
    """

    def __init__(self, url: str, bus: Bus, name: str) -> None:
        self._url, self._bus, self._name = url, bus, name
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.leading = False

    def wake(self) -> None:
        """Signal that there are new events to publish."""
        self._wake.set()

    def start(self) -> None:
        """Begin to publish, until `stop`."""
        self._task = asyncio.create_task(self._run(), name=f"relay of {self._name}")

    async def stop(self) -> None:
        """End at once; what was published and is not marked yet is published again by the next leader."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def _run(self) -> None:
        while True:
            try:
                connection = await database.connect(self._url)
                try:
                    await self._serve(connection)
                finally:
                    self.leading = False
                    connection.terminate()
            except asyncio.CancelledError:
                raise
            except (BusUnavailable, TimeoutError) as error:
                log.warning("events wait for the bus", service=self._name, reason=str(error))
            except Exception as error:  # noqa: BLE001 - the relay continues after every failure of database or broker
                log.warning("the relay starts again", service=self._name, reason=f"{type(error).__name__}: {error}")
            await asyncio.sleep(1)

    async def _serve(self, connection: "asyncpg.Connection[Any]") -> None:
        await _decode_json(connection)
        while not await connection.fetchval("SELECT pg_try_advisory_lock($1)", LOCK):
            # connects to the bus: readiness needs the connection also where nothing is published
            await self._bus.publish(())
            await asyncio.sleep(1)
        self.leading = True
        await connection.add_listener(CHANNEL, lambda *_: self._wake.set())
        while True:
            self._wake.clear()
            moved = await publish_waiting(connection, self._bus.publish)
            if not moved:
                await self._bus.publish(())
                await _wait(self._wake, seconds=1)


async def publish_waiting(
    connection: "asyncpg.Connection[Any]", publish: Callable[[Sequence[Envelope]], Awaitable[None]]
) -> int:
    """Number and chain what waits, publish a batch of each lane, the live one first, and mark it; returns how many there were."""
    await connection.execute(_NUMBER, NUMBERED_AT_ONCE)
    published = 0
    for historical in (False, True):
        rows = await connection.fetch(_WAITING, historical, PUBLISHED_AT_ONCE)
        if rows:
            await publish([envelope_of(row) for row in rows])
            await connection.execute(_PUBLISHED, [row["ordinal"] for row in rows], clock.now())
            published += len(rows)
    return published


async def _decode_json(connection: "asyncpg.Connection[Any]") -> None:
    import msgspec

    await connection.set_type_codec("jsonb", schema="pg_catalog", encoder=database.encode, decoder=msgspec.json.decode)


async def _wait(event: asyncio.Event, *, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return
