"""Makes, amends and ends agreements; a version, once made, is never changed, and its calendar is a copy."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from uuid_utils.compat import uuid7

from services.service_level.domain.agreement_lifecycle import AGREEMENT, TIME, coming_into_force, state_at
from services.service_level.domain.calendars import checked
from services.service_level.errors import Ended, calendar_refused
from services.service_level.models import AgreementRow, AgreementVersion
from services.service_level.repository import agreements, calendars, facts, numbers, parties, services
from shared import clock
from shared.business_time import CalendarInvalid
from shared.contracts.service_level import (
    AgreementAgreed,
    AgreementAmended,
    AgreementChanged,
    AgreementEnded,
    AgreementRegistered,
)
from shared.errors import check_version, invalid
from shared.unit_of_work import Work


class Terms(NamedTuple):
    """What a version says: `calendar` is a written form or the id of a kept one, `targets` seconds by priority."""

    calendar: Mapping[str, Any] | UUID
    targets: Mapping[str, Mapping[str, int | None]]
    pause_reasons: Sequence[str]


async def agree(
    work: Work,
    *,
    name: str,
    party_id: UUID | None,
    service_id: UUID | None,
    rank: int,
    valid_from: datetime | None,
    valid_until: datetime | None,
    terms: Terms,
    identity: UUID | None = None,
) -> AgreementRow:
    """A new agreement with its first version. Records registered since `valid_from` (now, when absent) fall under it.

    422 for a party, service or calendar that is not known here, and for a validity that ends before it begins.
    """
    async with work:
        if made := await work.earlier_result():
            return await agreements.agreement(work.session, made, work.caller)
        now = clock.now()
        begins = valid_from or now
        if valid_until is not None and valid_until <= begins:
            raise invalid("/valid_until", "the agreement would end before it begins")
        if party_id is not None and not await parties.known(work.session, party_id):
            raise invalid("/party_id", "no active party with this id is known here (yet)")
        if service_id is not None and not await services.offered(work.session, service_id):
            raise invalid("/service_id", "no service with this id is offered")
        await facts.hold(work.session)
        identity = identity or uuid7()
        row = AgreementRow(
            id=identity,
            version=0,
            correlation_id=identity,
            created_at=now,
            updated_at=now,
            number=await numbers.next_number(work.session, "AGR"),
            name=name,
            state=state_at(now, begins, valid_until),
            party_id=party_id,
            service_id=service_id,
            rank=rank,
            valid_from=begins,
            valid_until=valid_until,
            current=1,
            in_force=0,
        )
        work.insert(row, await _version(work, row, 1, begins, terms, now))
        await agreements.mark_stale(work.session, begins, party_id, service_id)
        if row.state == "agreed":
            work.emit(row, AgreementRegistered(**_facts(row)))
        else:
            row.in_force = 1
            work.emit(row, AgreementAgreed(**{**_facts(row), "active": True}))
        if row.state == "ended":
            work.emit(row, AgreementEnded(**_facts(row)))
        work.remember_result(row.id)
        return row


async def amend(
    work: Work, identity: UUID, expected: int, *, in_force_from: datetime | None, terms: Terms
) -> AgreementRow:
    """A new version for records registered from `in_force_from` (now, when absent) on; what was counted stays.

    422 for a moment in the past or before an earlier version, 409 once the agreement has ended.
    """
    async with work:
        if made := await work.earlier_result():
            return await agreements.agreement(work.session, made, work.caller)
        row = await _to_change(work, identity, expected)
        now = clock.now()
        begins = in_force_from or now
        if begins < now:
            raise invalid("/in_force_from", "a version comes into force now or later, so that past clocks do not move")
        earlier = (await agreements.versions(work.session, [row.id]))[row.id]
        if begins < earlier[-1].in_force_from:
            raise invalid("/in_force_from", "the version before comes into force later than this one")
        await facts.hold(work.session)
        row.current += 1
        version = await _version(work, row, row.current, begins, terms, now)
        work.insert(version)
        if row.state == "active":
            _tell_versions(work, row, [*earlier, version], now)
        if row.in_force < row.current:
            work.emit(row, AgreementChanged(**_facts(row)))
        work.remember_result(row.id)
        return row


async def change(work: Work, identity: UUID, expected: int, changes: Mapping[str, Any]) -> AgreementRow:
    """The agreement under another name, or valid until another moment that is not past; the same when nothing differs."""
    async with work:
        row = await _to_change(work, identity, expected)
        differing = {name: value for name, value in changes.items() if getattr(row, name) != value}
        if not differing:
            return row
        row.name = differing.get("name", row.name)
        if "valid_until" in differing:
            await _valid_until(work, row, differing["valid_until"])
        work.emit(row, AgreementChanged(**_facts(row)))
        return row


async def end(work: Work, identity: UUID, expected: int, trigger: str) -> AgreementRow:
    """The agreement ended now: records registered from now on fall under another one."""
    async with work:
        row = await agreements.agreement(work.session, identity, work.caller, lock=True)
        check_version(row.version, expected)
        move = AGREEMENT.fire(row.state, trigger, {}, roles=work.caller.roles if work.caller else ())
        await facts.hold(work.session)
        row.state, row.valid_until = move.target, clock.now()
        work.emit(row, AgreementEnded(**_facts(row)))
        return row


async def turn(work: Work, limit: int) -> int:
    """Begin, amend and end agreements whose time has come, each told once with that time; answers how many."""
    async with work:
        now = clock.now()
        rows = await agreements.due_to_turn(work.session, now, limit)
        versions = await agreements.versions(work.session, [row.id for row in rows])
        for row in rows:
            if row.state == "agreed":
                _turn(row, "commence")
                row.in_force = max(one.number for one in versions[row.id] if one.in_force_from <= row.valid_from)
                work.emit(row, AgreementAgreed(**_facts(row)), at=row.valid_from)
            _tell_versions(work, row, versions[row.id], min(now, row.valid_until or now))
            if state_at(now, row.valid_from, row.valid_until) == "ended":
                _turn(row, "end")
                work.emit(row, AgreementEnded(**_facts(row)), at=row.valid_until)
        return len(rows)


def _turn(row: AgreementRow, trigger: str) -> None:
    row.state = AGREEMENT.fire(row.state, trigger, {}, roles=TIME).target


def _tell_versions(work: Work, row: AgreementRow, versions: Sequence[AgreementVersion], until: datetime) -> None:
    """Say which versions came into force by `until`, each once with its moment."""
    for number, begins in coming_into_force([(one.number, one.in_force_from) for one in versions], row.in_force, until):
        row.in_force = number
        work.emit(row, AgreementAmended(**_facts(row)), at=begins)


async def _to_change(work: Work, identity: UUID, expected: int) -> AgreementRow:
    row = await agreements.agreement(work.session, identity, work.caller, lock=True)
    check_version(row.version, expected)
    if row.state == "ended":
        raise Ended
    return row


async def _valid_until(work: Work, row: AgreementRow, valid_until: datetime | None) -> None:
    if valid_until is not None and valid_until <= max(clock.now(), row.valid_from):
        raise invalid("/valid_until", "use a moment that is still to come; the move `end` ends an agreement at once")
    await facts.hold(work.session)
    row.valid_until = valid_until


async def _version(
    work: Work, row: AgreementRow, number: int, begins: datetime, terms: Terms, now: datetime
) -> AgreementVersion:
    calendar_id = terms.calendar if isinstance(terms.calendar, UUID) else None
    if isinstance(terms.calendar, UUID):
        form = await calendars.form_of(work.session, terms.calendar)
        if form is None:
            raise invalid("/calendar", "no calendar with this id is in use")
    else:
        form = dict(terms.calendar)
    try:
        checked(form)
    except CalendarInvalid as error:
        raise calendar_refused(str(error)) from None
    return AgreementVersion(
        agreement_id=row.id,
        number=number,
        in_force_from=begins,
        calendar_id=calendar_id,
        calendar=form,
        targets={priority: dict(amounts) for priority, amounts in terms.targets.items()},
        pause_reasons=sorted(set(terms.pause_reasons)),
        created_at=now,
    )


def _facts(row: AgreementRow) -> dict[str, Any]:
    return {
        "number": row.number,
        "name": row.name,
        "party_id": row.party_id,
        "service_id": row.service_id,
        "active": row.state == "active",
        "valid_from": row.valid_from,
        "valid_until": row.valid_until,
    }
