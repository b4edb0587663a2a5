"""The lifecycles of requests and changes as two tables (domain reference 12.2): here a state or a move is added."""

import re

from services.change.checks.rules import checks_of, names_in
from shared.contracts import change as events
from shared.lifecycle import Facts, Lifecycle, Move

#: who decides about requests and steers changes; everybody who may move the record may make a move without roles
STEERING = ("change_coordinator", "process_coordinator", "process_manager", "project_leader", "it_director")
#: no person has this role: the service itself fires moves that follow from others, such as a denied approval
ITSELF = ("itself",)
REASON = ("reason",)


def tests_are_passed(facts: Facts) -> str | None:
    """Only tested changes go to production."""
    kinds = names_in(facts.get("missing_tests"))
    return f"these tests must still pass: {kinds}" if kinds else None


def parts_have_ended(facts: Facts) -> str | None:
    """A release ends after its parts."""
    numbers = names_in(facts.get("open_parts"))
    return f"its parts are still open: {numbers}" if numbers else None


def items_are_current(facts: Facts) -> str | None:
    """A change is not closed before the knowledge items that it touches are up to date."""
    numbers = names_in(facts.get("items_not_current"))
    return f"its knowledge items are not current: {numbers}" if numbers else None


#: a request that was forwarded is decided here once the agreement is known to cover it, or not to
UNDECIDED = ("submitted", "forwarded_to_service_level")

RFC = Lifecycle(
    "request for change",
    "submitted",
    (
        Move("accept", UNDECIDED, "accepted", roles=STEERING, event=events.RfcAccepted),
        Move("return", ("submitted",), "returned", requires=REASON, roles=STEERING, event=events.RfcReturned),
        Move("resubmit", ("returned",), "submitted", event=events.RfcResubmitted),
        Move("reject", UNDECIDED, "rejected", requires=REASON, roles=STEERING, event=events.RfcRejected),
        Move(
            "forward",
            ("submitted",),
            "forwarded_to_service_level",
            requires=REASON,
            roles=STEERING,
            event=events.RfcForwarded,
        ),
    ),
    final=("accepted", "rejected"),
)

BEFORE_PLANNED = ("accepted", "classified")
BEFORE_AUTHORISED = (*BEFORE_PLANNED, "planned")
BEFORE_IMPLEMENTING = (*BEFORE_AUTHORISED, "authorised", "in_preparation", "in_test", "released")
#: the states in which the calendar shows a change
IN_CALENDAR = ("planned", "authorised", "in_preparation", "in_test", "released", "implementing")
#: those of them in which it reserves its window
RESERVING = IN_CALENDAR[1:]

PLAN = ("build_plan", "test_plan", "implementation_plan", "back_out_plan", "planned_start", "planned_end")
#: what approvers see of a change, so that it stays as it is once they have approved it
BOUND = (
    *("title", "description", "requester_id", "party_id", "service_id", "ki_ids", "parent_id"),
    *("change_type", "impact", "likelihood", "risk", "value_stream"),
    *(*PLAN, "means_confirmed"),
)

#: A change on hold resumes in the state that it came from, and a move of the table leads to one state only. So the table has a
#: state of its own for each; everybody else sees the one state `on_hold`, stored with `held_state`.
ON_HOLD = {state: f"on_hold_{state}" for state in BEFORE_IMPLEMENTING}


def table_state(state: str, held_state: str | None) -> str:
    """The state of a change as the table names it."""
    return ON_HOLD[held_state] if held_state else state


def public_state(state: str) -> str:
    """The state that everybody sees, for a state of the table."""
    return "on_hold" if state in ON_HOLD.values() else state


CHANGE = Lifecycle(
    "change",
    "accepted",
    (
        Move(
            "classify",
            ("accepted", "classified"),
            "classified",
            requires=("change_type", "impact", "likelihood", "value_stream"),
            guards=checks_of("classify"),
            roles=STEERING,
            event=events.ChangeClassified,
        ),
        Move(
            "plan",
            ("classified",),
            "planned",
            requires=(*PLAN, "means_confirmed"),
            guards=checks_of("plan"),
            roles=STEERING,
            event=events.ChangePlanned,
        ),
        Move(
            "authorise",
            ("planned",),
            "authorised",
            guards=checks_of("authorise"),
            roles=STEERING,
            event=events.ChangeAuthorised,
        ),
        Move("deny", ("planned",), "classified", requires=REASON, roles=ITSELF, event=events.ChangeAuthorisationDenied),
        Move("prepare", ("authorised",), "in_preparation", event=events.ChangePrepared),
        Move("test", ("in_preparation",), "in_test", event=events.ChangeTestStarted),
        Move("fail_test", ("in_test",), "in_preparation", requires=REASON, event=events.ChangeTestFailed),
        Move(
            "release", ("in_test",), "released", guards=(tests_are_passed,), roles=STEERING, event=events.ChangeReleased
        ),
        Move(
            "implement",
            ("released",),
            "implementing",
            guards=checks_of("implement"),
            event=events.ChangeImplementationStarted,
        ),
        Move("complete", ("implementing",), "implemented", event=events.ChangeImplemented),
        Move("roll_back", ("implementing",), "rolled_back", requires=REASON, event=events.ChangeRolledBack),
        Move(
            "replan",
            ("authorised", "in_preparation", "in_test", "released", "rolled_back"),
            "planned",
            requires=("reason", *PLAN, "means_confirmed"),
            guards=checks_of("replan"),
            roles=STEERING,
            event=events.ChangeReplanned,
        ),
        Move(
            "rework", ("rolled_back",), "in_preparation", requires=REASON, roles=STEERING, event=events.ChangeReworked
        ),
        Move(
            "evaluate",
            ("implemented",),
            "evaluated",
            requires=("goal_reached", "evaluation"),
            roles=STEERING,
            event=events.ChangeEvaluated,
        ),
        Move(
            "close",
            ("evaluated",),
            "closed",
            guards=(parts_have_ended, items_are_current),
            roles=STEERING,
            event=events.ChangeClosed,
        ),
        *(
            Move("hold", (state,), held, requires=REASON, roles=STEERING, event=events.ChangeHeld)
            for state, held in ON_HOLD.items()
        ),
        *(
            Move("resume", (held,), state, roles=STEERING, event=events.ChangeResumed)
            for state, held in ON_HOLD.items()
        ),
        Move("reject", BEFORE_AUTHORISED, "rejected", requires=REASON, roles=STEERING, event=events.ChangeRejected),
        Move(
            "cancel",
            (*BEFORE_IMPLEMENTING, *ON_HOLD.values()),
            "cancelled",
            requires=REASON,
            roles=STEERING,
            event=events.ChangeCancelled,
        ),
    ),
    final=("closed", "rejected", "cancelled"),
)

#: the states of changes that everybody sees
CHANGE_STATES = tuple(dict.fromkeys(map(public_state, CHANGE.states)))


def change_diagram() -> str:
    """The table of changes as a Mermaid diagram that shows the one state `on_hold`."""
    return "\n".join(dict.fromkeys(re.sub(r"on_hold_\w+", "on_hold", CHANGE.mermaid()).splitlines()))
