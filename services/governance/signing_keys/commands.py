"""Signing keys: which one signs, which ones are published, and their rotation."""

import asyncio
import secrets
from datetime import datetime
from typing import Any

import structlog
from joserfc.jwk import RSAKey

from services.governance.models import SigningKey
from services.governance.retirement.queries import advisory_lock
from services.governance.settings import GovernanceSettings
from services.governance.signing_keys.queries import delete_keys, signing_keys
from services.governance.signing_keys.rules import (
    WrongSecret,
    decrypted,
    expired,
    new_key,
    signing_order,
    successor_from,
)
from shared import clock
from shared.secret_files import secret_file
from shared.unit_of_work import Work

log = structlog.get_logger(__name__)


async def signing_key(work: Work) -> tuple[str, RSAKey]:
    """Id and private half of the key that signs now; creates one when none can be decrypted."""
    async with work:
        if found := await _usable(work):
            return found
        await advisory_lock(work, "signing keys")
        if found := await _usable(work):
            return found
        log.warning("no signing key can be decrypted with this secret; creating a new one")
        new = await _add(work, clock.now())
        return new.kid, decrypted(new.private, _secret(work))


async def published_keys(work: Work) -> list[dict[str, Any]]:
    """The public halves of all keys whose tokens have not all expired."""
    async with work:
        now = clock.now()
        return [key.public for key in await signing_keys(work) if not expired(key, now)]


async def rotate_keys(work: Work) -> int:
    """Create the key that is due, and delete those whose tokens have all expired; returns how many were created."""
    async with work:
        await advisory_lock(work, "signing keys")
        now, keys = clock.now(), await signing_keys(work)
        await delete_keys(work, [key.kid for key in keys if expired(key, now)])
        due = successor_from(keys, now)
        if due is None:
            return 0
        await _add(work, due)
        return 1


def _secret(work: Work) -> str:
    """The secret that encrypts private halves: ZEVEN_SECRET, else the content of <data>/secret, generated when absent."""
    given = GovernanceSettings.of(work.config).secret
    if given is not None:
        return given.get_secret_value()
    return secret_file(work.config.folder / "secret", lambda: secrets.token_urlsafe(48))


async def _usable(work: Work) -> tuple[str, RSAKey] | None:
    secret = _secret(work)
    for key in signing_order(await signing_keys(work), clock.now()):
        try:
            return key.kid, decrypted(key.private, secret)
        except WrongSecret:
            log.warning("a signing key was encrypted with another secret", kid=key.kid)
    return None


async def _add(work: Work, signs_from: datetime) -> SigningKey:
    new = await asyncio.to_thread(new_key, _secret(work))
    for key in await signing_keys(work):
        key.signs_until = min(key.signs_until or signs_from, signs_from)
    key = SigningKey(kid=new.kid, public=new.public, private=new.private, signs_from=signs_from)
    work.insert(key)
    return key
