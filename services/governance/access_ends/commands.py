"""Ends access: tokens that were issued before are refused from now on, here and in every other service."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from services.governance.access_ends.queries import access_of, lock_subjects
from shared import clock
from shared.access import Caller
from shared.access.tokens import CHALLENGE
from shared.access.withdrawals import store
from shared.contracts.governance import AccessEnded
from shared.errors import NotSignedIn
from shared.records.events import EventSubject
from shared.unit_of_work import Work

#: two moments that the database stores differ by at least that
INSTANT = timedelta(microseconds=1)


async def end_access(work: Work, record: Any, subjects: Collection[UUID], reason: str) -> None:
    """Withdraw the tokens of these people and service accounts, or of the people of these parties, since `record` changed.

    A token that is being issued is waited for, so that it counts as issued before.
    """
    if not subjects:
        return
    latest = await lock_subjects(work, subjects)
    before = max(clock.now(), latest + INSTANT) if latest else clock.now()
    ended = AccessEnded(subjects=sorted(subjects), before=before, reason=reason)
    await store(work.session, ended)
    work.emit(EventSubject(uuid7(), 0, record.correlation_id, before), ended, about=record.id)


async def check_caller(work: Work, caller: Caller) -> None:
    """`NotSignedIn` when the token of the caller says more than holds now.

    Other services know by event; here the database is asked, in the transaction that writes.
    """
    if caller.person is None:
        return
    found = await access_of(work, caller.person, caller.party)
    late = found.before is not None and caller.issued_at <= found.before.timestamp()
    if late or found.active is False or (caller.administers and found.administers is False):
        raise NotSignedIn("The token says more than you may do now. Sign in again.", headers=CHALLENGE)
