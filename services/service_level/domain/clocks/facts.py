"""What a clock is told: facts, put in their order and turned into the course of a record's life."""

from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from typing import Literal, NamedTuple

from services.service_level.domain.clocks.targets import Kind, State


class Fact(NamedTuple):
    """One thing that happened to a record.

    `state`: the record is in `state` from `at` on (the first one is its registration); `sequence` is the record's own and
    gives the order. `answer`: the waiting user got a public answer; its place is given by `at` alone. `by_person`: a human
    being of the provider's or a supplier's side did it; what the waiting side does itself is no answer to it.
    """

    sequence: int
    at: datetime
    kind: Literal["state", "answer"]
    state: str = ""
    reason: str | None = None
    by_person: bool = False


class HistoryEmpty(ValueError):
    """A clock was asked for a record of which no state is known yet."""


class Step(NamedTuple):
    """From `at` on a clock is in `state`, because of `why` (a state of the record, or `answer`)."""

    at: datetime
    state: State
    why: str


def course(kind: Kind, pause_reasons: Collection[str], history: Iterable[Fact]) -> list[Step]:
    """The states of a clock in their order, each different from the one before; time never runs backwards.

    A kind that ends with the response has its last step there, or where the record was cancelled before.
    Raises `HistoryEmpty` when no state is known.
    """
    facts = list(history)
    states = sorted((fact for fact in facts if fact.kind == "state"), key=_place)
    if not states:
        raise HistoryEmpty("no state of the record is known")
    at = _second(states[0].at)
    answers = [max(_second(fact.at), at) for fact in facts if fact.kind == "answer"]
    answered = min(answers) if kind.ends_with_response and answers else None
    steps: list[Step] = []
    for fact in states:
        at = max(at, _second(fact.at))
        if answered is not None and steps and answered <= at:
            break
        if kind.ends_with_response and fact.by_person and fact.state != "registered":
            return [*steps, Step(at, State.STOPPED, fact.state)]
        state = (
            State.PAUSED if kind.pauses and _pauses(fact, pause_reasons) else kind.states.get(fact.state, State.RUNNING)
        )
        why = f"{fact.state}:{fact.reason}" if fact.state == "pending" and fact.reason else fact.state
        if not steps or (state, why) != steps[-1][1:]:
            steps.append(Step(at, state, why))
        if kind.ends_with_response and state is State.CANCELLED:
            return steps
    if answered is not None:
        steps.append(Step(answered, State.STOPPED, "answer"))
    return steps


def _place(fact: Fact) -> tuple[int, datetime, str, str]:
    return fact.sequence, fact.at, fact.state, fact.reason or ""


def _pauses(fact: Fact, pause_reasons: Collection[str]) -> bool:
    return fact.state == "pending" and fact.reason in pause_reasons


def _second(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(microsecond=0)
