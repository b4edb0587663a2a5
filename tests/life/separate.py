"""The platform as in production: databases, a broker, and every service in one or more processes."""

import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx2

from services.__main__ import SERVICES as MANIFESTS
from shared import database
from tests.life.desk import eventually
from tests.life.processes import SERVICES, Process, admin, free_ports, until_ready
from tests.world import ADMIN_PASSWORD, owner_url

AWAY = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)
_HANDLED = "SELECT count(*) FROM inbox WHERE done_at IS NOT NULL"
_HAPPENED = "SELECT type, count(*) AS times FROM event GROUP BY type"
_WAITING = "SELECT count(*) FROM event WHERE published_at IS NULL"


class Platform:
    """All services, `replicas` processes of each, on the databases at `urls` and the broker at `bus_url`."""

    def __init__(self, urls: Mapping[str, str], bus_url: str, folder: Path, *, replicas: int = 1, **more: str) -> None:
        ports = iter(free_ports(len(SERVICES) * replicas))
        self.urls, self._folder = urls, folder
        self._ports = {service: [next(ports) for _ in range(replicas)] for service in SERVICES}
        self._settings = {
            **databases(urls),
            "ZEVEN_BUS_URL": bus_url,
            "ZEVEN_DATABASE_POOL": "5",
            "ZEVEN_PUBLIC_URL": "http://zeven.example",
            "ZEVEN_JWKS_URL": f"http://127.0.0.1:{self._ports['governance'][0]}/governance/.well-known/jwks.json",
            "ZEVEN_ADMIN_PASSWORD": ADMIN_PASSWORD,
            "ZEVEN_SECRET": "a secret that only these tests know",
            "ZEVEN_LOG_FORMAT": "json",
            **more,
        }
        self._processes = {
            (service, replica): Process(
                f"services.{service}",
                settings={**self._settings, "ZEVEN_PORT": str(port)},
                log=folder / f"{service}-{replica}.log",
            )
            for service, each in self._ports.items()
            for replica, port in enumerate(each)
        }

    async def migrate(self) -> None:
        """Schemas, queues and first records."""
        owners = databases({service: owner_url(url) for service, url in self.urls.items()}, "MIGRATION_DATABASE")
        migration = Process(
            "services", "migrate", settings={**self._settings, **owners}, log=self._folder / "migrate.log"
        )
        migration.start()
        assert await migration.ended() == 0, migration.last_words

    def start(self) -> None:
        """Start every process."""
        for process in self._processes.values():
            process.start()

    def end(self) -> None:
        """Kill what runs."""
        for process in self._processes.values():
            if process.started:
                process.kill()

    def of(self, service: str, replica: int = 0) -> Process:
        """One process."""
        return self._processes[service, replica]

    async def ready(self) -> None:
        """Return once every process says that it can work."""
        await until_ready(self._processes.values())

    async def quiet(self) -> None:
        """Return once every service has handled its events: within two minutes, and without a dead letter."""
        figures: dict[str, tuple[int, int, int]] = {}

        async def at_rest() -> bool:
            with contextlib.suppress(*AWAY):
                figures.update(await self._figures())
            return bool(figures) and all(
                handled == wanted and not waiting for handled, wanted, waiting in figures.values()
            )

        try:
            await eventually(at_rest, "every event to be handled", 120)
        except AssertionError as vain:
            raise AssertionError(f"{vain}; handled, to be handled, to be published: {figures}") from None

    async def _figures(self) -> dict[str, tuple[int, int, int]]:
        """By service: how many events it has handled, should have handled, and has still to publish."""
        # handled events are counted before published ones, so that an effect in between does not look like rest
        handled = {service: await self.ask(service, _HANDLED) for service in SERVICES}
        happened: Counter[str] = Counter()
        waiting = {}
        for service in SERVICES:
            happened += Counter({row["type"]: row["times"] for row in await self.ask(service, _HAPPENED)})
            ((waiting[service],),) = await self.ask(service, _WAITING)
        return {
            service.name: (
                handled[service.name][0][0],
                sum(times for kind, times in happened.items() if service.queue.takes(kind)),
                waiting[service.name],
            )
            for service in MANIFESTS
        }

    async def ask(self, service: str, sql: str) -> list[Any]:
        """The rows of a question to the database of a service."""
        connection = await database.connect(self.urls[service])
        try:
            return list(await connection.fetch(sql))
        finally:
            await connection.close()

    def client(self, service: str = "", replica: int = 0) -> AbstractAsyncContextManager[httpx2.AsyncClient]:
        """A client that speaks for admin; its requests go round the replicas, those for `service` to that one alone."""
        chosen = {service: [self._ports[service][replica]]} if service else {}
        return admin({**self._ports, **chosen})


def databases(urls: Mapping[str, str], kind: str = "DATABASE") -> dict[str, str]:
    """The settings that name these databases, which differ by the service in their names and by their passwords."""
    passwords = {service: database.make_url(url).password or "" for service, url in urls.items()}
    (template,) = {
        url.replace(f":{passwords[service]}@", ":{password}@").replace(service, "{service}")
        for service, url in urls.items()
    }
    return {
        f"ZEVEN_{kind}_URL": template,
        **{f"ZEVEN_{kind}_PASSWORD_{service.upper()}": password for service, password in passwords.items()},
    }


@asynccontextmanager
async def platform(
    make_database: Callable[[str], Any], bus_url: str, folder: Path, *, replicas: int = 1, **more: str
) -> AsyncIterator[Platform]:
    """A fresh platform at work; its processes write their logs into `folder`."""
    mark = uuid4().hex[:8]
    urls = {service: await make_database(f"{service}_{mark}") for service in SERVICES}
    zeven = Platform(urls, f"{bus_url}?namespace=life-{mark}", folder, replicas=replicas, **more)
    try:
        await zeven.migrate()
        zeven.start()
        await zeven.ready()
        yield zeven
    finally:
        zeven.end()
