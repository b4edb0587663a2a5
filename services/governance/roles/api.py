"""Role assignments over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import Response

from services.governance import access
from services.governance.roles import commands
from services.governance.roles.queries import ASSIGNMENTS
from services.governance.roles.schemas import AssignRole, RoleAssignmentPage, RoleAssignmentQuery, RoleAssignmentView
from shared.http import Allowed, ExpectedVersion, created
from shared.http import router as strict
from shared.http.reading import mount_reading
from shared.unit_of_work import Work

router = strict(tags=["roles"])
Administering = Annotated[Work, Allowed(access.ADMINISTER)]


@router.post("/role-assignments", status_code=201)
async def assign_role(body: AssignRole, response: Response, work: Administering) -> RoleAssignmentView:
    """Give a person a role; the next token has it."""
    assignment = await commands.assign_role(work, person_id=body.person_id, role=str(body.role), scope=body.scope)
    created(response, assignment, "/governance/v1/role-assignments")
    return RoleAssignmentView.model_validate(assignment)


@router.delete("/role-assignments/{assignment_id}", status_code=204, response_class=Response)
async def withdraw_role(assignment_id: UUID, expected: ExpectedVersion, work: Administering) -> None:
    """Withdraw a role: tokens with it are refused at once; the assignment stays, in state `withdrawn`."""
    await commands.withdraw_role(work, assignment_id, expected)


address = "/role-assignments/{assignment_id}"
mount_reading(router, address, ASSIGNMENTS, RoleAssignmentView, RoleAssignmentPage, RoleAssignmentQuery)
