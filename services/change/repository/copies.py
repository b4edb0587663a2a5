"""Queries about the copies of what other services own."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from services.change.models import COPIES, KnownItem, KnownParty, KnownPerson, KnownService
from shared.errors import invalid
from shared.unit_of_work import Work


async def check_references(
    work: Work,
    *,
    service_id: UUID | None = None,
    party_id: UUID | None = None,
    requester_id: UUID | None = None,
    ki_ids: Iterable[UUID] = (),
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
    wanted = set(ki_ids)
    if wanted and await _active(work, KnownItem, wanted) != wanted:
        raise invalid("/ki_ids", "one of them is not known here, or not active")


async def _active(work: Work, model: Any, ids: set[UUID]) -> set[UUID]:
    return set((await work.session.scalars(select(model.id).where(model.id.in_(ids), model.active))).all())


async def party_of(work: Work, person_id: UUID | None) -> UUID | None:
    """The party that a person belongs to, as far as known."""
    return await work.session.scalar(select(KnownPerson.party_id).where(KnownPerson.id == person_id))


async def keep_copies(work: Work, model: type[Any], rows: Iterable[dict[str, Any]]) -> None:
    """Bring copies up to date in one statement; of several versions the latest counts, whatever came last."""
    latest: dict[UUID, dict[str, Any]] = {}
    for row in rows:
        if row["id"] not in latest or row["sequence"] > latest[row["id"]]["sequence"]:
            latest[row["id"]] = row
    new = insert(model).values(sorted(latest.values(), key=lambda row: row["id"]))
    changed = {column.name: new.excluded[column.name] for column in model.__table__.c if column.name != "id"}
    await work.session.execute(
        new.on_conflict_do_update(index_elements=["id"], set_=changed, where=model.sequence < new.excluded.sequence)
    )


async def forget_copies(work: Work) -> None:
    """Drop all copies."""
    for model in COPIES:
        await work.session.execute(delete(model))
