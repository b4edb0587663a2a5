"""Each role sees and does what the table says, within the scope of its grant; a grant gives no rights on rows of another."""

from collections.abc import AsyncIterator, Callable
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import httpx2
import pytest

from services.service_level.manifest import SERVICE
from shared import clock
from shared.contracts.defaults import GENERAL_SUPPORT_ID, OFFICE_HOURS_ID
from shared.contracts.roles import LEADERS, PROFESSIONALS
from tests.service_level.agreements.test_agreements import party
from tests.service_level.publishing import Incident, deliver, signed_in
from tests.world import World, token, world

URL = "/service-level/v1"
MANAGER = "service_level_manager"
PARTY, OTHER, TEAM = uuid4(), uuid4(), uuid4()
TERMS = {
    "calendar": {"zone": "UTC", "hours": {"monday": [["08:00", "18:00"]]}},
    "targets": {"P1": {"restore_seconds": 3600}},
}


class Row(NamedTuple):
    """For whom something is: an agreement, or the incident of a clock."""

    party: UUID | None = None
    service: UUID | None = None
    team: UUID | None = None


Grants = tuple[tuple[str, str | None], ...]


@pytest.fixture(scope="module")
async def zeven(make_database: Callable[[str], Any]) -> AsyncIterator[World]:
    async with world((SERVICE,), make_database) as zeven:
        await deliver(zeven, [party(PARTY, "Harbour Museum"), party(OTHER, "Bakery")])
        yield zeven


@pytest.fixture(scope="module")
async def offered(zeven: World) -> UUID:
    return UUID((await signed_in(zeven).post(f"{URL}/services", json={"name": "Payroll"})).json()["id"])


def callers(service: UUID) -> dict[str, Grants]:
    """Who asks, by name: the grants of each."""
    scopes = {
        "everywhere": None,
        "for a party": f"party:{PARTY}",
        "for a service": f"service:{service}",
        "for a team": f"team:{TEAM}",
        "in this process": "process:service_level",
        "in another process": "process:change",
        "in a way to come": "region:north",
    }
    found: dict[str, Grants] = {}
    for role in (MANAGER, "professional", "client", "user", "supplier", "ki_owner"):
        found |= {f"{role} {where}": ((role, scope),) for where, scope in scopes.items()}
    found["manager for a service, client of a party"] = ((MANAGER, f"service:{service}"), ("client", None))
    found["professional, manager for a party"] = (("professional", None), (MANAGER, f"party:{PARTY}"))
    found["manager in another process, user"] = ((MANAGER, "process:change"), ("user", None))
    return found


def signed(zeven: World, grants: Grants) -> httpx2.AsyncClient:
    roles = [{"role": role, "scope": scope} for role, scope in grants]
    return zeven.as_(token(str(uuid4()), roles=roles, party=str(PARTY), teams=[str(TEAM)]))


def within(scope: str | None, row: Row) -> bool:
    """Whether a row lies in the scope of a grant."""
    kind, _, name = (scope or "").partition(":")
    narrowed = {"party": row.party, "service": row.service, "team": row.team}
    return kind in ("", "process") or (kind in narrowed and str(narrowed[kind]) == name)


def reads_agreement(grants: Grants, row: Row) -> bool:
    """From the README: the provider all of its scope, others those of their party; those for every party are open to all.

    A scope that nobody knows opens nothing.
    """
    for role, scope in grants:
        if scope == "region:north" or role not in (*PROFESSIONALS, *LEADERS, "client", "user", "supplier"):
            continue
        if row.party is None or (within(scope, row) and (role in (*PROFESSIONALS, *LEADERS) or row.party == PARTY)):
            return True
    return False


def manages_agreement(grants: Grants, row: Row) -> bool:
    return any(role == MANAGER and scope != "process:change" and within(scope, row) for role, scope in grants)


async def test_agreements_are_read_and_managed_within_the_scope_of_each_grant(zeven: World, offered: UUID) -> None:
    rows = [Row(), Row(PARTY), Row(OTHER), Row(None, offered), Row(PARTY, offered), Row(OTHER, GENERAL_SUPPORT_ID)]
    made: dict[Row, str] = {}
    for row in rows:
        made[row] = (await signed_in(zeven).post(f"{URL}/agreements", json=body(row))).json()["id"]
    for name, grants in callers(offered).items():
        caller = signed(zeven, grants)
        listed = (await caller.get(f"{URL}/agreements?limit=200&id={'&id='.join(made.values())}")).json()
        seen = {one["id"] for one in listed.get("items", ())}
        assert seen == {made[row] for row in rows if reads_agreement(grants, row)}, name
        for row, identity in made.items():
            address, reads, manages = (
                f"{URL}/agreements/{identity}",
                reads_agreement(grants, row),
                manages_agreement(grants, row),
            )
            for path in ("", "/versions", "/moves"):
                assert ((await caller.get(address + path)).status_code == 200) == reads, (name, row, path)
            if reads:
                moves = (await caller.get(f"{address}/moves")).json()["items"]
                assert [move["trigger"] for move in moves] == (["end"] if manages else []), (name, row)
            current = (await signed_in(zeven).get(address)).json()["version"]
            condition = {"If-Match": f'"{current}"'}
            renamed = await caller.patch(address, json={"name": f"Renamed by {name}"}, headers=condition)
            assert renamed.status_code == (200 if manages else 403 if reads else renamed.status_code), (name, row)
            assert manages or renamed.status_code in (403, 404)
            if not manages:
                for path, given in (("/versions", TERMS), ("/moves", {"trigger": "end"})):
                    refused = await caller.post(address + path, json=given, headers=condition)
                    assert refused.status_code in (403, 404), (name, row, path)


