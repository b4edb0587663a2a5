"""The states of an agreement as a table: agreed for later, active, ended; and the refusal to change what has ended."""

from typing import Any

from shared.contracts.service_level import AgreementAgreed, AgreementEnded
from shared.errors import Conflict
from shared.lifecycle import Lifecycle, Move

#: who creates agreements, and manages the calendars and services that they refer to
MANAGERS = ("service_level_manager", "service_manager")
#: no person has this role: a job moves agreements that are due
TIME = ("time",)

AGREEMENT = Lifecycle(
    "agreement",
    "agreed",
    (
        Move(
            "commence", ("agreed",), "active", roles=TIME, event=AgreementAgreed, label="commence (its time has come)"
        ),
        Move(
            "end",
            ("agreed", "active"),
            "ended",
            roles=(*MANAGERS, *TIME),
            event=AgreementEnded,
            label="end (or its time has passed)",
        ),
    ),
    final=("ended",),
)


class Ended(Conflict):
    """An agreement that has ended, or a calendar or service that was retired, cannot be changed."""

    slug, title = "ended", "The record can no longer be changed"


def check_open(record: Any) -> None:
    """Refuse to change a record that has ended or was retired."""
    if record.state in ("ended", "retired"):
        raise Ended(f"{record.number} is {record.state} and cannot be changed; create a new one.")
