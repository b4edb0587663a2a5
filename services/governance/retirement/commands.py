"""Retires and reactivates records of any kind, and makes sure that one administrator remains."""

from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from typing import Any, TypeVar
from uuid import UUID

from services.governance import access
from services.governance.access_ends.commands import end_access
from services.governance.lifecycles import RETIRED, RETIREMENT
from services.governance.models import Model
from services.governance.retirement.queries import administrators, advisory_lock
from shared.contracts import Event
from shared.errors import Conflict
from shared.records import Noun, event_of
from shared.unit_of_work import Work
from shared.versions import Expected

M = TypeVar("M", bound=Model)


class LastAdministrator(Conflict):
    """No administrator would be left."""

    slug, title = "last-administrator", "Somebody must remain administrator"


async def move(
    work: Work,
    noun: Noun[M],
    identity: UUID,
    expected: Expected,
    trigger: str,
    event: type[Event],
    *,
    whose_access: Callable[[M], Collection[UUID]],
) -> M:
    """The record after `trigger`; when it is retired, the tokens of the people in `whose_access` are refused from now on.

    Raises `NotFound`, `VersionConflict`, `MoveNotPermitted` or `LastAdministrator`.
    """
    async with work:
        if await work.earlier_result():
            return await noun.one(work, identity)
        async with leaving_an_administrator(work):
            record: Any = await noun.to_change(work, identity, expected, access.ADMINISTER)
            record.state = RETIREMENT.fire(record.state, trigger, {}).target
        work.emit(record, event_of(event, record))
        if record.state == RETIRED:
            await end_access(work, record, whose_access(record), "retired")
        work.remember_result(record.id)
        found: M = record
        return found


@asynccontextmanager
async def leaving_an_administrator(work: Work) -> AsyncIterator[None]:
    """Raises `LastAdministrator` when the block removes the last administrator, also when several requests run at once."""
    await advisory_lock(work, "administrators")
    before = await administrators(work)
    yield
    if before and not await administrators(work):
        raise LastAdministrator("This is the last administrator; give another active person the role first.")
