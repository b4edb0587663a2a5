"""Which tests a change must pass before it is released: a table by type (domain model 8.2, step 5)."""

from collections.abc import Mapping
from typing import Literal

from shared.contracts.change import ChangeType

Kind = Literal["technical", "functional", "acceptance", "operational_readiness"]
Result = Literal["passed", "failed"]

_ALL: tuple[Kind, ...] = ("technical", "functional", "acceptance", "operational_readiness")

#: an emergency may defer documentation, never the minimal test
MANDATORY: dict[ChangeType, tuple[Kind, ...]] = {
    "normal": _ALL,
    "emergency": ("technical",),
    "release": _ALL,
    "project": _ALL,
}


def missing(change_type: ChangeType | None, last: Mapping[str, str]) -> tuple[Kind, ...]:
    """The kinds that are still to be passed: mandatory ones without a pass, and any whose last run failed."""
    mandatory = MANDATORY[change_type] if change_type else ()
    return tuple(
        kind for kind in _ALL if last.get(kind) == "failed" or (kind in mandatory and last.get(kind) != "passed")
    )
