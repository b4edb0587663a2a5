"""Does the access test find a broken row? Breaks each row of a service's policies in turn, and asks again what looked it up.

`python -m tests.access.broken_rows [service …]` breaks all of them, and ends with 1 when a break is not found.
"""

import asyncio
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from shared.access.policies import ALL, ANYWHERE, Policy
from shared.contracts.roles import ANYBODY
from shared.http.callers import Allow
from shared.http.requests import WorkUnder
from tests.access.callers import Caller
from tests.access.questions import (
    Question,
    Subject,
    at_work,
    callers_of_every_role,
    callers_with_several_grants,
    questions,
)
from tests.access.tables import Table
from tests.architecture.test_every_route_declares_its_callers import declarations, routes
from tests.world import postgres

Rule = tuple[str, ...]
#: roles of every kind, which get "*" where they have no row
ADDED = ("professional", "client", "user", "supplier", "ki_owner", "feed_reader", ANYBODY)
#: the roles of a declaration stand in no row with columns
HOLDS: Rule = ()


class Rows(dict[str, Rule]):
    """The rows of one policy, or the roles of one declaration: it notes whose row is looked up."""

    def __init__(self, name: str, rows: Mapping[str, Rule]) -> None:
        super().__init__(rows)
        self.name = name
        self.looked_up: set[str] = set()

    def get(self, role: str, default: Any = None) -> Any:
        """The row of a role, as policies ask for it."""
        self.looked_up.add(role)
        return super().get(role, default)

    def __contains__(self, role: object) -> bool:
        return self.get(str(role)) is not None

    def isdisjoint(self, roles: Iterable[str]) -> bool:
        """Whether none of the roles has a row, as declarations ask."""
        return not any([role in self for role in roles])


class Break(NamedTuple):
    """A row that is not what it was; without a rule there is none."""

    rows: Rows
    role: str
    rule: Rule | None
    how: str

    def __str__(self) -> str:
        return f"{self.rows.name}: {self.role} {self.how}"

    @contextmanager
    def made(self) -> Iterator[None]:
        """The row is broken meanwhile."""
        with pytest.MonkeyPatch.context() as patch:
            if self.rule is None:
                patch.delitem(self.rows, self.role)
            else:
                patch.setitem(self.rows, self.role, self.rule)
            yield


def breaks(rows: Rows) -> Iterator[Break]:
    """Every break of every row: dropped, widened, narrowed, without one of its columns; and rows that are not there."""
    for role, rule in [*rows.items()]:
        yield Break(rows, role, None, "dropped")
        if rule == HOLDS:
            continue
        if "*" not in rule:
            yield Break(rows, role, ALL, "widened to all records")
        if rule == ANYWHERE:
            yield Break(rows, role, ALL, "narrowed to its scope")
            continue
        if "*" in rule:
            yield Break(rows, role, ANYWHERE, "widened beyond its scope")
        for column in rule if len(rule) > 1 else ():
            yield Break(rows, role, tuple(one for one in rule if one != column), f"without {column}")
    for role in ADDED:
        if role not in rows.keys():
            yield Break(rows, role, ALL, "added")


def tables(table: Table) -> Iterator[tuple[str, Policy | Allow]]:
    """The policies of a service by name, and those that its routes declare beside them with the roles that kernel routes need."""
    access = import_module(f"services.{table.service.name}.access")
    known: set[Any] = set()
    named = ((name, one) for name, one in vars(access).items() if isinstance(one, Policy))
    declared = (
        (f"{min(route.methods)} {route.path}", each.policy if isinstance(each, WorkUnder) else each)
        for route in routes(table.service)
        for each in declarations(route.dependant)
        if isinstance(each, Allow) and each.roles or isinstance(each, WorkUnder)
    )
    for name, one in chain(named, declared):
        if one not in known:
            known.add(one)
            yield name, one


@contextmanager
def watched(table: Table) -> Iterator[list[Rows]]:
    """All tables of a service, each noting whose row is looked up."""
    found = []
    with pytest.MonkeyPatch.context() as patch:
        for name, one in tables(table):
            is_policy = isinstance(one, Policy)
            rows = Rows(name, one.rules if is_policy else dict.fromkeys(one.roles, HOLDS))
            patch.setattr(one, "rules" if is_policy else "roles", rows)
            found.append(rows)
        yield found


class Search:
    """Looks for a question whose answer shows that a row is broken, among those that looked the row up when it was whole."""

    def __init__(self, subject: Subject, tables: Sequence[Rows]) -> None:
        self._subject, self._tables = subject, tables
        self._waiting = [*callers_of_every_role(subject), *callers_with_several_grants(subject)]
        self._asked: dict[tuple[str, str], list[Question]] = defaultdict(list)

    async def found_by(self, broken: Break) -> Question | None:
        """The first question that is answered otherwise than the README says; `None` when the break survives."""
        asked = self._asked[broken.rows.name, broken.role]
        place = 0
        while True:
            with broken.made():
                while place < len(asked):
                    if await self._differs(asked[place]):
                        return asked[place]
                    place += 1
            if (caller := self._next(broken.role)) is None:
                return None
            await self._ask(caller)

    def _next(self, role: str) -> Caller | None:
        """Somebody who has not asked yet, and whose answers may depend on the rows of this role."""
        for number, caller in enumerate(self._waiting):
            if role in {grant.role for grant in caller.grants} or (role == ANYBODY and not caller.account):
                return self._waiting.pop(number)
        return None

    async def _ask(self, caller: Caller) -> None:
        async for question in questions(self._subject, caller, whole=False):
            for rows in self._tables:
                rows.looked_up.clear()
            if difference := await self._differs(question):
                raise AssertionError(f"{question}\n    {difference}, although nothing is broken")
            for rows in self._tables:
                for role in rows.looked_up:
                    self._asked[rows.name, role].append(question)

    async def _differs(self, question: Question) -> str | None:
        # what a policy opens to a caller is remembered with the token
        self._subject.world.running(self._subject.table.service.name).verifier._known.clear()
        return await question.differs()


async def main(names: Sequence[str]) -> int:
    """Break every row of these services."""
    from tests.access.test_access import TABLES

    survivors = 0
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o711)
        async with postgres(Path(folder) / "data") as make:
            for table in TABLES:
                if names and table.service.name not in names:
                    continue
                began = time.monotonic()
                async with at_work(table, make) as subject:
                    with watched(table) as found:
                        search, number = Search(subject, found), 0
                        for each in chain.from_iterable(map(breaks, found)):
                            by = await search.found_by(each)
                            print(f"{table.service.name} {each}: {by.where if by else 'NOT FOUND'}", flush=True)
                            number += 1
                            survivors += by is None
                print(f"{table.service.name}: {number} breaks in {time.monotonic() - began:.0f} s", flush=True)
    return min(survivors, 1)


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
