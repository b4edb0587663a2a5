"""Accounts of the OpenID Connect provider over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import Response

from services.governance import access
from services.governance.provider_accounts import commands
from services.governance.provider_accounts.queries import ACCOUNTS
from services.governance.provider_accounts.schemas import (
    LinkAccount,
    ProviderAccountPage,
    ProviderAccountQuery,
    ProviderAccountView,
)
from shared.http import Allowed, ExpectedVersion
from shared.http import router as strict
from shared.http.reading import mount_reading
from shared.http.writing import mount_registering
from shared.unit_of_work import Work

router = strict(tags=["provider accounts"])
ADDRESS, ACT, View = "/provider-accounts/{provider_account_id}", access.ADMINISTER, ProviderAccountView

mount_registering(router, ADDRESS, ACCOUNTS, LinkAccount, View, commands.link_account, act=ACT)
mount_reading(router, ADDRESS, ACCOUNTS, View, ProviderAccountPage, ProviderAccountQuery, personal=True)


@router.delete("/provider-accounts/{provider_account_id}", status_code=204, response_class=Response)
async def unlink_provider_account(
    provider_account_id: UUID, expected: ExpectedVersion, work: Annotated[Work, Allowed(ACT)]
) -> None:
    """Unlink an account: it speaks for nobody any more, and the person's tokens are refused at once."""
    await commands.unlink_account(work, provider_account_id, expected)
