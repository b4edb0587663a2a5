"""The copy of governance's parties."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.service_level.models import PartyRow
from shared import copies


async def keep(session: AsyncSession, rows: Iterable[dict[str, Any]]) -> None:
    """Bring the copies up to date; of several versions the latest counts, whatever came last."""
    await copies.keep(session, PartyRow, rows)


async def known(session: AsyncSession, identity: UUID) -> bool:
    """Whether governance has told of this party and it is active."""
    return bool(await session.scalar(select(PartyRow.active).where(PartyRow.id == identity)))
