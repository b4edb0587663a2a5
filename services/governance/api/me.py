"""Who the token speaks for."""

from services.governance.api.callers import Asking
from services.governance.repository.tokens import person_and_party
from services.governance.schemas.tokens import HeldRole, Me
from shared.http import router as strict

router = strict(tags=["tokens"])


@router.get("/me")
async def read_me(work: Asking) -> Me:
    """Whoever the token speaks for: names as they are now, roles and teams as the token says."""
    caller = work.caller
    assert caller is not None
    async with work:
        known = await person_and_party(work, caller.person) if caller.person else None
    return Me(
        id=caller.id,
        kind=caller.kind,
        name=known.name if known else None,
        username=known.username if known else None,
        party_id=caller.party,
        party_name=known.party_name if known else None,
        team_ids=list(caller.teams),
        roles=[HeldRole(role=grant.role, scope=grant.scope) for grant in caller.grants],
    )
