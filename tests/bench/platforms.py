"""The setups in which the whole platform is measured: all services in one process, or each in its own."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.callers import administrator
from tests.bench.checkout import Checkout, Served, database_settings, free_port
from tests.bench.load import Connection

SERVICES = ("incident", "change", "knowledge", "service_level", "governance")
SECRETS = {
    "ZEVEN_ADMIN_PASSWORD": "a-password-for-measuring",
    "ZEVEN_SECRET": "a secret that only these measurements know",
}


@dataclass
class Platform:
    """All services of a checkout at work: a port for each, their processes, and the database that stores the clocks."""

    checkout: Checkout
    ports: Mapping[str, int]
    processes: Sequence[Served]
    clocks: str

    @property
    def port(self) -> int:
        """Where calls go."""
        return self.ports["incident"]

    @property
    def together(self) -> bool:
        """Whether one address answers for all services."""
        return len(self.processes) == 1

    def cpu_seconds(self) -> float:
        """The processor time that the processes have used."""
        return sum(one.cpu_seconds() for one in self.processes)

    def resident_mb(self) -> float:
        """Their resident memory, without their database server's."""
        return sum(one.resident_mb() for one in self.processes)


@asynccontextmanager
async def together(checkout: Checkout, folder: Path, bus: str, issuer: Mapping[str, str]) -> AsyncIterator[Platform]:
    """All services in one process on an embedded PostgreSQL."""
    port, data = free_port(), folder / checkout.name
    settings = {**issuer, **SECRETS, "ZEVEN_DATA": str(data), "ZEVEN_BUS_URL": bus}
    log = folder / f"{checkout.name}.log"
    async with checkout.served(["-m", "services"], port=port, ready="/readyz", log=log, **settings) as one:
        clocks = f"postgresql+asyncpg://postgres@/service_level?host={data}/postgres-socket"
        yield Platform(checkout, dict.fromkeys(SERVICES, port), [one], clocks)


@asynccontextmanager
async def apart(checkout: Checkout, folder: Path, bus: str, issuer: Mapping[str, str]) -> AsyncIterator[Platform]:
    """Every service in a process of its own, as production has them."""
    async with AsyncExitStack() as stack:
        urls = await stack.enter_async_context(checkout.databases(folder / checkout.name, SERVICES))
        settings = {**issuer, **SECRETS, **database_settings(urls), "ZEVEN_BUS_URL": bus}
        await checkout.run("-m", "services", "migrate", **settings)
        ports = {service: free_port() for service in SERVICES}
        processes = []
        for service, port in ports.items():
            one = checkout.served(
                ["-m", f"services.{service}"],
                port=port,
                ready=f"/{service.replace('_', '-')}/readyz",
                log=folder / f"{checkout.name}-{service}.log",
                **settings,
            )
            processes.append(await stack.enter_async_context(one))
        yield Platform(checkout, ports, processes, urls["service_level"][1])


async def quiet(ports: Mapping[str, int]) -> None:
    """Return once nothing waits in any outbox or inbox."""
    bearers = [administrator()]
    connections = {service: Connection(port, bearers) for service, port in ports.items()}
    while True:
        waiting = 0
        for service, connection in connections.items():
            _, _, answer = await connection.send("GET", f"/{service.replace('_', '-')}/v1/delivery")
            figures: dict[str, Any] = json.loads(answer)
            waiting += sum(figures[box][lane] for box in ("outbox", "inbox") for lane in ("live", "historical"))
        if not waiting:
            break
        await asyncio.sleep(0.25)
    for connection in connections.values():
        connection.close()
