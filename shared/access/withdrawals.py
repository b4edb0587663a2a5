"""Withdrawn tokens: a token that was issued before its holder's access ended is refused by every service, without a query."""

import asyncio
import time
from collections.abc import Iterable
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import BigInteger, Column, DateTime, Index, Sequence, Table, Uuid, text
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.access.callers import Caller
from shared.access.issuers import CHALLENGE
from shared.contracts import Envelope
from shared.contracts.governance import AccessEnded
from shared.errors import NotSignedIn, Unavailable
from shared.events import KERNEL

log = structlog.get_logger(__name__)

WITHDRAWAL = Table(
    "access_withdrawal",
    KERNEL,
    Column("subject", Uuid, primary_key=True),
    Column("before", DateTime(timezone=True), nullable=False),
    Column("position", BigInteger, Sequence("access_withdrawal_position", metadata=KERNEL), nullable=False),
    Index("ix_access_withdrawal_position", "position"),
)
READ_EVERY = 1.0  # seconds until another replica knows of a withdrawal
#: a row becomes visible at the commit, when up to this many later positions may have been read already
OVERLAP = 1000
READ_ALL_EVERY = 300.0  # seconds; for rows of transactions that took even longer

_READ = text("SELECT subject, before, position FROM access_withdrawal WHERE position > :after")
_STORE = text("""
INSERT INTO access_withdrawal (subject, before, position)
SELECT subject, :before, nextval('access_withdrawal_position')
FROM (SELECT unnest(CAST(:subjects AS uuid[])) AS subject ORDER BY subject) AS ended
ON CONFLICT (subject) DO UPDATE
SET before = greatest(access_withdrawal.before, excluded.before), position = excluded.position
""")


async def store(session: Any, ended: AccessEnded) -> None:
    """Store whose access ended, in the transaction of the session or connection; of several times the latest counts."""
    await session.execute(_STORE, {"subjects": list(ended.subjects), "before": ended.before})


async def handle(work: Any, events: Iterable[Any]) -> None:
    """The kernel's own handler of `AccessEnded` in every service."""
    for each in events:
        await store(work.session, each.event)


class Withdrawals:
    """The withdrawn tokens that a running service knows: its table, and a copy of it in this process."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._reader = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._before: dict[UUID, float] = {}
        self._position: int | None = None
        self._read_all_at = float("-inf")

    def check(self, caller: Caller) -> None:
        """Raise `NotSignedIn` when the caller's token was issued before the access of the caller or of its party ended."""
        if self._position is None:
            raise Unavailable("The service is starting; try again.", headers={"Retry-After": "1"})
        for subject in (caller.person, caller.party):
            before = self._before.get(subject) if subject else None
            if before is not None and caller.issued_at <= before:
                raise NotSignedIn(
                    "The token was withdrawn: a password, a role or the account changed after it was issued. Sign in again.",
                    headers=CHALLENGE,
                )

    async def receive(self, envelopes: Iterable[Envelope]) -> None:
        """Apply withdrawals at once, before the events that wait in the inbox, which handles the same events again."""
        for envelope in envelopes:
            if envelope.type != AccessEnded.type:
                continue
            try:
                ended = AccessEnded.model_validate(envelope.data)
                self._remember((subject, ended.before.timestamp()) for subject in ended.subjects)
                async with self._reader.connect() as connection:
                    await store(connection, ended)
            except Exception as error:  # noqa: BLE001 - the inbox tries again, and reports what fails for good
                log.warning("a withdrawal waits for the inbox", reason=f"{type(error).__name__}: {error}")

    async def follow(self, *, others: bool) -> None:
        """Read the table until the first success; with `others` (replicas that write to it) every second from then on."""
        while others or self._position is None:
            await self.read()
            await asyncio.sleep(READ_EVERY)

    async def read(self) -> None:
        """Bring the copy up to date; without the database it stays as it is."""
        now, after = time.monotonic(), (self._position or 0) - OVERLAP
        if now - self._read_all_at > READ_ALL_EVERY:
            self._read_all_at, after = now, -1
        try:
            async with self._reader.connect() as connection:
                rows = (await connection.execute(_READ, {"after": after})).all()
        except Exception as error:  # noqa: BLE001 - after any fault of the database the next second tries again
            log.warning("withdrawn tokens could not be read", reason=f"{type(error).__name__}: {error}")
            self._read_all_at = float("-inf")
        else:
            self._remember((row.subject, row.before.timestamp()) for row in rows)
            self._position = max([self._position or 0, *(row.position for row in rows)])

    def _remember(self, times: Iterable[tuple[UUID, float]]) -> None:
        for subject, before in times:
            self._before[subject] = max(before, self._before.get(subject, before))
