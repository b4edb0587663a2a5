"""What an incident's events say about it, and what every record that belongs to it begins with."""

from uuid import UUID

from uuid_utils.compat import uuid7

from services.incident.commands.capacity import for_client
from services.incident.models import Incident
from shared import clock
from shared.unit_of_work import Work


def facts_of(work: Work, incident: Incident) -> dict[str, object]:
    """The fields that every event of an incident carries: how it is after the change, and by which side it was done."""
    return {
        "number": incident.number,
        "state": incident.state,
        "pending_reason": incident.pending_reason,
        "impact": incident.impact,
        "urgency": incident.urgency,
        "priority": incident.priority,
        "service_id": incident.service_id,
        "party_id": incident.party_id,
        "team": str(incident.team_id) if incident.team_id else incident.foreign.get("team"),
        "by_person": work.actor.type == "person",
        "by_client": for_client(work, incident),
        "caller_id": incident.caller_id,
    }


def belonging_to(incident: Incident) -> dict[str, object]:
    """The first columns of a new record that belongs to an incident: of its chain, made now."""
    now = clock.now()
    return {
        "id": uuid7(),
        "incident_id": incident.id,
        "version": 0,
        "correlation_id": incident.correlation_id,
        "created_at": now,
        "updated_at": now,
    }


def person_of(work: Work) -> UUID | None:
    """The human being who asks; `None` for service accounts and the service itself."""
    return work.caller.person if work.caller and work.actor.type == "person" else None
