"""Knowledge items and their versions over HTTP: registered, listed, read, edited, moved."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Body, Path, Query, Request, Response

from services.knowledge import access
from services.knowledge.items import commands, schemas
from services.knowledge.items.queries import ITEMS, ItemQuery, items_for
from services.knowledge.items.schemas import ItemLine, ItemView, VersionQuery, VersionView
from services.knowledge.versions.queries import VERSIONS
from shared.http import NO_NAMES, Allowed, ExpectedVersion, Include, created, etag, list_json, read_json
from shared.http import router as strict
from shared.http.mounted import mount_notes, mount_timeline
from shared.http.moves import PermittedMoves
from shared.unit_of_work import Work

router = strict(tags=["items"])
Reading = Annotated[Work, Allowed(access.READ)]
Writing = Annotated[Work, Allowed(access.WRITE)]


@router.post("/items", status_code=201, response_model=ItemView)
async def register_item(body: schemas.RegisterItem, work: Writing) -> Response:
    """Register a knowledge item; its first version is a draft."""
    async with work:
        item = await commands.register_item(work, body.model_dump())
        answer = await read_json(work, ITEMS, item.id, ItemView)
    answer.status_code = 201
    created(answer, item, "/knowledge/v1/items")
    return answer


@router.get("/items", response_model=schemas.ItemPage)
async def list_items(request: Request, work: Reading, query: Annotated[ItemQuery, Query()]) -> Response:
    """The knowledge items that the caller may see: the provider sees all, everybody else current public items."""
    return await list_json(request, work, items_for(work.caller), query, ItemLine)


@router.get("/items/{item_id}", response_model=ItemView)
async def read_item(item_id: UUID, work: Reading, include: Include = NO_NAMES) -> Response:
    """One knowledge item with its current version, and its draft for the provider."""
    return await read_json(work, items_for(work.caller), item_id, ItemView, include)


@router.patch("/items/{item_id}", response_model=ItemView)
async def edit_item(item_id: UUID, body: schemas.EditItem, expected: ExpectedVersion, work: Writing) -> Response:
    """Write in the draft of a knowledge item; for a current item this creates a draft, and its current version stays readable."""
    given = {name: getattr(body, name) for name in body.model_fields_set}
    async with work:
        await commands.edit_item(work, item_id, expected, given)
        return await read_json(work, ITEMS, item_id, ItemView)


@router.get("/items/{item_id}/moves")
async def list_item_moves(
    item_id: UUID, response: Response, work: Annotated[Work, Allowed(access.READ_INTERNAL)]
) -> PermittedMoves:
    """What the caller may do with the knowledge item now, and what each move still needs."""
    async with work:
        item = await ITEMS.one(work, item_id)
        etag(response, item.version)
        return PermittedMoves.of(await commands.options_for(work, item), schemas.ItemMove)


@router.post("/items/{item_id}/moves", response_model=ItemView)
async def move_item(
    item_id: UUID, body: Annotated[schemas.ItemMove, Body()], expected: ExpectedVersion, work: Writing
) -> Response:
    """Move the knowledge item along its lifecycle; a refused move answers 409 with the possible moves and what is missing."""
    async with work:
        await commands.move_item(work, item_id, expected, body.trigger, body.model_dump(exclude={"trigger"}))
        return await read_json(work, ITEMS, item_id, ItemView)


@router.get("/items/{item_id}/versions", response_model=schemas.VersionPage)
async def list_item_versions(
    item_id: UUID, request: Request, work: Reading, query: Annotated[VersionQuery, Query()]
) -> Response:
    """The versions of a knowledge item that the caller may see, newest first: the provider sees all, others the current one."""
    async with work:
        await items_for(work.caller).one(work, item_id)
        return await list_json(request, work, VERSIONS, query, VersionView, ki_id=item_id)


@router.get("/items/{item_id}/versions/{number}", response_model=VersionView)
async def read_item_version(item_id: UUID, number: Annotated[int, Path(ge=1, le=2**31 - 1)], work: Reading) -> Response:
    """One version of a knowledge item."""
    where: dict[str, Any] = {"ki_id": item_id, "number": number}
    async with work:
        page = await VERSIONS.page(work, VersionQuery(), VersionView, **where)
    if not page.rows:
        raise VERSIONS.not_found()
    return Response(page.rows[0], media_type="application/json")


mount_notes(router, "/items/{item_id}", ITEMS, access.READ_INTERNAL, write=access.WRITE)
mount_timeline(router, "/items/{item_id}", ITEMS, access.READ_INTERNAL)
