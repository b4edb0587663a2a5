"""Links of incidents, updated by the events of change."""

from collections.abc import Sequence

from services.incident.incidents.commands import resume_if_waiting_for
from services.incident.incidents.queries import INCIDENTS
from shared.contracts.change import ChangeChanged, RfcChanged
from shared.contracts.records import LinkChanged
from shared.inbox import ReceivedEvent
from shared.records import event_of
from shared.records.links import Link, emit_added, links_of, new_link
from shared.records.notes import reference_to
from shared.unit_of_work import Work

#: the states of a request or a change that end the wait for change: final, or returned to the provider
ENDS_WAITING = frozenset({"rejected", "returned", "forwarded_to_service_level", "implemented", "cancelled", "closed"})


async def update_links(work: Work, events: Sequence[ReceivedEvent], *, kind: str) -> None:
    """Add or update links to the requests and changes of incidents; an incident that waits for change resumes with its answer.

    A link that somebody entered by the record's number becomes the link to that record. An event that leaves
    the state of the record as it was changes nothing.
    """
    incidents = await INCIDENTS.several(work, [each.event.origin.id for each in events], lock=True)
    links: dict[tuple[object, object], Link] = {}
    for link in await links_of(work, list(incidents), kind):
        links[link.record_id, link.target_id or link.reference] = link
    for each in events:
        incident = incidents.get(each.event.origin.id)
        if incident is None:
            continue
        target, event = each.envelope.subject, each.event
        known = links.get((incident.id, target)) or links.pop((incident.id, event.number), None)
        if known is not None and each.envelope.sequence <= (known.target_sequence or 0):
            continue
        link = known or new_link(work, incident, kind=kind, reference=event.number)
        links[incident.id, target] = link
        link.target_sequence = each.envelope.sequence
        if isinstance(event, ChangeChanged | RfcChanged) and (link.target_id, link.target_state) == (
            target,
            event.state,
        ):
            continue
        link.target_id, link.target_state, link.target_reason = target, event.state, event.reason
        if known is None:
            emit_added(work, incident, link, cause=each.envelope)
        else:
            changed = event_of(
                LinkChanged,
                incident,
                record=reference_to(work, incident),
                kind=kind,
                reference=event.number,
                state=event.state,
                reason=event.reason,
            )
            work.emit(link, changed, about=incident.id, cause=each.envelope, value_stream=incident.value_stream)
        if event.state in ENDS_WAITING:
            await resume_if_waiting_for(work, incident, "change", cause=each.envelope)
