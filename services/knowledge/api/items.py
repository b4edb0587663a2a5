"""Knowledge items over HTTP: registered, listed, read, edited."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query, Request, Response

from services.knowledge.api.callers import Asking, Providing
from services.knowledge.api.showing import line_of, view_of
from services.knowledge.commands import items as commands
from services.knowledge.domain.kinds import CONTENT
from services.knowledge.repository import items as repository
from services.knowledge.schemas.items import (
    Audience,
    DraftState,
    EditItem,
    ItemPage,
    ItemView,
    Language,
    RegisterItem,
    State,
)
from shared.contracts.knowledge import KiType
from shared.http import ExpectedVersion, etag
from shared.http import router as strict
from shared.paging import Pages, link_next

router = strict(tags=["items"])
Order = Annotated[
    Literal["created_at", "-created_at", "updated_at", "-updated_at", "number", "-number", "title", "-title"] | None,
    Query(),
]


@router.post("/items", status_code=201)
async def register_item(body: RegisterItem, response: Response, work: Providing) -> ItemView:
    """Register a knowledge item; its first version is a draft."""
    content = {name: getattr(body, name) for name in CONTENT}
    async with work:
        item = await commands.register_item(work, ki_type=body.ki_type, owner_id=body.owner_id, content=content)
        view = await view_of(work, item)
    etag(response, item.version)
    return view


@router.get("/items")
async def list_items(
    request: Request,
    response: Response,
    work: Asking,
    paging: Pages,
    ki_type: Annotated[KiType | None, Query(alias="type")] = None,
    state: State | None = None,
    draft_state: Annotated[DraftState | None, Query(description="in_review: what waits for a reviewer.")] = None,
    audience: Audience | None = None,
    language: Language | None = None,
    owner_id: UUID | None = None,
    text: Annotated[
        str | None, Query(max_length=200, description="Words that it holds; search ranks, this does not.")
    ] = None,
    sort: Order = None,
) -> ItemPage:
    """The knowledge items that the caller may see: the provider all, everybody else what is current and public."""
    filters = {
        "ki_type": ki_type,
        "state": state,
        "draft_state": draft_state,
        "audience": audience,
        "language": language,
        "owner_id": owner_id,
        "text": text,
    }
    async with work:
        found = await repository.items(work, paging, sort, filters)
    link_next(request, response, found.next)
    return ItemPage(items=[line_of(work, row) for row in found.rows], next=found.next, total=found.total)


@router.get("/items/{item_id}")
async def read_item(item_id: UUID, response: Response, work: Asking) -> ItemView:
    """One knowledge item with its current version, and its draft for the provider."""
    async with work:
        item = await repository.item(work, item_id)
        view = await view_of(work, item)
    etag(response, item.version)
    return view


@router.patch("/items/{item_id}")
async def edit_item(
    item_id: UUID, body: EditItem, expected: ExpectedVersion, response: Response, work: Providing
) -> ItemView:
    """Write in the draft of a knowledge item; a current one gets a new draft and stays readable as it is."""
    given = {name: getattr(body, name) for name in body.model_fields_set}
    async with work:
        item = await commands.edit_item(work, item_id, expected, given)
        view = await view_of(work, item)
    etag(response, item.version)
    return view
