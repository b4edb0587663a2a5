"""Creates, amends and ends agreements; a version is never changed, and its calendar is a copy."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from services.service_level.access import MANAGE_AGREEMENTS
from services.service_level.agreements import queries
from services.service_level.agreements.queries import AGREEMENTS
from services.service_level.agreements.rules import coming_into_force
from services.service_level.calendars.commands import freeze_holidays
from services.service_level.calendars.queries import form_given
from services.service_level.clocks.queries import lock_all
from services.service_level.lifecycles import AGREEMENT, TIME, check_open
from services.service_level.models import AGREEMENT_NUMBER, Agreement, AgreementVersion, KnownParty
from services.service_level.services.queries import is_offered
from shared import clock
from shared.business_time import CalendarInvalid
from shared.contracts import service_level as events
from shared.errors import Conflict, invalid
from shared.lifecycle import Option
from shared.records import check_references, correct, event_of
from shared.unit_of_work import Work
from shared.versions import Expected

APPLIED_AT_ONCE = 50


class NoLongerInUse(Conflict):
    """The party or the service of an agreement was retired meanwhile, so nothing more is agreed about it."""

    slug, title = "no-longer-in-use", "The party or the service is no longer in use"


async def agree(work: Work, given: Mapping[str, Any], *, identity: UUID | None = None) -> Agreement:
    """A new agreement with its first version. Records registered since `valid_from` (now, when absent) fall under it.

    422 for a party, service or calendar that is not known here, and for a validity that would end before it begins.
    """
    async with work:
        if earlier := await work.earlier_result():
            return await AGREEMENTS.one(work, earlier)
        now, until = clock.now(), given.get("valid_until")
        begins = given.get("valid_from") or now
        agreement = Agreement(
            id=identity or uuid7(),
            created_at=now,
            number=await AGREEMENT_NUMBER.next(work),
            name=given["name"],
            party_id=given.get("party_id"),
            service_id=given.get("service_id"),
            rank=given.get("rank", 0),
            valid_from=begins,
            valid_until=until,
        )
        AGREEMENTS.check(work, agreement, MANAGE_AGREEMENTS)
        if until is not None and until <= begins:
            raise invalid("/valid_until", "the agreement would end before it begins")
        await check_references(work, given, {"party_id": KnownParty})
        if agreement.service_id is not None and not await is_offered(work, agreement.service_id):
            raise invalid("/service_id", "no service with this id is offered")
        await lock_all(work)
        version = await _version(work, agreement, begins, given)
        work.insert(agreement, version)
        await queries.mark_stale(work, agreement)
        _apply(work, agreement, [version], now)
        if agreement.state == AGREEMENT.initial:
            _emit(work, agreement, events.AgreementRegistered)
        work.remember_result(agreement.id)
        return agreement


async def amend(work: Work, identity: UUID, expected: Expected, given: Mapping[str, Any]) -> Agreement:
    """A new version for records registered from `in_force_from` (now, when absent) on; clocks of earlier ones do not change.

    422 for a moment in the past or before an earlier version, 409 once the agreement has ended, or its party or service is retired.
    """
    async with work:
        if earlier := await work.earlier_result():
            return await AGREEMENTS.one(work, earlier)
        agreement = await _to_change(work, identity, expected)
        await _check_in_use(work, agreement)
        now = clock.now()
        begins = given.get("in_force_from") or now
        if begins < now:
            raise invalid("/in_force_from", "use now or a later moment, so that past clocks do not change")
        versions = (await queries.versions(work, [agreement.id]))[agreement.id]
        if begins < versions[-1].in_force_from:
            raise invalid("/in_force_from", "the version before this one comes into force later; use a later moment")
        await lock_all(work)
        agreement.current += 1
        version = await _version(work, agreement, begins, given)
        work.insert(version)
        if agreement.active:
            _announce_versions(work, agreement, [*versions, version], now)
        if agreement.in_force < agreement.current:
            _emit(work, agreement, events.AgreementChanged)
        work.remember_result(agreement.id)
        return agreement


async def change(work: Work, identity: UUID, expected: Expected, changes: Mapping[str, Any]) -> Agreement:
    """The agreement with another name, or another end that is not in the past; unchanged when nothing differs."""
    async with work:
        agreement = await _to_change(work, identity, expected)
        if "valid_until" in changes and changes["valid_until"] != agreement.valid_until:
            if changes["valid_until"] and changes["valid_until"] <= max(clock.now(), agreement.valid_from):
                raise invalid("/valid_until", "use a later moment; the move `end` ends an agreement at once")
            await lock_all(work)
        if correct(agreement, changes):
            _emit(work, agreement, events.AgreementChanged)
        return agreement


async def end(work: Work, identity: UUID, expected: Expected, trigger: str) -> Agreement:
    """The agreement ended now: records registered from now on fall under another one."""
    async with work:
        agreement = await AGREEMENTS.to_change(work, identity, expected, MANAGE_AGREEMENTS)
        move = AGREEMENT.fire(agreement.state, trigger, {}, _roles(work, agreement))
        await lock_all(work)
        agreement.state, agreement.valid_until = move.target, clock.now()
        _emit(work, agreement, move.event)
        return agreement


def options_for(work: Work, agreement: Agreement) -> Iterable[Option]:
    """What the caller may do with the agreement now."""
    return AGREEMENT.options(agreement.state, {}, _roles(work, agreement))


async def apply_due(work: Work) -> int:
    """Begin, amend and end the agreements that are due, and announce each once with the time it was due; returns how many."""
    async with work:
        now = clock.now()
        agreements = await queries.due(work, now, APPLIED_AT_ONCE)
        versions = await queries.versions(work, [agreement.id for agreement in agreements])
        for agreement in agreements:
            _apply(work, agreement, versions[agreement.id], now)
        return len(agreements)


async def freeze_calendars(work: Work) -> int:
    """Store the public holidays of versions that an older version of this service made without them; returns how many."""
    async with work:
        found = await queries.without_holidays(work, APPLIED_AT_ONCE)
        for version in found:
            with suppress(CalendarInvalid):  # a country that is not known any more is read when it is known again
                version.holidays_digest = await freeze_holidays(work, version.calendar)
        return len(found)


async def _check_in_use(work: Work, agreement: Agreement) -> None:
    if agreement.service_id is not None and not await is_offered(work, agreement.service_id):
        raise NoLongerInUse("The service is no longer offered; end the agreement, or offer the service again.")
    if agreement.party_id is not None and await queries.party_is_retired(work, agreement.party_id):
        raise NoLongerInUse("The party is retired; end the agreement, or reactivate the party.")


def _apply(work: Work, agreement: Agreement, versions: Sequence[AgreementVersion], now: datetime) -> None:
    """Begin, amend and end an agreement that is due."""
    begins, until = agreement.valid_from, agreement.valid_until
    if agreement.state == AGREEMENT.initial and begins <= now:
        agreement.in_force = max(version.number for version in versions if version.in_force_from <= begins)
        _fire(work, agreement, "commence", begins)
    if agreement.active:
        _announce_versions(work, agreement, versions, min(now, until or now))
    if until is not None and until <= now:
        _fire(work, agreement, "end", until)


def _fire(work: Work, agreement: Agreement, trigger: str, at: datetime) -> None:
    move = AGREEMENT.fire(agreement.state, trigger, {}, TIME)
    agreement.state = move.target
    _emit(work, agreement, move.event, at=at)


def _announce_versions(work: Work, agreement: Agreement, versions: Iterable[AgreementVersion], until: datetime) -> None:
    """Publish each version that came into force by `until` once, with its moment."""
    moments = [(version.number, version.in_force_from) for version in versions]
    for number, begins in coming_into_force(moments, agreement.in_force, until):
        agreement.in_force = number
        _emit(work, agreement, events.AgreementAmended, at=begins)


async def _to_change(work: Work, identity: UUID, expected: Expected) -> Agreement:
    agreement = await AGREEMENTS.to_change(work, identity, expected, MANAGE_AGREEMENTS)
    check_open(agreement)
    return agreement


def _roles(work: Work, agreement: Agreement) -> Iterable[str]:
    roles = MANAGE_AGREEMENTS.roles(work.caller, agreement)
    return MANAGE_AGREEMENTS.wanted if roles is None else roles


async def _version(work: Work, agreement: Agreement, begins: datetime, given: Mapping[str, Any]) -> AgreementVersion:
    calendar_id, form = await form_given(work, given["calendar"])
    return AgreementVersion(
        agreement_id=agreement.id,
        number=agreement.current,
        in_force_from=begins,
        calendar_id=calendar_id,
        calendar=form,
        holidays_digest=await freeze_holidays(work, form),
        targets=given["targets"],
        pause_reasons=sorted(set(given["pause_reasons"])),
    )


def _emit(work: Work, agreement: Agreement, kind: type[events.AgreementEvent], *, at: datetime | None = None) -> None:
    work.emit(agreement, event_of(kind, agreement), at=at)
