"""People: stored, visible to the right people, retired with all consequences."""

from uuid import uuid4

from shared.contracts.defaults import ADMIN_ID, CLIENT_ID, PROVIDER_ID
from tests.governance.conftest import PASSWORD, ask, events_of, made, move, person, sign_in
from tests.world import World, token

URL = "/governance/v1/people"


async def test_a_registered_person_is_published_without_name_of_sign_in_or_address(zeven: World) -> None:
    robin = await person(zeven, password=None, email="robin@harbour.example")
    assert robin["number"].startswith("PER-")
    (event,) = await events_of(zeven, robin["id"])
    assert event["type"] == "person.registered.v1"
    expected = {"number": robin["number"], "name": "Robin Vale", "party_id": str(CLIENT_ID), "active": True}
    assert event["data"] == expected


async def test_a_username_belongs_to_one_person_whatever_its_case(zeven: World) -> None:
    taken = f"Sam.{uuid4().hex[:6]}@Harbour.example"
    sam = await person(zeven, password=None, username=taken)
    assert sam["username"] == taken.lower()
    again = {"name": "Sam", "party_id": str(CLIENT_ID), "username": taken.upper()}
    refused = await zeven.admin.post(URL, json=again)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (409, "/username")
    assert refused.json()["type"].endswith("username-taken")
    other = await person(zeven, password=None)
    change = {"username": taken}
    renamed = await zeven.admin.patch(f"{URL}/{other['id']}", json=change, headers={"If-Match": '"1"'})
    assert renamed.status_code == 409
    found = (await zeven.admin.get(URL, params={"username": taken.upper()})).json()["items"]
    assert [each["id"] for each in found] == [sam["id"]]


async def test_the_party_must_be_known_and_active(zeven: World) -> None:
    gone = await made(zeven, "parties", name="Gone", kind="client")
    await move(zeven, "parties", gone, "retire")
    for party in (str(uuid4()), gone["id"]):
        refused = await zeven.admin.post(URL, json={"name": "Nobody", "party_id": party})
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/party_id")


async def test_a_correction_changes_only_what_was_sent(zeven: World) -> None:
    robin = await person(zeven, password=None, email="robin@harbour.example")
    url = f"{URL}/{robin['id']}"
    changed = await zeven.admin.patch(
        url, json={"email": None, "party_id": str(PROVIDER_ID)}, headers={"If-Match": '"1"'}
    )
    assert changed.status_code == 200, changed.text
    assert {**robin, "email": None, "party_id": str(PROVIDER_ID), "version": 2} == {
        **changed.json(),
        "updated_at": robin["updated_at"],
    }
    assert (await zeven.admin.patch(url, json={"username": None}, headers={"If-Match": '"2"'})).status_code == 422


async def test_people_of_another_party_are_not_there(zeven: World) -> None:
    robin = await person(zeven, password=None)
    client = zeven.as_(token("c", "client", party=str(CLIENT_ID)))
    assert (await client.get(f"{URL}/{robin['id']}")).status_code == 200
    assert (await client.get(f"{URL}/{ADMIN_ID}")).status_code == 404
    assert {each["party_id"] for each in (await client.get(URL)).json()["items"]} == {str(CLIENT_ID)}
    user = zeven.as_(token(robin["id"], "user", party=str(CLIENT_ID)))
    assert [each["id"] for each in (await user.get(URL)).json()["items"]] == [robin["id"]]
    provider = zeven.as_(token("p", "service_desk_agent"))
    assert (await provider.get(f"{URL}/{ADMIN_ID}")).status_code == 200


async def test_who_is_retired_leaves_the_teams_and_every_sign_in_ends(zeven: World) -> None:
    robin = await person(zeven)
    team = await made(
        zeven,
        "teams",
        name="Crew",
        kind="service_team",
        domain="technical",
        party_id=str(CLIENT_ID),
        member_ids=[robin["id"]],
    )
    tokens = await sign_in(zeven, robin["username"], PASSWORD)
    retired = await move(zeven, "people", robin, "retire")
    assert retired.json()["state"] == "retired"
    assert (await zeven.admin.get(f"/governance/v1/teams/{team['id']}")).json()["member_ids"] == []
    assert [event["data"]["member_ids"] for event in await events_of(zeven, team["id"])] == [[robin["id"]], []]
    for form in (
        {"grant_type": "password", "username": robin["username"], "password": PASSWORD},
        {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]},
    ):
        answer = await ask(zeven, **form)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    assert (await move(zeven, "people", robin, "reactivate")).json()["state"] == "active"
    again = await ask(zeven, grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert again.status_code == 400
    await sign_in(zeven, robin["username"], PASSWORD)


async def test_people_of_a_retired_party_cannot_sign_in(zeven: World) -> None:
    party = await made(zeven, "parties", name="Leaving", kind="client")
    robin = await person(zeven, party_id=party["id"])
    await sign_in(zeven, robin["username"], PASSWORD)
    await move(zeven, "parties", party, "retire")
    answer = await ask(zeven, grant_type="password", username=robin["username"], password=PASSWORD)
    assert answer.status_code == 400
