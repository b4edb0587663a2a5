"""What time itself triggers in service level management."""

from datetime import timedelta

from services.service_level.commands import facts, timers
from shared.runtime import Job

JOBS = (
    Job("warn", timedelta(seconds=1), timers.warn),
    Job("turn_agreements", timedelta(seconds=10), timers.turn_agreements),
    Job("refold", timedelta(seconds=2), facts.refold),
)
