"""Creates changes from accepted requests, moves them along their lifecycle, and corrects them until they have ended."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from services.change import access
from services.change.approvals import queries as approvals
from services.change.calendar.queries import blocking, lock_calendar
from services.change.changes.queries import CHANGES, has_parts, items_not_current, open_parts, open_release
from services.change.changes.rules import risk_of
from services.change.checks.queries import ended_release, inactive
from services.change.checks.rules import refusals, something_is_touched
from services.change.lifecycles import BEFORE_AUTHORISED, BOUND, CHANGE, public_state, table_state
from services.change.models import CHANGE_NUMBER, REFERENCES, REQUEST_COLUMNS, Change, Rfc
from services.change.plans.commands import store_plan
from services.change.test_runs import queries as test_runs
from shared import clock
from shared.contracts import change as events
from shared.contracts.roles import ROLES
from shared.errors import Conflict, Invalid, invalid
from shared.lifecycle import Move, Option
from shared.records import check_references, correct, differing, event_of
from shared.unit_of_work import Work
from shared.versions import Expected

#: the moves by which another plan takes the place of the present one
_NEW_PLAN = ("plan", "replan")


class PlanAuthorised(Conflict):
    """What was authorised is changed only after `replan`, and then approved again."""

    slug, title = "plan-authorised", "The plan was authorised"


class ChangeEnded(Conflict):
    """A change that has ended can no longer be corrected."""

    slug, title = "change-ended", "The change has ended"


async def create_change(work: Work, rfc: Rfc) -> Change:
    """The change that carries out an accepted request, in the request's chain of events."""
    columns = {name: getattr(rfc, name) for name in REQUEST_COLUMNS}
    number = await CHANGE_NUMBER.next(work)
    change = Change(number=number, rfc_id=rfc.id, correlation_id=rfc.correlation_id, **columns)
    work.insert(change)
    return change


async def move_change(work: Work, identity: UUID, expected: Expected, trigger: str, given: Mapping[str, Any]) -> Change:
    """The change after `trigger`, with the fields `given` for it (fields that are already set may be left out).

    A change that is planned again and already approved is authorised at once when its window is free. Raises `NotFound`,
    `NotAllowed`, `VersionConflict`, `MoveNotPermitted`, or a refusal that points at a field.
    """
    async with work:
        if await work.earlier_result():
            return await CHANGES.one(work, identity)
        change, given = await CHANGES.to_change(work, identity, expected, access.MOVE), as_stored(given)
        await check_references(work, given, REFERENCES, before=change)
        if trigger == "classify":
            await _check_composition(work, change, given.get("change_type"))
        facts = await facts_of(work, change, deciding=True) | given
        state = table_state(change.state, change.held_state)
        move = CHANGE.fire(state, trigger, facts, _roles(work, change), public=public_state)
        if trigger in _NEW_PLAN:
            _check_start(facts["planned_start"])
        await carry_out(work, change, move, given)
        CHANGES.check(work, change, access.MOVE)
        await authorise_if_possible(work, change)
        work.remember_result(change.id)
        return change


async def options_for(work: Work, change: Change) -> tuple[Option, ...]:
    """What the caller may do with a change now."""
    state = table_state(change.state, change.held_state)
    return CHANGE.options(state, await facts_of(work, change), _roles(work, change))


async def carry_out(work: Work, change: Change, move: Move, given: Mapping[str, Any]) -> None:
    """Apply a permitted move; each plan stays readable as its approvers saw it."""
    if change.plan_round and move.trigger in ("replan", "deny"):
        await store_plan(work, change, made=False)
    for name, value in given.items():
        setattr(change, name, value)
    change.reason = given.get("reason")
    change.held_state = change.state if move.trigger == "hold" else None
    change.state = public_state(move.target)
    change.risk = risk_of(change.impact, change.likelihood)
    change.test_round += move.trigger == "test"
    if move.trigger in _NEW_PLAN:
        change.plan_round += 1
        await store_plan(work, change, made=True)
    emit(work, change, move.event)


async def authorise_if_possible(work: Work, change: Change) -> None:
    """Authorise a planned change at once when all approvals are given and its window is free."""
    if change.state == "planned":
        move = _move("planned", "authorise")
        if not move.refusals(await facts_of(work, change, deciding=True)):
            await carry_out(work, change, move, {})


