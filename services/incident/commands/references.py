"""What a request refers to elsewhere: known here by copies, refused with the field's name when it is not."""

from collections.abc import Mapping
from typing import Any

from services.incident import repository
from shared.errors import invalid
from shared.unit_of_work import Work


async def check_references(work: Work, given: Mapping[str, Any]) -> None:
    """Refuse a service, team, person or knowledge item that is unknown or gone, and a person outside the team named."""
    if given.get("service_id") is not None:
        await repository.copies.check_service(work, given["service_id"], named=True)
    for name in ("assignee_id", "caller_id"):
        if given.get(name) is not None:
            await repository.copies.person(work, given[name], f"/{name}")
    if given.get("team_id") is not None:
        team = await repository.copies.team(work, given["team_id"], "/team_id")
        if given.get("assignee_id") is not None and str(given["assignee_id"]) not in team.member_ids:
            raise invalid("/assignee_id", f"the person is no member of the team {team.name}")
    if given.get("ki_ids"):
        await repository.copies.check_items(work, given["ki_ids"], "/ki_ids")
