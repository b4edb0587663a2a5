"""Moves of knowledge items over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import Body, Response

from services.knowledge.api.callers import Providing
from services.knowledge.api.showing import view_of
from services.knowledge.commands import moves as commands
from services.knowledge.repository import items as repository
from services.knowledge.schemas.items import ItemView
from services.knowledge.schemas.moves import ItemMove
from shared.http import ExpectedVersion, etag
from shared.http import router as strict
from shared.http.moves import PermittedMoves

router = strict(tags=["items"])


@router.get("/items/{item_id}/moves")
async def list_item_moves(item_id: UUID, response: Response, work: Providing) -> PermittedMoves:
    """What the caller may do with the knowledge item now, and what each move still needs."""
    async with work:
        item = await repository.item(work, item_id)
        options = await commands.options_for(work, item)
    etag(response, item.version)
    return PermittedMoves.of(options)


@router.post("/items/{item_id}/moves")
async def move_item(
    item_id: UUID, body: Annotated[ItemMove, Body()], expected: ExpectedVersion, response: Response, work: Providing
) -> ItemView:
    """Move the knowledge item along its lifecycle; a refused move answers 409 with what is possible and what is lacking."""
    reason = getattr(body, "reason", None)
    async with work:
        item = await commands.move_item(work, item_id, expected, body.trigger, reason)
        view = await view_of(work, item)
    etag(response, item.version)
    return view
