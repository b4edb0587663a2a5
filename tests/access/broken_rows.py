"""Does the access test find a broken row? Breaks each row of a service's policies in turn, and asks again what looked it up.

`python -m tests.access.broken_rows [service …]` breaks all of them, and ends with 1 when a break is not found.
"""

import asyncio
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from fnmatch import fnmatch
from importlib import import_module
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from shared.access.policies import ALL, ANYWHERE, Policy
from shared.contracts.roles import ANYBODY
from shared.http.callers import Allow, AllowTechnical
from shared.http.requests import WorkUnder
from tests.access.questions import Asking, Question, Subject, at_work, everybody, questions
from tests.access.services import TABLES
from tests.access.tables import Table
from tests.architecture.test_every_route_declares_its_callers import declarations, routes
from tests.world import postgres

Rule = tuple[str, ...]
#: roles of every kind, which get "*" where they have no row
ADDED = ("professional", "client", "user", "supplier", "ki_owner", "feed_reader", ANYBODY)
#: what stands for the row of a role that a declaration names
HOLDS: Rule = ()
#: breaks that change nothing, and why
EQUIVALENT = {
    "change APPROVE: * added": "Who approves names one of four roles, and that role itself must open the change.",
    "governance ADMINISTER: administrator *": "Administrators do everything without a row; it is there for refusals to name.",
    "incident CALL_AS_CLIENT: * widened beyond its scope": "It is asked whether it opens anything, not what.",
    "incident IMPORT: * widened beyond its scope": "Such a role holds everywhere or for a process, which narrows nothing.",
    "incident READ_RULES: * narrowed to its scope": "It opens no record, so there is nothing to narrow.",
    "knowledge READ: administrator *": "Administrators read everything without a row; `ROLES` names them with all others.",
}


class Rows(dict[str, Rule]):
    """The rows of one policy, or the roles of one declaration: it notes whose row is looked up."""

    def __init__(self, name: str, rows: Mapping[str, Rule], policy: Policy | None) -> None:
        super().__init__(rows)
        self.name, self.policy = name, policy
        self.looked_up: set[str] = set()

    def get(self, role: str, default: Any = None) -> Any:
        """The row of a role, as policies ask for it."""
        self.looked_up.add(role)
        return super().get(role, default)

    def __bool__(self) -> bool:
        """Whether there is any row: each of them may be the last one."""
        self.looked_up.update(self)
        return bool(len(self))

    def __contains__(self, role: object) -> bool:
        return self.get(str(role)) is not None

    def isdisjoint(self, roles: Iterable[str]) -> bool:
        """Whether none of the roles has a row, as declarations ask."""
        wanted = {*roles}
        self.looked_up |= wanted
        return wanted.isdisjoint({*self})


class Break(NamedTuple):
    """A row that is not what it was; without a rule there is none."""

    rows: Rows
    role: str
    rule: Rule | None
    how: str
    #: whether the whole policy is for reading where it was not, or the other way round
    reading: bool = False

    def __str__(self) -> str:
        return f"{self.rows.name}: {self.role} {self.how}"

    @contextmanager
    def made(self) -> Iterator[None]:
        """The row is broken meanwhile."""
        with pytest.MonkeyPatch.context() as patch:
            if self.reading:
                patch.setattr(self.rows.policy, "reading", not self.rows.policy.reading)  # type: ignore[union-attr]
            elif self.rule is None:
                patch.delitem(self.rows, self.role)
            else:
                patch.setitem(self.rows, self.role, self.rule)
            yield


def breaks(rows: Rows) -> Iterator[Break]:
    """Every break of every row: dropped, widened, narrowed, without one of its columns; rows that are not there; and `reading`."""
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
    if rows.policy and rows:
        how = "held to this process" if rows.policy.reading else "acts from other processes"
        yield Break(rows, next(iter(rows)), None, how, reading=True)
    absent = [role for role in ADDED if role not in {*rows}]
    yield from (Break(rows, role, ALL, "added") for role in absent if role != ANYBODY or rows.policy)


