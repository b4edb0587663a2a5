"""Callers of every kind: each role within each scope, and random ones with several grants."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from uuid import UUID

from shared.contracts.roles import ADMINISTRATOR, ROLES
from tests.world import token

DICE = random.Random(20260301)


def _ids(many: int) -> tuple[UUID, ...]:
    return tuple(UUID(int=DICE.getrandbits(128), version=4) for _ in range(many))


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


def random_callers(process: str, many: int) -> Iterator[Caller]:
    """Callers with up to five grants each."""
    dice = random.Random(f"{process} {many}")
    # of the many roles of the provider fewer, so that grants of different kinds meet in one caller
    roles = [*ROLES, *("client", "user", "supplier") * 5]
    roles = [role for role in roles if role != ADMINISTRATOR or dice.random() < 0.3]
    for number in range(many):
        grants = [Grant(dice.choice(roles), *dice.choice(scopes(process))) for _ in range(dice.randint(0, 5))]
        yield somebody(grants, dice.randrange(1000), account=number % 11 == 0)


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
