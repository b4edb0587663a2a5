"""What a service has received and not derived anything from: its inbox, its quarantine, and keys of repeated requests."""

from typing import Any

from pydantic import ValidationError
from sqlalchemy import text, update
from sqlalchemy.ext.asyncio import AsyncSession

from shared.contracts import Envelope
from shared.erasure.stored import Task
from shared.inbox import INBOX, QUARANTINE, erased_fields
from shared.inbox.late import redacted
from shared.redaction import ERASED

_ERASED = "EXISTS (SELECT FROM erased WHERE key IN (event_id::text, envelope->>'subject', envelope->'actor'->>'id'))"
_HANDLED = text(f"""
UPDATE inbox SET envelope = jsonb_set(envelope, '{{data}}', '{{}}'), last_error = NULL WHERE event_id IN (
  SELECT event_id FROM inbox WHERE done_at IS NOT NULL AND envelope->'data' <> '{{}}' AND {_ERASED}
  FOR UPDATE SKIP LOCKED
)
""")  # noqa: S608 - parts of ours
_WAITING = text(f"SELECT event_id, envelope, last_error FROM inbox WHERE done_at IS NULL AND {_ERASED}")  # noqa: S608
_LOCKED = text("SELECT event_id FROM inbox WHERE event_id = :id AND done_at IS NULL FOR UPDATE SKIP LOCKED")
_APART = text("""
SELECT id, message FROM quarantine
WHERE message LIKE '%' || :person || '%' OR EXISTS (SELECT FROM erased WHERE key = event_id::text)
""")
_FORGOTTEN = (
    text("DELETE FROM idempotency_key WHERE caller = :person"),
    text("DELETE FROM confidential_access WHERE opened_by = :person"),
)


async def erase_delivered(session: AsyncSession, task: Task) -> bool:
    """Erase what is kept of deliveries and requests; False while an event is being handled that still has to be changed."""
    person = str(task.person_id)
    for statement in _FORGOTTEN:
        await session.execute(statement, {"person": person})
    await session.execute(_HANDLED)
    for row in (await session.execute(_WAITING)).all():
        before = Envelope.model_validate(row.envelope)
        after = await _redacted(session, before)
        if after == before:
            continue
        if (await session.execute(_LOCKED, {"id": row.event_id})).first() is None:
            return False
        error = ERASED if row.last_error else None
        await session.execute(
            update(INBOX)
            .where(INBOX.c.event_id == row.event_id)
            # whoever has claimed it holds the text, and must claim it again
            .values(envelope=after, last_error=error, attempts=INBOX.c.attempts + 1, claimed_at=None)
        )
        task.count({"inbox": 1}, 0)
    for row in (await session.execute(_APART, {"person": person})).all():
        left = await _message(session, row.message)
        if left != row.message:
            await session.execute(
                update(QUARANTINE).where(QUARANTINE.c.id == row.id).values(message=left, error=ERASED)
            )
            task.count({"quarantine": 1}, 0)
    return True


async def _message(session: AsyncSession, message: str) -> str:
    """What is left of a message that was set apart; nothing, when it cannot be read."""
    try:
        envelope = Envelope.model_validate_json(message)
    except ValidationError:
        return ERASED
    after = await _redacted(session, envelope)
    return message if after == envelope else after.model_dump_json()


async def _redacted(session: AsyncSession, envelope: Envelope) -> Any:
    keys = {str(envelope.id), str(envelope.subject), envelope.actor.id}
    return redacted(envelope, await erased_fields(session, keys))
