"""Which tests a change must pass before it is released: a table by type (domain reference 8.2, step 5)."""

from collections.abc import Mapping
from typing import get_args

from shared.contracts.change import ChangeType, TestKind

_ALL: tuple[TestKind, ...] = get_args(TestKind)

#: an emergency may defer documentation, never the minimal test
MANDATORY: dict[str, tuple[TestKind, ...]] = {
    "normal": _ALL,
    "emergency": ("technical",),
    "release": _ALL,
    "project": _ALL,
}

if unruled := set(get_args(ChangeType)) ^ set(MANDATORY):
    raise ValueError(f"no tests are named for {unruled}")


def missing(change_type: str | None, last: Mapping[str, str]) -> tuple[TestKind, ...]:
    """The kinds that must still pass: mandatory ones without a pass, and any whose last run failed."""
    mandatory = MANDATORY[change_type] if change_type else ()
    return tuple(
        kind for kind in _ALL if last.get(kind) == "failed" or (kind in mandatory and last.get(kind) != "passed")
    )
