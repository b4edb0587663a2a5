"""The tables of risk, approvals and tests, and the guards that use them."""

from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.change.approvals import rules as approvals
from services.change.changes.rules import MATRIX
from services.change.checks import rules as guards
from services.change.lifecycles import CHANGE
from services.change.test_runs import rules as testing
from shared.contracts.change import Approver, ChangeType, Level

RANK = {"low": 0, "medium": 1, "high": 2}
TYPES, LEVELS = get_args(ChangeType), get_args(Level)


def test_risk_never_falls_when_impact_or_likelihood_rises() -> None:
    assert len(MATRIX) == 9
    for (impact, likelihood), risk in MATRIX.items():
        for (other, chance), more in MATRIX.items():
            if RANK[other] >= RANK[impact] and RANK[chance] >= RANK[likelihood]:
                assert RANK[more] >= RANK[risk]


def test_no_change_goes_without_approval() -> None:
    assert all(approvals.needed(kind, risk) for kind in TYPES for risk in LEVELS)


def test_more_risk_never_needs_fewer_approvals() -> None:
    for kind in TYPES:
        low, medium, high = (set(approvals.needed(kind, risk)) for risk in ("low", "medium", "high"))
        assert low <= medium <= high


@given(st.sampled_from(TYPES), st.sampled_from(LEVELS), st.sets(st.sampled_from(get_args(Approver))))
def test_what_is_missing_and_what_is_given_make_what_is_needed(kind: ChangeType, risk: Level, given: set[str]) -> None:
    missing = set(approvals.missing(kind, risk, given))
    assert missing.isdisjoint(given)
    assert missing | (given & set(approvals.needed(kind, risk))) == set(approvals.needed(kind, risk))


def test_even_an_emergency_passes_a_technical_test() -> None:
    assert all("technical" in testing.MANDATORY[kind] for kind in TYPES)
    assert testing.missing("emergency", {}) == ("technical",)
    assert testing.missing("emergency", {"technical": "passed"}) == ()


def test_a_failed_test_of_any_kind_is_still_to_be_passed() -> None:
    assert testing.missing("emergency", {"technical": "passed", "acceptance": "failed"}) == ("acceptance",)


@pytest.mark.parametrize("seconds", [0, -1, -86_400])
def test_a_window_that_does_not_end_after_its_start_is_refused(seconds: int) -> None:
    start = datetime(2027, 3, 1, tzinfo=UTC)
    facts = {"planned_start": start, "planned_end": start + timedelta(seconds=seconds)}
    assert guards.ends_after_it_starts(facts)
    assert not guards.ends_after_it_starts({**facts, "planned_end": start + timedelta(seconds=1)})


def test_means_that_are_not_confirmed_stop_a_plan() -> None:
    plan = next(move for move in CHANGE.moves if move.trigger == "plan")
    assert guards.means_are_confirmed({"means_confirmed": False})
    assert "means_confirmed" in plan.lacking({"means_confirmed": None})


def test_only_an_emergency_goes_before_who_holds_the_window() -> None:
    assert guards.calendar_is_free({"blocking": ("CHG-000001",), "change_type": "normal"})
    assert not guards.calendar_is_free({"blocking": ("CHG-000001",), "change_type": "emergency"})
