"""Rebuilding a service's derived data: an administrator starts a job and follows it; the service reads the feeds itself."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request, Response
from pydantic import Field

from shared.access import Caller
from shared.contracts.roles import ADMINISTRATOR
from shared.fields import ResponseModel
from shared.http.callers import AllowAdministrators
from shared.http.requests import router as strict
from shared.rebuilds import Rebuild, State
from shared.runtime import Running

router = strict()
Administrator = Annotated[Caller, Depends(AllowAdministrators())]


class FeedProgress(ResponseModel):
    """How far the feed of a publishing service has been read."""

    service: str
    last: int = Field(description="Position of its last event.")
    position: int = Field(description="Position up to which it has been read.")
    read: int
    handled: int = Field(description="How many of the events read were for this service.")


class RebuildView(ResponseModel):
    """A rebuild; `waiting` means for a new token, since its own is no longer accepted."""

    id: UUID
    state: State
    started_by: str
    created_at: datetime
    updated_at: datetime
    dropped_at: datetime | None = Field(description="When the rebuilt data replaced what was there; null before that.")
    ended_at: datetime | None
    reason: str | None = Field(description="Why it failed or waits.")
    dead_letters: int = Field(description="How many events could not be handled; each is a dead letter.")
    feeds: list[FeedProgress]


@router.post("/rebuild", status_code=202)
async def start_rebuild(request: Request, response: Response, caller: Administrator) -> RebuildView:
    """Rebuild what this service derived from events, nothing that a person entered, from the feeds.

    The service reads the feeds of the services that publish those events, with the token of this request, and emits only
    the events of the rebuild itself. What is there is used until the rebuilt data replaces it at the end. An event that
    cannot be handled becomes a dead letter. One rebuild runs at a time.
    """
    running: Running = request.app.state.running
    rebuild = await running.rebuilds.start(caller.acting(frozenset({ADMINISTRATOR})), _token(request))
    response.headers["Location"] = f"{request.url.path}/{rebuild.id}"
    return _view(rebuild)


@router.get("/rebuild")
async def read_last_rebuild(request: Request, _: Administrator) -> RebuildView:
    """The last rebuild of this service; 404 when there was none."""
    return _view(await request.app.state.running.rebuilds.get())


@router.get("/rebuild/{rebuild_id}")
async def read_rebuild(rebuild_id: UUID, request: Request, _: Administrator) -> RebuildView:
    """The progress of a rebuild, or how it ended."""
    return _view(await request.app.state.running.rebuilds.get(rebuild_id))


@router.post("/rebuild/{rebuild_id}/continue", status_code=202)
async def continue_rebuild(rebuild_id: UUID, request: Request, caller: Administrator) -> RebuildView:
    """Continue a rebuild whose token is no longer accepted, from where it stopped, with the token of this request."""
    running: Running = request.app.state.running
    return _view(await running.rebuilds.resume(rebuild_id, caller.acting(frozenset({ADMINISTRATOR})), _token(request)))


def _token(request: Request) -> str:
    return request.headers["authorization"].partition(" ")[2]


def _view(rebuild: Rebuild) -> RebuildView:
    return RebuildView.model_validate(asdict(rebuild) | {"started_by": rebuild.started_by.id})
