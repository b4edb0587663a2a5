"""The states of an agreement as a table: agreed for later, active, ended; and what is not changed any more."""

from typing import Any

from services.service_level.access import KEEPERS
from shared.contracts.service_level import AgreementAgreed, AgreementEnded
from shared.errors import Conflict
from shared.lifecycle import Lifecycle, Move

#: no role of a person: time itself moves an agreement on
TIME = ("time",)

AGREEMENT = Lifecycle(
    "agreement",
    "agreed",
    (
        Move(
            "commence",
            ("agreed",),
            "active",
            roles=TIME,
            event=AgreementAgreed,
            label="commence (its time has come)",
        ),
        Move(
            "end",
            ("agreed", "active"),
            "ended",
            roles=(*KEEPERS, *TIME),
            event=AgreementEnded,
            label="end (or its time has passed)",
        ),
    ),
    final=("ended",),
)


class Retired(Conflict):
    """A calendar or service that was retired stays as it was."""

    slug, title = "retired", "The record has been retired"


class Ended(Conflict):
    """An agreement that has ended stays as it was."""

    slug, title = "agreement-ended", "The agreement has ended"


def check_active(record: Any) -> None:
    """Refuse to change a calendar or service that has been retired."""
    if not record.active:
        raise Retired(f"{record.number} has been retired and cannot be changed; use or register another one.")
