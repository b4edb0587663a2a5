"""Queries about what is active, and about who could act as administrator."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text

from services.governance.lifecycles import ACTIVE
from services.governance.models import Party, Person, RoleAssignment
from shared.contracts.roles import ADMINISTRATOR
from shared.errors import invalid
from shared.records import Noun
from shared.unit_of_work import Work


async def check_active(work: Work, noun: Noun[Any], ids: Collection[UUID], pointer: str) -> None:
    """Refuse ids of records that are unknown or retired; locks the others, so that they stay active until the commit."""
    table = noun.table.c
    query = select(table.id).where(table.id.in_(ids), table.state == ACTIVE).order_by(table.id)
    # exclusive, since joining a team updates people and two shared locks would deadlock
    joins_teams = noun.model is Person
    known = set((await work.session.scalars(query.with_for_update(read=not joins_teams, key_share=joins_teams))).all())
    if missing := sorted(str(each) for each in set(ids) - known):
        raise invalid(pointer, f"not an active {noun.name}: {', '.join(missing[:10])}")


async def administrators(work: Work) -> int:
    """How many people could act as administrator now: active, of an active party, with the role."""
    await work.session.flush()
    query = (
        select(func.count(func.distinct(Person.id)))
        .join(RoleAssignment, RoleAssignment.person_id == Person.id)
        .join(Party, Party.id == Person.party_id)
        .where(RoleAssignment.role == ADMINISTRATOR, RoleAssignment.withdrawn_at.is_(None))
        .where(Person.state == ACTIVE, Party.state == ACTIVE)
    )
    return (await work.session.execute(query)).scalar_one()


async def advisory_lock(work: Work, what: str) -> None:
    """Let one transaction do `what` at a time; the others wait until its commit."""
    query = text("SELECT pg_advisory_xact_lock(hashtext('governance'), hashtext(:what))")
    await work.session.execute(query, {"what": what})
