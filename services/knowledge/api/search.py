"""The search over HTTP."""

from typing import Annotated

from fastapi import Query

from services.knowledge.api.callers import Asking
from services.knowledge.domain.highlights import as_html
from services.knowledge.domain.questions import understood
from services.knowledge.repository.search import search
from services.knowledge.schemas.search import Hit, Hits
from shared.contracts.knowledge import KiType
from shared.http import router as strict

router = strict(tags=["search"])


@router.get("/search")
async def search_items(
    work: Asking,
    q: Annotated[
        str, Query(max_length=200, description='Words, "phrases", or, -without; the last word may be unfinished.')
    ],
    ki_type: Annotated[KiType | None, Query(alias="type")] = None,
    limit: Annotated[int, Query(ge=1, le=50, description="At most so many answers.")] = 10,
) -> Hits:
    """The current knowledge items that answer a question best, in Dutch and English; what makes no question finds nothing."""
    async with work:
        found = await search(work, understood(q), ki_type, limit)
    items = [
        Hit.model_validate({**row._mapping, "marked_title": as_html(row.marked_title), "excerpt": as_html(row.excerpt)})  # noqa: SLF001 - a row's public mapping
        for row in found
    ]
    return Hits(items=items, next=None)
