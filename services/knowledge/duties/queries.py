"""Queries of what waits for a person, and of who could take it."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, select

from services.knowledge.models import KnowledgeItem, KnownPerson


def owned(item: Any, person_id: Any) -> ColumnElement[bool]:
    """Items that the person keeps up to date."""
    return and_(item.owner_id == person_id, item.state != "retired")


def owners(person_id: UUID) -> Select[UUID, str]:
    """Who owns items, whoever owns most of them first, and then everybody else."""
    items = func.count(KnowledgeItem.id)
    people = select(KnownPerson.id, KnownPerson.name).outerjoin(KnowledgeItem, owned(KnowledgeItem, KnownPerson.id))
    people = people.where(KnownPerson.active, KnownPerson.id != person_id).group_by(KnownPerson.id, KnownPerson.name)
    return people.order_by(items.desc(), KnownPerson.name, KnownPerson.id)
