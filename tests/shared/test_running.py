"""Running services: they stop everything that they start, and one replica runs each job."""

import asyncio
import socket
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from shared import database
from shared.hosting import CannotStart, hosted
from shared.runtime import Job, Running
from shared.serve import bound
from shared.settings import Settings
from shared.unit_of_work import Work
from shared.version import VERSION
from tests.shared.parcels import parcel, registered, rows
from tests.shared.post_office.counter.service import SERVICE as COUNTER
from tests.shared.post_office.rounds.service import SERVICE as ROUNDS
from tests.shared.test_requests import PARCELS
from tests.world import World, as_owner, world

CONNECTIONS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


async def connections(url: str) -> int:
    one: asyncpg.Connection[Any] = await database.connect(url)
    try:
        return int(await one.fetchval(CONNECTIONS))
    finally:
        await one.close()


async def test_a_platform_that_stops_under_load_leaves_no_connection_behind(
    make_database: Callable[[str], Any],
) -> None:
    async with world((COUNTER, ROUNDS), make_database) as zeven:
        urls = [one.engine.url.render_as_string(hide_password=False) for one in zeven.host.running.values()]
        for _ in range(50):
            assert (await zeven.admin.post(PARCELS, json={"label": "books"})).status_code == 201
    async with asyncio.timeout(10):
        while [await connections(url) for url in urls] != [0, 0]:
            await asyncio.sleep(0.05)


async def test_a_service_that_is_stopping_hears_nothing_more(make_database: Callable[[str], Any]) -> None:
    async with world((ROUNDS,), make_database) as zeven:
        one = zeven.running("rounds")
        await one.stop()
        with pytest.raises(Exception, match="stopping"):
            await one._receive([registered()])


def with_job(one: Running, job: Job) -> Running:
    """A replica of a service that has a job."""
    url = one.engine.url.render_as_string(hide_password=False)
    service = replace(one.service, jobs=(job,))
    return Running(service, url=url, bus=one.bus, verifier=one.verifier, config=one.config)


async def test_a_job_runs_in_one_replica_at_a_time(office: World) -> None:
    at_work, most, runs = 0, 0, 0

    async def run(_: Work) -> int:
        nonlocal at_work, most, runs
        at_work, runs = at_work + 1, runs + 1
        most = max(most, at_work)
        await asyncio.sleep(0.02)
        at_work -= 1
        return 0

    replicas = [with_job(office.running("counter"), Job("tick", timedelta(hours=1), run)) for _ in range(4)]
    await asyncio.gather(*(replica.run_job("tick") for replica in replicas for _ in range(3)))
    assert (most, runs >= 1) == (1, True)
    for replica in replicas:
        await replica.engine.dispose()


async def test_a_job_is_run_again_at_once_while_it_has_something_to_do_and_survives_its_failures(office: World) -> None:
    left, ended = [3, 2, 1, 0], asyncio.Event()

    async def run(_: Work) -> int:
        if not left:
            ended.set()
            raise RuntimeError("a mistake of ours")
        return left.pop(0)

    replica = with_job(office.running("counter"), Job("tick", timedelta(milliseconds=10), run))
    task = asyncio.create_task(replica._tick(replica.service.jobs[0]))
    await asyncio.wait_for(ended.wait(), 30)
    ended.clear()
    await asyncio.wait_for(ended.wait(), 30)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert left == []
    await replica.engine.dispose()


async def test_a_job_that_fails_leaves_nothing_behind(office: World) -> None:
    new = parcel()

    async def run(work: Work) -> int:
        work.insert(new)
        await work.flush()
        raise RuntimeError("a mistake of ours")

    replica = with_job(office.running("counter"), Job("tick", timedelta(hours=1), run))
    with pytest.raises(RuntimeError):
        await replica.run_job("tick")
    assert await rows(replica, "SELECT count(*) FROM parcel WHERE id = :id", id=new.id) == [0]
    await replica.engine.dispose()


