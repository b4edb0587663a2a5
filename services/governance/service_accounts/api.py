"""Service accounts over HTTP; a secret is shown once, when it is made."""

from typing import Annotated
from uuid import UUID

from fastapi import Response

from services.governance import access
from services.governance.lifecycles import RETIREMENT
from services.governance.models import ServiceAccount
from services.governance.service_accounts import commands
from services.governance.service_accounts.queries import ACCOUNTS
from services.governance.service_accounts.schemas import (
    ChangeServiceAccount,
    RegisterServiceAccount,
    ServiceAccountPage,
    ServiceAccountQuery,
    ServiceAccountSecret,
    ServiceAccountView,
)
from shared.http import Allowed, ExpectedVersion, created, etag
from shared.http import router as strict
from shared.http.reading import mount_reading
from shared.http.retirement import mount_retirement
from shared.unit_of_work import Work

router = strict(tags=["service accounts"])
Administering = Annotated[Work, Allowed(access.ADMINISTER)]


@router.post("/service-accounts", status_code=201)
async def register_service_account(
    body: RegisterServiceAccount, response: Response, work: Administering
) -> ServiceAccountSecret:
    """Let a program sign in by itself; the answer shows its secret this once."""
    account, secret = await commands.register_account(work, body.model_dump())
    created(response, account, "/governance/v1/service-accounts")
    return _with_secret(account, secret, response)


@router.patch("/service-accounts/{account_id}")
async def change_service_account(
    account_id: UUID, body: ChangeServiceAccount, expected: ExpectedVersion, response: Response, work: Administering
) -> ServiceAccountView:
    """Change a service account; when it loses a role, its tokens are refused at once."""
    account = await commands.change_account(work, account_id, expected, body.model_dump(exclude_unset=True))
    etag(response, account.version)
    return ServiceAccountView.model_validate(account)


@router.post("/service-accounts/{account_id}/secret")
async def replace_service_account_secret(
    account_id: UUID, expected: ExpectedVersion, response: Response, work: Administering
) -> ServiceAccountSecret:
    """Another secret for a service account, shown this once; the old one and its tokens are refused at once."""
    account, secret = await commands.replace_secret(work, account_id, expected)
    etag(response, account.version)
    return _with_secret(account, secret, response)


address = "/service-accounts/{account_id}"
mount_reading(router, address, ACCOUNTS, ServiceAccountView, ServiceAccountPage, ServiceAccountQuery)
mount_retirement(
    router, address, ACCOUNTS, ServiceAccountView, commands.move_account, lifecycle=RETIREMENT, act=access.ADMINISTER
)


def _with_secret(account: ServiceAccount, secret: str | None, response: Response) -> ServiceAccountSecret:
    response.headers["Cache-Control"] = "no-store"
    shown = ServiceAccountView.model_validate(account).model_dump()
    return ServiceAccountSecret(**shown, secret=secret)
