"""What every service publishes about its own rebuilds: that one began, and how it ended."""

from pydantic import BaseModel

from shared.contracts.envelope import EVERY_SERVICE, Event


class RebuildStarted(Event, type="rebuild.started.v1", publisher=EVERY_SERVICE):
    """What the service derives from events is built again from the feeds of these services; what is there stays until the end."""

    feeds: list[str]


class RebuiltFeed(BaseModel):
    """A feed that was read up to a position: how many events it had, and how many of them were for the service."""

    service: str
    position: int
    read: int
    handled: int


class RebuildCompleted(Event, type="rebuild.completed.v1", publisher=EVERY_SERVICE):
    """What was rebuilt has replaced what was there; `dead_letters` events could not be handled."""

    feeds: list[RebuiltFeed]
    dead_letters: int = 0


class RebuildFailed(Event, type="rebuild.failed.v1", publisher=EVERY_SERVICE):
    """The rebuild failed; `reason` says why, and what was there stays."""

    reason: str
