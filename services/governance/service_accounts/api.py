"""Service accounts over HTTP; a secret is shown once, when it is created."""

from typing import Annotated
from uuid import UUID

from fastapi import Response

from services.governance import access
from services.governance.lifecycles import RETIREMENT
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
from shared.http import Allowed, ExpectedVersion, etag
from shared.http import router as strict
from shared.http.reading import mount_reading
from shared.http.retirement import mount_retirement
from shared.http.writing import mount_correcting, mount_registering
from shared.unit_of_work import Work

router = strict(tags=["service accounts"])
ADDRESS, ACT, View = "/service-accounts/{account_id}", access.ADMINISTER, ServiceAccountView

mount_registering(
    router, ADDRESS, ACCOUNTS, RegisterServiceAccount, ServiceAccountSecret, commands.register_account, act=ACT
)
mount_reading(router, ADDRESS, ACCOUNTS, View, ServiceAccountPage, ServiceAccountQuery)
mount_correcting(router, ADDRESS, ACCOUNTS, ChangeServiceAccount, View, commands.change_account, act=ACT)
mount_retirement(router, ADDRESS, ACCOUNTS, View, commands.move_account, lifecycle=RETIREMENT, act=ACT)


@router.post("/service-accounts/{account_id}/secret")
async def replace_service_account_secret(
    account_id: UUID, expected: ExpectedVersion, response: Response, work: Annotated[Work, Allowed(ACT)]
) -> ServiceAccountSecret:
    """Replace the secret of a service account; the new one is shown only now, the old one and its tokens are refused at once."""
    account = await commands.replace_secret(work, account_id, expected)
    etag(response, account.version)
    return ServiceAccountSecret.model_validate(account)
