"""Every role, in every scope, on every route and record, and random callers with several grants, against the READMEs.

The oracle of each service (`of_<service>.py`) is written from its README, section Who; it does not know access.py.
"""

import os
import random
from collections.abc import AsyncIterator, Callable
from itertools import chain
from typing import Any

import pytest

from shared.http.callers import Allow
from tests.access.broken_rows import Search, breaks, equivalent, watched
from tests.access.questions import NOTHING, Subject, at_work, everybody, questions, some
from tests.access.services import TABLES
from tests.access.tables import Table
from tests.architecture.test_every_route_declares_its_callers import declarations, routes

#: whether all callers ask; else every fourth one of those that try few routes
ALL = os.environ.get("ZEVEN_TEST_ACCESS") == "all"
#: so many rows of each service are broken in every run, others each time
BROKEN_ROWS = 10 if ALL else 3


@pytest.fixture(scope="module", params=TABLES, ids=lambda table: table.service.name)
async def subject(request: pytest.FixtureRequest, make_database: Callable[[str], Any]) -> AsyncIterator[Subject]:
    """Each service at work."""
    async with at_work(request.param, make_database) as found:
        yield found


async def test_callers_read_and_do_what_the_readme_says(subject: Subject) -> None:
    """With each role in each scope, with pairs of grants, and with as many as chance gives: what any one grant opens."""
    wrong: list[str] = []
    for asking in everybody(subject) if ALL else some(everybody(subject)):
        async for question in questions(subject, asking):
            difference = await question.differs()
            wrong += [f"{question}\n    {difference}"] if difference else []
    assert not wrong, f"{len(wrong)} answers differ from the README, among them:\n" + "\n".join(wrong[:20])


async def test_everything_can_be_done_on_some_record(subject: Subject) -> None:
    """What nobody can do anyway would prove nothing."""
    impossible = []
    for route in subject.table.routes:
        records = subject.records[route.of] if route.of else [NOTHING]
        if not route.harmful and not any([(await subject.at_best(route, record)).ok for record in records]):
            impossible.append(f"{route}: {(await subject.at_best(route, records[0])).body}")
    assert not impossible, "\n".join(impossible)


@pytest.mark.timeout(900)
async def test_a_broken_row_of_a_policy_is_found(subject: Subject) -> None:
    """Some rows in every run, others each time; all of them by `python -m tests.access.broken_rows`."""
    service = subject.table.service.name
    with watched(subject.table) as found:
        every = [each for each in chain.from_iterable(map(breaks, found)) if not equivalent(service, each)]
        drawn = random.SystemRandom().sample(every, BROKEN_ROWS)
        search = Search(subject, found)
        survivors = [str(broken) for broken in drawn if await search.found_by(broken) is None]
    assert not survivors, f"nothing shows that these rows are broken: {', '.join(survivors)}"


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.service.name)
def test_every_route_has_its_row(table: Table) -> None:
    prefix = f"{table.service.prefix}/v1"
    there = {
        f"{method} {route.path.removeprefix(prefix)}"
        for route in routes(table.service)
        if any(isinstance(each, Allow) for each in declarations(route.dependant))
        for method in route.methods or ()
    }
    rows = {f"{route.method} {route.template}" for route in table.everything}
    rows |= {f"GET {listed.template}" for listed in table.lists} | set(table.elsewhere)
    assert there - rows == set(), "routes without a row: say in tests/access who may use them"
    assert rows - there == set(), "rows without a route"
