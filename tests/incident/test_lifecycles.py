"""The table of moves: no sequence of moves leads outside it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from services.incident.incidents.rules import MATRIX, priority_of
from services.incident.lifecycles import CLASSIFIED, ENDED, INCIDENT
from shared.contracts.roles import ADMINISTRATOR, ROLES, SERVICE_ACCOUNT
from shared.lifecycle import MoveNotPermitted

TRIGGERS = sorted({move.trigger for move in INCIDENT.moves})
LEVELS = ("high", "medium", "low")
fields = some.fixed_dictionaries(
    {},
    optional={
        "service_id": some.just("a service"),
        "impact": some.sampled_from(LEVELS),
        "urgency": some.sampled_from(LEVELS),
        "team_id": some.just("a team"),
        "pending_reason": some.sampled_from(["user", "change"]),
        "waiting_for": some.sampled_from(["user", "change"]),
        "solution": some.just("a solution"),
        "recovery": some.just("repair"),
        "reason": some.sampled_from(["", "a reason"]),
        "call_type": some.sampled_from(["incident", "rfc"]),
        "call_id": some.just("a call"),
        "ki_altered": some.booleans(),
        "change_linked": some.booleans(),
        "term_passed": some.booleans(),
    },
)


@given(some.lists(some.tuples(some.sampled_from(TRIGGERS), fields), max_size=30), some.sampled_from([None, *ROLES]))
def test_any_sequence_of_triggers_stays_inside_the_table(
    fired: list[tuple[str, dict[str, Any]]], role: str | None
) -> None:
    state, roles = INCIDENT.initial, None if role is None else {role}
    for trigger, facts in fired:
        allowed = {move.trigger: move for move in INCIDENT.permitted(state, roles)}
        known = {"state": state, **facts}
        move = allowed.get(trigger)
        if move is None or move.lacking(known) or move.refusals(known):
            with pytest.raises(MoveNotPermitted) as refusal:
                INCIDENT.fire(state, trigger, known, roles)
            assert set(refusal.value.permitted) == {name for name, each in allowed.items() if not each.refusals(known)}
            continue
        assert INCIDENT.fire(state, trigger, known, roles) is move
        assert all(facts.get(name) for name in move.requires)
        state = move.target
    assert state in INCIDENT.states


def test_the_states_are_those_that_events_know() -> None:
    assert INCIDENT.final == ("cancelled", "rerouted")
    assert set(ENDED) == {"closed", *INCIDENT.final}


def test_nothing_is_recovered_or_assigned_before_it_is_classified() -> None:
    leaving_the_unknown = [move for move in INCIDENT.moves if {"registered"} & set(move.sources)]
    assert {move.target for move in leaving_the_unknown if move.requires != CLASSIFIED} == {"cancelled", "rerouted"}


def test_an_incident_is_closed_only_after_it_was_recovered() -> None:
    assert {source for move in INCIDENT.moves if move.target == "closed" for source in move.sources} == {"recovered"}


def test_somebody_may_fire_every_move() -> None:
    known = {*ROLES, SERVICE_ACCOUNT} - {ADMINISTRATOR}
    for move in INCIDENT.moves:
        assert move.roles
        assert set(move.roles) <= known, move.trigger


def test_the_priority_is_known_as_soon_as_impact_and_urgency_are() -> None:
    assert set(MATRIX) == {(impact, urgency) for impact in LEVELS for urgency in LEVELS}
    assert {priority_of(impact, None) for impact in LEVELS} | {priority_of(None, urgency) for urgency in LEVELS} == {
        None
    }
    order = {level: place for place, level in enumerate(LEVELS)}
    for (impact, urgency), priority in MATRIX.items():
        for (other_impact, other_urgency), other in MATRIX.items():
            if order[impact] <= order[other_impact] and order[urgency] <= order[other_urgency]:
                assert priority <= other
