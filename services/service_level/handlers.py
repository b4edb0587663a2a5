"""What service level management does when another process speaks: it notes facts, and folds what follows from them."""

from collections.abc import Sequence

from services.service_level.commands import facts
from services.service_level.commands.copies import copy_parties
from services.service_level.domain.incidents import Noted
from shared.contracts import Envelope
from shared.contracts.governance import PartyChanged, PartyRegistered
from shared.contracts.incident import (
    IncidentAssigned,
    IncidentCancelled,
    IncidentChanged,
    IncidentClassified,
    IncidentClosed,
    IncidentEvent,
    IncidentPaused,
    IncidentRecovered,
    IncidentRegistered,
    IncidentReopened,
    IncidentRerouted,
    IncidentResumed,
    IncidentTaken,
)
from shared.contracts.records import NoteAdded
from shared.inbox import Handlers, ReceivedEvent
from shared.unit_of_work import Work


async def note_facts(work: Work, heard: Sequence[ReceivedEvent]) -> None:
    """Keep what incidents say of themselves and what their users were answered, and bring clocks and figures up to date."""
    noted, causes = [], {}
    for each in heard:
        fact = each.event
        if isinstance(fact, IncidentEvent):
            one = _change(each.envelope, fact)
        elif fact.public and fact.by_provider and fact.record.type == "incident":
            one = _answer(each.envelope, fact)
        else:
            continue
        noted.append(one)
        causes[one.incident_id] = each.envelope
    if noted:
        await facts.note(work, noted, causes)


def _change(envelope: Envelope, fact: IncidentEvent) -> Noted:
    return Noted(
        incident_id=envelope.subject,
        subject=envelope.subject,
        sequence=envelope.sequence,
        at=envelope.time,
        number=fact.number,
        correlation_id=envelope.correlationid,
        state=fact.state,
        reason=fact.pending_reason,
        priority=fact.priority,
        service_id=fact.service_id,
        party_id=fact.party_id,
        team=fact.team,
        by_person=fact.by_person and not fact.by_client,
        caller_id=fact.caller_id,
        registered_by=fact.registered_by if isinstance(fact, IncidentRegistered) else None,
        historical=envelope.historical,
    )


def _answer(envelope: Envelope, fact: NoteAdded) -> Noted:
    return Noted(
        incident_id=fact.record.id,
        subject=envelope.subject,
        sequence=envelope.sequence,
        at=envelope.time,
        number=None,
        correlation_id=envelope.correlationid,
        state=None,
        reason=None,
        priority=None,
        service_id=None,
        party_id=None,
        team=None,
        by_person=True,
        caller_id=None,
        registered_by=None,
        historical=envelope.historical,
    )


HANDLERS: Handlers = {
    PartyRegistered: copy_parties,
    PartyChanged: copy_parties,
    IncidentRegistered: note_facts,
    IncidentClassified: note_facts,
    IncidentChanged: note_facts,
    IncidentAssigned: note_facts,
    IncidentTaken: note_facts,
    IncidentPaused: note_facts,
    IncidentResumed: note_facts,
    IncidentRecovered: note_facts,
    IncidentReopened: note_facts,
    IncidentClosed: note_facts,
    IncidentCancelled: note_facts,
    IncidentRerouted: note_facts,
    NoteAdded: note_facts,
}
