"""What events say of requests and changes, and what the guards of a change want to know."""

from typing import Any

from services.change.domain import approvals, testing
from services.change.models import Change, Rfc
from services.change.repository import calendar, changes, copies
from shared.unit_of_work import Work


def said_of_rfc(rfc: Rfc) -> dict[str, Any]:
    """The fields that every event of a request carries."""
    return {name: getattr(rfc, name) for name in ("number", "title", "state", "origin", "reason")}


def said_of_change(change: Change) -> dict[str, Any]:
    """The fields that every event of a change carries."""
    names = ("number", "title", "state", "change_type", "rfc_id", "origin", "planned_start", "planned_end", "reason")
    return {name: getattr(change, name) for name in names}


async def facts_of(work: Work, change: Change, *, deciding: bool = False) -> dict[str, Any]:
    """A change's own fields and what its approvals, calendar, tests, parts and items say, as far as its state asks for them.

    `deciding` keeps everybody else from deciding about the same calendar until the work ends. `reason` is never a fact:
    each move gives its own.
    """
    facts = {
        column.name: getattr(change, column.name) for column in Change.__table__.columns if column.name != "reason"
    }
    if change.state == "planned":
        if deciding:
            await calendar.one_at_a_time(work, change)
        facts["missing_approvals"] = await missing_approvals(work, change)
        facts["blocking"] = await calendar.blocking(work, change)
    if change.state == "in_test":
        facts["missing_tests"] = await missing_tests(work, change)
    if change.state == "evaluated":
        facts["open_children"] = await changes.open_children(work, change.id)
        facts["items_not_current"] = await copies.not_current(work, change.ki_ids)
    return facts


async def missing_approvals(work: Work, change: Change) -> tuple[str, ...]:
    """The roles whose approval of the present plan is awaited."""
    given = await changes.approved_by(work, change.id, change.plan_round)
    return approvals.missing(change.change_type, change.risk, given)  # type: ignore[arg-type]


async def missing_tests(work: Work, change: Change) -> tuple[str, ...]:
    """The kinds of test that what is offered now must still pass."""
    last = await changes.last_results(work, change.id, change.test_round)
    return testing.missing(change.change_type, last)  # type: ignore[arg-type]
