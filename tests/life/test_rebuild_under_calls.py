"""Every service is rebuilt while calls come in: nothing is missing meanwhile, and each call has its effects once."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from tests.life.books import each_call_has_had_its_effects_once, everything, once_each
from tests.life.desk import Desk, eventually, json_of
from tests.life.load import Ledger, Load
from tests.life.processes import SERVICES, Process, admin, free_ports, until_quiet, until_ready
from tests.life.story import known_error
from tests.world import ADMIN_PASSWORD

REBUILT = ("incident", "change", "knowledge", "service-level")
CLOCKS = "/service-level/v1/clocks"


@pytest.fixture
async def zeven(logs: Path) -> AsyncIterator[Process]:
    """All services in one process."""
    with tempfile.TemporaryDirectory(prefix="zeven-rebuild-") as folder:
        Path(folder).chmod(0o711)  # started by root, the server runs as somebody else who must get through
        (port,) = free_ports(1)
        settings = {"ZEVEN_DATA": f"{folder}/data", "ZEVEN_PORT": str(port), "ZEVEN_ADMIN_PASSWORD": ADMIN_PASSWORD}
        process = Process("services", settings=settings, log=logs / "rebuilt.log")
        process.start()
        await until_ready([process])
        yield process
        process.stop()
        await process.ended()


async def rebuilt(client: httpx2.AsyncClient, service: str) -> None:
    """Rebuild a service, and return once that is done."""
    address = f"/{service}/v1/rebuild"
    started = json_of(await client.post(address))

    async def done() -> bool:
        last = json_of(await client.get(f"{address}/{started['id']}"))
        assert last["state"] in ("running", "completed"), last
        return bool(last["state"] == "completed")

    await eventually(done, f"the rebuild of {service}")


@pytest.mark.timeout(300)
async def test_a_rebuild_under_calls_loses_nothing_and_shows_everything_meanwhile(zeven: Process) -> None:
    async with admin({service: [zeven.port] for service in SERVICES}) as client:
        ledger, fewer = Ledger("quartzwheel"), []
        await known_error(Desk(client), ledger.about)

        async def watch() -> None:
            """Clocks never become fewer, for whoever looks."""
            most = 0
            while True:
                shown = json_of(await client.get(CLOCKS, params={"limit": 1, "count": "true"}))["total"]
                if shown < most:
                    fewer.append((most, shown))
                most = max(most, shown)
                await asyncio.sleep(0.02)

        async with Load(client, ledger, seed=5) as load:
            await load.answered(10)
            watching = asyncio.create_task(watch())
            for service in (*REBUILT, "service-level"):
                await rebuilt(client, service)
                await load.answered(4)
            watching.cancel()
        await until_quiet([zeven])
        assert fewer == []
        await each_call_has_had_its_effects_once(client, ledger)
        started = await everything(client, "/service-level/v1/events", type="clocks.started.v1")
        assert once_each({call["record"]["id"] for call in ledger.calls}, (each["about"] for each in started))
