"""Services in their own processes, which tests may kill: started, queried and awaited over HTTP."""

import asyncio
import contextlib
import multiprocessing
import os
import random
import runpy
import socket
import sys
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from itertools import cycle
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import httpx2

from tests.life.desk import eventually, json_of
from tests.world import ADMIN_PASSWORD

SERVICES = ("incident", "change", "knowledge", "service_level", "governance")
STARTED_WITHIN = 90.0  # seconds, on a machine that is busy with other things

# forked from a process that has imported everything: a start costs no more than the start itself
_nursery = multiprocessing.get_context("forkserver")
_nursery.set_forkserver_preload(
    [
        "__main__",
        *(f"services.{service}.manifest" for service in SERVICES),
        "shared.serve",
        "uvicorn.protocols.http.httptools_impl",
        "aio_pika",
        "tests.life.processes",
    ]
)


class Process:
    """`python -m MODULE ARGUMENTS` with its own settings; its output is stored in `log`."""

    def __init__(self, module: str, *arguments: str, settings: Mapping[str, str], log: Path) -> None:
        self.module, self.log, self.port = module, log, int(settings.get("ZEVEN_PORT", 0))
        self._arguments, self._settings = arguments, dict(settings)
        self._process: BaseProcess | None = None

    def start(self) -> None:
        """Begin; it may take a while until it answers."""
        what = (self.module, self._arguments, self._settings, str(self.log))
        self._process = _nursery.Process(target=_run, args=what, daemon=True)
        self._process.start()

    def kill(self) -> None:
        """End it as a power cut would."""
        assert self._process is not None
        self._process.kill()
        self._process.join()
        self._process.close()
        self._process = None

    def stop(self) -> None:
        """Ask it to end in order."""
        assert self._process is not None
        self._process.terminate()

    def again(self) -> None:
        """Kill it and start it; that it had ended by itself is a failure."""
        assert not self.died, f"{self.module} ended by itself:\n{self.last_words}"
        self.kill()
        self.start()

    async def ended(self) -> int:
        """Its exit code, once it has ended by itself."""
        process = self._process
        assert process is not None
        await asyncio.to_thread(process.join, STARTED_WITHIN)
        code = process.exitcode
        assert code is not None, f"{self.module} does not end:\n{self.last_words}"
        process.close()
        self._process = None
        return code

    @property
    def started(self) -> bool:
        """Whether it was started, and neither killed nor seen to end since."""
        return self._process is not None

    @property
    def died(self) -> bool:
        """Whether it ended although nobody asked it to."""
        return self._process is not None and not self._process.is_alive()

    async def alive(self) -> bool:
        """Whether it has come as far as to answer; that it had ended by itself is a failure."""
        assert not self.died, f"{self.module} ended by itself:\n{self.last_words}"
        async with httpx2.AsyncClient(timeout=5) as client:
            try:
                return (await client.get(f"http://127.0.0.1:{self.port}/livez")).is_success
            except httpx2.TransportError:
                return False

    @property
    def last_words(self) -> str:
        """The end of its log."""
        return self.log.read_text(errors="replace")[-4000:] if self.log.exists() else "nothing"


def _run(module: str, arguments: Sequence[str], settings: Mapping[str, str], log: str) -> None:
    written = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for stream in (1, 2):
        os.dup2(written, stream)
    for name in [name for name in os.environ if name.startswith("ZEVEN_")]:
        del os.environ[name]
    os.environ.update(settings)
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


class Front(httpx2.AsyncBaseTransport):
    """The gateway of these tests: each request goes to the next replica of the service that its path names."""

    def __init__(self, ports: Mapping[str, Sequence[int]]) -> None:
        self._turns = {service.replace("_", "-"): cycle(each) for service, each in ports.items()}
        self._transport = httpx2.AsyncHTTPTransport()

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """The answer; the service may be down."""
        port = next(self._turns[request.url.path.split("/", 2)[1]])
        request.url = request.url.copy_with(host="127.0.0.1", port=port)
        return await self._transport.handle_async_request(request)

    async def aclose(self) -> None:
        """Let go of the connections."""
        await self._transport.aclose()


@asynccontextmanager
async def admin(ports: Mapping[str, Sequence[int]]) -> AsyncIterator[httpx2.AsyncClient]:
    """A client that speaks for admin; `ports` says where the replicas of each service listen."""
    form = {"grant_type": "password", "username": "admin", "password": ADMIN_PASSWORD}
    async with httpx2.AsyncClient(transport=Front(ports), base_url="http://zeven.example", timeout=20) as client:
        token = json_of(await client.post("/governance/v1/token", data=form))["access_token"]
        client.headers["Authorization"] = f"Bearer {token}"
        yield client


async def until_ready(processes: Iterable[Process]) -> None:
    """Return once each of them says that it can work."""
    async with httpx2.AsyncClient(timeout=10) as client:
        for process in processes:
            await eventually(
                lambda process=process: _is_ready(client, process), f"{process.module} to be ready", STARTED_WITHIN
            )


async def _is_ready(client: httpx2.AsyncClient, process: Process) -> bool:
    assert not process.died, f"{process.module} ended by itself:\n{process.last_words}"
    try:
        return (await client.get(f"http://127.0.0.1:{process.port}/readyz")).is_success
    except httpx2.TransportError:
        return False


async def until_quiet(processes: Collection[Process], seconds: float = 120) -> None:
    """Return once nothing waits to be published or handled; fails when something died or that takes too long."""
    figures: dict[str, Any] = {}

    async def at_rest() -> bool:
        figures.clear()
        for process in processes:
            with contextlib.suppress(httpx2.TransportError):
                answer = (await client.get(f"http://127.0.0.1:{process.port}/readyz")).json()["services"]
                figures.update((name, part["delivery"]) for name, part in answer.items())
        return len(figures) == len(SERVICES) and not any(map(_busy, figures.values()))

    async with httpx2.AsyncClient(timeout=10) as client:
        try:
            await eventually(at_rest, "quiet", seconds)
        except AssertionError as vain:
            raise AssertionError(f"{vain}: {figures}") from None
    assert not any(each["dead_letters"] for each in figures.values()), figures


def _busy(figures: Mapping[str, Any] | None) -> bool:
    return figures is None or any(
        figures[lane][kind] for lane in ("outbox", "inbox") for kind in ("live", "historical")
    )


def free_ports(count: int) -> list[int]:
    """Ports below those that the system gives to outgoing connections, so that they stay free while a process is away."""
    chosen: list[int] = []
    with contextlib.ExitStack() as held:
        while len(chosen) < count:
            port = random.randrange(20_000, 32_000)
            with contextlib.suppress(OSError):
                held.enter_context(socket.create_server(("127.0.0.1", port)))
                chosen.append(port)
    return chosen
