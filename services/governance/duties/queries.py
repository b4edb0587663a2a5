"""Queries of what waits for a person, and of who could take it."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, null, select
from sqlalchemy.orm import aliased

from services.governance.lifecycles import ACTIVE
from services.governance.models import Person, RoleAssignment


def held_alone(assignment: Any, person_id: UUID) -> ColumnElement[bool]:
    """Roles that the person has and no other active person has in the same scope."""
    return and_(_held(assignment, person_id), ~_held_by_others(assignment))


def held_with_others(assignment: Any, person_id: UUID) -> ColumnElement[bool]:
    """Roles that the person has, and another active person has too."""
    return and_(_held(assignment, person_id), _held_by_others(assignment))


def joined(team: Any, person_id: UUID) -> ColumnElement[bool]:
    """Active teams that the person is a member of."""
    return and_(team.member_ids.contains([person_id]), team.state == ACTIVE)


def no_number(_: Any) -> ColumnElement[Any]:
    """Assignments have no number."""
    return null()


def role_title(assignment: Any) -> ColumnElement[Any]:
    """A role, and its scope."""
    title: ColumnElement[Any] = assignment.role.concat(func.coalesce(" (" + assignment.scope + ")", ""))
    return title


def team_title(team: Any) -> ColumnElement[Any]:
    """The name of a team."""
    name: ColumnElement[Any] = team.name
    return name


def colleagues(person_id: UUID) -> Select[UUID, str]:
    """The other people of the person's party, by name."""
    party = select(Person.party_id).where(Person.id == person_id).scalar_subquery()
    people = select(Person.id, Person.name).where(Person.party_id == party, Person.state == ACTIVE)
    return people.where(Person.id != person_id).order_by(Person.name, Person.id)


def _held(assignment: Any, person_id: UUID) -> ColumnElement[bool]:
    return and_(assignment.person_id == person_id, assignment.withdrawn_at.is_(None))


def _held_by_others(assignment: Any) -> ColumnElement[bool]:
    other, holder = aliased(RoleAssignment), aliased(Person)
    return exists().where(
        other.role == assignment.role,
        other.scope.is_not_distinct_from(assignment.scope),
        other.withdrawn_at.is_(None),
        other.person_id != assignment.person_id,
        holder.id == other.person_id,
        holder.state == ACTIVE,
    )
