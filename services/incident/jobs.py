"""The jobs that incident runs at intervals."""

from datetime import timedelta
from functools import partial

from services.incident.incidents.commands import close_undisputed, resume_waiting
from shared.runtime import Job

JOBS = (
    Job("close_undisputed", timedelta(seconds=30), partial(close_undisputed, limit=100)),
    Job("resume_waiting", timedelta(seconds=5), partial(resume_waiting, limit=100)),
)
