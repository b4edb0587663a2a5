"""Verifying the event log: every numbered row carries a hash over itself and the hash before it (shared/adr/0008).

A link needs only the stored hash of the row before, so any part of the log can be verified by itself. The statement uses only
PostgreSQL's own functions: changing the functions that number the events does not change the result.
"""

from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

#: the hash before the first row
GENESIS = bytes(32)
#: rows that one call verifies at most, about a quarter of a second of the database's time
MOST_AT_ONCE = 10_000
#: below every position, also invented ones
_BEFORE_ALL = -(2**63)

Connection = AsyncConnection | AsyncSession
Fault = Literal["altered", "removed", "inserted"]


@dataclass(frozen=True, slots=True)
class Link:
    """A place in the chain: a position, and the hash of the row there."""

    position: int
    hash: bytes


START = Link(0, GENESIS)


@dataclass(frozen=True, slots=True)
class Broken:
    """The first place where the chain is broken, what was done there, and how that was found."""

    position: int
    event_id: UUID | None
    fault: Fault
    why: str


@dataclass(frozen=True, slots=True)
class Verified:
    """How many rows are intact, how many of them have erased data, the last one, whether the log ends there, and what is broken."""

    rows: int
    erased: int
    head: Link
    complete: bool
    broken: Broken | None


def _content(position: str) -> str:
    return f"""convert_to({position} || json_build_array(
      e.ordinal, e.id, e.type, e.source, e.subject, e.about, e.sequence, extract(epoch FROM e.time), e.correlationid, e.causationid,
      e.actor, e.valuestream, e.historical, e.traceparent
    )::text, 'UTF8')"""


# what is left of erased data is as a later event of the chain recorded it
_DATA_HOLD = """CASE
  WHEN e.data_salt IS NULL THEN e.data = '{}'::jsonb OR EXISTS (
    SELECT FROM event AS record WHERE record.id = e.erased_by AND record.type = 'erasure.recorded.v1'
    AND (record.data_salt IS NOT NULL OR record.position IS NULL)
    AND record.data @> jsonb_build_object('events', jsonb_build_array(jsonb_build_object(
      'id', e.id, 'digest', encode(sha256(convert_to(e.data::text, 'UTF8')), 'hex')
    )))
  )
  ELSE sha256(uuid_send(e.data_salt) || convert_to(e.data::text, 'UTF8')) = e.data_digest
END"""
_VERIFY = text(f"""
WITH link AS MATERIALIZED (
  SELECT position, id, hash, data_salt IS NULL AS erased, coalesce(lag(position) OVER follows, :after) + 1 AS due,
    ({_DATA_HOLD}) IS TRUE AS data_hold,
    (sha256(coalesce(lag(hash) OVER follows, :previous) || data_digest || {_content("e.position")}) = hash) IS TRUE AS holds
  FROM (SELECT * FROM event WHERE position > :floor ORDER BY position LIMIT :limit) AS e
  WINDOW follows AS (ORDER BY position)
), broken AS (
  SELECT * FROM link WHERE position <> due OR NOT data_hold OR NOT holds ORDER BY position LIMIT 1
), good AS (
  SELECT * FROM link WHERE position < (SELECT position FROM broken) OR NOT EXISTS (SELECT FROM broken)
), head AS (
  SELECT * FROM good ORDER BY position DESC LIMIT 1
)
SELECT (SELECT count(*) FROM link) AS seen, (SELECT count(*) FROM good) AS rows,
  (SELECT count(*) FROM good WHERE erased) AS erased, head.position AS head, head.hash,
  broken.position, broken.id, broken.due, broken.data_hold, broken.hash IS NULL AS unhashed
FROM (SELECT) AS one LEFT JOIN head ON true LEFT JOIN broken ON true
""")  # noqa: S608 - parts of ours
_FITS_WITHOUT = text(f"""
SELECT sha256(:previous || e.data_digest || {_content("CAST(:position AS bigint)")}) = e.hash
FROM event AS e WHERE e.position > :position ORDER BY e.position LIMIT 1
""")  # noqa: S608 - parts of ours
_AT = text("SELECT position, id, hash FROM event WHERE position = :position")
_HEAD = text("SELECT position, hash FROM event WHERE position IS NOT NULL ORDER BY position DESC LIMIT 1")


async def head(connection: Connection) -> Link:
    """The last link of the chain; `START` while nothing is numbered."""
    row = (await connection.execute(_HEAD)).first()
    return Link(row.position, row.hash or b"") if row else START


async def verify(connection: Connection, after: Link | None = None, *, limit: int = MOST_AT_ONCE) -> Verified:
    """Verify up to `limit` rows that follow the link `after`, which itself must still be there; from the start without it."""
    after = after or START
    if after.position and (broken := await _missing(connection, after)):
        return Verified(0, 0, after, complete=False, broken=broken)
    bound = {"after": after.position, "previous": after.hash, "floor": after.position or _BEFORE_ALL, "limit": limit}
    found = (await connection.execute(_VERIFY, bound)).one()
    last = after if found.head is None else Link(found.head, found.hash)
    broken = None if found.position is None else await _broken(connection, found, last)
    return Verified(found.rows, found.erased, last, complete=broken is None and found.seen < limit, broken=broken)


async def _missing(connection: Connection, expected: Link) -> Broken | None:
    """What is wrong with the row of a known link; `None` when it is unchanged."""
    row = (await connection.execute(_AT, {"position": expected.position})).first()
    if row is None:
        end = (await head(connection)).position
        return Broken(
            min(end + 1, expected.position),
            None,
            "removed",
            f"Event {expected.position} was there before and is missing; the log ends at {end}.",
        )
    if row.hash != expected.hash:
        why = "Its hash has changed: it or an earlier event was changed, and the chain was calculated again."
        return Broken(row.position, row.id, "altered", why)
    return None


async def _broken(connection: Connection, found: Any, last: Link) -> Broken:
    """What was done to the first row that is not intact; `last` is the one before it."""
    position, due = found.position, found.due
    if position > due:
        gap = f"Event {due} is" if position == due + 1 else f"Events {due} to {position - 1} are"
        return Broken(due, None, "removed", f"{gap} missing.")
    if position < due:
        return Broken(position, found.id, "inserted", "Its position is before the first one.")
    if found.unhashed:
        return Broken(
            position, found.id, "inserted", "It has a position but no hash, so it was not numbered like the others."
        )
    fits = await connection.execute(_FITS_WITHOUT, {"previous": last.hash, "position": position})
    if fits.scalar():
        return Broken(position, found.id, "inserted", "The next event follows from the event before this one.")
    if not found.data_hold:
        return Broken(position, found.id, "altered", "Its data do not match their digest.")
    why = "Its hash does not match its fields and the hash of the event before."
    return Broken(position, found.id, "altered", why)
