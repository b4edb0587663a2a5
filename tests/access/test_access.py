"""Every role, in every scope, on every route and record, and random callers with several grants, against the READMEs.

The oracle of each service (`of_<service>.py`) is written from its README, section Who; it does not know access.py.
"""

import random
from collections.abc import AsyncIterator, Callable, Iterable
from functools import partial
from typing import Any, NamedTuple

import pytest
from fastapi.routing import APIRoute

from shared.http import application
from shared.http.callers import Allow
from tests.access import of_incident, of_knowledge
from tests.access.asking import Answer, ask, roll_back_requests
from tests.access.callers import NOWHERE, Caller, every_role_in_every_scope, random_callers
from tests.access.oracle import Record
from tests.access.tables import Belonging, Listed, Records, Route, Table, able, administrator
from tests.world import World, world

TABLES = [of_incident.TABLE, of_knowledge.TABLE]
RANDOM_CALLERS = 120
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

    async def get(self, caller: Caller, path: str, method: str = "GET", body: Any = None, version: Any = None) -> Answer:
        """The answer to a caller at a path."""
        address = f"{self.table.service.prefix}/v1{path}"
        return await ask(self.world.host.front, caller.bearer, method, address, body, version)

    async def at_best(self, route: Route, record: Record) -> Answer:
        """How a request is answered to somebody who may make it."""
        key = str(route), record.id
        if key not in self.best or route.hidden is False:
            who = able(record) if route.may(able(record), record) else administrator()
            self.best[key] = await self.ask(who, route, record)
        return self.best[key]


@pytest.fixture(scope="module", params=TABLES, ids=lambda table: table.service.name)
async def subject(request: pytest.FixtureRequest, make_database: Callable[[str], Any]) -> AsyncIterator[Subject]:
    """A service at work with records of every kind; nothing that is asked of it changes them."""
    with pytest.MonkeyPatch.context() as patch:
        roll_back_requests(patch)
        table: Table = request.param
        async with world((table.service,), make_database) as zeven:
            yield Subject(table, zeven, await table.furnish(zeven), {})


async def test_every_role_reads_and_does_in_every_scope_what_the_readme_says(subject: Subject) -> None:
    await compare(subject, every_role_in_every_scope(subject.table.service.name), routes=1.0)


async def test_callers_with_several_grants_read_and_do_no_more_than_each_grant_opens(subject: Subject) -> None:
    await compare(subject, random_callers(subject.table.service.name, RANDOM_CALLERS), routes=0.4)


async def compare(subject: Subject, callers: Iterable[Caller], *, routes: float) -> None:
    """Ask in the name of all callers, each on this share of the routes and on a record that is drawn; name what differs."""
    dice = random.Random(f"{subject.table.service.name} {routes}")
    wrong: list[str] = []
    for caller in callers:
        note = partial(_note, wrong, caller)
        for listed in subject.table.lists:
            note(listed.template, "", await check_list(subject, caller, listed))
        for route in subject.table.everything:
            if dice.random() < routes:
                record = dice.choice(subject.records[route.of]) if route.of else NOTHING
                note(route, record, await check_route(subject, caller, route, record))
        for belonging in subject.table.belonging:
            if dice.random() < routes:
                record = dice.choice(subject.records[belonging.of])
                note(belonging.template, record, await check_belonging(subject, caller, belonging, record))
    assert not wrong, f"{len(wrong)} answers differ from the README, among them:\n" + "\n".join(wrong[:20])


def _note(wrong: list[str], caller: Caller, where: object, record: object, difference: str | None) -> None:
    if difference:
        grants = ", ".join(f"{grant.role}@{grant.scope or 'everywhere'}" for grant in caller.grants)
        who = f"{caller.sub} of {caller.party} in {[str(team) for team in caller.teams]} with {grants or 'no role'}"
        wrong.append(f"{where}\n    record {record}\n    caller {who}\n    {difference}")


async def check_list(subject: Subject, caller: Caller, listed: Listed) -> str | None:
    """What a list shows that it should not, or the other way round."""
    wanted = {str(one.id) for one in subject.records[listed.of] if listed.shown(caller, one)}
    answer = await subject.get(caller, f"{listed.template}?{listed.query}")
    found = {item[listed.field] for item in answer.body["items"]} if answer.ok else set()
    if answer.status not in (200, 403) or found != wanted:
        return f"{answer.status}: shown without right {sorted(found - wanted)}, missing {sorted(wanted - found)}"
    return None


async def check_route(subject: Subject, caller: Caller, route: Route, record: Record) -> str | None:
    """How an answer differs from what is expected of a route."""
    if route.may(caller, record):
        if route.harmful:
            return None
        answer, best = await subject.ask(caller, route, record), await subject.at_best(route, record)
        return None if answer.status == best.status else f"{answer.status} instead of {best.status}: {answer.body}"
    answer = await subject.ask(caller, route, record)
    sees = subject.table.sees.get(route.of)
    if sees is None or not route.hidden or sees(caller, record):
        return None if answer.status in (403, 409, 422) else f"{answer.status} although it is not allowed"
    if answer.status not in (403, 404):
        return f"{answer.status} although the caller does not see the record"
    nothing = await subject.ask(caller, route, Record(NOWHERE, more=record.more))
    if answer.status != nothing.status:
        return f"{answer.status} for what the caller does not see, {nothing.status} for what is not there"
    return None


async def check_belonging(subject: Subject, caller: Caller, belonging: Belonging, record: Record) -> str | None:
    """What a list of a record's belongings shows that it should not, or the other way round."""
    path = belonging.template.replace(belonging.template[belonging.template.index("{") :].partition("}")[0] + "}", str(record.id))
    best = (await subject.get(able(record), path)).body["items"]
    answer = await subject.get(caller, path)
    if not answer.ok:
        return None  # whether it may be read at all is the route's own row
    wanted = {item[belonging.field] for item in best if belonging.shown(caller, record, item)}
    found = {item[belonging.field] for item in answer.body["items"]}
    return None if found == wanted else f"shown without right {found - wanted}, missing {wanted - found}"


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.service.name)
def test_every_route_has_its_row(table: Table, running_of: Callable[[Any], Any]) -> None:
    there = {
        f"{method} {route.path.removeprefix(f'{table.service.prefix}/v1')}"
        for route in application(running_of(table.service)).routes
        if isinstance(route, APIRoute) and any(isinstance(each.call, Allow) for each in route.dependant.dependencies)
        for method in route.methods or ()
    }
    rows = {f"{route.method} {route.template}" for route in table.everything}
    rows |= {f"GET {listed.template}" for listed in table.lists} | set(table.elsewhere)
    assert there - rows == set(), "routes without a row: say in tests/access who may use them"
    assert rows - there == set(), "rows without a route"
