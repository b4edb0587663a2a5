"""Service accounts over HTTP; a secret is shown once, when it is made."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Body, Query, Request, Response

from services.governance.api.callers import Administering
from services.governance.commands import accounts as commands
from services.governance.commands.activity import options_for
from services.governance.domain.lifecycles import ActivityState
from services.governance.models import ServiceAccount
from services.governance.repository import accounts as repository
from services.governance.schemas.accounts import (
    ChangeServiceAccount,
    RegisterServiceAccount,
    ServiceAccountPage,
    ServiceAccountSecret,
    ServiceAccountView,
)
from services.governance.schemas.moves import ActivityMove
from shared.http import ExpectedVersion, etag
from shared.http import router as strict
from shared.http.moves import PermittedMoves
from shared.paging import Pages, link_next

router = strict(tags=["service accounts"])
Order = Annotated[Literal["created_at", "-created_at", "name", "-name", "number", "-number"] | None, Query()]


@router.post("/service-accounts", status_code=201)
async def register_service_account(
    body: RegisterServiceAccount, response: Response, work: Administering
) -> ServiceAccountSecret:
    """Let a program sign in by itself; the answer shows its secret this once."""
    account, secret = await commands.register_account(work, name=body.name, roles=[str(role) for role in body.roles])
    return _told(account, secret, response)


@router.get("/service-accounts")
async def list_service_accounts(
    request: Request,
    response: Response,
    work: Administering,
    paging: Pages,
    state: ActivityState | None = None,
    client_id: Annotated[str | None, Query(max_length=100)] = None,
    sort: Order = None,
) -> ServiceAccountPage:
    """The service accounts."""
    async with work:
        found = await repository.accounts(work, paging, sort, {"state": state, "client_id": client_id})
    link_next(request, response, found.next)
    items = [ServiceAccountView.model_validate(row) for row in found.rows]
    return ServiceAccountPage(items=items, next=found.next, total=found.total)


@router.get("/service-accounts/{account_id}")
async def read_service_account(account_id: UUID, response: Response, work: Administering) -> ServiceAccountView:
    """One service account."""
    async with work:
        account = await repository.account(work, account_id)
    etag(response, account.version)
    return ServiceAccountView.model_validate(account)


@router.patch("/service-accounts/{account_id}")
async def change_service_account(
    account_id: UUID, body: ChangeServiceAccount, expected: ExpectedVersion, response: Response, work: Administering
) -> ServiceAccountView:
    """Change a service account; tokens given before keep their roles until they end."""
    changes = {name: getattr(body, name) for name in body.model_fields_set}
    if "roles" in changes:
        changes["roles"] = [str(role) for role in changes["roles"]]
    account = await commands.change_account(work, account_id, expected, changes)
    etag(response, account.version)
    return ServiceAccountView.model_validate(account)


@router.delete("/service-accounts/{account_id}", status_code=204, response_class=Response)
async def retire_service_account(account_id: UUID, expected: ExpectedVersion, work: Administering) -> None:
    """Retire a service account, as its move `retire` does; nothing is deleted."""
    await commands.move_account(work, account_id, expected, "retire")


@router.post("/service-accounts/{account_id}/secret")
async def replace_service_account_secret(
    account_id: UUID, expected: ExpectedVersion, response: Response, work: Administering
) -> ServiceAccountSecret:
    """Another secret for a service account, shown this once; the old one is worth nothing any more."""
    account, secret = await commands.replace_secret(work, account_id, expected)
    return _told(account, secret, response)


@router.get("/service-accounts/{account_id}/moves")
async def list_service_account_moves(account_id: UUID, response: Response, work: Administering) -> PermittedMoves:
    """What the caller may do with the service account now."""
    async with work:
        account = await repository.account(work, account_id)
    etag(response, account.version)
    return PermittedMoves.of(options_for(work, account))


@router.post("/service-accounts/{account_id}/moves")
async def move_service_account(
    account_id: UUID,
    body: Annotated[ActivityMove, Body(discriminator="trigger")],
    expected: ExpectedVersion,
    response: Response,
    work: Administering,
) -> ServiceAccountView:
    """Retire or reactivate a service account."""
    account = await commands.move_account(work, account_id, expected, body.trigger)
    etag(response, account.version)
    return ServiceAccountView.model_validate(account)


def _told(account: ServiceAccount, secret: str | None, response: Response) -> ServiceAccountSecret:
    etag(response, account.version)
    response.headers["Cache-Control"] = "no-store"
    told = ServiceAccountView.model_validate(account).model_dump()
    return ServiceAccountSecret(**told, secret=secret)
