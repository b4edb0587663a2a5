"""Parties: registered, renamed, retired, reactivated."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from services.governance.commands.activity import fire, leaving_an_administrator
from services.governance.commands.differences import differing
from services.governance.domain.lifecycles import ACTIVE
from services.governance.models import Party
from services.governance.repository import parties as repository
from services.governance.repository.writing import number
from shared import clock
from shared.contracts.governance import PartyChanged, PartyKind, PartyRegistered
from shared.errors import check_version
from shared.unit_of_work import Work


async def register_party(work: Work, *, name: str, kind: PartyKind, identity: UUID | None = None) -> Party:
    """A new, active party; it gets `identity` where that is fixed."""
    async with work:
        if made := await work.earlier_result():
            return await repository.party(work, made)
        now, identity = clock.now(), identity or uuid7()
        party = Party(
            id=identity,
            number=await number(work, "PTY"),
            state=ACTIVE,
            name=name,
            kind=kind,
            version=0,
            correlation_id=identity,
            created_at=now,
            updated_at=now,
        )
        work.insert(party)
        work.emit(party, PartyRegistered(**_facts(party)))
        work.remember_result(party.id)
        return party


async def change_party(work: Work, identity: UUID, expected: int, changes: Mapping[str, Any]) -> Party:
    """The party with its new name; the same when that is its name."""
    async with work:
        party = await repository.party(work, identity, lock=True)
        check_version(party.version, expected)
        if changed := differing(party, changes):
            for name, value in changed.items():
                setattr(party, name, value)
            work.emit(party, PartyChanged(**_facts(party)))
        return party


async def move_party(work: Work, identity: UUID, expected: int, trigger: str) -> Party:
    """The party after `trigger`; people of a retired party cannot sign in. Raises `LastAdministrator`."""
    async with work:
        if made := await work.earlier_result():
            return await repository.party(work, made)
        async with leaving_an_administrator(work):
            party = await repository.party(work, identity, lock=True)
            check_version(party.version, expected)
            fire(work, party, trigger)
        work.emit(party, PartyChanged(**_facts(party)))
        work.remember_result(party.id)
        return party


def _facts(party: Party) -> dict[str, Any]:
    return {"number": party.number, "name": party.name, "kind": party.kind, "active": party.state == ACTIVE}
