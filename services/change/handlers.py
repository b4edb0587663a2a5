"""What change does when another process speaks: the table at the end says which function hears which event."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from services.change.commands.copies import copy_items, copy_parties, copy_people, copy_services
from services.change.commands.rfcs import take_in
from shared.contracts import governance, incident, knowledge, service_level
from shared.inbox import Handlers, ReceivedEvent
from shared.unit_of_work import Work


async def take_in_calls(work: Work, heard: Sequence[ReceivedEvent]) -> None:
    """A call that asks for a change becomes a request."""
    await take_in(work, [(each.envelope, _called(each)) for each in _new(work, heard) if each.event.call_type == "rfc"])


async def take_in_incidents(work: Work, heard: Sequence[ReceivedEvent]) -> None:
    """An incident whose repair alters a managed item becomes the origin of a request."""
    await take_in(work, [(each.envelope, _requested(each)) for each in _new(work, heard)])


def _new(work: Work, heard: Sequence[ReceivedEvent]) -> list[ReceivedEvent]:
    """What may be answered: nothing of imported history, and nothing while feeds are folded again."""
    return [] if work.replaying else [each for each in heard if not each.envelope.historical]


def _called(heard: ReceivedEvent) -> dict[str, Any]:
    fact: incident.CallRouted = heard.event
    return {
        "title": fact.title,
        "description": fact.description,
        "requester_id": fact.caller_id,
        "party_id": fact.party_id,
        "service_id": fact.service_id,
        "ki_ids": [],
        "impact": fact.impact,
        "urgency": fact.urgency,
        "urgent": fact.urgency == "high",
        "origin": _origin("call", heard.envelope.subject, fact.number),
    }


def _requested(heard: ReceivedEvent) -> dict[str, Any]:
    fact: incident.IncidentChangeRequested = heard.event
    return {
        "title": fact.title,
        "description": fact.description,
        "requester_id": _person(heard),
        "caller_id": fact.caller_id,
        "party_id": fact.party_id,
        "service_id": fact.service_id,
        "ki_ids": [str(each) for each in fact.ki_ids],
        "urgent": fact.urgent,
        "origin": _origin("incident", fact.incident_id, fact.incident_number),
    }


def _person(heard: ReceivedEvent) -> UUID | None:
    """The human being who did it, as far as governance knows people."""
    actor = heard.envelope.actor
    try:
        return UUID(actor.id) if actor.type == "person" else None
    except ValueError:
        return None


def _origin(kind: str, identity: object, number: str) -> dict[str, Any]:
    return {"service": "incident", "type": kind, "id": str(identity), "number": number}


HANDLERS: Handlers = {
    governance.PartyRegistered: copy_parties,
    governance.PartyChanged: copy_parties,
    governance.PersonRegistered: copy_people,
    governance.PersonChanged: copy_people,
    service_level.ServiceRegistered: copy_services,
    service_level.ServiceChanged: copy_services,
    knowledge.KiRegistered: copy_items,
    knowledge.KiEdited: copy_items,
    knowledge.KiSubmitted: copy_items,
    knowledge.KiReturned: copy_items,
    knowledge.KiChanged: copy_items,
    knowledge.KiRetired: copy_items,
    incident.CallRouted: take_in_calls,
    incident.IncidentChangeRequested: take_in_incidents,
}
