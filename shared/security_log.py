"""The security log: one structured line for each act that somebody may have to explain later, by a logger of its own."""

import logging
import sys
import time
from collections.abc import Mapping, MutableMapping
from logging.handlers import WatchedFileHandler
from pathlib import Path
from typing import Any, Literal

import structlog

from shared import database

Act = Literal[
    "signed_in",
    "sign_in_refused",
    "token_refused",
    "refresh_token_reused",
    "not_allowed",
    "limit_exceeded",
    "role_changed",
    "password_changed",
    "access_ended",
    "personal_data_read_in_bulk",
    "confidential_record_opened",
    "rebuild_started",
    "rebuild_ended",
    "administrator_act",
    "envelope_refused",
    "event_discarded",
    "person_erased",
    "retention_rule_set",
    "history_broken",
]
#: what anybody can cause, with or without a token: a limited number of lines a second is written, the others are counted
_BY_ANYBODY = frozenset({"sign_in_refused", "token_refused", "not_allowed", "limit_exceeded"})
MOST_PER_SECOND = 50
#: reading more rows than that at once is reading in bulk
BULK = 50
#: events that have a line of their own, for any actor
_BY_EVENT: Mapping[str, Act] = {
    "role.assigned.v1": "role_changed",
    "role.withdrawn.v1": "role_changed",
    "service_account.registered.v1": "role_changed",
    "service_account.changed.v1": "role_changed",
    "service_account.secret_replaced.v1": "password_changed",
    "person.password_set.v1": "password_changed",
    "access.ended.v1": "access_ended",
}
_IDS_AND_ROLES = ("person_id", "role", "scope", "roles", "subjects", "reason", "active")


def _marked(_: Any, __: str, line: MutableMapping[str, Any]) -> dict[str, Any]:
    return {"log": "security", **line}


_stdlib = logging.getLogger("zeven.security")
_log = structlog.wrap_logger(
    _stdlib,
    wrapper_class=structlog.stdlib.BoundLogger,
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _marked,
        structlog.processors.EventRenamer("act"),
        structlog.processors.JSONRenderer(serializer=lambda line, **_: database.encode(line)),
    ],
)


class _Flood:
    """How many lines anybody caused in this second, and how many of them were not written."""

    def __init__(self) -> None:
        self._second, self._lines, self._omitted = 0, 0, 0

    def admits(self) -> dict[str, int] | None:
        """What to add to the line; `None` when there were too many in this second."""
        second = int(time.monotonic())
        if second != self._second:
            self._second, self._lines = second, 0
        self._lines += 1
        if self._lines > MOST_PER_SECOND:
            self._omitted += 1
            return None
        omitted, self._omitted = self._omitted, 0
        return {"omitted_before": omitted} if omitted else {}


_flood = _Flood()


def configure(file: str | None) -> None:
    """Append the log to `file` (read by its owner alone, opened again when it was rotated), or write it to standard output."""
    handler: logging.Handler = logging.StreamHandler(sys.stdout)
    if file is not None:
        Path(file).touch(mode=0o600)
        handler = WatchedFileHandler(file, encoding="utf-8")
    for former in _stdlib.handlers:
        former.close()
    handler.setFormatter(logging.Formatter("%(message)s"))
    _stdlib.handlers, _stdlib.propagate = [handler], False
    _stdlib.setLevel(logging.INFO)


def record(act: Act, *, actor: str | None = None, **details: Any) -> None:
    """Write that `actor` (an id, `None` when nobody is known) did `act`; `details` never hold secrets or texts of records."""
    more = _flood.admits() if act in _BY_ANYBODY else {}
    if more is not None:
        _log.info(act, actor=actor, **details, **more)


def record_event(event_type: str, subject: object, data: Mapping[str, Any], *, actor: str, administers: bool) -> None:
    """Write a line about a committed event: of roles, passwords and ended access always, of others when an administrator acted."""
    act = _BY_EVENT.get(event_type)
    if act is not None:
        details = {name: data[name] for name in _IDS_AND_ROLES if name in data}
        record(act, actor=actor, type=event_type, subject=str(subject), **details)
    elif administers:
        record("administrator_act", actor=actor, type=event_type, subject=str(subject))
