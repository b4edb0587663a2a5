"""The states of an agreement as a table: agreed for later, active, ended; time or a person moves it on."""

from collections.abc import Iterable
from datetime import datetime

from shared.contracts.roles import ADMINISTRATOR
from shared.lifecycle import Lifecycle, Move

#: who makes agreements and keeps what they refer to
KEEPERS = (ADMINISTRATOR, "service_level_manager", "service_manager")

#: nobody's role: time itself moves an agreement on
TIME = ("time",)

AGREEMENT = Lifecycle(
    "agreement",
    "agreed",
    (
        Move("commence", ("agreed",), "active", label="commence (its time has come)", roles=TIME),
        Move(
            "end",
            ("agreed", "active"),
            "ended",
            label="end (or its time has passed)",
            roles=(*KEEPERS, *TIME),
        ),
    ),
    final=("ended",),
)


def state_at(now: datetime, valid_from: datetime, valid_until: datetime | None) -> str:
    """The state that an agreement with this validity has at `now`."""
    if valid_until is not None and valid_until <= now:
        return "ended"
    return "active" if valid_from <= now else "agreed"


def coming_into_force(
    versions: Iterable[tuple[int, datetime]], told: int, until: datetime
) -> list[tuple[int, datetime]]:
    """Of versions (number and the moment from which each holds) those behind `told` that came into force by `until`.

    In their order; of several that hold from the same moment the last one alone ever did.
    """
    latest = {begins: number for number, begins in sorted(versions) if number > told and begins <= until}
    return [(number, begins) for begins, number in sorted(latest.items())]
