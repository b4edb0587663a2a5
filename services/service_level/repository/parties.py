"""The copy of governance's parties."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.service_level.models import PartyRow


async def copy(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> None:
    """Keep these parties, one row each, unless something newer is known."""
    new = insert(PartyRow)
    changed = {name: new.excluded[name] for name in ("sequence", "number", "name", "kind", "active")}
    await session.execute(
        new.on_conflict_do_update(index_elements=["id"], set_=changed, where=PartyRow.sequence < new.excluded.sequence),
        sorted(rows, key=lambda row: row["id"].int),
    )


async def known(session: AsyncSession, identity: UUID) -> bool:
    """Whether governance has told of this party and it is active."""
    return bool(await session.scalar(select(PartyRow.active).where(PartyRow.id == identity)))
