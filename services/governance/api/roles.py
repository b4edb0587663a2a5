"""Role assignments over HTTP."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query, Request, Response

from services.governance.api.callers import Administering, Asking
from services.governance.commands import roles as commands
from services.governance.repository import roles as repository
from services.governance.schemas.roles import AssignmentState, AssignRole, Role, RoleAssignmentPage, RoleAssignmentView
from shared.http import ExpectedVersion, etag
from shared.http import router as strict
from shared.paging import Pages, link_next

router = strict(tags=["roles"])
Order = Annotated[Literal["created_at", "-created_at", "role", "-role"] | None, Query()]


@router.post("/role-assignments", status_code=201)
async def assign_role(body: AssignRole, response: Response, work: Administering) -> RoleAssignmentView:
    """Give a person a role; the next token has it."""
    made = await commands.assign_role(work, person_id=body.person_id, role=str(body.role), scope=body.scope)
    etag(response, made.version)
    return _told(made)


@router.get("/role-assignments")
async def list_role_assignments(
    request: Request,
    response: Response,
    work: Asking,
    paging: Pages,
    person_id: UUID | None = None,
    role: Role | None = None,
    state: AssignmentState | None = None,
    sort: Order = None,
) -> RoleAssignmentPage:
    """The assignments that the caller may see: the provider's people all, anybody else the own ones."""
    filters = {"person_id": person_id, "role": role, "state": state}
    async with work:
        found = await repository.assignments(work, paging, sort, filters)
    link_next(request, response, found.next)
    return RoleAssignmentPage(items=[_told(row) for row in found.rows], next=found.next, total=found.total)


@router.get("/role-assignments/{assignment_id}")
async def read_role_assignment(assignment_id: UUID, response: Response, work: Asking) -> RoleAssignmentView:
    """One assignment."""
    async with work:
        found = await repository.assignment(work, assignment_id)
    etag(response, found.version)
    return _told(found)


@router.delete("/role-assignments/{assignment_id}", status_code=204, response_class=Response)
async def withdraw_role(assignment_id: UUID, expected: ExpectedVersion, work: Administering) -> None:
    """Take a role away; the assignment stays, as withdrawn."""
    await commands.withdraw_role(work, assignment_id, expected)


def _told(row: Any) -> RoleAssignmentView:
    same = ("id", "state", "person_id", "role", "withdrawn_at", "version", "created_at", "updated_at")
    return RoleAssignmentView(**{name: getattr(row, name) for name in same}, scope=row.place or None)
