"""The lifecycles of requests and changes: two tables that API, documentation and tests read."""

import re

from services.change.domain import guards
from shared.contracts.roles import PROVIDER_ROLES, SERVICE_ACCOUNT
from shared.lifecycle import Lifecycle, Move

#: who decides about requests and steers changes
STEERING = ("change_coordinator", "process_coordinator", "process_manager", "project_leader", "it_director")
#: who builds, tests and implements
WORKING = (*PROVIDER_ROLES, SERVICE_ACCOUNT)
#: nobody's role: the service itself fires what follows from something else, such as an approval that was denied
ITSELF = ("itself",)

RFC = Lifecycle(
    "request for change",
    "submitted",
    (
        Move("accept", ("submitted",), "accepted", roles=STEERING),
        Move("return", ("submitted",), "returned", requires=("reason",), roles=STEERING),
        Move("resubmit", ("returned",), "submitted"),
        Move("reject", ("submitted",), "rejected", requires=("reason",), roles=STEERING),
        Move("forward", ("submitted",), "forwarded_to_service_level", requires=("reason",), roles=STEERING),
    ),
    final=("accepted", "rejected", "forwarded_to_service_level"),
)

BEFORE_AUTHORISED = ("accepted", "classified", "planned")
BEFORE_IMPLEMENTING = (*BEFORE_AUTHORISED, "authorised", "in_preparation", "in_test", "released")
#: the states in which a change holds its window in the calendar
IN_CALENDAR = ("planned", "authorised", "in_preparation", "in_test", "released", "implementing")
#: of those, the ones that nobody but an emergency may overlap
HOLDING_THE_WINDOW = IN_CALENDAR[1:]

PLAN = ("build_plan", "test_plan", "implementation_plan", "back_out_plan", "planned_start", "planned_end")
_PLANNED = (guards.ends_after_it_starts, guards.means_are_confirmed)

# A change on hold must go on where it rested, and one trigger leaves one place of a table once. So each state has its own
# resting place in the table; people see one state `on_hold` (`place` and `seen` translate).
RESTING = {state: f"on_hold_{state}" for state in BEFORE_IMPLEMENTING}

CHANGE = Lifecycle(
    "change",
    "accepted",
    (
        Move(
            "classify",
            ("accepted", "classified"),
            "classified",
            requires=("change_type", "impact", "likelihood", "value_stream"),
            guards=(guards.something_is_touched,),
            roles=STEERING,
        ),
        Move(
            "plan",
            ("classified",),
            "planned",
            requires=(*PLAN, "means_confirmed"),
            guards=_PLANNED,
            roles=STEERING,
        ),
        Move(
            "authorise",
            ("planned",),
            "authorised",
            guards=(guards.approvals_are_given, guards.calendar_is_free),
            roles=STEERING,
        ),
        Move("deny", ("planned",), "classified", requires=("reason",), roles=ITSELF),
        Move("prepare", ("authorised",), "in_preparation", roles=WORKING),
        Move("test", ("in_preparation",), "in_test", roles=WORKING),
        Move("fail_test", ("in_test",), "in_preparation", requires=("reason",), roles=WORKING),
        Move("release", ("in_test",), "released", guards=(guards.tests_are_passed,), roles=STEERING),
        Move("implement", ("released",), "implementing", roles=WORKING),
        Move("complete", ("implementing",), "implemented", roles=WORKING),
        Move("roll_back", ("implementing",), "rolled_back", requires=("reason",), roles=WORKING),
        Move(
            "replan",
            ("authorised", "in_preparation", "in_test", "released", "rolled_back"),
            "planned",
            requires=("reason", *PLAN, "means_confirmed"),
            guards=_PLANNED,
            roles=STEERING,
        ),
        Move("prepare_anew", ("rolled_back",), "in_preparation", requires=("reason",), roles=STEERING),
        Move("evaluate", ("implemented",), "evaluated", requires=("goal_reached", "evaluation"), roles=STEERING),
        Move(
            "close",
            ("evaluated",),
            "closed",
            guards=(guards.children_have_ended, guards.items_are_current),
            roles=STEERING,
        ),
        *(Move("hold", (state,), rest, requires=("reason",), roles=STEERING) for state, rest in RESTING.items()),
        *(Move("resume", (rest,), state, roles=STEERING) for state, rest in RESTING.items()),
        Move("reject", BEFORE_AUTHORISED, "rejected", requires=("reason",), roles=STEERING),
        Move("cancel", (*BEFORE_IMPLEMENTING, *RESTING.values()), "cancelled", requires=("reason",), roles=STEERING),
    ),
    final=("closed", "rejected", "cancelled"),
)


def place(state: str, held_state: str | None) -> str:
    """Where in the table a change stands that people see in `state`."""
    return RESTING[held_state] if state == "on_hold" and held_state else state


def seen(where: str) -> tuple[str, str | None]:
    """The state that people see at a place of the table, and the state in which the change rested."""
    held_state = next((state for state, rest in RESTING.items() if rest == where), None)
    return ("on_hold", held_state) if held_state else (where, None)


def shown(where: str) -> str:
    """The state that people see at a place of the table."""
    return seen(where)[0]


def change_diagram() -> str:
    """The table of changes as a Mermaid diagram, with all resting places drawn as one."""
    return "\n".join(dict.fromkeys(re.sub(r"on_hold_\w+", "on_hold", CHANGE.mermaid()).splitlines()))
