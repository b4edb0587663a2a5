"""Passwords: set by an administrator, or by the person who knows the old one."""

from uuid import UUID

from uuid_utils.compat import uuid7

from services.governance.commands.hashing import hashed, matches
from services.governance.errors import WrongPassword
from services.governance.models import Credential
from services.governance.repository import people as repository
from services.governance.repository import tokens
from shared import clock
from shared.contracts.governance import PasswordSet
from shared.errors import NotAllowed, invalid
from shared.unit_of_work import Work


async def set_password(work: Work, person_id: UUID, *, new: str, old: str | None) -> None:
    """The new password holds, and whoever was signed in has to sign in again once the access token ends.

    Raises `WrongPassword`, `NotAllowed` for somebody else's, and points at the old password where it is needed.
    """
    async with work:
        await repository.person(work, person_id)
        _check_caller(work, person_id, old)
        known = await repository.credential(work, person_id)
    if old is not None and not await matches(old, known.password_hash if known else None):
        raise WrongPassword
    await store_password(work, person_id, await hashed(new))


async def store_password(work: Work, person_id: UUID, password_hash: str) -> None:
    """Keep the hash, and end every sign-in that goes on."""
    async with work:
        now = clock.now()
        await repository.person(work, person_id, lock=True)
        credential = await repository.credential(work, person_id, lock=True)
        if credential is None:
            identity = uuid7()
            credential = Credential(
                id=identity,
                person_id=person_id,
                password_hash=password_hash,
                version=0,
                correlation_id=identity,
                created_at=now,
                updated_at=now,
            )
            work.insert(credential)
        credential.password_hash = password_hash
        work.emit(credential, PasswordSet(person_id=person_id), about=person_id)
        await tokens.revoke_all(work, person_id, now)


def _check_caller(work: Work, person_id: UUID, old: str | None) -> None:
    caller = work.caller
    if caller is None or caller.administers:
        return
    if caller.person != person_id:
        raise NotAllowed("Only an administrator sets somebody else's password.")
    if old is None:
        raise invalid("/old_password", "needed to change your own password")
