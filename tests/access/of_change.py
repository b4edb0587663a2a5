"""The expected access in change, from `services/change/README.md`."""

from datetime import timedelta
from functools import cache
from typing import Any
from uuid import UUID

from services.change.manifest import SERVICE
from services.change.models import Approval, Change, KnownParty, KnownPerson, KnownService, Rfc, TestRun
from shared import clock
from shared.records.notes import Note
from tests.access.callers import DICE, PARTIES, PEOPLE, SERVICES, Caller, Grant, new_id, party_of, store
from tests.access.oracle import CLIENT_SIDE, PROVIDER, Record, Rule, grants_on, of_the_party, own, within
from tests.access.tables import Belonging, Listed, Records, Route, Table, duties, watching
from tests.world import World

RFC, CHANGE = "/rfcs/{rfc_id}", "/changes/{change_id}"
EVERYBODY = (*PROVIDER, *CLIENT_SIDE)
#: coordinators, process managers, project leaders and the IT director decide and steer
STEERING = ("change_coordinator", "process_coordinator", "process_manager", "project_leader", "it_director")
APPROVERS = ("change_coordinator", "approver", "it_director", "client")
TESTS = ("technical", "functional", "acceptance", "operational_readiness")
STATES = ("accepted", "classified", "planned", "planned", "authorised", "in_preparation", "in_test", "released")
STATES += ("implementing", "implemented", "evaluated", "rolled_back", "on_hold")
CALENDAR = ("planned", "authorised", "in_preparation", "in_test", "released", "implementing")
PERIOD = "from=2127-01-01T00:00:00Z&to=2128-01-01T00:00:00Z&limit=200&count=true"
_WHY: dict[str, Any] = {"reason": "Later."}
_PLAN: dict[str, Any] = {
    **{f"{name}_plan": "As before." for name in ("build", "test", "implementation", "back_out")},
    "planned_start": "2127-12-30T00:00:00Z",
    "planned_end": "2127-12-30T01:00:00Z",
    "means_confirmed": True,
}
#: trigger → who makes the move, and what it needs
MOVES: dict[str, tuple[tuple[str, ...], dict[str, Any]]] = {
    "classify": (STEERING, {"change_type": "normal", "impact": "low", "likelihood": "low", "value_stream": "renewal"}),
    "plan": (STEERING, _PLAN),
    "authorise": (STEERING, {}),
    "prepare": (tuple(PROVIDER), {}),
    "test": (tuple(PROVIDER), {}),
    "fail_test": (tuple(PROVIDER), _WHY),
    "release": (STEERING, {}),
    "implement": (tuple(PROVIDER), {}),
    "complete": (tuple(PROVIDER), {}),
    "roll_back": (tuple(PROVIDER), _WHY),
    "replan": (STEERING, {**_PLAN, **_WHY}),
    "rework": (STEERING, _WHY),
    "evaluate": (STEERING, {"goal_reached": True, "evaluation": "Well."}),
    "close": (STEERING, {}),
    "hold": (STEERING, _WHY),
    "resume": (STEERING, {}),
    "reject": (STEERING, _WHY),
    "cancel": (STEERING, _WHY),
}
RFC_MOVES: dict[str, tuple[tuple[str, ...], dict[str, Any]]] = {
    "accept": (STEERING, {}),
    "return": (STEERING, _WHY),
    "resubmit": (EVERYBODY, {}),
    "reject": (STEERING, _WHY),
    "forward": (STEERING, _WHY),
}


def _acts(caller: Caller, grant: Grant, record: Record) -> bool:
    """The provider on everything, a client on its party's and the own ones, a user on the own ones."""
    if grant.role == "client":
        return of_the_party(caller, grant, record) or own(caller, record)
    return grant.role in PROVIDER or (grant.role == "user" and own(caller, record))


def _reads(caller: Caller, grant: Grant, record: Record) -> bool:
    """The same, and who called about the incident that led to a request sees it."""
    called = grant.role in CLIENT_SIDE and caller.sub in record.more.get("callers", ())
    return called or _acts(caller, grant, record)


def sees(caller: Caller, record: Record) -> bool:
    return bool(grants_on(caller, record, "change", _reads, acting=False))


def reads_as_provider(caller: Caller, record: Record) -> bool:
    roles = grants_on(caller, record, "change", _reads, acting=False)
    return not roles.isdisjoint({*PROVIDER, "administrator"})


@cache
def acts_as(*roles: str) -> Rule:
    """Who does something with a request or a change in one of these roles, and sees it."""
    wanted = {*roles, "administrator"}

    def rule(caller: Caller, record: Record) -> bool:
        return sees(caller, record) and not wanted.isdisjoint(grants_on(caller, record, "change", _acts, acting=True))

    return rule


