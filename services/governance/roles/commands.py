"""Gives and withdraws roles, and checks their scopes."""

from typing import Any
from uuid import UUID

from services.governance import access
from services.governance.access_ends.commands import end_access
from services.governance.lifecycles import ACTIVE
from services.governance.models import Model, Party, RoleAssignment, Team
from services.governance.people.queries import PEOPLE, flush_unique
from services.governance.retirement.commands import leaving_an_administrator
from services.governance.retirement.queries import check_active
from services.governance.roles.queries import ASSIGNMENTS, is_assigned
from services.governance.roles.rules import scope_of
from shared import clock
from shared.contracts.governance import RoleAssigned, RoleWithdrawn
from shared.errors import Conflict, invalid
from shared.records import event_of, register
from shared.unit_of_work import Work
from shared.versions import Expected


class AlreadyAssigned(Conflict):
    """The person has the role in this scope already."""

    slug, title = "already-assigned", "The person has this role already"

    def __init__(self) -> None:
        super().__init__("The person has this role in this scope already.")


class AlreadyWithdrawn(Conflict):
    """The role was withdrawn already."""

    slug, title = "already-withdrawn", "The role was withdrawn already"


_ASSIGNED = {"uq_role_assignment_assigned": AlreadyAssigned}


async def assign_role(work: Work, *, person_id: UUID, role: str, scope: str | None) -> RoleAssignment:
    """The assignment of a role to an active person. Raises `AlreadyAssigned`, or a refusal that points at the field."""
    async with work:
        if earlier := await work.earlier_result():
            return await ASSIGNMENTS.one(work, earlier)
        await check_active(work, PEOPLE, [person_id], "/person_id")
        assignment = RoleAssignment(person_id=person_id, role=role, scope=await checked_scope(work, role, scope))
        register(work, assignment, RoleAssigned, about=person_id)
        await flush_unique(work, _ASSIGNED)
        return assignment


async def give_role(work: Work, assignment: RoleAssignment, to: UUID) -> None:
    """Withdraw a role from its holder and give it, in the same scope, to an active person, who may have it already."""
    async with work:
        await check_active(work, PEOPLE, [to], "/to")
        if not await is_assigned(work, to, assignment.role, assignment.scope):
            given = RoleAssignment(person_id=to, role=assignment.role, scope=assignment.scope)
            work.insert(given)
            work.emit(given, event_of(RoleAssigned, given), about=to)
            await flush_unique(work, _ASSIGNED)
        await withdraw_role(work, assignment.id, assignment.version)


async def withdraw_role(work: Work, identity: UUID, expected: Expected) -> RoleAssignment:
    """The assignment, withdrawn; tokens issued before are refused. Raises `AlreadyWithdrawn` or `LastAdministrator`."""
    async with work, leaving_an_administrator(work):
        assignment = await ASSIGNMENTS.to_change(work, identity, expected, access.ADMINISTER)
        if assignment.withdrawn_at is not None:
            raise AlreadyWithdrawn("This role was withdrawn already; assign it again where it is needed.")
        assignment.state, assignment.withdrawn_at = "withdrawn", clock.now()
        work.emit(assignment, event_of(RoleWithdrawn, assignment), about=assignment.person_id)
        await end_access(work, assignment, [assignment.person_id], "role_withdrawn")
        return assignment


async def checked_scope(work: Work, role: str, scope: str | None, pointer: str = "/scope") -> str | None:
    """The scope in its one spelling; refuses scopes that do not fit the role, or that name a record that is not active here.

    The id of a service is not checked, since services belong to another process.
    """
    if scope is None:
        return None
    try:
        found = scope_of(scope, role)
    except ValueError as error:
        raise invalid(pointer, str(error)) from None
    kinds: dict[str, type[Model]] = {"party": Party, "team": Team}
    if found.kind in kinds:
        record: Any = await work.session.get(kinds[found.kind], UUID(found.name))
        if record is None or record.state != ACTIVE:
            raise invalid(pointer, f"no such active {found.kind}")
    return str(found)
