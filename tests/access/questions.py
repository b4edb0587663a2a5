"""What callers ask of a service at work, and how each answer differs from what the README says."""

import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, NamedTuple

import pytest

from tests.access.callers import DICE, NOWHERE, Caller, every_role_in_every_scope, random_callers
from tests.access.dry_requests import Answer, roll_back_requests, send
from tests.access.oracle import Record
from tests.access.tables import Belonging, Listed, Records, Route, Table, able, administrator
from tests.world import World, world

RANDOM_CALLERS = 200
NOTHING = Record(NOWHERE)


class Subject(NamedTuple):
    """A service at work, with its table and its records."""

    table: Table
    world: World
    records: Records
    best: dict[tuple[str, Any], Answer]

    async def ask(self, caller: Caller, route: Route, record: Record) -> Answer:
        """The answer to a caller on a route about a record."""
        body = route.body(caller, record) if route.body else None
        version = f'"{record.more.get("version", 0)}"' if route.versioned else None
        return await self.get(caller, route.address(caller, record), route.method, body, version)

    async def get(
        self, caller: Caller, path: str, method: str = "GET", body: Any = None, version: Any = None
    ) -> Answer:
        """The answer to a caller at a path."""
        address = f"{self.table.service.prefix}/v1{path}"
        return await send(self.world.host.front, caller.bearer, method, address, body, version)

    async def at_best(self, route: Route, record: Record) -> Answer:
        """How a request is answered to somebody who may make it."""
        key = str(route), record.id
        if key not in self.best:
            who = able(record) if route.may(able(record), record) else administrator()
            self.best[key] = await self.ask(who, route, record)
        return self.best[key]


@asynccontextmanager
async def at_work(table: Table, make_database: Callable[[str], Any]) -> AsyncIterator[Subject]:
    """A service at work with records of every kind, the same in every run; nothing that is asked of it changes them."""
    DICE.seed(table.service.name)
    with pytest.MonkeyPatch.context() as patch:
        roll_back_requests(patch)
        async with world((table.service,), make_database) as zeven:
            yield Subject(table, zeven, await table.furnish(zeven), {})


class Question(NamedTuple):
    """Something that a caller asks about a record; `differs` asks it, and names how the answer differs from the README."""

    caller: Caller
    where: str
    record: object
    differs: Callable[[], Awaitable[str | None]]

    def __str__(self) -> str:
        return f"{self.where}\n    record {self.record}\n    caller {self.caller}"


def callers_of_every_role(subject: Subject) -> list[Caller]:
    """Callers with each role within each scope."""
    return [*every_role_in_every_scope(subject.table.service.name)]


def callers_with_several_grants(subject: Subject) -> list[Caller]:
    """Random callers."""
    return [*random_callers(subject.table.service.name, RANDOM_CALLERS, subject.table.special_roles)]


async def questions(subject: Subject, caller: Caller, *, whole: bool) -> AsyncIterator[Question]:
    """What a caller asks: each tries a share of the routes, on records that are drawn; the same in every run."""
    table, dice = subject.table, random.Random(f"{subject.table.service.name} {caller}")
    ask = partial(Question, caller)
    part = 1.0 if whole or [grant.kind for grant in caller.grants] in ([], [""]) else table.share
    for listed in table.lists:
        if dice.random() < max(part, 0.5):
            yield ask(listed.template, "", partial(check_list, subject, caller, listed))
    for route in table.everything:
        for kind in kinds_of_record(dice, route, part, whole=whole):
            record = await draw(subject, dice, caller, route, kind)
            yield ask(str(route), record, partial(check_route, subject, caller, route, record))
    for belonging in table.belonging:
        if dice.random() < part:
            record = dice.choice(subject.records[belonging.of])
            yield ask(belonging.template, record, partial(check_belonging, subject, caller, belonging, record))


def kinds_of_record(dice: random.Random, route: Route, part: float, *, whole: bool) -> Sequence[str]:
    """For which kinds of record a caller tries a route: one that is open to it, one that is not, and so may be seen or not."""
    if route.of and (part == 1 or route.of.endswith("to come")):
        return ("open", "closed") if whole or dice.random() < 0.5 else ("closed",)
    return [dice.choice(("open", "closed", "closed"))] if dice.random() < part else []


async def draw(subject: Subject, dice: random.Random, caller: Caller, route: Route, kind: str) -> Record:
    """A record of this kind where there is one, in a state in which the thing can be done."""
    if not route.of:
        return NOTHING
    records, sees = subject.records[route.of], subject.table.sees.get(route.of, lambda *_: True)
    if kind == "open":
        records = [record for record in records if route.may(caller, record)] or records
    elif kind == "closed":
        closed = [record for record in records if not route.may(caller, record)]
        records = [record for record in closed if sees(caller, record)] or closed or records
    drawn = dice.sample(records, len(records))
    for record in () if route.harmful else drawn:
        if (await subject.at_best(route, record)).ok:
            return record
    return drawn[0]


async def check_list(subject: Subject, caller: Caller, listed: Listed) -> str | None:
    """What a list shows that it should not, or the other way round."""
    wanted = {str(one.id) for one in subject.records[listed.of] if listed.shown(caller, one)}
    answer = await subject.get(caller, f"{listed.template}?{listed.query}")
    found = {item[listed.field] for item in answer.body["items"]} if answer.ok else set()
    if answer.status not in (200, 403) or found != wanted:
        return f"{answer.status}: shown without right {sorted(found - wanted)}, missing {sorted(wanted - found)}"
    if answer.ok and answer.body.get("total", len(wanted)) != len(wanted):
        return f"counted {answer.body['total']} instead of {len(wanted)}"
    return None


async def check_route(subject: Subject, caller: Caller, route: Route, record: Record) -> str | None:
    """How an answer differs from what is expected of a route."""
    if route.may(caller, record):
        if route.harmful:
            return None
        answer, best = await subject.ask(caller, route, record), await subject.at_best(route, record)
        if answer.status != best.status or answer.status in (401, 403, 500):
            return f"{answer.status} instead of {best.status}: {answer.body}"
        shows = route.shows is None or not answer.ok or route.shows(caller, record, answer.body)
        return None if shows else f"shown is too much or too little: {answer.body}"
    answer = await subject.ask(caller, route, record)
    if answer.status in (401, 500):
        return f"{answer.status}: {answer.body}"
    sees = subject.table.sees.get(route.of)
    if sees is None or not route.hidden or sees(caller, record):
        return None if answer.status in (403, 409, 422) else f"{answer.status} although it is not allowed"
    expected = 404
    if answer.status == 403:  # as what is not there is answered, or it would be known that this is there
        expected = (await subject.ask(caller, route, Record(NOWHERE, more=record.more))).status
    return None if answer.status == expected else f"{answer.status} for what the caller does not see, not {expected}"


async def check_belonging(subject: Subject, caller: Caller, belonging: Belonging, record: Record) -> str | None:
    """What a list of a record's belongings shows that it should not, or the other way round."""
    path = belonging.address(record)
    if (best := subject.best.get((path, record.id))) is None:
        best = subject.best[path, record.id] = await subject.get(able(record), path)
    answer = await subject.get(caller, path)
    if not answer.ok:
        return None  # whether it may be read at all is the route's own row
    wanted = {item[belonging.field] for item in best.body["items"] if belonging.shown(caller, record, item)}
    found = {item[belonging.field] for item in answer.body["items"]}
    return None if found == wanted else f"shown without right {found - wanted}, missing {wanted - found}"
