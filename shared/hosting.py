"""The services of one process: started in order, their applications, and the one in front of them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import httpx2
from fastapi import FastAPI
from starlette.types import ASGIApp

from embedded_postgres import EmbeddedPostgres
from shared import migrate, observability
from shared.access import Issuer, Verifier
from shared.bus import Bus, BusUnavailable, buses
from shared.database import Databases
from shared.http import application
from shared.http.control import AdmissionControl
from shared.http.platform import Platform
from shared.neighbours import Neighbours
from shared.reachable import OF_OWNERS, OF_SERVICES, check_databases
from shared.runtime import Running, Service
from shared.settings import Settings
from shared.trusted import verifier_of
from shared.version import VERSION


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
    issuer: Issuer | None = None,
    others: Mapping[str, ASGIApp] | None = None,
) -> AsyncIterator[Host]:
    """The running services; `everything` says that no other process serves the rest of the platform.

    `databases` and `issuer` (of the platform's own tokens) replace those of the settings, `others` (applications by
    service) the services that are not in this process.
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
        running: dict[str, Running] = {}

        def here(service: str) -> httpx2.AsyncBaseTransport | None:
            app = applications.get(service) or (others or {}).get(service)
            return _inside(app) if app else None

        verifier = verifier_of(config, here, running, issuer)
        control = AdmissionControl(config, verifier)
        if config.database_url is None or config.in_memory:
            await prepare(services, databases, bus_of, verifier, config)
        else:
            await check_databases(services, databases.url_of, OF_SERVICES, waiting=True)

        neighbours = Neighbours(config, here, everything=everything)
        stack.push_async_callback(neighbours.close)
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


async def prepare(
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
