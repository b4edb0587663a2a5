"""Teams: registered, changed, staffed, retired, reactivated."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from services.governance.commands.activity import fire
from services.governance.commands.differences import differing
from services.governance.domain.lifecycles import ACTIVE
from services.governance.models import Team
from services.governance.repository import parties, people
from services.governance.repository import teams as repository
from services.governance.repository.writing import number
from shared import clock
from shared.contracts.governance import Domain, TeamChanged, TeamKind, TeamRegistered
from shared.errors import check_version
from shared.unit_of_work import Work


async def register_team(
    work: Work, *, name: str, kind: TeamKind, domain: Domain, party_id: UUID, member_ids: Collection[UUID]
) -> Team:
    """A new, active team of an active party; refusals point at the party or at members who are not active people."""
    async with work:
        if made := await work.earlier_result():
            return await repository.team(work, made)
        await parties.active_party(work, party_id, "/party_id")
        await people.active_people(work, member_ids, "/member_ids")
        now, identity = clock.now(), uuid7()
        team = Team(
            id=identity,
            number=await number(work, "TEA"),
            state=ACTIVE,
            name=name,
            kind=kind,
            domain=domain,
            party_id=party_id,
            member_ids=sorted(set(member_ids)),
            version=0,
            correlation_id=identity,
            created_at=now,
            updated_at=now,
        )
        work.insert(team)
        work.emit(team, TeamRegistered(**_facts(team)))
        work.remember_result(team.id)
        return team


async def change_team(work: Work, identity: UUID, expected: int, changes: Mapping[str, Any]) -> Team:
    """The team with new fields, the same when nothing differs; `member_ids` are all its members from now on."""
    async with work:
        if "party_id" in changes:
            await parties.active_party(work, changes["party_id"], "/party_id")
        if "member_ids" in changes:
            await people.active_people(work, changes["member_ids"], "/member_ids")
        team = await repository.team(work, identity, lock=True)
        check_version(team.version, expected)
        stored = {name: sorted(set(value)) if name == "member_ids" else value for name, value in changes.items()}
        if changed := differing(team, stored):
            for name, value in changed.items():
                setattr(team, name, value)
            work.emit(team, TeamChanged(**_facts(team)))
        return team


async def move_team(work: Work, identity: UUID, expected: int, trigger: str) -> Team:
    """The team after `trigger`; one that is retired keeps its members for whoever looks back."""
    async with work:
        if made := await work.earlier_result():
            return await repository.team(work, made)
        team = await repository.team(work, identity, lock=True)
        check_version(team.version, expected)
        fire(work, team, trigger)
        work.emit(team, TeamChanged(**_facts(team)))
        work.remember_result(team.id)
        return team


async def leave_teams(work: Work, person_id: UUID) -> None:
    """Take a person out of every team."""
    async with work:
        for team in await repository.teams_of(work, person_id):
            team.member_ids = [each for each in team.member_ids if each != person_id]
            work.emit(team, TeamChanged(**_facts(team)))


def _facts(team: Team) -> dict[str, Any]:
    kept = {name: getattr(team, name) for name in ("number", "name", "kind", "domain", "party_id", "member_ids")}
    return {**kept, "active": team.state == ACTIVE}
