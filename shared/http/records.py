"""What every service tells alike of its records: what may be done with one now, and what happened to it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import Request, Response
from sqlalchemy import FromClause, or_, select, union_all

from shared.events import EVENT
from shared.fields import ResponseModel
from shared.paging import Page, Paging, Sorting, link_next, page
from shared.unit_of_work import Work


class TimelineItem(ResponseModel):
    """One thing that happened to a record, or to what belongs to it; `source` is the service that tells it."""

    id: UUID
    type: str
    source: str
    time: datetime
    subject: UUID
    about: UUID | None
    sequence: int
    actor: dict[str, Any]
    correlationid: UUID
    causationid: UUID | None
    historical: bool
    data: dict[str, Any]


class Timeline(Page):
    """A page of what happened, in the order in which it was recorded, the first thing first."""

    items: list[TimelineItem]


async def timeline(
    work: Work, record: UUID, paging: Paging, request: Request, response: Response, *, beside: FromClause | None = None
) -> Timeline:
    """A page of what happened to a record that the caller may see, and to what belongs to it; `Link` names the next one.

    `beside` holds what other services told of records, in the columns of the event log, `ordinal` from its sequence.
    """
    names = [*TimelineItem.model_fields, "ordinal"]
    told = select(*(EVENT.c[name] for name in names)).where(or_(EVENT.c.subject == record, EVENT.c.about == record))
    heard = [] if beside is None else [select(*(beside.c[name] for name in names)).where(beside.c.about == record)]
    all_told = union_all(told, *heard).subquery("told")
    order = Sorting({"ordinal": all_told.c.ordinal}, "ordinal", all_told.c.id)
    found = await page(work.session, select(all_told), paging, order)
    link_next(request, response, found.next)
    items = [TimelineItem.model_validate(row) for row in found.rows]
    return Timeline(items=items, next=found.next, total=found.total)
