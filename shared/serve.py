"""The order in which a process starts and stops: database, schema, bus, services, HTTP; and backwards."""

import asyncio
import contextlib
import gc
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Any

import httpx2
import stamina
import structlog
import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp

from embedded_postgres import DataFolderInUse, DataFolderUnreachable, EmbeddedPostgres, PostgresDidNotStart
from shared import migrate, observability, security_log
from shared.access import FetchKeys, Verifier
from shared.bus import Bus, BusUnavailable, buses
from shared.contracts.defaults import ISSUER
from shared.database import Databases
from shared.http import application
from shared.http.connections import protocol_for
from shared.http.control import AdmissionControl
from shared.http.limits import IDLE_SECONDS
from shared.http.platform import Platform
from shared.neighbours import Neighbours
from shared.reachable import OF_OWNERS, OF_SERVICES, check_databases
from shared.runtime import Running, Service
from shared.settings import Settings, WrongSetting, read
from shared.version import VERSION

log = structlog.get_logger(__name__)
GRACE_SECONDS = 6


@dataclass(frozen=True, slots=True)
class Host:
    """Services that run in this process, their applications, and the one application in front of them."""

    running: dict[str, Running]
    applications: dict[str, FastAPI]
    front: Platform

    def drain(self) -> None:
        """Say at /livez and /readyz that this process will end; requests are answered as before."""
        for one in self.running.values():
            one.draining = True


class CannotStart(Exception):
    """The platform cannot start with this configuration; the message says what to change."""


@asynccontextmanager
async def hosted(
    services: Sequence[Service],
    config: Settings,
    *,
    everything: bool,
    databases: Databases | None = None,
    keys: FetchKeys | None = None,
    others: Mapping[str, ASGIApp] | None = None,
) -> AsyncIterator[Host]:
    """The running services; `everything` says that no other process serves the rest of the platform.

    `databases` and `keys` (the issuer's public keys) replace those of the settings, `others` (applications by service)
    the services that are not in this process.
    Raises `CannotStart` when the settings do not fit.
    """
    if not everything and config.in_memory:
        raise CannotStart(
            "A single service needs a message bus: set ZEVEN_BUS_URL to amqp://…, or start them all with `make run`."
        )
    if not everything and config.database_url is None and databases is None:
        raise CannotStart(
            "A single service needs a database: set ZEVEN_DATABASE_URL, or start them all with `make run`."
        )
    observability.BUILD.info({"version": VERSION, "commit": config.build or ""})
    async with AsyncExitStack() as stack:
        databases = databases or await databases_of(stack, services, config)
        bus_of = buses(config.bus_url_of)
        applications: dict[str, FastAPI] = {}
        verifier = Verifier(config.token_issuer, keys or keys_from(config, applications))
        control = AdmissionControl(config, verifier)
        if config.database_url is None or config.in_memory:
            await _prepare(services, databases, bus_of, verifier, config)
        else:
            await check_databases(services, databases.url_of, OF_SERVICES, waiting=True)

        def here(service: str) -> httpx2.AsyncBaseTransport | None:
            app = applications.get(service) or (others or {}).get(service)
            return _inside(app) if app else None

        neighbours = Neighbours(config, here, everything=everything)
        stack.push_async_callback(neighbours.close)
        running: dict[str, Running] = {}
        for service in services:
            bus = bus_of(service.name)
            stack.push_async_callback(bus.close)
            one = Running(
                service,
                url=databases.url_of(service.name),
                bus=bus,
                verifier=verifier,
                config=config,
                read_feed=neighbours.read_feed,
                pool=config.database_pool,
                several=not config.in_memory,
            )
            running[service.name] = one
            applications[service.name] = application(one, control)
        await asyncio.gather(*(one.withdrawals.read() for one in running.values()))
        for one in running.values():
            await stack.enter_async_context(one.started())
        yield Host(running, applications, Platform(running, applications, control))


async def databases_of(stack: AsyncExitStack, services: Sequence[Service], config: Settings) -> Databases:
    """Where each service's database is; without ZEVEN_DATABASE_URL an embedded PostgreSQL runs as long as `stack` is open."""
    if config.database_url is not None:
        return Databases(config.url_of, config.owner_url_of)
    postgres = EmbeddedPostgres(config.folder)
    stack.push_async_callback(postgres.stop)
    await postgres.start()
    for service in services:
        await postgres.ensure_database(service.name)
    return Databases(postgres.url, postgres.owner_url)


def _inside(app: ASGIApp) -> httpx2.ASGITransport:
    """The transport to an application of this process, with an address of its own, so that it does not share a client's limits."""
    return httpx2.ASGITransport(app=app, client=("this process", 0))


def keys_from(config: Settings, applications: dict[str, FastAPI]) -> FetchKeys:
    """How the issuer's keys are read: by HTTP, unless the service that issues tokens is here and no other issuer is set."""

    @stamina.retry(on=_may_succeed_later, attempts=3, timeout=5, wait_initial=0.1, wait_max=0.5, wait_jitter=0.1)
    async def fetch() -> dict[str, Any]:
        here = applications.get(ISSUER) if config.issuer is None and config.jwks_url is None else None
        transport = _inside(here) if here else None
        async with httpx2.AsyncClient(transport=transport, timeout=5) as client:
            response = await client.get(config.keys_url)
            response.raise_for_status()
            keys: dict[str, Any] = response.json()
            return keys

    return fetch