async def test_agreements_are_made_within_the_scope_of_the_grant(zeven: World, offered: UUID) -> None:
    rows = [Row(), Row(PARTY), Row(OTHER), Row(None, offered), Row(PARTY, offered), Row(None, GENERAL_SUPPORT_ID)]
    for name, grants in callers(offered).items():
        for row in rows:
            answer = await signed(zeven, grants).post(f"{URL}/agreements", json=body(row))
            assert answer.status_code == (201 if manages_agreement(grants, row) else 403), (name, row, answer.text)


def body(row: Row) -> dict[str, Any]:
    party_id, service_id = (str(each) if each else None for each in (row.party, row.service))
    # so late that it covers no record of these tests
    later = "2100-01-01T00:00:00Z"
    return {"name": "An agreement", **TERMS, "party_id": party_id, "service_id": service_id, "valid_from": later}


async def test_a_manager_for_one_service_manages_it_alone_and_no_calendar(zeven: World, offered: UUID) -> None:
    manager = signed(zeven, ((MANAGER, f"service:{offered}"),))
    renamed = []
    for noun, identity in (("services", offered), ("services", GENERAL_SUPPORT_ID), ("calendars", OFFICE_HOURS_ID)):
        address = f"{URL}/{noun}/{identity}"
        version = (await manager.get(address)).headers["etag"]
        renamed.append(
            (await manager.patch(address, json={"name": "Renamed"}, headers={"If-Match": version})).status_code
        )
    assert renamed == [200, 403, 403]
    assert (await manager.post(f"{URL}/services", json={"name": "Mine"})).status_code == 403
    calendar = {"name": "Mine", **TERMS["calendar"]}
    assert (await manager.post(f"{URL}/calendars", json=calendar)).status_code == 403
    everywhere = signed(zeven, ((MANAGER, None),))
    assert (await everywhere.post(f"{URL}/calendars", json=calendar)).status_code == 201


def sees_clock(grants: Grants, row: Row) -> bool:
    """From the README: the provider all of its scope, a client its party's, a supplier what its teams were asked to recover."""
    provider = (*PROFESSIONALS, *LEADERS)
    own = {"client": row.party == PARTY, "supplier": row.team == TEAM}
    return any(within(scope, row) and (role in provider or own.get(role, False)) for role, scope in grants)


async def test_clocks_and_figures_are_those_of_the_records_within_the_scope(zeven: World, offered: UUID) -> None:
    rows = [Row(), Row(PARTY), Row(OTHER), Row(PARTY, offered), Row(OTHER, offered, TEAM), Row(None, None, TEAM)]
    incidents = {
        row: Incident(
            f"INC-{n:06}", clock.now(), priority="P1", party_id=row.party, service_id=row.service, team=text(row.team)
        )
        for n, row in enumerate(rows)
    }
    await deliver(zeven, [incident.event() for incident in incidents.values()])
    every = {row: await clocks(signed_in(zeven), incident) for row, incident in incidents.items()}
    for name, grants in callers(offered).items():
        caller = signed(zeven, grants)
        wanted = [row for row in rows if sees_clock(grants, row)]
        for row, incident in incidents.items():
            expected = every[row] if row in wanted else set()
            assert await clocks(caller, incident) == expected, (name, row)
            status = (await caller.get(f"{URL}/clocks/{min(every[row])}")).status_code
            assert (status == 200) == (row in wanted), (name, row)
        figures = await caller.get(f"{URL}/performance")
        if figures.status_code == 200:
            assert figures.json()["incidents"] == len(wanted), name
        else:
            assert not wanted, name


async def test_the_clocks_of_a_confidential_incident_are_for_its_team_and_who_reported_it(zeven: World) -> None:
    reporter, team = uuid4(), uuid4()
    incident = Incident("INC-000100", clock.now(), priority="P1", party_id=PARTY, caller_id=str(reporter))
    await deliver(zeven, [incident.event(confidential_team_id=str(team))])
    people = {
        "an administrator": token(),
        "a professional": token(str(uuid4()), "professional"),
        "a client": token(str(uuid4()), "client", party=str(PARTY)),
        "one of the team": token(str(uuid4()), "professional", teams=[str(team)]),
        "who reported it": token(str(reporter), "user", party=str(PARTY)),
    }
    seeing = {name for name, bearer in people.items() if await clocks(zeven.as_(bearer), incident)}
    assert seeing == {"one of the team", "who reported it"}
    before, after = [
        (await zeven.as_(people[name]).get(f"{URL}/performance")).json()["incidents"]
        for name in ("a professional", "one of the team")
    ]
    assert after == before + 1


async def clocks(caller: httpx2.AsyncClient, incident: Incident) -> set[str]:
    """The ids of an incident's clocks that the caller is shown."""
    found = (await caller.get(f"{URL}/clocks?record_id={incident.id}")).json()
    return {one["id"] for one in found.get("items", ())}


def text(identity: UUID | None) -> str | None:
    return str(identity) if identity else None
