"""Work in the composed containers: a whole scenario, a service that dies meanwhile, replicas, and an imported history."""

import asyncio
import json
import os
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import httpx2
import pytest

from cli.demo_data import write
from tests.compose.composed import AWAY, ROOT, SERVICES, Composed, compose_environment
from tests.data.calculator import TARGET_SECONDS, expected
from tests.life.desk import Desk, Json, eventually, json_of
from tests.life.story import run_story

ANSWERED = """
import re, urllib.request
text = urllib.request.urlopen("http://127.0.0.1:8000/incident/metrics").read().decode()
print(sum(float(n) for n in re.findall(r'zeven_request_seconds_count{.*method="POST".*status="201".*} (.*)', text)))
"""
LONGEST = 180.0  # what a killed service had begun is taken up again two minutes later
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
CALENDARS = {
    "24x7": {"zone": "UTC", "hours": {day: [["00:00", "24:00"]] for day in DAYS}},
    "office": {"zone": "Europe/Amsterdam", "hours": {day: [["08:00", "18:00"]] for day in DAYS[:5]}, "country": "NL"},
}


async def call(desk: Desk, number: int) -> Json:
    """A registered call; asked again with the same key as long as nobody answers, as a careful client does."""
    body = {
        "type": "incident",
        "title": f"Call {number}",
        "description": "It is broken.",
        "impact": "low",
        "urgency": "low",
    }
    key = {"Idempotency-Key": f"call-{number}-{id(desk)}"}

    async def answer() -> httpx2.Response | None:
        try:
            reply = await desk.client.post("/incident/v1/calls", json=body, headers=key)
        except httpx2.TransportError:
            return None
        return None if reply.status_code in AWAY else reply

    record: Json = json_of(await eventually(answer, f"an answer to call {number}"))
    return record


async def clocks_of(desk: Desk, incident: str) -> Counter[str]:
    """How many clocks an incident has, by target."""
    items = (await desk.get("/service-level/v1/clocks", record_id=incident))["items"]
    return Counter(clock["target"] for clock in items)


async def one_of_each(desk: Desk, calls: list[Json]) -> None:
    """Return once every call has one incident of its own and each of those its two clocks; fails on a third one."""
    incidents = [each["record"]["id"] for each in calls]
    assert len(set(incidents)) == len(incidents)
    for incident in incidents:

        async def counted(incident: str = incident) -> Counter[str]:
            return await clocks_of(desk, incident)

        found = await eventually(counted, f"clocks of {incident}", LONGEST)
        assert found == Counter({"response": 1, "restore": 1})


async def nothing_is_left(desk: Desk) -> None:
    """Return once no event waits anywhere; fails on a dead letter."""

    async def quiet() -> bool:
        answer = [await desk.get(f"/{service}/readyz") for service in SERVICES]
        figures = [each["delivery"] for each in answer]
        assert all(each["dead_letters"] == 0 for each in figures), figures
        lanes = [each[box] for each in figures for box in ("inbox", "outbox")]
        return all(lane["live"] + lane["historical"] == 0 for lane in lanes)

    await eventually(quiet, "all events to be handled", LONGEST)


async def test_a_call_lives_its_whole_life(admin: httpx2.AsyncClient) -> None:
    assert (await run_story(admin))["state"] == "closed"


async def restarts(composed: Composed, service: str) -> int:
    """How often Docker has had to start the service again."""
    (container,) = await asyncio.to_thread(composed.containers, service)
    return int(container["RestartCount"])


async def has_come_back(composed: Composed, service: str, before: int) -> None:
    """Return once the service, which had been restarted `before` times, was restarted once more and is ready."""

    async def returned() -> bool:
        (container,) = await asyncio.to_thread(composed.containers, service)
        return container["RestartCount"] > before and container["State"].get("Health", {}).get("Status") == "healthy"

    await eventually(returned, f"{service} to come back by itself")


async def test_a_call_lives_its_whole_life_though_a_service_is_killed_meanwhile(
    composed: Composed, admin: httpx2.AsyncClient
) -> None:
    before = await restarts(composed, "service-level")
    story = asyncio.create_task(run_story(admin, LONGEST))
    await asyncio.to_thread(composed.kill, "service-level")
    assert (await story)["state"] == "closed"
    await has_come_back(composed, "service-level", before)
    await nothing_is_left(Desk(admin))


@pytest.mark.parametrize("service", ["service-level", "incident"])
async def test_a_killed_service_comes_back_and_nothing_is_lost(composed: Composed, desk: Desk, service: str) -> None:
    before = await restarts(composed, service)
    calls = [await call(desk, number) for number in range(5)]
    killing = asyncio.create_task(asyncio.to_thread(composed.kill, service))
    calls += [await call(desk, number) for number in range(5, 25)]
    await killing
    await has_come_back(composed, service, before)
    await one_of_each(desk, calls)
    await nothing_is_left(desk)


