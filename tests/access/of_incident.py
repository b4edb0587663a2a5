"""The expected access in incident, from `services/incident/README.md`."""

from functools import cache
from typing import Any
from uuid import UUID

from services.incident.manifest import SERVICE
from services.incident.models import Call, Incident, KnownParty, KnownPerson, KnownService, KnownTeam, Suggestion
from shared import clock
from shared.contracts.defaults import GENERAL_SUPPORT_ID
from shared.records.notes import Note
from tests.access.callers import DICE, PARTIES, PEOPLE, SERVICES, TEAMS, Caller, Grant, new_id, party_of, store
from tests.access.oracle import (
    CLIENT_SIDE,
    PROVIDER,
    Record,
    Rule,
    anybody_with,
    grants_on,
    holds,
    of_the_party,
    own,
    technical,
    within,
)
from tests.access.tables import Belonging, Listed, Records, Route, Table, duties, watching
from tests.world import World

EVERYBODY, RECOVERING = (*PROVIDER, *CLIENT_SIDE), (*PROVIDER, "supplier")
STATES = ("registered", "classified", "assigned", "in_recovery", "pending", "recovered")
#: trigger → who makes the move, and what it needs
MOVES: dict[str, tuple[tuple[str, ...], dict[str, Any]]] = {
    "classify": (tuple(PROVIDER), {"impact": "low", "urgency": "low"}),
    "take": (RECOVERING, {}),
    "assign": (tuple(PROVIDER), {"team_id": TEAMS[0]}),
    "pause": (RECOVERING, {"pending_reason": "operation"}),
    "resume": (RECOVERING, {}),
    "recover": (RECOVERING, {"solution": "Restarted.", "recovery": "workaround"}),
    "confirm": (EVERYBODY, {}),
    "reopen": (EVERYBODY, {"reason": "It fails again."}),
    "cancel": (EVERYBODY, {"reason": "A mistake."}),
    "reroute": (tuple(PROVIDER), {"call_type": "rfc"}),
}


def _opens(caller: Caller, grant: Grant, record: Record) -> bool:
    """The provider everything, a client its party's and the own ones, a user the own ones, a supplier those of its teams."""
    match grant.role:
        case "client":
            return of_the_party(caller, grant, record) or own(caller, record)
        case "user":
            return own(caller, record)
        case "supplier":
            return not set(record.teams).isdisjoint(caller.teams)
    return grant.role in PROVIDER


def _on(caller: Caller, record: Record, *, acting: bool) -> set[str]:
    return grants_on(caller, record, "incident", _opens, acting=acting)


def sees(caller: Caller, record: Record) -> bool:
    return bool(_on(caller, record, acting=False))


def sees_call(caller: Caller, record: Record) -> bool:
    return bool(_on(caller, record, acting=False) - {"supplier"})


def reads_as(*roles: str) -> Rule:
    """Who reads something of an incident in one of these roles."""
    return lambda caller, record: not _on(caller, record, acting=False).isdisjoint({*roles, "administrator"})


@cache
def acts_as(*roles: str) -> Rule:
    """Who does something with an incident in one of these roles."""
    return lambda caller, record: not _on(caller, record, acting=True).isdisjoint({*roles, "administrator"})


def _move(trigger: str) -> Route:
    roles, given = MOVES[trigger]
    body = {"trigger": trigger, **given}
    may = acts_as(*roles)
    return Route("POST", f"{ONE}/moves", may, "incident", body=lambda *_: body, versioned=True, name=trigger)


def _registers(caller: Caller, call: Record) -> bool:
    """The provider calls for whom it names, the client's side for the own party; both within the scope of the role."""
    party = _party(caller, call)
    effective = Record(call.id, party, (), call.service)
    for grant in _acting(caller):
        mine = (caller.party, UUID(grant.name) if grant.kind == "party" and grant.name else None)
        allowed = grant.role in PROVIDER or (grant.role in CLIENT_SIDE and party in mine)
        if allowed and within(grant, effective, "incident", acting=True):
            return True
    return caller.administers


