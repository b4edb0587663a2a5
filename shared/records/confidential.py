"""Confidential records, opened by an administrator: for an hour, for a reason, and recorded."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from shared import clock, security_log
from shared.access.confidential import open_record
from shared.access.policies import CONFIDENTIAL
from shared.contracts.records import ConfidentialRecordOpened
from shared.errors import Conflict
from shared.records.events import EventSubject
from shared.records.notes import reference_to
from shared.records.nouns import Noun
from shared.unit_of_work import Work

OPENED_FOR = timedelta(hours=1)


class NotConfidential(Conflict):
    """The record is open to an administrator anyway."""

    slug, title = "not-confidential", "The record is not confidential"

    def __init__(self) -> None:
        super().__init__("The record is not confidential; read it.")


async def open_confidential(work: Work, noun: Noun[Any], identity: UUID, reason: str) -> datetime:
    """Let the caller see a confidential record; returns until when. Raises `NotFound` or `NotConfidential`."""
    until = clock.now() + OPENED_FOR
    async with work:
        record = (await noun.several(work, [identity])).get(identity)
        if record is None:
            raise noun.not_found()
        if getattr(record, CONFIDENTIAL) is None:
            raise NotConfidential
        await open_record(work.session, identity, opened_by=work.actor.id, reason=reason, until=until)
        subject = EventSubject(uuid7(), 0, record.correlation_id, clock.now())
        minutes = int(OPENED_FOR.total_seconds() // 60)
        opened = ConfidentialRecordOpened(record=reference_to(work, record), reason=reason, minutes=minutes)
        work.emit(subject, opened, about=identity)
    security_log.record("confidential_record_opened", actor=work.actor.id, record=str(identity), reason=reason)
    return until
