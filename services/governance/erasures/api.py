"""Erasures of people over HTTP."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Response

from services.governance import access
from services.governance.erasures import commands
from services.governance.erasures.queries import ERASURES
from services.governance.erasures.schemas import ErasePerson, ErasurePage, ErasureQuery, ErasureView
from shared.http import Allowed, created
from shared.http import router as strict
from shared.http.lists import read_json
from shared.http.reading import mount_reading
from shared.unit_of_work import Work

router = strict(tags=["people"])
ADDRESS = "/erasures/{erasure_id}"
Administering = Annotated[Work, Allowed(access.ADMINISTER)]

mount_reading(router, ADDRESS, ERASURES, ErasureView, ErasurePage, ErasureQuery)


KNOWN: dict[int | str, dict[str, Any]] = {
    200: {"model": ErasureView, "description": "The erasure that was there already."}
}


@router.post("/people/{person_id}/erasure", status_code=201, response_model=ErasureView, responses=KNOWN)
async def erase_person(person_id: UUID, body: ErasePerson, work: Administering) -> Response:
    """Erase a retired person in every service; a second request answers 200 with the same erasure.

    Name, addresses, password and the texts that the person wrote go for good. What others wrote, ids and figures stay.
    """
    erasure, new = await commands.erase_person(work, person_id, body.reason)
    response = await read_json(work, ERASURES, erasure.id, ErasureView)
    if new:
        response.status_code = 201
        created(response, erasure, "/governance/v1/erasures")
    return response


@router.get("/people/{person_id}/erasure", response_model=ErasureView)
async def read_erasure_of_person(person_id: UUID, work: Administering) -> Response:
    """The erasure of a person: who asked for it, why, and which services have done their part."""
    return await read_json(work, ERASURES, (await commands.erasure_of(work, person_id)).id, ErasureView)


@router.post("/people/{person_id}/erasure/repeat", response_model=ErasureView)
async def repeat_erasure(person_id: UUID, work: Administering) -> Response:
    """Let every service carry out an erasure again, because a database was restored from a backup that is older."""
    return await read_json(work, ERASURES, (await commands.repeat_erasure(work, person_id)).id, ErasureView)
