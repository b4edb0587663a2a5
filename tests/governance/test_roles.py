"""Roles: assigned and withdrawn by administrators, one of whom always remains."""

import asyncio
from uuid import UUID

import pytest

from shared.contracts.defaults import ADMIN_ID, CLIENT_ID, PROVIDER_ID
from tests.governance.conftest import events_of, give, made, move, person
from tests.world import World, token

URL = "/governance/v1/role-assignments"


async def test_a_role_is_given_and_taken_and_both_are_published(zeven: World) -> None:
    robin = await person(zeven, password=None)
    given = await give(zeven, robin["id"], "approver", f"party:{str(CLIENT_ID).upper()}")
    assert (given["state"], given["scope"]) == ("assigned", f"party:{CLIENT_ID}")
    assert (await zeven.admin.delete(f"{URL}/{given['id']}")).status_code == 428
    assert (await zeven.admin.delete(f"{URL}/{given['id']}", headers={"If-Match": '"1"'})).status_code == 204
    kept = (await zeven.admin.get(f"{URL}/{given['id']}")).json()
    assert kept["state"] == "withdrawn"
    assert kept["withdrawn_at"] is not None
    twice = await zeven.admin.delete(f"{URL}/{given['id']}", headers={"If-Match": '"2"'})
    assert twice.status_code == 409
    events = await events_of(zeven, given["id"])
    assert [(event["type"], event["about"]) for event in events] == [
        ("role.assigned.v1", robin["id"]),
        ("role.withdrawn.v1", robin["id"]),
    ]
    assert events[0]["data"] == {"person_id": robin["id"], "role": "approver", "scope": f"party:{CLIENT_ID}"}


async def test_a_role_is_held_once_per_scope_and_may_be_given_anew(zeven: World) -> None:
    robin = await person(zeven, password=None)
    body = {"person_id": robin["id"], "role": "approver", "scope": "process:change"}
    answers = await asyncio.gather(*(zeven.admin.post(URL, json=body) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert (await zeven.admin.post(URL, json={**body, "scope": None})).status_code == 201
    (first,) = [answer.json() for answer in answers if answer.status_code == 201]
    await zeven.admin.delete(f"{URL}/{first['id']}", headers={"If-Match": '"1"'})
    assert (await zeven.admin.post(URL, json=body)).status_code == 201


@pytest.mark.parametrize(
    "scope",
    [
        "",
        "everywhere",
        "party:",
        "party:x",
        f"party:{UUID(int=1)}",
        f"team:{UUID(int=2)}",
        "process:cooking",
        f"room:{UUID(int=3)}",
    ],
)
async def test_a_scope_names_something_that_exists(zeven: World, scope: str) -> None:
    body = {"person_id": str(ADMIN_ID), "role": "approver", "scope": scope}
    refused = await zeven.admin.post(URL, json=body)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/scope")


async def test_an_administrator_has_no_scope(zeven: World) -> None:
    robin = await person(zeven, password=None)
    body = {"person_id": robin["id"], "role": "administrator", "scope": f"party:{CLIENT_ID}"}
    refused = await zeven.admin.post(URL, json=body)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/scope")


async def test_only_known_roles_are_given_to_active_people_by_administrators(zeven: World) -> None:
    gone = await person(zeven, password=None)
    await move(zeven, "people", gone, "retire")
    assert (await zeven.admin.post(URL, json={"person_id": gone["id"], "role": "user"})).status_code == 422
    assert (await zeven.admin.post(URL, json={"person_id": str(ADMIN_ID), "role": "king"})).status_code == 422
    manager = zeven.as_(token("m", "process_manager"))
    assert (await manager.post(URL, json={"person_id": str(ADMIN_ID), "role": "user"})).status_code == 403


async def test_a_client_sees_the_own_roles_alone(zeven: World) -> None:
    robin = await person(zeven, password=None)
    mine = await give(zeven, robin["id"], "user")
    robins = zeven.as_(token(robin["id"], "user"))
    assert [each["id"] for each in (await robins.get(URL)).json()["items"]] == [mine["id"]]
    (admins,) = (await zeven.admin.get(URL, params={"person_id": str(ADMIN_ID), "state": "assigned"})).json()["items"]
    assert (await robins.get(f"{URL}/{admins['id']}")).status_code == 404


async def test_the_last_administrator_stays(zeven: World) -> None:
    query = {"role": "administrator", "state": "assigned"}
    (first,) = (await zeven.admin.get(URL, params=query)).json()["items"]
    assert first["person_id"] == str(ADMIN_ID)

    async def refused_everywhere() -> None:
        withdrawn = await zeven.admin.delete(f"{URL}/{first['id']}", headers={"If-Match": f'"{first["version"]}"'})
        retired = await move(zeven, "people", {"id": str(ADMIN_ID)}, "retire")
        party = await move(zeven, "parties", {"id": str(PROVIDER_ID)}, "retire")
        for answer in (withdrawn, retired, party):
            assert (answer.status_code, answer.json()["type"]) == (409, "urn:zeven:problem:last-administrator")

    await refused_everywhere()
    robin = await person(zeven, password=None)
    await give(zeven, robin["id"], "administrator")
    await move(zeven, "people", robin, "retire")
    await refused_everywhere()
    await move(zeven, "people", robin, "reactivate")
    assert (await move(zeven, "people", {"id": str(ADMIN_ID)}, "retire")).status_code == 200
    assert (await move(zeven, "people", robin, "retire")).status_code == 409
    assert (await move(zeven, "people", {"id": str(ADMIN_ID)}, "reactivate")).status_code == 200
    assert (await move(zeven, "people", robin, "retire")).status_code == 200


async def test_two_who_remove_each_other_leave_one(zeven: World) -> None:
    robin = await person(zeven, password=None)
    await give(zeven, robin["id"], "administrator")
    both = [robin, {"id": str(ADMIN_ID)}]
    answers = await asyncio.gather(*(move(zeven, "people", each, "retire") for each in both))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    if answers[1].status_code == 200:
        assert (await move(zeven, "people", both[1], "reactivate")).status_code == 200


@pytest.mark.parametrize("noun", ["parties", "teams"])
async def test_no_role_begins_within_what_is_retired_and_those_that_are_held_stay(zeven: World, noun: str) -> None:
    kind = {"parties": "party", "teams": "team"}[noun]
    team = {"kind": "service_team", "domain": "technical", "party_id": str(CLIENT_ID)}
    record = await made(zeven, noun, name="Elm Works", **({"kind": "client"} if kind == "party" else team))
    scope, robin = f"{kind}:{record['id']}", await person(zeven, password=None)
    role = {"role": "approver", "scope": scope}
    account = await made(zeven, "service-accounts", name="Reports", roles=[role])
    await move(zeven, noun, record, "retire")
    refused = await zeven.admin.post(URL, json={"person_id": robin["id"], **role})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/scope")
    address, seen = f"/governance/v1/service-accounts/{account['id']}", {"If-Match": f'"{account["version"]}"'}
    more = {"roles": [role, {"role": "user", "scope": None}]}
    kept = await zeven.admin.patch(address, json=more, headers=seen)
    assert kept.status_code == 200, kept.text
    assert role in kept.json()["roles"]
    other = {"roles": [{"role": "user", "scope": scope}]}
    refused = await zeven.admin.patch(address, json=other, headers={"If-Match": "*"})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/roles/0/scope")
