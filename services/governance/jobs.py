"""The jobs that governance runs at intervals."""

from datetime import timedelta

from services.governance.signing_keys.commands import rotate_keys
from services.governance.tokens.commands import delete_ended
from shared.runtime import Job

JOBS = (
    Job("rotate_keys", timedelta(minutes=10), rotate_keys),
    Job("delete_ended_refresh_tokens", timedelta(hours=1), delete_ended),
)
