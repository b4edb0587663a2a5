"""Changes over HTTP: read, corrected, moved."""

from typing import Annotated
from uuid import UUID

from fastapi import Body, Request, Response

from services.change.api.callers import Asking, Providing
from services.change.api.rfcs import Order
from services.change.commands import changes as commands
from services.change.commands.authority import options_for
from services.change.commands.facts import facts_of
from services.change.domain.lifecycles import CHANGE, HOLDING_THE_WINDOW, place, shown
from services.change.domain.risk import Level
from services.change.models import Change
from services.change.repository import calendar
from services.change.repository import changes as repository
from services.change.schemas.changes import (
    ChangeDetails,
    ChangeLine,
    ChangePage,
    ChangeState,
    ChangeView,
    Conflict,
    CorrectChange,
)
from services.change.schemas.moves import ChangeMove
from shared.contracts.change import ChangeType
from shared.fields import Instant
from shared.http import ExpectedVersion, etag
from shared.http import router as strict
from shared.http.moves import PermittedMoves
from shared.http.records import Timeline, timeline
from shared.paging import Pages, link_next
from shared.unit_of_work import Work

router = strict(tags=["changes"])


@router.get("/changes")
async def list_changes(
    request: Request,
    response: Response,
    work: Asking,
    paging: Pages,
    state: ChangeState | None = None,
    change_type: ChangeType | None = None,
    risk: Level | None = None,
    service_id: UUID | None = None,
    party_id: UUID | None = None,
    rfc_id: UUID | None = None,
    parent_id: UUID | None = None,
    origin_id: UUID | None = None,
    created_from: Instant | None = None,
    created_until: Instant | None = None,
    sort: Order = None,
) -> ChangePage:
    """The changes that the caller may see."""
    filters = {
        "state": state,
        "change_type": change_type,
        "risk": risk,
        "service_id": service_id,
        "party_id": party_id,
        "rfc_id": rfc_id,
        "parent_id": parent_id,
        "origin_id": origin_id,
        "created_from": created_from,
        "created_until": created_until,
    }
    async with work:
        found = await repository.changes(work, paging, sort, filters)
    link_next(request, response, found.next)
    return ChangePage(items=[ChangeLine.model_validate(row) for row in found.rows], next=found.next, total=found.total)


@router.get("/changes/{change_id}")
async def read_change(change_id: UUID, response: Response, work: Asking) -> ChangeView:
    """One change."""
    async with work:
        return await _view(work, response, await repository.change(work, change_id))


@router.patch("/changes/{change_id}")
async def correct_change(
    change_id: UUID, body: CorrectChange, expected: ExpectedVersion, response: Response, work: Providing
) -> ChangeView:
    """Correct a change; its state stays, and a plan that is corrected must be approved anew."""
    async with work:
        change = await commands.correct_change(work, change_id, expected, body.model_dump(exclude_unset=True))
        return await _view(work, response, change)


@router.get("/changes/{change_id}/moves")
async def list_change_moves(change_id: UUID, response: Response, work: Asking) -> PermittedMoves:
    """What the caller may do with the change now, and what each move still needs."""
    async with work:
        change = await repository.change(work, change_id)
        facts = await facts_of(work, change)
    etag(response, change.version)
    options = options_for(work, CHANGE, place(change.state, change.held_state), facts)
    return PermittedMoves.of(options, public=shown)


@router.post("/changes/{change_id}/moves")
async def move_change(
    change_id: UUID, body: Annotated[ChangeMove, Body()], expected: ExpectedVersion, response: Response, work: Providing
) -> ChangeView:
    """Move the change along its lifecycle; a refused move answers 409 with what is possible and what is lacking."""
    given = body.model_dump(exclude={"trigger"}, exclude_none=True)
    async with work:
        change = await commands.move_change(work, change_id, expected, body.trigger, given)
        return await _view(work, response, change)


@router.get("/changes/{change_id}/timeline")
async def read_change_timeline(
    change_id: UUID, request: Request, response: Response, work: Asking, paging: Pages
) -> Timeline:
    """Everything that happened to the change, its approvals and its tests."""
    async with work:
        await repository.change(work, change_id)
        return await timeline(work, change_id, paging, request, response)


async def _view(work: Work, response: Response, change: Change) -> ChangeView:
    etag(response, change.version)
    rows = await calendar.conflicts(work, change, scoped=True)
    conflicts = [Conflict(**row._mapping, blocking=row.state in HOLDING_THE_WINDOW) for row in rows]  # noqa: SLF001 - a row's public mapping
    return ChangeView(**ChangeDetails.model_validate(change).model_dump(), conflicts=conflicts)
