"""Registers, corrects, retires and reactivates people."""

from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import UUID

from services.governance import access
from services.governance.access_ends.commands import end_access
from services.governance.lifecycles import RETIRED
from services.governance.models import PERSON_NUMBER, Person
from services.governance.parties.queries import PARTIES
from services.governance.people.queries import PEOPLE, flush_unique
from services.governance.people.rules import skeleton_of
from services.governance.retirement import commands as retirement
from services.governance.retirement.queries import check_active
from services.governance.teams.commands import leave_teams
from services.governance.tokens.queries import revoke_all
from shared import clock
from shared.contracts.governance import PersonChanged, PersonRegistered
from shared.errors import Conflict, FieldProblem
from shared.records import correct, differing, event_of, register
from shared.unit_of_work import Work
from shared.versions import Expected


class UsernameTaken(Conflict):
    """Somebody else has this username, or one that looks the same."""

    slug, title = "username-taken", "The username belongs to somebody else"

    def __init__(self, detail: str) -> None:
        super().__init__("Choose another username.", errors=[FieldProblem(pointer="/username", detail=detail)])


class PersonErased(Conflict):
    """Nothing is added to a person who has been erased."""

    slug, title = "person-erased", "The person has been erased"

    def __init__(self) -> None:
        super().__init__("The person has been erased for good; register the person anew.")


_TAKEN = {
    "uq_person_username": partial(UsernameTaken, "somebody, perhaps retired, has this username"),
    "uq_person_username_skeleton": partial(
        UsernameTaken, "looks the same as the username of somebody, perhaps retired"
    ),
}


async def register_person(work: Work, given: Mapping[str, Any]) -> Person:
    """A new, active person of an active party, without a password.

    Raises `UsernameTaken`, or a refusal that points at the party.
    """
    async with work:
        if earlier := await work.earlier_result():
            return await PEOPLE.one(work, earlier)
        await check_active(work, PARTIES, [given["party_id"]], "/party_id")
        person = Person(number=await PERSON_NUMBER.next(work), **given)
        person.username_skeleton = skeleton_of(person.username)
        register(work, person, PersonRegistered)
        await flush_unique(work, _TAKEN)
        return person


async def change_person(work: Work, identity: UUID, expected: Expected, given: Mapping[str, Any]) -> Person:
    """The person with corrected fields; unchanged when nothing differs.

    Tokens that name the old party are refused from now on. Raises `UsernameTaken`, or a refusal that points at the party.
    """
    async with work:
        person = await PEOPLE.to_change(work, identity, expected, access.ADMINISTER)
        check_not_erased(person)
        new = differing(person, given)
        if not new:
            return person
        if "party_id" in new:
            await check_active(work, PARTIES, [new["party_id"]], "/party_id")
            await end_access(work, person, [person.id], "party_changed")
        correct(person, new)
        person.username_skeleton = skeleton_of(person.username)
        work.emit(person, event_of(PersonChanged, person))
        await flush_unique(work, _TAKEN)
        return person


async def move_person(work: Work, identity: UUID, expected: Expected, trigger: str) -> Person:
    """The person after `trigger`; a retired person leaves all teams and cannot sign in. Raises `LastAdministrator`."""
    async with work:
        person = await retirement.move(
            work, PEOPLE, identity, expected, trigger, PersonChanged, whose_access=lambda person: [person.id]
        )
        check_not_erased(person)
        if person.state == RETIRED:
            await leave_teams(work, person.id)
            await revoke_all(work, person.id, clock.now())
        return person


def check_not_erased(person: Person) -> None:
    """Raises `PersonErased` for somebody who has been erased."""
    if person.erased_at is not None:
        raise PersonErased
