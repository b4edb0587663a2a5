"""The expected access in service level management, from `services/service_level/README.md`."""

from typing import Any
from uuid import UUID

from services.service_level.manifest import SERVICE
from services.service_level.models import Agreement, AgreementVersion, KnownParty, NamedCalendar, OfferedService
from shared import clock
from shared.contracts.defaults import GENERAL_SUPPORT_ID, OFFICE_HOURS_ID, STANDARD_AGREEMENT_ID
from tests.access.callers import DICE, PARTIES, PEOPLE, SERVICES, TEAMS, Caller, Grant, new_id, store
from tests.access.oracle import (
    CLIENT_SIDE,
    PROVIDER,
    Record,
    anybody_with,
    grants_on,
    holds,
    of_the_party,
    own,
)
from tests.access.tables import Listed, Records, Route, Table
from tests.service_level.publishing import Incident, deliver
from tests.world import World

AGREEMENT = "/agreements/{agreement_id}"
OUTSIDE = (*CLIENT_SIDE, "supplier")
MANAGERS = frozenset({"service_level_manager", "service_manager"})
WEEK: dict[str, Any] = {"zone": "UTC", "hours": {"monday": [["08:00", "18:00"]]}}
NO_HOLIDAYS: dict[str, Any] = {"holidays": [], "yearly_holidays": [], "country": None, "subdivision": None}
TARGETS: dict[str, Any] = {"P1": {"response_seconds": None, "restore_seconds": 3600}}
TERMS: dict[str, Any] = {"calendar": WEEK, "targets": TARGETS}
TRYING = {"calendar": WEEK, "targets_seconds": dict.fromkeys(("P1", "P2", "P3", "P4"), 3600)}
#: everybody of provider, clients and suppliers
reads = anybody_with((*PROVIDER, *OUTSIDE))


def sees_agreement(caller: Caller, record: Record) -> bool:
    """The provider all of its scope, others those of their party; those for every party are for everybody."""
    if record.party is None and reads(caller):
        return True

    def opens(caller: Caller, grant: Grant, record: Record) -> bool:
        return grant.role in PROVIDER or (grant.role in OUTSIDE and of_the_party(caller, grant, record))

    return bool(grants_on(caller, record, "service_level", opens, acting=False))


def manages(caller: Caller, record: Record) -> bool:
    """Those within the scope of the role."""

    def opens(_: Caller, grant: Grant, __: Record) -> bool:
        return grant.role in MANAGERS

    return bool(grants_on(caller, record, "service_level", opens, acting=True))


def _opens_clock(caller: Caller, grant: Grant, record: Record) -> bool:
    """The provider all of its scope, a client its party's and the own ones, a user the own ones, a supplier its teams'."""
    match grant.role:
        case "client":
            return of_the_party(caller, grant, record) or own(caller, record)
        case "user":
            return own(caller, record)
        case "supplier":
            return not set(record.teams).isdisjoint(caller.teams)
    return grant.role in PROVIDER


def sees_clock(caller: Caller, record: Record) -> bool:
    return bool(grants_on(caller, record, "service_level", _opens_clock, acting=False))


def counts(caller: Caller, record: Record) -> bool:
    """Whose incidents count in the figures: as with clocks, but users see none."""
    return bool(grants_on(caller, record, "service_level", _opens_clock, acting=False) - {"user"})


def sees_figures(caller: Caller, _: object) -> bool:
    """Everybody to whom any incident could count."""

    def opens(grant: Grant) -> bool:
        if grant.role == "client":
            return True
        return grant.role in PROVIDER or (grant.role == "supplier" and bool(_common(caller, grant)))

    return caller.administers or any(holds(grant) and opens(grant) for grant in caller.grants)


def _common(caller: Caller, grant: Grant) -> list[UUID]:
    return [team for team in caller.teams if grant.kind != "team" or str(team) == grant.name]


def _figures(caller: Caller, record: Record, answer: Any) -> bool:
    expected = sum(counts(caller, incident) for incident in record.more["incidents"])
    return answer.get("incidents", expected) == expected


def _attained(caller: Caller, record: Record, answer: Any) -> bool:
    expected = sum(counts(caller, incident) for incident in record.more["incidents"])
    return {item["records"] for item in answer.get("items", ())} <= {expected}


def _agree(_: Caller, record: Record) -> dict[str, Any]:
    # so late that it covers nothing
    whose = {"party_id": record.party, "service_id": record.service, "valid_from": "2100-01-01T00:00:00Z"}
    return {"name": "An agreement", **TERMS, **{name: value for name, value in whose.items() if value}}


def _rename(*_: object) -> dict[str, Any]:
    return {"name": "Another name"}


def _first_version(_: Caller, record: Record) -> str:
    return f"/agreements/{record.id}/versions/1/holidays"


