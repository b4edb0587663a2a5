"""Which agreement a record falls under, and which versions of one come into force."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from services.service_level.clocks.rules.measurement import Target
from shared.business_time import Calendar


@dataclass(frozen=True, slots=True)
class Terms:
    """What one version of an agreement says, for records registered from `in_force_from` until before `in_force_until`.

    The agreement is for a party, a service, both, or neither: the standard one. `targets` are by kind and priority.
    """

    agreement_id: UUID
    version: int
    in_force_from: datetime
    in_force_until: datetime | None = None
    party_id: UUID | None = None
    service_id: UUID | None = None
    rank: int = 0
    calendar: Calendar | None = None
    targets: Mapping[tuple[str, str], Target] = field(default_factory=dict)

    def apply_to(self, party_id: UUID | None, service_id: UUID | None, registered_at: datetime) -> bool:
        """Whether they apply to a record of this party and service that was registered at this moment."""
        return (
            self.party_id in (None, party_id)
            and self.service_id in (None, service_id)
            and self.in_force_from <= registered_at
            and (self.in_force_until is None or registered_at < self.in_force_until)
        )


def choose(
    terms: Iterable[Terms], party_id: UUID | None, service_id: UUID | None, registered_at: datetime
) -> Terms | None:
    """The terms for the party and service, else for the service, else for the party, else the standard ones.

    Only what was in force at registration counts. Of equals the lowest `rank` wins, then the lowest id; of the versions of one
    agreement the last. None when nothing applies. The order of `terms` does not matter.
    """
    return min(
        (each for each in terms if each.apply_to(party_id, service_id, registered_at)), key=_precedence, default=None
    )


def _precedence(terms: Terms) -> tuple[bool, bool, int, str, int]:
    # a service is more specific than a party, and either more than none
    return terms.service_id is None, terms.party_id is None, terms.rank, str(terms.agreement_id), -terms.version


def coming_into_force(
    versions: Iterable[tuple[int, datetime]], announced: int, until: datetime
) -> list[tuple[int, datetime]]:
    """The versions (number and begin) after number `announced` that came into force by `until`, in their order.

    Of several with the same begin only the last one ever came into force.
    """
    latest = {begins: number for number, begins in sorted(versions) if number > announced and begins <= until}
    return [(number, begins) for begins, number in sorted(latest.items())]
