"""The row of figures of an incident, computed from its observations in any order of arrival."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from operator import attrgetter
from uuid import UUID

from services.service_level.clocks.rules.measurement import Observation

RESOLVED = ("recovered", "closed")


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentObservation(Observation):
    """An observation as it is stored: the incident after a change, or a public answer in its work log.

    `subject` is the incident, or the entry of the work log. None: the value was not known then.
    """

    incident_id: UUID
    subject: UUID
    correlation_id: UUID
    historical: bool
    number: str | None = None
    priority: str | None = None
    service_id: UUID | None = None
    party_id: UUID | None = None
    team: str | None = None
    caller_id: UUID | None = None
    registered_by: str | None = None
    confidential_team_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """Priority, service and team are the last known ones; party, caller and confidentiality are as last observed.

    `responded_at` is the first state that is not `registered`; `restored_at` and `closed_at` are the last entries into
    `recovered` and `closed`. `changes` lists every step from one state to another as "a -> b". `historical`: it was registered
    in another system. `stale`: an agreement that may apply to it was changed, so its clocks are projected again.
    """

    id: UUID
    number: str
    correlation_id: UUID
    sequence: int
    registered_at: datetime
    observed_at: datetime
    state: str
    pending_reason: str | None
    priority: str | None
    service_id: UUID | None
    party_id: UUID | None
    team: str | None
    caller_id: UUID | None
    registered_by: str | None
    confidential_team_id: UUID | None
    responded_at: datetime | None
    restored_at: datetime | None
    closed_at: datetime | None
    reopens: int
    handovers: int
    paused_for_user: bool
    historical: bool
    changes: list[str]
    stale: bool = False


def incident_of(observations: Sequence[IncidentObservation]) -> Incident | None:
    """The incident; None while no state of it is known."""
    states = sorted((each for each in observations if each.state is not None), key=attrgetter("sequence"))
    if not states:
        return None
    first, last, latest_first = states[0], states[-1], states[::-1]
    entries = list(_entries(states))
    names = [name for _, name in entries]
    steps = list(pairwise(names))
    teams = [each.team for each in states if each.team is not None]
    return Incident(
        id=first.incident_id,
        number=last.number or "",
        correlation_id=first.correlation_id,
        sequence=last.sequence,
        registered_at=first.at,
        observed_at=max(each.at for each in observations),
        state=last.state or "",
        pending_reason=last.reason if last.state == "pending" else None,
        priority=next((each.priority for each in latest_first if each.priority), None),
        service_id=next((each.service_id for each in latest_first if each.service_id), None),
        party_id=last.party_id,
        caller_id=last.caller_id,
        confidential_team_id=last.confidential_team_id,
        team=teams[-1] if teams else None,
        registered_by=next((each.registered_by for each in states if each.registered_by), None),
        responded_at=next((at for at, name in entries if name != "registered"), None),
        restored_at=next((at for at, name in reversed(entries) if name == "recovered"), None),
        closed_at=next((at for at, name in reversed(entries) if name == "closed"), None),
        reopens=sum(before in RESOLVED and after not in RESOLVED for before, after in steps),
        handovers=sum(before != after for before, after in pairwise(teams)),
        paused_for_user="pending:user" in names,
        historical=first.historical,
        changes=[f"{before} -> {after}" for before, after in steps],
    )


def _entries(states: Iterable[IncidentObservation]) -> Iterable[tuple[datetime, str]]:
    """When the incident entered each state; time never runs backwards within it."""
    at, last = datetime.min.replace(tzinfo=UTC), None
    for each in states:
        at = max(at, each.at)
        name = f"pending:{each.reason}" if each.state == "pending" and each.reason else each.state or ""
        if name != last:
            yield at, name
        last = name
