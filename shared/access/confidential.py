"""Confidential records that an administrator opened: for a while, for a reason, and recorded."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, DateTime, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from shared.events import KERNEL

OPENED = Table(
    "confidential_access",
    KERNEL,
    Column("record_id", Uuid, primary_key=True),
    Column("opened_by", Text, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("until", DateTime(timezone=True), nullable=False),
)


async def open_record(session: AsyncSession, record_id: UUID, *, opened_by: str, reason: str, until: datetime) -> None:
    """Let somebody see a confidential record until then."""
    new = insert(OPENED).values(record_id=record_id, opened_by=opened_by, reason=reason, until=until)
    changed = {"reason": new.excluded.reason, "until": new.excluded.until}
    await session.execute(new.on_conflict_do_update(index_elements=["record_id", "opened_by"], set_=changed))
