"""Properties of the two tables: what no sequence of moves can do, for any facts."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.change.changes.schemas import ChangeMove
from services.change.lifecycles import (
    BEFORE_IMPLEMENTING,
    CHANGE,
    CHANGE_STATES,
    ON_HOLD,
    RFC,
    public_state,
    table_state,
)
from services.change.rfcs.schemas import RfcMove
from shared.contracts.change import ChangeEvent, RfcEvent
from shared.lifecycle import Lifecycle, MoveNotPermitted

WORK = {"in_preparation", "in_test", "released", "implementing", "implemented", "evaluated", "closed", "rolled_back"}
GOOD = {
    "reason": "because",
    "change_type": "normal",
    "impact": "low",
    "likelihood": "low",
    "value_stream": "renewal",
    "ki_ids": ["one"],
    **dict.fromkeys(("build_plan", "test_plan", "implementation_plan", "back_out_plan"), "as agreed"),
    "planned_start": 1,
    "planned_end": 2,
    "means_confirmed": True,
    "goal_reached": True,
    "evaluation": "good",
}
CHOICES = st.lists(st.integers(0, 59), min_size=30, max_size=60)
GIVING_UP = {"reject", "cancel"}  # left out of the walks, which would seldom get far otherwise
TRIGGERS = sorted({move.trigger for move in CHANGE.moves})


def walk(lifecycle: Lifecycle, choices: list[int]) -> list[str]:
    """The places passed when one of the possible moves is chosen at each, with all facts there."""
    places = [lifecycle.initial]
    for choice in choices:
        possible = [move for move in lifecycle.leaving(places[-1]) if move.trigger not in GIVING_UP]
        if not possible:
            break
        places.append(lifecycle.fire(places[-1], possible[choice % len(possible)].trigger, GOOD).target)
    return places


@given(CHOICES)
def test_no_work_before_it_is_authorised_and_no_implementation_before_it_is_released(choices: list[int]) -> None:
    states = [public_state(where) for where in walk(CHANGE, choices)]
    for index, state in enumerate(states):
        if state in WORK:
            assert "authorised" in states[:index]
        if state == "implementing":
            assert states[index - 1] == "released"


def reached_without(avoided: str) -> set[str]:
    """Every state that some sequence of moves leads to without passing `avoided`."""
    places, frontier = {CHANGE.initial}, [CHANGE.initial]
    while frontier:
        for move in CHANGE.leaving(frontier.pop()):
            if move.target != avoided and move.target not in places:
                places.add(move.target)
                frontier.append(move.target)
    return {public_state(where) for where in places}


def test_there_is_no_way_to_work_around_authorising_nor_to_implement_around_releasing() -> None:
    assert reached_without("authorised").isdisjoint(WORK)
    assert reached_without("released").isdisjoint({"implementing", "implemented", "evaluated", "closed", "rolled_back"})


@given(CHOICES)
def test_after_replanning_work_needs_authorising_again(choices: list[int]) -> None:
    states = [public_state(where) for where in walk(CHANGE, choices)]
    for index, state in enumerate(states):
        if state == "planned":
            following = next((later for later in states[index + 1 :] if later in WORK | {"authorised"}), None)
            assert following in (None, "authorised")


@given(CHOICES)
def test_a_change_goes_on_where_it_was(choices: list[int]) -> None:
    places = walk(CHANGE, choices)
    for before, rest, after in zip(places, places[1:], places[2:], strict=False):
        if rest in ON_HOLD.values():
            assert after in (before, "cancelled")


@given(st.sampled_from(CHANGE.states))
def test_everybody_sees_one_state_for_each_of_the_table(where: str) -> None:
    state = public_state(where)
    held = next((each for each in BEFORE_IMPLEMENTING if ON_HOLD[each] == where), None)
    assert table_state(state, held) == where
    assert state in CHANGE_STATES
    assert (held is not None) == (state == "on_hold")


@given(CHOICES)
def test_a_request_is_decided_once(choices: list[int]) -> None:
    places = walk(RFC, choices)
    assert all(where not in RFC.final for where in places[:-1])


@given(st.sampled_from(CHANGE.states), st.sampled_from(TRIGGERS))
def test_only_the_moves_of_the_table_are_possible(where: str, trigger: str) -> None:
    legal = trigger in {move.trigger for move in CHANGE.leaving(where)}
    if legal:
        assert CHANGE.knows(where, CHANGE.fire(where, trigger, GOOD).target)
    else:
        with pytest.raises(MoveNotPermitted):
            CHANGE.fire(where, trigger, GOOD)


@pytest.mark.parametrize("state", BEFORE_IMPLEMENTING)
def test_whatever_is_not_being_implemented_can_be_put_on_hold_or_given_up(state: str) -> None:
    assert {"hold", "cancel"} <= {move.trigger for move in CHANGE.leaving(state)}


def test_what_is_being_implemented_is_completed_or_rolled_back() -> None:
    assert {move.trigger for move in CHANGE.leaving("implementing")} == {"complete", "roll_back"}


def test_every_giving_up_needs_a_reason() -> None:
    explained = {"return", "reject", "forward", "cancel", "hold", "deny", "roll_back", "replan", "fail_test"}
    for move in (*RFC.moves, *CHANGE.moves):
        assert move.trigger not in explained or "reason" in move.requires


def test_api_and_table_know_the_same_triggers() -> None:
    for union, triggers in ((ChangeMove, set(TRIGGERS) - {"deny"}), (RfcMove, {move.trigger for move in RFC.moves})):
        models = get_args(get_args(union.__value__)[0])
        assert {get_args(model.model_fields["trigger"].annotation)[0] for model in models} == triggers


def test_every_move_has_its_event() -> None:
    for lifecycle, family in ((RFC, RfcEvent), (CHANGE, ChangeEvent)):
        kinds = {move.trigger: move.event for move in lifecycle.moves}
        assert all(issubclass(kind, family) for kind in kinds.values())
        assert len(set(kinds.values())) == len(kinds)
