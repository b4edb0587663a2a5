"""What time itself triggers in governance."""

from datetime import timedelta

from services.governance.commands.keys import rotate_keys
from services.governance.repository.tokens import forget_refresh_tokens
from shared import clock
from shared.runtime import Job
from shared.unit_of_work import Work


async def forget_ended_refresh_tokens(work: Work) -> int:
    """Drop refresh tokens that have ended."""
    await forget_refresh_tokens(work, clock.now())
    return 0


JOBS = (
    Job("rotate_keys", timedelta(minutes=10), rotate_keys),
    Job("forget_ended_refresh_tokens", timedelta(hours=1), forget_ended_refresh_tokens),
)