def _may_succeed_later(error: Exception) -> bool:
    if isinstance(error, httpx2.HTTPStatusError):
        return error.response.is_server_error
    return isinstance(error, httpx2.TransportError)


class _Server(uvicorn.Server):
    """uvicorn that stops on a signal and returns, so that what was started is stopped in order; it logs when it listens."""

    def __init__(
        self, options: uvicorn.Config, *, name: str, url: str, drain: Callable[[], None], drain_seconds: float
    ) -> None:
        super().__init__(options)
        self._name, self._url = name, url
        self._drain, self._drain_seconds, self._draining = drain, drain_seconds, False

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        log.info("%s is ready", self._name, url=self._url)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        log.info("%s stops", self._name)
        await super().shutdown(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """End at once, or after the first SIGTERM only when proxies have had time to notice."""
        if sig != signal.SIGTERM or self._draining or not self._drain_seconds:
            super().handle_exit(sig, frame)
            return
        self._draining = True
        log.info("%s will stop; requests are still answered", self._name, seconds=self._drain_seconds)
        self._drain()
        asyncio.get_running_loop().call_later(self._drain_seconds, super().handle_exit, sig, frame)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        yield


def bound(config: Settings) -> socket.socket:
    """A socket bound to the address of this process, before anything else is started; `CannotStart` when it cannot be bound."""
    try:
        (family, kind, _, _, address), *_ = socket.getaddrinfo(
            config.host, config.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        with contextlib.ExitStack() as unless_bound:
            taken = unless_bound.enter_context(socket.socket(family, kind))
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            taken.bind(address)
            unless_bound.pop_all()
    except OSError as error:
        raise CannotStart(
            f"Zeven cannot listen on {config.host}, port {config.port} ({error.strerror}): stop what uses it, "
            "or set ZEVEN_PORT (and ZEVEN_HOST) to another address."
        ) from error
    return taken


async def listen(host: Host, config: Settings, address: socket.socket, *, name: str) -> None:
    """Serve what `host` runs on an address until a signal; requests under way get a few seconds to end."""
    options = uvicorn.Config(
        host.front,
        lifespan="off",
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
        timeout_keep_alive=IDLE_SECONDS,
        http=protocol_for(config),
        proxy_headers=False,  # the application handles them, by ZEVEN_TRUSTED_PROXIES
        backlog=1024,
    )
    # a thread with much to calculate gives way to the event loop after this time; Python's own is ten times longer
    sys.setswitchinterval(0.0005)
    # what was created at the start lives as long as the process; collecting it again would only delay requests
    gc.collect()
    gc.freeze()
    server = _Server(options, name=name, url=config.address, drain=host.drain, drain_seconds=config.drain_seconds)
    await server.serve([address])


async def _serve(services: Sequence[Service], config: Settings, *, everything: bool) -> None:
    with bound(config) as address:
        async with hosted(services, config, everything=everything) as host:
            await listen(host, config, address, name="Zeven" if everything else services[0].title)


async def _prepare(
    services: Sequence[Service],
    databases: Databases,
    bus_of: Callable[[str], Bus],
    verifier: Verifier,
    config: Settings,
) -> None:
    """Create what the services need; `WrongSetting` when database or broker cannot be used."""
    if config.database_url is not None:
        await check_databases(services, databases.url_of, OF_SERVICES, waiting=False)
        await check_databases(services, databases.owner_url_of, OF_OWNERS, waiting=False)
    try:
        await migrate.prepare(services, databases, bus_of, verifier, config)
    except BusUnavailable as error:
        raise CannotStart(f"ZEVEN_BUS_URL: the broker at {error}.") from None


async def _migrate(services: Sequence[Service], config: Settings) -> None:
    async with AsyncExitStack() as stack:
        databases = await databases_of(stack, services, config)
        verifier = Verifier(config.token_issuer, keys_from(config, {}))
        await _prepare(services, databases, buses(config.bus_url_of), verifier, config)


async def _wait(services: Sequence[Service], config: Settings) -> None:
    for service in services:
        await migrate.wait(config.url_of(service.name), service)


COMMANDS = {"migrate": _migrate, "wait": _wait}


def main(services: Sequence[Service], *, everything: bool = False, command: str = "serve") -> None:
    """Run this process: `serve`, or `migrate` or `wait` for it, and end; exits with 1 and a sentence when it cannot start."""
    try:
        config = read(service.settings for service in services)
        name = "zeven" if everything or len(services) > 1 else services[0].name
        observability.configure(level=config.log_level, form=config.log_format, traced_as=name if config.otel else None)
        _open_security_log(config)
        work = COMMANDS.get(command)
        _run(work(services, config) if work else _serve(services, config, everything=everything))
    except (
        CannotStart,
        WrongSetting,
        migrate.DatabaseTooOld,
        DataFolderInUse,
        DataFolderUnreachable,
        PostgresDidNotStart,
    ) as error:
        sys.exit(str(error))


def _open_security_log(config: Settings) -> None:
    try:
        security_log.configure(config.security_log)
    except OSError as error:
        raise CannotStart(
            f"ZEVEN_SECURITY_LOG: the file {config.security_log} cannot be written ({error.strerror})."
        ) from None


def _run(work: Any) -> None:
    try:
        import uvloop
    except ImportError:
        asyncio.run(work)
    else:
        uvloop.run(work)
