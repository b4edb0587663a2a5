"""Queries of what waits for a person, and of who could take it."""

from collections import defaultdict
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Text, and_, cast, exists, or_, select, tuple_

from services.change.approvals.rules import NEEDED
from services.change.lifecycles import CHANGE, RFC
from services.change.models import Approval, KnownPerson, KnownRole

#: role → the types and risks of changes that it approves
_APPROVES: dict[str, list[tuple[str, str]]] = defaultdict(list)
for _classes, _roles in NEEDED.items():
    for _role in _roles:
        _APPROVES[_role].append(_classes)


def requested(request: Any, person_id: UUID) -> ColumnElement[bool]:
    """Requests for change that are not decided about and that the person made."""
    return and_(request.requester_id == person_id, request.state.not_in(RFC.final))


def wanted(change: Any, person_id: UUID) -> ColumnElement[bool]:
    """Changes that have not ended and that the person wants."""
    return and_(change.requester_id == person_id, change.state.not_in(CHANGE.final))


def approval_awaited(change: Any, person_id: UUID) -> ColumnElement[bool]:
    """Planned changes that wait for an approval in a role that the person holds and has not answered in."""
    return and_(change.state == "planned", or_(*(_awaits(change, role, person_id) for role in _APPROVES)))


def colleagues(person_id: UUID) -> Select[UUID, str]:
    """The other people of the person's party, by name."""
    party = select(KnownPerson.party_id).where(KnownPerson.id == person_id).scalar_subquery()
    people = select(KnownPerson.id, KnownPerson.name).where(KnownPerson.party_id == party)
    return people.where(KnownPerson.active, KnownPerson.id != person_id).order_by(KnownPerson.name, KnownPerson.id)


def approvers(person_id: UUID) -> Select[UUID, str]:
    """Who else holds a role in which the person approves, by name."""
    own = select(KnownRole.role).where(KnownRole.person_id == person_id, KnownRole.held)
    held = exists().where(
        KnownRole.person_id == KnownPerson.id, KnownRole.held, KnownRole.role.in_(own), KnownRole.role.in_(_APPROVES)
    )
    people = select(KnownPerson.id, KnownPerson.name).where(KnownPerson.active, KnownPerson.id != person_id, held)
    return people.order_by(KnownPerson.name, KnownPerson.id)


def _awaits(change: Any, role: str, person_id: UUID) -> ColumnElement[bool]:
    answered = exists().where(
        Approval.change_id == change.id,
        Approval.plan_round == change.plan_round,
        or_(Approval.role == role, Approval.given_by == str(person_id)),
    )
    within = or_(
        KnownRole.scope.is_(None),
        KnownRole.scope == "process:change",
        KnownRole.scope == "party:" + cast(change.party_id, Text),
        KnownRole.scope == "service:" + cast(change.service_id, Text),
    )
    holds = exists().where(KnownRole.person_id == person_id, KnownRole.held, KnownRole.role == role, within)
    return and_(tuple_(change.change_type, change.risk).in_(_APPROVES[role]), holds, ~answered)
