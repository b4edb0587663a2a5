"""`kill -9` of the process, of its database or of the broker at any moment, again and again, under load."""

import asyncio
import os
import random
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from embedded_postgres.folders import Layout
from embedded_postgres.processes import clear
from tests.broker import Broker
from tests.shared.offices import Office

ROUNDS = int(os.environ.get("ZEVEN_KILL_ROUNDS", "4"))


@pytest.fixture
async def data() -> Any:
    """A data folder whose server does not outlive the test."""
    place = Path(tempfile.mkdtemp(prefix="zeven-kills-"))
    await asyncio.to_thread(place.chmod, 0o711)
    yield place
    await clear(Layout.of(place).cluster, Layout.of(place).label)
    await asyncio.to_thread(shutil.rmtree, place)


def moments(seed: int) -> Iterator[tuple[float, str]]:
    """When to kill, in seconds under load, and what: the same for everybody who names the seed."""
    chosen = random.Random(seed)
    while True:
        yield chosen.uniform(0.05, 1.2), chosen.choice(["process", "process", "other", "both"])


async def killed_under_load(office: Office, seconds: float, *kills: Callable[[], None]) -> None:
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    await office.load(lambda: loop.time() > end)
    for kill in kills:
        await asyncio.to_thread(kill)


@pytest.mark.timeout(60 + 20 * ROUNDS)
async def test_what_was_answered_survives_kills_of_the_process_and_its_database(data: Path) -> None:
    office, when = Office(data), moments(1)
    done = 0
    while done < ROUNDS:
        with office.running():
            await office.ready()
            while done < ROUNDS:
                seconds, victim = next(when)
                done += 1
                if victim == "other":
                    await killed_under_load(office, seconds, office.kill_database)
                    continue
                kills = [office.kill] if victim == "process" else [office.kill_database, office.kill]
                await killed_under_load(office, seconds, *kills)
                break
    with office.running():
        await office.ready()
        before = len(office.answered)
        await office.load(lambda: len(office.answered) > before)
        await office.settled()


@pytest.mark.connected
@pytest.mark.timeout(120 + 25 * ROUNDS)
async def test_what_was_answered_survives_kills_of_the_process_and_the_broker(
    broker: Broker, make_database: Callable[[str], Any]
) -> None:
    urls = {name: await make_database(f"{name}_kills") for name in ("counter", "rounds")}
    office = Office(Path("unused"), urls=urls, bus=f"{broker.url}?namespace=kills-{uuid4().hex[:8]}")
    when, done = moments(2), 0
    while done < ROUNDS:
        with office.running():
            await office.ready()
            while done < ROUNDS:
                seconds, victim = next(when)
                done += 1
                if victim != "process":
                    async with asyncio.timeout(30):
                        while not broker.settled:
                            await asyncio.sleep(0.05)
                    await killed_under_load(office, seconds, broker.kill)
                    await killed_under_load(office, seconds, broker.start)
                if victim != "other":
                    await killed_under_load(office, seconds, office.kill)
                    break
    with office.running():
        await office.ready()
        before = len(office.answered)
        await office.load(lambda: len(office.answered) > before)
        await office.settled()
