"""Keeps the services that are offered."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from services.service_level.errors import Retired
from services.service_level.models import ServiceRow
from services.service_level.repository import numbers, services
from shared import clock
from shared.contracts.service_level import ServiceChanged, ServiceRegistered
from shared.errors import check_version
from shared.unit_of_work import Work


async def register_service(work: Work, *, name: str, description: str, identity: UUID | None = None) -> ServiceRow:
    """A new service on offer."""
    async with work:
        if made := await work.earlier_result():
            return await services.service(work.session, made)
        now, identity = clock.now(), identity or uuid7()
        row = ServiceRow(
            id=identity,
            version=0,
            correlation_id=identity,
            created_at=now,
            updated_at=now,
            number=await numbers.next_number(work.session, "SVC"),
            name=name,
            description=description,
            state="active",
        )
        work.insert(row)
        work.emit(row, ServiceRegistered(**_facts(row)))
        work.remember_result(row.id)
        return row


async def change_service(work: Work, identity: UUID, expected: int, changes: Mapping[str, Any]) -> ServiceRow:
    """The service under another name or description; the same when it has both."""
    async with work:
        row = await _to_change(work, identity, expected)
        name, description = (changes.get(part, getattr(row, part)) for part in ("name", "description"))
        if (name, description) != (row.name, row.description):
            row.name, row.description = name, description
            work.emit(row, ServiceChanged(**_facts(row)))
        return row


async def retire_service(work: Work, identity: UUID, expected: int) -> ServiceRow:
    """The service, offered no more."""
    async with work:
        row = await _to_change(work, identity, expected)
        row.state = "retired"
        work.emit(row, ServiceChanged(**_facts(row)))
        return row


async def _to_change(work: Work, identity: UUID, expected: int) -> ServiceRow:
    row = await services.service(work.session, identity, lock=True)
    check_version(row.version, expected)
    if row.state == "retired":
        raise Retired("service")
    return row


def _facts(row: ServiceRow) -> dict[str, Any]:
    return {"number": row.number, "name": row.name, "active": row.state == "active"}
