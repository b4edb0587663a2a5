"""Keeps the counts of words small; what they say stays the same."""

from services.knowledge.search.queries import add_up
from shared.unit_of_work import Work


async def sum_words(work: Work, limit: int) -> int:
    """Replace the changes of at most `limit` words' counts by their sums; returns how many words were summed."""
    async with work:
        return await add_up(work, limit)
