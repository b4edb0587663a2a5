"""Queries about role assignments."""

from uuid import UUID

from sqlalchemy import select

from services.governance import access
from services.governance.models import RoleAssignment
from shared.records import Noun
from shared.unit_of_work import Work

ASSIGNMENTS = Noun(RoleAssignment, "role assignment", access.READ_ROLES)


async def is_assigned(work: Work, person_id: UUID, role: str, scope: str | None) -> bool:
    """Whether a person has a role in exactly this scope."""
    query = select(RoleAssignment.id).where(
        RoleAssignment.person_id == person_id,
        RoleAssignment.role == role,
        RoleAssignment.scope.is_not_distinct_from(scope),
        RoleAssignment.withdrawn_at.is_(None),
    )
    return (await work.session.execute(query)).first() is not None
