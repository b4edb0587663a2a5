"""Queries about the copies of what other services own."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import select

from services.change.models import COPIES, KnownItem, KnownParty, KnownPerson, KnownService
from shared import copies, database
from shared.errors import invalid
from shared.unit_of_work import Work


async def check_references(
    work: Work,
    *,
    service_id: UUID | None = None,
    party_id: UUID | None = None,
    requester_id: UUID | None = None,
    ki_ids: Iterable[UUID | str] = (),
) -> None:
    """A refusal that names the first field whose record is not known here, or is not active any more."""
    asked: tuple[tuple[str, Any, UUID | None], ...] = (
        ("/service_id", KnownService, service_id),
        ("/party_id", KnownParty, party_id),
        ("/requester_id", KnownPerson, requester_id),
    )
    for pointer, model, identity in asked:
        if identity is not None and not await _active(work, model, {identity}):
            raise invalid(pointer, "not known here, or not active")
    wanted = {UUID(str(each)) for each in ki_ids}
    if wanted and await _active(work, KnownItem, wanted) != wanted:
        raise invalid("/ki_ids", "one of them is not known here, or not active")


async def _active(work: Work, model: Any, ids: set[UUID]) -> set[UUID]:
    return set((await work.session.scalars(select(model.id).where(model.id.in_(ids), model.active))).all())


async def not_current(work: Work, ki_ids: Iterable[str]) -> tuple[str, ...]:
    """The numbers of those items whose newest version is still written or reviewed; the ids of those never heard of.

    A retired item has nothing left to become current.
    """
    wanted = set(map(UUID, ki_ids))
    query = select(KnownItem.id, KnownItem.number, KnownItem.current, KnownItem.active).where(KnownItem.id.in_(wanted))
    known = (await work.session.execute(query)).all()
    unfinished = sorted(each.number for each in known if each.active and not each.current)
    return (*unfinished, *sorted(map(str, wanted - {each.id for each in known})))


async def party_of(work: Work, person_id: UUID | None) -> UUID | None:
    """The party that a person belongs to, as far as known."""
    return await work.session.scalar(select(KnownPerson.party_id).where(KnownPerson.id == person_id))


async def keep(work: Work, model: type[database.Copy], rows: Iterable[dict[str, Any]]) -> None:
    """Bring copies up to date; of several versions the latest counts, whatever came last."""
    await copies.keep(work.session, model, rows)


async def forget(work: Work) -> None:
    """Drop all copies."""
    await copies.forget(work.session, COPIES)