async def correct_change(work: Work, identity: UUID, expected: Expected, given: Mapping[str, Any]) -> Change:
    """The change with corrected fields, in the same state; unchanged when nothing differs.

    A planned change that is corrected must be approved again; only the client of the first party that it is given approves
    beside those who have approved. Once it was authorised, what approvers saw stays as it is. Raises `NotFound`, `NotAllowed`,
    `VersionConflict`, `ChangeEnded`, `PlanAuthorised`, or a refusal that points at a field.
    """
    async with work:
        change = await CHANGES.to_change(work, identity, expected, access.CORRECT)
        if change.state in CHANGE.final:
            raise ChangeEnded(f"The change is {change.state} and can no longer be corrected; submit a new request.")
        new = differing(change, as_stored(given))
        if not new:
            return change
        state = change.held_state or change.state
        if state not in BEFORE_AUTHORISED and (bound := [name for name in BOUND if name in new]):
            raise PlanAuthorised(_why_bound(change, bound))
        await check_references(work, new, REFERENCES, before=change)
        if new.get("planned_start") is not None:
            _check_start(new["planned_start"])
        if new.get("parent_id") is not None:
            await _check_parent(work, change, new["parent_id"])
        if state != CHANGE.initial:
            _check_touched(change, new)
        again = state == "planned" and bool(new.keys() - ({"party_id"} if change.party_id is None else set()))
        if again:
            await store_plan(work, change, made=False)
        changes = correct(change, new)
        CHANGES.check(work, change, access.CORRECT)
        if again:
            await _check_plan(work, change)
            change.plan_round += 1
        if state == "planned":
            await store_plan(work, change, made=again)
        emit(work, change, events.ChangeChanged, changes=changes)
        await authorise_if_possible(work, change)
        return change


def as_stored(given: Mapping[str, Any]) -> dict[str, Any]:
    """The given fields of a request or a change, with the ids of knowledge items as unique strings."""
    items = given.get("ki_ids")
    return {**given} if items is None else {**given, "ki_ids": list(dict.fromkeys(map(str, items)))}


def emit(work: Work, change: Change, kind: type[events.ChangeEvent], **more: Any) -> None:
    """Emit an event about a change; the timeline of its request shows it too."""
    work.emit(change, event_of(kind, change, **more), about=change.rfc_id)


def _roles(work: Work, change: Change) -> frozenset[str] | None:
    """The roles in which the caller moves a change: an administrator has every role of people."""
    roles = access.MOVE.roles(work.caller, change)
    return frozenset(ROLES) if roles is None and work.caller else roles


async def facts_of(work: Work, change: Change, *, deciding: bool = False) -> dict[str, Any]:
    """The facts that the lifecycle needs: fields of the change, and what its guards check in the present state.

    `deciding` locks the calendar until the work ends. `reason` is left out, since each move is given its own.
    """
    facts = {column.name: getattr(change, column.name) for column in CHANGES.table.columns if column.name != "reason"}
    facts["now"] = clock.now()
    if change.state in ("classified", "planned", "released"):
        facts["inactive"] = await inactive(work, change)
        facts["ended_release"] = await ended_release(work, change)
    if change.state == "planned":
        facts["missing_approvals"] = await approvals.awaited(work, change)
    if change.state in ("planned", "released"):
        if deciding:
            await lock_calendar(work, change)
        facts["blocking"] = await blocking(work, change)
    if change.state == "in_test":
        facts["missing_tests"] = await test_runs.awaited(work, change)
    if change.state == "evaluated":
        facts["open_parts"] = await open_parts(work, change.id)
        facts["items_not_current"] = await items_not_current(work, change.ki_ids)
    return facts


def _move(state: str, trigger: str) -> Move:
    return next(move for move in CHANGE.leaving(state) if move.trigger == trigger)


def _check_touched(change: Change, new: Mapping[str, Any]) -> None:
    touched = {name: new.get(name, getattr(change, name)) for name in ("service_id", "ki_ids")}
    removed = [name for name in touched if name in new]
    if removed and (because := something_is_touched(touched)):
        raise invalid(f"/{removed[-1]}", because)


def _check_start(start: datetime) -> None:
    if start <= clock.now():
        raise invalid("/planned_start", "a time in the future")


async def _check_plan(work: Work, change: Change) -> None:
    facts = await facts_of(work, change)
    for name in _move("classified", "plan").lacking(facts):
        raise invalid(f"/{name}", "a planned change needs it")
    if because := refusals("replan", facts):
        raise Invalid(f"The change is planned, and {'; '.join(because)}.")


def _why_bound(change: Change, names: list[str]) -> str:
    if any(move.trigger == "replan" for move in CHANGE.leaving(change.held_state or change.state)):
        return f"The plan was authorised; use replan, and then correct {', '.join(names)}."
    return f"The change is {change.state}; what was authorised of it stays as it is: {', '.join(names)}."


async def _check_parent(work: Work, change: Change, parent_id: UUID) -> None:
    if change.change_type == "release" or await has_parts(work, change.id):
        raise invalid("/parent_id", "a release cannot be part of another one; leave it out")
    release = None if parent_id == change.id else await open_release(work, parent_id)
    if release is None or not access.CORRECT.covers(work.caller, release):
        raise invalid("/parent_id", "no open release with this id is known here")


async def _check_composition(work: Work, change: Change, change_type: str | None) -> None:
    if change_type == "release" and change.parent_id is not None:
        raise invalid("/change_type", "a part of a release cannot be a release itself")
    if change_type not in (None, "release") and await has_parts(work, change.id):
        raise invalid("/change_type", "it has parts, so it stays a release")
