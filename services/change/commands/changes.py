"""Changes: moved along their lifecycle, and corrected as long as nothing depends on what is corrected."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from services.change.commands.authority import fire
from services.change.commands.facts import facts_of
from services.change.commands.making import tell
from services.change.domain.guards import something_is_touched
from services.change.domain.lifecycles import BEFORE_AUTHORISED, CHANGE, PLAN, place, seen
from services.change.domain.risk import MATRIX
from services.change.errors import HasEnded, PlanIsAuthorised
from services.change.models import Change
from services.change.repository import changes as repository
from services.change.repository import copies
from shared import clock
from shared.contracts import change as said
from shared.contracts.envelope import Event
from shared.errors import Invalid, check_version, invalid
from shared.lifecycle import Move
from shared.unit_of_work import Work

#: what approvals are given for: once authorised it changes only by planning anew
PLANNING = (*PLAN, "means_confirmed", "service_id")
EVENTS: Mapping[str, Callable[..., Event]] = {
    "classify": said.ChangeClassified,
    "plan": said.ChangePlanned,
    "authorise": said.ChangeAuthorised,
    "deny": said.ChangeAuthorisationDenied,
    "prepare": said.ChangePrepared,
    "test": said.ChangeTestStarted,
    "fail_test": said.ChangeTestFailed,
    "release": said.ChangeReleased,
    "implement": said.ChangeImplementationStarted,
    "complete": said.ChangeImplemented,
    "roll_back": said.ChangeRolledBack,
    "replan": said.ChangeReplanned,
    "prepare_anew": said.ChangeReplanned,
    "evaluate": said.ChangeEvaluated,
    "close": said.ChangeClosed,
    "hold": said.ChangeHeld,
    "resume": said.ChangeResumed,
    "reject": said.ChangeRejected,
    "cancel": said.ChangeCancelled,
}


async def move_change(work: Work, identity: UUID, expected: int, trigger: str, given: Mapping[str, Any]) -> Change:
    """The change after `trigger`, with the fields `given` for it (what is known already may be left out).

    One that goes on as planned, with its approvals there, is authorised at once when its window is free. Raises
    `MoveNotPermitted`, `MoveNotYours`, `VersionConflict`, `ChangeUnknown`, or a refusal that points at a field.
    """
    async with work:
        if await work.earlier_result():
            return await repository.change(work, identity)
        change = await repository.change(work, identity, lock=True)
        check_version(change.version, expected)
        await copies.check_references(work, service_id=given.get("service_id"), ki_ids=given.get("ki_ids") or ())
        if trigger == "classify":
            await _check_composition(work, change, given.get("change_type"))
        facts = await facts_of(work, change, deciding=True) | dict(given)
        move = fire(work, CHANGE, place(change.state, change.held_state), trigger, facts)
        if trigger in ("plan", "replan"):
            _check_start(facts["planned_start"])
        carry_out(work, change, move, given)
        await authorise_if_possible(work, change)
        work.remember_result(change.id)
        return change


def carry_out(work: Work, change: Change, move: Move, given: Mapping[str, Any]) -> None:
    """Do what a permitted move does, and say so."""
    for name, value in given.items():
        setattr(change, name, value)
    change.reason = given.get("reason")
    change.state, change.held_state = seen(move.target)
    if move.trigger == "classify":
        assert change.impact
        assert change.likelihood
        change.risk = MATRIX[change.impact, change.likelihood]  # type: ignore[index]
    change.plan_round += move.trigger in ("plan", "replan")
    change.test_round += move.trigger == "test"
    tell(work, change, EVENTS[move.trigger])


async def authorise_if_possible(work: Work, change: Change) -> None:
    """Authorise a planned change at once when all approvals are there and its window is free."""
    if change.state != "planned":
        return
    (move,) = [move for move in CHANGE.leaving("planned") if move.trigger == "authorise"]
    if not move.refusals(await facts_of(work, change, deciding=True)):
        carry_out(work, change, move, {})


async def correct_change(work: Work, identity: UUID, expected: int, given: Mapping[str, Any]) -> Change:
    """The change with corrected fields; its state stays, but a plan that is corrected must be approved anew.

    So must one for another party; the first party that a change is given approves beside those who have. Raises `PlanIsAuthorised`
    for the plan of an authorised change, `HasEnded`, `VersionConflict`, `ChangeUnknown`, or a refusal that points
    at a field.
    """
    async with work:
        change = await repository.change(work, identity, lock=True)
        check_version(change.version, expected)
        if change.state in CHANGE.final:
            raise HasEnded(f"The change is {change.state}; nothing about it is corrected any more.")
        new = {name: value for name, value in given.items() if getattr(change, name) != value}
        await copies.check_references(
            work, service_id=new.get("service_id"), party_id=new.get("party_id"), ki_ids=new.get("ki_ids") or ()
        )
        if new.get("planned_start") is not None:
            _check_start(new["planned_start"])
        if new.get("parent_id") is not None:
            await _check_parent(work, change, new["parent_id"])
        if not new:
            return change
        where = change.held_state or change.state
        if where != CHANGE.initial:
            _check_touched(change, new)
        plan = new.keys() & {*PLANNING, *(["party_id"] if change.party_id else [])}
        if plan and where not in BEFORE_AUTHORISED:
            raise PlanIsAuthorised(f"Plan anew (replan) to change {', '.join(sorted(plan))}.")
        for name, value in new.items():
            setattr(change, name, value)
        if plan and where == "planned":
            await _check_plan(work, change)
            change.plan_round += 1
        tell(work, change, said.ChangeChanged)
        await authorise_if_possible(work, change)
        return change


def _check_touched(change: Change, new: Mapping[str, Any]) -> None:
    touched = {name: new.get(name, getattr(change, name)) for name in ("service_id", "ki_ids")}
    emptied = [name for name in touched if name in new]
    if emptied and (because := something_is_touched(touched)):
        raise invalid(f"/{emptied[-1]}", because)


def _check_start(start: datetime) -> None:
    if start <= clock.now():
        raise invalid("/planned_start", "an instant to come")


async def _check_plan(work: Work, change: Change) -> None:
    (move,) = [move for move in CHANGE.leaving("classified") if move.trigger == "plan"]
    facts = await facts_of(work, change)
    for name in move.lacking(facts):
        raise invalid(f"/{name}", "a planned change needs it")
    if because := move.refusals(facts):
        raise Invalid(f"The change is planned, and {'; '.join(because)}.")


async def _check_parent(work: Work, change: Change, parent_id: UUID) -> None:
    if change.change_type == "release" or await repository.has_children(work, change.id):
        raise invalid("/parent_id", "a release is no part of another one")
    if parent_id == change.id or await repository.release(work, parent_id) is None:
        raise invalid("/parent_id", "no open release is known by this id")


async def _check_composition(work: Work, change: Change, change_type: str | None) -> None:
    if change_type == "release" and change.parent_id is not None:
        raise invalid("/change_type", "a part of a release is no release itself")
    if change_type not in (None, "release") and await repository.has_children(work, change.id):
        raise invalid("/change_type", "it has parts, so it stays a release")
