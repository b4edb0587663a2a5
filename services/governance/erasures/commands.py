"""Erases retired people, and stores what each service answers."""

from collections.abc import Sequence
from uuid import UUID

from services.governance import access
from services.governance.erasures import queries
from services.governance.erasures.queries import ERASURES
from services.governance.lifecycles import RETIRED
from services.governance.models import Erasure, Person
from services.governance.people.queries import PEOPLE
from shared import clock, security_log
from shared.contracts.governance import PersonErased, ProviderAccountUnlinked
from shared.errors import Conflict, NotFound
from shared.inbox import ReceivedEvent
from shared.records import event_of
from shared.redaction import ERASED
from shared.unit_of_work import Work


class PersonActive(Conflict):
    """Somebody who may still act is not erased."""

    slug, title = "person-active", "The person is active"

    def __init__(self) -> None:
        super().__init__("Retire the person first; then what is theirs can be handed over, and nothing is added.")


class NotErased(NotFound):
    """There is no erasure of this person."""

    def __init__(self) -> None:
        super().__init__("This person has not been erased.")


async def erase_person(work: Work, person_id: UUID, reason: str) -> tuple[Erasure, bool]:
    """The erasure of a retired person, and whether it is new; every service erases what it has and answers.

    Here the name becomes a neutral word, addresses, username, password and sign-ins are deleted. Raises `PersonActive`.
    """
    async with work:
        if earlier := await work.earlier_result():
            return await ERASURES.one(work, earlier), True
        person = await PEOPLE.one(work, person_id, lock=True)
        PEOPLE.check(work, person, access.ADMINISTER)
        if known := await queries.erasure_of(work, person_id):
            return known, False
        if person.state != RETIRED:
            raise PersonActive
        erasure = Erasure(person_id=person.id, requested_by=work.actor.id, reason=reason)
        work.insert(erasure)
        await _erase(work, person)
        work.remember_result(erasure.id)
    _log(work, person_id)
    return erasure, True


async def repeat_erasure(work: Work, person_id: UUID) -> Erasure:
    """The erasure of a person, which every service carries out and answers again; `NotErased`.

    That is needed where a database was restored from before the erasure.
    """
    async with work:
        person = await PEOPLE.one(work, person_id, lock=True)
        PEOPLE.check(work, person, access.ADMINISTER)
        erasure = await erasure_of(work, person_id)
        await queries.forget_answers(work, person_id)
        await _erase(work, person)
    _log(work, person_id)
    return erasure


async def erasure_of(work: Work, person_id: UUID) -> Erasure:
    """The erasure of a person; `NotErased` when there is none."""
    async with work:
        erasure = await queries.erasure_of(work, person_id)
        if erasure is None:
            raise NotErased
        return erasure


async def store_answers(work: Work, events: Sequence[ReceivedEvent]) -> None:
    """Store what services have erased; the latest answer of each counts."""
    async with work:
        for each in events:
            await queries.store_answer(
                work,
                {
                    "person_id": each.event.person_id,
                    "service": each.envelope.source,
                    "answered_at": each.envelope.time,
                    "sequence": each.envelope.sequence,
                    "records": dict(each.event.records),
                    "events": each.event.events,
                },
            )


async def _erase(work: Work, person: Person) -> None:
    person.name, person.email, person.username, person.username_skeleton = ERASED, None, None, None
    person.erased_at = person.erased_at or clock.now()
    await queries.delete_sign_ins(work, person.id)
    for account in await queries.accounts_of(work, person.id):
        account.subject = ERASED
        if account.unlinked_at is None:
            account.state, account.unlinked_at = "unlinked", clock.now()
            work.emit(account, event_of(ProviderAccountUnlinked, account), about=person.id)
    work.emit(person, event_of(PersonErased, person))


def _log(work: Work, person_id: UUID) -> None:
    security_log.record("person_erased", actor=work.actor.id, person_id=str(person_id))
