"""The expected access in governance, from `services/governance/README.md`."""

from typing import Any

from services.governance.manifest import SERVICE
from services.governance.models import Erasure, Party, Person, ProviderAccount, RoleAssignment, ServiceAccount, Team
from shared.contracts.defaults import ADMIN_ID, CLIENT_ID, PROVIDER_ID
from shared.contracts.roles import SUPPLIERS
from tests.access.callers import DICE, PARTIES, PEOPLE, TEAMS, Caller, Grant, party_of, store
from tests.access.oracle import CLIENT_SIDE, PROVIDER, Record, Rule, administrators, grants_on, of_the_party
from tests.access.tables import Listed, Records, Route, Table
from tests.world import World


def _sees(mine: Rule, *of_own_party: str) -> Rule:
    """The provider within the scope of each role, these roles what is of their party, every person what is the own."""

    def opens(caller: Caller, grant: Grant, record: Record) -> bool:
        return grant.role in PROVIDER or (grant.role in of_own_party and of_the_party(caller, grant, record))

    def rule(caller: Caller, record: Record) -> bool:
        own = not caller.account and mine(caller, record)
        return own or bool(grants_on(caller, record, "governance", opens, acting=False))

    return rule


sees_party = _sees(lambda caller, party: party.id == caller.party, *CLIENT_SIDE, *SUPPLIERS)
sees_person = _sees(lambda caller, person: str(person.id) == caller.sub, "client", *SUPPLIERS)
sees_team = _sees(lambda caller, team: team.id in caller.teams, "client", *SUPPLIERS)
sees_assignment = _sees(lambda caller, assignment: caller.sub in assignment.people)
SEES = {
    "party": sees_party,
    "person": sees_person,
    "team": sees_team,
    "assignment": sees_assignment,
    "account": administrators,
    "link": administrators,
    "erasure": administrators,
}
#: kind → address, and what makes one
KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "party": ("/parties/{party_id}", {"name": "A party", "kind": "client"}),
    "person": ("/people/{person_id}", {"name": "A person", "party_id": PARTIES[0]}),
    "team": (
        "/teams/{team_id}",
        {"name": "A team", "kind": "service_team", "domain": "technical", "party_id": PARTIES[0]},
    ),
    "account": ("/service-accounts/{account_id}", {"name": "A program", "roles": []}),
}


def _of(kind: str) -> list[Route]:
    address, new = KINDS[kind]
    retire = {"trigger": "retire"}
    may: dict[str, Any] = {"may": administrators, "of": kind, "versioned": True}
    return [
        Route("POST", address.rpartition("/")[0], administrators, body=lambda *_: new),
        Route("GET", address, SEES[kind], kind),
        Route("PATCH", address, body=lambda *_: {"name": "Another name"}, **may),
        Route("GET", f"{address}/moves", SEES[kind], kind),
        # what ends somebody's access takes effect at once, whether it is committed or not
        Route("POST", f"{address}/moves", body=lambda *_: retire, harmful=True, **may),
        Route("DELETE", address, harmful=True, **may),
    ]


