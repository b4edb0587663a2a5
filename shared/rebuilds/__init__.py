"""Building again what a service derived from events: a job that drops it and reads the feeds of the publishing services."""

from shared.rebuilds.job import Rebuilds, RebuildUnderWay
from shared.rebuilds.stored import Progress, Rebuild, State

__all__ = ["Progress", "Rebuild", "RebuildUnderWay", "Rebuilds", "State"]
