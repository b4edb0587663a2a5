"""What the facts of an incident say about it: one row of figures, folded from them in the order of their sequence."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple
from uuid import UUID

from services.service_level.domain.clocks import Fact

STANDSTILL = ("recovered", "closed")


class Noted(NamedTuple):
    """One fact as it is kept: an incident after a change, or (without a state) a public answer in its work log.

    `subject` is the incident, or the entry of the work log; a value that is None was not known then. `by_person`: somebody
    of the provider's or a supplier's side did it.
    """

    incident_id: UUID
    subject: UUID
    sequence: int
    at: datetime
    number: str | None
    correlation_id: UUID
    state: str | None
    reason: str | None
    priority: str | None
    service_id: UUID | None
    party_id: UUID | None
    team: str | None
    by_person: bool
    caller_id: UUID | None
    registered_by: str | None
    historical: bool


class Figures(NamedTuple):
    """An incident as its facts tell it. Priority, service and team are the last known; instants are entries.
    `party_id` and `caller_id` say whose it is as things stand, `registered_by` the id of whoever registered it.

    `responded_at`: the first state that is not `registered`; `restored_at`, `closed_at`: the last entry into `recovered` and
    `closed`. `changes` lists every step from one state to another as "a -> b". `historical`: it was registered elsewhere.
    """

    number: str
    correlation_id: UUID
    sequence: int
    registered_at: datetime
    state: str
    pending_reason: str | None
    priority: str | None
    service_id: UUID | None
    party_id: UUID | None
    team: str | None
    caller_id: UUID | None
    registered_by: str | None
    responded_at: datetime | None
    restored_at: datetime | None
    closed_at: datetime | None
    reopens: int
    handovers: int
    paused_for_user: bool
    historical: bool
    changes: list[str]


def figures_of(facts: Iterable[Noted]) -> Figures | None:
    """The figures of one incident, the same in whatever order its facts are given; None while no state is known."""
    told = sorted((fact for fact in facts if fact.state is not None), key=_place)
    if not told:
        return None
    first, last = told[0], told[-1]
    entries = _entries(told)
    names = [name for _, name in entries]
    steps = list(pairwise(names))
    teams = [fact.team for fact in told if fact.team is not None]
    return Figures(
        number=last.number or "",
        correlation_id=first.correlation_id,
        sequence=last.sequence,
        registered_at=first.at,
        state=last.state or "",
        pending_reason=last.reason if last.state == "pending" else None,
        priority=next((fact.priority for fact in reversed(told) if fact.priority), None),
        service_id=next((fact.service_id for fact in reversed(told) if fact.service_id), None),
        party_id=last.party_id,
        team=teams[-1] if teams else None,
        caller_id=last.caller_id,
        registered_by=next((fact.registered_by for fact in told if fact.registered_by), None),
        responded_at=next((at for at, name in entries if name != "registered"), None),
        restored_at=next((at for at, name in reversed(entries) if name == "recovered"), None),
        closed_at=next((at for at, name in reversed(entries) if name == "closed"), None),
        reopens=sum(before in STANDSTILL and after not in STANDSTILL for before, after in steps),
        handovers=sum(before != after for before, after in pairwise(teams)),
        paused_for_user="pending:user" in names,
        historical=first.historical,
        changes=[f"{before} -> {after}" for before, after in steps],
    )


def history_of(facts: Iterable[Noted]) -> list[Fact]:
    """The same facts as clocks read them."""
    return [
        Fact(fact.sequence, fact.at, "answer")
        if fact.state is None
        else Fact(fact.sequence, fact.at, "state", fact.state, fact.reason, fact.by_person)
        for fact in facts
    ]


def _entries(told: Sequence[Noted]) -> list[tuple[datetime, str]]:
    """When the incident came into each state; time never runs backwards within it."""
    entries: list[tuple[datetime, str]] = []
    at = told[0].at
    for fact in told:
        at = max(at, fact.at)
        name = f"pending:{fact.reason}" if fact.state == "pending" and fact.reason else fact.state or ""
        if not entries or name != entries[-1][1]:
            entries.append((at, name))
    return entries


def _place(fact: Noted) -> int:
    return fact.sequence
