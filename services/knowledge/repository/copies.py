"""Queries about the copies of what others own."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import select

from services.knowledge.models import KnownPerson
from shared import copies
from shared.unit_of_work import Work


async def person_is_active(work: Work, identity: UUID) -> bool:
    """Whether a person of governance is known here and active."""
    query = select(KnownPerson.id).where(KnownPerson.id == identity, KnownPerson.active)
    return (await work.session.execute(query)).first() is not None


async def keep(work: Work, rows: Iterable[dict[str, Any]]) -> None:
    """Bring the copies of people up to date; of several versions the latest counts, whatever came last."""
    await copies.keep(work.session, KnownPerson, rows)


async def forget(work: Work) -> None:
    """Drop the copies."""
    await copies.forget(work.session, (KnownPerson,))
