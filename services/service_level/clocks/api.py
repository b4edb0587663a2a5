"""Clocks over HTTP: lists of clocks, and each clock with its reasons."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response

from services.service_level.access import READ_CLOCKS
from services.service_level.clocks.queries import CLOCKS, explanation
from services.service_level.clocks.schemas import ClockPage, ClockQuery, ClockView, ExplainedClock
from shared import clock as wall
from shared.http import Allowed, etag, list_json
from shared.http import router as strict
from shared.unit_of_work import Work

router = strict(tags=["clocks"])
Reading = Annotated[Work, Allowed(READ_CLOCKS)]


@router.get("/clocks", response_model=ClockPage)
async def list_clocks(request: Request, work: Reading, query: Annotated[ClockQuery, Query()]) -> Response:
    """The clocks that the caller may see, with their verdicts at this moment."""
    return await list_json(request, work, CLOCKS, query, ClockView, values={"now": wall.now()})


@router.get("/clocks/{clock_id}")
async def read_clock(clock_id: UUID, response: Response, work: Reading) -> ExplainedClock:
    """One clock at this moment: every interval, counted or not, the agreement and the calendar that apply."""
    async with work:
        explained = await explanation(work, await CLOCKS.one(work, clock_id), wall.now())
    etag(response, explained["version"])
    return ExplainedClock.model_validate(explained)
