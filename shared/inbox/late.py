"""Events that come late, or again, after texts in them have been erased: they are handled without these texts."""

from collections.abc import Collection, Mapping, Sequence
from typing import TypeVar

from sqlalchemy import Column, Table, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from shared import database
from shared.contracts import Envelope
from shared.events import KERNEL
from shared.redaction import DESCRIBED, NAMES, SAID, without

#: The fields whose texts were erased, by the id of an event, of a record that a person described, or of the person
ERASED_KEYS = Table(
    "erased",
    KERNEL,
    Column("key", Text, primary_key=True),
    Column("fields", JSONB, nullable=False),
)
E = TypeVar("E", bound=Envelope)
#: what is erased in whatever names a person: the name where it is the subject, what was said where it is the actor
OF_A_PERSON = SAID | NAMES

_FIND = text("SELECT key, fields FROM erased WHERE key = ANY(:keys)")
_REMEMBER = text("""
INSERT INTO erased (key, fields)
SELECT key, fields FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS new(key text, fields jsonb) ORDER BY key
ON CONFLICT (key) DO UPDATE SET fields = (
  SELECT jsonb_agg(DISTINCT field) FROM jsonb_array_elements(erased.fields || excluded.fields) AS field
)
""")


async def remember_erased(session: AsyncSession, fields: Mapping[str, Collection[str]]) -> None:
    """Remember whose or which texts are erased, by key, so that they do not come back."""
    if fields:
        rows = [{"key": key, "fields": sorted(names)} for key, names in fields.items()]
        await session.execute(_REMEMBER, {"rows": database.encode(rows)})


async def erased_fields(connection: AsyncConnection | AsyncSession, keys: Collection[str]) -> dict[str, list[str]]:
    """The fields whose texts are erased, by those of the keys that have some."""
    if not keys:
        return {}
    return {row.key: row.fields for row in await connection.execute(_FIND, {"keys": list(keys)})}


async def as_erased(session: AsyncSession, envelopes: Sequence[E]) -> list[E]:
    """The events without the texts that have been erased since they happened."""
    found = await erased_fields(session, {key for each in envelopes for key in _keys(each)})
    return [redacted(each, found) for each in envelopes] if found else list(envelopes)


def redacted(envelope: E, erased: Mapping[str, Collection[str]]) -> E:
    """The event without the texts that were erased according to its id, subject and actor."""
    event, subject, actor = (set(erased.get(key, ())) for key in _keys(envelope))
    fields = event | (subject & (DESCRIBED | NAMES)) | (actor & SAID)
    return envelope.model_copy(update={"data": without(envelope.data, fields)}) if fields else envelope


def _keys(envelope: Envelope) -> tuple[str, str, str]:
    return str(envelope.id), str(envelope.subject), envelope.actor.id
