"""Lists of incidents: JSON from the database, the same for everybody except for rows that the caller may not see."""

from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from services.incident.incidents.schemas import IncidentPage, IncidentView
from tests.incident.conftest import SUPPLIER_TEAM_ID
from tests.incident.desk import moved, read, register
from tests.shared.test_lists import FORGED, forged
from tests.world import World, token

INCIDENTS = "/incident/v1/incidents"


async def listed(client: Any, **asked: Any) -> list[str]:
    answer = await client.get(INCIDENTS, params=asked)
    assert answer.status_code == 200, answer.text
    return [each["id"] for each in IncidentPage.model_validate(answer.json()).model_dump(mode="json")["items"]]


async def test_a_list_and_a_single_read_write_the_same(zeven: World) -> None:
    made = await register(zeven.admin, title='A "quoted" title, a \\ and the time 10:00+00:00')
    (item, *_) = (await zeven.admin.get(INCIDENTS, params={"limit": 1})).json()["items"]
    assert item == made
    assert IncidentView.model_validate(made).model_dump(mode="json") == made
    assert made["created_at"].endswith("Z")


async def test_two_of_a_kind_see_their_own_lists_one_after_the_other(zeven: World) -> None:
    clients = [zeven.as_(token(str(uuid4()), "user", party=str(uuid4()))) for _ in range(3)]
    theirs = [(await register(client))["id"] for client in clients]
    for client, own in zip(clients, theirs, strict=True):
        assert await listed(client) == [own]
        assert await listed(client, priority="P2") == [own]
        assert await listed(client, priority="P1") == []
        assert (await read(client, own))["id"] == own
        assert [(await client.get(f"{INCIDENTS}/{other}")).status_code for other in theirs].count(200) == 1


async def test_a_record_is_found_by_its_number_where_it_may_be_seen(zeven: World) -> None:
    user, other = (zeven.as_(token(str(uuid4()), "user", party=str(uuid4()))) for _ in range(2))
    mine = await register(user)
    assert await listed(zeven.admin, number=mine["number"]) == await listed(user, number=mine["number"]) == [mine["id"]]
    assert await listed(other, number=mine["number"]) == []
    assert await listed(zeven.admin, party_id=mine["party_id"], caller_id=mine["caller_id"]) == [mine["id"]]
    (call,) = (await user.get("/incident/v1/calls")).json()["items"]
    found = await zeven.admin.get("/incident/v1/calls", params={"number": call["number"]})
    assert [each["id"] for each in found.json()["items"]] == [call["id"]]


async def test_a_supplier_sees_what_its_teams_work_on(zeven: World) -> None:
    incident = await register(zeven.admin)
    supplier = zeven.as_(token(str(uuid4()), "supplier", teams=[str(SUPPLIER_TEAM_ID)]))
    without = zeven.as_(token(str(uuid4()), "supplier"))
    assert incident["id"] not in await listed(supplier, limit=200)
    await moved(zeven.admin, incident, "classify", "assign", team_id=str(SUPPLIER_TEAM_ID))
    assert incident["id"] in await listed(supplier, limit=200)
    assert (await without.get(INCIDENTS)).status_code == 403


async def test_pages_follow_each_other_in_every_order(zeven: World) -> None:
    client = zeven.as_(token(str(uuid4()), "user", party=str(uuid4())))
    made = [(await register(client))["id"] for _ in range(7)]
    for sort in ("created_at", "-created_at", "updated_at", "-updated_at", "number", "-number"):
        found: list[str] = []
        query: dict[str, Any] = {"limit": 3, "sort": sort, "count": True}
        while True:
            page = (await client.get(INCIDENTS, params=query)).json()
            found += [each["id"] for each in page["items"]]
            assert page["total"] == 7
            if page["next"] is None:
                break
            query["cursor"] = page["next"]
        assert found == (made[::-1] if sort.startswith("-") else made)


@pytest.mark.parametrize("value", FORGED, ids=repr)
@pytest.mark.parametrize("sort", ["-created_at", "number"])
async def test_a_forged_cursor_is_refused_or_finds_nothing(zeven: World, sort: str, value: Any) -> None:
    cursor = forged("incident", msgspec.json.encode([sort, False, value, UUID(int=1)]))
    answer = await zeven.admin.get(INCIDENTS, params={"cursor": cursor, "sort": sort})
    assert answer.status_code in (200, 400), answer.text
    if answer.status_code == 400:
        assert answer.json()["type"].endswith(":bad-request")
