"""Who may do what: every route, with every kind of caller."""

from typing import Any
from uuid import uuid4

import httpx2
import pytest

from shared.contracts.defaults import CLIENT_ID
from shared.contracts.governance import PersonRegistered
from tests.incident.conftest import PERSON_ID, SUPPLIER_TEAM_ID, deliver, envelope
from tests.incident.desk import CALL, events, moved, read, register
from tests.world import World, token

USER, COLLEAGUE, STRANGER = uuid4(), uuid4(), uuid4()
ENTRY = {"text": "A note."}
LINK = {"kind": "other", "reference": "X-1"}
ASKED = {"title": "Change", "description": "It."}
#: every route about one incident: who is let in by role, and so asks for a record
EVERYBODY = [
    ("GET", "", None),
    ("GET", "/moves", None),
    ("POST", "/moves", {"trigger": "confirm"}),
    ("GET", "/work-log", None),
    ("POST", "/work-log", ENTRY),
    ("GET", "/links", None),
]
RECOVERING = [("GET", "/suggestions", None)]
PROVIDER = [
    ("PATCH", "", {"title": "New"}),
    ("GET", "/timeline", None),
    ("POST", "/links", LINK),
    ("POST", f"/suggestions/{uuid4()}/use", None),
    ("POST", "/change-requests", ASKED),
]


def people(zeven: World) -> dict[str, httpx2.AsyncClient]:
    return {
        "user": zeven.as_(token(str(USER), "user", party=str(CLIENT_ID))),
        "colleague": zeven.as_(token(str(COLLEAGUE), "user", party=str(CLIENT_ID))),
        "client": zeven.as_(token(str(uuid4()), "client", party=str(CLIENT_ID))),
        "other client": zeven.as_(token(str(uuid4()), "client", party=str(uuid4()))),
        "client of nobody": zeven.as_(token(str(uuid4()), "client")),
        "supplier": zeven.as_(token(str(uuid4()), "supplier", teams=[str(SUPPLIER_TEAM_ID)])),
        "other supplier": zeven.as_(token(str(uuid4()), "supplier", teams=[str(uuid4())])),
        "supplier without team": zeven.as_(token(str(uuid4()), "supplier")),
        "account without roles": zeven.as_(token(str(uuid4()), "service_account", kind="service_account")),
        "professional": zeven.as_(token(str(uuid4()), "professional")),
        "stranger": zeven.as_(token(str(STRANGER), "gardener")),
    }


async def ask(client: httpx2.AsyncClient, incident: dict[str, Any], method: str, path: str, body: Any) -> int:
    headers = {"If-Match": '"0"'}
    answer = await client.request(method, f"/incident/v1/incidents/{incident['id']}{path}", json=body, headers=headers)
    return answer.status_code


@pytest.mark.parametrize("who", ["colleague", "other client", "client of nobody", "supplier", "other supplier"])
async def test_what_is_out_of_sight_does_not_exist(zeven: World, who: str) -> None:
    somebody = people(zeven)[who]
    incident = await register(people(zeven)["user"])
    for route in EVERYBODY:
        assert await ask(somebody, incident, *route) == 404, route
    for route in RECOVERING:
        assert await ask(somebody, incident, *route) == (404 if "supplier" in who else 403), route
    for route in PROVIDER:
        assert await ask(somebody, incident, *route) == 403, route
    assert incident["id"] not in str((await somebody.get("/incident/v1/incidents?limit=200")).json()["items"])


@pytest.mark.parametrize(
    ("who", "open_to", "closed_to"),
    [
        ("user", EVERYBODY, [*RECOVERING, *PROVIDER]),
        ("client", EVERYBODY, [*RECOVERING, *PROVIDER]),
        ("supplier", [*EVERYBODY, *RECOVERING], PROVIDER),
        ("professional", [*EVERYBODY, *RECOVERING, *PROVIDER], []),
    ],
)
async def test_whoever_sees_an_incident_may_do_what_the_role_allows(
    zeven: World, who: str, open_to: list[Any], closed_to: list[Any]
) -> None:
    somebody = people(zeven)[who]
    incident = await register(people(zeven)["user"])
    await moved(zeven.admin, incident, "classify", "assign", team_id=str(SUPPLIER_TEAM_ID))
    for route in open_to:
        unknown_suggestion = route[1].endswith("/use")
        expected = {404} if unknown_suggestion else {200, 201, 202, 412}
        assert await ask(somebody, incident, *route) in expected, route
    for route in closed_to:
        assert await ask(somebody, incident, *route) == 403, route
    assert incident["id"] in str((await somebody.get("/incident/v1/incidents?limit=200")).json()["items"])


