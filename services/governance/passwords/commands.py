"""Sets and verifies passwords, as argon2id hashes: two at a time, to leave processor time for others, and off the event loop."""

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import TypeVar
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from services.governance.access_ends.commands import end_access
from services.governance.models import Credential
from services.governance.passwords.queries import credential
from services.governance.people.commands import check_not_erased
from services.governance.people.queries import PEOPLE
from services.governance.tokens.queries import revoke_all
from shared import clock
from shared.contracts.governance import PasswordSet
from shared.errors import Conflict, FieldProblem, NotAllowed, Unavailable, invalid
from shared.texts import nfc, stored_forms
from shared.unit_of_work import Work

# RFC 9106, section 4, second recommended option: 64 MiB
HASHER = PasswordHasher(time_cost=3, memory_cost=65_536, parallelism=4)
#: used for an unknown name: it takes as long to verify, and no password matches it
NOBODY = f"$argon2id$v=19$m=65536,t=3,p=4${'A' * 22}${'A' * 43}"
AT_ONCE = 2
LONGEST_LINE = 50
T = TypeVar("T")
NICE = 10  # a sign-in may take a little longer, so that it does not delay other requests


def _lower_priority() -> None:
    # Linux sets the priority per thread, and the threads that hashing starts inherit it
    if hasattr(os, "setpriority"):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)


_threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="passwords", initializer=_lower_priority)
_slots = asyncio.Semaphore(AT_ONCE)
_line: list[None] = []


class WrongPassword(Conflict):
    """The old password is wrong."""

    slug, title = "wrong-password", "The old password is wrong"


async def set_password(work: Work, person_id: UUID, *, new: str, old: str | None) -> None:
    """Set the new password and end every sign-in with the old one.

    An administrator may set the password of others; everybody may set their own, with the old one.
    Raises `WrongPassword`, `NotAllowed`, or a refusal that points at the old password where it is missing.
    """
    async with work:
        await PEOPLE.one(work, person_id)
        caller = work.caller
        if caller and caller.person != person_id and not caller.administers:
            raise NotAllowed("Only an administrator sets somebody else's password.")
        if caller and caller.person == person_id and old is None:
            raise invalid("/old_password", "needed to change your own password")
        known = await credential(work, person_id)
    if old is not None and not await matches(old, known.password_hash if known else None):
        problem = FieldProblem(pointer="/old_password", detail="not your present password")
        raise WrongPassword("The old password is wrong.", errors=[problem])
    await store_password(work, person_id, await hashed(new))


async def store_password(work: Work, person_id: UUID, password_hash: str) -> None:
    """Store the hash, and end every sign-in with the old password."""
    async with work:
        check_not_erased(await PEOPLE.one(work, person_id, lock=True))
        stored = await credential(work, person_id, lock=True)
        former = stored is not None
        if stored is None:
            stored = Credential(person_id=person_id, password_hash=password_hash)
            work.insert(stored)
        stored.password_hash = password_hash
        work.emit(stored, PasswordSet(person_id=person_id), about=person_id)
        if former:
            await end_access(work, stored, [person_id], "password_set")
        await revoke_all(work, person_id, clock.now())


async def hashed(password: str) -> str:
    """The hash to store for `password`, in the one form of all texts that look the same."""
    async with _slot():
        return await _in_background(lambda: HASHER.hash(nfc(password)))


async def matches(password: str, stored: str | None) -> bool:
    """Whether the `stored` hash is that of `password`, in any form in which it may have been hashed.

    Without a hash it takes as long and returns false.
    """
    async with _slot():
        return await _in_background(lambda: _matches(stored or NOBODY, password)) and stored is not None


async def _in_background(work: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(_threads, work)


def _matches(stored: str, password: str) -> bool:
    return any(_verify(stored, form) for form in stored_forms(password))


def _verify(stored: str, password: str) -> bool:
    try:
        return HASHER.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


@asynccontextmanager
async def _slot() -> AsyncIterator[None]:
    """Wait in line for one of the slots; raises `Unavailable` when the line is too long."""
    if len(_line) >= LONGEST_LINE:
        raise Unavailable("Too many people are signing in at this moment; try again.", headers={"Retry-After": "5"})
    _line.append(None)
    try:
        async with _slots:
            yield
    finally:
        _line.pop()
