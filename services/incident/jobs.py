"""What time itself triggers in incident."""

from datetime import timedelta

from services.incident.commands.moves import close_undisputed, resume_waiting
from shared.runtime import Job
from shared.unit_of_work import Work

AT_ONCE = 100


async def close_what_nobody_disputes(work: Work) -> int:
    """Close incidents whose recovery nobody disputed within the term."""
    return await close_undisputed(work, AT_ONCE)


async def resume_what_waited(work: Work) -> int:
    """Take up incidents that waited until an instant which has come."""
    return await resume_waiting(work, AT_ONCE)


JOBS = (
    Job("close_what_nobody_disputes", timedelta(seconds=30), close_what_nobody_disputes),
    Job("resume_what_waited", timedelta(seconds=5), resume_what_waited),
)
