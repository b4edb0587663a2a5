"""People: registered, corrected, retired, reactivated."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from services.governance.commands.activity import fire, leaving_an_administrator
from services.governance.commands.differences import differing
from services.governance.commands.teams import leave_teams
from services.governance.domain.lifecycles import ACTIVE, RETIRED
from services.governance.domain.names import username_of
from services.governance.models import Person
from services.governance.repository import parties, tokens
from services.governance.repository import people as repository
from services.governance.repository.writing import number, write
from shared import clock
from shared.contracts.governance import PersonChanged, PersonRegistered
from shared.errors import check_version
from shared.unit_of_work import Work


async def register_person(
    work: Work,
    *,
    name: str,
    party_id: UUID,
    username: str | None = None,
    email: str | None = None,
    identity: UUID | None = None,
) -> Person:
    """A new, active person of an active party, without a password. Raises `UsernameTaken`, or points at the party."""
    async with work:
        if made := await work.earlier_result():
            return await repository.person(work, made)
        await parties.active_party(work, party_id, "/party_id")
        now, identity = clock.now(), identity or uuid7()
        person = Person(
            id=identity,
            number=await number(work, "PER"),
            state=ACTIVE,
            name=name,
            email=email,
            username=username_of(username) if username else None,
            party_id=party_id,
            version=0,
            correlation_id=identity,
            created_at=now,
            updated_at=now,
        )
        work.insert(person)
        work.emit(person, PersonRegistered(**_facts(person)))
        work.remember_result(person.id)
        await write(work)
        return person


async def change_person(work: Work, identity: UUID, expected: int, changes: Mapping[str, Any]) -> Person:
    """The person with corrected fields, the same when nothing differs. Raises `UsernameTaken`, or points at the party."""
    async with work:
        person = await repository.person(work, identity, lock=True)
        check_version(person.version, expected)
        stored = {name: username_of(value) if name == "username" else value for name, value in changes.items()}
        changed = differing(person, stored)
        if not changed:
            return person
        if "party_id" in changed:
            await parties.active_party(work, changed["party_id"], "/party_id")
        for name, value in changed.items():
            setattr(person, name, value)
        work.emit(person, PersonChanged(**_facts(person)))
        await write(work)
        return person


async def move_person(work: Work, identity: UUID, expected: int, trigger: str) -> Person:
    """The person after `trigger`; who is retired leaves the teams and cannot sign in. Raises `LastAdministrator`."""
    async with work:
        if made := await work.earlier_result():
            return await repository.person(work, made)
        async with leaving_an_administrator(work):
            person = await repository.person(work, identity, lock=True)
            check_version(person.version, expected)
            fire(work, person, trigger)
        if person.state == RETIRED:
            await leave_teams(work, person.id)
            await tokens.revoke_all(work, person.id, clock.now())
        work.emit(person, PersonChanged(**_facts(person)))
        work.remember_result(person.id)
        return person


def _facts(person: Person) -> dict[str, Any]:
    active = person.state == ACTIVE
    return {"number": person.number, "name": person.name, "party_id": person.party_id, "active": active}
