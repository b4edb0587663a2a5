"""Requests for change: submitted by people, taken in from other processes, decided about."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from services.change.commands.authority import fire, looks_on
from services.change.commands.facts import said_of_rfc
from services.change.commands.making import make_change, tell
from services.change.domain.lifecycles import RFC
from services.change.domain.risk import Level
from services.change.errors import NotYourRequest
from services.change.models import Rfc
from services.change.repository import copies
from services.change.repository import rfcs as repository
from shared import clock
from shared.contracts import change as said
from shared.contracts.envelope import Envelope, Event
from shared.errors import check_version, invalid
from shared.unit_of_work import Work

EVENTS: Mapping[str, Callable[..., Event]] = {
    "return": said.RfcReturned,
    "resubmit": said.RfcResubmitted,
    "reject": said.RfcRejected,
    "forward": said.RfcForwarded,
}


async def submit_rfc(
    work: Work,
    *,
    title: str,
    description: str,
    requester_id: UUID | None = None,
    party_id: UUID | None = None,
    service_id: UUID | None = None,
    ki_ids: Sequence[UUID] = (),
    urgent: bool = False,
) -> Rfc:
    """A new request of the caller, or of `requester_id` when the provider registers it for somebody.

    Raises a refusal that points at the field for a record unknown here, and for a client who asks in another's name.
    """
    async with work:
        if made := await work.earlier_result():
            return await repository.rfc(work, made)
        requester_id, party_id = await _demander(work, requester_id, party_id)
        await copies.check_references(work, service_id=service_id, ki_ids=ki_ids)
        (number,) = await repository.rfc_numbers(work, 1)
        rfc = _submit(
            work,
            number=number,
            title=title,
            description=description,
            requester_id=requester_id,
            party_id=party_id,
            service_id=service_id,
            ki_ids=[str(each) for each in ki_ids],
            urgent=urgent,
        )
        work.remember_result(rfc.id)
        return rfc


async def _demander(work: Work, requester_id: UUID | None, party_id: UUID | None) -> tuple[UUID | None, UUID | None]:
    """Who asks, and for which party: the provider may say so, a client asks in his or her own name."""
    caller = work.caller
    if caller is None or caller.works_for_provider:
        await copies.check_references(work, party_id=party_id, requester_id=requester_id)
        if requester_id is not None:
            return requester_id, party_id or await copies.party_of(work, requester_id)
        return (caller.person, party_id or caller.party) if caller else (None, party_id)
    if requester_id not in (None, caller.person):
        raise invalid("/requester_id", "you ask in your own name")
    if party_id not in (None, caller.party):
        raise invalid("/party_id", "you ask for your own party")
    return caller.person, caller.party


async def take_in(work: Work, requests: Sequence[tuple[Envelope, Mapping[str, Any]]]) -> None:
    """One request for change for each of the requests of other processes, however often it is heard.

    A request is known by the record that asks (`subject`), so that a call routed twice stays one request.
    """
    async with work:
        taken = await repository.taken_in(work, [envelope.subject for envelope, _ in requests])
        new: dict[UUID, tuple[Envelope, Mapping[str, Any]]] = {}
        for envelope, asked in requests:
            if envelope.subject not in taken:
                new.setdefault(envelope.subject, (envelope, asked))
        if not new:
            return
        numbers = await repository.rfc_numbers(work, len(new))
        for number, (envelope, asked) in zip(numbers, new.values(), strict=True):
            _submit(work, number=number, cause=envelope, **asked)


def _submit(
    work: Work,
    *,
    number: str,
    cause: Envelope | None = None,
    origin: Mapping[str, Any] | None = None,
    requester_id: UUID | None = None,
    caller_id: UUID | None = None,
    impact: Level | None = None,
    urgency: Level | None = None,
    **asked: Any,
) -> Rfc:
    now, identity = clock.now(), uuid7()
    rfc = Rfc(
        id=identity,
        number=number,
        state=RFC.initial,
        reason=None,
        request_id=cause.subject if cause else None,
        change_id=None,
        requester_id=requester_id,
        caller_id=caller_id,
        impact=impact,
        urgency=urgency,
        registered_by=cause.actor.id if cause else work.actor.id,
        value_stream=cause.valuestream if cause else None,
        origin=origin,
        origin_id=origin["id"] if origin else None,
        version=0,
        correlation_id=cause.correlationid if cause else identity,
        created_at=now,
        updated_at=now,
        **asked,
    )
    work.insert(rfc)
    work.emit(rfc, said.RfcRegistered(**said_of_rfc(rfc)), value_stream=rfc.value_stream, cause=cause)
    return rfc


async def move_rfc(work: Work, identity: UUID, expected: int, trigger: str, given: Mapping[str, Any]) -> Rfc:
    """The request after `trigger`, with the fields `given` for it; accepting it makes its change.

    Raises `MoveNotPermitted`, `MoveNotYours`, `NotYourRequest`, `VersionConflict` or `RfcUnknown`.
    """
    async with work:
        if await work.earlier_result():
            return await repository.rfc(work, identity)
        rfc = await repository.rfc(work, identity, lock=True)
        check_version(rfc.version, expected)
        if looks_on(work, rfc):
            raise NotYourRequest
        move = fire(work, RFC, rfc.state, trigger, given)
        rfc.state, rfc.reason = move.target, given.get("reason")
        for name in ("title", "description"):
            if given.get(name) is not None:
                setattr(rfc, name, given[name])
        if trigger == "accept":
            await _accept(work, rfc)
        else:
            work.emit(rfc, EVENTS[trigger](**said_of_rfc(rfc)), value_stream=rfc.value_stream)
        work.remember_result(rfc.id)
        return rfc


async def _accept(work: Work, rfc: Rfc) -> None:
    change = await make_change(work, rfc)
    rfc.change_id = change.id
    accepted = said.RfcAccepted(**said_of_rfc(rfc), change_id=change.id, change_number=change.number)
    work.emit(rfc, accepted, value_stream=rfc.value_stream)
    tell(work, change, said.ChangeRegistered)
