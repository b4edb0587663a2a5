"""The order in which a process starts and stops: database, schema, bus, services, HTTP; and backwards."""

import asyncio
import contextlib
import gc
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AsyncExitStack
from types import FrameType
from typing import Any

import structlog
import uvicorn

from embedded_postgres import DataFolderInUse, DataFolderUnreachable, PostgresDidNotStart
from shared import migrate, observability, security_log
from shared.bus import buses
from shared.hosting import CannotStart, Host, databases_of, hosted, prepare
from shared.http.connections import protocol_for
from shared.http.limits import IDLE_SECONDS
from shared.runtime import Service
from shared.settings import Settings, WrongSetting, read
from shared.trusted import verifier_of

log = structlog.get_logger(__name__)
GRACE_SECONDS = 6


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


async def _migrate(services: Sequence[Service], config: Settings) -> None:
    async with AsyncExitStack() as stack:
        databases = await databases_of(stack, services, config)
        verifier = verifier_of(config)
        await prepare(services, databases, buses(config.bus_url_of), verifier, config)


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
