"""Rebuilding what a service derived from events: a job that reads the feeds of the publishing services and replaces it."""

from shared.rebuilds.beside import Derived
from shared.rebuilds.job import Rebuilds
from shared.rebuilds.stored import Rebuild, State

__all__ = ["Derived", "Rebuild", "Rebuilds", "State"]
