"""Attainment equals what the list of clocks says, group by group, for every caller."""

from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from cli.demo_data import write
from services.service_level.manifest import SERVICE
from shared import clock
from shared.contracts.defaults import GENERAL_SUPPORT_ID
from tests.life.books import everything
from tests.service_level.agreements.test_agreements import party
from tests.service_level.publishing import Incident, deliver, events_of
from tests.world import World, token, world

ATTAINMENT, PERFORMANCE = "/service-level/v1/attainment", "/service-level/v1/performance"
RESULTS = ("met", "breached", "running", "not_measured", "cancelled")
PARTY = uuid4()
ZONE = "Pacific/Kiritimati"  # fourteen hours ahead, so that many records belong to another month than in UTC


def present() -> Iterator[Any]:
    """Incidents of now: late, running, cancelled with and without a clock, and one that has no priority."""
    at = clock.now() - timedelta(days=40)
    classified = {"priority": "P1", "service_id": GENERAL_SUPPORT_ID, "party_id": PARTY, "team": "Desk"}
    for number, state in enumerate(("in_recovery", "recovered", "cancelled", "in_recovery", None)):
        began = clock.now() if number == 3 else at
        incident = Incident(f"INC-9{number}", began, party_id=PARTY)
        yield incident.event()
        if state:
            yield incident.event(began + timedelta(minutes=1), "classified", **classified)
            yield incident.event(began + timedelta(minutes=2), state)
    withdrawn = Incident("INC-99", at)
    yield withdrawn.event()
    yield withdrawn.event(at + timedelta(minutes=1), "cancelled")


@pytest.fixture(scope="module")
async def zeven(make_database: Callable[[str], Any], tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    history = tmp_path_factory.mktemp("history") / "incidents.csv"
    write(Path(history), incidents=300)
    async with world((SERVICE,), make_database) as zeven:
        await deliver(zeven, [party(PARTY, "Harbour Museum"), *events_of(history), *present()])
        yield zeven


async def attained(zeven: World, query: str = "") -> list[dict[str, Any]]:
    answer = await zeven.admin.get(f"{ATTAINMENT}?{query}")
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


def of_the_clock(each: dict[str, Any], zone: str) -> dict[str, str | None]:
    """What a clock belongs to, by dimension; clocks start when their record is registered."""
    began = datetime.fromisoformat(each["started_at"]).astimezone(ZoneInfo(zone))
    return {
        "month": f"{began:%Y-%m}",
        "service": each["service_id"],
        "priority": each["priority"],
        "client": each["party_id"],
        "team": each["team"],
    }


@pytest.mark.parametrize(
    "group_by",
    [
        (),
        ("month",),
        ("service", "priority"),
        ("client",),
        ("team", "month"),
        ("priority", "team", "client", "service", "month"),
    ],
)
@pytest.mark.parametrize("zone", ["UTC", ZONE])
async def test_the_counts_are_those_of_the_clocks(zeven: World, group_by: tuple[str, ...], zone: str) -> None:
    counted: Counter[tuple[Any, ...]] = Counter()
    for each in await everything(zeven.admin, "/service-level/v1/clocks"):
        place = of_the_clock(each, zone)
        counted[each["target"], *(place[name] for name in group_by), each["verdict"]] += 1
    items = await attained(zeven, "&".join([f"zone={zone}", *(f"group_by={name}" for name in group_by)]))
    assert all(list(item["group"]) == list(group_by) for item in items)
    found = {
        (item["target"], *item["group"].values(), name): item[name]
        for item in items
        for name in ("met", "breached", "running")
        if item[name]
    }
    assert found == {key: number for key, number in counted.items() if key[-1] != "cancelled"}
    assert all(item["records"] == sum(item[name] for name in RESULTS) for item in items)
    total = (await zeven.admin.get(PERFORMANCE)).json()["incidents"]
    for target in ("response", "restore"):
        assert sum(item["records"] for item in items if item["target"] == target) == total


async def test_what_has_no_clock_is_not_measured_unless_it_was_withdrawn(zeven: World) -> None:
    (item,) = await attained(zeven, f"target=restore&party_id={PARTY}")
    assert {name: item[name] for name in ("records", *RESULTS)} == {
        "records": 5,
        "met": 1,
        "breached": 1,
        "running": 1,
        "not_measured": 1,
        "cancelled": 1,
    }
    assert item["attained_percent"] == 50
    (alone,) = [
        one for one in await attained(zeven, "target=restore&group_by=priority") if one["group"]["priority"] is None
    ]
    assert (alone["not_measured"], alone["cancelled"]) == (1, 1)


async def test_a_target_or_group_that_is_named_twice_counts_once(zeven: World) -> None:
    assert await attained(zeven, "target=restore&target=restore&group_by=team&group_by=team") == await attained(
        zeven, "target=restore&group_by=team"
    )


async def test_a_share_of_hundred_means_that_none_was_late(zeven: World) -> None:
    for item in await attained(zeven, "group_by=team&group_by=priority"):
        ended = item["met"] + item["breached"]
        if not ended:
            assert item["attained_percent"] is None
        else:
            assert (item["attained_percent"] == 100) == (item["breached"] == 0)
            assert 0 <= item["met"] / ended * 100 - item["attained_percent"] < 0.0101


async def test_the_order_is_that_of_the_groups_and_what_has_none_comes_last(zeven: World) -> None:
    items = await attained(zeven, "group_by=client&group_by=month&target=response")
    keys = [tuple((value is None, value or "") for value in item["group"].values()) for item in items]
    assert keys == sorted(keys)


async def test_names_are_added_where_they_are_requested(zeven: World) -> None:
    answer = (await zeven.admin.get(f"{ATTAINMENT}?group_by=client&group_by=service&include=names")).json()
    assert answer["names"][str(PARTY)] == "Harbour Museum"
    assert str(GENERAL_SUPPORT_ID) in answer["names"]
    assert (await zeven.admin.get(f"{ATTAINMENT}?group_by=client")).json()["names"] is None


async def test_a_client_gets_the_figures_of_its_own_party(zeven: World) -> None:
    client = zeven.as_(token(str(uuid4()), "client", party=str(PARTY)))
    items = (await client.get(f"{ATTAINMENT}?group_by=client")).json()["items"]
    assert {item["group"]["client"] for item in items} == {str(PARTY)}
    assert {item["records"] for item in items} == {5}
    assert (await zeven.as_(token(str(uuid4()), "client", party=str(uuid4()))).get(ATTAINMENT)).json()["items"] == []
    assert (await zeven.as_(token(str(uuid4()), "user")).get(ATTAINMENT)).status_code == 403


@pytest.mark.parametrize(
    "query",
    ["zone=Mars/Olympus", "zone=../../etc/passwd", "zone=", "group_by=weather", "target=joy", "zone=UTC&zone=UTC"],
)
async def test_what_it_does_not_know_is_refused(zeven: World, query: str) -> None:
    assert (await zeven.admin.get(f"{ATTAINMENT}?{query}")).status_code in (400, 422)


async def test_a_period_counts_by_the_moment_of_registration(zeven: World) -> None:
    months = await attained(zeven, "target=restore&group_by=month")
    second = months[1]["group"]["month"]
    later = await attained(zeven, f"target=restore&group_by=month&from={second}-01T00:00:00Z")
    assert later == months[1:]
