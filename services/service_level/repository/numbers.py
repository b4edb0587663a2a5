"""The numbers that people see, from the database's sequences: unique and rising, gaps allowed."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.service_level.models import NUMBERS


async def next_number(session: AsyncSession, prefix: str) -> str:
    """The next number, e.g. `AGR-000042`."""
    value = await session.scalar(select(NUMBERS[prefix].next_value()))
    return f"{prefix}-{value:06}"
