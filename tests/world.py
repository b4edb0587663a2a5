"""A whole platform in the test's own process: running services, a client for any caller, and a way to wait until all is handled."""

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from itertools import count
from pathlib import Path
from types import MappingProxyType
from typing import Any
from uuid import uuid4

import asyncpg
import httpx2
from joserfc import jwt
from joserfc.jwk import RSAKey

from embedded_postgres import EmbeddedPostgres
from shared import clock, database
from shared.access import Issuer
from shared.contracts import Envelope
from shared.contracts.roles import ADMINISTRATOR
from shared.database import Databases
from shared.delivery import delivery
from shared.hosting import Host, hosted
from shared.inbox import dispatch
from shared.runtime import Running, Service
from shared.settings import settings_of
from tests.feeds import PretendedFeed

ISSUER = "https://issuer.tests.example"
ADMIN_PASSWORD = "a password for tests"
KEY = RSAKey.generate_key(2048, parameters={"kid": "tests", "alg": "RS256", "use": "sig"})
_numbers = count(1)


def token(sub: str = "admin", *roles: str, party: str | None = None, teams: Sequence[str] = (), **claims: Any) -> str:
    """A token of the tests' own issuer; without roles it speaks for an administrator."""
    issued = clock.now().timestamp()
    now = int(issued)
    body = {
        "iss": ISSUER,
        "aud": "zeven",
        "sub": sub,
        "iat": issued,
        "nbf": now,
        "exp": now + 3600,
        "party": party,
        "teams": list(teams),
        "roles": [{"role": role, "scope": None} for role in roles or (ADMINISTRATOR,)],
        **claims,
    }
    return jwt.encode({"alg": "RS256", "kid": "tests"}, body, KEY)


class World:
    """Services at work; `as_` gives a client that speaks for somebody, `feeds` are those of the services that are not here."""

    def __init__(self, host: Host, feeds: Mapping[str, PretendedFeed] = MappingProxyType({})) -> None:
        self.host, self.feeds = host, feeds
        self.admin = self.as_(token())

    def as_(self, bearer: str | None = None) -> httpx2.AsyncClient:
        """An HTTP client with that token."""
        headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        transport = httpx2.ASGITransport(app=self.host.front, raise_app_exceptions=False)
        return httpx2.AsyncClient(transport=transport, base_url="http://zeven.example", headers=headers, timeout=60)

    def running(self, service: str) -> Running:
        """A service at work."""
        return self.host.running[service]

    async def quiet(self, seconds: float = 60) -> None:
        """Return once every event has been published and handled; events that rest after a failure count as handled."""
        async with asyncio.timeout(seconds):
            still = 0
            while still < 2:
                busy = [await self._busy(one) for one in self.host.running.values()]
                still = 0 if any(busy) else still + 1
                await asyncio.sleep(0.02)

    async def rebuild(
        self, service: str, events: Iterable[Envelope] = (), client: httpx2.AsyncClient | None = None
    ) -> dict[str, Any]:
        """Rebuild a service from what is here and from `events`, which services that are not here would have published."""
        published = list(events)
        for name, feed in self.feeds.items():
            feed.publish(event for event in published if event.source == name)
        client = client or self.admin
        started = await client.post(f"{self.running(service).service.prefix}/v1/rebuild")
        assert started.status_code == 202, started.text
        ended = await self.rebuilt(service, client)
        assert (ended["state"], ended["reason"]) == ("completed", None)
        return ended

    async def replay(self, service: str, events: Iterable[Envelope]) -> None:
        """Let the handlers have these events in one transaction and in this order, as a rebuild does."""
        running = self.running(service)
        async with running.work(running.service.actor, replaying=True) as work:
            await dispatch(work, running.service.routes, events)

    async def rebuilt(self, service: str, client: httpx2.AsyncClient | None = None) -> dict[str, Any]:
        """The last rebuild of a service, once it runs no longer."""
        async with asyncio.timeout(60):
            while True:
                answer = await (client or self.admin).get(f"{self.running(service).service.prefix}/v1/rebuild")
                last: dict[str, Any] = answer.json()
                if last["state"] != "running":
                    return last
                await asyncio.sleep(0.02)

    @staticmethod
    async def _busy(one: Running) -> bool:
        async with one.engine.connect() as connection:
            figures = await delivery(connection)
            outbox = figures.outbox.live + figures.outbox.historical
            resting = (
                await connection.exec_driver_sql(
                    "SELECT count(*) FROM inbox WHERE done_at IS NULL AND dead_at IS NULL "
                    "AND last_error IS NOT NULL AND claimed_at IS NULL"
                )
            ).scalar_one()
        return outbox > 0 or figures.inbox.live + figures.inbox.historical > resting

    @staticmethod
    def advance(**by: float) -> None:
        """Move the clock, e.g. `advance(hours=5)`."""
        clock.shift(clock.shifted() + timedelta(**by))


