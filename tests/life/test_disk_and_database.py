"""A platform whose disk is full, or whose database is killed, answers with refusals, recovers by itself, and loses nothing."""

import asyncio
import os
import random
import signal
import tempfile
from pathlib import Path

import httpx2

from tests.life.books import each_call_has_had_its_effects_once
from tests.life.desk import Desk, Json, eventually
from tests.life.embedded import embedded, signed_in
from tests.life.load import Ledger, Load, insist
from tests.life.processes import until_quiet
from tests.life.story import known_error
from tests.life.test_embedded_kills import server_of
from tests.small_disk import fill, small_disk

SIZE = "320m"
CALLS = 60


def refusals_of(client: httpx2.AsyncClient) -> list[httpx2.Response]:
    """A list that gains every answer of 503 that the client gets from now on."""
    kept: list[httpx2.Response] = []

    async def keep(answer: httpx2.Response) -> None:
        if answer.status_code == httpx2.codes.SERVICE_UNAVAILABLE:
            await answer.aread()
            kept.append(answer)

    client.event_hooks = {"response": [keep]}
    return kept


def are_in_order(refusals: list[httpx2.Response]) -> None:
    """Every refusal is a problem that says when to come again, and nothing of the inside."""
    assert refusals
    for refusal in refusals:
        assert refusal.headers["Content-Type"] == "application/problem+json"
        assert int(refusal.headers["Retry-After"]) > 0
        assert refusal.json()["type"] == "urn:zeven:problem:unavailable"
        assert "sqlstate" not in refusal.text.lower()


def a_long_story() -> str:
    """Twenty thousand letters that cannot be compressed: each call needs room at once."""
    return "".join(random.choices("abcdefghijklmnopqrstuvwxyz0123456789", k=20_000))


async def test_a_full_disk_refuses_in_order_and_everything_is_there_once_it_has_room(logs: Path) -> None:
    with small_disk(SIZE) as disk:
        async with embedded(logs, disk / "data") as process, signed_in(process) as client:
            ledger, refusals = Ledger("quartzwheel"), refusals_of(client)
            await known_error(Desk(client), ledger.about)

            async def call() -> Json:
                words = {"title": f"The {ledger.about} jams", "description": a_long_story()}
                return await insist(client, "/incident/v1/calls", type="incident", impact="low", urgency="low", **words)

            ledger.calls.append(await call())
            await until_quiet([process])
            ballast = disk / "ballast"
            await asyncio.to_thread(fill, ballast)
            calling = [asyncio.create_task(call()) for _ in range(CALLS)]
            try:
                await eventually(lambda: asyncio.sleep(0, len(refusals) >= 10), "the disk to be full")
                ballast.unlink()
                ledger.calls += await asyncio.gather(*calling)
            finally:
                for one in calling:
                    one.cancel()
            are_in_order(refusals)
            await until_quiet([process])
            await each_call_has_had_its_effects_once(client, ledger)


async def test_while_the_database_is_killed_calls_are_refused_in_order_and_none_is_lost(logs: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="zeven-killed-") as folder:
        Path(folder).chmod(0o711)  # started by root, the server runs as somebody else who must get through
        data = Path(folder) / "data"
        async with embedded(logs, data) as process, signed_in(process) as client:
            ledger, refusals = Ledger("quartzwheel"), refusals_of(client)
            await known_error(Desk(client), ledger.about)
            async with Load(client, ledger) as load:
                for _ in range(3):
                    await load.answered(5)
                    before = server_of(data)
                    os.kill(before, signal.SIGKILL)
                    await eventually(lambda before=before: another(data, before), "the database to come back")
                await load.answered(10)
            assert not process.died
            are_in_order(refusals)
            await until_quiet([process])
            await each_call_has_had_its_effects_once(client, ledger)


async def another(data: Path, before: int) -> bool:
    """Whether another server than the one `before` has been started."""
    try:
        return server_of(data) != before
    except (OSError, IndexError, ValueError):
        return False
