"""`zeven demo`: an invented hospital at work, on a running platform; a second time adds nothing."""

import re
from collections import Counter
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx2
import pytest

from cli.demo import ACCOUNTS
from tests.life.books import everything
from tests.life.commandline import Ended, zeven
from tests.life.desk import json_of
from tests.life.embedded import embedded, signed_in

COUNTED = (
    "/governance/v1/people",
    "/governance/v1/role-assignments",
    "/service-level/v1/agreements",
    "/knowledge/v1/items",
    "/incident/v1/incidents",
    "/change/v1/rfcs",
    "/change/v1/changes",
)


class Demo:
    """A platform after the demo, and what the command printed."""

    def __init__(self, address: str, client: httpx2.AsyncClient, ended: Ended) -> None:
        self.address, self.client, self.ended = address, client, ended

    async def all(self, path: str, **filters: Any) -> list[dict[str, Any]]:
        return await everything(self.client, path, **filters)

    async def counts(self) -> dict[str, int]:
        return {path: len(await self.all(path)) for path in COUNTED}


@pytest.fixture(scope="module")
async def demo(logs: Path) -> AsyncIterator[Demo]:
    async with embedded(logs) as platform, signed_in(platform) as client:
        address = f"http://127.0.0.1:{platform.port}"
        ended = await zeven(address, "demo", "--incidents", "150")
        assert ended.code == 0, ended.complaint
        yield Demo(address, client, ended)


async def test_the_hospital_has_people_teams_services_agreements_and_knowledge(demo: Demo) -> None:
    people = await demo.all("/governance/v1/people")
    assert len([one for one in people if str(one["email"]).endswith("@lindenhof.example")]) == 40
    teams = await demo.all("/governance/v1/teams")
    assert len(teams) == 6
    assert all(team["member_ids"] for team in teams)
    parties = await demo.all("/governance/v1/parties", kind="client")
    assert {"Lindenhof Hospital", "Harbour View Clinic", "Northern Laboratory"} <= {one["name"] for one in parties}
    agreements = await demo.all("/service-level/v1/agreements", state="active")
    assert len({one["service_id"] for one in agreements} - {None}) == 12
    items = await demo.all("/knowledge/v1/items")
    assert Counter(item["state"] for item in items) == {"current": 60}
    assert len({item["language"] for item in items} & {"nl", "en"}) == 2


async def test_its_history_has_texts_services_teams_and_callers(demo: Demo) -> None:
    history = await demo.all("/incident/v1/incidents", source="demo")
    assert len(history) == 150
    assert all(one["service_id"] and one["caller_id"] and one["party_id"] and one["description"] for one in history)
    assert len({one["title"] for one in history}) > 20
    assert sum(one["team_id"] is not None for one in history) > 100
    attained = json_of(await demo.client.get("/service-level/v1/attainment?group_by=service&target=restore"))
    assert len([item for item in attained["items"] if item["met"]]) >= 10


async def test_today_has_open_incidents_with_clocks_of_every_kind(demo: Demo) -> None:
    clocks = await demo.all("/service-level/v1/clocks", target="restore", state=["running", "paused"])
    assert {(one["state"], one["verdict"]) for one in clocks} >= {("running", "running"), ("paused", "running")}
    today = [one for one in await demo.all("/incident/v1/incidents") if one["source"] is None]
    assert {one["state"] for one in today} == {"registered", "assigned", "in_recovery", "pending", "recovered"}


async def test_changes_of_this_week_conflict_and_wait_for_approval(demo: Demo) -> None:
    changes = {one["state"]: one for one in await demo.all("/change/v1/changes")}
    assert set(changes) == {"authorised", "planned", "in_test", "accepted"}
    waiting = [
        json_of(await demo.client.get(f"/change/v1/changes/{one['id']}/approvals"))["awaited"]
        for one in await demo.all("/change/v1/changes", state="planned")
    ]
    assert any(waiting)
    assert len(await demo.all("/change/v1/rfcs", state="submitted")) == 2
    windows = sorted(
        (one["planned_start"], one["planned_end"], one["ki_ids"])
        for one in await demo.all("/change/v1/changes")
        if one["planned_start"]
    )
    assert any(one[2] == other[2] and other[0] < one[1] for one, other in pairwise(windows)), (
        "two changes of one item at the same time"
    )


async def test_the_accounts_that_it_prints_can_sign_in(demo: Demo) -> None:
    for name in ACCOUNTS:
        (password,) = re.findall(rf"\b{name} (\S+)", demo.ended.printed)
        form = {"grant_type": "password", "username": name, "password": password}
        async with httpx2.AsyncClient(base_url=demo.address) as nobody:
            answer = json_of(await nobody.post("/governance/v1/token", data=form))
            bearer = {"Authorization": f"Bearer {answer['access_token']}"}
            assert (await nobody.get("/incident/v1/incidents?limit=1", headers=bearer)).json()["items"], name


async def test_a_second_time_adds_nothing(demo: Demo) -> None:
    before = await demo.counts()
    again = await zeven(demo.address, "demo", "--incidents", "150")
    assert again.code == 0, again.complaint
    assert "0 incidents imported" in again.printed
    assert await demo.counts() == before
