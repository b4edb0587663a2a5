"""Ends access: tokens that were issued before are refused from now on, here and in every other service."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from services.governance.access_ends.queries import access_of, lock_subjects
from shared import clock
from shared.access import Caller
from shared.access.issuers import CHALLENGE
from shared.access.withdrawals import store
from shared.contracts.governance import AccessEnded
from shared.errors import NotSignedIn
from shared.records.events import EventSubject
from shared.unit_of_work import Work

#: the smallest difference between two moments that the database can store
INSTANT = timedelta(microseconds=1)


async def end_access(work: Work, record: Any, subjects: Collection[UUID], reason: str) -> None:
    """Withdraw the tokens of these people and service accounts, or of the people of these parties, because `record` changed.

    Waits for tokens that are being issued, so that they count as issued before.
    """
    if not subjects:
        return
    latest = await lock_subjects(work, subjects)
    before = max(clock.now(), latest + INSTANT) if latest else clock.now()
    ended = AccessEnded(subjects=sorted(subjects), before=before, reason=reason)
    await store(work.session, ended)
    work.emit(EventSubject(uuid7(), 0, record.correlation_id, before), ended, about=record.id)


async def check_caller(work: Work, caller: Caller) -> None:
    """Raises `NotSignedIn` when the token of the caller gives rights that have ended.

    Other services learn it from an event; governance queries its database, in the transaction that writes.
    """
    if caller.person is None:
        return
    found = await access_of(work, caller.person, caller.party)
    late = found.before is not None and caller.issued_at <= found.before.timestamp()
    if late or found.active is False or (caller.administers and found.administers is False):
        raise NotSignedIn("The token gives rights that you no longer have. Sign in again.", headers=CHALLENGE)