async def test_a_single_service_without_a_bus_or_a_database_says_what_to_set() -> None:
    for config, variable in (
        (Settings(), "ZEVEN_BUS_URL"),
        (Settings(bus_url="amqp://guest:guest@127.0.0.1/"), "ZEVEN_DATABASE_URL"),
    ):
        with pytest.raises(CannotStart, match=variable):
            async with hosted((COUNTER,), config, everything=False):
                pass


async def test_the_metrics_tell_requests_by_route_and_not_by_address(office: World) -> None:
    made = (await office.admin.post(PARCELS, json={"label": "books"})).json()
    await office.admin.get(f"{PARCELS}/{made['id']}")
    await office.admin.get("/counter/v1/nowhere/at/all")
    answer = (await office.admin.get("/counter/metrics")).text
    assert 'route="/counter/v1/parcels/{parcel_id}"' in answer
    assert made["id"] not in answer
    assert "nowhere" not in answer
    for name in (
        "zeven_outbox_events",
        "zeven_outbox_lag_seconds",
        "zeven_inbox_events",
        "zeven_dead_letters",
        "zeven_ready",
    ):
        assert f"\n{name}{{" in answer


async def test_a_taken_port_is_told_before_anything_is_started(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        config = Settings(data=tmp_path / "data", port=taken.getsockname()[1])
        with pytest.raises(CannotStart, match="ZEVEN_PORT"):
            bound(config)
    assert not (tmp_path / "data").exists()


def test_an_address_that_is_not_ours_is_told(tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match="ZEVEN_HOST"):
        bound(Settings(data=tmp_path, host="203.0.113.7", port=8080))


async def test_a_service_that_cannot_tell_its_figures_is_not_ready(office: World) -> None:
    counter = office.running("counter")
    assert (await office.admin.get("/counter/readyz")).json()["status"] == "ready"
    await as_owner(counter, "ALTER TABLE inbox RENAME TO away")
    try:
        answer = await office.admin.get("/counter/readyz")
    finally:
        await as_owner(counter, "ALTER TABLE away RENAME TO inbox")
    reply = answer.json()
    assert (answer.status_code, reply["status"], reply["delivery"]) == (503, "not ready", None)
    assert (reply["database"], reply["migrations"], reply["bus"]) == ("away", "at head", "ok")
    assert (await office.admin.get("/counter/readyz")).status_code == 200


async def test_a_service_without_the_bus_is_ready_and_says_that_it_is_away(
    office: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    bus = office.running("counter").bus
    assert 'zeven_bus_connected{service="counter"} 1.0' in (await office.admin.get("/counter/metrics")).text
    monkeypatch.setattr(type(bus), "connected", False)
    answer = await office.admin.get("/counter/readyz")
    assert (answer.status_code, answer.json()["status"], answer.json()["bus"]) == (200, "ready", "away")
    assert (await office.as_().get("/readyz")).json()["status"] == "ready"
    figures = (await office.admin.get("/counter/metrics")).text
    for figure in ("zeven_ready", "zeven_bus_connected"):
        assert f'{figure}{{service="counter"}} {float(figure == "zeven_ready")}' in figures


async def test_the_metrics_name_version_and_commit(office: World) -> None:
    answer = (await office.admin.get("/counter/metrics")).text
    (line,) = [line for line in answer.splitlines() if line.startswith("zeven_build_info{")]
    assert f'version="{VERSION}"' in line
    assert f'commit="{Settings().build or ""}"' in line


@pytest.mark.parametrize("page", ["/readyz", "/livez", "/"])
async def test_the_metrics_name_the_pages_of_the_front_so_that_alerts_can_leave_health_checks_out(
    office: World, page: str
) -> None:
    await office.admin.get(page)
    await office.admin.get("/nowhere")
    answer = (await office.admin.get("/counter/metrics")).text
    assert f'zeven_request_seconds_count{{method="GET",route="{page}",service="platform",' in answer
    assert 'route="/nowhere"' not in answer
