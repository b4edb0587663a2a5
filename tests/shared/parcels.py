"""Parcels for tests: created, counted, and published."""

from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text
from uuid_utils.compat import uuid7

from shared import clock
from shared.contracts import Actor, Envelope
from shared.runtime import Running
from tests.shared.post_office.contracts import ParcelCollected, ParcelRegistered
from tests.shared.post_office.counter.service import PARCEL, Parcel

TESTS = Actor(type="system", id="tests")


def parcel(label: str = "books", *, weight: int = 1) -> Parcel:
    """A new parcel that nobody has stored."""
    identity, now = uuid7(), clock.now()
    return Parcel(
        id=identity,
        number=f"PAR-{identity.hex[-8:]}",
        label=label,
        weight=weight,
        state=PARCEL.initial,
        collector=None,
        version=0,
        correlation_id=identity,
        created_at=now,
        updated_at=now,
    )


def registered(subject: UUID | None = None, *, weight: int = 1, sequence: int = 1, **more: Any) -> Envelope:
    """The news of a parcel, as the counter would tell it."""
    subject = subject or uuid4()
    event = ParcelRegistered(number="PAR-1", weight=weight)
    return _envelope(ParcelRegistered.type, subject, sequence, event.model_dump(), more)


def collected(subject: UUID, *, sequence: int = 2, **more: Any) -> Envelope:
    """The news that a parcel was collected."""
    return _envelope(ParcelCollected.type, subject, sequence, {"collector": "Ada"}, more)


def _envelope(kind: str, subject: UUID, sequence: int, data: dict[str, Any], more: dict[str, Any]) -> Envelope:
    given = {"id": uuid7(), "time": clock.now(), "correlationid": subject, **more}
    return Envelope(type=kind, source="counter", subject=subject, sequence=sequence, actor=TESTS, data=data, **given)


async def rows(one: Running, sql: str, **bound: Any) -> list[Any]:
    """What a statement answers in a service's database: values where it asks for one column, else tuples."""
    async with one.engine.begin() as connection:
        answer = await connection.execute(text(sql), bound)
        found = answer.all() if answer.returns_rows else []
    return [row[0] if len(row) == 1 else tuple(row) for row in found]
