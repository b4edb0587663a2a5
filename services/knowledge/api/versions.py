"""The versions of a knowledge item over HTTP."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Path, Query, Request, Response

from services.knowledge.api.callers import Asking
from services.knowledge.repository import items as repository
from services.knowledge.schemas.items import VersionPage, VersionView
from shared.http import router as strict
from shared.paging import Pages, link_next

router = strict(tags=["versions"])


@router.get("/items/{item_id}/versions")
async def list_item_versions(
    item_id: UUID,
    request: Request,
    response: Response,
    work: Asking,
    paging: Pages,
    sort: Annotated[Literal["number", "-number"] | None, Query()] = None,
) -> VersionPage:
    """The versions of a knowledge item that the caller may see, newest first: the provider all, others what is current."""
    async with work:
        found = await repository.versions(work, item_id, paging, sort)
    link_next(request, response, found.next)
    return VersionPage(
        items=[VersionView.model_validate(row) for row in found.rows], next=found.next, total=found.total
    )


@router.get("/items/{item_id}/versions/{number}")
async def read_item_version(
    item_id: UUID, number: Annotated[int, Path(ge=1, le=2**31 - 1)], work: Asking
) -> VersionView:
    """One version of a knowledge item."""
    async with work:
        found = await repository.version(work, item_id, number)
    return VersionView.model_validate(found)
