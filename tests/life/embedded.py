"""The platform as one command starts it: `python -m services` in its own process, with the embedded database."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx2

from tests.life.processes import SERVICES, Process, admin, free_ports, until_ready
from tests.world import ADMIN_PASSWORD


@asynccontextmanager
async def embedded(logs: Path, data: Path | None = None) -> AsyncIterator[Process]:
    """A platform that is ready, on `data` or on a folder that ends with it; its log lies in `logs`."""
    (port,) = free_ports(1)
    async with AsyncExitStack() as stack:
        if data is None:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="zeven-life-")))
            folder.chmod(0o711)  # started by root, the server runs as somebody else who must get through
            data = folder / "data"
        settings = {
            "ZEVEN_DATA": str(data),
            "ZEVEN_PORT": str(port),
            "ZEVEN_ADMIN_PASSWORD": ADMIN_PASSWORD,
            "ZEVEN_LOG_FORMAT": "json",
        }
        process = Process("services", settings=settings, log=logs / f"services-{port}.log")
        process.start()
        try:
            await until_ready([process])
            yield process
        finally:
            process.stop()
            await process.ended()


@asynccontextmanager
async def signed_in(process: Process) -> AsyncIterator[httpx2.AsyncClient]:
    """A client that speaks for admin."""
    async with admin({service: [process.port] for service in SERVICES}) as client:
        yield client
