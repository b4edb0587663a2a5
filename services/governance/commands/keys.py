"""Signing keys at work: which one signs, which ones the world is told, and their rotation."""

import asyncio
from typing import Any

import structlog
from joserfc.jwk import RSAKey

from services.governance.commands.kept import platform_secret
from services.governance.domain.rotation import Successor, outlived, signing_order, successor
from services.governance.domain.sealing import SealBroken, new_key, opened
from services.governance.models import SigningKey
from services.governance.repository import tokens as repository
from services.governance.repository.writing import alone
from shared import clock
from shared.unit_of_work import Work

log = structlog.get_logger(__name__)


async def signing_key(work: Work) -> tuple[str, RSAKey]:
    """Id and private half of the key that signs now; one is made where none can be opened."""
    async with work:
        if found := await _usable(work):
            return found
        await alone(work, "signing keys")
        if found := await _usable(work):
            return found
        log.warning("no signing key can be opened with this secret; a new one is made")
        made = await _add(work, Successor(clock.now()))
        return made.kid, opened(made.private, platform_secret(work.config))


async def published_keys(work: Work) -> list[dict[str, Any]]:
    """The public halves that tokens may be verified with: of every key until its last token has ended."""
    async with work:
        now = clock.now()
        return [key.public for key in await repository.signing_keys(work) if not outlived(key, now)]


async def rotate_keys(work: Work) -> int:
    """Make the key that is due, and forget those whose tokens have all ended; answers how many were made."""
    async with work:
        await alone(work, "signing keys")
        now, keys = clock.now(), await repository.signing_keys(work)
        await repository.forget_keys(work, [key.kid for key in keys if outlived(key, now)])
        due = successor(keys, now)
        if due is None:
            return 0
        await _add(work, due)
        return 1


async def _usable(work: Work) -> tuple[str, RSAKey] | None:
    secret = platform_secret(work.config)
    for key in signing_order(await repository.signing_keys(work), clock.now()):
        try:
            return key.kid, opened(key.private, secret)
        except SealBroken:
            log.warning("a signing key was sealed with another secret", kid=key.kid)
    return None


async def _add(work: Work, due: Successor) -> SigningKey:
    sealed = await asyncio.to_thread(new_key, platform_secret(work.config))
    for key in await repository.signing_keys(work):
        key.signs_until = min(key.signs_until or due.signs_from, due.signs_from)
    made = SigningKey(
        kid=sealed.kid, public=sealed.public, private=sealed.private, signs_from=due.signs_from, signs_until=None
    )
    work.insert(made)
    return made
