"""Services over HTTP."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query, Request, Response

from services.service_level.api.callers import Asking, Keeping
from services.service_level.commands import services as commands
from services.service_level.models import ServiceRow
from services.service_level.repository import services
from services.service_level.schemas.services import ChangeService, RegisterService, ServicePage, ServiceView
from shared.http import ExpectedVersion, etag
from shared.http import router as strict
from shared.paging import Pages, link_next

router = strict(tags=["services"])
Order = Annotated[Literal["created_at", "-created_at", "name", "-name"] | None, Query()]


@router.post("/services", status_code=201)
async def register_service(body: RegisterService, response: Response, work: Keeping) -> ServiceView:
    """Offer a service."""
    row = await commands.register_service(work, name=body.name, description=body.description)
    return _shown(row, response)


@router.get("/services")
async def list_services(
    request: Request,
    response: Response,
    work: Asking,
    paging: Pages,
    state: Literal["active", "retired"] | None = None,
    sort: Order = None,
) -> ServicePage:
    """The services that are or were offered."""
    async with work:
        found = await services.services(work.session, paging, sort, state=state)
    link_next(request, response, found.next)
    items = [ServiceView.model_validate(row) for row in found.rows]
    return ServicePage(items=items, next=found.next, total=found.total)


@router.get("/services/{service_id}")
async def read_service(service_id: UUID, response: Response, work: Asking) -> ServiceView:
    """One service."""
    async with work:
        row = await services.service(work.session, service_id)
    return _shown(row, response)


@router.patch("/services/{service_id}")
async def change_service(
    service_id: UUID, body: ChangeService, expected: ExpectedVersion, response: Response, work: Keeping
) -> ServiceView:
    """Change what a service is called."""
    row = await commands.change_service(work, service_id, expected, body.model_dump(exclude_unset=True))
    return _shown(row, response)


@router.delete("/services/{service_id}", status_code=204, response_class=Response)
async def retire_service(service_id: UUID, expected: ExpectedVersion, work: Keeping) -> None:
    """Offer a service no more; what was measured stays, and so does the service, as retired."""
    await commands.retire_service(work, service_id, expected)


def _shown(row: ServiceRow, response: Response) -> ServiceView:
    etag(response, row.version)
    return ServiceView.model_validate(row)
