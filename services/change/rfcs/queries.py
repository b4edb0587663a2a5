"""Queries about requests for change."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select

from services.change import access
from services.change.models import REFERENCES, KnownPerson, Rfc
from shared.records import Noun
from shared.unit_of_work import Work

RFCS = Noun(Rfc, "request for change", access.READ, names={**REFERENCES, "caller_id": KnownPerson})


async def registered(work: Work, request_ids: Iterable[UUID]) -> set[UUID]:
    """The requests of other processes that already have a request for change."""
    query = select(RFCS.table.c.request_id).where(RFCS.table.c.request_id.in_(list(request_ids)))
    return set((await work.session.scalars(query)).all())


async def party_of(work: Work, person_id: UUID) -> UUID | None:
    """The party that a person belongs to, when the person is known here."""
    return await work.session.scalar(select(KnownPerson.party_id).where(KnownPerson.id == person_id))
