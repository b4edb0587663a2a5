"""What callers ask of a service at work, and how each answer differs from what the README says."""

import random
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from itertools import cycle
from typing import Any, Literal, NamedTuple

import pytest

from shared.contracts.roles import TECHNICAL_ROLES
from shared.http import limits
from tests.access.callers import (
    DICE,
    NOWHERE,
    Caller,
    every_role_in_every_scope,
    pairs_of_grants,
    random_callers,
    tied_callers,
)
from tests.access.dry_requests import Answer, roll_back_requests, send
from tests.access.oracle import Record
from tests.access.tables import Belonging, Listed, Records, Route, Table, able, administrator
from tests.world import World, world

RANDOM_CALLERS = 100
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
        for tier in ("WITHOUT_ROLE", "WITH_ROLE"):  # few people ask here for many
            patch.setattr(limits, tier, limits.OPERATING)
        roll_back_requests(patch)
        async with world((table.service,), make_database) as zeven:
            yield Subject(table, zeven, await table.furnish(zeven), {})


class Question(NamedTuple):
    """Something that a caller asks about a record; `differs` asks it, and names how the answer differs from the README."""

    caller: Caller
    where: str
    record: object
    differs: Callable[[], Awaitable[str | None]]
    #: whether what it asks for would have its effect although it is rolled back
    harmful: bool = False

    def __str__(self) -> str:
        return f"{self.where}\n    record {self.record}\n    caller {self.caller}"


class Asking(NamedTuple):
    """A caller, and how much of a service it tries.

    "everything", "one of a kind" of each kind of route that does something of its own, or "a share" of the routes.
    """

    caller: Caller
    tries: Literal["everything", "one of a kind", "a share"]


def everybody(subject: Subject) -> Iterator[Asking]:
    """All callers: those with each role within each scope, pairs of grants, and what chance gives."""
    name = subject.table.service.name
    for caller in every_role_in_every_scope(name):
        wide = [grant.kind for grant in caller.grants] in ([], [""])
        wide |= any(grant.role in TECHNICAL_ROLES and grant.kind == "process" for grant in caller.grants)
        yield Asking(caller, "everything" if wide else "a share")
    for caller in (*tied_callers(), *pairs_of_grants(name, subject.table.special_roles)):
        yield Asking(caller, "one of a kind")
    for caller in random_callers(name, RANDOM_CALLERS, subject.table.special_roles):
        yield Asking(caller, "a share")


def some(callers: Iterable[Asking]) -> Iterator[Asking]:
    """Those that try everything, and every fourth one of the others."""
    turn = cycle((True, False, False, False))
    return (asking for asking in callers if asking.tries == "everything" or next(turn))


async def questions(subject: Subject, asking: Asking) -> AsyncIterator[Question]:
    """What a caller asks, on records that are drawn: the same in every run."""
    (caller, tries), table = asking, subject.table
    dice, ask = random.Random(f"{table.service.name} {caller}"), partial(Question, caller)
    part = {"everything": 1.0, "one of a kind": 0.5, "a share": table.share}[tries]
    for listed in table.lists:
        if dice.random() < max(part, 0.5):
            yield ask(listed.template, "", partial(check_list, subject, caller, listed))
    for routes, kind in chosen(dice, asking, table):
        route, record = await draw(subject, dice, caller, routes, kind)
        yield ask(str(route), record, partial(check_route, subject, caller, route, record), route.harmful)
    for belonging in table.belonging:
        if dice.random() < part:
            record = dice.choice(subject.records[belonging.of])
            yield ask(belonging.template, record, partial(check_belonging, subject, caller, belonging, record))


def chosen(dice: random.Random, asking: Asking, table: Table) -> Iterator[tuple[Sequence[Route], str]]:
    """The routes that a caller tries, one of each of these, and on which kind of record: open to it, or not and perhaps seen."""
    kinds = [*alike(table.routes)]
    if asking.tries == "everything":
        yield from (([route], "open") for route in table.everything)
        yield from ((routes, "closed") for routes in kinds if routes[0].of)
    elif asking.tries == "one of a kind":
        tied = len(asking.caller.grants) == 1
        for routes in kinds:
            to_come = routes[0].of.endswith("to come")
            tried = ("open", "closed") if to_come else ("open", "open") if tied else ("closed",)
            yield from ((routes, kind) for kind in tried)
    else:
        for route in table.everything:
            if route.of.endswith("to come"):
                yield from (([route], kind) for kind in ("open", "closed"))
            elif dice.random() < table.share:
                yield [route], dice.choice(("open", "closed", "closed"))


def alike(routes: Sequence[Route]) -> Iterable[Sequence[Route]]:
    """The routes by kind: those at the same address that the same rule opens do the same sort of thing."""
    found: dict[Any, list[Route]] = defaultdict(list)
    for route in routes:
        found[route.method, route.template, route.may].append(route)
    return found.values()


async def draw(
    subject: Subject, dice: random.Random, caller: Caller, routes: Sequence[Route], kind: str
) -> tuple[Route, Record]:
    """One of the routes, and a record of this kind where there is one, in a state in which the thing can be done.

    What is open to the caller is asked for in any state half of the time: the answer differs from a refusal anyway.
    """
    any_state, fallback = kind == "open" and dice.random() < 0.5, None
    for route in dice.sample(routes, len(routes)):
        if not route.of:
            return route, NOTHING
        drawn = of_kind(subject, caller, route, kind)
        drawn = dice.sample(drawn, len(drawn))
        fallback = fallback or (route, drawn[0])
        for record in () if route.harmful or any_state else drawn:
            if (await subject.at_best(route, record)).ok:
                return route, record
    assert fallback
    return fallback


def of_kind(subject: Subject, caller: Caller, route: Route, kind: str) -> Sequence[Record]:
    """The records of this kind where there are some: of those that are not open, the ones that the caller sees."""
    records, sees = subject.records[route.of], subject.table.sees.get(route.of, lambda *_: True)
    if kind == "open":
        return [record for record in records if route.may(caller, record)] or records
    closed = [record for record in records if not route.may(caller, record)]
    return [record for record in closed if sees(caller, record)] or closed or records


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
