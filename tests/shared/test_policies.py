"""Policies: query, Python and an independent oracle agree for hundreds of random callers."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Boolean, Column, MetaData, Table, Text, Uuid, insert, select

from shared import database
from shared.access.callers import Caller, Grant
from shared.access.policies import ALL, ANYWHERE, NO_PARTY, PUBLIC, Policy, rows
from shared.events import KERNEL
from tests.world import owner_url

RANDOM = random.Random(7)
PARTIES, TEAMS, SERVICES, PEOPLE = ([UUID(int=RANDOM.getrandbits(128), version=4) for _ in range(3)] for _ in range(4))
TABLES = MetaData()
RECORD = Table(
    "record",
    TABLES,
    Column("id", Uuid, primary_key=True),
    Column("party_id", Uuid),
    Column("team_id", Uuid),
    Column("service_id", Uuid),
    Column("caller_id", Uuid),
    Column("registered_by", Text, nullable=False),
    Column("confidential_team_id", Uuid),
    Column("public", Boolean, nullable=False),
)
#: a kind of record that knows no teams and no services
PLAIN = Table("plain", TABLES, Column("id", Uuid, primary_key=True), Column("party_id", Uuid))
OWN = ("registered_by", "caller_id")
RULES = {
    "professional": ALL,
    "incident_manager": ANYWHERE,
    "client": ("party_id", *OWN),
    "user": OWN,
    "supplier": ("team_id",),
    "architect": (NO_PARTY, "team_id"),
    "security_officer": (PUBLIC,),
}
ACTING = Policy("incident", RULES)
READING = Policy("incident", RULES, reading=True)
ROLES = (*RULES, "approver", "administrator")


@dataclass(frozen=True)
class Row:
    """A record as Python code sees it."""

    id: UUID
    party_id: UUID | None = None
    team_id: UUID | None = None
    service_id: UUID | None = None
    caller_id: UUID | None = None
    registered_by: str = "nobody"
    confidential_team_id: UUID | None = None
    public: bool = False


def maybe(values: list[UUID]) -> UUID | None:
    return RANDOM.choice([*values, None])


def some_rows() -> list[Row]:
    return [
        Row(
            uuid4(),
            maybe(PARTIES),
            maybe(TEAMS),
            maybe(SERVICES),
            maybe(PEOPLE),
            str(RANDOM.choice(PEOPLE)),
            RANDOM.choice([*TEAMS, *([None] * 9)]),
            RANDOM.random() < 0.3,
        )
        for _ in range(150)
    ]


def some_callers() -> Iterator[Caller]:
    scopes: list[str | None] = [None, None, "process:incident", "process:change", "planet:mars", "party:", "team:x"]
    scopes += [
        f"{kind}:{one}" for kind, ids in (("party", PARTIES), ("team", TEAMS), ("service", SERVICES)) for one in ids
    ]
    for number in range(400):
        weights = [*([6] * len(RULES)), 2, 1 if number % 9 == 0 else 0]
        grants = [Grant(RANDOM.choices(ROLES, weights)[0], RANDOM.choice(scopes)) for _ in range(RANDOM.randint(0, 4))]
        teams = tuple(RANDOM.sample(TEAMS, RANDOM.randint(0, 2)))
        who = str(RANDOM.choice([*PEOPLE, "robot"]))
        yield Caller(who, "person", maybe(PARTIES), teams, tuple(grants)).here("incident")


def opens(grant: Grant, caller: Caller, row: Any, *, reading: bool, table: Table) -> bool:  # noqa: PLR0911
    """What one grant opens, said once more in other words."""
    kind, _, name = (grant.scope or "").partition(":")
    if grant.role not in RULES or (kind == "process" and name != "incident" and not reading):
        return False
    if grant.scope in ("planet:mars", "party:", "team:x"):  # names nothing that there is
        return False
    if grant.role == "incident_manager":
        return True
    if grant.role == "security_officer":
        return "public" in table.c and bool(row.public)
    if grant.role == "architect" and row.party_id is None:
        return True
    if kind not in ("", "process"):
        column = f"{kind}_id"
        if column not in table.c or column == "caller_id" or str(getattr(row, column)) != name:
            return False
    if grant.role == "professional":
        return True
    if grant.role in ("supplier", "architect"):
        return "team_id" in table.c and row.team_id in caller.teams
    mine = "caller_id" in table.c and (
        row.registered_by == caller.id or (row.caller_id and str(row.caller_id) == caller.id)
    )
    if grant.role == "user" or mine:
        return bool(mine)
    party = UUID(name) if kind == "party" else caller.party
    return party is not None and row.party_id == party


def expected(caller: Caller, row: Any, *, reading: bool, table: Table = RECORD) -> frozenset[str] | None:
    """The roles that open a row to a caller; `None` for an administrator."""
    secret = row.confidential_team_id
    mine = caller.id in (row.registered_by, str(row.caller_id))
    if any(grant.role == "administrator" and grant.scope is None for grant in caller.grants):
        return None if secret is None or secret in caller.teams or mine else frozenset()
    if secret is not None and secret not in caller.teams and not mine:
        return frozenset()
    return frozenset(grant.role for grant in caller.grants if opens(grant, caller, row, reading=reading, table=table))


@pytest.fixture(scope="module")
async def engine(make_database: Callable[[str], Any]) -> Any:
    made = database.engine(owner_url(await make_database("policies")))
    async with made.begin() as connection:
        await connection.run_sync(TABLES.create_all)
        await connection.run_sync(KERNEL.create_all, [KERNEL.tables["confidential_access"]])
    yield made
    await made.dispose()


@pytest.mark.parametrize(("policy", "reading"), [(ACTING, False), (READING, True)], ids=["acting", "reading"])
async def test_a_policy_opens_the_same_rows_in_a_query_in_python_and_by_the_oracle(
    engine: Any, policy: Policy, reading: bool
) -> None:
    stored = some_rows()
    async with engine.begin() as connection:
        await connection.execute(RECORD.delete())
        await connection.execute(insert(RECORD), [vars(row) for row in stored])
        for caller in some_callers():
            reach = policy.reach(caller)
            query = select(RECORD.c.id).where(rows(policy, RECORD, reach.shape))
            found = set((await connection.execute(query, reach.values)).scalars())
            wanted = {row.id: expected(caller, row, reading=reading) for row in stored}
            assert found == {identity for identity, roles in wanted.items() if roles is None or roles}, caller
            for row in stored:
                if row.id in found:
                    assert policy.roles(caller, row) == wanted[row.id], (caller, row)
                elif not caller.administers:
                    assert not policy.covers(caller, row), (caller, row)


async def test_a_scope_opens_nothing_of_a_kind_that_does_not_know_it(engine: Any) -> None:
    row = Row(uuid4(), PARTIES[0])
    async with engine.begin() as connection:
        await connection.execute(insert(PLAIN), {"id": row.id, "party_id": row.party_id})
        for caller in some_callers():
            reach = ACTING.reach(caller)
            query = select(PLAIN.c.id).where(rows(ACTING, PLAIN, reach.shape))
            found = (await connection.execute(query, reach.values)).first() is not None
            roles = expected(caller, row, reading=False, table=PLAIN)
            assert found == (roles is None or bool(roles)), caller


def test_the_service_itself_sees_everything() -> None:
    secret = Row(uuid4(), confidential_team_id=TEAMS[0])
    assert ACTING.reach(None).shape.clauses is None
    assert (ACTING.roles(None, secret), ACTING.covers(None, secret)) == (None, True)


def test_many_grants_need_few_statements() -> None:
    grants = tuple(Grant("professional", f"party:{uuid4()}") for _ in range(50))
    assert len(ACTING.reach(Caller("x", "person", None, (), grants)).clauses) == 1


def test_a_policy_names_roles_and_columns_that_exist() -> None:
    for rules in ({"gardener": ALL}, {"user": ("colour",)}):
        with pytest.raises(ValueError, match="neither a role nor a column"):
            Policy("incident", rules)
