"""A platform in the test's own process behind a real server on a free port, for clients that need an address."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator, Mapping
from concurrent.futures import Future
from contextlib import asynccontextmanager, contextmanager

import uvicorn

from services.__main__ import SERVICES
from tests.world import World, world


class Server(uvicorn.Server):
    """A server that leaves signals to those who run the tests."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


@asynccontextmanager
async def listening(zeven: World) -> AsyncIterator[str]:
    """The address of `zeven` as long as the block lasts."""
    server = Server(
        uvicorn.Config(zeven.host.front, port=0, lifespan="off", ws="none", log_config=None, access_log=False)
    )
    serving = asyncio.create_task(server.serve())
    try:
        while not server.started and not serving.done():
            await asyncio.sleep(0.01)
        host, port = server.servers[0].sockets[0].getsockname()
        yield f"http://{host}:{port}"
    finally:
        server.should_exit = True
        await serving


@contextmanager
def in_a_thread(urls: Mapping[str, str]) -> Iterator[str]:
    """The address of all services, each on its database in `urls`, with the tests' own issuer and a loop of their own."""
    address: Future[str] = Future()
    ended = threading.Event()

    async def serve() -> None:
        databases = iter(urls.values())

        async def next_url(_: str) -> str:
            return next(databases)

        async with world(SERVICES, next_url) as zeven, listening(zeven) as found:
            address.set_result(found)
            await asyncio.to_thread(ended.wait)

    def run() -> None:
        try:
            asyncio.run(serve())
        except BaseException as error:
            if address.done():
                raise
            address.set_exception(error)

    thread = threading.Thread(target=run, name="platform")
    thread.start()
    try:
        yield address.result()
    finally:
        ended.set()
        thread.join()
