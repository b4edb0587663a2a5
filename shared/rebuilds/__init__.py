"""Rebuilding what a service derived from events: a job that drops it and reads the feeds of the publishing services."""

from shared.rebuilds.job import Rebuilds
from shared.rebuilds.stored import Rebuild, State

__all__ = ["Rebuild", "Rebuilds", "State"]
