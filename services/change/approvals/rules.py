"""Who must approve a change before work may begin: a table by type and risk (domain reference 8.1 and 8.2, step 3)."""

from collections.abc import Iterable
from typing import get_args

from shared.contracts.change import Approver, ChangeType, Level

#: (type, risk) → roles; an emergency is authorised by coordinator and leader
NEEDED: dict[tuple[str, str], tuple[Approver, ...]] = {
    ("normal", "low"): ("change_coordinator",),
    ("normal", "medium"): ("change_coordinator", "approver"),
    ("normal", "high"): ("change_coordinator", "approver", "client"),
    ("emergency", "low"): ("change_coordinator", "it_director"),
    ("emergency", "medium"): ("change_coordinator", "it_director"),
    ("emergency", "high"): ("change_coordinator", "it_director"),
    ("release", "low"): ("approver", "client"),
    ("release", "medium"): ("approver", "client"),
    ("release", "high"): ("approver", "client", "it_director"),
    ("project", "low"): ("client", "it_director"),
    ("project", "medium"): ("client", "it_director"),
    ("project", "high"): ("client", "it_director"),
}

if unruled := [(t, r) for t in get_args(ChangeType) for r in get_args(Level) if (t, r) not in NEEDED]:
    raise ValueError(f"nobody is named to approve {unruled}")


def needed(change_type: str | None, risk: str | None) -> tuple[Approver, ...]:
    """The roles that must approve; none as long as type and risk are not established."""
    return NEEDED[change_type, risk] if change_type and risk else ()


def missing(change_type: str | None, risk: str | None, approved_by: Iterable[str]) -> tuple[Approver, ...]:
    """The roles that must still approve."""
    given = set(approved_by)
    return tuple(role for role in needed(change_type, risk) if role not in given)
