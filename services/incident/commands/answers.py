"""What other processes answered: knowledge's suggestions, and how change stands with what was asked of it."""

from collections.abc import Sequence

from uuid_utils.compat import uuid7

from services.incident import repository
from services.incident.commands.calls import answer, call_facts, close_call
from services.incident.commands.incidents import resume_if_waiting_for
from services.incident.errors import IncidentUnknown
from services.incident.models import Call, IncidentLink, Suggestion, SuggestionSet
from shared import clock
from shared.contracts.incident import CallRouted, IncidentLinkAdded, IncidentLinkChanged, SuggestionsReceived
from shared.inbox import Heard
from shared.unit_of_work import Work

RESOLVING = frozenset({"rejected", "forwarded_to_service_level", "implemented", "cancelled", "closed"})
ENDED = frozenset({"rejected", "cancelled", "closed", "forwarded_to_service_level"})


async def store_suggestions(work: Work, heard: Sequence[Heard]) -> None:
    """Keep what knowledge suggests, each item once per incident."""
    async with work:
        ids = [each.fact.incident_id for each in heard]
        incidents = await repository.known_incidents(work, ids)
        known = await repository.suggested_before(work, ids)
        stored = await repository.sets_before(work, [each.envelope.id for each in heard])
        now = clock.now()
        for each in heard:
            incident = incidents.get(each.fact.incident_id)
            if incident is None or each.envelope.id in stored:
                continue
            stored.add(each.envelope.id)
            record = {"version": 0, "correlation_id": incident.correlation_id, "created_at": now, "updated_at": now}
            new = [item for item in each.fact.suggestions if (incident.id, item.ki_id) not in known]
            known |= {(incident.id, item.ki_id) for item in new}
            work.insert(
                *(
                    Suggestion(
                        id=uuid7(),
                        incident_id=incident.id,
                        ki_id=item.ki_id,
                        ki_number=item.number,
                        ki_type=item.ki_type,
                        title=item.title,
                        rank=item.rank,
                        used_at=None,
                        **record,
                    )
                    for item in new
                )
            )
            answered = SuggestionSet(id=each.envelope.id, incident_id=incident.id, **record)
            work.insert(answered)
            said = SuggestionsReceived(incident_id=incident.id, count=len(each.fact.suggestions))
            work.emit(answered, said, about=incident.id, cause=each.envelope, value_stream="maintenance")


async def follow_requests(work: Work, heard: Sequence[Heard]) -> None:
    """Follow requests for change that an incident or a call asked for."""
    async with work:
        for each in heard:
            origin = each.fact.origin
            if origin is None or origin.service != "incident":
                continue
            if origin.type == "call":
                await _answer_call(work, each)
            else:
                await _follow(work, each, kind="rfc")


async def follow_changes(work: Work, heard: Sequence[Heard]) -> None:
    """Follow changes that carry out what an incident or a call asked for."""
    async with work:
        for each in heard:
            origin = each.fact.origin
            if origin is None or origin.service != "incident":
                continue
            if origin.type == "call":
                if each.fact.state in ENDED:
                    await close_call(work, origin.id)
            else:
                await _follow(work, each, kind="change")


async def _follow(work: Work, heard: Heard, *, kind: str) -> None:
    """Add or renew the link; an incident that waited for change goes on once change has spoken its last word."""
    fact, envelope = heard.fact, heard.envelope
    try:
        incident = await repository.incident(work, fact.origin.id, lock=True)
    except IncidentUnknown:
        return
    await work.flush()
    link = await repository.link_of_target(work, incident.id, envelope.subject)
    if link is None:
        now = clock.now()
        link = IncidentLink(
            id=uuid7(),
            incident_id=incident.id,
            kind=kind,
            reference=fact.number,
            target_id=envelope.subject,
            target_state=fact.state,
            target_sequence=envelope.sequence,
            version=0,
            correlation_id=incident.correlation_id,
            created_at=now,
            updated_at=now,
        )
        work.insert(link)
        said: IncidentLinkAdded | IncidentLinkChanged = IncidentLinkAdded(
            incident_id=incident.id, kind=kind, reference=fact.number
        )
    elif envelope.sequence <= (link.target_sequence or 0):
        return
    else:
        link.target_state, link.target_sequence = fact.state, envelope.sequence
        said = IncidentLinkChanged(incident_id=incident.id, kind=kind, reference=fact.number, state=fact.state)
    work.emit(link, said, about=incident.id, cause=envelope, value_stream="maintenance")
    if fact.state in RESOLVING:
        await resume_if_waiting_for(work, incident, "change")


async def _answer_call(work: Work, heard: Heard) -> None:
    call = await work.session.get(Call, heard.fact.origin.id, with_for_update=True)
    if call is None or call.state == "closed":
        return
    if call.record_id is None:
        answer(call, service="change", kind="rfc", identity=heard.envelope.subject, number=heard.fact.number)
        work.emit(call, CallRouted(**call_facts(call)), cause=heard.envelope, value_stream="renewal")
    if heard.fact.state in ENDED:
        await close_call(work, call.id)
