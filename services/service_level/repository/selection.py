"""Which incidents a report is about: filters as one condition over the incident table."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_

from services.service_level.models import IncidentRow
from services.service_level.repository.clocks import seen_by
from shared.access import Caller


@dataclass(frozen=True, slots=True)
class Selection:
    """Incidents registered from `begins` until (not including) `ends`, of this service, priority, team and party."""

    begins: datetime | None = None
    ends: datetime | None = None
    service_id: UUID | None = None
    priority: str | None = None
    team: str | None = None
    party_id: UUID | None = None

    def condition(self, caller: Caller | None) -> ColumnElement[bool]:
        """The condition, within what the caller may see; priority, service and team are the last known, the party that of now."""
        incident = IncidentRow.__table__.c
        wanted = [seen_by(caller)]
        if self.begins is not None:
            wanted.append(incident.registered_at >= self.begins)
        if self.ends is not None:
            wanted.append(incident.registered_at < self.ends)
        for column, value in (
            (incident.service_id, self.service_id),
            (incident.priority, self.priority),
            (incident.team, self.team),
            (incident.party_id, self.party_id),
        ):
            if value is not None:
                wanted.append(column == value)
        return and_(*wanted)
