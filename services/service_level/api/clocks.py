"""Clocks over HTTP: lists to work by, and each one with its reasons."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query, Request, Response

from services.service_level.api.callers import Concerned
from services.service_level.commands.explanations import explain
from services.service_level.repository import clocks
from services.service_level.schemas.clocks import ClockPage, ClockState, ClockView, ExplainedClock, Verdict
from services.service_level.schemas.reports import Team
from shared import clock as wall
from shared.contracts.incident import Priority
from shared.contracts.service_level import Target
from shared.fields import Instant
from shared.http import etag
from shared.http import router as strict
from shared.paging import Pages, link_next

router = strict(tags=["clocks"])
Order = Annotated[Literal["created_at", "-created_at"] | None, Query()]


@router.get("/clocks")
async def list_clocks(
    request: Request,
    response: Response,
    work: Concerned,
    paging: Pages,
    record_id: UUID | None = None,
    target: Target | None = None,
    state: Annotated[list[ClockState] | None, Query()] = None,
    verdict: Annotated[list[Verdict] | None, Query()] = None,
    priority: Annotated[list[Priority] | None, Query()] = None,
    service_id: UUID | None = None,
    party_id: UUID | None = None,
    team: Annotated[Team | None, Query()] = None,
    due_from: Instant | None = None,
    due_before: Instant | None = None,
    sort: Order = None,
) -> ClockPage:
    """The clocks that the caller may see, with their verdicts at this moment."""
    async with work:
        found = await clocks.clocks(
            work.session,
            work.caller,
            wall.now(),
            paging,
            sort,
            record_id=record_id,
            target=target,
            states=state or (),
            verdicts=verdict or (),
            priorities=priority or (),
            service_id=service_id,
            party_id=party_id,
            team=team,
            due_from=due_from,
            due_before=due_before,
        )
    link_next(request, response, found.next)
    items = [ClockView.model_validate(_shown(row)) for row in found.rows]
    return ClockPage(items=items, next=found.next, total=found.total)


@router.get("/clocks/{clock_id}")
async def read_clock(clock_id: UUID, response: Response, work: Concerned) -> ExplainedClock:
    """One clock at this moment: every interval, counted or not, the agreement and the calendar that it goes by."""
    row, explained = await explain(work, clock_id)
    etag(response, row.version)
    return ExplainedClock.model_validate({**_shown(row), **explained})


def _shown(row: Any) -> dict[str, Any]:
    record = {"service": "incident", "type": "incident", "id": row.incident_id, "number": row.number}
    return {**row._mapping, "record": record}  # noqa: SLF001 - a row's public mapping
