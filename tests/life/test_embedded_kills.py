"""One process with everything in it, killed at any moment, with or without its database: nothing answered is lost."""

import os
import random
import secrets
import signal
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx2
import pytest

from tests.life.books import each_call_has_had_its_effects_once
from tests.life.desk import Desk
from tests.life.load import Ledger, Load
from tests.life.processes import SERVICES, Process, admin, free_ports, until_quiet, until_ready
from tests.life.story import known_error
from tests.world import ADMIN_PASSWORD

ROUNDS = int(os.environ.get("ZEVEN_EMBEDDED_KILL_ROUNDS", "5"))
SEED = int(os.environ.get("ZEVEN_KILL_SEED", str(secrets.randbelow(10**6))))


@pytest.fixture(scope="module")
def data() -> Iterator[Path]:
    """The data folder, which outlives every process."""
    with tempfile.TemporaryDirectory(prefix="zeven-kills-") as folder:
        Path(folder).chmod(0o711)  # started by root, the server runs as somebody else who must get through
        yield Path(folder) / "data"


@pytest.fixture(scope="module")
async def zeven(data: Path, logs: Path) -> AsyncIterator[Process]:
    """`python -m services`, and nothing else."""
    (port,) = free_ports(1)
    settings = {
        "ZEVEN_DATA": str(data),
        "ZEVEN_PORT": str(port),
        "ZEVEN_ADMIN_PASSWORD": ADMIN_PASSWORD,
        "ZEVEN_LOG_FORMAT": "json",
    }
    process = Process("services", settings=settings, log=logs / "services.log")
    process.start()
    await until_ready([process])
    yield process
    process.stop()
    await process.ended()


@pytest.fixture(scope="module")
async def client(zeven: Process) -> AsyncIterator[httpx2.AsyncClient]:
    """A client that speaks for admin."""
    async with admin({service: [zeven.port] for service in SERVICES}) as signed_in:
        yield signed_in


@pytest.mark.timeout(300)
async def test_after_every_kill_each_answered_call_has_had_its_effects_once(
    zeven: Process, client: httpx2.AsyncClient, data: Path
) -> None:
    print(f"Play it again with ZEVEN_KILL_SEED={SEED} ZEVEN_EMBEDDED_KILL_ROUNDS={ROUNDS}")
    dice, ledger = random.Random(SEED), Ledger("quartzwheel")
    await known_error(Desk(client), ledger.about)
    async with Load(client, ledger, seed=SEED) as load:
        for number in range(ROUNDS):
            await load.answered(dice.randrange(2, 12))
            with_database = dice.random() < 0.4
            alone = with_database and dice.random() < 0.5
            print(f"round {number}: {'database' if alone else 'both' if with_database else 'services'}")
            if with_database:
                os.kill(server_of(data), signal.SIGKILL)
            if not alone:
                zeven.again()
        await load.answered(5)
    await until_quiet([zeven])
    await each_call_has_had_its_effects_once(client, ledger)


def server_of(data: Path) -> int:
    """The process id of the database server."""
    return int((data / "postgres" / "postmaster.pid").read_text().splitlines()[0])
