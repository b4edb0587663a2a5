"""The record of what an operator discarded: an event of the service, and a line of the security log."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from shared import clock, security_log
from shared.contracts.delivery import EventDiscarded
from shared.unit_of_work import Work


@dataclass(slots=True)
class _Discarded:
    """What was discarded, as the subject of the event about it."""

    id: UUID
    correlation_id: UUID
    updated_at: datetime
    version: int = 0


def discarded(work: Work, identity: UUID, **details: Any) -> None:
    """Record that the caller discarded it; `details` are those of `EventDiscarded`."""
    work.emit(_Discarded(identity, identity, clock.now()), EventDiscarded(**details))
    security_log.record(
        "event_discarded",
        actor=work.actor.id,
        service=work.service,
        event_id=str(details["event_id"]),
        reason=details["reason"],
    )
