"""Which agreement a record falls under: one rule, the same answer whatever the order in which agreements are listed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from services.service_level.domain.clocks import Target
from shared.business_time import Calendar


@dataclass(frozen=True, slots=True)
class Version:
    """What an agreement said from one moment until (not including) another; targets by kind and priority."""

    number: int
    in_force_from: datetime
    in_force_until: datetime | None = None
    calendar: Calendar | None = None
    targets: Mapping[tuple[str, str], Target] = field(default_factory=dict)

    def in_force(self, at: datetime) -> bool:
        """Whether the version held at that moment."""
        return self.in_force_from <= at and (self.in_force_until is None or at < self.in_force_until)

    def target(self, kind: str, priority: str) -> Target | None:
        """The target for that kind and priority; None when none was agreed: a missing target is no clock."""
        return self.targets.get((kind, priority))


@dataclass(frozen=True, slots=True)
class Agreement:
    """An agreement for a party, a service, both, or neither: the standard one. The lower `order` wins a tie."""

    id: str
    party: str | None = None
    service: str | None = None
    order: int = 0
    versions: tuple[Version, ...] = ()

    def version_at(self, at: datetime) -> Version | None:
        """The latest version in force at that moment; None when the agreement did not hold then."""
        return max((version for version in self.versions if version.in_force(at)), key=_number, default=None)


class Choice(NamedTuple):
    """The agreement a record falls under and the version that was in force when it was registered."""

    agreement: Agreement
    version: Version


# The most specific first: (for this party, for this service).
PRECEDENCE = ((True, True), (False, True), (True, False), (False, False))


def choose(
    agreements: Iterable[Agreement], party: str | None, service: str | None, registered_at: datetime
) -> Choice | None:
    """The valid agreement for the party and service, else for the service, else for the party, else the standard one.

    Valid is what had a version in force at registration. Of equals the lowest `order` wins, then the lowest id. None when
    nothing fits.
    """
    best: tuple[tuple[int, int, str], Choice] | None = None
    for agreement in agreements:
        if agreement.party not in (None, party) or agreement.service not in (None, service):
            continue
        version = agreement.version_at(registered_at)
        if version is None:
            continue
        place = PRECEDENCE.index((agreement.party is not None, agreement.service is not None))
        rank = (place, agreement.order, agreement.id)
        if best is None or rank < best[0]:
            best = rank, Choice(agreement, version)
    return best[1] if best else None


def _number(version: Version) -> int:
    return version.number
