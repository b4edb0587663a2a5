"""Requests for change over HTTP: submitted, read, decided about."""

from typing import Annotated
from uuid import UUID

from fastapi import Body, Response

from services.change import access
from services.change.lifecycles import RFC
from services.change.rfcs import commands
from services.change.rfcs.queries import RFCS
from services.change.rfcs.schemas import RfcMove, RfcPage, RfcQuery, RfcView, SubmitRfc
from shared.http import Allowed, ExpectedVersion, created, etag
from shared.http import router as strict
from shared.http.mounted import mount_links, mount_notes, mount_timeline, mount_watchers
from shared.http.moves import PermittedMoves
from shared.http.reading import mount_reading
from shared.unit_of_work import Work

router = strict(tags=["requests for change"])


@router.post("/rfcs", status_code=201)
async def submit_rfc(body: SubmitRfc, response: Response, work: Annotated[Work, Allowed(access.SUBMIT_RFC)]) -> RfcView:
    """Ask for a change."""
    rfc = await commands.submit_rfc(work, body.model_dump())
    created(response, rfc, "/change/v1/rfcs")
    return RfcView.model_validate(rfc)


@router.get("/rfcs/{rfc_id}/moves")
async def list_rfc_moves(
    rfc_id: UUID, response: Response, work: Annotated[Work, Allowed(access.READ)]
) -> PermittedMoves:
    """What the caller may do with the request now, and what each move still needs."""
    async with work:
        rfc = await RFCS.one(work, rfc_id)
    etag(response, rfc.version)
    return PermittedMoves.of(RFC.options(rfc.state, {}, access.MOVE_RFC.roles(work.caller, rfc)), RfcMove)


@router.post("/rfcs/{rfc_id}/moves")
async def move_rfc(
    rfc_id: UUID,
    body: Annotated[RfcMove, Body()],
    expected: ExpectedVersion,
    response: Response,
    work: Annotated[Work, Allowed(access.MOVE_RFC)],
) -> RfcView:
    """Decide about the request, or send it in again; accepting it creates its change."""
    given = body.model_dump(exclude={"trigger"}, exclude_none=True)
    rfc = await commands.move_rfc(work, rfc_id, expected, body.trigger, given)
    etag(response, rfc.version)
    return RfcView.model_validate(rfc)


mount_reading(router, "/rfcs/{rfc_id}", RFCS, RfcView, RfcPage, RfcQuery)
mount_notes(router, "/rfcs/{rfc_id}", RFCS, access.READ_INTERNAL, write=access.WRITE_NOTE)
mount_links(router, "/rfcs/{rfc_id}", RFCS, access.LINK)
mount_timeline(router, "/rfcs/{rfc_id}", RFCS, access.READ_INTERNAL)
mount_watchers(router, "/rfcs/{rfc_id}", RFCS, access.CORRECT)
