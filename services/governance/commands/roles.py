"""Roles: assigned to people, everywhere or within a scope, and withdrawn."""

from uuid import UUID

from uuid_utils.compat import uuid7

from services.governance.commands.activity import leaving_an_administrator
from services.governance.domain.scopes import scope as scope_of
from services.governance.errors import AlreadyWithdrawn
from services.governance.models import RoleAssignment
from services.governance.repository import people
from services.governance.repository import roles as repository
from services.governance.repository.writing import write
from shared import clock
from shared.contracts.governance import RoleAssigned, RoleWithdrawn
from shared.contracts.roles import ADMINISTRATOR
from shared.errors import check_version, invalid
from shared.unit_of_work import Work

ASSIGNED, WITHDRAWN = "assigned", "withdrawn"


async def assign_role(work: Work, *, person_id: UUID, role: str, scope: str | None) -> RoleAssignment:
    """A role given to an active person. Raises `AlreadyAssigned`, or points at the person or the scope.

    An administrator may do everything, so that role takes no scope. A service of a scope belongs to another process and
    is taken as it is written.
    """
    async with work:
        if made := await work.earlier_result():
            return await repository.assignment(work, made)
        await people.active_people(work, [person_id], "/person_id")
        place = await _place(work, role, scope)
        now, identity = clock.now(), uuid7()
        assignment = RoleAssignment(
            id=identity,
            state=ASSIGNED,
            person_id=person_id,
            role=role,
            place=place,
            withdrawn_at=None,
            version=0,
            correlation_id=identity,
            created_at=now,
            updated_at=now,
        )
        work.insert(assignment)
        work.emit(assignment, RoleAssigned(person_id=person_id, role=role, scope=place or None), about=person_id)
        work.remember_result(identity)
        await write(work)
        return assignment


async def withdraw_role(work: Work, identity: UUID, expected: int) -> RoleAssignment:
    """The assignment, withdrawn; tokens given before keep the role until they end. Raises `LastAdministrator`."""
    async with work, leaving_an_administrator(work):
        assignment = await repository.assignment(work, identity, lock=True)
        check_version(assignment.version, expected)
        if assignment.withdrawn_at is not None:
            raise AlreadyWithdrawn
        assignment.state, assignment.withdrawn_at = WITHDRAWN, clock.now()
        fact = RoleWithdrawn(person_id=assignment.person_id, role=assignment.role, scope=assignment.place or None)
        work.emit(assignment, fact, about=assignment.person_id)
        return assignment


async def _place(work: Work, role: str, scope: str | None) -> str:
    if scope is None:
        return ""
    if role == ADMINISTRATOR:
        raise invalid("/scope", "an administrator may do everything everywhere; leave the scope out")
    try:
        named = scope_of(scope)
    except ValueError as error:
        raise invalid("/scope", str(error)) from None
    if named.kind in ("party", "team"):
        await repository.record_in_scope(work, named.kind, named.record)
    return str(named)
