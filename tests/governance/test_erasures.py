"""Erasing people: who may, whom, and what is left of them in governance."""

from typing import Any
from uuid import uuid4

import pytest

from shared.contracts.defaults import ADMIN_ID
from tests.governance.conftest import PASSWORD, ask, events_of, give, made, move, person, sign_in
from tests.world import World, token

PEOPLE = "/governance/v1/people"
WHY = {"reason": "Asked for, case 2231."}


async def gone(platform: World, **fields: Any) -> dict[str, Any]:
    """Somebody who is retired."""
    robin = await person(platform, email=f"{uuid4().hex}@harbour.example", **fields)
    assert (await move(platform, "people", robin, "retire")).status_code == 200
    return robin


async def settled(platform: World) -> None:
    """Return once governance has done its part of all erasures."""
    await platform.quiet()
    while await platform.running("governance").run_job("erase"):
        await platform.quiet()


async def test_an_erased_person_has_no_name_address_or_sign_in(issuing: World) -> None:
    robin = await person(issuing, email="robin@harbour.example")
    tokens = await sign_in(issuing, robin["username"], PASSWORD)
    await move(issuing, "people", robin, "retire")
    answer = await issuing.admin.post(f"{PEOPLE}/{robin['id']}/erasure", json=WHY)
    assert answer.status_code == 201
    erasure = answer.json()
    assert answer.headers["Location"].endswith(f"/erasures/{erasure['id']}")
    assert (erasure["requested_by"], erasure["reason"]) == (str(ADMIN_ID), WHY["reason"])
    after = (await issuing.admin.get(f"{PEOPLE}/{robin['id']}")).json()
    assert (after["name"], after["email"], after["username"], after["state"]) == ("erased", None, None, "retired")
    assert after["erased_at"] is not None
    assert (await ask(issuing, grant_type="password", username=robin["username"], password=PASSWORD)).status_code == 400
    refreshed = await ask(issuing, grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert refreshed.status_code == 400
    async with issuing.running("governance").engine.connect() as connection:
        for table in ("credential", "refresh_token"):
            query = f"SELECT count(*) FROM {table} WHERE person_id = '{robin['id']}'"
            assert (await connection.exec_driver_sql(query)).scalar_one() == 0
    last = (await events_of(issuing, robin["id"]))[-1]
    assert (last["type"], last["data"]["name"]) == ("person.erased.v1", "erased")
    assert WHY["reason"] not in str(last)
    await person(issuing, username=robin["username"])


async def test_the_account_at_a_provider_goes_too(zeven: World) -> None:
    robin, subject = await person(zeven), f"robin@{uuid4().hex}.example"
    account = {"person_id": robin["id"], "issuer": "https://login.harbour.example", "subject": subject}
    link = await made(zeven, "provider-accounts", **account)
    await move(zeven, "people", robin, "retire")
    await zeven.admin.post(f"{PEOPLE}/{robin['id']}/erasure", json=WHY)
    await settled(zeven)
    after = (await zeven.admin.get(f"/governance/v1/provider-accounts/{link['id']}")).json()
    assert (after["subject"], after["state"]) == ("erased", "unlinked")
    told = await events_of(zeven, link["id"])
    assert [each["data"]["subject"] for each in told] == ["erased", "erased"]
    assert (await zeven.admin.get("/governance/v1/audit")).json()["broken"] is None


async def test_somebody_active_is_retired_first(zeven: World) -> None:
    robin = await person(zeven)
    refused = await zeven.admin.post(f"{PEOPLE}/{robin['id']}/erasure", json=WHY)
    assert (refused.status_code, refused.json()["type"].rpartition(":")[2]) == (409, "person-active")
    assert (await zeven.admin.get(f"{PEOPLE}/{robin['id']}")).json()["name"] == "Robin Vale"
    assert (await zeven.admin.get(f"{PEOPLE}/{robin['id']}/erasure")).status_code == 404


async def test_the_last_administrator_cannot_be_erased(issuing: World) -> None:
    assert (await issuing.admin.post(f"{PEOPLE}/{ADMIN_ID}/erasure", json=WHY)).status_code == 409
    admin = (await issuing.admin.get(f"{PEOPLE}/{ADMIN_ID}")).json()
    refused = await move(issuing, "people", admin, "retire")
    assert refused.json()["type"].endswith("last-administrator")


async def test_a_second_request_gives_the_same_erasure(zeven: World) -> None:
    robin = await gone(zeven)
    first = await zeven.admin.post(f"{PEOPLE}/{robin['id']}/erasure", json=WHY)
    second = await zeven.admin.post(f"{PEOPLE}/{robin['id']}/erasure", json={"reason": "Another one."})
    assert (first.status_code, second.status_code) == (201, 200)
    assert (second.json()["id"], second.json()["reason"]) == (first.json()["id"], WHY["reason"])
    assert [each["type"] for each in await events_of(zeven, robin["id"])].count("person.erased.v1") == 1
    listed = (await zeven.admin.get("/governance/v1/erasures", params={"person_id": robin["id"]})).json()["items"]
    assert [each["id"] for each in listed] == [first.json()["id"]]


async def test_nothing_is_added_to_somebody_erased(zeven: World) -> None:
    robin = await gone(zeven)
    await zeven.admin.post(f"{PEOPLE}/{robin['id']}/erasure", json=WHY)
    path = f"{PEOPLE}/{robin['id']}"
    etag = {"If-Match": (await zeven.admin.get(path)).headers["ETag"]}
    for refused in (
        await zeven.admin.patch(path, json={"name": "Robin Vale"}, headers=etag),
        await zeven.admin.post(f"{path}/moves", json={"trigger": "reactivate"}, headers=etag),
        await zeven.admin.put(f"{path}/password", json={"new_password": PASSWORD}),
    ):
        assert (refused.status_code, refused.json()["type"].rpartition(":")[2]) == (409, "person-erased")
    assert (await zeven.admin.get(path)).json()["name"] == "erased"


@pytest.mark.parametrize("roles", [("service_desk_agent",), ("it_director",), ("client",), ("operator",)])
async def test_only_an_administrator_erases_and_sees_erasures(zeven: World, roles: tuple[str, ...]) -> None:
    robin = await gone(zeven)
    other = zeven.as_(token(str(uuid4()), *roles))
    answers = [
        await other.post(f"{PEOPLE}/{robin['id']}/erasure", json=WHY),
        await other.post(f"{PEOPLE}/{robin['id']}/erasure/repeat"),
        await other.get(f"{PEOPLE}/{robin['id']}/erasure"),
        await other.get("/governance/v1/erasures"),
    ]
    assert {answer.status_code for answer in answers} <= {403, 404}
    assert (await zeven.admin.get(f"{PEOPLE}/{robin['id']}")).json()["name"] == "Robin Vale"


async def test_an_erasure_waits_for_the_answer_of_every_service(zeven: World) -> None:
    robin = await gone(zeven)
    erasure = (await zeven.admin.post(f"{PEOPLE}/{robin['id']}/erasure", json=WHY)).json()
    assert erasure["awaited"] == ["change", "governance", "incident", "knowledge", "service_level"]
    await settled(zeven)
    erasure = (await zeven.admin.get(f"/governance/v1/erasures/{erasure['id']}")).json()
    assert (erasure["complete"], erasure["awaited"]) == (False, ["change", "incident", "knowledge", "service_level"])
    (answer,) = erasure["answers"]
    assert (answer["service"], answer["events"]) == ("governance", 2)


async def test_the_reason_of_an_administrator_who_is_erased_goes_too(zeven: World) -> None:
    first, second = await gone(zeven), await person(zeven)
    await give(zeven, second["id"], "administrator")
    other = zeven.as_(token(second["id"]))
    await other.post(f"{PEOPLE}/{first['id']}/erasure", json={"reason": "I knew Robin well."})
    await move(zeven, "people", second, "retire")
    await zeven.admin.post(f"{PEOPLE}/{second['id']}/erasure", json=WHY)
    await settled(zeven)
    assert (await zeven.admin.get(f"{PEOPLE}/{first['id']}/erasure")).json()["reason"] == "erased"


async def test_an_unknown_person_cannot_be_erased(zeven: World) -> None:
    assert (await zeven.admin.post(f"{PEOPLE}/{uuid4()}/erasure", json=WHY)).status_code == 404
