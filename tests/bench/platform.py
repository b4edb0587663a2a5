"""What is measured: the floor, one service alone, and the whole platform, each in processes of its own on this machine."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.parse
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.load import Connection
from tests.life.separate import databases
from tests.world import ISSUER, KEY, owner_url, postgres

ROOT = Path(__file__).parents[2]
SERVICES = ("incident", "change", "knowledge", "service_level", "governance")
PASSWORD = "a-password-for-measuring"
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Served:
    """A process that answers on a port of the loopback."""

    process: subprocess.Popen[bytes]
    port: int

    def cpu_seconds(self) -> float:
        """The processor time it has used."""
        parts = Path(f"/proc/{self.process.pid}/stat").read_text("ascii").rpartition(")")[2].split()
        return (int(parts[11]) + int(parts[12])) / TICKS

    def resident_mb(self) -> float:
        """The memory it holds, without its database server's."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text("ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1024 / 1024


def free_port() -> int:
    """A port that nobody uses."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@asynccontextmanager
async def served(arguments: Sequence[str], *, port: int, ready: str, **environment: str) -> AsyncIterator[Served]:
    """A Python module at work, from its first answer on `ready` until the end of the block."""
    process = subprocess.Popen(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, "ZEVEN_LOG_LEVEL": "WARNING", "ZEVEN_PORT": str(port), **environment},
    )
    try:
        given_up = time.monotonic() + 120
        while time.monotonic() < given_up and process.poll() is None:
            try:
                status, _, _ = await Connection(port).send("GET", ready)
            except (OSError, asyncio.IncompleteReadError):
                status = 0
            if status == 200:
                break
            await asyncio.sleep(0.2)
        else:
            raise RuntimeError(f"{' '.join(arguments)} does not answer")
        yield Served(process, port)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()


@asynccontextmanager
async def floor(url: str) -> AsyncIterator[Served]:
    """The bare app that everything is compared with; it also shows the public key of the measurements' tokens."""
    port = free_port()
    keys = json.dumps({"keys": [KEY.as_dict(private=False)]})
    async with served(
        ["-m", "tests.bench.floor", str(port)], port=port, ready="/keys", FLOOR_DATABASE_URL=url, FLOOR_KEYS=keys
    ) as one:
        yield one


@asynccontextmanager
async def incident_alone(url: str, bus: str, keys_port: int) -> AsyncIterator[Served]:
    """The incident service by itself, with a broker and without the other services."""
    port = free_port()
    environment = {
        "ZEVEN_DATABASE_URL": url.replace("{", "{{").replace("}", "}}"),
        "ZEVEN_BUS_URL": bus,
        "ZEVEN_ISSUER": ISSUER,
        "ZEVEN_JWKS_URL": f"http://127.0.0.1:{keys_port}/keys",
    }
    async with served(["-m", "services.incident"], port=port, ready="/incident/readyz", **environment) as one:
        yield one


@dataclass
class Platform:
    """All services at work: a port for each, their processes, and where the clocks are stored."""

    name: str
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
        """The memory that they hold, without their database server's."""
        return sum(one.resident_mb() for one in self.processes)


@asynccontextmanager
async def together(name: str, data: Path, bus: str) -> AsyncIterator[Platform]:
    """All services in one process on an embedded PostgreSQL."""
    port = free_port()
    environment = {"ZEVEN_DATA": str(data), "ZEVEN_ADMIN_PASSWORD": PASSWORD, "ZEVEN_BUS_URL": bus}
    async with served(["-m", "services"], port=port, ready="/readyz", **environment) as one:
        clocks = f"postgresql+asyncpg://postgres@/service_level?host={data}/postgres-socket"
        yield Platform(name, dict.fromkeys(SERVICES, port), [one], clocks)


@asynccontextmanager
async def apart(folder: Path, bus: str) -> AsyncIterator[Platform]:
    """Every service in a process of its own, as production has them."""
    async with AsyncExitStack() as stack:
        make = await stack.enter_async_context(postgres(folder))
        urls = {service: await make(service) for service in SERVICES}
        ports = {service: free_port() for service in SERVICES}
        environment = {
            **databases(urls),
            "ZEVEN_BUS_URL": f"{bus}?namespace=bench-apart",
            "ZEVEN_PUBLIC_URL": "http://zeven.example",
            "ZEVEN_JWKS_URL": f"http://127.0.0.1:{ports['governance']}/governance/.well-known/jwks.json",
            "ZEVEN_ADMIN_PASSWORD": PASSWORD,
            "ZEVEN_SECRET": "a secret that only these measurements know",
        }
        owners = databases({service: owner_url(url) for service, url in urls.items()}, "MIGRATION_DATABASE")
        subprocess.run(
            [sys.executable, "-m", "services", "migrate"],
            cwd=ROOT,
            check=True,
            env={**os.environ, **environment, **owners},
        )
        processes = []
        for service, port in ports.items():
            ready = f"/{service.replace('_', '-')}/readyz"
            one = served(["-m", f"services.{service}"], port=port, ready=ready, **environment)
            processes.append(await stack.enter_async_context(one))
        yield Platform("RabbitMQ, five processes", ports, processes, urls["service_level"])


async def token_of(port: int) -> str:
    """A token of the platform's own."""
    form = urllib.parse.urlencode({"grant_type": "password", "username": "admin", "password": PASSWORD}).encode()
    headers = {"content-type": "application/x-www-form-urlencoded"}
    connection = Connection(port)
    status, _, answer = await connection.send("POST", "/governance/v1/token", form, headers)
    if status != 200:
        raise RuntimeError(answer.decode())
    return str(json.loads(answer)["access_token"])


async def settled(ports: Mapping[str, int], bearer: str) -> None:
    """Return once nothing waits in any outbox or inbox."""
    while True:
        waiting = 0
        for service, port in ports.items():
            connection = Connection(port, bearer)
            _, _, answer = await connection.send("GET", f"/{service.replace('_', '-')}/v1/delivery")
            connection.close()
            figures: dict[str, Any] = json.loads(answer)
            waiting += sum(figures[box][lane] for box in ("outbox", "inbox") for lane in ("live", "historical"))
        if not waiting:
            return
        await asyncio.sleep(0.25)