def approves_as(role: str) -> Rule:
    """People approve in the role that is named, but for what they asked for; a client for the own party alone."""

    def opens(caller: Caller, grant: Grant, record: Record) -> bool:
        return grant.role == role and (role != "client" or of_the_party(caller, grant, record))

    def rule(caller: Caller, record: Record) -> bool:
        if caller.account or not sees(caller, record):
            return False
        held = grants_on(caller, record, "change", opens, acting=True)
        return caller.administers or (bool(held) and not own(caller, record))

    return rule


def _move(template: str, of: str, moves: dict[str, tuple[tuple[str, ...], dict[str, Any]]]) -> list[Route]:
    found = []
    for trigger, (roles, given) in moves.items():
        body = {"trigger": trigger, **given}
        path, may = f"{template}/moves", acts_as(*roles)
        found.append(Route("POST", path, may, of, body=lambda *_, body=body: body, versioned=True, name=trigger))
    return found


def _of_any_record(template: str, of: str) -> list[Route]:
    link = {"kind": "supplier", "reference": "CASE-1"}
    return [
        Route("GET", template, sees, of, shows=_shows if of == "change" else None),
        Route("GET", f"{template}/moves", sees, of),
        Route("GET", f"{template}/notes", sees, of),
        Route("POST", f"{template}/notes", acts_as(*EVERYBODY), of, body=lambda *_: {"text": "Seen."}),
        Route("GET", f"{template}/links", sees, of),
        Route("POST", f"{template}/links", acts_as(*PROVIDER), of, body=lambda *_: link),
        Route("GET", f"{template}/timeline", reads_as_provider, of),
        *watching(template, of, sees, acts_as(*PROVIDER)),
    ]


def _shows(caller: Caller, record: Record, change: Any) -> bool:
    """The client's side sees no plans and no evaluation."""
    internal = {"build_plan", "test_plan", "implementation_plan", "back_out_plan", "evaluation"}
    return reads_as_provider(caller, record) == internal.issubset(change) != internal.isdisjoint(change)


def _shows_plans(caller: Caller, record: Record, plans: Any) -> bool:
    """The client's side sees no texts of plans, and no notes of approvals but its own."""
    inside = reads_as_provider(caller, record)
    approvals = [each for plan in plans["items"] for each in plan["approvals"]]
    return all(("build_plan" in plan) == inside for plan in plans["items"]) and all(
        (each["note"] is not None) == (inside or each["given_by"] == caller.sub) for each in approvals
    )


def _shows_notes(author: str) -> Any:
    """Notes of approvals and tests are for the provider and who wrote them."""

    def shows(caller: Caller, record: Record, answers: Any) -> bool:
        inside = reads_as_provider(caller, record)
        return all((each["note"] is not None) == (inside or each[author] == caller.sub) for each in answers["items"])

    return shows


def _submits(caller: Caller, rfc: Record) -> bool:
    """The provider asks for anybody within its scope, the client's side in the own name and for the own party."""
    requester = rfc.more.get("requester")
    party = rfc.party or (party_of(requester) if requester else caller.party)
    effective = Record(rfc.id, party, (), rfc.service)
    for grant in caller.grants:
        mine = (caller.party, UUID(grant.name) if grant.kind == "party" and grant.name else None)
        oneself = str(requester or caller.sub) == caller.sub
        allowed = grant.role in PROVIDER or (grant.role in CLIENT_SIDE and party in mine and oneself)
        if allowed and within(grant, effective, "change", acting=True):
            return True
    return caller.administers


def _rfc(_: Caller, rfc: Record) -> dict[str, Any]:
    named = {"party_id": rfc.party, "service_id": rfc.service, "requester_id": rfc.more.get("requester")}
    given = {name: value for name, value in named.items() if value}
    return {"title": "More room", "description": "It is full.", **given}


def _test(kind: str) -> dict[str, Any]:
    body = {"kind": kind, "result": "passed"}
    may = acts_as(*(EVERYBODY if kind == "acceptance" else PROVIDER))
    return {"may": may, "body": lambda *_: body, "name": kind}


ROUTES = [
    Route("POST", "/rfcs", _submits, "request to come", body=_rfc, hidden=False),
    *_of_any_record(RFC, "rfc"),
    *_move(RFC, "rfc", RFC_MOVES),
    *_of_any_record(CHANGE, "change"),
    *_move(CHANGE, "change", MOVES),
    Route("PATCH", CHANGE, acts_as(*PROVIDER), "change", body=lambda *_: {"title": "Better"}, versioned=True),
    Route("GET", f"{CHANGE}/approvals", sees, "change", shows=_shows_notes("given_by")),
    *(
        Route(
            "POST",
            f"{CHANGE}/approvals",
            approves_as(role),
            "change",
            body=lambda *_, role=role: {"role": role, "decision": "approved"},
            name=f"as {role}",
        )
        for role in APPROVERS
    ),
    Route("GET", f"{CHANGE}/plans", sees, "change", shows=_shows_plans),
    *duties("change"),
    Route("GET", f"{CHANGE}/test-runs", sees, "change", shows=_shows_notes("recorded_by")),
    *(Route("POST", f"{CHANGE}/test-runs", of="change", **_test(kind)) for kind in TESTS),
]
LISTS = [
    Listed("/rfcs", "rfc", sees),
    Listed("/changes", "change", sees),
    Listed("/calendar", "change", lambda caller, change: change.more["planned"] and sees(caller, change), PERIOD),
]


