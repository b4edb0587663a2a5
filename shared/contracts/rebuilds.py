"""What every service publishes about its own rebuilds: that derived data was dropped, and how the rebuild ended."""

from pydantic import BaseModel

from shared.contracts.envelope import EVERY_SERVICE, Event


class RebuildStarted(Event, type="rebuild.started.v1", publisher=EVERY_SERVICE):
    """What the service derived from events was dropped, and is rebuilt from the feeds of these services."""

    feeds: list[str]


class RebuiltFeed(BaseModel):
    """A feed that was read up to a position: how many events it had, and how many of them were for the service."""

    service: str
    position: int
    read: int
    handled: int


class RebuildCompleted(Event, type="rebuild.completed.v1", publisher=EVERY_SERVICE):
    """Everything was rebuilt."""

    feeds: list[RebuiltFeed]


class RebuildFailed(Event, type="rebuild.failed.v1", publisher=EVERY_SERVICE):
    """The rebuild failed; `reason` says why, and derived data is incomplete until a rebuild is completed."""

    reason: str
