"""Retention: records that ended long ago are deleted by a rule for their kind, in batches, each with a receipt."""

from shared.retention.declared import Owner, Retained
from shared.retention.handling import HANDLERS
from shared.retention.job import retire_due
from shared.retention.stored import PERSONAL, retired_here

__all__ = ["HANDLERS", "PERSONAL", "Owner", "Retained", "retire_due", "retired_here"]
