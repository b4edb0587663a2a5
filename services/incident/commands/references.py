"""What a request refers to elsewhere: known here by copies, refused with the field's name when it is not."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from services.incident import repository
from shared.errors import invalid
from shared.unit_of_work import Work


async def check_references(work: Work, given: Mapping[str, Any], *, team_id: UUID | None = None) -> None:
    """Refuse a service, team, person or knowledge item that is unknown or gone, and an assignee who is not of the team.

    The team is the one given, else `team_id`; without any, whoever recovers still works in one.
    """
    if given.get("service_id") is not None:
        await repository.copies.check_service(work, given["service_id"], named=True)
    for name in ("assignee_id", "caller_id"):
        if given.get(name) is not None:
            await repository.copies.person(work, given[name], f"/{name}")
    if given.get("team_id") is not None:
        await repository.copies.team(work, given["team_id"], "/team_id")
    if given.get("assignee_id") is not None:
        team_id = given.get("team_id") or team_id
        if not await repository.copies.works_in(work, given["assignee_id"], team_id):
            raise invalid("/assignee_id", f"the person is no member of {'the' if team_id else 'any'} team")
    if given.get("ki_ids"):
        await repository.copies.check_items(work, given["ki_ids"], "/ki_ids")
