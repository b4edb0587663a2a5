"""Every role, in every scope, on every route and record, and random callers with several grants, against the READMEs.

The oracle of each service (`of_<service>.py`) is written from its README, section Who; it does not know access.py.
"""

import os
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any

import pytest

from shared.http.callers import Allow
from tests.access import of_change, of_governance, of_incident, of_knowledge, of_service_level
from tests.access.callers import Caller
from tests.access.questions import (
    NOTHING,
    Subject,
    at_work,
    callers_of_every_role,
    callers_with_several_grants,
    questions,
)
from tests.access.tables import Table
from tests.architecture.test_every_route_declares_its_callers import declarations, routes

TABLES = [module.TABLE for module in (of_incident, of_change, of_knowledge, of_service_level, of_governance)]
#: whether every caller tries every route, which takes minutes; else one with a narrow scope tries a share of them
WHOLE = os.environ.get("ZEVEN_TEST_ACCESS") == "whole"


@pytest.fixture(scope="module", params=TABLES, ids=lambda table: table.service.name)
async def subject(request: pytest.FixtureRequest, make_database: Callable[[str], Any]) -> AsyncIterator[Subject]:
    """Each service at work."""
    async with at_work(request.param, make_database) as found:
        yield found


async def test_every_role_reads_and_does_in_every_scope_what_the_readme_says(subject: Subject) -> None:
    await compare(subject, callers_of_every_role(subject))


async def test_callers_with_several_grants_read_and_do_no_more_than_each_grant_opens(subject: Subject) -> None:
    await compare(subject, callers_with_several_grants(subject))


async def test_everything_can_be_done_on_some_record(subject: Subject) -> None:
    """What nobody can do anyway would prove nothing."""
    impossible = []
    for route in subject.table.routes:
        records = subject.records[route.of] if route.of else [NOTHING]
        if not route.harmful and not any([(await subject.at_best(route, record)).ok for record in records]):
            impossible.append(f"{route}: {(await subject.at_best(route, records[0])).body}")
    assert not impossible, "\n".join(impossible)


async def compare(subject: Subject, callers: Iterable[Caller]) -> None:
    """Ask in the name of all callers; name what differs."""
    wrong: list[str] = []
    for caller in callers:
        async for question in questions(subject, caller, whole=WHOLE):
            difference = await question.differs()
            wrong += [f"{question}\n    {difference}"] if difference else []
    assert not wrong, f"{len(wrong)} answers differ from the README, among them:\n" + "\n".join(wrong[:20])


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
