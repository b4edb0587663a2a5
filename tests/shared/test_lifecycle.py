"""Lifecycles are tables: a contradiction stops the start, and a refusal says why."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.lifecycle import Facts, Lifecycle, Move, MoveNotPermitted


def too_heavy(facts: Facts) -> str | None:
    return "it is too heavy" if facts.get("weight") == 666 else None


PARCEL = Lifecycle(
    "parcel",
    "waiting",
    (
        Move("load", ("waiting", "returned"), "under way", guards=(too_heavy,)),
        Move("deliver", ("under way",), "delivered", requires=("receiver", "signature"), roles=("carrier",)),
        Move("return", ("under way",), "returned", requires=("reason",)),
        Move("give up", ("waiting", "returned"), "destroyed", roles=("postmaster",)),
    ),
    final=("delivered", "destroyed"),
)
TRIGGERS = sorted({move.trigger for move in PARCEL.moves})
FACTS = st.dictionaries(
    st.sampled_from(["receiver", "signature", "reason", "weight"]),
    st.sampled_from([None, "", (), [], "Ada", 0, False, 666]),
)


def test_a_permitted_move_tells_where_it_leads() -> None:
    assert PARCEL.fire("waiting", "load", {}).target == "under way"
    assert PARCEL.states == ("waiting", "returned", "under way", "delivered", "destroyed")


def test_a_move_that_the_state_does_not_know_names_those_that_it_knows() -> None:
    with pytest.raises(MoveNotPermitted) as refused:
        PARCEL.fire("waiting", "deliver", {})
    assert refused.value.permitted == ("load", "give up")
    assert refused.value.lacking == ()
    assert "it is waiting" in str(refused.value)


def test_a_move_that_lacks_facts_names_each_of_them() -> None:
    with pytest.raises(MoveNotPermitted) as refused:
        PARCEL.fire("under way", "deliver", {"receiver": ""})
    assert refused.value.lacking == ("receiver", "signature")


@pytest.mark.parametrize("value", [0, False, "x", 0.0])
def test_zero_and_no_are_facts_like_any_other(value: Any) -> None:
    assert PARCEL.fire("under way", "return", {"reason": value}).target == "returned"


def test_a_guard_refuses_with_its_sentence() -> None:
    with pytest.raises(MoveNotPermitted, match="it is too heavy") as refused:
        PARCEL.fire("waiting", "load", {"weight": 666})
    assert refused.value.because == ("it is too heavy",)


def test_a_move_that_a_guard_speaks_against_is_not_offered_instead() -> None:
    with pytest.raises(MoveNotPermitted) as refused:
        PARCEL.fire("waiting", "deliver", {"weight": 666})
    assert (refused.value.permitted, refused.value.because) == (("give up",), ("it is waiting",))
    options = {option.move.trigger: option for option in PARCEL.options("waiting", {"weight": 666})}
    assert options["load"].because == ("it is too heavy",)


def test_a_move_of_another_role_says_whose_it_is() -> None:
    with pytest.raises(MoveNotPermitted, match="postmaster") as refused:
        PARCEL.fire("waiting", "give up", {}, roles=["carrier"])
    assert refused.value.permitted == ("load",)
    assert PARCEL.fire("waiting", "give up", {}, roles=["postmaster", "x"]).target == "destroyed"


def test_who_holds_no_role_fires_nothing_not_even_a_move_that_names_none() -> None:
    assert [move.trigger for move in PARCEL.permitted("waiting", ["x"]) if not move.roles]
    assert PARCEL.permitted("waiting", []) == ()


def test_nothing_leaves_a_final_state() -> None:
    for state in PARCEL.final:
        assert PARCEL.permitted(state) == ()


CONTRADICTIONS = {
    "two ways by one trigger": (Move("go", ("a",), "b"), Move("go", ("a",), "c")),
    "a state that nothing leads to": (Move("go", ("a",), "b"), Move("leave", ("c",), "b")),
    "an end that is not named": (Move("go", ("a",), "b"), Move("stray", ("a",), "c")),
    "an end that something leaves": (Move("go", ("a",), "b"), Move("back", ("b",), "a")),
}


@pytest.mark.parametrize("moves", CONTRADICTIONS.values(), ids=CONTRADICTIONS.keys())
def test_a_table_that_contradicts_itself_does_not_start(moves: tuple[Move, ...]) -> None:
    with pytest.raises(ValueError, match=r"^letter: "):
        Lifecycle("letter", "a", moves, final=("b",))


@given(st.lists(st.tuples(st.sampled_from(TRIGGERS), FACTS), max_size=20))
def test_whatever_is_tried_a_parcel_stays_within_its_table(tries: list[tuple[str, dict[str, Any]]]) -> None:
    state = PARCEL.initial
    for trigger, facts in tries:
        known = {move.trigger: move for move in PARCEL.leaving(state)}
        move = known.get(trigger)
        if move is None or move.lacking(facts) or move.refusals(facts):
            with pytest.raises(MoveNotPermitted) as refused:
                PARCEL.fire(state, trigger, facts)
            assert refused.value.permitted == tuple(name for name, each in known.items() if not each.refusals(facts))
            assert refused.value.lacking or refused.value.because
        else:
            assert PARCEL.fire(state, trigger, facts) is move
            assert PARCEL.knows(state, move.target)
            state = move.target
        assert state in PARCEL.states


@given(st.sampled_from(PARCEL.states), st.sets(st.sampled_from(["carrier", "postmaster", "client"])))
def test_more_roles_never_permit_less(state: str, roles: set[str]) -> None:
    permitted = set(PARCEL.permitted(state, roles))
    assert permitted <= set(PARCEL.permitted(state))
    assert set(PARCEL.permitted(state, ())) <= permitted


def test_the_diagram_shows_every_move_and_every_end() -> None:
    lines = PARCEL.mermaid().splitlines()
    assert lines[:2] == ["stateDiagram-v2", "    [*] --> waiting"]
    assert "    returned --> under way: load" in lines
    assert "    delivered --> [*]" in lines
    assert len(lines) == 2 + sum(len(move.sources) for move in PARCEL.moves) + len(PARCEL.final)