LINK = "/provider-accounts/{provider_account_id}"
ERASURE = "/people/{person_id}/erasure"
ASSIGNMENT = "/role-assignments/{assignment_id}"
ROUTES = [
    *(route for kind in KINDS for route in _of(kind)),
    Route(
        "POST",
        "/role-assignments",
        administrators,
        body=lambda caller, _: {"person_id": PEOPLE[0], "role": "user"},
    ),
    Route("GET", "/people/{person_id}/duties", administrators, path=lambda *_: f"/people/{PEOPLE[0]}/duties"),
    Route(
        "POST",
        "/people/{person_id}/duties/handover",
        administrators,
        path=lambda *_: f"/people/{PEOPLE[0]}/duties/handover",
        body=lambda *_: {"to": PEOPLE[1]},
        harmful=True,
    ),
    Route(
        "POST",
        ERASURE,
        administrators,
        path=lambda *_: f"/people/{PEOPLE[0]}/erasure",
        body=lambda *_: {"reason": "It was asked for."},
        harmful=True,
    ),
    Route("GET", ERASURE, administrators, path=lambda *_: f"/people/{PEOPLE[0]}/erasure"),
    Route(
        "POST",
        f"{ERASURE}/repeat",
        administrators,
        path=lambda *_: f"/people/{PEOPLE[0]}/erasure/repeat",
        harmful=True,
    ),
    Route("GET", "/erasures/{erasure_id}", administrators, "erasure"),
    Route("GET", ASSIGNMENT, sees_assignment, "assignment"),
    Route("DELETE", ASSIGNMENT, administrators, "assignment", versioned=True, harmful=True),
    Route(
        "POST",
        "/provider-accounts",
        administrators,
        body=lambda *_: {"person_id": PEOPLE[0], "issuer": "https://login.harbour.example", "subject": "of nobody"},
    ),
    Route("GET", LINK, administrators, "link"),
    Route("DELETE", LINK, administrators, "link", versioned=True, harmful=True),
    Route(
        "POST",
        f"{KINDS['account'][0]}/secret",
        administrators,
        "account",
        versioned=True,
        harmful=True,
    ),
]
LISTS = [
    Listed("/parties", "party", sees_party),
    Listed("/people", "person", sees_person),
    Listed("/teams", "team", sees_team),
    Listed("/role-assignments", "assignment", sees_assignment),
    Listed("/service-accounts", "account", administrators),
    Listed("/provider-accounts", "link", administrators),
    Listed("/erasures", "erasure", administrators),
]
ELSEWHERE = {
    "GET /me": "everybody who is signed in: tests/governance",
    "PUT /people/{person_id}/password": "by a proof, not by a role alone: tests/governance/test_passwords.py",
}


async def furnish(world: World) -> Records:
    """Parties with people, teams across them, roles and programs, beside those of a fresh platform."""
    parties = [Party(id=one, number=f"PTY-{one}", name="A party", kind="client") for one in PARTIES]
    people, teams = [], []
    members = {team: DICE.sample(PEOPLE, 3) for team in TEAMS}
    for one in PEOPLE:
        of_teams = [team for team, ids in members.items() if one in ids]
        people.append(Person(id=one, number=f"PER-{one}", name="A person", party_id=party_of(one), team_ids=of_teams))
    for place, one in enumerate(TEAMS):
        kind: dict[str, Any] = {"kind": "service_team", "domain": "technical", "party_id": PARTIES[place]}
        teams.append(Team(id=one, number=f"TEA-{one}", name="A team", member_ids=members[one], **kind))
    # whoever writes must hold here what the token says
    assignments = [RoleAssignment(person_id=one, role="administrator") for one in PEOPLE]
    account = ServiceAccount(number="SAC-1", name="A program", client_id="program", roles=[], secret_digest="none")
    link = ProviderAccount(person_id=PEOPLE[1], issuer="https://login.harbour.example", subject="f3b1a2")
    erasure = Erasure(person_id=PEOPLE[0], requested_by=str(ADMIN_ID), reason="It was asked for.")
    await store(world, "governance", [*parties, *people, *teams, *assignments, account, link, erasure])
    listed = await world.admin.get("/governance/v1/role-assignments", params={"person_id": str(ADMIN_ID)})
    of_admin = [Record(one["id"], people=frozenset({str(ADMIN_ID)})) for one in listed.json()["items"]]
    return {
        "party": [Record(one, one) for one in (*PARTIES, PROVIDER_ID, CLIENT_ID)],
        "person": [
            Record(ADMIN_ID, PROVIDER_ID),
            *(Record(one.id, one.party_id, tuple(one.team_ids)) for one in people),
        ],
        "team": [Record(one.id, one.party_id, (one.id,)) for one in teams],
        "assignment": [*of_admin, *(Record(one.id, people=frozenset({str(one.person_id)})) for one in assignments)],
        "account": [Record(account.id)],
        "link": [Record(link.id)],
        "erasure": [Record(erasure.id)],
    }


TABLE = Table(SERVICE, furnish, SEES, routes=ROUTES, lists=LISTS, elsewhere=ELSEWHERE, share=0.3)