ROUTES = [
    Route("POST", "/agreements", manages, "agreement to come", body=_agree, hidden=False),
    Route("GET", AGREEMENT, sees_agreement, "agreement"),
    Route("PATCH", AGREEMENT, manages, "agreement", body=_rename, versioned=True),
    Route("GET", f"{AGREEMENT}/versions", sees_agreement, "agreement"),
    Route("GET", f"{AGREEMENT}/versions/{{number}}/holidays", sees_agreement, "agreement", path=_first_version),
    Route("POST", f"{AGREEMENT}/versions", manages, "agreement", body=lambda *_: TERMS, versioned=True),
    Route("GET", f"{AGREEMENT}/moves", sees_agreement, "agreement"),
    Route("POST", f"{AGREEMENT}/moves", manages, "agreement", body=lambda *_: {"trigger": "end"}, versioned=True),
    Route("GET", "/clocks/{clock_id}", sees_clock, "clock"),
    Route("GET", "/performance", sees_figures, "figures", hidden=False, shows=_figures),
    Route("GET", "/attainment", sees_figures, "figures", hidden=False, shows=_attained),
    Route("POST", "/simulations", sees_figures, "figures", body=lambda *_: TRYING, hidden=False),
    *(
        route
        for one, of in (("/services/{service_id}", "service"), ("/calendars/{calendar_id}", "calendar"))
        for route in (
            Route("GET", one, reads, of),
            Route("PATCH", one, manages, of, body=_rename, versioned=True),
            Route("DELETE", one, manages, of, versioned=True),
        )
    ),
    Route("POST", "/services", manages, "service to come", body=_rename, hidden=False),
    Route("POST", "/calendars", manages, "calendar to come", body=lambda *_: {"name": "A week", **WEEK}, hidden=False),
]
LISTS = [
    Listed("/agreements", "agreement", sees_agreement),
    Listed("/clocks", "clock", sees_clock),
    Listed("/services", "service", lambda caller, _: reads(caller)),
    Listed("/calendars", "calendar", lambda caller, _: reads(caller)),
]


async def furnish(world: World) -> Records:
    """Agreements for parties, services, both and neither, and the clocks of incidents of all kinds of owners."""
    calendar = NamedCalendar(number="CAL-1", name="A week", **WEEK, **NO_HOLIDAYS)
    offered = [OfferedService(id=one, number=f"SVC-{one}", name="A service", description="") for one in SERVICES]
    rows: list[Any] = [calendar, *offered]
    rows += [KnownParty(id=one, sequence=1, name="A party", active=True) for one in PARTIES]
    agreements = [Record(STANDARD_AGREEMENT_ID, more={"version": 2})]
    for number, party in enumerate((*PARTIES, None) * 3):
        service = DICE.choice([*SERVICES[:2], None])
        whose = {"party_id": party, "service_id": service, "rank": 900, "valid_from": clock.now()}
        agreement = Agreement(number=f"AGR-{number}", name="An agreement", state="active", in_force=1, **whose)
        terms = {"calendar": {**WEEK, **NO_HOLIDAYS}, "targets": TARGETS, "pause_reasons": ["user"]}
        version = AgreementVersion(agreement_id=agreement.id, number=1, in_force_from=agreement.valid_from, **terms)
        rows += [agreement, version]
        agreements.append(Record(agreement.id, party, (), service))
    await store(world, "service_level", rows)
    incidents, clocks = await _measured(world)
    to_come = [Record(new_id(), party, (), one) for party in (*PARTIES[:2], None) for one in (*SERVICES[:2], None)]
    services = [Record(one, service=one) for one in SERVICES]
    return {
        "agreement": agreements,
        "agreement to come": to_come,
        "clock": clocks,
        "figures": [Record(new_id(), more={"incidents": incidents})],
        "service": [*services, Record(GENERAL_SUPPORT_ID, service=GENERAL_SUPPORT_ID, more={"version": 1})],
        "calendar": [Record(calendar.id), Record(OFFICE_HOURS_ID, more={"version": 1})],
        "service to come": [Record(new_id())],
        "calendar to come": [Record(new_id())],
    }


async def _measured(world: World) -> tuple[list[Record], list[Record]]:
    """Incidents, and their clocks."""
    events, whose = [], {}
    for number in range(24):
        party, service = DICE.choice([*PARTIES, None]), DICE.choice(SERVICES)
        team, called, reporter = DICE.choice([*TEAMS, None]), DICE.choice([*PEOPLE, None]), str(DICE.choice(PEOPLE))
        secret = TEAMS[number % 3] if number % 8 == 7 else None
        facts = {
            "party_id": party,
            "service_id": service,
            "team": team and str(team),
            "caller_id": called,
            "registered_by": reporter,
            "confidential_team_id": secret,
        }
        incident = Incident(f"INC-{number:06}", clock.now(), priority="P1", **facts)
        events.append(incident.event())
        teams = (team,) if team else ()
        whose[incident.id] = Record(incident.id, party, teams, service, frozenset({str(called), reporter}), secret)
    await deliver(world, events)
    clocks = []
    async with world.running("service_level").engine.connect() as connection:
        for row in await connection.exec_driver_sql("SELECT id, record_id FROM clock"):
            of = whose[row.record_id]
            clocks.append(Record(row.id, of.party, of.teams, of.service, of.people, of.secret))
    assert len(clocks) >= len(whose)
    return list(whose.values()), clocks


SEES = {
    "agreement": sees_agreement,
    "clock": sees_clock,
    "service": lambda caller, _: reads(caller),
    "calendar": lambda caller, _: reads(caller),
}
TABLE = Table(
    SERVICE,
    furnish,
    SEES,
    routes=ROUTES,
    lists=LISTS,
    share=0.3,
    special_roles=sorted(MANAGERS),
    elsewhere={"POST /calendars/compute": "whoever is signed in: tests/service_level/calculator"},
)
