"""What must be true of a change when it is planned, and must still be true when it is decided about and when it starts."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from shared.lifecycle import Facts, Guard


def something_is_touched(facts: Facts) -> str | None:
    """A change must name what it touches, because that decides who is informed and what must be current in the end."""
    if facts.get("service_id") or facts.get("ki_ids"):
        return None
    return "a change names a service or a knowledge item that it touches (service_id, ki_ids)"


def ends_after_it_starts(facts: Facts) -> str | None:
    """A window ends after its start."""
    start, end = facts.get("planned_start"), facts.get("planned_end")
    if isinstance(start, datetime) and isinstance(end, datetime) and end <= start:
        return "planned_end must be after planned_start"
    return None


def means_are_confirmed(facts: Facts) -> str | None:
    """The leader of the team must have promised people and means."""
    return "the means are not confirmed" if facts.get("means_confirmed") is False else None


def window_is_to_come(facts: Facts) -> str | None:
    """A window that has begun leaves no time to prepare; only an emergency may be decided about during its window."""
    if facts.get("change_type") == "emergency":
        return window_is_not_over(facts)
    return "its window has begun; plan another one" if _has_passed(facts, "planned_start") else None


def window_is_not_over(facts: Facts) -> str | None:
    """Work begins before the window ends, because the calendar gives the time after it to others."""
    return "its window is over; plan another one" if _has_passed(facts, "planned_end") else None


def all_are_active(facts: Facts) -> str | None:
    """Requester, party, service and knowledge items are in use."""
    names = names_in(facts.get("inactive"))
    return f"no longer active: {names}; name others" if names else None


def release_is_open(facts: Facts) -> str | None:
    """The release that it is part of has not ended."""
    number = facts.get("ended_release")
    return f"its release {number} has ended; name another one, or none" if number else None


def approvals_are_given(facts: Facts) -> str | None:
    """Every role that must approve the plan has approved it."""
    roles = names_in(facts.get("missing_approvals"))
    return f"these roles must still approve: {roles}" if roles else None


def calendar_is_free(facts: Facts) -> str | None:
    """An authorised change of the same service reserves its window; only an emergency may overlap it."""
    numbers = names_in(facts.get("blocking"))
    return f"the window is reserved by {numbers}" if numbers and facts.get("change_type") != "emergency" else None


#: an approval, which is not a move of the lifecycle
APPROVE = "approve"
_DECIDE = (APPROVE, "authorise")
_FROM_PLAN_TO_START = ("plan", *_DECIDE, "implement")

#: each check, and the acts that need it. `replan` leads to `planned`, where everything can be corrected, so it needs only a plan
#: that fits together; for `plan` and `replan` a start in the past is refused by its field
CHECKS: Mapping[Guard, tuple[str, ...]] = {
    something_is_touched: ("classify", *_FROM_PLAN_TO_START),
    ends_after_it_starts: ("replan", *_FROM_PLAN_TO_START),
    means_are_confirmed: ("replan", *_FROM_PLAN_TO_START),
    all_are_active: _FROM_PLAN_TO_START,
    release_is_open: _FROM_PLAN_TO_START,
    window_is_to_come: _DECIDE,
    approvals_are_given: ("authorise",),
    calendar_is_free: ("authorise", "implement"),
    window_is_not_over: ("implement",),
}


def checks_of(act: str) -> tuple[Guard, ...]:
    """The checks that an act needs."""
    return tuple(guard for guard, acts in CHECKS.items() if act in acts)


def refusals(act: str, facts: Facts) -> tuple[str, ...]:
    """Why these facts forbid an act; empty when they do not."""
    return tuple(sentence for guard in checks_of(act) if (sentence := guard(facts)))


def names_in(value: object) -> str:
    """The names in a fact, as people read them."""
    return ", ".join(map(str, value)) if isinstance(value, Iterable) else ""


def _has_passed(facts: Facts, name: str) -> bool:
    moment, now = facts.get(name), facts.get("now")
    return isinstance(moment, datetime) and isinstance(now, datetime) and moment <= now
