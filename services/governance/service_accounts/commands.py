"""Registers, changes, retires and reactivates service accounts, and replaces their secrets."""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from services.governance import access
from services.governance.access_ends.commands import end_access
from services.governance.models import ACCOUNT_NUMBER, ServiceAccount
from services.governance.retirement import commands as retirement
from services.governance.roles.commands import checked_scope
from services.governance.service_accounts.queries import ACCOUNTS
from services.governance.tokens.rules import digest_of
from shared.contracts.governance import ServiceAccountChanged, ServiceAccountRegistered, ServiceAccountSecretReplaced
from shared.records import correct, differing, event_of, register
from shared.unit_of_work import Work
from shared.versions import Expected


async def register_account(work: Work, given: Mapping[str, Any]) -> ServiceAccount:
    """A new, active service account with its `secret`, which nobody can read again (`None` for a repeated request)."""
    async with work:
        if earlier := await work.earlier_result():
            return await ACCOUNTS.one(work, earlier)
        account = ServiceAccount(
            number=await ACCOUNT_NUMBER.next(work),
            name=given["name"],
            roles=await _roles(work, given["roles"]),
            client_id=f"zeven-{secrets.token_hex(8)}",
            secret_digest="",
        )
        _give_secret(account)
        register(work, account, ServiceAccountRegistered)
        return account


async def change_account(work: Work, identity: UUID, expected: Expected, given: Mapping[str, Any]) -> ServiceAccount:
    """The service account with a new name or other roles; unchanged when nothing differs.

    When it loses a role, tokens issued before are refused from now on.
    """
    async with work:
        account = await ACCOUNTS.to_change(work, identity, expected, access.ADMINISTER)
        roles = {"roles": await _roles(work, given["roles"], account.roles)} if "roles" in given else {}
        new, former = differing(account, {**given, **roles}), account.roles
        if new:
            correct(account, new)
            work.emit(account, event_of(ServiceAccountChanged, account))
            if any(role not in account.roles for role in former):
                await end_access(work, account, [account.id], "role_withdrawn")
        return account


async def replace_secret(work: Work, identity: UUID, expected: Expected) -> ServiceAccount:
    """The service account with its new `secret`; the old one and tokens given for it are refused from now on."""
    async with work:
        if await work.earlier_result():
            return await ACCOUNTS.one(work, identity)
        account = await ACCOUNTS.to_change(work, identity, expected, access.ADMINISTER)
        _give_secret(account)
        work.emit(account, event_of(ServiceAccountSecretReplaced, account))
        await end_access(work, account, [account.id], "secret_replaced")
        work.remember_result(account.id)
        return account


async def move_account(work: Work, identity: UUID, expected: Expected, trigger: str) -> ServiceAccount:
    """The service account after `trigger`; a retired one gets no tokens."""
    return await retirement.move(
        work, ACCOUNTS, identity, expected, trigger, ServiceAccountChanged, whose_access=lambda account: [account.id]
    )


def _give_secret(account: ServiceAccount) -> None:
    account.secret = secrets.token_urlsafe(32)  # type: ignore[misc]  # of this instance, and of no other request
    account.secret_digest = digest_of(account.secret)


async def _roles(
    work: Work, roles: Sequence[Mapping[str, Any]], former: Sequence[Mapping[str, Any]] = ()
) -> list[dict[str, str | None]]:
    """Each role once, with its scope in one spelling, in the order of their names; `former` ones are not checked again."""
    held = set()
    for place, each in enumerate(roles):
        role, scope = str(each["role"]), each.get("scope")
        if {"role": role, "scope": scope} not in former:
            scope = await checked_scope(work, role, scope, f"/roles/{place}/scope")
        held.add((role, scope or ""))
    return [{"role": role, "scope": scope or None} for role, scope in sorted(held)]
