"""Registers, changes and retires the services that are offered."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from services.service_level.access import MANAGE_SERVICES
from services.service_level.lifecycles import check_open
from services.service_level.models import SERVICE_NUMBER, OfferedService
from services.service_level.services.queries import SERVICES
from shared.contracts.service_level import ServiceChanged, ServiceRegistered
from shared.records import correct, event_of
from shared.unit_of_work import Work
from shared.versions import Expected


async def register_service(work: Work, *, name: str, description: str, identity: UUID | None = None) -> OfferedService:
    """A new service on offer."""
    async with work:
        if earlier := await work.earlier_result():
            return await SERVICES.one(work, earlier)
        service = OfferedService(
            id=identity or uuid7(), number=await SERVICE_NUMBER.next(work), name=name, description=description
        )
        SERVICES.check(work, service, MANAGE_SERVICES)
        work.insert(service)
        work.emit(service, event_of(ServiceRegistered, service))
        work.remember_result(service.id)
        return service


async def change_service(work: Work, identity: UUID, expected: Expected, changes: Mapping[str, Any]) -> OfferedService:
    """The service with these changes; unchanged when nothing differs."""
    async with work:
        service = await SERVICES.to_change(work, identity, expected, MANAGE_SERVICES)
        check_open(service)
        if correct(service, changes):
            work.emit(service, event_of(ServiceChanged, service))
        return service


async def retire_service(work: Work, identity: UUID, expected: Expected) -> OfferedService:
    """The service, no longer offered."""
    return await change_service(work, identity, expected, {"state": "retired"})
