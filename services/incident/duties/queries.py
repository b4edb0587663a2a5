"""Queries of what waits for a person, and of who could take it."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Text, and_, cast, func, or_, select

from services.incident.lifecycles import ENDED
from services.incident.models import Incident, KnownPerson, KnownTeam


def assigned(incident: Any, person_id: UUID) -> ColumnElement[bool]:
    """Incidents that the person recovers."""
    return and_(incident.assignee_id == person_id, incident.state.not_in(ENDED))


def called(incident: Any, person_id: UUID) -> ColumnElement[bool]:
    """Incidents whose recovery the person waits for, and confirms."""
    return and_(incident.caller_id == person_id, incident.state.not_in(ENDED))


def teammates(person_id: UUID) -> Select[UUID, str]:
    """Who is in the teams of the incidents that the person recovers, or in the person's own: who is in most of them first."""
    theirs = select(Incident.team_id).where(assigned(Incident, person_id), Incident.team_id.is_not(None))
    people = select(KnownPerson.id, KnownPerson.name).join(
        KnownTeam, KnownTeam.member_ids.has_key(cast(KnownPerson.id, Text))
    )
    people = people.where(KnownTeam.active, or_(KnownTeam.id.in_(theirs), KnownTeam.member_ids.has_key(str(person_id))))
    people = people.where(KnownPerson.active, KnownPerson.id != person_id).group_by(KnownPerson.id, KnownPerson.name)
    return people.order_by(func.count().desc(), KnownPerson.name, KnownPerson.id)


def colleagues(person_id: UUID) -> Select[UUID, str]:
    """The other people of the person's party, by name."""
    party = select(KnownPerson.party_id).where(KnownPerson.id == person_id).scalar_subquery()
    people = select(KnownPerson.id, KnownPerson.name).where(KnownPerson.party_id == party)
    return people.where(KnownPerson.active, KnownPerson.id != person_id).order_by(KnownPerson.name, KnownPerson.id)
