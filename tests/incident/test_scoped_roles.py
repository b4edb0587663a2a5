"""The scope of roles: for one party, for another process, for a team, or everywhere."""

from typing import Any
from uuid import uuid4

import httpx2
import pytest

from shared.contracts.defaults import CLIENT_ID, GENERAL_SUPPORT_ID
from shared.contracts.governance import PersonRegistered
from tests.incident.conftest import BAKERY_ID, PERSON_ID, SUPPLIER_TEAM_ID, TEAM_ID, deliver, envelope
from tests.incident.desk import CALL, fire, moved, read, register
from tests.world import World, token

OURS, THEIRS = uuid4(), uuid4()


def holding(zeven: World, role: str, scope: str | None, *, party: Any = None, **more: Any) -> httpx2.AsyncClient:
    """Somebody of `party` who holds a role within a scope."""
    claims = {"roles": [{"role": role, "scope": scope}], **more}
    return zeven.as_(token(str(uuid4()), party=str(party) if party else None, **claims))


async def of_party(zeven: World, party: Any) -> dict[str, Any]:
    return await register(zeven.as_(token(str(uuid4()), "user", party=str(party))))


async def take(client: httpx2.AsyncClient, incident: dict[str, Any]) -> int:
    path = f"/incident/v1/incidents/{incident['id']}/moves"
    headers = {"If-Match": f'"{incident["version"]}"'}
    return (await client.post(path, json={"trigger": "take"}, headers=headers)).status_code


async def test_a_role_for_one_party_shows_and_moves_that_partys_incidents_only(zeven: World) -> None:
    ours, theirs = await of_party(zeven, OURS), await of_party(zeven, THEIRS)
    somebody = holding(zeven, "professional", f"party:{OURS}", party=OURS)
    assert (await read(somebody, ours["id"]))["id"] == ours["id"]
    listed = (await somebody.get("/incident/v1/incidents", params={"limit": 200})).json()["items"]
    assert {each["party_id"] for each in listed} == {str(OURS)}
    for what in ("", "/moves", "/work-log", "/links"):
        assert (await somebody.get(f"/incident/v1/incidents/{theirs['id']}{what}")).status_code == 404, what
    assert await take(somebody, theirs) == 404
    assert await take(somebody, ours) == 200


async def test_a_role_for_one_party_opens_everything_about_that_partys_incidents(zeven: World) -> None:
    ours, theirs = await of_party(zeven, OURS), await of_party(zeven, THEIRS)
    somebody = holding(zeven, "professional", f"party:{OURS}", party=OURS)
    for what in ("/timeline", "/suggestions"):
        assert (await somebody.get(f"/incident/v1/incidents/{ours['id']}{what}")).status_code == 200, what
        assert (await somebody.get(f"/incident/v1/incidents/{theirs['id']}{what}")).status_code == 404, what


async def test_a_role_for_one_party_moves_no_own_incident_of_another(zeven: World) -> None:
    sub = str(uuid4())
    grants = [{"role": "user", "scope": None}, {"role": "professional", "scope": f"party:{THEIRS}"}]
    somebody = zeven.as_(token(sub, party=str(OURS), roles=grants))
    own = await register(somebody)
    assert own["party_id"] == str(OURS)
    assert await take(somebody, own) in (403, 409)


@pytest.mark.parametrize(("scope", "acts"), [("process:knowledge", False), ("process:incident", True), (None, True)])
async def test_who_acts_in_another_process_looks_on_here(zeven: World, scope: str | None, acts: bool) -> None:
    incident = await register(zeven.admin)
    somebody = holding(zeven, "professional", scope)
    assert (await read(somebody, incident["id"]))["id"] == incident["id"]
    triggers = {each["trigger"] for each in (await read(somebody, incident["id"], "/moves"))["items"]}
    assert ("take" in triggers) is acts
    assert await take(somebody, incident) == (200 if acts else 403)


async def test_a_role_for_a_team_shows_and_moves_that_teams_incidents_only(zeven: World) -> None:
    ours = await moved(zeven.admin, await register(zeven.admin), "classify", "assign")
    theirs = await register(zeven.admin)
    somebody = holding(zeven, "professional", f"team:{TEAM_ID}")
    assert await take(somebody, theirs) == 404
    assert (await somebody.get(f"/incident/v1/incidents/{theirs['id']}")).status_code == 404
    assert await take(somebody, ours) == 200


async def test_a_role_for_a_service_shows_and_corrects_that_services_incidents_only(zeven: World) -> None:
    ours = await register(zeven.admin)
    somebody, other = (holding(zeven, "professional", f"service:{one}") for one in (GENERAL_SUPPORT_ID, uuid4()))
    path, change = f"/incident/v1/incidents/{ours['id']}", {"title": "Another title"}
    headers = {"If-Match": f'"{ours["version"]}"'}
    assert (await other.patch(path, json=change, headers=headers)).status_code == 404
    assert (await somebody.patch(path, json=change, headers=headers)).status_code == 200


