"""Queries of what the checks of a change need to know."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select

from services.change.lifecycles import CHANGE
from services.change.models import REFERENCES, Change
from shared.unit_of_work import Work

_LABELS: Mapping[str, str] = {
    "requester_id": "requester",
    "party_id": "party",
    "service_id": "service",
    "ki_ids": "knowledge item",
}


async def inactive(work: Work, change: Change) -> tuple[str, ...]:
    """What a change refers to and is no longer in use, by kind and name; what is not known here does not count."""
    found: list[str] = []
    for field, copy in REFERENCES.items():
        value = getattr(change, field)
        ids = [UUID(str(one)) for one in (value if isinstance(value, list) else [value]) if one is not None]
        if ids:
            known: Any = copy
            name = known.number if field == "ki_ids" else known.name
            query = select(name).where(known.id.in_(ids), known.active.is_(False)).order_by(name)
            found += [f"{_LABELS[field]} {each}" for each in (await work.session.scalars(query)).all()]
    return tuple(found)


async def ended_release(work: Work, change: Change) -> str | None:
    """The number of the release that a change is part of, when it has ended."""
    if change.parent_id is None:
        return None
    query = select(Change.number).where(Change.id == change.parent_id, Change.state.in_(CHANGE.final))
    return await work.session.scalar(query)
