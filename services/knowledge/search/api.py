"""The search over HTTP."""

from typing import Annotated

from fastapi import Query

from services.knowledge import access
from services.knowledge.search.queries import search
from services.knowledge.search.rules import parse_question
from services.knowledge.search.schemas import Hit, Hits
from shared.contracts.knowledge import KiType
from shared.http import Allowed
from shared.http import router as strict
from shared.records import OneOf
from shared.unit_of_work import Work

router = strict(tags=["search"])


@router.get("/search")
async def search_items(
    work: Annotated[Work, Allowed(access.READ)],
    q: Annotated[str, Query(max_length=200, description='Words, "phrases", or, -not; the last one may be unfinished.')],
    ki_type: Annotated[OneOf[KiType], Query(alias="type")] = None,
    limit: Annotated[int, Query(ge=1, le=50, description="The largest number of items to return.")] = 10,
) -> Hits:
    """The current knowledge items that fit a question best, in Dutch and English; without a meaningful word there are none."""
    async with work:
        found = await search(work, parse_question(q), ki_type, limit)
    return Hits(items=[Hit(**row) for row in found], next=None)
