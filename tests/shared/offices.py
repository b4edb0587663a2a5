"""Post offices in their own processes, under load, and what must be true of them after any number of kills."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2

from shared.access import Issuer
from shared.hosting import hosted
from shared.settings import Settings
from tests.shared.post_office import KILLED
from tests.shared.post_office.counter.service import SERVICE as COUNTER
from tests.shared.post_office.rounds.service import SERVICE as ROUNDS
from tests.shared.test_requests import PARCELS
from tests.world import ISSUER, KEY, World, at, owner_url, token

AT_ONCE = 4
NOTHING_WAITS = {"live": 0, "historical": 0}


class Office:
    """One post office: where its data are, and the process that runs it now."""

    def __init__(self, data: Path, *, urls: dict[str, str] | None = None, bus: str = "memory:") -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        key = KEY.as_dict(private=False)
        owners = {name: owner_url(url) for name, url in (urls or {}).items()}
        self._urls = urls
        self._config = {
            "data": str(data),
            "urls": urls,
            "owners": owners,
            "bus": bus,
            "port": port,
            "issuer": ISSUER,
            "key": key,
        }
        self._data = data
        self._process: subprocess.Popen[bytes] | None = None
        self._url = f"http://127.0.0.1:{port}"
        self.answered: set[str] = set()

    @contextmanager
    def running(self, crash: str = "") -> Iterator["Office"]:
        """The office at work in a process of its own, for as long as the block lasts or until it dies."""
        arguments = json.dumps({**self._config, "crash": crash})
        self._process = subprocess.Popen([sys.executable, "-m", "tests.shared.post_office", arguments])
        try:
            yield self
        finally:
            self.kill()

    def kill(self) -> None:
        """`kill -9` of the process."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def kill_database(self) -> None:
        """`kill -9` of the embedded PostgreSQL's main process, when there is one at the moment."""
        written = self._data / "postgres" / "postmaster.pid"
        if written.exists() and (lines := written.read_text().split()):
            with _suppressed():
                os.kill(int(lines[0]), signal.SIGKILL)

    @property
    def dead(self) -> bool:
        return self._process is None or self._process.poll() is not None

    @property
    def killed_itself(self) -> bool:
        """Whether the process died where it was to die, and of nothing else."""
        return self._process is not None and self._process.poll() == KILLED

    def client(self) -> httpx2.AsyncClient:
        headers = {"Authorization": f"Bearer {token()}"}
        return httpx2.AsyncClient(base_url=self._url, headers=headers, timeout=20)

    async def ready(self) -> None:
        """Return once the process can work."""
        async with self.client() as client:
            await _until(lambda: _is_ready(client))

    async def load(self, enough: Callable[[], bool]) -> None:
        """Bring parcels, several at once, and remember those that were answered, until it is enough."""

        async def bring() -> None:
            async with self.client() as client:
                while not enough():
                    with _suppressed():
                        answer = await client.post(PARCELS, json={"label": "books"})
                        if answer.status_code == 201:
                            self.answered.add(answer.json()["id"])
                            continue
                    await asyncio.sleep(0.1)

        await asyncio.gather(*(bring() for _ in range(AT_ONCE)))

    async def settled(self) -> None:
        """Return once nothing waits anywhere; then every answered parcel has exactly one stop and nothing is dead."""
        await self.ready()
        async with self.client() as client:
            await self._settled(client)

    async def settled_at_home(self) -> None:
        """The same in the test's own process, which is quicker to start."""
        assert self._urls
        config = Settings(bus_url=self._config["bus"])

        async def keys() -> dict[str, Any]:
            return {"keys": [self._config["key"]]}

        issuer = Issuer(ISSUER, keys)
        async with hosted((COUNTER, ROUNDS), config, everything=True, databases=at(self._urls), issuer=issuer) as host:
            client = World(host).admin
            answer = await client.post(PARCELS, json={"label": "books"})
            self.answered.add(answer.json()["id"])
            await self._settled(client)

    async def _settled(self, client: httpx2.AsyncClient) -> None:
        await _until(lambda: _is_quiet(client))
        stops = [event["data"]["parcel_id"] for event in await _feed(client, "rounds", "stop.planned.v1")]
        parcels = [event["subject"] for event in await _feed(client, "counter", "parcel.registered.v1")]
        delivery = (await client.get("/rounds/v1/delivery")).json()
        assert self.answered
        assert self.answered <= set(parcels)
        assert sorted(stops) == sorted(parcels)
        assert len(stops) == len(set(stops))
        assert delivery["dead_letters"] == 0


async def _until(condition: Callable[[], Awaitable[bool]], seconds: float = 120) -> None:
    async with asyncio.timeout(seconds):
        while True:
            with _suppressed():
                if await condition():
                    return
            await asyncio.sleep(0.1)


async def _is_ready(client: httpx2.AsyncClient) -> bool:
    return (await client.get("/readyz")).status_code == 200


async def _is_quiet(client: httpx2.AsyncClient) -> bool:
    waiting = 0
    for service in ("counter", "rounds", "counter", "rounds"):
        answer = (await client.get(f"/{service}/v1/delivery")).json()
        waiting += sum(answer[box][lane] for box in ("outbox", "inbox") for lane in NOTHING_WAITS)
    return waiting == 0


async def _feed(client: httpx2.AsyncClient, service: str, kind: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    after: int | None = 0
    while after is not None:
        page = (await client.get(f"/{service}/v1/events", params={"after": after, "type": kind, "limit": 1000})).json()
        found += page["items"]
        after = page["next"]
    return found


@contextmanager
def _suppressed() -> Iterator[None]:
    """The errors of clients of a process that is being killed."""
    try:
        yield
    except (httpx2.HTTPError, OSError, ValueError, KeyError):
        return
