"""The projection decides everything that follows from observations: clocks, and announcements, each one once."""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.service_level.agreements.rules import Terms
from services.service_level.clocks.rules.incidents import IncidentObservation
from services.service_level.clocks.rules.measurement import Target
from services.service_level.clocks.rules.projection import Announced, Before, Projection, project
from shared.contracts.service_level import ClockBreached, ClockBreachWithdrawn, ClockEvent, ClocksStarted

INCIDENT, GOLD, SILVER, PARTY = (UUID(int=n) for n in (1, 2, 3, 4))
START = datetime(2026, 11, 23, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
TARGETS = {
    ("response", "P1"): Target("response", 3_600),
    ("restore", "P1"): Target("restore", 4 * 3_600),
    ("restore", "P2"): Target("restore", 8 * 3_600),
}
STANDARD = Terms(SILVER, 1, START - 1000 * HOUR, targets=TARGETS)
FOR_THE_PARTY = Terms(
    GOLD, 1, START - 1000 * HOUR, party_id=PARTY, targets={("restore", "P1"): Target("restore", 7_200)}
)
NOTHING = Before({}, {})


def seen(sequence: int, hours: float, state: str = "registered", **more: Any) -> IncidentObservation:
    """The incident after a change, so many hours after its registration."""
    given = {"priority": "P1", "number": "INC-000001", "by_person": True, "historical": False} | more
    return IncidentObservation(
        sequence=sequence,
        at=START + hours * HOUR,
        state=state,
        incident_id=INCIDENT,
        subject=INCIDENT,
        correlation_id=INCIDENT,
        **given,
    )


def at(hours: float) -> datetime:
    return START + hours * HOUR


def published(projection: Projection, before: Before) -> Before:
    """What there is once the projection has been published and stored."""
    announced = dict(before.announced)
    for announcement in projection.announcements:
        event, subject = announcement.event, announcement.subject
        if isinstance(event, ClocksStarted):
            for started in event.clocks:
                said = ClockEvent(record=event.record, priority=event.priority, **started.model_dump())
                announced[started.clock_id] = Announced(last=said)
        known = announced.get(subject.id, Announced())
        last = event if isinstance(event, ClockEvent) else None
        announced[subject.id] = Announced(known.events + 1, known.sequence + 1, announcement.at, last)
    return Before({clock.id: clock for clock in projection.clocks}, announced)


class Story:
    """An incident that is projected again with each observation, and at other moments."""

    def __init__(self, agreements: Sequence[Terms] = (STANDARD,)) -> None:
        self.agreements, self.observations, self.before = agreements, [], NOTHING
        self.projection = Projection()

    def goes_on(self, *observations: IncidentObservation, hours: float) -> list[tuple[Any, ...]]:
        """What is announced of the restore clock then: type, reason or percentage, state, hours until it is due."""
        self.observations += observations
        self.projection = project(self.observations, self.agreements, self.before, at(hours))
        self.before = published(self.projection, self.before)
        events = [each.event for each in sorted(self.projection.announcements, key=lambda each: each.at)]
        return [
            (
                event.type.split(".")[1],
                getattr(event, "reason", None) or getattr(event, "percent", None),
                event.state,
                (event.due_at - START) / HOUR if event.due_at else None,
            )
            for event in events
            if isinstance(event, ClockEvent) and event.target == "restore"
        ]


def test_each_move_of_the_due_moment_is_announced_with_its_reason() -> None:
    story = Story()
    assert story.goes_on(seen(1, 0), hours=0) == []
    assert isinstance(story.projection.announcements[0].event, ClocksStarted)
    assert story.goes_on(seen(2, 1, "in_recovery"), hours=1) == []
    paused = seen(3, 1.5, "pending", reason="user")
    assert story.goes_on(paused, hours=1.5) == [("changed", "paused", "paused", None)]
    assert story.goes_on(seen(4, 2.5, "in_recovery"), hours=2.5) == [("changed", "resumed", "running", 5)]
    assert story.goes_on(seen(5, 3, "in_recovery", priority="P2"), hours=3) == [("changed", "priority", "running", 9)]
    story.agreements = (STANDARD, FOR_THE_PARTY)
    assert story.goes_on(hours=3.1) == []
    gold = seen(6, 3.2, "in_recovery", priority="P1", party_id=PARTY)
    announced = story.goes_on(gold, hours=3.2)
    assert announced[-1] == ("changed", "agreement", "running", 3)
    assert story.goes_on(seen(7, 3.3, "recovered", party_id=PARTY), hours=3.3) == [("changed", "stopped", "stopped", 3)]
    assert story.goes_on(seen(8, 3.4, "in_recovery", party_id=PARTY), hours=3.4)[0][:3] == (
        "changed",
        "resumed",
        "running",
    )
    assert story.goes_on(seen(9, 3.5, "cancelled", party_id=PARTY), hours=3.5)[-1][:3] == (
        "changed",
        "cancelled",
        "cancelled",
    )


def test_an_observation_that_arrives_late_corrects_what_was_announced() -> None:
    story = Story()
    story.goes_on(seen(1, 0), seen(4, 2, "in_recovery"), hours=2)
    assert story.goes_on(seen(2, 0.5, "pending", reason="user"), hours=2.1) == [
        ("changed", "corrected", "running", 5.5)
    ]


def test_a_clock_that_is_no_longer_agreed_is_cancelled_and_goes_on_when_it_is_agreed_again() -> None:
    story = Story()
    story.goes_on(seen(1, 0), hours=0)
    assert story.goes_on(seen(2, 1, priority="P3"), hours=1) == [("changed", "cancelled", "cancelled", None)]
    assert story.projection.clocks == []
    assert story.goes_on(seen(3, 2, priority="P1"), hours=2)[-1] == ("changed", "resumed", "running", 4)


def test_a_breach_that_did_not_happen_is_withdrawn_and_the_levels_are_open_again() -> None:
    story = Story()
    story.goes_on(seen(1, 0), hours=0)
    assert [kind for kind, *_ in story.goes_on(hours=5)] == ["at_risk", "at_risk", "at_risk", "breached"]
    late = seen(2, 0.5, "pending", reason="user")
    assert [kind for kind, *_ in story.goes_on(late, hours=5)] == ["changed", "breach_withdrawn"]
    assert [kind for kind, *_ in story.goes_on(seen(3, 6, "in_recovery"), hours=8)][1:] == ["at_risk"]


def test_of_imported_history_only_another_agreement_is_announced() -> None:
    story = Story()
    story.goes_on(seen(1, 0, historical=True), seen(2, 5, "recovered", historical=True), hours=900)
    assert story.projection.announcements == []
    assert [clock.verdict for clock in story.projection.clocks if clock.target == "restore"] == ["breached"]
    story.agreements = (Terms(GOLD, 2, START - HOUR, rank=-1, targets=TARGETS),)
    (response, restore) = (story.goes_on(hours=901), story.projection.announcements)
    assert response == [("changed", "agreement", "stopped", 4)]
    assert all(each.historical for each in restore)


STATES = ("registered", "in_recovery", "pending", "recovered", "cancelled")
steps = st.lists(
    st.tuples(
        st.floats(0, 6),
        st.sampled_from(STATES),
        st.sampled_from(["user", "supplier"]),
        st.sampled_from(["P1", "P2", "P3", None]),
        st.sampled_from([PARTY, None]),
    ),
    min_size=1,
    max_size=7,
)


@settings(deadline=None)
@given(steps, st.data())
def test_what_was_announced_last_is_what_is_stored_in_any_order_and_nothing_is_announced_twice(
    moves: list[tuple[float, str, str, str | None, UUID | None]], data: st.DataObject
) -> None:
    observations = [
        seen(n, hours, state, reason=reason, priority=priority, party_id=party)
        for n, (hours, state, reason, priority, party) in enumerate(moves, 1)
    ]
    agreements = (STANDARD, FOR_THE_PARTY)
    before, known, hours = NOTHING, [], 0.0
    breaches: dict[UUID, int] = {}
    for observation in data.draw(st.permutations(observations)):
        known.append(observation)
        hours += data.draw(st.floats(0, 4))
        untouched = deepcopy(before)
        projection = project(known, agreements, before, at(hours))
        assert before == untouched
        for announcement in projection.announcements:
            change = isinstance(announcement.event, ClockBreached) - isinstance(
                announcement.event, ClockBreachWithdrawn
            )
            subject = announcement.subject.id
            breaches[subject] = breaches.get(subject, 0) + change
            assert breaches[subject] in (0, 1)
        before = published(projection, before)
        for clock in projection.clocks:
            last = before.announced[clock.id].last
            assert last is not None
            assert (last.state, last.due_at, last.priority) == (clock.state, clock.due_at, clock.priority)
            assert (last.agreement_id, last.target_seconds) == (clock.agreement_id, clock.target_seconds)
        again = project(known, agreements, before, at(hours))
        assert again.announcements == []
    straight = project(observations, agreements, NOTHING, at(hours))
    assert measured(projection) == measured(straight)


def measured(projection: Projection) -> list[dict[str, Any]]:
    """The clocks without what depends on when they were projected and on what was announced by then."""
    passing = ("version", "updated_at", "level", "announced_until", "next_at")
    return [
        {name: value for name, value in asdict(clock).items() if name not in passing} for clock in projection.clocks
    ]


@pytest.mark.parametrize("kind", ["response", "restore"])
def test_a_clock_has_the_same_id_for_ever(kind: str) -> None:
    story = Story()
    story.goes_on(seen(1, 0), hours=0)
    assert uuid5(INCIDENT, kind) in {clock.id for clock in story.projection.clocks}
