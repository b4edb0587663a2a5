"""Passwords as argon2id hashes: two at a time, so that sign-ins never take the whole machine, and never on the event loop."""

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from shared.errors import Unavailable

# RFC 9106, section 4, second recommended option: 64 MiB
HASHER = PasswordHasher(time_cost=3, memory_cost=65_536, parallelism=4)
#: stands in for the hash of somebody who is not known: the same work, and no password fits
NOBODY = f"$argon2id$v=19$m=65536,t=3,p=4${'A' * 22}${'A' * 43}"
AT_ONCE = 2
LONGEST_LINE = 50

_slots = asyncio.Semaphore(AT_ONCE)
_line: list[None] = []


async def hashed(password: str) -> str:
    """The hash to store for `password`."""
    async with _Slot():
        return await asyncio.to_thread(HASHER.hash, password)


async def matches(password: str, stored: str | None) -> bool:
    """Whether `password` made the `stored` hash; without one it takes as long and answers no."""
    async with _Slot():
        return await asyncio.to_thread(_verify, stored or NOBODY, password) and stored is not None


def _verify(stored: str, password: str) -> bool:
    try:
        return HASHER.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


class _Slot:
    """A place in the line and then one of the slots; `Unavailable` when the line is too long to be worth waiting in."""

    async def __aenter__(self) -> None:
        if len(_line) >= LONGEST_LINE:
            raise Unavailable("Too many people sign in at this moment; try again.", headers={"Retry-After": "5"})
        _line.append(None)
        try:
            await _slots.acquire()
        except BaseException:
            _line.pop()
            raise

    async def __aexit__(self, *_: object) -> None:
        _line.pop()
        _slots.release()