def _acting(caller: Caller) -> list[Grant]:
    return [grant for grant in caller.grants if grant.kind != "process" or grant.name == "incident"]


def _party(caller: Caller, call: Record) -> UUID | None:
    """Whose a call is: of the party that is named, else of who calls; the client's side and administrators call for their own."""
    as_client = caller.administers or any(grant.role in CLIENT_SIDE and holds(grant) for grant in _acting(caller))
    named: UUID | None = call.party or call.more.get("of_caller")
    return named or (caller.party if as_client else None)


def _is_for(caller: Caller, call: Record, answer: Any) -> bool:
    party = _party(caller, call)
    return bool(answer["party_id"] == (party and str(party)))


def _call(_: Caller, call: Record) -> dict[str, Any]:
    named = {"party_id": call.party, "service_id": call.service, "caller_id": call.more.get("caller_id")}
    given = {name: value for name, value in named.items() if value}
    return {"type": "incident", "title": "A call", "description": "Nothing works.", **given}


def _import(*_: object) -> dict[str, Any]:
    history = {"key": "1", "registered_at": "2026-03-02T09:00:00Z"}
    return {"source": "elsewhere", "incidents": [history]}


ONE = "/incidents/{incident_id}"
ROUTES = [
    Route("POST", "/calls", _registers, "call to come", body=_call, hidden=False, shows=_is_for),
    Route("GET", "/calls/{call_id}", sees_call, "call"),
    Route("GET", "/calls/{call_id}/moves", sees_call, "call"),
    Route(
        "POST",
        "/calls/{call_id}/moves",
        acts_as(*PROVIDER),
        "call",
        body=lambda *_: {"trigger": "answer", "reason": "We made an offer."},
        versioned=True,
    ),
    *duties("incident"),
    Route("GET", ONE, sees, "incident"),
    Route("PATCH", ONE, acts_as(*PROVIDER), "incident", body=lambda *_: {"title": "Better"}, versioned=True),
    Route("GET", f"{ONE}/moves", sees, "incident"),
    *(_move(trigger) for trigger in MOVES),
    Route(
        "POST",
        f"{ONE}/moves",
        acts_as(*PROVIDER),
        "incident",
        body=lambda *_: {"trigger": "take", "impact": "high", "urgency": "high", "service_id": SERVICES[2]},
        versioned=True,
        name="take with another impact",
    ),
    Route("GET", f"{ONE}/timeline", reads_as(*PROVIDER), "incident"),
    *watching(ONE, "incident", sees, acts_as(*PROVIDER)),
    Route(
        "POST",
        f"{ONE}/confidential-access",
        lambda caller, record: caller.administers,
        "incident",
        body=lambda *_: {"reason": "A court order."},
        hidden=False,
    ),
    Route("GET", f"{ONE}/work-log", sees, "incident"),
    Route("POST", f"{ONE}/work-log", acts_as(*EVERYBODY, "supplier"), "incident", body=lambda *_: {"text": "Seen."}),
    Route("GET", f"{ONE}/links", sees, "incident"),
    Route(
        "POST",
        f"{ONE}/links",
        acts_as(*PROVIDER),
        "incident",
        body=lambda *_: {"kind": "supplier", "reference": "CASE-1"},
    ),
    Route("GET", f"{ONE}/suggestions", reads_as(*RECOVERING), "incident"),
    Route(
        "POST",
        f"{ONE}/suggestions/{{suggestion_id}}/use",
        acts_as(*PROVIDER),
        "incident",
        path=lambda _, record: f"/incidents/{record.id}/suggestions/{record.more['suggestion_id']}/use",
    ),
    Route(
        "POST",
        f"{ONE}/change-requests",
        acts_as(*PROVIDER),
        "incident",
        body=lambda *_: {"title": "Another printer", "description": "This one fails."},
    ),
    Route("GET", "/lifecycle", anybody_with((*EVERYBODY, "supplier"))),
    Route("GET", "/priority-matrix", anybody_with((*EVERYBODY, "supplier"))),
    Route("POST", "/imports", technical("incident", "history_importer"), body=_import),
]
LISTS = [Listed("/incidents", "incident", sees), Listed("/calls", "call", sees_call)]
BELONGING = [
    Belonging(
        f"{ONE}/work-log",
        "incident",
        lambda caller, record, note: (
            note["public"] or note["author_id"] == caller.sub or reads_as(*PROVIDER)(caller, record)
        ),
    ),
    Belonging(
        f"{ONE}/suggestions",
        "incident",
        lambda caller, record, item: item["title"].startswith("Public") or reads_as(*PROVIDER)(caller, record),
    ),
    Belonging(
        f"{ONE}/moves",
        "incident",
        lambda caller, record, move: acts_as(*MOVES[move["trigger"]][0])(caller, record),
        field="trigger",
    ),
]


