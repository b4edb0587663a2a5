"""Queries of calls."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select, text

from services.incident.errors import CallUnknown
from services.incident.models import Call
from services.incident.repository.copies import refuse_service
from services.incident.repository.scope import own_values, reach, selected, within
from shared.paging import Paging, Slice, Sorting, page
from shared.unit_of_work import Work

CALL = Call.__table__
CALL_ORDER = Sorting({"created_at": CALL.c.created_at, "number": CALL.c.number}, "-created_at", CALL.c.id)
_BASICS = """
SELECT nextval('call_number'), nextval('incident_number'), (SELECT active FROM known_service WHERE id = $1)
"""
_CALL_NUMBER = text("SELECT nextval('call_number')")


async def basics(work: Work, service_id: UUID, *, named: bool) -> tuple[str, str]:
    """The next numbers of a call and of an incident; refuses a service as `copies.check_service` does, in the same look."""
    call, incident, active = (await work.execute_sql(_BASICS, service_id))[0]
    refuse_service(active, named=named)
    return f"CALL-{call:06d}", f"INC-{incident:06d}"


async def next_number(work: Work) -> str:
    """The next number of a call."""
    return f"CALL-{(await work.session.execute(_CALL_NUMBER)).scalar_one():06d}"


async def one(work: Work, identity: UUID) -> Call:
    """A call that the caller may see; `CallUnknown` otherwise."""
    mine = reach(work.caller)
    query = select(Call).where(Call.id == identity, within(CALL.c, mine)).params(own_values(mine))
    found = (await work.session.execute(query)).scalar_one_or_none()
    if found is None:
        raise CallUnknown
    return found


async def locked_one(work: Work, identity: UUID | None) -> Call | None:
    """A call, whoever may see it, locked for a change; `None` when there is none."""
    return (await locked(work, [identity])).get(identity) if identity else None


async def locked(work: Work, ids: Sequence[UUID]) -> dict[UUID, Call]:
    """Those of the calls that are here, by id, locked for a change in an order that every handler keeps."""
    if not ids:
        return {}
    query = select(Call).where(Call.id.in_(ids)).order_by(Call.id).with_for_update()
    return {call.id: call for call in (await work.session.scalars(query)).all()}


async def listed(work: Work, paging: Paging, sort: str | None, filters: dict[str, Any]) -> Slice:
    """A page of the calls that the caller may see."""
    mine, given = reach(work.caller), {name: value for name, value in filters.items() if value is not None}
    query = selected(CALL, mine, given).params({**own_values(mine), **given})
    return await page(work.session, query, paging, CALL_ORDER, sort=sort)
