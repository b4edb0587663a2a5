"""Duties: what waits for a person in a service, and giving it to somebody else, each record by its own rules and events."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select

from shared.access.policies import rows
from shared.errors import NotFound, Refusal
from shared.lifecycle import MoveNotPermitted
from shared.records.nouns import Noun
from shared.unit_of_work import Work

#: how many records of one kind are shown, and how many one request gives to somebody else
AT_ONCE = 200
#: how many people are offered
OFFERED = 20


@dataclass(frozen=True, eq=False)
class Duty:
    """One way in which records of a kind wait for a person.

    `waits` is the condition that a record waits for a person, on the columns of its table. `offers` selects id and name of the
    people to whom this may be given, the most suitable first. `give` gives a locked record from a person to another one, and
    raises a refusal where the rules of the record forbid it; without it nothing is given, because what waits is not the
    person's alone.
    """

    kind: str
    meaning: str
    noun: Noun[Any]
    waits: Callable[[Any, UUID], ColumnElement[bool]]
    offers: Callable[[UUID], Select[UUID, str]]
    give: Callable[[Work, Any, UUID, UUID], Awaitable[None]] | None = None
    number: Callable[[Any], ColumnElement[Any]] = lambda column: column.number
    title: Callable[[Any], ColumnElement[Any]] = lambda column: column.title


class Waiting(NamedTuple):
    """A record that waits for a person."""

    id: UUID
    number: str | None
    title: str
    state: str
    updated_at: datetime


class Offered(NamedTuple):
    """Somebody to whom it may be given."""

    id: UUID
    name: str


class Waits(NamedTuple):
    """What waits for a person in one way: the oldest records, how many there are in all, and who may take them."""

    duty: Duty
    records: Sequence[Waiting]
    total: int
    offered: Sequence[Offered]


class Outcome(NamedTuple):
    """What became of one record: it was given, or why it was not."""

    kind: str
    record: Waiting
    outcome: Literal["given", "refused"]
    reason: str | None


async def duties_of(work: Work, person_id: UUID, duties: Sequence[Duty]) -> list[Waits]:
    """What waits for a person, of the records that the caller may see; ways in which nothing waits are left out."""
    found = []
    async with work:
        for duty in duties:
            records, total = await _waiting(work, duty, person_id)
            if records:
                offered = (await work.session.execute(duty.offers(person_id).limit(OFFERED))).all()
                found.append(Waits(duty, records, total, [Offered(*each) for each in offered]))
    return found


async def hand_over(
    work: Work, person_id: UUID, to: UUID, duties: Sequence[Duty], kinds: Sequence[str] | None = None
) -> list[Outcome]:
    """Give what waits for a person to somebody else, each record in a transaction of its own; `kinds` limits it to these duties.

    Returns what became of each of the oldest records that the caller sees; what is refused stays as it is. A second time
    finds what is left.
    """
    outcomes = []
    for duty in duties:
        if duty.give is None or (kinds is not None and duty.kind not in kinds):
            continue
        async with work:
            records, _ = await _waiting(work, duty, person_id)
        for record in records:
            try:
                async with work:
                    await duty.give(work, await _locked(work, duty, record.id, person_id), person_id, to)
            except Refusal as refusal:
                outcomes.append(Outcome(duty.kind, record, "refused", refusal.detail))
            except MoveNotPermitted as refusal:
                outcomes.append(Outcome(duty.kind, record, "refused", str(refusal)))
            else:
                outcomes.append(Outcome(duty.kind, record, "given", None))
    return outcomes


async def _waiting(work: Work, duty: Duty, person_id: UUID) -> tuple[list[Waiting], int]:
    table, reach = duty.noun.table, duty.noun.read.reach(work.caller)
    open_to_caller = rows(duty.noun.read, table, reach.shape)
    conditions = duty.waits(table.c, person_id), open_to_caller
    columns = table.c.id, duty.number(table.c), duty.title(table.c), table.c.state, table.c.updated_at
    query = select(*columns).where(*conditions).order_by(table.c.created_at, table.c.id).limit(AT_ONCE)
    found = [Waiting(*each) for each in (await work.session.execute(query, reach.values)).all()]
    if len(found) < AT_ONCE:
        return found, len(found)
    total = select(func.count()).select_from(table).where(*conditions)
    return found, (await work.session.execute(total, reach.values)).scalar_one()


async def _locked(work: Work, duty: Duty, identity: UUID, person_id: UUID) -> Any:
    """The record, locked, when it still waits for the person; `NotFound` when it does not."""
    record = await duty.noun.one(work, identity, lock=True)
    table = duty.noun.table.c
    if await work.session.scalar(select(table.id).where(table.id == identity, duty.waits(table, person_id))) is None:
        raise NotFound("It no longer waits for this person.")
    return record