async def test_a_client_whose_role_names_the_own_party_is_that_partys_client(zeven: World) -> None:
    ours, theirs = await of_party(zeven, OURS), await of_party(zeven, THEIRS)
    somebody = holding(zeven, "client", f"party:{OURS}", party=OURS)
    assert (await somebody.get(f"/incident/v1/incidents/{ours['id']}")).status_code == 200
    assert (await somebody.get(f"/incident/v1/incidents/{theirs['id']}")).status_code == 404


async def test_events_name_the_role_in_which_somebody_acted(zeven: World) -> None:
    grants = [{"role": role, "scope": None} for role in ("architect", "user", "professional")]
    client = zeven.as_(token(str(uuid4()), "user", "client", party=str(OURS)))
    incident = await register(client)
    assert await take(zeven.as_(token(str(uuid4()), roles=grants)), incident) == 200
    path = f"/incident/v1/incidents/{incident['id']}/work-log"
    assert (await zeven.admin.post(path, json={"text": "Seen."})).status_code == 201
    await zeven.quiet()
    published = await zeven.admin.get("/incident/v1/events", params={"correlation_id": incident["correlation_id"]})
    roles = {each["type"]: each["actor"]["role"] for each in published.json()["items"]}
    assert roles["incident.registered.v1"] == "client"
    assert roles["incident.taken.v1"] == "architect"
    assert "administrator" in roles.values()


@pytest.mark.parametrize("role", ["client", "user"])
async def test_who_reads_through_another_process_acts_on_own_records_alone(zeven: World, role: str) -> None:
    grants = [{"role": "professional", "scope": "process:knowledge"}, {"role": role, "scope": None}]
    somebody = zeven.as_(token(str(uuid4()), party=str(OURS), roles=grants))
    theirs, own = await of_party(zeven, THEIRS), await register(somebody)
    assert (await read(somebody, theirs["id"]))["id"] == theirs["id"]
    path = f"/incident/v1/incidents/{theirs['id']}"
    assert (await read(somebody, theirs["id"], "/moves"))["items"] == []
    for trigger in ("cancel", "confirm", "reopen", "take"):
        answer = await fire(
            somebody, theirs, trigger, **({"reason": "Mine."} if trigger in ("cancel", "reopen") else {})
        )
        assert answer.status_code == 403, trigger
    assert (await somebody.post(f"{path}/work-log", json={"text": "Hello.", "public": True})).status_code == 403
    written = await somebody.post(f"/incident/v1/incidents/{own['id']}/work-log", json={"text": "Hello."})
    assert (written.status_code, written.json()["by_provider"], written.json()["public"]) == (201, False, True)


async def test_a_supplier_does_not_set_what_its_own_target_follows_from(zeven: World) -> None:
    incident = await moved(zeven.admin, await register(zeven.admin), "classify")
    incident = await moved(zeven.admin, incident, "assign", team_id=str(SUPPLIER_TEAM_ID))
    supplier = zeven.as_(token(str(uuid4()), "supplier", teams=[str(SUPPLIER_TEAM_ID)]))
    for name, value in (("impact", "low"), ("urgency", "low"), ("service_id", str(uuid4()))):
        answer = await fire(supplier, incident, "take", **{name: value})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, f"/{name}"), name
    taken = await fire(supplier, incident, "take", impact=incident["impact"])
    assert (taken.status_code, taken.json()["priority"]) == (200, incident["priority"])


async def test_roles_of_one_grant_never_act_on_rows_of_another(zeven: World) -> None:
    ours, theirs = await of_party(zeven, OURS), await of_party(zeven, THEIRS)
    grants = [{"role": "professional", "scope": f"party:{OURS}"}, {"role": "client", "scope": f"party:{THEIRS}"}]
    somebody = zeven.as_(token(str(uuid4()), roles=grants))
    for incident, triggers in ((ours, {"classify", "take", "cancel", "reroute"}), (theirs, {"cancel"})):
        items = (await read(somebody, incident["id"], "/moves"))["items"]
        assert {each["trigger"] for each in items} == triggers
    assert await take(somebody, theirs) == 409
    assert await take(somebody, ours) == 200


@pytest.mark.parametrize("side", ["client", "user"])
async def test_a_role_for_one_party_calls_in_the_name_of_no_other(zeven: World, side: str) -> None:
    stranger = uuid4()
    person = PersonRegistered(number="PER-9", name="Lee Dunn", party_id=BAKERY_ID, active=True)
    await deliver(zeven, envelope("governance", stranger, person))
    grants = [{"role": "professional", "scope": f"party:{CLIENT_ID}"}, {"role": side, "scope": None}]
    somebody = zeven.as_(token(str(uuid4()), party=str(OURS), roles=grants))
    for field, value in (("party_id", BAKERY_ID), ("caller_id", stranger)):
        refused = await somebody.post("/incident/v1/calls", json={**CALL, field: str(value)})
        assert refused.status_code == 422, refused.text
        assert refused.json()["errors"][0]["pointer"] == f"/{field}"
    for named in ({"party_id": str(CLIENT_ID)}, {"caller_id": str(PERSON_ID)}):
        assert (await register(somebody, **named))["party_id"] == str(CLIENT_ID)
    assert (await register(somebody))["party_id"] == str(OURS)
