"""Proof for operators that a service's event log is as it was written, and an anchor of it to be stored elsewhere."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query, Request
from pydantic import Field

from shared import audit, clock, rights, security_log
from shared.contracts.roles import OPERATOR
from shared.fields import ResponseModel
from shared.http.requests import router as strict
from shared.http.requests import work_for_technical
from shared.unit_of_work import Work

router = strict()
Auditing = Annotated[Work, work_for_technical(OPERATOR)]
AFTER = "POSITION-HASH of the event after which to begin, which must still be there: `next` of an answer, or an anchor."


class Anchor(ResponseModel):
    """The end of a service's event log at one moment; stored elsewhere, it shows later what was removed or rewritten."""

    service: str
    position: int
    hash: str
    time: datetime


class BrokenEvent(ResponseModel):
    """The first place where the log is not as it was written."""

    position: int
    event_id: UUID | None
    fault: Literal["altered", "removed", "inserted"]
    why: str


class AuditView(ResponseModel):
    """What one call has verified: the events up to `position`, the last of which has this hash."""

    service: str
    verified: int
    erased: int = Field(description="How many of them have had their data erased.")
    position: int
    hash: str
    next: str | None = Field(description="Value of `after` for the next call; null at the end of the log.")
    broken: BrokenEvent | None
    protected: bool = Field(description="Whether the service's own login cannot change the log.")


@router.get("/audit")
async def verify_events(
    request: Request,
    work: Auditing,
    after: Annotated[str | None, Query(pattern="^[0-9]{1,18}-[0-9a-f]{64}$", description=AFTER)] = None,
    limit: Annotated[int, Query(ge=1, le=audit.MOST_AT_ONCE)] = audit.MOST_AT_ONCE,
) -> AuditView:
    """Verify the hashes of events in order of position, from the first event or from a known one."""
    async with work:
        found = await audit.verify(work.session, _link(after), limit=limit)
        protected = await rights.history_is_protected(work.session)
    service, broken = request.app.state.running.service.name, None
    if found.broken is not None:
        broken = BrokenEvent.model_validate(found.broken)
        security_log.record("history_broken", actor=work.actor.id, service=service, **broken.model_dump(mode="json"))
    return AuditView(
        service=service,
        verified=found.rows,
        erased=found.erased,
        position=found.head.position,
        hash=found.head.hash.hex(),
        next=None if found.complete or broken else f"{found.head.position}-{found.head.hash.hex()}",
        broken=broken,
        protected=protected,
    )


@router.get("/audit/anchor")
async def read_anchor(request: Request, work: Auditing) -> Anchor:
    """The position and the hash of the last event that has a number."""
    async with work:
        end = await audit.head(work.session)
    service = request.app.state.running.service.name
    return Anchor(service=service, position=end.position, hash=end.hash.hex(), time=clock.now())


def _link(after: str | None) -> audit.Link:
    position, _, digest = (after or "0-").partition("-")
    return audit.Link(int(position), bytes.fromhex(digest)) if int(position) else audit.START
