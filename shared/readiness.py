"""Whether one service can work (its database and its schema), with the state of the bus and of delivery."""

from typing import Literal

import structlog
from pydantic import BaseModel, Field
from sqlalchemy import text

from shared import migrate
from shared.delivery import Delivery, delivery
from shared.runtime import Running
from shared.version import VERSION

log = structlog.get_logger(__name__)


class Ready(BaseModel):
    """Whether the service can work, for everybody."""

    status: Literal["ready", "not ready"]
    service: str


class Readiness(Ready):
    """Whether the service can work, part by part.

    `dead_letters` and a bus that is `away` do not make it unready, since calls are answered; somebody must check them.
    `database` is also `away` when it answers but the delivery figures cannot be read.
    """

    version: str
    commit: str | None = Field(description="The commit that the code was built from; null where it is not known.")
    database: Literal["ok", "away"]
    migrations: Literal["at head", "beyond", "behind", "empty", "unknown"] = Field(
        description="beyond: a newer version has migrated the schema further, and this one works with it."
    )
    bus: Literal["ok", "away"] = Field(
        description="away: events wait in the outbox, and those of others are not received."
    )
    held: int = Field(description="Deliveries that have arrived and cannot be stored yet.")
    delivery: Delivery | None


async def readiness_of(running: Running) -> Readiness:
    """The condition of one service now."""
    figures: Delivery | None = None
    migrations: migrate.Condition | Literal["unknown"] = "unknown"
    try:
        async with running.engine.connect() as connection:
            await connection.execute(text("SELECT 1"))
            migrations = await migrate.condition(connection, running.service)
            if migrations in migrate.READY:
                figures = await delivery(connection)
    except Exception as error:  # noqa: BLE001 - after any error the database counts as away
        log.warning("the database does not answer", reason=f"{type(error).__name__}: {str(error)[:300]}")
    return Readiness(
        status="ready" if figures is not None and not running.draining else "not ready",
        service=running.service.name,
        version=VERSION,
        commit=running.config.build,
        database="ok" if figures is not None or migrations in ("behind", "empty") else "away",
        migrations=migrations,
        bus="ok" if running.bus.connected else "away",
        held=running.bus.held,
        delivery=figures,
    )
