"""Who may read and do what, for many random callers with several grants, compared with the README."""

import random
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from services.change import access
from shared.access.callers import Caller, Grant
from shared.contracts.roles import PROVIDER_ROLES
from tests.change.desk import Desk, Json, desk
from tests.change.neighbours import CLIENT, LEDGER, STRANGERS, WEBSHOP, change_requested, person
from tests.change.test_requests import receive
from tests.world import World, token

SOMEBODY, AGENT = uuid7(), uuid7()
ROLES = ("professional", "change_coordinator", "approver", "it_director", "client", "user", "supplier", "ki_owner")
SCOPES = (None, "process:change", "process:incident", "party", "service", "team")
#: an act on a change or a request → the roles that it is open to beside the client's side, and whether it is open to that
ACTS = {
    "correct": (PROVIDER_ROLES, ()),
    "move": (PROVIDER_ROLES, ()),
    "move rfc": (PROVIDER_ROLES, ("client", "user")),
    "technical": (PROVIDER_ROLES, ()),
    "acceptance": (PROVIDER_ROLES, ("client", "user")),
    "note": (PROVIDER_ROLES, ("client", "user")),
    "link": (PROVIDER_ROLES, ()),
    **{f"approve as {role}": ((role,), ()) for role in ("change_coordinator", "approver", "it_director")},
}


@dataclass(frozen=True)
class Somebody:
    """A caller: a person of a party, with grants."""

    sub: UUID
    party: UUID
    grants: tuple[tuple[str, str | None], ...]

    def opens(self, grant: tuple[str, str | None], rfc: Json, *, acting: bool, provider: Any, client: Any) -> bool:
        """Whether a grant opens a request, or the change that carries it out, for one of these roles."""
        role, scope = grant
        kind, _, name = (scope or "").partition(":")
        if kind == "team" or (kind == "process" and acting and name != "change"):
            return False
        if kind in ("party", "service") and rfc[f"{kind}_id"] != name:
            return False
        if role in provider:
            return True
        own = str(self.sub) in (rfc["requester_id"], rfc["registered_by"], None if acting else rfc["caller_id"])
        party = name if kind == "party" else str(self.party)
        return role in client and (own or (role == "client" and rfc["party_id"] == party))

    def may(self, act: str, rfc: Json) -> bool:
        """Whether any grant opens a record for an act; nobody approves what he or she asked for."""
        if act.startswith("approve") and str(self.sub) in (rfc["requester_id"], rfc["registered_by"]):
            return False
        if act == "approve as client":
            return any(self.opens(each, rfc, acting=True, provider=(), client=("client",)) for each in self.grants)
        provider, client = ACTS[act]
        return any(self.opens(each, rfc, acting=True, provider=provider, client=client) for each in self.grants)

    def sees(self, rfc: Json, *, inside: bool = False) -> bool:
        """Whether any grant lets the caller read a record, or with `inside` what the provider alone reads of it."""
        client = () if inside else ("client", "user")
        return any(self.opens(each, rfc, acting=False, provider=PROVIDER_ROLES, client=client) for each in self.grants)


def somebody(dice: random.Random) -> Somebody:
    """A random caller."""
    names = {"party": dice.choice((CLIENT, STRANGERS)), "service": dice.choice((LEDGER, WEBSHOP)), "team": uuid7()}
    grants = [
        (dice.choice(ROLES), f"{scope}:{names[scope]}" if scope in names else scope)
        for scope in dice.choices(SCOPES, k=dice.randint(1, 3))
    ]
    return Somebody(dice.choice((SOMEBODY, uuid7())), dice.choice((CLIENT, STRANGERS)), tuple(grants))


def desk_of(zeven: World, caller: Somebody) -> Desk:
    roles = [{"role": role, "scope": scope} for role, scope in caller.grants]
    return Desk(zeven.as_(token(str(caller.sub), party=str(caller.party), roles=roles)))


@pytest.fixture(scope="module")
async def rfcs(zeven: World) -> list[Json]:
    """Accepted requests of two parties and of none, about two services and none, some of them somebody's own."""
    await receive(zeven, person(SOMEBODY, CLIENT), change_requested(uuid7(), incident := uuid7(), caller_id=SOMEBODY))
    admin, made = desk(zeven), []
    for party in (CLIENT, STRANGERS, None):
        for service in (LEDGER, WEBSHOP, None):
            named = {"party_id": party, "service_id": service}
            fields = {name: str(value) for name, value in named.items() if value}
            made.append(({"registered_by": "admin"}, await admin.submit(**fields)))
            own = {**fields, "requester_id": str(SOMEBODY)}
            made.append(({"registered_by": "admin"}, await admin.submit(**own)))
    mine = desk(zeven, str(SOMEBODY), "user", party=STRANGERS)
    made.append(({"registered_by": str(SOMEBODY)}, await mine.submit(service_id=str(LEDGER))))
    (called,) = (await admin.get("rfcs", origin_id=str(incident)))["items"]
    made.append(({"registered_by": "somebody"}, called))
    return [{**(await admin.move("rfcs", rfc, "accept")), **more} for more, rfc in made]