#: database by the service's login → the same by the owner of its tables
_OWNERS: dict[str, str] = {}


def owner_url(url: str) -> str:
    """The address of a database of the tests by the login that owns its tables."""
    return _OWNERS[url]


def at(urls: Mapping[str, str]) -> Databases:
    """Databases of the tests by service."""
    return Databases(urls.__getitem__, lambda service: owner_url(urls[service]))


async def as_owner(one: Running, sql: str, *values: object) -> list[Any]:
    """The rows of a statement that only the owner of a service's tables may run."""
    connection: asyncpg.Connection[Any] = await database.connect(
        owner_url(one.engine.url.render_as_string(hide_password=False))
    )
    try:
        return [row[0] if len(row) == 1 else tuple(row) for row in await connection.fetch(sql, *values)]
    finally:
        await connection.close()


async def made_by(server: EmbeddedPostgres, name: str) -> str:
    """The address of a database on an embedded server, by the service's login."""
    await server.ensure_database(name)
    _OWNERS[server.url(name)] = server.owner_url(name)
    return server.url(name)


async def _do_not_wait_for_the_disk(server: EmbeddedPostgres) -> None:
    """Switch off fsync: no power cut is tested on this server. Tests of the embedded server start their own."""
    connection: asyncpg.Connection[Any] = await database.connect(server.url("postgres"))
    await connection.execute("ALTER SYSTEM SET fsync = off")
    await connection.execute("ALTER SYSTEM SET full_page_writes = off")
    await connection.execute("SELECT pg_reload_conf()")
    await connection.close()


@asynccontextmanager
async def postgres(folder: Path) -> AsyncIterator[Callable[[str], Any]]:
    """Makes databases: the embedded PostgreSQL, or the one that ZEVEN_TEST_DATABASE_URL names (a superuser's URL)."""
    given = os.environ.get("ZEVEN_TEST_DATABASE_URL")
    if given is None:
        server = EmbeddedPostgres(folder)
        await server.start()
        try:
            await _do_not_wait_for_the_disk(server)
            yield partial(made_by, server)
        finally:
            await server.stop()
        return

    async def create(name: str) -> str:
        connection: asyncpg.Connection[Any] = await database.connect(given)
        owner, passwords = f"{name}_owner", {login: secrets.token_urlsafe(16) for login in (name, f"{name}_owner")}
        for login, password in passwords.items():
            await connection.execute(f"CREATE ROLE \"{login}\" LOGIN PASSWORD '{password}'")
        await connection.execute(
            f'CREATE DATABASE "{name}" OWNER "{owner}" TEMPLATE template0 '
            "ENCODING 'UTF8' LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8'"
        )
        await connection.execute(f'REVOKE ALL ON DATABASE "{name}" FROM PUBLIC')
        await connection.execute(f'GRANT CONNECT ON DATABASE "{name}" TO "{name}"')
        await connection.close()
        own, owners = (
            str(
                database.make_url(given)
                .set(database=name, username=login, password=passwords[login])
                .render_as_string(hide_password=False)
            )
            for login in (name, owner)
        )
        _OWNERS[own] = owners
        return own

    yield create


def bus_url() -> str:
    """The bus of these tests: in process, or the broker of ZEVEN_TEST_BUS_URL with a namespace of its own."""
    given = os.environ.get("ZEVEN_TEST_BUS_URL")
    return f"{given}?namespace=test-{uuid4().hex[:8]}" if given and given != "memory:" else "memory:"


@asynccontextmanager
async def world(
    services: Sequence[Service], make: Callable[[str], Any], *, own_issuer: bool = True, **settings: Any
) -> AsyncIterator[World]:
    """A fresh platform of `services`; `own_issuer` accepts the tests' tokens, otherwise governance issues them."""
    number = f"{os.getpid()}_{next(_numbers)}"
    urls = {service.name: await make(f"{service.name}_{number}") for service in services}
    secrets = {"admin_password": ADMIN_PASSWORD, "secret": "a secret that only these tests know"}
    kinds = settings_of(service.settings for service in services)
    known = {name: value for name, value in secrets.items() if name in kinds.model_fields}
    config = kinds(bus_url=bus_url(), **{**known, **settings})

    async def keys() -> dict[str, Any]:
        return {"keys": [KEY.as_dict(private=False)]}

    absent = {name for service in services for name in service.queue.publishers} - urls.keys()
    feeds = {name: PretendedFeed(name) for name in absent}
    own = Issuer(ISSUER, keys) if own_issuer else None
    try:
        async with hosted(services, config, everything=True, databases=at(urls), issuer=own, others=feeds) as host:
            yield World(host, feeds)
    finally:
        clock.shift(timedelta())
