"""Callers of every kind: each role within each scope, and random ones with several grants."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from uuid import UUID

from shared.contracts.roles import ADMINISTRATOR, CLIENT_ROLES, PROVIDER_ROLES, ROLES, SUPPLIERS
from tests.world import World, token

DICE = random.Random(20260301)


def new_id() -> UUID:
    """An id that nothing has yet."""
    return UUID(int=DICE.getrandbits(128), version=4)


def _ids(many: int) -> tuple[UUID, ...]:
    return tuple(new_id() for _ in range(many))


#: what records and grants name: parties, teams, services and people that there are
PARTIES, TEAMS, SERVICES, PEOPLE = _ids(3), _ids(3), _ids(3), _ids(6)
NOWHERE = _ids(1)[0]
PROCESSES = ("incident", "change", "knowledge", "service_level", "governance")


@dataclass(frozen=True)
class Grant:
    """A role, and the kind and name of what it holds for (both empty: everywhere)."""

    role: str
    kind: str = ""
    name: str = ""

    @property
    def scope(self) -> str | None:
        """The scope as tokens carry it."""
        return f"{self.kind}:{self.name}" if self.kind else None


@dataclass(frozen=True)
class Caller:
    """Somebody with a token; `account` for a program."""

    sub: str
    grants: tuple[Grant, ...]
    party: UUID | None = None
    teams: tuple[UUID, ...] = ()
    account: bool = field(default=False)

    @cached_property
    def bearer(self) -> str:
        """The caller's token."""
        roles = [{"role": grant.role, "scope": grant.scope} for grant in self.grants]
        party, teams = str(self.party) if self.party else None, [str(team) for team in self.teams]
        kind = "service_account" if self.account else "person"
        return token(self.sub, roles=roles, party=party, teams=teams, kind=kind)

    def __str__(self) -> str:
        grants = ", ".join(f"{grant.role}@{grant.scope or 'everywhere'}" for grant in self.grants)
        return f"{self.sub} of party {self.party} in teams {', '.join(map(str, self.teams))} with {grants or 'no role'}"

    @property
    def administers(self) -> bool:
        """Whether the caller is an administrator: that role holds everywhere or not at all."""
        return Grant(ADMINISTRATOR) in self.grants


def scopes(process: str) -> list[tuple[str, str]]:
    """Every kind of scope, as seen from a process."""
    elsewhere = next(each for each in PROCESSES if each != process)
    named = [("party", PARTIES), ("team", TEAMS), ("service", SERVICES)]
    return [
        ("", ""),
        ("process", process),
        ("process", elsewhere),
        *((kind, str(one)) for kind, ids in named for one in ids[:2]),
        ("region", "north"),
        ("party", ""),
    ]


def every_role_in_every_scope(process: str) -> Iterator[Caller]:
    """One caller for each role and scope, of changing parties and teams; and those who hold nothing."""
    for number, role in enumerate(ROLES):
        for place, (kind, name) in enumerate(scopes(process)):
            yield somebody([Grant(role, kind, name)], number + place)
    yield Caller("robot", (), account=True)
    yield Caller(str(PEOPLE[0]), (), PARTIES[0], TEAMS[:1])


def tied_callers() -> Iterator[Caller]:
    """People whose role opens what they are tied to in one way or another: by party, by team, as who reported it."""
    for role in ("client", "user", "supplier"):
        for number in range(len(PEOPLE)):
            yield somebody([Grant(role)], number * 5)


def pairs_of_grants(process: str, special_roles: Sequence[str]) -> Iterator[Caller]:
    """Each role beside one that looks on at everything and does nothing, and beside a client's: does it open more than its own?"""
    elsewhere = next(each for each in PROCESSES if each != process)
    narrow = [("party", str(PARTIES[0])), ("service", str(SERVICES[0])), ("party", str(PARTIES[1]))]
    for number, role in enumerate(ROLES):
        scopes = [narrow[number % len(narrow)]]
        if role not in PROVIDER_ROLES:
            scopes = [("", ""), *narrow[:2]] if role in (*CLIENT_ROLES, *SUPPLIERS) else [("", "")]
        for place, (kind, name) in enumerate(scopes):
            grant, person = Grant(role, kind, name), number * 5 + place
            yield somebody([grant, Grant("professional", "process", elsewhere)], person)
            yield somebody([grant, Grant("client")], person + 1)
            if (kind, name) == ("", ""):
                yield from (somebody([grant, Grant("professional")], person + more) for more in (2, 3, 4))
    for number, role in enumerate((*CLIENT_ROLES, *special_roles)):
        for person in range(number, number + 3):
            yield somebody([Grant(role, "process", elsewhere), Grant("professional")], person)


def random_callers(process: str, many: int, special_roles: Sequence[str]) -> Iterator[Caller]:
    """Callers with up to five grants, as chance gives them; those with roles of special rights have a wide one beside it."""
    dice = random.Random(f"{process} {many}")
    for role in special_roles:
        for kind, name in scopes(process)[2:]:
            yield somebody([Grant(role, kind, name), Grant("professional")], dice.randrange(1000))
    often = ["client", "user", "supplier", *special_roles]
    for number in range(many):
        roles = [dice.choice(often if dice.random() < 0.5 else ROLES) for _ in range(dice.randint(0, 5))]
        grants = [Grant(role, *dice.choice(scopes(process))) for role in roles]
        yield somebody(grants, dice.randrange(1000), account=number % 6 == 0)


def somebody(grants: Sequence[Grant], number: int, *, account: bool = False) -> Caller:
    """A caller with these grants: one of the people, or a program; of some teams or of none."""
    teams = (TEAMS[:1], TEAMS[1:], (), TEAMS[2:])[number // 4 % 4]
    if account:
        return Caller(f"account-{number}", tuple(grants), None, teams, account=True)
    person = PEOPLE[number % len(PEOPLE)]
    return Caller(str(person), tuple(grants), party_of(person), teams)


def party_of(person: UUID) -> UUID:
    """The party that a person is of."""
    return PARTIES[PEOPLE.index(person) % len(PARTIES)]


async def store(world: World, service: str, rows: Sequence[Any]) -> None:
    """Write these rows into the database of a service, in this order."""
    running = world.running(service)
    for kind in dict.fromkeys(type(row) for row in rows):
        async with running.work(running.service.actor) as work:
            work.insert(*(row for row in rows if type(row) is kind))
