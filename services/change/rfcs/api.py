"""Requests for change over HTTP: submitted, read, decided about."""

from typing import Annotated

from fastapi import Response

from services.change import access
from services.change.lifecycles import RFC
from services.change.models import KnownPerson
from services.change.rfcs import commands
from services.change.rfcs.queries import RFCS
from services.change.rfcs.schemas import RfcMove, RfcPage, RfcQuery, RfcView, SubmitRfc
from shared.http import Allowed, created
from shared.http import router as strict
from shared.http.mounted import mount_links, mount_notes, mount_timeline, mount_watchers
from shared.http.reading import mount_reading
from shared.http.writing import mount_moves
from shared.unit_of_work import Work

router = strict(tags=["requests for change"])
ADDRESS = "/rfcs/{rfc_id}"


@router.post("/rfcs", status_code=201)
async def submit_rfc(body: SubmitRfc, response: Response, work: Annotated[Work, Allowed(access.SUBMIT_RFC)]) -> RfcView:
    """Ask for a change."""
    rfc = await commands.submit_rfc(work, body.model_dump())
    created(response, rfc, "/change/v1/rfcs")
    return RfcView.model_validate(rfc)


mount_reading(router, ADDRESS, RFCS, RfcView, RfcPage, RfcQuery)
mount_moves(router, ADDRESS, RFCS, RfcMove, RfcView, commands.move_rfc, lifecycle=RFC, act=access.MOVE_RFC)
mount_notes(router, ADDRESS, RFCS, access.READ_INTERNAL, write=access.WRITE_NOTE)
mount_links(router, ADDRESS, RFCS, access.LINK)
mount_timeline(router, ADDRESS, RFCS, access.READ_INTERNAL)
mount_watchers(router, ADDRESS, RFCS, access.CORRECT, people=KnownPerson)
