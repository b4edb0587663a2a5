"""Who sees which parties, people, teams and roles: random callers with several grants, compared with an oracle from the README."""

import random
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from services.governance.manifest import SERVICE
from shared.contracts.roles import OWNERS, PROVIDER_ROLES, SUPPLIERS, TECHNICAL_ROLES
from tests.governance.conftest import give, made, move, person
from tests.world import World, token, world

RANDOM = random.Random(11)
NOUNS = ("parties", "people", "teams", "role-assignments")
Grants = list[tuple[str, str | None]]


@dataclass
class Organisation:
    """Everything that there is to see."""

    platform: World
    parties: list[dict[str, Any]]
    people: list[dict[str, Any]]
    teams: list[dict[str, Any]]
    assignments: list[dict[str, Any]]

    def all(self, noun: str) -> list[dict[str, Any]]:
        return {
            "parties": self.parties,
            "people": self.people,
            "teams": self.teams,
            "role-assignments": self.assignments,
        }[noun]


@dataclass
class Who:
    """Somebody who asks, and what the token says."""

    id: str
    kind: str
    party: str | None
    teams: list[str]
    grants: Grants


@pytest.fixture(scope="module")
async def organisation(make_database: Callable[[str], Any]) -> AsyncIterator[Organisation]:
    async with world((SERVICE,), make_database) as platform:
        parties = [await made(platform, "parties", name=f"P{n}", kind="client") for n in range(3)]
        people = [
            await person(platform, password=None, party_id=party["id"], name=f"N{n}")
            for party in parties
            for n in range(4)
        ]
        teams = []
        for number, party in enumerate(parties):
            members = RANDOM.sample([each["id"] for each in people], 4)
            crew = {"name": f"T{number}", "kind": "service_team", "domain": "technical", "party_id": party["id"]}
            teams.append(await made(platform, "teams", **crew, member_ids=members))
        gone = await made(platform, "teams", **{**crew, "name": "gone"}, member_ids=[people[0]["id"]])
        await move(platform, "teams", gone, "retire")
        assignments = [await give(platform, each["id"], "user") for each in people[::3]]
        there = Organisation(platform, [], [], [], assignments)
        for noun in ("parties", "people", "teams"):
            listed = await platform.admin.get(f"/governance/v1/{noun}", params={"limit": 200})
            setattr(there, noun, listed.json()["items"])
        listed = await platform.admin.get("/governance/v1/role-assignments", params={"limit": 200})
        there.assignments = listed.json()["items"]
        yield there


def somebody(there: Organisation) -> Who:
    """A random caller: a person who is known or not, or a program, with none to three grants."""
    scopes: list[str | None] = [None, None, "process:governance", "process:incident", f"service:{uuid4()}"]
    scopes += [f"party:{each['id']}" for each in there.parties] + [f"team:{each['id']}" for each in there.teams]
    roles = ("client", "user", *SUPPLIERS, *OWNERS, *TECHNICAL_ROLES, *RANDOM.sample(PROVIDER_ROLES, 8))
    grants = [(RANDOM.choice(roles), RANDOM.choice(scopes)) for _ in range(RANDOM.choice([0, 1, 1, 2, 3]))]
    known = RANDOM.choice(there.people)
    if RANDOM.random() < 0.25:
        return Who(str(uuid4()), "service_account", None, [], grants)
    if RANDOM.random() < 0.25:
        return Who(str(uuid4()), "person", RANDOM.choice([None, there.parties[0]["id"]]), [], grants)
    teams = [each["id"] for each in there.teams if known["id"] in each["member_ids"] and each["state"] == "active"]
    return Who(known["id"], "person", known["party_id"], teams, grants)


def tied(noun: str, record: dict[str, Any], there: Organisation, scope: str | None) -> bool:
    """Whether a record lies in a scope: that party, its people and teams, or that team and its members."""
    kind, _, name = (scope or "").partition(":")
    if kind in ("", "process"):
        return True
    if kind == "party":
        return name == record.get({"parties": "id", "people": "party_id", "teams": "party_id"}.get(noun, ""))
    if kind == "team":
        members = next(each for each in there.teams if each["id"] == name)
        is_member = members["state"] == "active" and record["id"] in members["member_ids"]
        return (noun == "teams" and record["id"] == name) or (noun == "people" and is_member)
    return False