async def test_two_replicas_share_the_work_and_do_nothing_twice(composed: Composed, desk: Desk) -> None:
    await asyncio.to_thread(composed.up, "--no-recreate", "--scale", "incident=2", "--scale", "service-level=2")
    assert [len(composed.containers(service)) for service in ("incident", "service-level")] == [2, 2]
    calls = list(await asyncio.gather(*(call(desk, number) for number in range(100, 160))))
    answered = [float(composed.python("incident", ANSWERED, index=index)) for index in (1, 2)]
    assert all(answered), answered
    await one_of_each(desk, calls)
    await nothing_is_left(desk)
    for each in calls:
        chain = (await desk.get("/incident/v1/events", correlation_id=each["id"]))["items"]
        types = Counter(event["type"] for event in chain)
        assert types == Counter({"call.registered.v1": 1, "call.routed.v1": 1, "incident.registered.v1": 1})
    await asyncio.to_thread(composed.up, "--no-recreate", "--scale", "incident=1", "--scale", "service-level=1")


@dataclass(frozen=True)
class History:
    """A file to import, and what must come out of it in its own years."""

    file: Path
    source: str
    years: tuple[str, str]
    wanted: Json


@pytest.fixture(params=["invented", *(["real"] if "ZEVEN_TEST_HISTORY" in os.environ else [])])
def history(request: pytest.FixtureRequest, tmp_path: Path) -> History:
    """A generated history and, where the real one is at hand, that one too: it is no part of this repository."""
    if request.param == "invented":
        write(file := tmp_path / "invented.csv.gz", seed=11, incidents=300, start=date(2019, 4, 1))
        return History(file, "invented", ("2019", "2020"), expected(file))
    folder = Path(os.environ["ZEVEN_TEST_HISTORY"])
    (file,) = folder.glob("*.csv.gz")
    return History(file, "real", ("2016", "2018"), json.loads((folder / "expected.json").read_text("utf-8")))


async def test_an_imported_history_comes_out_as_its_figures(composed: Composed, desk: Desk, history: History) -> None:
    for _ in ("the first time", "again, which changes nothing"):
        await asyncio.to_thread(imported, composed, history)
        await comes_out(desk, history)
    await nothing_is_left(desk)


async def test_a_history_comes_out_as_its_figures_though_a_service_is_killed_while_it_comes_in(
    composed: Composed, desk: Desk, tmp_path: Path
) -> None:
    write(file := tmp_path / "long.csv.gz", seed=12, incidents=2000, start=date(2012, 4, 1))
    history = History(file, "long", ("2012", "2013"), expected(file))
    held, before = await incidents(desk), await restarts(composed, "service-level")
    importing = asyncio.create_task(asyncio.to_thread(imported, composed, history))

    async def begun() -> bool:
        return importing.done() or await incidents(desk) > held

    await eventually(begun, "the first of the history to be there")
    await asyncio.to_thread(composed.kill, "service-level")
    assert not importing.done(), "the import was over before anything was killed"
    await importing
    await has_come_back(composed, "service-level", before)
    await comes_out(desk, history)
    await nothing_is_left(desk)


async def incidents(desk: Desk) -> int:
    """How many incidents there are."""
    return int((await desk.get("/incident/v1/incidents", limit=1, count="true"))["total"])


async def comes_out(desk: Desk, history: History) -> None:
    """Performance and simulations answer the figures of the history, in its own years."""
    begins, ends = (f"{year}-01-01T00:00:00Z" for year in history.years)
    # the other two are no figures of performance: one counts lines of the file, one is for simulations
    wanted = {key: value for key, value in history.wanted.items() if key not in ("events", "restore_clock")}
    figures = await desk.get("/service-level/v1/performance", **{"from": begins, "to": ends})
    assert {key: figures.get(key) for key in wanted} == wanted
    for name, calendar in CALENDARS.items():
        body = {"calendar": calendar, "targets_seconds": TARGET_SECONDS, "pause_reasons": ["user"]}
        figures = await desk.make("/service-level/v1/simulations", **body, **{"from": begins, "to": ends})
        assert figures == history.wanted["restore_clock"][name]


def imported(composed: Composed, history: History) -> None:
    """Bring the history in with the command that people use."""
    environment = compose_environment() | {
        "ZEVEN_URL": composed.url,
        "ZEVEN_USERNAME": "admin",
        "ZEVEN_PASSWORD": composed.secret("ZEVEN_ADMIN_PASSWORD"),
    }
    arguments = ["import", "incidents", history.file, "--mapping", "uci", "--source", history.source]
    command = [sys.executable, "-m", "cli", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
