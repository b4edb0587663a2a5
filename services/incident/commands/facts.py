"""What an incident's events say about it."""

from services.incident.models import Incident
from shared.unit_of_work import Work


def facts_of(work: Work, incident: Incident) -> dict[str, object]:
    """The fields that every event of an incident carries: how it is after the change, and whether a human being did it."""
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
    }