def _shows_note(caller: Caller, record: Record, note: Any) -> bool:
    return note["public"] or note["author_id"] == caller.sub or reads_as_provider(caller, record)


def _offers(moves: dict[str, tuple[tuple[str, ...], dict[str, Any]]]) -> Any:
    return lambda caller, record, move: acts_as(*moves[move["trigger"]][0])(caller, record)


BELONGING = [
    Belonging(f"{RFC}/notes", "rfc", _shows_note),
    Belonging(f"{CHANGE}/notes", "change", _shows_note),
    Belonging(f"{RFC}/moves", "rfc", _offers(RFC_MOVES), "trigger"),
    Belonging(f"{CHANGE}/moves", "change", _offers(MOVES), "trigger"),
]


async def furnish(world: World) -> Records:
    """Requests and changes of several parties, services and people, in every state."""
    rows: list[Any] = [KnownService(id=one, sequence=1, name="A service", active=True) for one in SERVICES]
    rows += [KnownParty(id=one, sequence=1, name="A party", active=True) for one in PARTIES]
    rows += [KnownPerson(id=one, sequence=1, name="A person", party_id=party_of(one), active=True) for one in PEOPLE]
    rfcs, changes = [], []
    begins = clock.now().replace(year=2127, month=3, day=1)
    for number in range(52):
        whose = {
            "party_id": DICE.choice([*PARTIES, None]),
            "service_id": DICE.choice(SERVICES),
            "requester_id": DICE.choice([*PEOPLE, None]),
            "registered_by": str(DICE.choice(PEOPLE)),
        }
        called, state = DICE.choice([*PEOPLE, None]), STATES[number // 2 % len(STATES)]
        words = {"title": "More room", "description": "It is full."}
        asked = "accepted" if number % 2 else ("submitted", "returned")[number // 2 % 2]
        rfc = Rfc(number=f"RFC-{number}", state=asked, caller_id=called, **words, **whose)
        people = frozenset({rfc.registered_by, str(rfc.requester_id)})
        about: tuple[Any, ...] = (rfc.party_id, (), rfc.service_id, people)
        by = str(DICE.choice(PEOPLE))
        note = {"text": "A note", "author_id": by, "by_provider": True}
        rows += [rfc, *(Note(record_id=rfc.id, public=public, **note) for public in (True, False))]
        rfcs.append(Record(rfc.id, *about, more={"callers": (str(called),)}))
        if asked != "accepted":
            continue
        window = begins + timedelta(days=number)
        change = Change(
            number=f"CHG-{number}",
            rfc_id=rfc.id,
            state=state,
            held_state="planned" if state == "on_hold" else None,
            change_type=("normal", "release")[number // 2 % 2],
            impact="high",
            likelihood="high",
            risk="high",
            value_stream="renewal",
            build_plan="Build.",
            test_plan="Test.",
            implementation_plan="Do.",
            back_out_plan="Undo.",
            means_confirmed=True,
            planned_start=window,
            planned_end=window + timedelta(hours=1),
            plan_round=2,
            test_round=1,
            evaluation="Well." if state == "evaluated" else None,
            **words,
            **whose,
        )
        # of the plan before, so that the present one awaits every role; of some changes everything is there already
        given = {"change_id": change.id, "plan_round": 1, "decision": "approved", "given_by": by, "note": "Good."}
        run = {"kind": "technical", "result": "passed", "recorded_by": by, "note": "Green.", "test_round": 1}
        rows += [change, Approval(role="approver", **given), TestRun(change_id=change.id, ordinal=1, **run)]
        if number > len(STATES) * 2 and (state != "planned" or number % 4 == 1):
            given |= {"plan_round": 2}
            rows += [Approval(role=role, **{**given, "given_by": role}) for role in APPROVERS]
            run |= {"change_id": change.id}
            rows += [TestRun(ordinal=place, **{**run, "kind": kind}) for place, kind in enumerate(TESTS, 2)]
        rows += [Note(record_id=change.id, public=public, **note) for public in (True, False)]
        changes.append(Record(change.id, *about, more={"planned": state in CALENDAR}))
    await store(world, "change", rows)
    to_come = [Record(new_id(), party, (), service) for party in (*PARTIES, None) for service in SERVICES[:2]]
    to_come += [Record(new_id(), None, (), SERVICES[0], more={"requester": one}) for one in PEOPLE]
    return {"rfc": rfcs, "change": changes, "request to come": to_come}


TABLE = Table(
    SERVICE,
    furnish,
    {"rfc": sees, "change": sees},
    routes=ROUTES,
    lists=LISTS,
    belonging=BELONGING,
    share=0.1,
    special_roles=("change_coordinator", "approver", "it_director"),
)
