"""Which events service level management handles: what happened to incidents. Copies handle theirs themselves."""

from collections.abc import Sequence

from services.service_level.clocks.commands import record_observations
from services.service_level.clocks.rules.incidents import IncidentObservation
from shared.contracts import incident
from shared.inbox import Handlers, ReceivedEvent
from shared.unit_of_work import Work


async def observe(work: Work, events: Sequence[ReceivedEvent]) -> None:
    """Update the clocks of incidents that changed, or whose users were answered by the provider."""
    relevant = [each for each in events if isinstance(each.event, incident.IncidentEvent) or _is_answer(each.event)]
    observations = [_observation(each) for each in relevant]
    causes = {one.incident_id: each.envelope for one, each in zip(observations, relevant, strict=True)}
    await record_observations(work, observations, causes)


def _is_answer(event: incident.WorkLogEntryAdded) -> bool:
    return event.public and event.by_provider


def _observation(received: ReceivedEvent) -> IncidentObservation:
    envelope, event = received.envelope, received.event
    change = isinstance(event, incident.IncidentEvent)
    return IncidentObservation(
        incident_id=envelope.subject if change else event.incident_id,
        subject=envelope.subject,
        sequence=envelope.sequence,
        at=envelope.time,
        correlation_id=envelope.correlationid,
        historical=envelope.historical,
        by_person=not change or (event.by_person and not event.by_client),
        reason=event.pending_reason if change else None,
        registered_by=getattr(event, "registered_by", None),
        **({name: getattr(event, name) for name in _OF_THE_INCIDENT} if change else {}),
    )


_OF_THE_INCIDENT = ("number", "state", "priority", "service_id", "party_id", "team", "caller_id")

HANDLERS: Handlers = {incident.IncidentEvent: observe, incident.WorkLogEntryAdded: observe}
