"""What else must hold before a change moves: each guard looks at the facts and answers a sentence when it refuses."""

from collections.abc import Iterable
from datetime import datetime

from shared.lifecycle import Facts


def something_is_touched(facts: Facts) -> str | None:
    """What a change touches decides who must know of it and what must be current in the end (domain model 12.2)."""
    if facts.get("service_id") or facts.get("ki_ids"):
        return None
    return "a change names a service or a knowledge item that it touches (service_id, ki_ids)"


def ends_after_it_starts(facts: Facts) -> str | None:
    start, end = facts.get("planned_start"), facts.get("planned_end")
    if isinstance(start, datetime) and isinstance(end, datetime) and end <= start:
        return "planned_end lies after planned_start"
    return None


def means_are_confirmed(facts: Facts) -> str | None:
    """People and means are promised by whoever leads the team (domain model 12.2)."""
    return "the means are not confirmed" if facts.get("means_confirmed") is False else None


def approvals_are_given(facts: Facts) -> str | None:
    roles = _names(facts.get("missing_approvals"))
    return f"approval is awaited of {roles}" if roles else None


def calendar_is_free(facts: Facts) -> str | None:
    """An authorised change of the same service holds its window; only an emergency goes before it."""
    numbers = _names(facts.get("blocking"))
    return f"the window is held by {numbers}" if numbers and facts.get("change_type") != "emergency" else None


def tests_are_passed(facts: Facts) -> str | None:
    """Only tested changes go to production (domain model 1.4)."""
    kinds = _names(facts.get("missing_tests"))
    return f"tests to be passed: {kinds}" if kinds else None


def children_have_ended(facts: Facts) -> str | None:
    """A composite change ends after its parts (domain model 12.2)."""
    numbers = _names(facts.get("open_children"))
    return f"its parts are still open: {numbers}" if numbers else None


def items_are_current(facts: Facts) -> str | None:
    """No closure before what the change touches is described as it is now (domain model 12.2 and 12.9)."""
    numbers = _names(facts.get("items_not_current"))
    return f"its knowledge items are not current: {numbers}" if numbers else None


def _names(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, Iterable) else ""