async def answer(somebody_: Desk, act: str, rfc: Json) -> int:
    """How an act is answered that changes nothing about what others may do."""
    change, stale = f"changes/{rfc['change_id']}", {"If-Match": '"999999"'}
    if act == "correct":
        path = f"/change/v1/{change}"
        return (await somebody_.client.patch(path, json={"title": "Mine"}, headers=stale)).status_code
    path, body = {
        "move": (f"{change}/moves", {"trigger": "cancel"}),
        "move rfc": (f"rfcs/{rfc['id']}/moves", {"trigger": "resubmit"}),
        "technical": (f"{change}/test-runs", {"kind": "technical", "result": "passed"}),
        "acceptance": (f"{change}/test-runs", {"kind": "acceptance", "result": "passed"}),
        "note": (f"{change}/notes", {"text": "Seen."}),
        "link": (f"{change}/links", {"kind": "other", "reference": str(uuid7())}),
    }.get(act) or (f"{change}/approvals", {"role": act.removeprefix("approve as "), "decision": "approved"})
    return (await somebody_.post(path, body, **stale)).status_code


def in_list(noun: str, rfc: Json) -> Json:
    """What ties a caller to the rows of a list: only requests know who called."""
    return rfc if noun == "rfcs" else {**rfc, "caller_id": None}


@pytest.mark.parametrize("noun", ["rfcs", "changes"])
async def test_lists_show_what_the_readme_says(zeven: World, rfcs: list[Json], noun: str) -> None:
    dice, key = random.Random(noun), "id" if noun == "rfcs" else "change_id"
    known = {rfc[key] for rfc in rfcs}
    for _ in range(50):
        caller = somebody(dice)
        found = await desk_of(zeven, caller).client.get(f"/change/v1/{noun}", params={"limit": 200})
        shown = {each["id"] for each in found.json()["items"]} if found.status_code == 200 else set()
        assert shown & known == {rfc[key] for rfc in rfcs if caller.sees(in_list(noun, rfc))}, caller


@pytest.mark.parametrize("seed", range(2))
async def test_every_caller_reads_and_does_what_the_readme_says(zeven: World, rfcs: list[Json], seed: int) -> None:
    dice = random.Random(seed)
    for _ in range(10):
        caller = somebody(dice)
        client = desk_of(zeven, caller)
        for rfc in dice.sample(rfcs, 2):
            change = in_list("changes", rfc)
            read = await client.client.get(f"/change/v1/changes/{rfc['change_id']}")
            assert (read.status_code == 200) == caller.sees(change), (caller, rfc)
            inside = await client.client.get(f"/change/v1/changes/{rfc['change_id']}/timeline")
            assert (inside.status_code == 200) == caller.sees(change, inside=True), (caller, rfc)
            assert ("build_plan" in read.text) == caller.sees(change, inside=True), (caller, rfc)
            for act in (*ACTS, "approve as client"):
                status = await answer(client, act, rfc)
                assert status in (201, 409, 412, 403, 404), (caller, rfc, act, status)
                assert (status in (201, 409, 412)) == caller.may(act, rfc), (caller, rfc, act, status)


def test_policies_open_what_the_readme_says_to_hundreds_of_callers() -> None:
    policies = {
        "correct": access.CORRECT,
        "move": access.MOVE,
        "move rfc": access.MOVE_RFC,
        "technical": access.RECORD_TEST,
        "acceptance": access.RECORD_ACCEPTANCE,
        "note": access.WRITE_NOTE,
        "link": access.LINK,
    }
    dice, ids = random.Random(0), (None, str(SOMEBODY), str(AGENT))
    for _ in range(500):
        caller = somebody(dice)
        grants = tuple(Grant(*grant) for grant in caller.grants)
        held = Caller(str(caller.sub), "person", caller.party, (), grants, "change")
        for _ in range(10):
            rfc = {
                "party_id": dice.choice((None, str(CLIENT), str(STRANGERS))),
                "service_id": dice.choice((None, str(LEDGER), str(WEBSHOP))),
                "registered_by": dice.choice(("admin", str(SOMEBODY))),
                "requester_id": dice.choice(ids),
                "caller_id": dice.choice(ids),
            }
            record = SimpleNamespace(**rfc)
            for act, policy in policies.items():
                assert policy.covers(held, record) == caller.may(act, rfc), (caller, rfc, act)
            assert access.READ.covers(held, record) == caller.sees(rfc), (caller, rfc)
            assert access.READ_INTERNAL.covers(held, record) == caller.sees(rfc, inside=True), (caller, rfc)
