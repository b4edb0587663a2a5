"""What time itself triggers in governance."""

from datetime import timedelta

from services.governance.commands.keys import rotate_keys
from services.governance.commands.tokens import forget_ended
from shared.runtime import Job

JOBS = (
    Job("rotate_keys", timedelta(minutes=10), rotate_keys),
    Job("forget_ended_refresh_tokens", timedelta(hours=1), forget_ended),
)
