"""Requests for change: submitted by people or created from events of other processes, and decided."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from services.change import access
from services.change.changes import commands as changes
from services.change.lifecycles import RFC
from services.change.models import REFERENCES, RFC_NUMBER, Rfc
from services.change.rfcs.queries import RFCS, party_of, registered
from shared.contracts import Envelope, Origin
from shared.contracts import change as events
from shared.contracts.incident import CallRouted
from shared.errors import invalid
from shared.inbox import ReceivedEvent
from shared.records import check_references, correct, event_of
from shared.unit_of_work import Work
from shared.versions import Expected


async def submit_rfc(work: Work, given: Mapping[str, Any]) -> Rfc:
    """A new request of the caller, or of `requester_id` when the provider submits it for somebody.

    Raises `NotAllowed`, or a refusal that points at the field for a record not known here, and for a requester or party that
    the caller may not name.
    """
    async with work:
        if earlier := await work.earlier_result():
            return await RFCS.one(work, earlier)
        caller, requester_id = work.caller, given.get("requester_id")
        party_id = given.get("party_id") or (await party_of(work, requester_id) if requester_id else None)
        columns = {
            **changes.as_stored(given),
            "requester_id": requester_id or work.person,
            "party_id": party_id or (caller.party if caller else None),
        }
        rfc = Rfc(number="", registered_by=work.actor.id, **columns)
        _check_requester(work, rfc)
        RFCS.check(work, rfc, access.SUBMIT_RFC)
        await check_references(work, given, REFERENCES)
        rfc.number = await RFC_NUMBER.next(work)
        work.insert(rfc)
        emit(work, rfc, events.RfcRegistered)
        work.remember_result(rfc.id)
        return rfc


async def create_from_events(work: Work, received: Sequence[ReceivedEvent]) -> None:
    """Create one request for each call or incident that needs a change, even when its event is received twice.

    Nothing is created for imported history, or during a rebuild.
    """
    wanted: dict[UUID, ReceivedEvent] = {}
    for each in received:
        if _wants_rfc(each) and not work.replaying:
            wanted.setdefault(each.envelope.subject, each)
    if not wanted:
        return
    async with work:
        known = await registered(work, wanted)
        new = [each for subject, each in wanted.items() if subject not in known]
        for number, each in zip(await RFC_NUMBER.several(work, len(new)), new, strict=True):
            rfc = Rfc(
                number=number,
                request_id=each.envelope.subject,
                registered_by=each.envelope.actor.id,
                correlation_id=each.envelope.correlationid,
                value_stream=each.envelope.valuestream,
                **_columns_of(each),
            )
            work.insert(rfc)
            emit(work, rfc, events.RfcRegistered, cause=each.envelope)


async def move_rfc(work: Work, identity: UUID, expected: Expected, trigger: str, given: Mapping[str, Any]) -> Rfc:
    """The request after `trigger`, with the fields `given` for it; accepting it creates its change.

    Raises `NotFound`, `NotAllowed`, `VersionConflict` or `MoveNotPermitted`.
    """
    async with work:
        if await work.earlier_result():
            return await RFCS.one(work, identity)
        rfc = await RFCS.to_change(work, identity, expected, access.MOVE_RFC)
        move = RFC.fire(rfc.state, trigger, given, access.MOVE_RFC.roles(work.caller, rfc))
        corrections = correct(rfc, {name: value for name, value in given.items() if name != "reason"})
        rfc.state, rfc.reason = move.target, given.get("reason")
        if trigger == "accept":
            change = await changes.create_change(work, rfc)
            rfc.change_id = change.id
            emit(work, rfc, move.event, change_number=change.number)
            changes.emit(work, change, events.ChangeRegistered)
        else:
            emit(work, rfc, move.event, changes=corrections)
        work.remember_result(rfc.id)
        return rfc


async def name_requester(work: Work, rfc: Rfc, requester_id: UUID) -> None:
    """Name another requester of a locked request that is not decided about.

    Raises `NotAllowed`, or a refusal for somebody who is not active.
    """
    async with work:
        RFCS.check(work, rfc, access.CORRECT)
        await check_references(work, {"requester_id": requester_id}, REFERENCES)
        emit(work, rfc, events.RfcChanged, changes=correct(rfc, {"requester_id": requester_id}))


def emit(work: Work, rfc: Rfc, kind: type[events.RfcEvent], *, cause: Envelope | None = None, **more: Any) -> None:
    """Emit an event about a request."""
    work.emit(rfc, event_of(kind, rfc, **more), cause=cause)


def _check_requester(work: Work, rfc: Rfc) -> None:
    """Only people who may submit requests for others may name another requester or party than their own."""
    if work.caller is None or access.SUBMIT_FOR_OTHERS.covers(work.caller, rfc):
        return
    if rfc.requester_id not in (None, work.person):
        raise invalid("/requester_id", "you may submit requests in your own name only")
    if rfc.party_id is not None and rfc.party_id not in access.SUBMIT_RFC.parties(work.caller):
        raise invalid("/party_id", "you may submit requests for your own party only")


def _wants_rfc(received: ReceivedEvent) -> bool:
    wanted = not isinstance(received.event, CallRouted) or received.event.call_type == "rfc"
    return wanted and not received.envelope.historical


def _columns_of(received: ReceivedEvent) -> dict[str, Any]:
    """The columns of a request, from the event of a call or an incident."""
    event, envelope = received.event, received.envelope
    columns: dict[str, Any] = {
        name: getattr(event, name) for name in ("title", "description", "party_id", "service_id")
    }
    if isinstance(event, CallRouted):
        origin = Origin(service=envelope.source, type="call", id=envelope.subject, number=event.number)
        columns |= {"requester_id": event.caller_id, "impact": event.impact, "urgency": event.urgency}
        columns |= {"urgent": event.urgency == "high"}
    else:
        origin = Origin(service=envelope.source, type="incident", id=event.incident_id, number=event.incident_number)
        columns |= {"requester_id": _person(envelope), "caller_id": event.caller_id, "urgent": event.urgent}
        columns |= {"ki_ids": [str(each) for each in event.ki_ids]}
    return {**columns, "origin": origin.model_dump(mode="json"), "origin_id": origin.id}


def _person(envelope: Envelope) -> UUID | None:
    """The id of the person who acted; `None` for a program, or for an id that is not one of governance."""
    try:
        return UUID(envelope.actor.id) if envelope.actor.type == "person" else None
    except ValueError:
        return None