@pytest.mark.parametrize("who", ["stranger", "supplier without team", "account without roles"])
async def test_who_holds_no_role_that_opens_anything_is_let_in_nowhere(zeven: World, who: str) -> None:
    stranger, nobody = people(zeven)[who], zeven.as_()
    incident = await register(zeven.admin)
    for route in (*EVERYBODY, *RECOVERING, *PROVIDER):
        assert await ask(stranger, incident, *route) == 403, route
        assert await ask(nobody, incident, *route) == 401, route
    for method, path, body in (
        ("POST", "/calls", CALL),
        ("GET", "/calls", None),
        ("GET", f"/calls/{incident['call_id']}", None),
        ("GET", "/incidents", None),
        ("POST", "/imports", {"source": "x", "incidents": []}),
        ("GET", "/events", None),
    ):
        assert (await stranger.request(method, f"/incident/v1{path}", json=body)).status_code == 403, path
        assert (await nobody.request(method, f"/incident/v1{path}", json=body)).status_code == 401, path


@pytest.mark.parametrize(
    ("who", "status"),
    [("user", 404), ("client", 404), ("professional", 404), ("supplier", 404), ("other client", 404)],
)
async def test_what_was_never_there_is_told_as_what_is_out_of_sight(zeven: World, who: str, status: int) -> None:
    for route in EVERYBODY:
        assert await ask(people(zeven)[who], {"id": str(uuid4())}, *route) == status


async def test_a_supplier_registers_no_calls(zeven: World) -> None:
    supplier = people(zeven)["supplier"]
    assert (await supplier.post("/incident/v1/calls", json=CALL)).status_code == 403
    assert (await supplier.get("/incident/v1/calls")).status_code == 403


async def test_who_is_a_supplier_too_moves_an_own_incident_as_a_user_only(zeven: World) -> None:
    both = zeven.as_(token(str(uuid4()), "user", "supplier", party=str(CLIENT_ID), teams=[str(SUPPLIER_TEAM_ID)]))
    incident = await register(both)
    assert [move["trigger"] for move in (await read(both, incident["id"], "/moves"))["items"]] == ["cancel"]


async def test_a_call_belongs_to_the_party_of_whoever_calls(zeven: World) -> None:
    elsewhere = uuid4()
    person = PersonRegistered(number="PER-8", name="Lee Dunn", party_id=uuid4(), active=True)
    await deliver(zeven, envelope("governance", elsewhere, person))
    user = people(zeven)["user"]
    own = (await user.post("/incident/v1/calls", json=CALL)).json()
    assert (own["party_id"], own["caller_id"]) == (str(CLIENT_ID), str(USER))
    for_colleague = await user.post("/incident/v1/calls", json={**CALL, "caller_id": str(PERSON_ID)})
    assert for_colleague.status_code == 201
    unknown, foreign = [
        await user.post("/incident/v1/calls", json={**CALL, "caller_id": str(who)}) for who in (uuid4(), elsewhere)
    ]
    assert unknown.status_code == foreign.status_code == 422
    assert unknown.json()["errors"] == foreign.json()["errors"]
    by_desk = await people(zeven)["professional"].post("/incident/v1/calls", json={**CALL, "caller_id": str(elsewhere)})
    assert by_desk.json()["party_id"] == str(person.party_id)


@pytest.mark.parametrize("role", ["user", "client", "professional", "incident_manager", "supplier"])
async def test_only_administrators_and_importers_import(zeven: World, role: str) -> None:
    somebody = zeven.as_(token(str(uuid4()), role, party=str(CLIENT_ID)))
    answer = await somebody.post("/incident/v1/imports", json={"source": "x", "incidents": []})
    assert answer.status_code == 403
    machine = zeven.as_(token("importer", "history_importer", kind="service_account"))
    assert (await machine.post("/incident/v1/imports", json={"source": "x", "incidents": []})).status_code == 200


@pytest.mark.parametrize(
    ("who", "trigger", "by_client"),
    [
        ("user", "cancel", True),
        ("client", "cancel", True),
        ("professional", "cancel", False),
        ("supplier", "take", False),
    ],
)
async def test_an_event_tells_whether_the_clients_side_did_it(
    zeven: World, who: str, trigger: str, by_client: bool
) -> None:
    everybody = people(zeven)
    incident = await register(everybody["user"])
    if who == "supplier":
        incident = await moved(zeven.admin, incident, "classify")
        incident = await moved(zeven.admin, incident, "assign", team_id=str(SUPPLIER_TEAM_ID))
    await moved(everybody[who], incident, trigger)
    published = await events(zeven, incident["correlation_id"])
    (event,) = [one for one in published if one["type"] in ("incident.cancelled.v1", "incident.taken.v1")]
    assert (event["data"]["by_person"], event["data"]["by_client"]) == (True, by_client)
    (begun,) = [one for one in published if one["type"] == "incident.registered.v1"]
    assert (begun["data"]["by_client"], begun["data"]["registered_by"]) == (True, str(USER))
    assert begun["data"]["caller_id"] == str(USER)
