"""What every service tells alike of its records: what may be done with one now, and what happened to it."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from fastapi import Request, Response
from sqlalchemy import or_, select

from shared.events import EVENT
from shared.fields import Told
from shared.lifecycle import Option
from shared.paging import Page, Paging, Sorting, link_next, page
from shared.unit_of_work import Work

_ORDER = Sorting({"ordinal": EVENT.c.ordinal}, "ordinal", EVENT.c.id)


class PermittedMove(Told):
    """A move that is possible now: where it leads, which fields it still needs, and what speaks against it."""

    trigger: str
    target: str
    lacking: list[str]
    because: list[str]


class PermittedMoves(Told):
    """What the caller may do with the record now."""

    items: list[PermittedMove]
    next: None

    @classmethod
    def of(cls, options: Iterable[Option], *, seen: Callable[[str], str] = str) -> Self:
        """These options as clients see them; `seen` gives the name that people know a state by."""
        items = [
            PermittedMove(
                trigger=option.move.trigger,
                target=seen(option.move.target),
                lacking=list(option.lacking),
                because=list(option.because),
            )
            for option in options
        ]
        return cls(items=items, next=None)


class TimelineItem(Told):
    """One thing that happened to a record, or to what belongs to it."""

    id: UUID
    type: str
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


async def timeline(work: Work, record: UUID, paging: Paging, request: Request, response: Response) -> Timeline:
    """A page of what happened to a record that the caller may see, and to what belongs to it; `Link` names the next one."""
    columns = [EVENT.c[name] for name in TimelineItem.model_fields]
    query = select(*columns, EVENT.c.ordinal).where(or_(EVENT.c.subject == record, EVENT.c.about == record))
    found = await page(work.session, query, paging, _ORDER)
    link_next(request, response, found.next)
    items = [TimelineItem.model_validate(row) for row in found.rows]
    return Timeline(items=items, next=found.next, total=found.total)
