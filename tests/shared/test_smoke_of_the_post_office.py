"""The shortest scenario of the kernel: a registered parcel is delivered."""

from collections.abc import Callable
from typing import Any

from tests.shared.post_office.counter.service import SERVICE as COUNTER
from tests.shared.post_office.rounds.service import SERVICE as ROUNDS
from tests.world import world


async def test_a_registered_parcel_gets_a_stop(make_database: Callable[[str], Any]) -> None:
    async with world((COUNTER, ROUNDS), make_database) as zeven:
        answer = await zeven.admin.post("/counter/v1/parcels", json={"label": "books", "weight": 3})
        assert answer.status_code == 201
        await zeven.quiet()
        stops = (await zeven.admin.get("/rounds/v1/events")).json()["items"]
        assert [stop["data"]["parcel_id"] for stop in stops] == [answer.json()["id"]]
        assert stops[0]["correlationid"] == answer.json()["id"]
