"""Registers, changes, retires and reactivates teams, and sets their members."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from services.governance import access
from services.governance.access_ends.commands import end_access
from services.governance.models import TEAM_NUMBER, Team
from services.governance.parties.queries import PARTIES
from services.governance.people.queries import PEOPLE, follow_teams
from services.governance.retirement import commands as retirement
from services.governance.retirement.queries import check_active
from services.governance.teams.queries import TEAMS, teams_of
from shared.contracts.governance import TeamChanged, TeamRegistered
from shared.records import correct, differing, event_of, register
from shared.unit_of_work import Work
from shared.versions import Expected


async def register_team(work: Work, given: Mapping[str, Any]) -> Team:
    """A new, active team; refusals point at a party that is not active, or at members who are not active people."""
    async with work:
        if earlier := await work.earlier_result():
            return await TEAMS.one(work, earlier)
        await _check(work, given)
        team = Team(number=await TEAM_NUMBER.next(work), **given)
        register(work, team, TeamRegistered)
        await follow_teams(work, team.member_ids)
        return team


async def change_team(work: Work, identity: UUID, expected: Expected, given: Mapping[str, Any]) -> Team:
    """The team with new fields; unchanged when nothing differs; `member_ids` are all its members from now on.

    Tokens of people who are no longer members are refused from now on.
    """
    async with work:
        team = await TEAMS.to_change(work, identity, expected, access.ADMINISTER)
        await _check(work, given)
        new, former = differing(team, given), set(team.member_ids)
        if changes := correct(team, new):
            work.emit(team, event_of(TeamChanged, team, changes=changes))
            if team.active:
                await end_access(work, team, former - set(team.member_ids), "team_left")
            await follow_teams(work, former ^ set(team.member_ids))
        return team


async def move_team(work: Work, identity: UUID, expected: Expected, trigger: str) -> Team:
    """The team after `trigger`; a retired team still lists its members."""
    async with work:
        team = await retirement.move(
            work, TEAMS, identity, expected, trigger, TeamChanged, whose_access=lambda team: team.member_ids
        )
        await follow_teams(work, team.member_ids)
        return team


async def leave_teams(work: Work, person_id: UUID) -> None:
    """Take a person out of every team."""
    async with work:
        for team in await teams_of(work, person_id):
            changes = correct(team, {"member_ids": [each for each in team.member_ids if each != person_id]})
            work.emit(team, event_of(TeamChanged, team, changes=changes))
        await follow_teams(work, [person_id])


async def _check(work: Work, given: Mapping[str, Any]) -> None:
    if "party_id" in given:
        await check_active(work, PARTIES, [given["party_id"]], "/party_id")
    if "member_ids" in given:
        await check_active(work, PEOPLE, given["member_ids"], "/member_ids")