def tables(table: Table) -> Iterator[tuple[str, Policy | Allow]]:
    """The policies of a service by name, and those that its routes declare beside them with the roles that kernel routes need."""
    access = import_module(f"services.{table.service.name}.access")
    known: set[Any] = set()
    named = ((name, one) for name, one in vars(access).items() if isinstance(one, Policy))
    declared = (
        (f"{min(route.methods)} {route.path}", each.policy if isinstance(each, WorkUnder) else each)
        for route in routes(table.service)
        for each in declarations(route.dependant)
        if isinstance(each, AllowTechnical | WorkUnder)
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
            rows = (
                Rows(name, one.rules, one)
                if isinstance(one, Policy)
                else Rows(name, dict.fromkeys(one.roles, HOLDS), None)
            )
            patch.setattr(one, "rules" if rows.policy else "roles", rows)
            found.append(rows)
        yield found


class Search:
    """Looks for a question whose answer shows that a row is broken, among those that looked the row up when it was whole."""

    def __init__(self, subject: Subject, tables: Sequence[Rows]) -> None:
        self._subject, self._tables = subject, tables
        self._waiting = [*everybody(subject)]
        self._asked: dict[tuple[str, str], list[Question]] = defaultdict(list)

    async def found_by(self, broken: Break) -> Question | None:
        """The first question that is answered otherwise than the README says; `None` when the break survives."""
        asked = self._asked[broken.rows.name, broken.role]
        place = 0
        while True:
            while place < len(asked):
                if await self._shows(asked[place], broken):
                    return asked[place]
                place += 1
            if (asking := self._next(broken.role)) is None:
                return None
            await self._ask(asking)

    async def _shows(self, question: Question, broken: Break) -> bool:
        """Whether a question is answered wrong with the broken row, and right without."""
        with broken.made():
            if await self._differs(question) is None:
                return False
        return await self._differs(question) is None

    def _next(self, role: str) -> Asking | None:
        """Somebody who has not asked yet, and whose answers may depend on the rows of this role."""
        for number, (caller, _) in enumerate(self._waiting):
            if role in {grant.role for grant in caller.grants} or (role == ANYBODY and not caller.account):
                return self._waiting.pop(number)
        return None

    async def _ask(self, asking: Asking) -> None:
        async for question in questions(self._subject, asking):
            if question.harmful:
                continue
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


def equivalent(service: str, broken: Break) -> str | None:
    """Why a break changes nothing; `None` when it should."""
    return next((why for which, why in EQUIVALENT.items() if fnmatch(f"{service} {broken}", which)), None)


async def found_in(service: Table, make_database: Callable[[str], Any]) -> AsyncIterator[tuple[Break, str | None]]:
    """Every break of a service, with the question that found it."""
    async with at_work(service, make_database) as subject:
        with watched(service) as found:
            search = Search(subject, found)
            for broken in chain.from_iterable(map(breaks, found)):
                question = await search.found_by(broken)
                yield broken, question.where if question else None


async def main(services: Sequence[Table]) -> int:
    """Break every row of these services, and say which break was found by what; how many survived without a reason."""
    survivors = 0
    with tempfile.TemporaryDirectory(prefix="zeven-tests-") as folder:
        Path(folder).chmod(0o711)  # started by root, the server runs as somebody else who must get through
        async with postgres(Path(folder) / "data") as make:
            for service in services:
                name, number, began = service.service.name, 0, time.monotonic()
                async for broken, question in found_in(service, make):
                    why = equivalent(name, broken)
                    survived = question is None and why is None
                    number, survivors = number + 1, survivors + survived
                    say(f"{name} {broken}: {question or ('NOT FOUND' if survived else why)}")
                say(f"{name}: {number} breaks in {time.monotonic() - began:.0f} s")
    say(f"{survivors} not found")
    return survivors


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(min(1, asyncio.run(main([table for table in TABLES if table.service.name in sys.argv[1:]] or TABLES))))
