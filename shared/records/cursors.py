"""Cursors: where a page of a list begins, as opaque text that belongs to one list in one order."""

import base64
import binascii
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg
import msgspec
from sqlalchemy.exc import DBAPIError, StatementError

from shared.errors import BadRequest, FieldProblem


class Place(NamedTuple):
    """Where a page begins: after (or before) the row with this value of the sort column and this id."""

    before: bool
    value: Any
    id: UUID

    @property
    def kind(self) -> str:
        """What a statement is prepared for: the direction, and whether the value is null."""
        return f"{'before' if self.before else 'after'} {'null' if self.value is None else 'value'}"


def encode(name: str, sort: str, place: Place) -> str:
    """The cursor of a place in the list of that name, in that order."""
    body = msgspec.json.encode([sort, place.before, place.value, place.id])
    return base64.urlsafe_b64encode(_checksum(name, body) + body).decode().rstrip("=")


def decode(cursor: str, name: str, sort: str) -> Place:
    """The place of a cursor; `BadRequest` when it is broken or belongs to another list or order."""
    try:
        raw = base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        if raw[:8] != _checksum(name, raw[8:]):
            raise ValueError("its checksum is wrong")  # noqa: TRY301 - one refusal for every fault
        given, before, value, identity = msgspec.json.decode(raw[8:], type=tuple[str, bool, Any, UUID])
        if given != sort:
            raise ValueError("it belongs to another order")  # noqa: TRY301
    except (ValueError, UnicodeError, binascii.Error, msgspec.MsgspecError) as error:
        raise _broken() from error
    return Place(before, value, identity)


@contextmanager
def forged_as_broken(cursor: str | None) -> Iterator[None]:
    """Refuse a forged cursor, whose value does not fit its column, like a broken one: the checksum is not secret."""
    try:
        yield
    except (ValueError, TypeError, StatementError, asyncpg.PostgresError, asyncpg.DataError) as error:
        state = str(getattr(getattr(error, "orig", error), "sqlstate", ""))
        ours = isinstance(error, DBAPIError | asyncpg.PostgresError) and not state.startswith("22")
        if cursor is None or ours:
            raise
        raise _broken() from error


def _checksum(name: str, body: bytes) -> bytes:
    return blake2b(body, digest_size=8, person=b"zeven", key=name.encode()[:64]).digest()


def _broken() -> BadRequest:
    detail = "not a cursor of this list in this order; start again without one"
    return BadRequest("The cursor is not valid.", errors=[FieldProblem(pointer="#query/cursor", detail=detail)])