def sees(who: Who, noun: str, record: dict[str, Any], there: Organisation) -> bool:
    """What the README says."""
    own = {
        "parties": record["id"] == who.party,
        "people": record["id"] == who.id,
        "teams": record["id"] in who.teams,
        "role-assignments": record.get("person_id") == who.id,
    }
    if who.kind == "person" and own[noun]:
        return True
    for role, scope in who.grants:
        inside = tied(noun, record, there, scope)
        if role in PROVIDER_ROLES and inside:
            return True
        party = scope.removeprefix("party:") if scope and scope.startswith("party:") else who.party
        of_party = party is not None and party == record.get("id" if noun == "parties" else "party_id")
        client_side = ("client", *SUPPLIERS, *(["user"] if noun == "parties" else []))
        if role in client_side and noun != "role-assignments" and inside and of_party:
            return True
    return False


def client(there: Organisation, who: Who) -> httpx2.AsyncClient:
    roles = [{"role": role, "scope": scope} for role, scope in who.grants]
    return there.platform.as_(token(who.id, kind=who.kind, party=who.party, teams=who.teams, roles=roles))


async def test_everybody_sees_what_the_readme_says_and_nothing_else(organisation: Organisation) -> None:
    seen = 0
    for _ in range(250):
        who = somebody(organisation)
        asking = client(organisation, who)
        for noun in NOUNS:
            expected = {each["id"] for each in organisation.all(noun) if sees(who, noun, each, organisation)}
            answer = await asking.get(f"/governance/v1/{noun}", params={"limit": 200, "count": True})
            items = answer.json().get("items", [])
            assert answer.status_code in ((200,) if expected else (200, 403)), (who, noun)
            assert {each["id"] for each in items} == expected, (who, noun)
            assert answer.json().get("total", 0) == len(expected)
            one = RANDOM.choice(organisation.all(noun))
            read = (await asking.get(f"/governance/v1/{noun}/{one['id']}")).status_code
            assert read in ((200,) if one["id"] in expected else (403, 404)), (who, noun, one)
            seen += len(expected)
    assert seen > 1000


async def test_nobody_but_an_administrator_writes_whatever_the_grants(organisation: Organisation) -> None:
    for _ in range(40):
        who = somebody(organisation)
        asking = client(organisation, who)
        for noun, body in (("parties", {"name": "X"}), ("people", {"name": "X"}), ("teams", {"name": "X"})):
            one = RANDOM.choice(organisation.all(noun))
            url = f"/governance/v1/{noun}/{one['id']}"
            headers = {"If-Match": f'"{one["version"]}"'}
            assert (await asking.patch(url, json=body, headers=headers)).status_code == 403
            assert (await asking.delete(url, headers=headers)).status_code == 403
            assert (await asking.post(f"{url}/moves", json={"trigger": "retire"}, headers=headers)).status_code == 403
        body = {"person_id": who.id, "role": "administrator"}
        assert (await asking.post("/governance/v1/role-assignments", json=body)).status_code == 403
        assert (await asking.get("/governance/v1/service-accounts")).status_code == 403
        robot = {"name": "Mine", "roles": [{"role": "administrator"}]}
        assert (await asking.post("/governance/v1/service-accounts", json=robot)).status_code == 403


async def test_who_joins_or_leaves_a_team_is_seen_or_not_by_those_scoped_to_it(organisation: Organisation) -> None:
    platform = organisation.platform
    new = await person(platform, password=None)
    crew = {"name": "New", "kind": "service_team", "domain": "technical", "party_id": organisation.parties[0]["id"]}
    team = await made(platform, "teams", **crew, member_ids=[])
    lead = platform.as_(token("lead", roles=[{"role": "team_lead", "scope": f"team:{team['id']}"}]))
    url, address = f"/governance/v1/people/{new['id']}", f"/governance/v1/teams/{team['id']}"
    for members, status in (([new["id"]], 200), ([], 404), ([new["id"]], 200)):
        seen = (await platform.admin.get(address)).headers["etag"]
        await platform.admin.patch(address, json={"member_ids": members}, headers={"If-Match": seen})
        assert (await lead.get(url)).status_code == status
    await move(platform, "teams", team, "retire")
    assert (await lead.get(url)).status_code == 404
    await move(platform, "teams", team, "reactivate")
    assert (await lead.get(url)).status_code == 200
    await move(platform, "people", new, "retire")
    assert (await lead.get(url)).status_code == 404
