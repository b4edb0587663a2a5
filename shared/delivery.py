"""The state of delivery in one service: events to publish, events to handle, and dead letters."""

from datetime import datetime

from pydantic import BaseModel, Field
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from shared import clock
from shared.observability import DEAD_LETTERS, INBOX, INBOX_FAILING, INBOX_LAG, OUTBOX, OUTBOX_LAG, QUARANTINE


class Lane(BaseModel):
    """Waiting events, live and historical apart, and the age of the oldest live one in seconds; one that failed counts apart."""

    live: int
    historical: int
    oldest_live_seconds: float = Field(description="Without events that have failed; 0 when nothing else waits.")


class Delivery(BaseModel):
    """The figures of one service's outbox and inbox."""

    outbox: Lane
    inbox: Lane
    failing: int = Field(description="Events that could not be handled yet and are tried again.")
    dead_letters: int
    quarantine: int = Field(description="Deliveries that were set apart.")

    def observe(self, service: str) -> None:
        """Set the metrics to these figures."""
        for gauge, lag, lane in ((OUTBOX, OUTBOX_LAG, self.outbox), (INBOX, INBOX_LAG, self.inbox)):
            gauge.labels(service, "live").set(lane.live)
            gauge.labels(service, "historical").set(lane.historical)
            lag.labels(service).set(lane.oldest_live_seconds)
        INBOX_FAILING.labels(service).set(self.failing)
        DEAD_LETTERS.labels(service).set(self.dead_letters)
        QUARANTINE.labels(service).set(self.quarantine)


_FIGURES = text("""
SELECT
  (SELECT count(*) FROM event WHERE published_at IS NULL AND NOT historical) AS outbox_live,
  (SELECT count(*) FROM event WHERE published_at IS NULL AND historical) AS outbox_historical,
  (SELECT min(time) FROM event WHERE published_at IS NULL AND NOT historical) AS outbox_oldest,
  (SELECT count(*) FROM inbox WHERE done_at IS NULL AND dead_at IS NULL AND NOT historical) AS inbox_live,
  (SELECT count(*) FROM inbox WHERE done_at IS NULL AND dead_at IS NULL AND historical) AS inbox_historical,
  (SELECT min(received_at) FROM inbox
   WHERE done_at IS NULL AND dead_at IS NULL AND NOT historical AND last_error IS NULL) AS inbox_oldest,
  (SELECT count(*) FROM inbox WHERE done_at IS NULL AND dead_at IS NULL AND last_error IS NOT NULL) AS failing,
  (SELECT count(*) FROM inbox WHERE dead_at IS NOT NULL) AS dead_letters,
  (SELECT count(*) FROM quarantine) AS quarantine
""")


async def delivery(connection: AsyncConnection | AsyncSession) -> Delivery:
    """The figures as they are now."""
    row = (await connection.execute(_FIGURES)).one()
    return Delivery(
        outbox=Lane(
            live=row.outbox_live, historical=row.outbox_historical, oldest_live_seconds=_age(row.outbox_oldest)
        ),
        inbox=Lane(live=row.inbox_live, historical=row.inbox_historical, oldest_live_seconds=_age(row.inbox_oldest)),
        failing=row.failing,
        dead_letters=row.dead_letters,
        quarantine=row.quarantine,
    )


def _age(since: datetime | None) -> float:
    return max(0.0, round((clock.now() - since).total_seconds(), 3)) if since else 0.0
