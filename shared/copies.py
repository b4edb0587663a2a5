"""Copies of what other services own, kept by their events: of several versions the latest counts, whatever came last."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession


async def keep(session: AsyncSession, model: type[Any], rows: Iterable[dict[str, Any]]) -> None:
    """Bring copies up to date in one statement, unless something newer is known.

    Each row gives `id` and `sequence` (the version of the original that it shows) and the same further columns as the others.
    """
    latest: dict[UUID, dict[str, Any]] = {}
    for row in rows:
        if row["id"] not in latest or row["sequence"] > latest[row["id"]]["sequence"]:
            latest[row["id"]] = row
    if not latest:
        return
    new = insert(model)
    changed = {name: new.excluded[name] for name in next(iter(latest.values())) if name != "id"}
    await session.execute(
        new.on_conflict_do_update(index_elements=["id"], set_=changed, where=model.sequence < new.excluded.sequence),
        # in the order of their ids, so that two replicas wait for each other instead of embracing
        sorted(latest.values(), key=lambda row: row["id"]),
    )


async def forget(session: AsyncSession, models: Iterable[type[Any]]) -> None:
    """Drop all copies of these kinds; the feeds bring them back."""
    for model in models:
        await session.execute(delete(model))
