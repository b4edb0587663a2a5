"""What other processes answered: knowledge's suggestions, and how change stands with what was asked of it."""

from collections.abc import Sequence

from services.incident import repository
from services.incident.commands.calls import call_facts, end_call, link_record, value_stream_of
from services.incident.commands.facts import belonging_to
from services.incident.commands.moves import resume_if_waiting_for
from services.incident.domain.routing import ROUTES
from services.incident.models import Call, Incident, IncidentLink, Suggestion, SuggestionSet
from shared.contracts.change import ChangeChanged
from shared.contracts.incident import (
    CallChanged,
    CallLinked,
    IncidentLinkAdded,
    IncidentLinkChanged,
    SuggestionsReceived,
)
from shared.inbox import ReceivedEvent
from shared.unit_of_work import Work

#: what change says last about a request or a change, or what asks us to act: whoever waits for it goes on
RESUMING = frozenset({"rejected", "returned", "forwarded_to_service_level", "implemented", "cancelled", "closed"})
#: the states in which change is done with a request or a change
ENDED = frozenset({"rejected", "cancelled", "closed", "forwarded_to_service_level"})


async def store_suggestions(work: Work, heard: Sequence[ReceivedEvent]) -> None:
    """Keep what knowledge suggests: each item once per incident, with the highest rank it ever got, in any order of arrival."""
    async with work:
        ids = [each.event.incident_id for each in heard]
        incidents = {incident.id: incident for incident in await repository.incidents.several(work, ids)}
        known = {(one.incident_id, one.ki_id): one for one in await repository.belongings.suggestions_of(work, ids)}
        stored = await repository.belongings.sets_before(work, [each.envelope.id for each in heard])
        for each in heard:
            incident = incidents.get(each.event.incident_id)
            if incident is None or each.envelope.id in stored:
                continue
            stored.add(each.envelope.id)
            new = 0
            for item in each.event.suggestions:
                before = known.get((incident.id, item.ki_id))
                if before is not None:
                    before.rank = max(before.rank, item.rank)
                    continue
                new += 1
                known[incident.id, item.ki_id] = one = Suggestion(
                    **belonging_to(incident),
                    ki_id=item.ki_id,
                    ki_number=item.number,
                    ki_type=item.ki_type,
                    title=item.title,
                    rank=item.rank,
                    used_at=None,
                )
                work.insert(one)
            answered = SuggestionSet(**{**belonging_to(incident), "id": each.envelope.id})
            work.insert(answered)
            if new:
                said = SuggestionsReceived(incident_id=incident.id, count=new)
                work.emit(answered, said, about=incident.id, cause=each.envelope, value_stream="maintenance")


async def follow_requests(work: Work, heard: Sequence[ReceivedEvent]) -> None:
    """Follow requests for change that an incident or a call asked for."""
    async with work:
        await _renew_links(work, _asked_by("incident", heard), kind="rfc")
        asked = _asked_by("call", heard)
        calls = await repository.calls.locked(work, [each.event.origin.id for each in asked])
        for each in asked:
            call = calls.get(each.event.origin.id)
            if call is None or not _routed_to(call, each) or call.record_id not in (None, each.envelope.subject):
                continue
            renewed = _note_reason(call, each)
            if call.record_id is None:
                _link(work, call, each)
            elif renewed and each.event.state not in ENDED:
                told = CallChanged(**call_facts(call))
                work.emit(call, told, cause=each.envelope, value_stream=value_stream_of(call))
            if each.event.state in ENDED:
                end_call(work, call, cause=each.envelope)


async def follow_changes(work: Work, heard: Sequence[ReceivedEvent]) -> None:
    """Follow changes that carry out what an incident or a call asked for."""
    async with work:
        await _renew_links(work, _asked_by("incident", heard), kind="change")
        ended = [each for each in _asked_by("call", heard) if each.event.state in ENDED]
        calls = await repository.calls.locked(work, [each.event.origin.id for each in ended])
        for each in ended:
            call = calls.get(each.event.origin.id)
            if call is not None and call.record_id in (None, each.event.rfc_id):
                call.reason = call.reason if call.state == "closed" else each.event.reason
                end_call(work, call, cause=each.envelope)


def _asked_by(kind: str, heard: Sequence[ReceivedEvent]) -> list[ReceivedEvent]:
    origins = [(each, each.event.origin) for each in heard]
    return [each for each, origin in origins if origin and (origin.service, origin.type) == ("incident", kind)]


def _routed_to(call: Call, heard: ReceivedEvent) -> bool:
    """Whether the call's route leads to the process that speaks."""
    return ROUTES[call.call_type].service == heard.envelope.source


def _note_reason(call: Call, heard: ReceivedEvent) -> bool:
    """Whether a request says another reason than before; a late word counts no more, nor one about a call that is closed."""
    if call.state == "closed" or heard.envelope.sequence <= (call.record_sequence or 0):
        return False
    before, call.reason = call.reason, heard.event.reason
    call.record_sequence = heard.envelope.sequence
    return before != call.reason


def _link(work: Work, call: Call, heard: ReceivedEvent) -> None:
    """Note the other process' answer; a call that was closed by a later event stays closed."""
    link_record(call, identity=heard.envelope.subject, number=heard.event.number)
    said = CallLinked(
        **call_facts(call),
        record_service=call.record_service,
        record_type=call.record_type,
        record_id=call.record_id,
        record_number=call.record_number,
    )
    work.emit(call, said, cause=heard.envelope, value_stream=value_stream_of(call))


async def _renew_links(work: Work, heard: Sequence[ReceivedEvent], *, kind: str) -> None:
    """Add or renew links; an incident that waited for change goes on once change has spoken about any of its requests.

    A link that somebody entered by the record's number becomes the link to that record. A correction that leaves the
    record's state as it was says nothing new.
    """
    incidents = {one.id: one for one in await repository.incidents.locked(work, [h.event.origin.id for h in heard])}
    links: dict[tuple[object, object], IncidentLink] = {}
    for link in await repository.belongings.links_of(work, list(incidents), kind):
        links[link.incident_id, link.target_id or link.reference] = link
    for each in heard:
        incident = incidents.get(each.event.origin.id)
        if incident is None:
            continue
        target, fact = each.envelope.subject, each.event
        known = links.get((incident.id, target)) or links.pop((incident.id, fact.number), None)
        if known is not None and each.envelope.sequence <= (known.target_sequence or 0):
            continue
        links[incident.id, target] = known = known or _new_link(work, incident, kind, fact.number)
        known.target_sequence = each.envelope.sequence
        if isinstance(fact, ChangeChanged) and (known.target_id, known.target_state) == (target, fact.state):
            continue
        known.target_id, known.target_state, known.target_reason = target, fact.state, fact.reason
        said = (
            IncidentLinkAdded(incident_id=incident.id, kind=kind, reference=fact.number)
            if known.version == 0
            else IncidentLinkChanged(
                incident_id=incident.id, kind=kind, reference=fact.number, state=fact.state, reason=fact.reason
            )
        )
        work.emit(known, said, about=incident.id, cause=each.envelope, value_stream="maintenance")
        if fact.state in RESUMING:
            await resume_if_waiting_for(work, incident, "change", cause=each.envelope)


def _new_link(work: Work, incident: Incident, kind: str, number: str) -> IncidentLink:
    link = IncidentLink(
        **belonging_to(incident),
        kind=kind,
        reference=number,
        target_id=None,
        target_state=None,
        target_reason=None,
        target_sequence=None,
    )
    work.insert(link)
    return link
