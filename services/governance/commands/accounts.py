"""Service accounts: registered, changed, given a new secret, retired, reactivated."""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from services.governance.commands.activity import fire
from services.governance.commands.differences import differing
from services.governance.commands.tokens import digest_of
from services.governance.domain.lifecycles import ACTIVE
from services.governance.models import ServiceAccount
from services.governance.repository import accounts as repository
from services.governance.repository.writing import number
from shared import clock
from shared.contracts.governance import ServiceAccountChanged, ServiceAccountRegistered, ServiceAccountSecretReplaced
from shared.errors import check_version
from shared.unit_of_work import Work


async def register_account(work: Work, *, name: str, roles: Sequence[str]) -> tuple[ServiceAccount, str | None]:
    """A new, active service account and its secret, which nobody can read again (`None` for a repeated request)."""
    async with work:
        if made := await work.earlier_result():
            return await repository.account(work, made), None
        now, identity, secret = clock.now(), uuid7(), _secret()
        account = ServiceAccount(
            id=identity,
            number=await number(work, "SAC"),
            state=ACTIVE,
            name=name,
            client_id=f"zeven-{secrets.token_hex(8)}",
            roles=sorted(set(roles)),
            secret_digest=digest_of(secret),
            version=0,
            correlation_id=identity,
            created_at=now,
            updated_at=now,
        )
        work.insert(account)
        work.emit(account, ServiceAccountRegistered(**_facts(account)))
        work.remember_result(account.id)
        return account, secret


async def change_account(work: Work, identity: UUID, expected: int, changes: Mapping[str, Any]) -> ServiceAccount:
    """The service account with a new name or other roles, the same when nothing differs."""
    async with work:
        account = await repository.account(work, identity, lock=True)
        check_version(account.version, expected)
        stored = {name: sorted(set(value)) if name == "roles" else value for name, value in changes.items()}
        if changed := differing(account, stored):
            for name, value in changed.items():
                setattr(account, name, value)
            work.emit(account, ServiceAccountChanged(**_facts(account)))
        return account


async def replace_secret(work: Work, identity: UUID, expected: int) -> tuple[ServiceAccount, str | None]:
    """The service account and its new secret; the old one is worth nothing any more."""
    async with work:
        if made := await work.earlier_result():
            return await repository.account(work, made), None
        account, secret = await repository.account(work, identity, lock=True), _secret()
        check_version(account.version, expected)
        account.secret_digest = digest_of(secret)
        work.emit(account, ServiceAccountSecretReplaced(**_facts(account)))
        work.remember_result(account.id)
        return account, secret


async def move_account(work: Work, identity: UUID, expected: int, trigger: str) -> ServiceAccount:
    """The service account after `trigger`; a retired one gets no tokens."""
    async with work:
        if made := await work.earlier_result():
            return await repository.account(work, made)
        account = await repository.account(work, identity, lock=True)
        check_version(account.version, expected)
        fire(work, account, trigger)
        work.emit(account, ServiceAccountChanged(**_facts(account)))
        work.remember_result(account.id)
        return account


def _secret() -> str:
    return secrets.token_urlsafe(32)


def _facts(account: ServiceAccount) -> dict[str, Any]:
    kept = {name: getattr(account, name) for name in ("number", "name", "client_id", "roles")}
    return {**kept, "active": account.state == ACTIVE}
