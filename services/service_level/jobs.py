"""The jobs that service level management runs at intervals."""

from datetime import timedelta

from services.service_level.agreements.commands import apply_due, freeze_calendars
from services.service_level.clocks.commands import update_due
from shared.runtime import Job

JOBS = (
    Job("update_clocks", timedelta(seconds=1), update_due),
    Job("apply_agreements", timedelta(seconds=10), apply_due),
    Job("freeze_calendars", timedelta(seconds=30), freeze_calendars),
)
