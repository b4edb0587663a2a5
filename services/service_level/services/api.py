"""Services over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import Response

from services.service_level import access
from services.service_level.services import commands
from services.service_level.services.queries import SERVICES
from services.service_level.services.schemas import (
    ChangeService,
    RegisterService,
    ServicePage,
    ServiceQuery,
    ServiceView,
)
from shared.http import Allowed, ExpectedVersion, created, etag
from shared.http import router as strict
from shared.http.reading import mount_reading
from shared.unit_of_work import Work

router = strict(tags=["services"])
Managing = Annotated[Work, Allowed(access.MANAGE_SERVICES)]


@router.post("/services", status_code=201)
async def register_service(body: RegisterService, response: Response, work: Managing) -> ServiceView:
    """Offer a service."""
    service = await commands.register_service(work, **body.model_dump())
    created(response, service, "/service-level/v1/services")
    return ServiceView.model_validate(service)


@router.patch("/services/{service_id}")
async def change_service(
    service_id: UUID, body: ChangeService, expected: ExpectedVersion, response: Response, work: Managing
) -> ServiceView:
    """Change the name or the description of a service."""
    service = await commands.change_service(work, service_id, expected, body.model_dump(exclude_unset=True))
    etag(response, service.version)
    return ServiceView.model_validate(service)


@router.delete("/services/{service_id}", status_code=204, response_class=Response)
async def retire_service(service_id: UUID, expected: ExpectedVersion, work: Managing) -> None:
    """Stop offering a service; it stays in state `retired`, with its measurements."""
    await commands.retire_service(work, service_id, expected)


mount_reading(router, "/services/{service_id}", SERVICES, ServiceView, ServicePage, ServiceQuery)
