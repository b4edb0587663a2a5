"""What every service publishes about deliveries that an operator settled."""

from typing import Literal
from uuid import UUID

from shared.contracts.envelope import EVERY_SERVICE, Event


class EventDiscarded(Event, type="event.discarded.v1", publisher=EVERY_SERVICE):
    """An event that this service could not handle, or a message that it had set apart, was discarded, and why."""

    kind: Literal["dead_letter", "message"]
    event_id: UUID | None
    event_type: str | None
    source: str | None
    error: str | None
    reason: str