async def furnish(world: World) -> Records:
    """Calls and incidents of several parties, teams, services and people, in several states, some of them confidential."""
    rows: list[Any] = [KnownService(id=GENERAL_SUPPORT_ID, sequence=1, name="General support", active=True)]
    rows += [KnownService(id=one, sequence=1, name="A service", active=True) for one in SERVICES]
    rows += [KnownParty(id=one, sequence=1, name="A party", active=True) for one in PARTIES]
    rows += [KnownTeam(id=one, sequence=1, name="A team", member_ids=[], active=True) for one in TEAMS]
    rows += [KnownPerson(id=one, sequence=1, name="A person", party_id=party_of(one), active=True) for one in PEOPLE]
    incidents, calls = [], []
    for number in range(24):
        whose = {
            "party_id": DICE.choice([*PARTIES, None]),
            "service_id": DICE.choice(SERVICES),
            "caller_id": DICE.choice([*PEOPLE, None]),
            "registered_by": str(DICE.choice(PEOPLE)),
            "confidential_team_id": TEAMS[number % 3] if number % 8 == 7 else None,
        }
        held = {"state": "routed", "held_at": clock.now() if number % 2 else None}
        call = Call(number=f"CALL-{number}", title="Call", description="", call_type="incident", **held, **whose)
        incident = Incident(
            number=f"INC-{number}",
            title="Incident",
            description="",
            state=STATES[number % len(STATES)],
            call_id=call.id,
            team_id=DICE.choice([*TEAMS, None]),
            impact="medium",
            urgency="medium",
            pending_reason="user" if STATES[number % len(STATES)] == "pending" else None,
            **whose,
        )
        if incident.state == "recovered":
            incident.recovered_at = incident.created_at
        named = {"incident_id": incident.id, "ki_number": "KI-1", "ki_type": "known_error", "rank": 1.0}
        suggestions = [
            Suggestion(ki_id=PEOPLE[place], title=f"{'Public' if public else 'Internal'} item", public=public, **named)
            for place, public in enumerate((True, False))
        ]
        notes = [
            Note(record_id=incident.id, public=public, text="A note", author_id=author, by_provider=True)
            for public in (True, False)
            for author in ("somebody", str(DICE.choice(PEOPLE)))
        ]
        rows += [call, incident, *suggestions, *notes]
        people = frozenset({incident.registered_by, str(incident.caller_id)})
        about = (incident.service_id, people, incident.confidential_team_id)
        teams = (incident.team_id,) if incident.team_id else ()
        more = {"suggestion_id": suggestions[1].id}
        incidents.append(Record(incident.id, incident.party_id, teams, *about, more=more))
        calls.append(Record(call.id, call.party_id, (), *about))
    await store(world, "incident", rows)
    to_come = [Record(new_id(), party, (), service) for party in (*PARTIES, None, None) for service in SERVICES[:2]]
    of_callers = [{"caller_id": one, "of_caller": party_of(one)} for one in PEOPLE]
    to_come += [Record(new_id(), None, (), SERVICES[0], more=more) for more in of_callers]
    return {"incident": incidents, "call": calls, "call to come": to_come}


TABLE = Table(SERVICE, furnish, {"incident": sees, "call": sees_call}, routes=ROUTES, lists=LISTS, belonging=BELONGING)
