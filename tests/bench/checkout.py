"""A checkout of Zeven with its own environment: its services, its databases and its command line, as processes."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from shared import database
from tests.bench.load import AWAY, Connection

TICKS = os.sysconf("SC_CLK_TCK")
READY_WITHIN = 120.0
#: runs in the checkout: a PostgreSQL with a database for each name, as this checkout's own tests make them, until it is killed
DATABASES = """
import asyncio, json, sys
from pathlib import Path
from tests import world

async def main():
    owner_url = getattr(world, "owner_url", lambda url: url)
    async with world.postgres(Path(sys.argv[1])) as make:
        urls = {name: await make(name) for name in sys.argv[2:]}
        print(json.dumps({name: [url, owner_url(url)] for name, url in urls.items()}), flush=True)
        await asyncio.to_thread(sys.stdin.read)

asyncio.run(main())
"""


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
        """Its resident memory, without its database server's."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text("ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1024 / 1024


def free_port() -> int:
    """A port that nobody uses."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@dataclass(frozen=True)
class Checkout:
    """One side of a comparison: its `name` in the figures, and the folder that holds it with its `.venv`."""

    name: str
    root: Path

    @property
    def python(self) -> str:
        """The interpreter of its environment."""
        return str(self.root / ".venv/bin/python")

    def check(self) -> None:
        """Raises `SystemExit` when it cannot be run."""
        if not Path(self.python).exists():
            raise SystemExit(f"{self.root} has no environment: run `python3 deploy/bootstrap.py test-deps` there.")

    def environment(self, **settings: str) -> dict[str, str]:
        """The environment of its processes: this one's, with these settings of Zeven and no others."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("ZEVEN_", "PYTHONPATH"))}
        return {**inherited, "ZEVEN_LOG_LEVEL": "WARNING", "PYTHONPATH": str(self.root), **settings}

    @asynccontextmanager
    async def served(
        self, arguments: Sequence[str], *, port: int, ready: str, log: Path, **settings: str
    ) -> AsyncIterator[Served]:
        """A Python module of it at work, from its first answer on `ready` until the end of the block."""
        with log.open("ab") as output:
            process = subprocess.Popen(
                [self.python, *arguments],
                cwd=self.root,
                env=self.environment(ZEVEN_PORT=str(port), **settings),
                stdout=output,
                stderr=output,
            )
        try:
            await self._until_ready(process, port, ready, log)
            yield Served(process, port)
        finally:
            process.send_signal(signal.SIGINT)
            try:
                await asyncio.to_thread(process.wait, 30)
            except subprocess.TimeoutExpired:
                process.kill()

    async def _until_ready(self, process: subprocess.Popen[bytes], port: int, ready: str, log: Path) -> None:
        given_up = time.monotonic() + READY_WITHIN
        while time.monotonic() < given_up and process.poll() is None:
            try:
                status, _, _ = await Connection(port).send("GET", ready)
            except AWAY:
                status = 0
            if status == 200:
                return
            await asyncio.sleep(0.2)
        raise SystemExit(f"{self.name} does not become ready; {log} says:\n{log.read_text('utf-8')[-2000:]}")

    @asynccontextmanager
    async def databases(self, folder: Path, names: Sequence[str]) -> AsyncIterator[dict[str, tuple[str, str]]]:
        """A database for each name, each as two URLs: of the service's login, and of the tables' owner."""
        process = await asyncio.create_subprocess_exec(
            self.python,
            "-c",
            DATABASES,
            str(folder),
            *names,
            cwd=self.root,
            env=self.environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert process.stdout is not None
        assert process.stdin is not None
        try:
            line = await process.stdout.readline()
            if not line:
                raise SystemExit(f"{self.name} does not start its PostgreSQL in {folder}.")
            yield {name: (own, owner) for name, (own, owner) in json.loads(line).items()}
        finally:
            process.stdin.close()
            await process.wait()

    async def run(self, *arguments: str, **settings: str) -> None:
        """Run a Python module of it to its end; raises `SystemExit` when it fails."""
        process = await asyncio.create_subprocess_exec(
            self.python,
            *arguments,
            cwd=self.root,
            env=self.environment(**settings),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        output, _ = await process.communicate()
        if process.returncode:
            raise SystemExit(f"{' '.join(arguments)} fails in {self.name}:\n{output.decode()[-2000:]}")


def database_settings(urls: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    """The settings that name these databases; those of the owner only where it is another login than the service's."""
    settings = _settings("DATABASE", {name: own for name, (own, _) in urls.items()})
    if any(own != owner for own, owner in urls.values()):
        settings |= _settings("MIGRATION_DATABASE", {name: owner for name, (_, owner) in urls.items()})
    return settings


def _settings(kind: str, urls: Mapping[str, str]) -> dict[str, str]:
    settings = {}
    for name, text in urls.items():
        url = database.make_url(text)
        login = (url.username or "").replace(name, "{service}")
        address = f"{url.host}:{url.port}" if url.host else ""
        query = "&".join(f"{key}={value}" for key, value in url.query.items())
        template = f"{url.drivername}://{login}:{{password}}@{address}/{{service}}"
        settings[f"ZEVEN_{kind}_URL"] = f"{template}?{query}" if query else template
        settings[f"ZEVEN_{kind}_PASSWORD_{name.upper()}"] = url.password or ""
    return settings
