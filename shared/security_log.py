"""The security log: one structured line for each act that somebody may have to explain later, by a logger of its own."""

from typing import Any, Literal

import structlog

log = structlog.get_logger("zeven.security")

Act = Literal[
    "signed_in",
    "sign_in_refused",
    "token_refused",
    "refresh_token_reused",
    "not_allowed",
    "role_changed",
    "password_changed",
    "access_ended",
    "personal_data_read_in_bulk",
    "confidential_record_opened",
    "rebuild_started",
    "rebuild_ended",
    "administrator_act",
    "envelope_refused",
    "history_broken",
]


def record(act: Act, *, actor: str | None = None, **details: Any) -> None:
    """Write that `actor` (an id, `None` when nobody is known) did `act`; `details` never hold secrets or texts of records."""
    log.info(act, actor=actor, **details)
