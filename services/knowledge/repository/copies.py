"""Queries about the copies of what others own."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from services.knowledge.models import KnownPerson
from shared.unit_of_work import Work


async def person_is_active(work: Work, identity: UUID) -> bool:
    """Whether a person of governance is known here and active."""
    query = select(KnownPerson.id).where(KnownPerson.id == identity, KnownPerson.active)
    return (await work.session.execute(query)).first() is not None


async def keep_people(work: Work, rows: Iterable[dict[str, Any]]) -> None:
    """Bring the copies up to date in one statement; of several versions the latest counts, whatever came last."""
    latest: dict[UUID, dict[str, Any]] = {}
    for row in rows:
        if row["id"] not in latest or row["sequence"] > latest[row["id"]]["sequence"]:
            latest[row["id"]] = row
    new = insert(KnownPerson).values(sorted(latest.values(), key=lambda row: row["id"]))
    await work.session.execute(
        new.on_conflict_do_update(
            index_elements=["id"],
            set_={"active": new.excluded.active, "sequence": new.excluded.sequence},
            where=KnownPerson.sequence < new.excluded.sequence,
        )
    )


async def forget_people(work: Work) -> None:
    """Drop the copies."""
    await work.session.execute(delete(KnownPerson))
