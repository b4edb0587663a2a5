"""Changes over HTTP: read, corrected, moved."""

from typing import Annotated, TypeVar
from uuid import UUID

from fastapi import Body, Query, Request, Response

from services.change import access
from services.change.calendar.queries import conflicts
from services.change.changes import commands
from services.change.changes.queries import CHANGES
from services.change.changes.schemas import ChangeMove, ChangeQuery, ChangeView, CorrectChange, PublicChangeView
from services.change.lifecycles import public_state
from services.change.models import Change, KnownPerson
from services.change.schemas import ChangeLine, ChangePage
from shared.http import NO_NAMES, Allowed, ExpectedVersion, Include, etag, list_json
from shared.http import router as strict
from shared.http.mounted import mount_links, mount_notes, mount_timeline, mount_watchers
from shared.http.moves import PermittedMoves
from shared.unit_of_work import Work

router = strict(tags=["changes"])
Reading = Annotated[Work, Allowed(access.READ)]
V = TypeVar("V", bound=PublicChangeView)


@router.get("/changes", response_model=ChangePage)
async def list_changes(request: Request, work: Reading, query: Annotated[ChangeQuery, Query()]) -> Response:
    """The changes that the caller may see."""
    return await list_json(request, work, CHANGES, query, ChangeLine)


@router.get("/changes/{change_id}")
async def read_change(
    change_id: UUID, response: Response, work: Reading, include: Include = NO_NAMES
) -> ChangeView | PublicChangeView:
    """One change; the client's side sees no plans and no evaluation."""
    async with work:
        change = await CHANGES.one(work, change_id)
        view = ChangeView if access.READ_INTERNAL.covers(work.caller, change) else PublicChangeView
        names = await CHANGES.names_of(work, change_id) if include else None
        return (await _view(work, response, change, view)).model_copy(update={"names": names})


@router.patch("/changes/{change_id}")
async def correct_change(
    change_id: UUID,
    body: CorrectChange,
    expected: ExpectedVersion,
    response: Response,
    work: Annotated[Work, Allowed(access.CORRECT)],
) -> ChangeView:
    """Correct a change; its state stays, and a plan that is corrected must be approved again."""
    async with work:
        change = await commands.correct_change(work, change_id, expected, body.model_dump(exclude_unset=True))
        return await _view(work, response, change, ChangeView)


@router.get("/changes/{change_id}/moves")
async def list_change_moves(change_id: UUID, response: Response, work: Reading) -> PermittedMoves:
    """What the caller may do with the change now, and what each move still needs."""
    async with work:
        change = await CHANGES.one(work, change_id)
        etag(response, change.version)
        return PermittedMoves.of(await commands.options_for(work, change), ChangeMove, public=public_state)


@router.post("/changes/{change_id}/moves")
async def move_change(
    change_id: UUID,
    body: Annotated[ChangeMove, Body()],
    expected: ExpectedVersion,
    response: Response,
    work: Annotated[Work, Allowed(access.MOVE)],
) -> ChangeView:
    """Move the change along its lifecycle; a refused move answers 409 with the possible moves and what is missing."""
    given = body.model_dump(exclude={"trigger"}, exclude_none=True)
    async with work:
        change = await commands.move_change(work, change_id, expected, body.trigger, given)
        return await _view(work, response, change, ChangeView)


mount_notes(router, "/changes/{change_id}", CHANGES, access.READ_INTERNAL, write=access.WRITE_NOTE)
mount_links(router, "/changes/{change_id}", CHANGES, access.LINK)
mount_timeline(router, "/changes/{change_id}", CHANGES, access.READ_INTERNAL)
mount_watchers(router, "/changes/{change_id}", CHANGES, access.CORRECT, people=KnownPerson)


async def _view(work: Work, response: Response, change: Change, view: type[V]) -> V:
    etag(response, change.version)
    fields = {**vars(change), "conflicts": await conflicts(work, change, scoped=True), "names": None}
    return view.model_validate(fields)
